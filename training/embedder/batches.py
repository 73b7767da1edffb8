"""Training batches: who is in one, what the student sees, and what the teacher says about the whole face."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from .augment import SIZE, UNIT, Augmenter, Mix, bend, chance, chip_grid, normal, sample, uniform
from .data import Faces, normalise
from .teacher import Target

BANK = 8192  # teacher embeddings drawn for each batch


@dataclass
class Batch:
    chips: Tensor  # [B, 3, 112, 112] normalised: what the student sees
    targets: Tensor  # [B, 256] the teacher's embedding of the same face, whole
    identities: Tensor  # [B]; -1: unknown, or a blend
    bank: Tensor  # [M, 256] teacher embeddings of other faces


class Batches:
    """Endless and repeatable: the same seed gives the same batches. They are made where the faces lie, with chips of `pixels` a side."""

    def __init__(self, faces: Faces, target: Target, mix: Mix, size: int, seed: int, pixels: int = SIZE) -> None:
        self.faces, self.target, self.size, self.blended = faces, target, size, mix.blended
        self.rng = torch.Generator(faces.targets.device).manual_seed(seed)
        self.augment = Augmenter(mix, self.rng, pixels)

    def next(self) -> Batch:
        rng, faces = self.rng, self.faces
        chosen = torch.randint(len(faces), (self.size,), generator=rng, device=rng.device)
        mirrored = chance(self.size, 0.5, rng)
        pixels = faces.pixels(chosen).permute(0, 3, 1, 2).float()
        pixels = torch.where(mirrored.view(-1, 1, 1, 1), pixels.flip(3), pixels)
        matrices = mirror_matrices(faces.matrices[chosen], mirrored)
        targets = faces.targets[chosen]
        identities = faces.identities[chosen]
        self.blend(pixels, targets, identities)
        chips, _ = self.augment(pixels, matrices)
        bank = faces.targets[torch.randint(len(faces), (BANK,), generator=rng, device=rng.device)]
        return Batch(normalise(chips.permute(0, 2, 3, 1)), targets, identities, bank)

    def blend(self, pixels: Tensor, targets: Tensor, identities: Tensor) -> None:
        """Makes new people, in place, of the first share of the (randomly ordered) batch: half are mixed evenly with a neighbour, a quarter region by region,
        a quarter stay alone, and all are bent. Crops are aligned, so each is a face that belongs to nobody; the teacher is asked what it looks like."""
        count, rng = int(self.size * self.blended), self.rng
        if not count:
            return
        even = uniform(count, 0.25, 0.75, rng).view(-1, 1, 1, 1)
        regions = F.interpolate(normal(count, 1, 4, 4, rng=rng), pixels.shape[2:], mode="bicubic", align_corners=True).mul(6).sigmoid()
        kind = uniform(count, 0, 1, rng).view(-1, 1, 1, 1)
        share = torch.where(kind < 0.5, even, torch.where(kind < 0.75, regions, 1))
        partner = pixels[-count:] if count * 2 <= self.size else pixels.roll(1, 0)[:count]
        pixels[:count] = bend(share * pixels[:count] + (1 - share) * partner, rng)
        chips = normalise(pixels[:count, :, 8:120, 8:120].permute(0, 2, 3, 1))
        targets[:count] = self.target(chips)
        identities[:count] = -1

    def state(self) -> Tensor:
        return self.rng.get_state()

    def restore(self, state: Tensor) -> None:
        self.rng.set_state(state.cpu())


def whole_chips(faces: Faces, index: Tensor) -> Tensor:
    """The faces [B] as they are, aligned and normalised → [B, 3, 112, 112]."""
    places = chip_grid(SIZE, faces.matrices.device).expand(len(index), -1, -1, -1)
    crops = faces.pixels(index).permute(0, 3, 1, 2).float()
    return normalise(sample(crops, UNIT * faces.matrices[index], places).permute(0, 2, 3, 1))


def mirror_matrices(matrices: Tensor, mirrored: Tensor, width: int = 128) -> Tensor:
    """Crop → chip maps [B, 2, 3], for crops that are mirrored where `mirrored` says so.

    The chip of a mirrored crop is (up to a fraction of a pixel) the mirrored chip: x' = w − 1 − x before and after the map.
    """
    flip = matrices.clone()
    linear, offset = matrices[:, :, :2], matrices[:, :, 2]
    sign = torch.tensor([-1.0, 1.0], device=matrices.device)
    flip[:, :, :2] = sign[:, None] * linear * sign[None, :]
    moved = offset + linear[:, :, 0] * (width - 1)  # where the crop's right border went
    flip[:, 0, 2] = 160 - moved[:, 0]
    flip[:, 1, 2] = moved[:, 1]
    return torch.where(mirrored.view(-1, 1, 1), flip, matrices)
