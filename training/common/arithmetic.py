"""Which arithmetic a device is quick in."""

from __future__ import annotations

import torch


def dtype(device: torch.device | str) -> torch.dtype:
    """bfloat16 on CUDA and on CPUs that multiply it in hardware (AMX, AVX-512 BF16); elsewhere float32, since a CPU that
    has to emulate bfloat16 is about ten times slower in it."""
    if torch.device(device).type != "cpu":
        return torch.bfloat16
    able = torch.cpu.get_capabilities()
    return torch.bfloat16 if able.get("amx_bf16") or able.get("avx512_bf16") else torch.float32


def autocast(device: torch.device | str) -> torch.autocast:
    """A context in which layers run in `dtype(device)`; it does nothing where that is float32."""
    kind = dtype(device)
    return torch.autocast(torch.device(device).type, kind, enabled=kind != torch.float32)
