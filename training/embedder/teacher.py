"""The teacher: a MobileFaceNet published on npm (`faceplugin-face-recognition-js`, MIT, `model/fr_feature.onnx`).

It takes 112×112 BGR, (x − 127) / 128, and gives 512 numbers. Its batch normalisations are folded into its convolutions already.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import numpy_helper
from torch import Tensor, nn
from torch.nn import functional as F

from ..common.arithmetic import dtype
from .network import Embedder
from .trunks import Inverted, MobileTrunk, conv, repeat

NOTHING = 1e-15  # weights below this are dead channels: zero gives the same outputs, and no denormal products, which are slow
MEAN, SCALE = 127.0, 1 / 128  # the student keeps them, in RGB


class Teacher(nn.Module):
    """`forward`: RGB [N, 3, 112, 112], normalised → [N, 512], not normalised."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = MobileTrunk().shared()  # 128×14×14
        self.last = nn.Sequential(
            Inverted(128, 512, 128, stride=2, residual=False),  # 128×7×7
            *repeat(2, 128, 256),
            conv(128, 512), nn.PReLU(512),  # 512×7×7
        )  # fmt: skip
        self.pool = nn.Conv2d(512, 512, 7, groups=512)  # 512×1×1, a weight for each pixel and channel
        self.project = nn.Conv2d(512, 512, 1)

    def forward(self, image: Tensor) -> Tensor:
        return self.project(self.pool(self.last(self.stem(image)))).flatten(1)


def load_teacher(path: Path | str) -> Teacher:
    """The teacher of `fr_feature.onnx`. Raises ValueError on another file."""
    teacher = Teacher()
    fill(teacher, onnx.load(str(path)).graph)
    with torch.no_grad():
        first = teacher.stem[0].weight
        first.copy_(first.flip(1))  # the file wants BGR, this module is given RGB
    flush(teacher)
    return teacher.eval().requires_grad_(False)


@torch.no_grad()
def fill(net: nn.Module, graph: onnx.GraphProto) -> None:
    """Gives a network's layers the weights of a file, in the order of the file's graph, which is the order in which they run; parameters that are
    no layer's go by their name. Raises ValueError on a file of another network."""
    values = {tensor.name: torch.from_numpy(numpy_helper.to_array(tensor).copy()) for tensor in graph.initializer}
    values |= {node.output[0]: values[node.input[0]] for node in graph.node if node.op_type == "Identity" and node.input[0] in values}  # equal ones
    nodes = [node for node in graph.node if node.op_type in ("Conv", "PRelu")]
    layers = [layer for layer in net.modules() if isinstance(layer, (nn.Conv2d, nn.PReLU))]
    if [type(layer) is nn.PReLU for layer in layers] != [node.op_type == "PRelu" for node in nodes]:
        raise ValueError("the file holds another network")
    for layer, node in zip(layers, nodes):
        for parameter, name in zip(layer.parameters(), node.input[1:]):
            parameter.copy_(values[name].reshape(parameter.shape))
    for name, parameter in net.named_parameters(recurse=False):
        parameter.copy_(values[f"net.{name}"])


Run = Callable[[Tensor], Tensor]  # normalised RGB chips [N, 3, 112, 112] → [N, 512]


def runner(teacher: Teacher, device: torch.device | str) -> Run:
    """The teacher as it runs fastest: in bfloat16 where the device is quick in it, else through onnxruntime (a quarter faster than PyTorch in
    float32 on one core)."""
    kind = dtype(device)
    if kind != torch.float32:
        quick = teacher.to(device, kind).to(memory_format=torch.channels_last)
        return lambda image: quick(image.to(device, kind)).float()
    file = io.BytesIO()
    with warnings.catch_warnings():  # the exporter that needs no further package is called old
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.onnx.export(
            teacher, (torch.zeros(2, 3, 112, 112),), file, dynamo=False, opset_version=17,
            input_names=["image"], output_names=["embedding"], dynamic_axes={"image": {0: "N"}, "embedding": {0: "N"}},
        )  # fmt: skip
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # on shared cores waiting threads would take half the time
    session = onnxruntime.InferenceSession(file.getvalue(), options, providers=["CPUExecutionProvider"])
    return lambda image: torch.from_numpy(session.run(None, {"image": np.ascontiguousarray(image.numpy(), np.float32)})[0])


@torch.no_grad()
def flush(net: nn.Module) -> None:
    """Sets every weight that is as good as zero to zero, in place."""
    for parameter in net.parameters():
        parameter[parameter.abs() < NOTHING] = 0


def initialise(student: Embedder, teacher: Teacher) -> None:
    """Gives the `small` student the teacher's weights: shared stages and F; A's branch starts from the teacher's last two blocks."""
    student.stem.load_state_dict(teacher.stem.state_dict())
    student.features.load_state_dict(teacher.last.state_dict())
    if student.design.attention:
        initialise_attention(student, teacher)


def initialise_attention(student: Embedder, teacher: Teacher) -> None:
    for mine, theirs in zip(student.attention[0], teacher.last[1:3]):
        mine.load_state_dict(theirs.state_dict())


class Target:
    """What a student is taught: the teacher's mean opinion of a face and of its mirror image, which is better than either alone (on LFW
    99.47 % against 99.37 %), in the 256 dimensions that the teacher really uses: `basis` [512, 256], the leading right singular
    vectors of many normalised embeddings. They keep the cosines."""

    def __init__(self, teacher: Run, basis: Tensor) -> None:
        self.teacher, self.basis = teacher, basis

    @torch.no_grad()
    def __call__(self, image: Tensor) -> Tensor:
        """Normalised RGB chips [N, 3, 112, 112] → [N, 256] float32, L2 norm 1."""
        both = [F.normalize(self.teacher(view).to(self.basis.device) @ self.basis) for view in (image, image.flip(3))]
        return F.normalize(both[0] + both[1])
