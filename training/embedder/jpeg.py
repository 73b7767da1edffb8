"""What JPEG does to an image, in batches and on any device: 8×8 cosine transform, the standard's tables scaled to a quality, rounding, and back.
The lossless part of the format changes nothing and is left out. Tables: ITU-T T.81, annex K; scaling: as in libjpeg."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

LIGHT = [
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62,
    18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
]  # fmt: skip
COLOUR = [17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99, 99] + [99] * 36
TO_YCC = torch.tensor([[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]])  # JFIF's, around 0 for the two colours
FROM_YCC = torch.linalg.inv(TO_YCC)


def compressed(images: Tensor, quality: Tensor) -> Tensor:
    """float [N, 3, H, W] in 0..255, H and W multiples of 16, at qualities [N] of 1 to 100 → the same, as a decoder would give them back
    (colours at half the resolution)."""
    ycc = torch.einsum("ij,njhw->nihw", TO_YCC.to(images.device), images)
    factor = torch.where(quality < 50, 5000 / quality, 200 - 2 * quality) / 100
    tables = torch.tensor([LIGHT, COLOUR], device=images.device, dtype=torch.float32).view(1, 2, 8, 8)
    tables = (tables * factor.view(-1, 1, 1, 1)).round().clamp(1, 255)
    light = through_blocks(ycc[:, :1] - 128, tables[:, :1]) + 128
    colours = through_blocks(F.avg_pool2d(ycc[:, 1:], 2), tables[:, 1:])
    ycc = torch.cat([light, F.interpolate(colours, scale_factor=2, mode="bilinear")], 1)
    return torch.einsum("ij,njhw->nihw", FROM_YCC.to(images.device), ycc).clamp(0, 255)


def through_blocks(planes: Tensor, table: Tensor) -> Tensor:
    """Planes [N, C, H, W] with every 8×8 block's transform rounded to multiples of its image's table [N, 1, 8, 8]."""
    count, channels, height, width = planes.shape
    basis = cosines(planes.device)
    blocks = planes.reshape(count, channels, height // 8, 8, width // 8, 8).transpose(3, 4)
    steps = table[:, :, None, None]
    kept = ((basis @ blocks @ basis.T) / steps).round() * steps
    return (basis.T @ kept @ basis).transpose(3, 4).reshape(planes.shape)


def cosines(device: torch.device) -> Tensor:
    """The orthonormal cosine transform of eight samples [8, 8]: row u is frequency u."""
    place = torch.arange(8, device=device, dtype=torch.float32)
    rows = torch.cos((2 * place[None] + 1) * place[:, None] * (math.pi / 16)) / 2
    return torch.cat([rows[:1] / math.sqrt(2), rows[1:]])
