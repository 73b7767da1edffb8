"""The embedder network: extract, attend, aggregate.

Method: Hörmann, Zhang, Knoche, Teepe, Rigoll, "Attention-based Partial Face Recognition", ICIP 2021. Two sizes come from
the one definition `Embedder`; they differ in the trunk alone:

    size    input     trunk → split            F (features)     A (attention)
    small   112×112   MobileFaceNet 14×14×128  14×14×512        14×14×K
    large   160×160   ResNet-50     20×20×512  20×20×1024       20×20×K

Shapes in comments are channels × height × width of `small`, without the batch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .trunks import MobileTrunk, ResNetTrunk

INPUT_SIZE = {"small": 112, "large": 160}
FLOOR = 1e-4
TRUNKS = {"small": MobileTrunk, "large": ResNetTrunk}


@dataclass(frozen=True)
class Design:
    """Everything that fixes the shape of the network. `attention=False` is the twin that averages F over all pixels."""

    size: str = "small"
    maps: int = 12
    dimensions: int = 256
    attention: bool = True
    sigmoid_on: str = "raw"  # "relu": Â = sigmoid(ReLU(A)), as published; "raw": Â = sigmoid(A before the ReLU)
    weighted: bool = True  # False: f is the plain mean of the f_k, whatever s says


class Output(NamedTuple):
    embedding: Tensor  # [N, D], L2 norm 1
    importance: Tensor  # [N, K], s: positive, sums to 1
    parts: Tensor  # [N, K, D], f_k, each L2 norm 1
    attention: Tensor  # [N, K, h, w], Â in (0, 1)
    maps: Tensor  # [N, K, h, w], A (after its ReLU): what the diversity loss looks at


class Embedder(nn.Module):
    def __init__(self, design: Design) -> None:
        super().__init__()
        self.design = design
        trunk = TRUNKS[design.size]()
        self.stem = trunk.shared()
        self.features = trunk.features()
        if design.attention:
            self.attention = nn.Sequential(trunk.attention(), nn.Conv2d(trunk.attention_width, design.maps, 1))
            nn.init.normal_(self.attention[1].weight, std=0.05)
        self.weight = nn.Parameter(torch.randn(design.maps, trunk.width, design.dimensions) * trunk.width**-0.5)
        self.bias = nn.Parameter(torch.zeros(design.maps, design.dimensions))

    def forward(self, image: Tensor) -> Output:
        """`image` [N, 3, 112, 112], RGB, normalised as the contract says → `Output`."""
        shared = self.stem(image)  # 128×14×14
        features = self.features(shared)  # 512×14×14
        raw = self.attend(shared, features)  # K×14×14
        maps = F.relu(raw)
        gate = torch.sigmoid(maps if self.design.sigmoid_on == "relu" else raw)  # Â
        importance = torch.softmax(maps.float().mean((2, 3)), 1)  # s: K
        if not self.design.weighted:
            importance = torch.full_like(importance, 1 / importance.shape[1])
        pooled = attentional_pooling(features, gate)  # K×512
        parts = torch.einsum("nkc,kcd->nkd", pooled, self.weight.to(pooled.dtype)).float() + self.bias  # K×256
        whole = (importance.unsqueeze(2) * parts).sum(1)  # 256
        return Output(F.normalize(whole), importance, F.normalize(parts, dim=2), gate, maps)

    def attend(self, shared: Tensor, features: Tensor) -> Tensor:
        """A before its ReLU. Without attention every map is flat, so pooling is an average and s is 1/K."""
        if self.design.attention:
            return self.attention(shared)
        return features.new_zeros(features.shape[0], self.design.maps, *features.shape[2:])


def attentional_pooling(features: Tensor, gate: Tensor) -> Tensor:
    """v_k = Σ_ij F_ij Â_ijk / Σ_ij Â_ijk: [N, C, h, w] and [N, K, h, w] → [N, K, C].

    FLOOR is next to nothing beside a map that looks at something (Σ Â of 10 and more). Where a map is dark everywhere it makes the average
    of a division by nearly zero. The importance s_k is left to the aggregation, f = Σ_k s_k f_k: divided by Σ Â it would cancel out here.
    """
    flat = gate.flatten(2) + FLOOR  # K×196
    weights = flat / flat.sum(2, keepdim=True)
    return weights @ features.flatten(2).transpose(1, 2)
