"""Which cells answer for which face: centre sampling by size, then as many of the best cells as their boxes earn
(after SimOTA in YOLOX, Ge et al. 2021), for a whole batch at once."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from training.detector.network import STRIDES

SIZES = ((0, 64), (32, 190), (120, 1e9))  # px: the face sizes that strides 8, 16 and 32 may answer for; they overlap
RADIUS = 1.5      # strides from a face's centre within which a cell may answer for it
MOST_CELLS = 8    # per face
UNFIT = 1e9


@dataclass
class Cells:
    """All cells of all maps of one picture, in the order stride 8, 16, 32, row by row."""

    centres: torch.Tensor  # [A, 2] px
    strides: torch.Tensor  # [A] px
    levels: torch.Tensor   # [A] 0, 1, 2


def cells(height: int, width: int) -> Cells:
    centres, strides, levels = [], [], []
    for level, stride in enumerate(STRIDES):
        y, x = torch.meshgrid(torch.arange(height // stride), torch.arange(width // stride), indexing="ij")
        centres.append((torch.stack([x, y], -1).reshape(-1, 2) + 0.5) * stride)
        strides.append(torch.full((len(centres[-1]),), float(stride)))
        levels.append(torch.full((len(centres[-1]),), level))
    return Cells(torch.cat(centres), torch.cat(strides), torch.cat(levels))


def flatten(maps: list[torch.Tensor]) -> torch.Tensor:
    """Three maps [N, C, h, w] -> [N, A, C] in the order of `cells`."""
    return torch.cat([m.flatten(2).transpose(1, 2) for m in maps], 1)


def boxes_at(grid: Cells, distances: torch.Tensor, cell: torch.Tensor) -> torch.Tensor:
    """Distances in strides [P, 4] at cells [P] -> boxes in pixels [P, 4]."""
    reach = distances * grid.strides[cell, None]
    centre = grid.centres[cell]
    return torch.cat([centre - reach[:, :2], centre + reach[:, 2:]], 1)


def iou(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Pairwise in step: boxes [P, 4] and [P, 4] -> [P]."""
    sides = (torch.minimum(a[:, 2:], b[:, 2:]) - torch.maximum(a[:, :2], b[:, :2])).clamp(min=0)
    shared = sides.prod(1)
    return shared / ((a[:, 2:] - a[:, :2]).prod(1) + (b[:, 2:] - b[:, :2]).prod(1) - shared).clamp(min=1e-6)


def candidates(grid: Cells, boxes: torch.Tensor) -> torch.Tensor:
    """Faces [T, 4] -> bool [T, A]: the cells near each face's centre on the maps fit for its size."""
    size = (boxes[:, 2:] - boxes[:, :2]).clamp(min=0).prod(1).sqrt()
    low, high = torch.tensor(SIZES, device=boxes.device).T
    fit = (size[:, None] >= low) & (size[:, None] < high)                             # [T, 3]
    offset = (grid.centres - (boxes[:, None, :2] + boxes[:, None, 2:]) / 2).abs()     # [T, A, 2]
    near = (offset < RADIUS * grid.strides[:, None]).all(2)
    sides = (boxes[:, None, 2:] - boxes[:, None, :2]) / 2
    inside = (offset < sides.clamp(min=6)).all(2)  # a face under 12 px may hold no cell's centre at all
    return near & inside & fit[:, grid.levels]


@torch.no_grad()
def assign(grid: Cells, image: torch.Tensor, boxes: torch.Tensor, scores: torch.Tensor,
           distances: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Faces of a batch (`image` [T] says whose, boxes [T, 4] px) against predictions (score logits [N, A], distances
    [N, A, 4]) -> two index vectors [P]: face and cell of every pair that is to be learnt. A cell serves one face."""
    face, cell = candidates(grid, boxes).nonzero(as_tuple=True)
    overlap = iou(boxes_at(grid, distances[image[face], cell], cell), boxes[face])
    logit = scores[image[face], cell]
    cost = torch.nn.functional.softplus(-logit) + 3 * -torch.log(overlap + 1e-4)
    table = torch.full((len(boxes), len(grid.strides)), UNFIT, device=boxes.device)
    table[face, cell] = cost
    earned = torch.zeros_like(table)
    earned[face, cell] = overlap
    count = earned.topk(MOST_CELLS, 1).values.sum(1).round().clamp(1, MOST_CELLS)
    best, order = table.topk(MOST_CELLS, 1, largest=False)
    chosen = (torch.arange(MOST_CELLS, device=boxes.device) < count[:, None]) & (best < UNFIT)
    face, slot = chosen.nonzero(as_tuple=True)
    return one_face_a_cell(image[face], face, order[face, slot], best[face, slot], len(grid.strides))


def one_face_a_cell(image, face, cell, cost, cells_per_image: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Of several faces that chose one cell keeps the cheapest."""
    place = image * cells_per_image + cell
    size = (int(image.max()) + 1 if len(image) else 0) * cells_per_image
    lowest = torch.full((size,), UNFIT, device=cost.device).scatter_reduce(0, place, cost, "amin")
    kept = cost <= lowest[place]
    return face[kept], cell[kept]
