"""Draws a training log as a picture, without a plotting library.

    python -m training.detector.plot --log training/runs/detector/log.tsv
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np

COLOURS = {"total": (40, 40, 40), "score": (200, 80, 20), "box": (30, 140, 30), "points": (30, 30, 200), "visible": (160, 30, 160)}
WIDTH, HEIGHT, EDGE = 900, 480, 60
LOW, HIGH = 0.05, 6.0  # the loss axis is logarithmic


def read(path: Path) -> dict[str, np.ndarray]:
    names, *lines = [line.split("\t") for line in path.read_text().split("\n") if line]
    table = np.array(lines, np.float64)
    return {name: table[:, i] for i, name in enumerate(names)}


def place(samples: np.ndarray, values: np.ndarray, last: float) -> np.ndarray:
    """Samples seen and losses -> pixel coordinates [n, 2]."""
    x = EDGE + samples / last * (WIDTH - 2 * EDGE)
    share = np.log(np.clip(values, LOW, HIGH) / LOW) / np.log(HIGH / LOW)
    return np.round(np.stack([x, HEIGHT - EDGE - share * (HEIGHT - 2 * EDGE)], 1)).astype(np.int32)


def draw(log: dict[str, np.ndarray]) -> np.ndarray:
    picture = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    last = float(log["samples"][-1])

    def write(text: str, x: int, y: int, colour=(90, 90, 90)) -> None:
        cv2.putText(picture, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, 0.42, colour, 1, cv2.LINE_AA)

    for loss in (0.1, 0.2, 0.5, 1, 2, 5):
        (_, y), = place(np.zeros(1), np.array([loss]), last)
        cv2.line(picture, (EDGE, int(y)), (WIDTH - EDGE, int(y)), (225, 225, 225), 1)
        write(f"{loss:g}", 20, int(y) + 4)
    for share in range(5):
        x = EDGE + share * (WIDTH - 2 * EDGE) // 4
        write(f"{last * share / 4 / 1000:.0f}k", x - 12, HEIGHT - EDGE + 22)
    write("pictures seen", WIDTH // 2 - 40, HEIGHT - 14)
    for row, (name, colour) in enumerate(COLOURS.items()):
        cv2.polylines(picture, [place(log["samples"], log[name], last)], False, colour, 1, cv2.LINE_AA)
        write(name, WIDTH - EDGE - 70, EDGE + 16 * row, colour)
    return picture


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--log", default="training/runs/detector/log.tsv")
    o = parser.parse_args()
    cv2.imwrite(str(Path(o.log).with_suffix(".png")), draw(read(Path(o.log))))


if __name__ == "__main__":
    main()
