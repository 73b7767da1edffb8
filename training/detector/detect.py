"""Runs an exported detector on a photograph: resize, pad, infer, decode, suppress. The production decoder is written
in TypeScript; this one exists so that training can be measured without it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import onnxruntime

from training.detector.data import LONG_SIDE
from training.detector.network import BOX, MEAN, POINTS, SCALE, SCORE, STRIDES, VISIBLE

NMS_IOU = 0.4
SAME, NEARLY = 0.6, 0.7  # cells that saw one face: least overlap of their boxes, least score against the best one's
FREE_SHARE, SHARE_COST = 0.3, 0.7  # of the smaller of two boxes, what lies in the other at no cost; score lost for the rest
MOST = 1000  # cells looked at; an untrained network lights them all


@dataclass
class Found:
    """Detections of one photograph, best first, in its pixels."""

    scores: np.ndarray   # [n]
    boxes: np.ndarray    # [n, 4] left, top, right, bottom
    points: np.ndarray   # [n, 5, 2]
    visible: np.ndarray  # [n, 5], 0..1

    def pick(self, chosen: np.ndarray) -> "Found":
        return Found(self.scores[chosen], self.boxes[chosen], self.points[chosen], self.visible[chosen])


def session(path: Path | str, threads: int = 1) -> onnxruntime.InferenceSession:
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(str(path), settings, providers=["CPUExecutionProvider"])


def prepare(image: np.ndarray, long_side: int | None = LONG_SIDE) -> tuple[np.ndarray, float]:
    """uint8 RGB [H, W, 3] -> float32 [1, 3, h, w] with h and w multiples of 32 (grey to the right and below), and the
    scale from the photograph to it."""
    height, width = image.shape[:2]
    scale = long_side / max(height, width) if long_side else 1.0
    size = round(width * scale), round(height * scale)
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    image = cv2.resize(image, size, interpolation=method) if scale != 1 else image
    below, beside = -size[1] % 32, -size[0] % 32
    image = cv2.copyMakeBorder(image, 0, below, 0, beside, cv2.BORDER_CONSTANT, value=(128, 128, 128))
    return ((image.astype(np.float32) - MEAN) * SCALE).transpose(2, 0, 1)[None], scale


def decode(maps: list[np.ndarray], scale: float, floor: float) -> Found:
    """Activated maps [1, 20, h, w] of strides 8, 16, 32 -> every cell above `floor`, unsuppressed."""
    rows, centres, strides = [], [], []
    for stride, found in zip(STRIDES, maps):
        y, x = np.nonzero(found[0, SCORE.start] > floor)
        rows.append(found[0, :, y, x])
        centres.append((np.stack([x, y], 1) + 0.5) * stride)
        strides.append(np.full((len(x), 1), float(stride)))
    row, centre, stride = np.concatenate(rows), np.concatenate(centres), np.concatenate(strides)
    reach = row[:, BOX] * stride
    boxes = np.concatenate([centre - reach[:, :2], centre + reach[:, 2:]], 1) / scale
    points = (row[:, POINTS].reshape(-1, 5, 2) * stride[:, None] + centre[:, None]) / scale
    return Found(row[:, SCORE.start], boxes, points, row[:, VISIBLE])


def overlaps(boxes: np.ndarray, others: np.ndarray) -> np.ndarray:
    """IoU of every pair: [n, 4] and [m, 4] -> [n, m]."""
    both = shared(boxes, others)
    return both / np.maximum(areas(boxes)[:, None] + areas(others)[None] - both, 1e-9)


def shared(boxes: np.ndarray, others: np.ndarray) -> np.ndarray:
    low, high = np.maximum(boxes[:, None, :2], others[None, :, :2]), np.minimum(boxes[:, None, 2:], others[None, :, 2:])
    return np.prod(np.maximum(high - low, 0), 2)


def areas(boxes: np.ndarray) -> np.ndarray:
    return np.prod(boxes[:, 2:] - boxes[:, :2], 1)


def suppressed(found: Found, limit: float = NMS_IOU) -> Found:
    """Greedy non-maximum suppression, best first. A face that lies for a good part in a better one loses some of its
    score. A face's landmarks lie at the mean of what all cells that saw it give."""
    found = found.pick(np.argsort(-found.scores)[:MOST])
    overlap, area = overlaps(found.boxes, found.boxes), areas(found.boxes)
    share = shared(found.boxes, found.boxes) / np.maximum(np.minimum(area[:, None], area[None]), 1e-9)
    alone = 1 - SHARE_COST * np.maximum(0, share - FREE_SHARE)
    kept, points, scores = np.ones(len(found.scores), bool), found.points.copy(), found.scores.copy()
    for i in range(len(kept)):
        if kept[i]:
            voters = (overlap[i] > SAME) & (found.scores >= NEARLY * scores[i])
            points[i] = np.average(found.points[voters], 0, found.scores[voters])
            kept[i + 1 :] &= overlap[i, i + 1 :] <= limit
            scores[i + 1 :] *= alone[i, i + 1 :]
    kept = np.flatnonzero(kept)
    return Found(scores, found.boxes, points, found.visible).pick(kept[np.argsort(-scores[kept], kind="stable")])


def detect(runner: onnxruntime.InferenceSession, image: np.ndarray, floor: float = 0.1,
           long_side: int | None = LONG_SIDE) -> Found:
    tensor, scale = prepare(image, long_side)
    return suppressed(decode(runner.run(None, {"input": tensor}), scale, floor))
