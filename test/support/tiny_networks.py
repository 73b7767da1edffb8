"""Writes the two tiny networks of the unit tests, with their contracts, into a folder:

    python test/support/tiny_networks.py test/fixtures/networks

They keep the shapes of the real ones and do something that can be foretold. The detector finds a face wherever a 32×32 cell of
its input is saturated red: box 128×128 around the cell's centre, eyes 32 px apart, all landmarks visible but the left corner of the
mouth. The embedder's embedding is the face's own pixels: an 8×8 grid of means for each channel, around their mean, padded to 256
and brought to unit length.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 17
CHANNELS, MAPS, DIMENSIONS = 20, 2, 256


def constant(name: str, values: np.ndarray | list, kind: type = np.float32) -> onnx.TensorProto:
    return numpy_helper.from_array(np.asarray(values, kind), name)


def detector() -> onnx.ModelProto:
    """input [N, 3, H, W] in 0..1 → map_8, map_16, map_32 [N, 20, H/s, W/s]."""
    nodes, constants = [], []
    for stride in (8, 16, 32):
        weight, bias = np.zeros((CHANNELS, 3, 1, 1)), np.zeros(CHANNELS)
        weight[0, :, 0, 0] = [20, -10, -10]          # red, and neither green nor blue
        bias[0] = -10 if stride == 32 else -40       # only cells of 32 px answer
        bias[1:5] = 2                                # the box: two strides to each side
        bias[5:15] = [-0.5, -0.4, 0.5, -0.4, 0, 0.2, -0.4, 0.7, 0.4, 0.7]
        bias[15:20] = [10, 10, 10, -10, 10]
        constants += [constant(f"w{stride}", weight), constant(f"b{stride}", bias)]
        nodes += [
            helper.make_node("AveragePool", ["input"], [f"mean{stride}"], kernel_shape=[stride] * 2, strides=[stride] * 2),
            helper.make_node("Conv", [f"mean{stride}", f"w{stride}", f"b{stride}"], [f"raw{stride}"]),
            helper.make_node("Split", [f"raw{stride}", "parts"], [f"score{stride}", f"places{stride}", f"seen{stride}"], axis=1),
            helper.make_node("Sigmoid", [f"score{stride}"], [f"p{stride}"]),
            helper.make_node("Sigmoid", [f"seen{stride}"], [f"v{stride}"]),
            helper.make_node("Concat", [f"p{stride}", f"places{stride}", f"v{stride}"], [f"map_{stride}"], axis=1),
        ]
    constants.append(constant("parts", [1, 14, 5], np.int64))
    outputs = [(f"map_{s}", ["n", CHANNELS, f"h{s}", f"w{s}"]) for s in (8, 16, 32)]
    return model("tiny-detector", nodes, constants, ["n", 3, "h", "w"], outputs)


def embedder() -> onnx.ModelProto:
    """input [N, 3, 112, 112] → embedding [N, 256], importance [N, 2], parts [N, 2, 256], attention [N, 2, 14, 14]."""
    constants = [
        constant("flat", [0, 192], np.int64), constant("pads", [0, 0, 0, 64], np.int64), constant("zero", 0.0), constant("tiny", 1e-6),
        constant("twice", [1, MAPS, 1], np.int64), constant("axis1", [1], np.int64), constant("pair", [[0.25, 0.75]]),
        constant("ones", np.ones((MAPS, 3, 1, 1)) / 3),
    ]
    node = helper.make_node
    nodes = [
        node("AveragePool", ["input"], ["grid"], kernel_shape=[14, 14], strides=[14, 14]),
        node("Reshape", ["grid", "flat"], ["values"]),
        node("ReduceMean", ["values"], ["middle"], axes=[1], keepdims=1),
        node("Sub", ["values", "middle"], ["centred"]),
        node("Pad", ["centred", "pads", "zero"], ["padded"]),
        node("ReduceL2", ["padded"], ["length"], axes=[1], keepdims=1),
        node("Max", ["length", "tiny"], ["safe"]),
        node("Div", ["padded", "safe"], ["embedding"]),
        node("Unsqueeze", ["embedding", "axis1"], ["one"]),
        node("Tile", ["one", "twice"], ["parts"]),
        node("ReduceMean", ["embedding"], ["any"], axes=[1], keepdims=1),
        node("Mul", ["any", "zero"], ["nought"]),
        node("Add", ["nought", "pair"], ["importance"]),
        node("AveragePool", ["input"], ["fine"], kernel_shape=[8, 8], strides=[8, 8]),
        node("Conv", ["fine", "ones"], ["light"]),
        node("Sigmoid", ["light"], ["attention"]),
    ]
    outputs = [("embedding", ["n", DIMENSIONS]), ("importance", ["n", MAPS]), ("parts", ["n", MAPS, DIMENSIONS]), ("attention", ["n", MAPS, 14, 14])]
    return model("tiny-embedder", nodes, constants, ["n", 3, 112, 112], outputs)


def model(name: str, nodes: list, constants: list, shape: list, outputs: list) -> onnx.ModelProto:
    value = lambda label, dims: helper.make_tensor_value_info(label, TensorProto.FLOAT, dims)
    graph = helper.make_graph(nodes, name, [value("input", shape)], [value(*output) for output in outputs], constants)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="glimpse-tests")
    made.ir_version = 8
    onnx.checker.check_model(made, full_check=True)
    return made


def contracts() -> dict[str, dict]:
    template = [[36.4, 34.1], [75.2, 34.1], [55.8, 58.4], [43.4, 74.4], [68.1, 74.4]]
    whole = {"1e-2": 0.6, "1e-3": 0.7, "1e-4": 0.8, "1e-5": 0.9}
    half = {rate: round(threshold + 0.05, 2) for rate, threshold in whole.items()}
    levels = {"mean": [0, 0, 0], "scale": [1 / 255] * 3}
    return {
        "detector": {
            "input": {"name": "input", "colour": "RGB", **levels, "multiple": 32},
            "outputs": {"8": "map_8", "16": "map_16", "32": "map_32"}, "score": 0.5, "nmsIou": 0.4,
        },
        "embedder": {
            "input": {"name": "input", "width": 112, "height": 112, "colour": "RGB", **levels},
            "alignment": {"template": template, "eyesMidpoint": [56, 44.8], "fill": 128},
            "outputs": ["embedding", "importance", "parts", "attention"],
            "dimensions": DIMENSIONS, "maps": MAPS, "attentionSize": [14, 14],
            "thresholds": {"whole": whole, "byVisibility": [{"min": 0, "max": 0.5, "fmr": half}]},
        },
    }


def main() -> None:
    folder = Path(sys.argv[1])
    networks = {"detector": detector(), "embedder": embedder()}
    for name, contract in contracts().items():
        data = networks[name].SerializeToString()
        (folder / f"{name}.onnx").write_bytes(data)
        head = {"name": f"tiny-{name}", "version": "1", "file": f"{name}.onnx", "sha256": hashlib.sha256(data).hexdigest()}
        (folder / f"{name}.json").write_text(json.dumps(head | contract | {"training": {}}, indent=2) + "\n")
        print(f"{name}: {len(data)} bytes")


if __name__ == "__main__":
    main()
