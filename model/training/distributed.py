"""Several processes on one task, `torchrun --nproc-per-node N -m model train`; alone, they do nothing."""

import os
from collections.abc import Iterable

import torch
from torch import distributed, nn


def join(device: torch.device) -> None:
    """Meet the other processes, where torchrun started any."""
    if int(os.environ.get("WORLD_SIZE", "1")) > 1 and not distributed.is_initialized():
        distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")


def rank() -> int:
    """This process among the others; 0 is the one that writes."""
    return distributed.get_rank() if distributed.is_initialized() else 0


def leave() -> None:
    """Part from the others."""
    if distributed.is_initialized():
        distributed.destroy_process_group()


def average_gradients(parameters: Iterable[nn.Parameter]) -> None:
    """Give every process the mean of all gradients. What has none here counts as zero."""
    if not distributed.is_initialized():
        return
    for parameter in parameters:
        if parameter.requires_grad:
            if parameter.grad is None:
                parameter.grad = torch.zeros_like(parameter)
            distributed.all_reduce(parameter.grad)
            parameter.grad /= distributed.get_world_size()


def agree(seconds: float, device: torch.device) -> float:
    """The largest of all clocks: phase and end follow from it, and must be the same in every process."""
    if not distributed.is_initialized():
        return seconds
    clock = torch.tensor(seconds, dtype=torch.float64, device=device)
    distributed.all_reduce(clock, distributed.ReduceOp.MAX)
    return float(clock)
