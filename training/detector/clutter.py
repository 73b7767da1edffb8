"""What is not a face but can pass for one: backgrounds and patches for mosaics, drawn or cut from photographs."""

from __future__ import annotations

import cv2
import numpy as np

LETTERS = list("ABCDEFGHJKLMNOPRSTUVWXYZaeo0123456789@&%8")


def colour(rng: np.random.Generator) -> np.ndarray:
    """Any colour, often grey 128 (what pads images), black or white. uint8 [3]."""
    roll = rng.random()
    if roll < 0.35:
        return np.full(3, (128, 128, 0, 255)[int(rng.integers(4))], np.uint8)
    return rng.integers(0, 256, 3).astype(np.uint8)


def skin(rng: np.random.Generator) -> np.ndarray:
    """A skin colour from deep to pale. uint8 [3], RGB."""
    light = rng.uniform(0.25, 1.0)
    return np.clip(light * np.array([235, 190, 160]) + rng.normal(0, 10, 3), 0, 255).astype(np.uint8)


def flat(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    return np.broadcast_to(colour(rng), (height, width, 3)).copy()


def noise(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    """Coloured noise at a random grain: from film grain to clouds, and leaves when it is green and sharp."""
    grain = float(2 ** rng.uniform(0, 5))
    small = rng.normal(0, 1, (max(2, int(height / grain)), max(2, int(width / grain)), 1)).astype(np.float32)
    field = cv2.resize(small, (width, height), interpolation=int(rng.choice([cv2.INTER_NEAREST, cv2.INTER_LINEAR])))
    tints = np.stack([colour(rng), colour(rng)]).astype(np.float32)
    mix = (1 / (1 + np.exp(-field * rng.uniform(0.5, 6))))[..., None]
    return (tints[0] * mix + tints[1] * (1 - mix)).astype(np.uint8)


def pattern(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    """Stripes, checks or dots of two colours."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    angle, pitch = rng.uniform(0, np.pi), rng.uniform(3, 40)
    a = np.sin((x * np.cos(angle) + y * np.sin(angle)) * 2 * np.pi / pitch)
    b = np.sin((y * np.cos(angle) - x * np.sin(angle)) * 2 * np.pi / pitch)
    wave = (a, a * b, a + b - 1)[int(rng.integers(3))]
    return np.where(wave[..., None] > 0, colour(rng), colour(rng)).astype(np.uint8)


def text(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    page = flat(rng, height, width)
    for _ in range(int(rng.integers(2, 9))):
        word = "".join(rng.choice(LETTERS, int(rng.integers(1, 12))))
        place = int(rng.integers(-20, width)), int(rng.integers(0, height + 10))
        cv2.putText(page, word, place, int(rng.integers(0, 8)), float(rng.uniform(0.3, 3)),
                    colour(rng).tolist(), int(rng.integers(1, 5)), cv2.LINE_AA)
    return page


def blobs(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    """Skin-coloured ovals and limbs without features: hands, arms, bald spots, balloons."""
    scene = noise(rng, height, width)
    for _ in range(int(rng.integers(1, 6))):
        centre = int(rng.integers(0, width)), int(rng.integers(0, height))
        axes = int(rng.integers(2, max(3, width // 3))), int(rng.integers(2, max(3, height // 3)))
        cv2.ellipse(scene, centre, axes, float(rng.uniform(0, 180)), 0, 360, skin(rng).tolist(), -1, cv2.LINE_AA)
    return cv2.GaussianBlur(scene, (0, 0), float(rng.uniform(0.3, 2)))


DRAWN = [flat, noise, pattern, text, blobs]


def drawn(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    """One of the above. uint8 [height, width, 3]."""
    return DRAWN[int(rng.integers(len(DRAWN)))](rng, height, width)
