"""Write a Stable Diffusion inpainting pipeline with 0.3 million random parameters, without a download."""

import json
from pathlib import Path
from typing import Any

BYTES = 256
BEGIN, END = 512, 513


def byte_vocabulary() -> dict[str, int]:
    """Return CLIP's smallest vocabulary: a token for each byte, for each last byte of a word, two markers."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    # CLIP represents every byte by a visible character; bytes without one take the next free characters.
    others = [byte for byte in range(BYTES) if byte not in printable]
    letters = [chr(byte) for byte in printable] + [chr(BYTES + i) for i in range(len(others))]
    tokens = [*letters, *(letter + "</w>" for letter in letters), "<|startoftext|>", "<|endoftext|>"]
    return {token: i for i, token in enumerate(tokens)}


def save_tiny_pipeline(folder: Path) -> Path:
    """Write the pipeline in the format of `from_pretrained`, about 1.3 MB, and return its folder."""
    import torch
    from diffusers import PNDMScheduler, StableDiffusionInpaintPipeline

    torch.manual_seed(0)
    pipeline: Any = StableDiffusionInpaintPipeline(
        **_networks(),
        tokenizer=_tokenizer(folder),
        scheduler=PNDMScheduler(
            beta_start=0.00085,
            beta_end=0.012,
            beta_schedule="scaled_linear",
            skip_prk_steps=True,
            steps_offset=1,
        ),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipeline.save_pretrained(folder / "pipeline")
    return folder / "pipeline"


def _networks() -> dict[str, Any]:
    from diffusers import AutoencoderKL, UNet2DConditionModel
    from transformers import CLIPTextConfig, CLIPTextModel

    down, up = ("DownBlock2D", "CrossAttnDownBlock2D"), ("CrossAttnUpBlock2D", "UpBlock2D")
    unet = UNet2DConditionModel(
        sample_size=16,
        in_channels=9,  # noise, mask, and the picture outside the mask
        out_channels=4,
        block_out_channels=(16, 32),
        layers_per_block=1,
        cross_attention_dim=16,
        attention_head_dim=4,
        norm_num_groups=8,
        down_block_types=down,
        up_block_types=up,
    )
    vae = AutoencoderKL(
        block_out_channels=(8, 8, 16, 16),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        latent_channels=4,
        norm_num_groups=8,
    )
    text = CLIPTextConfig(
        vocab_size=514,
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=16,
        bos_token_id=BEGIN,
        eos_token_id=END,
        pad_token_id=END,
    )
    return {"unet": unet, "vae": vae, "text_encoder": CLIPTextModel(text)}


def _tokenizer(folder: Path) -> Any:
    from transformers import CLIPTokenizer

    (folder / "vocab.json").write_text(json.dumps(byte_vocabulary()))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    return CLIPTokenizer(
        vocab=str(folder / "vocab.json"), merges=str(folder / "merges.txt"), model_max_length=16
    )
