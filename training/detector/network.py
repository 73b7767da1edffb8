"""The detector: an anchor-free, fully convolutional face finder for strides 8, 16 and 32.

One 3x3 family of layers throughout (convolution, batch norm, ReLU), so that a plain executor can run the exported
graph. Sizes below are for an input [N, 3, H, W] with H and W multiples of 32.
"""

from pathlib import Path

import torch
from torch import nn
import torch.nn.functional as F

STRIDES = (8, 16, 32)
CHANNELS = 20  # a map's channels: score, 4 distances, 5 x 2 landmark offsets, 5 visibilities
MEAN, SCALE = 127.5, 1 / 64  # (x - mean) * scale, x in 0..255, for each of R, G, B

SCORE, BOX, POINTS, VISIBLE = slice(0, 1), slice(1, 5), slice(5, 15), slice(15, 20)


class Unit(nn.Module):
    """Convolution, batch norm and (unless it ends a residual branch) ReLU."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 3, stride: int = 1, relu: bool = True):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)
        self.norm = nn.BatchNorm2d(outputs, momentum=0.03)
        self.relu = relu

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.norm(self.conv(x))
        return F.relu(x) if self.relu else x

    def fold(self) -> None:
        """Melt the batch norm into the convolution: same outputs in eval mode, one layer fewer to run. Once is enough."""
        if isinstance(self.norm, nn.Identity):
            return
        gain = self.norm.weight / torch.sqrt(self.norm.running_var + self.norm.eps)
        folded = nn.Conv2d(self.conv.in_channels, self.conv.out_channels, self.conv.kernel_size,
                           self.conv.stride, self.conv.padding)
        folded.weight.data = self.conv.weight.data * gain[:, None, None, None]
        folded.bias.data = self.norm.bias.data - self.norm.running_mean * gain
        self.conv, self.norm = folded, nn.Identity()


class Residual(nn.Module):
    """A bottleneck: squeeze to a half by 1x1, look around by 3x3, add."""

    def __init__(self, channels: int):
        super().__init__()
        self.squeeze = Unit(channels, channels // 2, kernel=1)
        self.look = Unit(channels // 2, channels, relu=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.relu(x + self.look(self.squeeze(x)))


class Detector(nn.Module):
    """Trunk, top-down neck, one small head a stride. About 0.39 M parameters."""

    def __init__(self, neck: int = 48):
        super().__init__()
        self.stem = nn.Sequential(Unit(3, 16, stride=2), Unit(16, 32, stride=2), Residual(32))
        self.trunk8 = nn.Sequential(Unit(32, 64, stride=2), Residual(64), Residual(64))
        self.trunk16 = nn.Sequential(Unit(64, 96, stride=2), Residual(96), Residual(96))
        self.trunk32 = nn.Sequential(Unit(96, 48, kernel=1), Unit(48, 96, stride=2), Residual(96))
        self.lateral = nn.ModuleList(Unit(c, neck, kernel=1, relu=False) for c in (64, 96, 96))
        self.head = nn.ModuleList(Unit(neck, neck) for _ in STRIDES)
        self.out = nn.ModuleList(nn.Conv2d(neck, CHANNELS, 1) for _ in STRIDES)
        self._start()

    def _start(self) -> None:
        """Begin as a sceptic (score 0.01) with boxes of about 1.3 strides to each side."""
        for out in self.out:
            nn.init.normal_(out.weight, std=0.01)
            nn.init.zeros_(out.bias)
            out.bias.data[SCORE] = -4.6
            out.bias.data[BOX] = 1.0

    def forward(self, x: torch.Tensor) -> list[torch.Tensor]:
        """Normalised image [N, 3, H, W] -> raw maps [N, 20, H/s, W/s] for s = 8, 16, 32 (before `activate`)."""
        return self.body(self.stem(x))

    def body(self, c4: torch.Tensor) -> list[torch.Tensor]:
        """All but the stem, from its output [N, 32, H/4, W/4]."""
        c8 = self.trunk8(c4)                                # [N, 64, H/8, W/8]
        c16 = self.trunk16(c8)                              # [N, 96, H/16, W/16]
        c32 = self.trunk32(c16)                             # [N, 96, H/32, W/32]
        p32 = self.lateral[2](c32)                          # [N, 48, ...] from here on
        p16 = self.lateral[1](c16) + double(p32)
        p8 = self.lateral[0](c8) + double(p16)
        feats = [head(F.relu(p)) for head, p in zip(self.head, (p8, p16, p32))]
        with torch.autocast(c4.device.type, enabled=False):  # places need more digits than bfloat16 has
            return [out(f if f.dtype == torch.float32 else f.float()) for out, f in zip(self.out, feats)]

    def fold(self) -> "Detector":
        for unit in self.units():
            unit.fold()
        return self

    def units(self) -> list[Unit]:
        return [m for m in self.modules() if isinstance(m, Unit)]


@torch.no_grad()
def thawed(folded: Detector, x: torch.Tensor) -> Detector:
    """The same function with its batch norms back, for training at the full rate: each norm's statistics are those of its convolution's outputs for `x`
    [N, 3, H, W], normalised, and its gain and bias undo them."""
    network = Detector()

    def measured(unit: Unit, bias: torch.Tensor):
        def hook(_conv, _inputs, output: torch.Tensor) -> None:
            norm, mean, variance = unit.norm, output.mean((0, 2, 3)), output.var((0, 2, 3))
            norm.running_mean.copy_(mean)
            norm.running_var.copy_(variance)
            norm.weight.copy_((variance + norm.eps).sqrt())
            norm.bias.copy_(mean + bias)
        return hook

    hooks = []
    for mine, theirs in zip(network.units(), folded.units(), strict=True):
        mine.conv.weight.copy_(theirs.conv.weight)
        hooks.append(mine.conv.register_forward_hook(measured(mine, theirs.conv.bias)))
    for mine, theirs in zip(network.out, folded.out):
        mine.load_state_dict(theirs.state_dict())
    network.eval()(x)
    for hook in hooks:
        hook.remove()
    return network.train()


def restored(weights: dict[str, torch.Tensor]) -> Detector:
    """A network from its saved weights, folded or not."""
    network = Detector()
    if not any(".norm." in name for name in weights):
        network.fold()
    network.load_state_dict(weights)
    return network


def averaged(path: Path | str) -> dict[str, torch.Tensor]:
    """The weights that are evaluated and shipped: of a checkpoint its moving average, of an exported `.onnx` all it has (norms folded)."""
    if Path(path).suffix != ".onnx":
        return torch.load(path, map_location="cpu", weights_only=True)["average"]
    import onnx  # only here: a trained network needs it as little as its training does
    from onnx import numpy_helper
    prefix = "network."
    return {value.name.removeprefix(prefix): torch.tensor(numpy_helper.to_array(value))
            for value in onnx.load(path).graph.initializer if value.name.startswith(prefix)}


def double(x: torch.Tensor) -> torch.Tensor:
    return F.interpolate(x, scale_factor=2.0, mode="nearest")


def activate(raw: torch.Tensor) -> torch.Tensor:
    """Raw map -> contract map: score and visibility in 0..1, distances non-negative, offsets as they are."""
    return torch.cat([torch.sigmoid(raw[:, SCORE]), F.softplus(raw[:, BOX]), raw[:, POINTS],
                      torch.sigmoid(raw[:, VISIBLE])], 1)
