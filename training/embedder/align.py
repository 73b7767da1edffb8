"""Alignment: which pixel of a source image each pixel of an aligned chip comes from. All maps are 2×3 affine matrices on
pixel coordinates, x first, where (0, 0) is the centre of the first pixel, as OpenCV has it."""

from __future__ import annotations

import cv2
import numpy as np

# The usual template of 112×112 face networks: eyes, nose, corners of the mouth. Training crops carry it with a margin of 8 px.
TEACHER_TEMPLATE = np.array([[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]])

# The template of the PartialLFW protocol, in pixels of its 160×160 chip, and where it then moves the midpoint of the eyes.
PROTOCOL_SIZE = 160
PROTOCOL_TEMPLATE = (
    (0.3 + np.array([[0.2194, 0.1871], [0.7747, 0.1871], [0.4971, 0.5337], [0.3207, 0.7633], [0.6735, 0.7633]])) / 1.6 * PROTOCOL_SIZE
)
PROTOCOL_EYES = np.array([80.0, 64.0])

FILL = 128  # grey beyond the photograph


def similarity(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """The least-squares rotation, scale and shift that takes points [n, 2] to points [n, 2] → float64 [2, 3] (no reflection)."""
    source, target = np.asarray(source, np.float64), np.asarray(target, np.float64)
    centre, goal = source.mean(0), target.mean(0)
    a, b = source - centre, target - goal
    spread = (a**2).sum()
    cosine = (a * b).sum() / spread
    sine = (a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum() / spread
    linear = np.array([[cosine, -sine], [sine, cosine]])
    return np.hstack([linear, (goal - linear @ centre)[:, None]])


def protocol_matrix(points: np.ndarray, size: int = PROTOCOL_SIZE) -> np.ndarray:
    """Five landmarks [5, 2] → the map from the source image to the protocol's chip, drawn `size` pixels wide.

    The fit gives rotation and scale; then the chip is shifted so that the midpoint of the (fitted) eyes is at (80, 64) of 160.
    """
    matrix = similarity(points, PROTOCOL_TEMPLATE)
    eyes = matrix[:, :2] @ np.asarray(points, np.float64)[:2].mean(0) + matrix[:, 2]
    matrix[:, 2] += PROTOCOL_EYES - eyes
    return matrix * (size / PROTOCOL_SIZE)


def teacher_matrix(points: np.ndarray) -> np.ndarray:
    """Five landmarks [5, 2] → the map from the source image to the teacher's 112×112 chip."""
    return similarity(points, TEACHER_TEMPLATE)


def warp(image: np.ndarray, matrix: np.ndarray, size: int) -> np.ndarray:
    """uint8 [H, W, 3] → the chip uint8 [size, size, 3], bilinear, grey beyond the image."""
    return cv2.warpAffine(image, matrix, (size, size), flags=cv2.INTER_LINEAR, borderValue=(FILL, FILL, FILL))
