"""Covers a known part of a face and writes down which landmarks that hides.

A cover is a mask of one shape filled with one material. Shapes are laid out in the face's own frame where landmarks
are known (origin between the eyes, x half the eye distance, y from the eyes to the mouth), else in its box.
"""

from __future__ import annotations

import cv2
import numpy as np

from training.detector import clutter
from training.detector.faces import Faces

FACE_MASK = np.array([[-1.5, .45], [-.7, .4], [0, .25], [.7, .4], [1.5, .45], [1.35, 1.15], [.7, 1.6], [0, 1.75],
                      [-.7, 1.6], [-1.35, 1.15]], np.float32)
CLOTH = np.array([[240, 240, 245], [150, 190, 220], [90, 150, 200], [25, 25, 30], [120, 120, 125], [180, 60, 70]])


def frame(points: np.ndarray) -> np.ndarray:
    """Landmarks [5, 2] -> 2x3 matrix from the face's frame to pixels."""
    eyes, mouth = points[:2].mean(0), points[3:].mean(0)
    return np.stack([(points[1] - points[0]) / 2, mouth - eyes, eyes], 1)


def box_polygon(box: np.ndarray, low: tuple[float, float], high: tuple[float, float]) -> np.ndarray:
    """A part of a box [4], given by two corners in shares of it -> polygon [4, 2]."""
    corner, side = box[:2], box[2:] - box[:2]
    (x0, y0), (x1, y1) = low, high
    return corner + side * np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])


def face_mask(rng, box, points):
    shape = FACE_MASK.copy()
    shape[1:4, 1] += rng.uniform(-0.12, 0.45)  # from up to the lid to below the nose
    shape = shape * rng.uniform(0.9, 1.1, 2) + rng.normal(0, 0.04, shape.shape)
    return [shape @ frame(points)[:, :2].T + frame(points)[:, 2]]


def glasses(rng, box, points):
    turn = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    lens = np.stack([np.cos(turn), np.sin(turn)], 1) * rng.uniform([0.5, 0.25], [0.85, 0.5])
    to_pixels = frame(points)
    lenses = [lens + [side, rng.uniform(0, 0.1)] for side in (-1, 1)]
    bridge = np.array([[-1, -.06], [1, -.06], [1, .04], [-1, .04]])
    return [part @ to_pixels[:, :2].T + to_pixels[:, 2] for part in (*lenses, bridge)]


def half(rng, box, points):
    """Left, right, upper or lower half of the box, up to the very edge and a little beyond."""
    cut, beyond = rng.uniform(0.4, 0.6), rng.uniform(0, 0.3)
    low, high = (-beyond, -beyond), (1 + beyond, 1 + beyond)
    sides = [(low, (cut, 1 + beyond)), ((cut, -beyond), high), (low, (1 + beyond, cut)), ((-beyond, cut), high)]
    return [box_polygon(box, *sides[int(rng.integers(4))])]


def bar(rng, box, points):
    centre, size = (box[:2] + box[2:]) / 2, float(np.max(box[2:] - box[:2]))
    centre = centre + rng.uniform(-0.35, 0.35, 2) * size
    rectangle = (tuple(map(float, centre)), (size * 2.5, size * float(rng.uniform(0.08, 0.35))), float(rng.uniform(0, 180)))
    return [cv2.boxPoints(rectangle)]


def patch(rng, box, points):
    """A rectangle or an oval of up to about half of the box, anywhere on it."""
    middle, span = rng.uniform(0.1, 0.9, 2), rng.uniform(0.15, 0.4, 2)
    if rng.random() < 0.5:
        return [box_polygon(box, tuple(middle - span), tuple(middle + span))]
    turn = np.linspace(0, 2 * np.pi, 20, endpoint=False)
    oval = middle + span * np.stack([np.cos(turn), np.sin(turn)], 1)
    return [box[:2] + oval * (box[2:] - box[:2])]


