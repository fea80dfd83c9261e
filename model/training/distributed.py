"""Synchronize the processes of `torchrun --nproc-per-node N -m model train`; do nothing in a single one."""

import os
from collections.abc import Iterable

import torch
from torch import distributed, nn


def join(device: torch.device) -> None:
    """Join the process group if torchrun started several processes."""
    if int(os.environ.get("WORLD_SIZE", "1")) > 1 and not distributed.is_initialized():
        distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")


def rank() -> int:
    """Return the number of this process; only process 0 writes files."""
    return distributed.get_rank() if distributed.is_initialized() else 0


def leave() -> None:
    """Leave the process group."""
    if distributed.is_initialized():
        distributed.destroy_process_group()


def average_gradients(parameters: Iterable[nn.Parameter]) -> None:
    """Replace all gradients by their mean over the processes; a missing gradient counts as zero."""
    if not distributed.is_initialized():
        return
    for parameter in parameters:
        if parameter.requires_grad:
            if parameter.grad is None:
                parameter.grad = torch.zeros_like(parameter)
            distributed.all_reduce(parameter.grad)
            parameter.grad /= distributed.get_world_size()


@torch.no_grad()
def average_statistics(network: nn.Module) -> None:
    """Replace what normalization layers in training mode have measured by its mean over the processes."""
    if not distributed.is_initialized():
        return
    for layer in network.modules():
        for buffer in layer.buffers(recurse=False) if layer.training else ():
            if buffer.is_floating_point():
                distributed.all_reduce(buffer)
                buffer /= distributed.get_world_size()


def largest(seconds: float, device: torch.device) -> float:
    """Return the largest time of all processes, on which phase and end of the run depend in all of them."""
    if not distributed.is_initialized():
        return seconds
    clock = torch.tensor(seconds, dtype=torch.float64, device=device)
    distributed.all_reduce(clock, distributed.ReduceOp.MAX)
    return float(clock)
