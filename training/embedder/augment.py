"""Makes training chips in batches: alignment with jitter, what hides the face, and what a camera does to the rest.

Everything is drawn in the student's 112×112 chip. The chip before anything is hidden has the landmarks at fixed places, so an occlusion
is a mask over chip coordinates; a *centred* patch is the same chip looked at through a moved window. So one `grid_sample` does it all.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from .align import FILL, PROTOCOL_SIZE
from .protocol import CENTRES, half_size

SIZE = 112
UNIT = SIZE / PROTOCOL_SIZE  # protocol pixels → chip pixels


@dataclass(frozen=True)
class Mix:
    """Shares of the batch. What is left after `patch` and `occlusion` stays whole."""

    patch: float = 0.5  # a patch of the face on grey, as the protocol makes it
    occlusion: float = 0.25  # something in front of the face
    centred: float = 0.5  # of the patches: moved to the middle of the chip
    blended: float = 0.3  # of the batch: blends of two people (see batches.py)


def uniform(count: int, low: float, high: float, rng: torch.Generator) -> Tensor:
    return torch.rand(count, generator=rng) * (high - low) + low


def chance(count: int, share: float, rng: torch.Generator) -> Tensor:
    return torch.rand(count, generator=rng) < share


class Augmenter:
    def __init__(self, mix: Mix, rng: torch.Generator) -> None:
        self.mix, self.rng = mix, rng
        axis = torch.arange(SIZE, dtype=torch.float32)
        self.grid = torch.stack(torch.meshgrid(axis, axis, indexing="xy"), 2)  # [112, 112, 2], x first

    def __call__(self, crops: Tensor, matrices: Tensor) -> tuple[Tensor, Tensor]:
        """float [B, 3, 128, 128] in 0..255 and crop → 160 px chip maps [B, 2, 3]
        → chips [B, 3, 112, 112] in 0..255, and the visible share of each chip [B]."""
        count = len(crops)
        draw = torch.rand(count, generator=self.rng)
        patch = draw < self.mix.patch
        occluded = ~patch & (draw < self.mix.patch + self.mix.occlusion)
        visible = torch.ones(count, SIZE, SIZE, dtype=torch.bool)
        shift = torch.zeros(count, 2)
        boxes, shift[patch] = self.patches(int(patch.sum()))
        places = self.grid - shift[:, None, None]  # where in the chip each output pixel looks
        visible[patch] = inside(places[patch], boxes) & inside(places[patch], torch.tensor([[0.0, 0, SIZE - 1, SIZE - 1]]))
        chips = sample(crops, self.jitter(matrices), places)
        chips = self.camera(chips)
        fill = torch.full_like(chips, FILL)
        visible[occluded] = ~self.obstacles(int(occluded.sum()))
        fill[occluded] = self.surfaces(chips)[occluded]
        chips = torch.where(visible[:, None], chips, fill)
        return chips.clamp_(0, 255), visible.float().mean((1, 2))

    def jitter(self, matrices: Tensor) -> Tensor:
        """The map to the 112 px chip, with the error of real landmarks: a few degrees, per cent and pixels."""
        count = len(matrices)
        angle = torch.randn(count, generator=self.rng) * 0.04
        scale = UNIT * (1 + torch.randn(count, generator=self.rng) * 0.03)
        shift = torch.randn(count, 2, generator=self.rng) * 1.0
        cosine, sine = scale * angle.cos(), scale * angle.sin()
        turn = torch.stack([torch.stack([cosine, -sine], 1), torch.stack([sine, cosine], 1)], 1)
        pivot = torch.tensor([SIZE / 2, SIZE / 2])
        moved = turn @ matrices
        moved[:, :, 2] += pivot + shift - (turn @ (pivot / UNIT))
        return moved

    def patches(self, count: int) -> tuple[Tensor, Tensor]:
        """→ boxes [count, 4] (x0, y0, x1, y1, chip pixels) around eyes, nose or mouth, and how far each is moved [count, 2]."""
        rng = self.rng
        centre = torch.tensor(list(CENTRES.values())).float()[torch.randint(len(CENTRES), (count,), generator=rng)] * UNIT
        centre = centre + torch.randn(count, 2, generator=rng) * 2
        anywhere = chance(count, 0.1, rng)
        centre[anywhere] = uniform(int(anywhere.sum()) * 2, 20, 92, rng).view(-1, 2)
        half = torch.tensor([half_size(f) for f in uniform(count, 0.08, 0.52, rng).tolist()]).view(-1, 2) * UNIT
        half = half * (1 + 0.08 * torch.randn(count, 2, generator=rng)).clamp(0.75, 1.3)
        goal = torch.full((count, 2), SIZE / 2) + torch.randn(count, 2, generator=rng) * 1.5
        moved = chance(count, self.mix.centred, rng)
        return torch.cat([centre - half, centre + half], 1), torch.where(moved[:, None], goal - centre, 0)

    def obstacles(self, count: int) -> Tensor:
        """What is hidden → bool [count, 112, 112]: a lower-face mask, sunglasses, a bar, a rectangle, or a turned ellipse such as a hand."""
        rng, grid = self.rng, self.grid
        noise = lambda sigma: torch.randn(count, 1, 1, generator=rng) * sigma  # noqa: E731
        x, y = grid[..., 0] + noise(3), grid[..., 1] + noise(3)
        bend = (x - 56) ** 2 / (120 + 40 * torch.rand(count, 1, 1, generator=rng))
        mask = y > 64 + noise(4) + bend * 0.5
        glasses = ((x - 56).abs() < 40 + noise(3)) & ((y - 45).abs() < 9 + noise(2).abs())
        angle = uniform(count, 0, 3.1416, rng).view(-1, 1, 1)
        cx, cy = uniform(count, 10, 102, rng).view(-1, 1, 1), uniform(count, 15, 105, rng).view(-1, 1, 1)
        along = (x - cx) * angle.cos() + (y - cy) * angle.sin()
        across = (y - cy) * angle.cos() - (x - cx) * angle.sin()
        long, short = uniform(count, 15, 50, rng).view(-1, 1, 1), uniform(count, 10, 30, rng).view(-1, 1, 1)
        bar = across.abs() < short * 0.7
        box = ((x - cx).abs() < long) & ((y - cy).abs() < short * 1.3)
        hand = (along / long) ** 2 + (across / short) ** 2 < 1
        kinds = torch.stack([mask, glasses, bar, box, hand, hand | glasses])
        picked = torch.multinomial(torch.tensor([3.0, 2, 1, 2, 2, 0.5]), count, replacement=True, generator=rng) if count else torch.zeros(0, dtype=torch.long)
        return kinds[picked, torch.arange(count)]

    def surfaces(self, chips: Tensor) -> Tensor:
        """What covers: a plain colour, a soft pattern, grey, or part of another face of the batch → [B, 3, 112, 112]."""
        rng, count = self.rng, len(chips)
        colour = torch.rand(count, 3, 1, 1, generator=rng) * 255
        pattern = F.interpolate(torch.rand(count, 3, 5, 5, generator=rng) * 160 - 80, SIZE, mode="bilinear")
        other = chips.roll(1, 0).flip(2)
        kind = torch.randint(4, (count, 1, 1, 1), generator=rng)
        plain = torch.where(kind == 0, colour, torch.full_like(colour, FILL))
        return torch.where(kind == 1, colour + pattern, torch.where(kind == 2, other, plain))

    def camera(self, chips: Tensor) -> Tensor:
        """Light, colour, greyscale, and loss of detail: each on a share of the batch."""
        rng, count = self.rng, len(chips)
        gain = (torch.randn(count, 1, 1, 1, generator=rng) * 0.18).exp() * (torch.randn(count, 3, 1, 1, generator=rng) * 0.05).exp()
        lift = torch.randn(count, 1, 1, 1, generator=rng) * 12
        chips = (chips - 110) * gain + 110 + lift
        grey = chance(count, 0.1, rng).view(-1, 1, 1, 1)
        chips = torch.where(grey, chips.mean(1, keepdim=True), chips)
        share = count // 6
        if share:
            small = int(torch.randint(28, 84, (1,), generator=rng))
            mode = "area" if torch.rand(1, generator=rng) < 0.5 else "bilinear"
            some = torch.randperm(count, generator=rng)[: 2 * share]
            coarse, noisy = some[:share], some[share // 2 :]
            chips[coarse] = F.interpolate(F.interpolate(chips[coarse], small, mode=mode), SIZE, mode="bilinear")
            chips[noisy] += torch.randn(chips[noisy].shape, generator=rng) * 5
            self.compress(chips, torch.randperm(count, generator=rng)[:share])
        return chips.clamp_(0, 255)

    def compress(self, chips: Tensor, some: Tensor) -> None:
        """JPEG at a quality of 20 to 90 and back, in place."""
        quality = torch.randint(20, 90, (len(some),), generator=self.rng)
        for index, level in zip(some.tolist(), quality.tolist()):
            pixels = chips[index].clamp(0, 255).byte().permute(1, 2, 0).numpy()
            data = cv2.imencode(".jpg", np.ascontiguousarray(pixels), [cv2.IMWRITE_JPEG_QUALITY, level])[1]
            chips[index] = torch.from_numpy(cv2.imdecode(data, cv2.IMREAD_COLOR)).permute(2, 0, 1)


def inside(places: Tensor, boxes: Tensor) -> Tensor:
    """Which of the places [B, h, w, 2] lie in their image's box [B or 1, 4] → bool [B, h, w]."""
    low, high = boxes[:, None, None, :2], boxes[:, None, None, 2:]
    return ((places >= low) & (places <= high)).all(3)


