"""The four losses of a batch: score, box, landmarks, visibility. Each is a mean, weighted by the labels' weights."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F

from training.detector.assign import Cells, assign, boxes_at, flatten, iou
from training.detector.network import BOX, POINTS, SCORE, VISIBLE

GAINS = {"score": 1.0, "box": 2.0, "points": 10.0, "visible": 0.3}
GOOD = 0.5           # the overlap from which a box counts as right: its score's target is 1
EYES = 0.41          # the eye distance of a face that looks ahead, in sizes of its box
NARROWEST = 0.5      # a face turned away counts as at least so much of its size in the landmarks' loss
HIDDEN_POINT = 0.3   # what a hidden landmark's place weighs against a seen one's


@dataclass
class Targets:
    """The faces of a batch, end to end."""

    image: torch.Tensor    # int64 [T]: which picture
    boxes: torch.Tensor    # [T, 4] px
    points: torch.Tensor   # [T, 5, 2] px, NaN where unknown
    visible: torch.Tensor  # [T, 5], NaN where unknown
    weight: torch.Tensor   # [T], 0: ignore

    def pick(self, chosen: torch.Tensor) -> "Targets":
        return Targets(self.image[chosen], self.boxes[chosen], self.points[chosen], self.visible[chosen], self.weight[chosen])


def score_loss(logits: torch.Tensor, quality: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """Quality focal loss (Li et al. 2020, beta 2), summed: logits, targets in 0..1 and weights of one shape."""
    miss = (quality - logits.sigmoid()).detach() ** 2
    return (F.binary_cross_entropy_with_logits(logits, quality, reduction="none") * miss * weight).sum()


def box_loss(predicted: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    """1 - generalised IoU (Rezatofighi et al. 2019) in 0..2: boxes [P, 4] and [P, 4] -> [P]."""
    overlap = iou(predicted, truth)
    hull = (torch.maximum(predicted[:, 2:], truth[:, 2:]) - torch.minimum(predicted[:, :2], truth[:, :2])).prod(1)
    sides = (torch.minimum(predicted[:, 2:], truth[:, 2:]) - torch.maximum(predicted[:, :2], truth[:, :2])).clamp(min=0)
    union = (predicted[:, 2:] - predicted[:, :2]).prod(1) + (truth[:, 2:] - truth[:, :2]).prod(1) - sides.prod(1)
    return 1 - overlap + (hull - union) / hull.clamp(min=1e-6)


def points_loss(predicted: torch.Tensor, truth: torch.Tensor, size: torch.Tensor) -> torch.Tensor:
    """Landmarks [P, 5, 2] px against each other, in units of `size` [P] px: smooth L1, square below 1 % -> [P, 5]."""
    return F.smooth_l1_loss(predicted / size[:, None, None], truth / size[:, None, None],
                            reduction="none", beta=0.01).sum(2)


def unit(faces: Targets) -> torch.Tensor:
    """What a landmark's error is measured in, px [T]: the face's size, less where its eyes stand closer than those of a face that
    looks ahead, as the evaluation measures in eye distances."""
    size = (faces.boxes[:, 2:] - faces.boxes[:, :2]).prod(1).sqrt().clamp(min=1)
    eyes = (faces.points[:, 0] - faces.points[:, 1]).norm(dim=1).nan_to_num(0) / EYES
    return torch.minimum(torch.maximum(eyes, NARROWEST * size), size)


def ignored(grid: Cells, faces: Targets, images: int) -> torch.Tensor:
    """bool [N, A]: the cells inside any face of weight 0."""
    blank = faces.pick(faces.weight == 0)
    mask = torch.zeros(images, len(grid.strides), dtype=torch.bool, device=grid.strides.device)
    inside = ((grid.centres >= blank.boxes[:, None, :2]) & (grid.centres <= blank.boxes[:, None, 2:])).all(2)
    face, cell = inside.nonzero(as_tuple=True)
    mask[blank.image[face], cell] = True
    return mask


def losses(grid: Cells, maps: list[torch.Tensor], targets: Targets) -> dict[str, torch.Tensor]:
    """Raw maps [N, 20, h, w] x 3 and the batch's faces -> the four losses and their weighted sum, `total`."""
    raw = flatten(maps)
    logits, distances = raw[..., SCORE.start], F.softplus(raw[..., BOX])
    asked = targets.pick(targets.weight > 0)
    face, cell = assign(grid, asked.image, asked.boxes, logits, distances)
    image, weight = asked.image[face], asked.weight[face]
    total = weight.sum().clamp(min=1)

    boxes = boxes_at(grid, distances[image, cell], cell)
    quality = torch.zeros_like(logits)
    quality[image, cell] = (iou(boxes.detach(), asked.boxes[face]) / GOOD).clamp(max=1)
    trust = 1 - ignored(grid, targets, len(raw)).float()
    trust[image, cell] = weight

    points = raw[image, cell, POINTS].view(-1, 5, 2) * grid.strides[cell, None, None] + grid.centres[cell, None]
    seen = asked.visible[face]
    known = ~asked.points[face].isnan().any(2)
    place_weight = known * (HIDDEN_POINT + (1 - HIDDEN_POINT) * seen.nan_to_num(0)) * weight[:, None]
    place = points_loss(points, asked.points[face].nan_to_num(0), unit(asked)[face])
    sure = (~seen.isnan()) * weight[:, None]
    visible = F.binary_cross_entropy_with_logits(raw[image, cell, VISIBLE], seen.nan_to_num(0), reduction="none")

    parts = {
        "score": score_loss(logits, quality, trust) / total,
        "box": (box_loss(boxes, asked.boxes[face]) * weight).sum() / total,
        "points": (place * place_weight).sum() / place_weight.sum().clamp(min=1),
        "visible": (visible * sure).sum() / sure.sum().clamp(min=1),
    }
    parts["total"] = sum(GAINS[name] * part for name, part in parts.items())
    return parts