def hand(rng, box, points):
    """A palm and four fingers that come in from one side."""
    side = box[2:] - box[:2]
    palm = box[:2] + side * rng.uniform([0.1, 0.4], [0.9, 1.1])
    angle, length = rng.uniform(0, 2 * np.pi), float(side.mean())
    parts = [cv2.boxPoints((tuple(map(float, palm)), (length * 0.5, length * 0.5), float(np.degrees(angle))))]
    for finger in range(4):
        lean = angle + (finger - 1.5) * 0.18
        way = np.array([np.cos(lean), np.sin(lean)])
        across = np.array([-np.sin(angle), np.cos(angle)]) * (finger - 1.5) * length * 0.13
        middle = palm + across + way * length * 0.5
        parts.append(cv2.boxPoints((tuple(map(float, middle)), (length * 0.6, length * 0.11), float(np.degrees(lean)))))
    return parts


def material(rng: np.random.Generator, shape, height: int, width: int, elsewhere: np.ndarray) -> np.ndarray:
    """What the cover is made of. uint8 [height, width, 3]; `elsewhere` is some photograph to cut a piece from."""
    if shape is hand:
        return np.broadcast_to(clutter.skin(rng), (height, width, 3)).copy()
    if shape is glasses and rng.random() < 0.8:
        return np.broadcast_to(rng.integers(0, 50, 3).astype(np.uint8), (height, width, 3)).copy()
    if shape is face_mask and rng.random() < 0.8:
        cloth = CLOTH[int(rng.integers(len(CLOTH)))] * rng.uniform(0.6, 1.05)
        shade = 1 - rng.uniform(0, 0.4) * np.abs(np.linspace(-1, 1, width) - rng.uniform(-0.5, 0.5))[None, :, None]
        folds = 1 - rng.uniform(0, 0.1) * np.sin(np.linspace(0, rng.uniform(5, 25), height))[:, None, None]
        return np.clip(cloth * shade * folds, 0, 255).astype(np.uint8)
    if rng.random() < 0.3:
        return clutter.drawn(rng, height, width)
    if rng.random() < 0.5:
        return clutter.flat(rng, height, width)
    y, x = rng.integers(0, elsewhere.shape[0] - 16), rng.integers(0, elsewhere.shape[1] - 16)
    return cv2.resize(elsewhere[y : y + 64, x : x + 64], (width, height))


WITH_POINTS = [face_mask, face_mask, face_mask, glasses]
WITH_BOX = [half, half, half, half, half, bar, patch, patch, hand]


def cover(rng: np.random.Generator, image: np.ndarray, faces: Faces, which: int, elsewhere: np.ndarray) -> None:
    """Hides part of face `which` on `image` [H, W, 3], in place; whatever landmark of any face lies under it is marked hidden."""
    box, points = faces.boxes[which], faces.points[which]
    known = not np.isnan(points).any()
    shapes = WITH_POINTS if known and rng.random() < 0.4 else WITH_BOX
    shape = shapes[int(rng.integers(len(shapes)))]
    polygons = [np.round(p).astype(np.int32) for p in shape(rng, box, points)]
    low = np.maximum(np.concatenate(polygons).min(0), 0)
    high = np.minimum(np.concatenate(polygons).max(0) + 1, [image.shape[1], image.shape[0]])
    if (high - low < 2).any():
        return
    mask = np.zeros((high[1] - low[1], high[0] - low[0]), np.uint8)
    for polygon in polygons:
        cv2.fillPoly(mask, [polygon - low], 255, cv2.LINE_AA)
    fill = material(rng, shape, *mask.shape, elsewhere)
    view = image[low[1] : high[1], low[0] : high[0]]
    share = mask[..., None].astype(np.float32) / 255
    view[:] = (view * (1 - share) + fill * share).astype(np.uint8)
    hide(faces, mask, low)


def hide(faces: Faces, mask: np.ndarray, corner: np.ndarray) -> None:
    """Marks as hidden every landmark under `mask` [h, w], whose first pixel lies at `corner` (x, y) of the image."""
    places = np.nan_to_num(np.floor(faces.points - corner), nan=-1).astype(int)
    inside = (places >= 0).all(2) & (places < np.array(mask.shape[::-1])).all(2)
    face, landmark = np.nonzero(inside)
    x, y = places[face, landmark].T
    covered = mask[y, x] > 127
    faces.visible[face[covered], landmark[covered]] = 0
