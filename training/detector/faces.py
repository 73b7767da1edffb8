"""The labels of one image, and what a change of geometry does to them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

MIRRORED = [1, 0, 2, 4, 3]  # the landmark order is as seen in the image: a mirror swaps left and right


@dataclass
class Faces:
    """n faces of one image, in its pixels. A weight of 0 says: neither learn nor punish anything here."""

    boxes: np.ndarray    # float32 [n, 4]: left, top, right, bottom
    points: np.ndarray   # float32 [n, 5, 2], NaN where unknown
    visible: np.ndarray  # float32 [n, 5]: 1 seen, 0 hidden, NaN unknown
    weight: np.ndarray   # float32 [n], 0..1

    @staticmethod
    def none() -> "Faces":
        shapes = (0, 4), (0, 5, 2), (0, 5), (0,)
        return Faces(*(np.zeros(shape, np.float32) for shape in shapes))

    @staticmethod
    def joined(groups: list["Faces"]) -> "Faces":
        fields = zip(*((g.boxes, g.points, g.visible, g.weight) for g in groups))
        return Faces(*(np.concatenate(field) for field in fields)) if groups else Faces.none()

    def __len__(self) -> int:
        return len(self.boxes)

    def pick(self, chosen: np.ndarray) -> "Faces":
        return Faces(self.boxes[chosen], self.points[chosen], self.visible[chosen], self.weight[chosen])

    def sizes(self) -> np.ndarray:
        """A face's size is the geometric mean of its box's sides, everywhere in this folder."""
        sides = np.maximum(self.boxes[:, 2:] - self.boxes[:, :2], 0)
        return np.sqrt(sides[:, 0] * sides[:, 1])

    def moved(self, matrix: np.ndarray) -> "Faces":
        """Under a 2x3 similarity (mirrors allowed). A box is taken for its inscribed ellipse, so that a turned
        face gets the box of a turned head and not the larger one of a turned rectangle."""
        linear, shift = matrix[:, :2], matrix[:, 2]
        centres = (self.boxes[:, :2] + self.boxes[:, 2:]) / 2 @ linear.T + shift
        halves = np.sqrt(((self.boxes[:, 2:] - self.boxes[:, :2]) / 2) ** 2 @ (linear ** 2).T)
        points, visible = self.points @ linear.T + shift, self.visible
        if np.linalg.det(linear) < 0:
            points, visible = points[:, MIRRORED], visible[:, MIRRORED]
        boxes = np.concatenate([centres - halves, centres + halves], 1)
        return Faces(boxes.astype(np.float32), points.astype(np.float32), visible, self.weight)

    def clipped(self, width: int, height: int, smallest: float) -> "Faces":
        """What remains on a canvas: boxes cut at its edge; mostly lost or tiny faces get weight 0, specks go."""
        whole = self.sizes() ** 2
        corner = np.array([width, height], np.float32)
        low, high = np.clip(self.boxes[:, :2], 0, corner), np.clip(self.boxes[:, 2:], 0, corner)
        kept = Faces(np.concatenate([low, high], 1), self.points, self.visible.copy(), self.weight.copy())
        outside = ((self.points < 0) | (self.points >= corner)).any(2)
        kept.visible[outside] = 0
        sizes = kept.sizes()
        share = sizes ** 2 / np.maximum(whole, 1e-6)
        kept.weight[(share < 0.4) | (sizes < smallest)] = 0
        return kept.pick((share > 0.1) & (sizes > 3))

    def overlap(self, box: np.ndarray) -> float:
        """How far `box` [4] and any one face lie over each other, as the largest share of the smaller of the two."""
        low, high = np.maximum(self.boxes[:, :2], box[:2]), np.minimum(self.boxes[:, 2:], box[2:])
        shared = np.prod(np.maximum(high - low, 0), 1)
        smaller = np.minimum(self.sizes() ** 2, np.prod(box[2:] - box[:2]))
        return float((shared / np.maximum(smaller, 1)).max(initial=0))