def bend(crops: Tensor, rng: torch.Generator, reach: float = 2.5) -> Tensor:
    """Moves the features of faces [B, 3, S, S] about by a smooth random field with a standard deviation of `reach` pixels."""
    count, size = len(crops), crops.shape[3]
    field = F.interpolate(torch.randn(count, 2, 5, 5, generator=rng) * (2 * reach / size), (size, size), mode="bicubic", align_corners=True)
    axis = (torch.arange(size) + 0.5) * (2 / size) - 1
    grid = torch.stack(torch.meshgrid(axis, axis, indexing="xy"), 2)
    return F.grid_sample(crops, grid + field.permute(0, 2, 3, 1), padding_mode="border", align_corners=False)


def sample(crops: Tensor, matrices: Tensor, places: Tensor) -> Tensor:
    """Reads crops [B, 3, S, S] at chip places [B, h, w, 2] through the crop → chip maps [B, 2, 3] (bilinear, grey beyond)."""
    inverse = torch.linalg.inv(matrices[:, :, :2])
    source = torch.einsum("bij,bhwj->bhwi", inverse, places - matrices[:, None, None, :, 2])
    unit = (source + 0.5) * (2 / crops.shape[3]) - 1
    return F.grid_sample(crops - FILL, unit, align_corners=False) + FILL
