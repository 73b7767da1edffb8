"""Checkpoint -> ONNX and contract: batch norms folded, outputs activated, any N and any H, W that are multiples of 32.

    python -m training.detector.export --checkpoint .work/detector/run/last.pt --out models
"""

from __future__ import annotations

import argparse
import hashlib
import json
import warnings
from pathlib import Path

import onnx
import torch
from torch import nn

from training.detector.network import MEAN, SCALE, STRIDES, Detector, activate, restored

OPSET = 17


class Shipped(nn.Module):
    """The network as the contract describes it: normalised image in, three activated maps out."""

    def __init__(self, network: Detector) -> None:
        super().__init__()
        self.network = network.eval().fold()

    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return tuple(activate(raw) for raw in self.network(image))


def load(checkpoint: Path | str) -> tuple[Detector, dict]:
    """The averaged network of a checkpoint, and the checkpoint's step, commit and options."""
    state = torch.load(checkpoint, map_location="cpu", weights_only=True)
    return restored(state["average"]).eval(), {"finish": None, "thaw": None, "minutes": None, "plain": 0, "step": state["step"], "commit": state.get("commit"), **state["options"]}


def write_onnx(network: Detector, path: Path) -> None:
    outputs = [f"map_{s}" for s in STRIDES]
    axes = {name: {0: "n", 2: f"h_{name}", 3: f"w_{name}"} for name in ["input", *outputs]}
    with warnings.catch_warnings():  # the graph-tracing exporter is the one that writes opset 17 without conversion
        warnings.simplefilter("ignore")
        torch.onnx.export(Shipped(network), torch.zeros(1, 3, 64, 64), path, dynamo=False, opset_version=OPSET,
                          input_names=["input"], output_names=outputs, dynamic_axes=axes)
    model = onnx.load(path)
    constants_to_initialisers(model.graph)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, path)


def constants_to_initialisers(graph: onnx.GraphProto) -> None:
    """One place for constants, so that a small executor needs no Constant node."""
    for node in [n for n in graph.node if n.op_type == "Constant"]:
        value = node.attribute[0].t
        value.name = node.output[0]
        graph.initializer.append(value)
        graph.node.remove(node)


def contract(path: Path, version: str, score: float, training: dict) -> dict:
    return {
        "name": "glimpse-detector", "version": version, "file": path.name,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "input": {"name": "input", "colour": "RGB", "mean": [MEAN] * 3, "scale": [SCALE] * 3, "multiple": 32},
        "outputs": {str(s): f"map_{s}" for s in STRIDES},
        "score": score, "nmsIou": 0.4, "training": training,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", required=True)
    parser.add_argument("--out", default="models")
    parser.add_argument("--version", default="1")
    parser.add_argument("--score", type=float, default=0.5, help="default threshold; `evaluate --calibrate` sets it")
    o = parser.parse_args()
    network, run = load(o.checkpoint)
    path = Path(o.out) / "detector.onnx"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_onnx(network, path)
    length = f"--minutes {run['minutes']:g}" if run["minutes"] else f"--steps {run['steps']}"
    command = (f"python -m training.detector.train --data DIR --out RUN {length} --batch {run['batch']} "
               f"--side {run['side']} --rate {run['rate']} --cool {run['cool']} --seed {run['seed']}"
               + (f" --plain {run['plain']:g}" if run["plain"] else "") + (" --finish CHECKPOINT" if run["finish"] else "") + (" --thaw FILE" if run["thaw"] else ""))
    training = {"commit": run["commit"], "seed": run["seed"], "step": run["step"], "command": command}
    text = json.dumps(contract(path, o.version, o.score, training), indent=2)
    path.with_suffix(".json").write_text(text + "\n")
    print(f"{path}: {path.stat().st_size} bytes, step {run['step']}")


if __name__ == "__main__":
    main()
