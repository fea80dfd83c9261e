"""Build the U-Net with spatially separated attention that iSSAM and PCT-Net's CNN share.

From "Foreground-aware Semantic Representations for Image Harmonization" (Sofiiuk et al., WACV 2021), after
S²AM (Cun and Pun, TIP 2020). Layers have the names used in the authors' files.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

CHANNELS = (32, 64, 128, 256)  # of the encoder's levels, at 1, 1/2, 1/4 and 1/8 of the size
NORMALIZED_FROM = 2  # the first levels have no batch normalization
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_DEVIATION = (0.229, 0.224, 0.225)
ATTENTION_SHARPNESS = 3.0


def normalize(image: Tensor) -> Tensor:
    """Normalize B×3×H×W in 0-1 to zero mean and unit deviation over ImageNet."""
    mean, deviation = (torch.tensor(v).view(1, 3, 1, 1) for v in (IMAGENET_MEAN, IMAGENET_DEVIATION))
    return (image - mean) / deviation


class ConvBlock(nn.Module):
    """Apply a 3×3 convolution, optional batch normalization and ReLU."""

    def __init__(self, inputs: int, outputs: int, norm: bool, bias: bool = True) -> None:
        super().__init__()
        self.block = nn.Sequential(
            nn.Conv2d(inputs, outputs, 3, padding=1, bias=bias),
            nn.BatchNorm2d(outputs) if norm else nn.Identity(),
            nn.ReLU(),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return B×outputs×H×W."""
        out: Tensor = self.block(x)
        return out


class DoubleConv(nn.Module):
    """Apply two convolution blocks."""

    def __init__(self, inputs: int, outputs: int, norm: bool) -> None:
        super().__init__()
        self.block = nn.Sequential(ConvBlock(inputs, outputs, norm), ConvBlock(outputs, outputs, norm))

    def forward(self, x: Tensor) -> Tensor:
        """Return B×outputs×H×W."""
        out: Tensor = self.block(x)
        return out


class DownBlock(nn.Module):
    """Apply one level of the encoder, to an input that the encoder has pooled to half size."""

    def __init__(self, inputs: int, outputs: int, norm: bool) -> None:
        super().__init__()
        self.convs = DoubleConv(inputs, outputs, norm)

    def forward(self, x: Tensor) -> Tensor:
        """Return B×outputs×H×W."""
        out: Tensor = self.convs(x)
        return out


class Encoder(nn.Module):
    """Map image and matte, B×4×H×W, to the features of each level, the coarsest first."""

    def __init__(self) -> None:
        super().__init__()
        self.block0 = DownBlock(4, CHANNELS[0], norm=False)
        self.block1 = DownBlock(CHANNELS[0], CHANNELS[1], norm=False)
        self.blocks_connected = nn.ModuleDict(
            {
                f"block{i}": DownBlock(CHANNELS[i - 1], CHANNELS[i], norm=True)
                for i in range(NORMALIZED_FROM, len(CHANNELS))
            }
        )

    def forward(self, x: Tensor) -> list[Tensor]:
        """Return the features of the four levels, the coarsest first."""
        levels: list[Tensor] = [self.block0(x)]
        for block in (self.block1, *self.blocks_connected.values()):
            levels.append(block(F.max_pool2d(levels[-1], 2)))
        return levels[::-1]


class ChannelGate(nn.Module):
    """Weight channels by a function of their mean and maximum."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        inner = max(channels // 16, 8)
        self.attention_transform = nn.Sequential(
            nn.Linear(2 * channels, inner), nn.ReLU(), nn.Linear(inner, channels), nn.Sigmoid()
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return the weighted features, of the shape of the input."""
        weights: Tensor = self.attention_transform(torch.cat([x.mean((2, 3)), x.amax((2, 3))], 1))
        return x * weights[..., None, None]


class Blur(nn.Module):
    """Blur by a Gaussian of 7×7 and σ = 1, whose weights are in the authors' file."""

    def __init__(self) -> None:
        super().__init__()
        tap = torch.exp(-(torch.arange(-3.0, 4.0).square()) / 2)
        self.register_buffer("weight", torch.outer(tap, tap)[None, None] / tap.sum() ** 2)

    def forward(self, x: Tensor) -> Tensor:
        """Return the blurred matte, B×1×H×W."""
        return F.conv2d(x, self.get_buffer("weight"), padding=3)


class SeparatedAttention(nn.Module):
    """Process object and background separately, then blend them by the blurred matte."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.background_gate = ChannelGate(channels)
        self.foreground_gate = ChannelGate(channels)
        self.mix_gate = ChannelGate(channels)
        self.learning_block = nn.Sequential(
            ConvBlock(channels, channels // 2, norm=True, bias=False),
            ConvBlock(channels // 2, channels, norm=True, bias=False),
        )
        self.mask_blurring = Blur()

    def forward(self, x: Tensor, matte: Tensor) -> Tensor:
        """Return blended features, of the shape of `x`; matte: B×1×H×W of any size."""
        share = self.mask_blurring(F.interpolate(matte, x.shape[-2:], mode="bilinear", align_corners=True))
        inside = self.learning_block(self.foreground_gate(x)) + self.mix_gate(x)
        out: Tensor = share * inside + (1 - share) * self.background_gate(x)
        return out


class UpBlock(nn.Module):
    """Upsample and concatenate with the encoder's features; with `attend`, separate object and background."""

    def __init__(self, inputs: int, outputs: int, attend: bool) -> None:
        super().__init__()
        self.upconv = nn.Sequential(
            nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True),
            ConvBlock(inputs, outputs, norm=False),
        )
        self.convs = DoubleConv(2 * outputs, outputs, norm=True)
        self.attention = SeparatedAttention(2 * outputs) if attend else None

    def forward(self, x: Tensor, skip: Tensor, matte: Tensor) -> Tensor:
        """Return B×outputs at the size of `skip`."""
        joined = torch.cat([skip, self.upconv(x)], 1)
        if self.attention is not None:
            joined = self.attention(joined, matte)
        out: Tensor = self.convs(joined)
        return out


class Decoder(nn.Module):
    """Map the encoder's features to features at full size and an attention map."""

    def __init__(self) -> None:
        super().__init__()
        levels = list(zip(CHANNELS[:0:-1], CHANNELS[-2::-1], strict=True))
        self.up_blocks = nn.ModuleList(
            UpBlock(inputs, outputs, attend=outputs == CHANNELS[0]) for inputs, outputs in levels
        )
        self.conv_attention = nn.Conv2d(CHANNELS[0], 1, 1)
        self.to_rgb = nn.Conv2d(CHANNELS[0], 3, 1)

    def forward(self, levels: list[Tensor], matte: Tensor) -> tuple[Tensor, Tensor]:
        """Return features B×32×H×W and the share of the composite to keep, B×1×H×W in 0-1."""
        x = levels[0]
        for block, skip in zip(self.up_blocks, levels[1:], strict=True):
            x = block(x, skip, matte)
        return x, torch.sigmoid(ATTENTION_SHARPNESS * self.conv_attention(x))
