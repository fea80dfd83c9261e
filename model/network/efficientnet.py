"""Extract image features with EfficientNet-Lite0 (Tan and Le 2019; no squeeze-and-excitation, ReLU6)."""

from collections.abc import Callable

from torch import Tensor, nn
from torch.nn import functional as F

# Kernel, stride, expansion, output channels, repeats of each stage, as in EfficientNet-B0.
B0_STAGES = (
    (3, 1, 1, 16, 1),
    (3, 2, 6, 24, 2),
    (5, 2, 6, 40, 2),
    (3, 2, 6, 80, 3),
    (5, 1, 6, 112, 3),
    (5, 2, 6, 192, 4),
    (3, 1, 6, 320, 1),
)
EARLY = 5  # number of blocks at high resolution
TAPS = (2, 4, 10, 15)  # blocks whose outputs are used: strides 4, 8, 16, 32


def b0_blocks(block: Callable[[int, int, int, int, int], nn.Module]) -> nn.ModuleList:
    """Build the sixteen blocks of EfficientNet-B0.

    block: called with the numbers of input and output channels, kernel size, stride and expansion.
    """
    blocks, inputs = nn.ModuleList(), 32
    for kernel, stride, expansion, outputs, repeats in B0_STAGES:
        for i in range(repeats):
            blocks.append(block(inputs, outputs, kernel, stride if i == 0 else 1, expansion))
            inputs = outputs
    return blocks


class PaddedConv(nn.Conv2d):
    """Convolve with the padding of TensorFlow, with which the ImageNet weights were trained.

    A stride of 2 on an even side pads one pixel more after than before; otherwise padding is symmetric.
    """

    def forward(self, x: Tensor) -> Tensor:
        half = (self.kernel_size[0] - 1) // 2
        if self.stride[0] == 1:
            return F.conv2d(x, self.weight, self.bias, 1, half, 1, self.groups)
        before, after = half - 1 + x.shape[-1] % 2, half
        return F.conv2d(
            F.pad(x, (before, after, before, after)), self.weight, self.bias, 2, 0, 1, self.groups
        )


class InvertedResidual(nn.Module):
    """Expand, filter each channel, project, and add the input where shapes are equal.

    There are no normalisation layers: those of the ImageNet weights are folded into the convolutions.
    """

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        inner = inputs * expansion
        self.expand = PaddedConv(inputs, inner, 1) if expansion > 1 else None
        self.depthwise = PaddedConv(inner, inner, kernel, stride, groups=inner)
        self.project = PaddedConv(inner, outputs, 1)
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        inner = F.relu6(self.expand(x)) if self.expand is not None else x
        out: Tensor = self.project(F.relu6(self.depthwise(inner)))
        return x + out if self.residual else out


class Encoder(nn.Module):
    """Compute the features of a picture. The matte is used later, to average them over regions."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = PaddedConv(3, 32, 3, 2)
        self.blocks = b0_blocks(InvertedResidual)

    def forward(self, image: Tensor) -> list[Tensor]:
        """Return features at 1/4, 1/8, 1/16 and 1/32 of the size of B×3×H×W sRGB in 0-1."""
        early = self.early(image)
        return early + self.late(early[-1])

    def early(self, image: Tensor) -> list[Tensor]:
        """Return features at 1/4 and 1/8 of the size, which take most of the time."""
        return self._through(F.relu6(self.stem(image * (255 / 128) - 127 / 128)), 0, EARLY)

    def late(self, x: Tensor) -> list[Tensor]:
        """Return features at 1/16 and 1/32 of the size from those at 1/8."""
        return self._through(x, EARLY, len(self.blocks))

    def _through(self, x: Tensor, first: int, end: int) -> list[Tensor]:
        features = []
        for i in range(first, end):
            x = self.blocks[i](x)
            if i in TAPS:
                features.append(x)
        return features
