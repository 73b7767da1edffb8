"""The PartialLFW protocol (Hörmann et al., 2021): which part of a 160×160 chip is left, and which chips are compared."""

from __future__ import annotations

import numpy as np

from .align import FILL, PROTOCOL_SIZE, PROTOCOL_TEMPLATE

FACTORS = (0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5)
MIDDLE = (80.0, 80.0)


def _centres() -> dict[str, tuple[float, float]]:
    left, right, nose, *mouth = PROTOCOL_TEMPLATE.tolist()
    points = {"left": left, "right": right, "nose": nose, "mouth": np.mean(mouth, 0).tolist()}
    return {name: (x, y + 15) for name, (x, y) in points.items()}


CENTRES = _centres()  # in pixels of the 160 px chip

# Columns: which part of the first image meets which of the second. "whole" pairs are compared both ways round, as are crossed ones.
HALVES = {
    "partialHolistic": [("left", "whole"), ("nose", "whole"), ("mouth", "whole")],
    "partialSame": [("left", "left"), ("nose", "nose"), ("mouth", "mouth")],
    "partialCross": [("left", "right"), ("left", "nose"), ("left", "mouth"), ("nose", "mouth")],
}


def half_size(factor: float) -> tuple[float, float]:
    """Half the width and height of a patch, in pixels of the 160 px chip."""
    return 15 + 120 * factor, 10 + 105 * factor


def patch(chip: np.ndarray, part: str, factor: float, centred: bool) -> np.ndarray:
    """What is left of uint8 [160, 160, 3]: the patch around `part`, in place or moved to the middle, on grey 128."""
    x, y = CENTRES[part]
    w, h = half_size(factor)
    x0, x1 = max(0, round(x - w)), min(PROTOCOL_SIZE, round(x + w))
    y0, y1 = max(0, round(y - h)), min(PROTOCOL_SIZE, round(y + h))
    dx, dy = (round(MIDDLE[0] - x), round(MIDDLE[1] - y)) if centred else (0, 0)
    x0, x1 = max(x0, -dx), min(x1, PROTOCOL_SIZE - dx)
    y0, y1 = max(y0, -dy), min(y1, PROTOCOL_SIZE - dy)
    result = np.full_like(chip, FILL)
    result[y0 + dy : y1 + dy, x0 + dx : x1 + dx] = chip[y0:y1, x0:x1]
    return result
