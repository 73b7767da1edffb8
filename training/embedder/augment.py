"""Makes training chips in batches: alignment with jitter, what hides the face, and what a camera does to the rest.

Everything is laid out in the coordinates of a 112×112 chip, whatever the number of pixels in which it is drawn. The chip before anything is
hidden has the landmarks at fixed places, so an occlusion is a mask over chip coordinates; a *centred* patch is the same chip looked at through
a moved window. So one `grid_sample` does it all. It happens on the device of the generator; how many images get what is fixed,
and which ones is drawn, so that a GPU is never waited for.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from .align import FILL, PROTOCOL_SIZE
from .jpeg import compressed
from .protocol import CENTRES, half_size

SIZE = 112  # side of the chip in its coordinates
UNIT = SIZE / PROTOCOL_SIZE  # protocol pixels → chip coordinates


@dataclass(frozen=True)
class Mix:
    """Shares of the batch. What is left after `patch` and `occlusion` stays whole."""

    patch: float = 0.5  # a patch of the face on grey, as the protocol makes it
    occlusion: float = 0.25  # something in front of the face
    centred: float = 0.5  # of the patches: moved to the middle of the chip
    blended: float = 0.3  # of the batch: blends of two people (see batches.py)


def uniform(count: int, low: float, high: float, rng: torch.Generator) -> Tensor:
    return torch.rand(count, generator=rng, device=rng.device) * (high - low) + low


def normal(*shape: int, rng: torch.Generator) -> Tensor:
    return torch.randn(shape, generator=rng, device=rng.device)


def chance(count: int, share: float, rng: torch.Generator) -> Tensor:
    return torch.rand(count, generator=rng, device=rng.device) < share


class Augmenter:
    """`pixels`: the side of the chips that it makes."""

    def __init__(self, mix: Mix, rng: torch.Generator, pixels: int = SIZE) -> None:
        self.mix, self.rng, self.pixels = mix, rng, pixels
        self.grid = chip_grid(pixels, rng.device)

    def __call__(self, crops: Tensor, matrices: Tensor) -> tuple[Tensor, Tensor]:
        """float [B, 3, 128, 128] in 0..255 and crop → 160 px chip maps [B, 2, 3]
        → chips [B, 3, pixels, pixels] in 0..255, and the visible share of each chip [B]."""
        count = len(crops)
        patched, occluded, _ = self.shuffled(count, round(count * self.mix.patch), round(count * self.mix.occlusion))
        boxes, moved = self.patches(len(patched))
        shift = torch.zeros(count, 2, device=crops.device).index_copy(0, patched, moved)
        places = self.grid - shift[:, None, None]  # where in the chip each output pixel looks
        visible = torch.ones(places.shape[:3], dtype=torch.bool, device=crops.device)
        whole = torch.tensor([[0.0, 0, SIZE - 1, SIZE - 1]], device=crops.device)
        visible[patched] = inside(places[patched], boxes) & inside(places[patched], whole)
        visible[occluded] = ~self.obstacles(len(occluded))
        chips = self.camera(sample(crops, self.jitter(matrices), places))
        fill = torch.full_like(chips, FILL)
        fill[occluded] = self.surfaces(chips)[occluded]
        chips = torch.where(visible[:, None], chips, fill)
        return chips.clamp_(0, 255), visible.float().mean((1, 2))

    def shuffled(self, count: int, *shares: int) -> tuple[Tensor, ...]:
        """So many of a batch each, by index, nobody twice; the last part is the rest."""
        order = torch.randperm(count, generator=self.rng, device=self.rng.device)
        return order.split([*shares, count - sum(shares)])

    def jitter(self, matrices: Tensor) -> Tensor:
        """The map to the chip, with the error of real landmarks: a few degrees, per cent and pixels."""
        count, rng = len(matrices), self.rng
        angle = normal(count, rng=rng) * 0.04
        scale = UNIT * (1 + normal(count, rng=rng) * 0.03)
        shift = normal(count, 2, rng=rng) * 1.0
        cosine, sine = scale * angle.cos(), scale * angle.sin()
        turn = torch.stack([torch.stack([cosine, -sine], 1), torch.stack([sine, cosine], 1)], 1)
        moved = turn @ matrices
        moved[:, :, 2] += SIZE / 2 + shift - turn.sum(2) * (SIZE / 2 / UNIT)
        return moved

    def patches(self, count: int) -> tuple[Tensor, Tensor]:
        """→ boxes [count, 4] (x0, y0, x1, y1, chip coordinates) around eyes, nose or mouth, and how far each is moved [count, 2]."""
        rng = self.rng
        centres = torch.tensor(list(CENTRES.values()), device=rng.device, dtype=torch.float32) * UNIT
        centre = centres[torch.randint(len(CENTRES), (count,), generator=rng, device=rng.device)] + normal(count, 2, rng=rng) * 2
        elsewhere = uniform(count * 2, 20, 92, rng).view(-1, 2)
        centre = torch.where(chance(count, 0.1, rng)[:, None], elsewhere, centre)
        half = torch.stack(half_size(uniform(count, 0.08, 0.52, rng)), 1) * UNIT
        half = half * (1 + 0.08 * normal(count, 2, rng=rng)).clamp(0.75, 1.3)
        goal = SIZE / 2 + normal(count, 2, rng=rng) * 1.5
        moved = chance(count, self.mix.centred, rng)
        return torch.cat([centre - half, centre + half], 1), torch.where(moved[:, None], goal - centre, 0)

    def obstacles(self, count: int) -> Tensor:
        """What is hidden → bool [count, pixels, pixels]: a lower-face mask, sunglasses, a bar, a rectangle, or a turned ellipse such as a hand."""
        rng, grid = self.rng, self.grid
        noise = lambda sigma: normal(count, 1, 1, rng=rng) * sigma  # noqa: E731
        between = lambda low, high: uniform(count, low, high, rng).view(-1, 1, 1)  # noqa: E731
        x, y = grid[..., 0] + noise(3), grid[..., 1] + noise(3)
        bend = (x - 56) ** 2 / between(120, 160)
        mask = y > 64 + noise(4) + bend * 0.5
        glasses = ((x - 56).abs() < 40 + noise(3)) & ((y - 45).abs() < 9 + noise(2).abs())
        angle = between(0, 3.1416)
        cx, cy = between(10, 102), between(15, 105)
        along = (x - cx) * angle.cos() + (y - cy) * angle.sin()
        across = (y - cy) * angle.cos() - (x - cx) * angle.sin()
        long, short = between(15, 50), between(10, 30)
        bar = across.abs() < short * 0.7
        box = ((x - cx).abs() < long) & ((y - cy).abs() < short * 1.3)
        hand = (along / long) ** 2 + (across / short) ** 2 < 1
        kinds = torch.stack([mask, glasses, bar, box, hand, hand | glasses])
        upto = torch.tensor([3.0, 2, 1, 2, 2, 0.5], device=rng.device).cumsum(0)  # how often each
        picked = torch.searchsorted(upto, uniform(count, 0, 10.5, rng)).clamp_max(len(kinds) - 1)
        return kinds[picked, torch.arange(count, device=rng.device)]

    def surfaces(self, chips: Tensor) -> Tensor:
        """What covers: a plain colour, a soft pattern, grey, or part of another face of the batch → the shape of `chips`."""
        rng, count = self.rng, len(chips)
        colour = uniform(count * 3, 0, 255, rng).view(count, 3, 1, 1)
        pattern = F.interpolate(uniform(count * 75, -80, 80, rng).view(count, 3, 5, 5), self.pixels, mode="bilinear")
        other = chips.roll(1, 0).flip(2)
        kind = torch.randint(4, (count, 1, 1, 1), generator=rng, device=rng.device)
        plain = torch.where(kind == 0, colour, FILL)
        return torch.where(kind == 1, colour + pattern, torch.where(kind == 2, other, plain))

    def camera(self, chips: Tensor) -> Tensor:
        """Light, colour, greyscale, and loss of detail: each on a share of the batch."""
        rng, count = self.rng, len(chips)
        gain = (normal(count, 1, 1, 1, rng=rng) * 0.18).exp() * (normal(count, 3, 1, 1, rng=rng) * 0.05).exp()
        lift = normal(count, 1, 1, 1, rng=rng) * 12
        chips = (chips - 110) * gain + 110 + lift
        grey = chance(count, 0.1, rng).view(-1, 1, 1, 1)
        chips = torch.where(grey, chips.mean(1, keepdim=True), chips)
        share = count // 6
        if share:
            coarse, both, noisy, _ = self.shuffled(count, share // 2, share - share // 2, share // 2)
            coarse, noisy = torch.cat([coarse, both]), torch.cat([both, noisy])
            chips[coarse] = self.coarsened(chips[coarse])
            chips[noisy] = chips[noisy] + normal(len(noisy), *chips.shape[1:], rng=rng) * 5
            some = self.shuffled(count, share)[0]
            chips[some] = compressed(chips[some].clamp(0, 255), uniform(share, 20, 90, rng))
        return chips.clamp_(0, 255)

    def coarsened(self, chips: Tensor) -> Tensor:
        """Down to between 28 and 84 pixels and up again: each image to one of four sizes, by the average of the area or by sampling."""
        parts = []
        for part, small, mode in zip(chips.chunk(4), (30, 42, 56, 76), ("area", "bilinear", "area", "bilinear")):
            parts.append(F.interpolate(F.interpolate(part, small * self.pixels // SIZE, mode=mode), self.pixels, mode="bilinear"))
        return torch.cat(parts)


def chip_grid(pixels: int, device: torch.device) -> Tensor:
    """Where in the chip each pixel of a picture of it lies → [pixels, pixels, 2], x first."""
    axis = (torch.arange(pixels, device=device) + 0.5) * (SIZE / pixels) - 0.5
    return torch.stack(torch.meshgrid(axis, axis, indexing="xy"), 2)


def inside(places: Tensor, boxes: Tensor) -> Tensor:
    """Which of the places [B, h, w, 2] lie in their image's box [B or 1, 4] → bool [B, h, w]."""
    low, high = boxes[:, None, None, :2], boxes[:, None, None, 2:]
    return ((places >= low) & (places <= high)).all(3)


