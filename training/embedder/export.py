"""Writes the shipped network: `embedder.onnx` (float32, simple operators, any N), checked against PyTorch.

    python -m training.embedder.export --checkpoint FILE --out models/embedder.onnx

The contract beside it is written by `calibrate`, which measures the thresholds on the file.
"""

from __future__ import annotations

import argparse
import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from torch import Tensor, nn

from .evaluate import load_student
from .network import FLOOR, INPUT_SIZE, Embedder
from .teacher import flush

OUTPUTS = ["embedding", "importance", "parts", "attention"]
TOLERANCE = 1e-5


class Plain(nn.Module):
    """The same computation as `Embedder.forward`, with every shape but N fixed and no operator that a small runtime would lack."""

    def __init__(self, net: Embedder) -> None:
        super().__init__()
        self.net = net
        with torch.no_grad():
            size = INPUT_SIZE[net.design.size]
            _, self.width, self.side, _ = net.features(net.stem(torch.zeros(1, 3, size, size))).shape

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        net, maps, pixels = self.net, self.net.design.maps, self.side**2
        shared = net.stem(image)
        features = net.features(shared)  # C×14×14
        flat = features.reshape(-1, self.width, pixels)  # C×196
        if not net.design.attention:
            pooled = flat.mean(2, keepdim=True).transpose(1, 2) + torch.zeros(1, maps, 1)
            raw = flat[:, :maps] * 0
        else:
            raw = net.attention(shared).reshape(-1, maps, pixels)  # K×196
        active = torch.relu(raw)
        gate = torch.sigmoid(active if net.design.sigmoid_on == "relu" else raw)
        importance = torch.softmax(active.mean(2), 1)
        if not net.design.weighted:
            importance = importance * 0 + 1 / maps
        if net.design.attention:
            weights = gate + FLOOR
            pooled = (weights / weights.sum(2, keepdim=True)) @ flat.transpose(1, 2)  # K×C
        parts = (pooled.transpose(0, 1) @ net.weight).transpose(0, 1) + net.bias  # K×256
        whole = (importance.reshape(-1, maps, 1) * parts).sum(1)
        return unit(whole, 1), importance, unit(parts, 2), gate.reshape(-1, maps, self.side, self.side)


def unit(vectors: Tensor, axis: int) -> Tensor:
    return vectors / ((vectors * vectors).sum(axis, keepdim=True) + 1e-12).sqrt()


def export(net: Embedder, path: Path) -> None:
    size = INPUT_SIZE[net.design.size]
    flush(net)
    path.parent.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():  # the exporter that needs no further package is called old
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.onnx.export(
            Plain(net).eval(), (torch.zeros(2, 3, size, size),), str(path), dynamo=False, opset_version=17,
            input_names=["input"], output_names=OUTPUTS, dynamic_axes={name: {0: "N"} for name in ["input", *OUTPUTS]},
        )  # fmt: skip
    onnx.checker.check_model(onnx.load(str(path)))


def largest_difference(net: Embedder, path: Path, batch: int = 5) -> float:
    """Between PyTorch's outputs in float64 and the file's, over all outputs, on noise."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    size = INPUT_SIZE[net.design.size]
    image = torch.rand(batch, 3, size, size, generator=torch.Generator().manual_seed(0)) * 2 - 1
    got = session.run(OUTPUTS, {"input": image.numpy()})
    with torch.inference_mode():
        wanted = net.double().eval()(image.double())
    return max(float(np.abs(a - getattr(wanted, name).numpy()).max()) for a, name in zip(got, OUTPUTS))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", required=True, type=Path)
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--raw", action="store_true", help="the last weights, not their moving average")
    args = parser.parse_args()
    net = load_student(args.checkpoint, not args.raw)
    export(net, args.out)
    difference = largest_difference(net, args.out)
    operators = sorted({node.op_type for node in onnx.load(str(args.out)).graph.node})
    print(f"{args.out}: {args.out.stat().st_size / 1e6:.1f} MB, operators {' '.join(operators)}")
    print(f"largest difference to PyTorch {difference:.1e}")
    if difference > TOLERANCE:
        raise SystemExit(f"more than {TOLERANCE}")


if __name__ == "__main__":
    main()
