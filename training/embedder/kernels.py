"""Faster backward passes for training on a CPU. PyTorch 2.13 spends most of a step on those of PReLU and of depthwise
convolutions (those with a stride or a dilation fall to a reference kernel); with these a step takes a third of the time.

`speed_up(network)` makes the network's layers use them. They need `g++`; without one, or on CUDA, PyTorch's own stay in use.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

SOURCE = Path(__file__).with_name("kernels.cpp")
FLAGS = ["-O3", "-march=native", "-ffast-math", "-fopenmp", "-shared", "-fPIC"]


@cache
def library() -> ctypes.CDLL | None:
    """The compiled kernels (kept in the temporary folder under the hash of their source), or None without a compiler."""
    compiler = shutil.which("g++")
    if compiler is None:
        return None
    digest = hashlib.sha256(SOURCE.read_bytes() + " ".join(FLAGS).encode()).hexdigest()[:16]
    target = Path(tempfile.gettempdir()) / f"embedder-kernels-{digest}.so"
    if not target.exists():
        fresh = target.with_suffix(f".{os.getpid()}.new")
        subprocess.run([compiler, *FLAGS, str(SOURCE), "-o", str(fresh)], check=True)
        fresh.replace(target)
    return ctypes.CDLL(str(target))


def call(name: str, tensors: list[Tensor], sizes: list[int]) -> None:
    suffix = "bf16" if tensors[0].dtype == torch.bfloat16 else "f32"
    getattr(library(), f"{name}_{suffix}")(*(ctypes.c_void_p(t.data_ptr()) for t in tensors), *(ctypes.c_int64(s) for s in sizes))


class FastPReLU(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x: Tensor, slope: Tensor) -> Tensor:
        ctx.save_for_backward(x, slope)
        return F.prelu(x, slope.to(x.dtype))

    @staticmethod
    def backward(ctx, grad: Tensor) -> tuple[Tensor, Tensor]:
        x, slope = ctx.saved_tensors
        grad = grad.contiguous(memory_format=torch.channels_last)
        grad_x, grad_slope = torch.empty_like(grad), torch.zeros_like(slope)
        channels = x.shape[1]
        call("prelu_backward", [x, grad, slope, grad_x, grad_slope], [x.numel() // channels, channels])
        return grad_x, grad_slope


class FastDepthwise(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x: Tensor, weight: Tensor, bias: Tensor, stride: int, dilation: int) -> Tensor:
        ctx.save_for_backward(x, weight)
        ctx.stride, ctx.dilation = stride, dilation
        return F.conv2d(x, weight.to(x.dtype), bias.to(x.dtype), stride, dilation, dilation, x.shape[1])

    @staticmethod
    def backward(ctx, grad: Tensor) -> tuple[Tensor | None, ...]:
        x, weight = ctx.saved_tensors
        grad = grad.contiguous(memory_format=torch.channels_last)
        taps = weight.flatten(1).T.contiguous()  # 9×C
        grad_x, grad_taps, grad_bias = torch.empty_like(x), torch.zeros_like(taps), torch.zeros_like(weight[:, 0, 0, 0])
        count, channels, height, width = x.shape
        sizes = [count, height, width, channels, ctx.stride, ctx.dilation]
        call("depthwise_backward", [x, grad, taps, grad_x, grad_taps, grad_bias], sizes)
        return grad_x, grad_taps.T.reshape_as(weight), grad_bias, None, None


def speed_up(network: nn.Module) -> nn.Module:
    """Gives the network's PReLUs and depthwise convolutions the fast passes; parameters, names and the state dict stay as they are."""
    for layer in network.modules():
        if isinstance(layer, nn.PReLU):
            layer.forward = lambda x, layer=layer: prelu(layer, x)
        elif isinstance(layer, nn.Conv2d) and slow_depthwise(layer):
            layer.forward = lambda x, layer=layer: depthwise(layer, x)
    return network


def slow_depthwise(layer: nn.Conv2d) -> bool:
    """Depthwise 3×3 with a stride or a dilation; PyTorch's own pass is as fast for the others."""
    special = layer.stride != (1, 1) or layer.dilation != (1, 1)
    return special and layer.kernel_size == (3, 3) and layer.groups == layer.in_channels and layer.groups % 64 == 0


def fits(x: Tensor, parameter: Tensor) -> bool:
    fast = x.dtype in (torch.bfloat16, torch.float32) and x.device.type == "cpu" and x.is_contiguous(memory_format=torch.channels_last)
    return fast and parameter.requires_grad and parameter.dtype == torch.float32 and torch.is_grad_enabled() and library() is not None


def prelu(layer: nn.PReLU, x: Tensor) -> Tensor:
    return FastPReLU.apply(x, layer.weight) if fits(x, layer.weight) else F.prelu(x, layer.weight.to(x.dtype))


def depthwise(layer: nn.Conv2d, x: Tensor) -> Tensor:
    if fits(x, layer.weight):
        return FastDepthwise.apply(x, layer.weight, layer.bias, layer.stride[0], layer.dilation[0])
    return nn.Conv2d.forward(layer, x)
