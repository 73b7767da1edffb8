"""The two trunks an embedder can stand on: shared stages, then one last stage for each of the two branches."""

from __future__ import annotations

from collections.abc import Iterable

from torch import Tensor, nn


def conv(inputs: int, outputs: int, size: int = 1, *, stride: int = 1, groups: int = 1, dilation: int = 1) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, size, stride, dilation * (size // 2), dilation, groups)


class Inverted(nn.Module):
    """MobileFaceNet's block: 1×1 up to `hidden`, 3×3 for each channel alone, 1×1 down; added to its input if the shapes allow."""

    def __init__(self, inputs: int, hidden: int, outputs: int, *, stride: int = 1, dilation: int = 1, residual: bool = True) -> None:
        super().__init__()
        self.residual = residual
        self.body = nn.Sequential(
            conv(inputs, hidden), nn.PReLU(hidden),
            conv(hidden, hidden, 3, stride=stride, groups=hidden, dilation=dilation), nn.PReLU(hidden),
            conv(hidden, outputs),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        return x + self.body(x) if self.residual else self.body(x)


class MobileTrunk:
    """MobileFaceNet (Chen et al., 2018) with its batch normalisations folded away, as in the teacher that initialises it.

    The teacher's last stage goes on at 7×7. Here its stride is left out and the layers after it are dilated by two instead, so that the
    teacher's weights keep their meaning (every second pixel of F is the teacher's own 7×7 map) while F stays at 14×14.
    """

    width = 512
    attention_width = 128

    def shared(self) -> nn.Sequential:
        """3×112×112 → 128×14×14."""
        return nn.Sequential(
            conv(3, 64, 3, stride=2), nn.PReLU(64),  # 64×56×56
            conv(64, 64, 3, groups=64), nn.PReLU(64),
            Inverted(64, 128, 64, stride=2, residual=False),  # 64×28×28
            *repeat(4, 64, 128),
            Inverted(64, 256, 128, stride=2, residual=False),  # 128×14×14
            *repeat(6, 128, 256),
        )  # fmt: skip

    def features(self) -> nn.Sequential:
        """128×14×14 → 512×14×14."""
        return nn.Sequential(
            Inverted(128, 512, 128, residual=False),
            *repeat(2, 128, 256, dilation=2),
            conv(128, 512), nn.PReLU(512),
        )  # fmt: skip

    def attention(self) -> nn.Sequential:
        """128×14×14 → 128×14×14, for the 1×1 convolution that makes the maps."""
        return nn.Sequential(*repeat(2, 128, 256, dilation=2))


def repeat(count: int, width: int, hidden: int, dilation: int = 1) -> Iterable[Inverted]:
    return (Inverted(width, hidden, width, dilation=dilation) for _ in range(count))


class Bottleneck(nn.Module):
    """ResNet's block: 1×1 down to a quarter, 3×3, 1×1 up, added to the input (projected where shapes differ)."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__()
        middle = outputs // 4
        self.body = nn.Sequential(
            *normalised(inputs, middle), nn.ReLU(inplace=True),
            *normalised(middle, middle, 3, stride), nn.ReLU(inplace=True),
            *normalised(middle, outputs),
        )  # fmt: skip
        same = inputs == outputs and stride == 1
        self.project = nn.Identity() if same else nn.Sequential(*normalised(inputs, outputs, 1, stride))
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(self.project(x) + self.body(x))


def normalised(inputs: int, outputs: int, size: int = 1, stride: int = 1) -> tuple[nn.Module, nn.Module]:
    return nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=False), nn.BatchNorm2d(outputs)


def stage(count: int, inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(Bottleneck(inputs, outputs, stride), *(Bottleneck(outputs, outputs) for _ in range(count - 1)))


class ResNetTrunk:
    """ResNet-50 up to its fourth block, which keeps its resolution (three down-samplings in all), once for each branch."""

    width = 1024
    attention_width = 1024

    def shared(self) -> nn.Sequential:
        """3×160×160 → 512×20×20."""
        return nn.Sequential(
            *normalised(3, 64, 7, 2), nn.ReLU(inplace=True),  # 64×80×80
            nn.MaxPool2d(3, 2, 1),  # 64×40×40
            stage(3, 64, 256),  # 256×40×40
            stage(4, 256, 512, stride=2),  # 512×20×20
        )  # fmt: skip

    def features(self) -> nn.Sequential:
        """512×20×20 → 1024×20×20."""
        return stage(6, 512, 1024)

    def attention(self) -> nn.Sequential:
        """512×20×20 → 1024×20×20."""
        return stage(6, 512, 1024)