def bend(crops: Tensor, rng: torch.Generator, reach: float = 2.5) -> Tensor:
    """Moves the features of faces [B, 3, S, S] about by a smooth random field with a standard deviation of `reach` pixels, and stretches or
    narrows the faces by a few per cent."""
    count, size = len(crops), crops.shape[3]
    field = F.interpolate(normal(count, 2, 5, 5, rng=rng) * (2 * reach / size), (size, size), mode="bicubic", align_corners=True)
    axis = (torch.arange(size, device=crops.device) + 0.5) * (2 / size) - 1
    grid = torch.stack(torch.meshgrid(axis, axis, indexing="xy"), 2) * (1 + 0.04 * normal(count, 1, 1, 2, rng=rng))
    return F.grid_sample(crops, grid + field.permute(0, 2, 3, 1), padding_mode="border", align_corners=False)


def sample(crops: Tensor, matrices: Tensor, places: Tensor) -> Tensor:
    """Reads crops [B, 3, S, S] at chip places [B, h, w, 2] through the crop → chip maps [B, 2, 3] (bilinear, grey beyond)."""
    (a, b), (c, d) = matrices[:, :, :2].permute(1, 2, 0)
    inverse = torch.stack([d, -b, -c, a], 1).view(-1, 2, 2) / (a * d - b * c).view(-1, 1, 1)
    source = torch.einsum("bij,bhwj->bhwi", inverse, places - matrices[:, None, None, :, 2])
    unit = (source + 0.5) * (2 / crops.shape[3]) - 1
    return F.grid_sample(crops - FILL, unit, align_corners=False) + FILL
