"""What cameras, compression and light do to a whole picture. Nothing here moves a label."""

from __future__ import annotations

import cv2
import numpy as np


def light(rng: np.random.Generator, image: np.ndarray) -> np.ndarray:
    """Exposure, contrast, gamma and a colour cast, by one table a channel; now and then grey."""
    steps = np.linspace(0, 1, 256)[:, None]
    curve = steps ** np.exp(rng.normal(0, 0.25))
    curve = (curve - 0.5) * np.exp(rng.normal(0, 0.2)) + 0.5 + rng.normal(0, 0.08)
    table = np.clip(curve * (1 + rng.normal(0, 0.06, 3)) * 255, 0, 255).astype(np.uint8)
    image = cv2.LUT(image, table[None])
    if rng.random() < 0.08:
        image = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    return image


def blur(rng: np.random.Generator, image: np.ndarray) -> np.ndarray:
    if rng.random() < 0.6:
        return cv2.GaussianBlur(image, (0, 0), float(rng.uniform(0.4, 1.8)))
    length, angle = int(rng.integers(3, 9)), float(rng.uniform(0, 180))
    line = np.zeros((length, length), np.float32)
    line[length // 2] = 1
    turn = cv2.getRotationMatrix2D(((length - 1) / 2, (length - 1) / 2), angle, 1)
    line = cv2.warpAffine(line, turn, (length, length))
    return cv2.filter2D(image, -1, line / max(line.sum(), 1e-6))


def coarsen(rng: np.random.Generator, image: np.ndarray) -> np.ndarray:
    """Down and up again: the softness of an enlarged small picture."""
    height, width = image.shape[:2]
    factor = rng.uniform(0.4, 0.9)
    small = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)


def grain(rng: np.random.Generator, image: np.ndarray) -> np.ndarray:
    noise = np.empty(image.shape, np.int16)
    cv2.randn(noise, 0, float(rng.uniform(2, 14)))
    return np.clip(image + noise, 0, 255).astype(np.uint8)


def jpeg(rng: np.random.Generator, image: np.ndarray) -> np.ndarray:
    _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 90))])
    return cv2.imdecode(data, cv2.IMREAD_COLOR)


STEPS = [(light, 0.8), (blur, 0.12), (coarsen, 0.12), (grain, 0.12), (jpeg, 0.15)]


def degrade(rng: np.random.Generator, image: np.ndarray) -> np.ndarray:
    """uint8 [H, W, 3] -> the same shape, a little worse."""
    for step, chance in STEPS:
        if rng.random() < chance:
            image = step(rng, image)
    return image
