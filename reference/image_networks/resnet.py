"""ResNet: layers that learn only what to add to their input.

Source: S4, S0; He et al. 2016. With squeeze-and-excitation: Hu et al. 2018.

Deviation: where a bottleneck halves the image, the 3x3 convolution has the stride, as in most
implementations, not the first 1x1; parameters are the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from torch import Generator, Tensor, nn

from reference.errors import require, require_config, require_positive
from reference.examples import normal, off_the_kinks
from reference.image_networks.squeeze_excitation import SqueezeExcitation
from reference.initial import global_seed
from reference.registry import System
from reference.shapes import check_shape

__all__ = [
    "ResNet",
    "ResNetConfig",
    "ResidualBlock",
    "resnet18",
    "resnet34",
    "resnet50",
    "resnet101",
    "resnet152",
    "se_resnet50",
]

Kind = Literal["basic", "bottleneck"]
_EXPANSION = {"basic": 1, "bottleneck": 4}


def _convolution(
    in_channels: int, out_channels: int, kernel: int, stride: int = 1
) -> list[nn.Module]:
    return [
        nn.Conv2d(in_channels, out_channels, kernel, stride, kernel // 2, bias=False),
        nn.BatchNorm2d(out_channels),
    ]


class ResidualBlock(nn.Module):
    """A short path of convolutions with a skip connection around it.

    Equation: ``y = ReLU(F(x) + x)``; where the shape changes, ``y = ReLU(F(x) + W x)`` with a 1x1
    convolution W

    Args:
        in_channels: C.
        width: maps inside the block.
        stride: 2 halves the image.
        kind: "basic" is 3x3, 3x3; "bottleneck" is 1x1, 3x3, 1x1 to 4 · width maps.
        squeeze: reduction of a squeeze-and-excitation at the end of F, or None.
    """

    def __init__(
        self,
        in_channels: int,
        width: int,
        stride: int = 1,
        kind: Kind = "basic",
        squeeze: int | None = None,
        generator: Generator | None = None,
    ) -> None:
        super().__init__()
        require_positive(in_channels=in_channels, width=width, stride=stride)
        require(kind in _EXPANSION, f"kind is {kind!r}, expected 'basic' or 'bottleneck'")
        out_channels = width * _EXPANSION[kind]
        with global_seed(generator):
            if kind == "basic":
                path = [
                    *_convolution(in_channels, width, 3, stride),
                    nn.ReLU(inplace=True),
                    *_convolution(width, width, 3),
                ]
            else:
                path = [
                    *_convolution(in_channels, width, 1),
                    nn.ReLU(inplace=True),
                    *_convolution(width, width, 3, stride),
                    nn.ReLU(inplace=True),
                    *_convolution(width, out_channels, 1),
                ]
            if squeeze is not None:
                path.append(SqueezeExcitation(out_channels, squeeze))
            self.path = nn.Sequential(*path)
            same = stride == 1 and in_channels == out_channels
            # W, or nothing where the shape stays: an empty sequence is the identity
            self.skip = nn.Sequential(
                *([] if same else _convolution(in_channels, out_channels, 1, stride))
            )
            self.activation = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, C, H, W) to (B, C', H/stride, W/stride)."""
        # y = ReLU(F(x) + x)
        y: Tensor = self.activation(self.path(x) + self.skip(x))
        return y


@dataclass(frozen=True)
class ResNetConfig:
    """Sizes of the network.

    Args:
        blocks: residual blocks of each stage; the image is halved between stages.
        kind: of the blocks.
        width: maps of the first stage; doubles from stage to stage.
        classes: to tell apart.
        squeeze: reduction of squeeze-and-excitation in each block, or None.
    """

    blocks: tuple[int, ...]
    kind: Kind = "basic"
    width: int = 64
    classes: int = 1000
    squeeze: int | None = None

    def __post_init__(self) -> None:
        require_positive(width=self.width, classes=self.classes)
        require(len(self.blocks) > 0, "there are no blocks, expected at least one stage")
        for count in self.blocks:
            require_positive(blocks=count)
        require(self.kind in _EXPANSION, f"kind is {self.kind!r}, expected 'basic' or 'bottleneck'")


class ResNet(nn.Module):
    """Stem, stages of residual blocks, average, one full layer."""

    def __init__(self, config: ResNetConfig, generator: Generator | None = None) -> None:
        require_config(config, ResNetConfig)
        super().__init__()
        self.config = config
        with global_seed(generator):
            self.stem = nn.Sequential(
                *_convolution(3, config.width, 7, 2),  # (B, 64, 112, 112)
                nn.ReLU(inplace=True),
                nn.MaxPool2d(3, 2, padding=1),  # (B, 64, 56, 56)
            )
            channels, stages = config.width, []
            for stage, count in enumerate(config.blocks):
                width = config.width * 2**stage
                blocks = []
                for block in range(count):
                    stride = 2 if stage > 0 and block == 0 else 1
                    blocks.append(
                        ResidualBlock(channels, width, stride, config.kind, config.squeeze)
                    )
                    channels = width * _EXPANSION[config.kind]
                stages.append(nn.Sequential(*blocks))  # (B, C, 56, 56), (B, 2C, 28, 28), ...
            self.stages = nn.Sequential(*stages)
            self.classifier = nn.Linear(channels, config.classes)

    def features(self, images: Tensor) -> Tensor:
        """Map (B, 3, H, W) to the last feature maps, (B, C, H/32, W/32)."""
        check_shape("images", images, "B", 3, "H", "W")
        maps: Tensor = self.stages(self.stem(images))
        return maps

    def forward(self, images: Tensor) -> Tensor:
        """Map (B, 3, H, W) to logits (B, classes)."""
        logits: Tensor = self.classifier(self.features(images).mean(dim=(-2, -1)))
        return logits


def resnet18(generator: Generator | None = None) -> ResNet:
    """11,689,512 parameters."""
    return ResNet(ResNetConfig((2, 2, 2, 2)), generator)


def resnet34(generator: Generator | None = None) -> ResNet:
    """21,797,672 parameters."""
    return ResNet(ResNetConfig((3, 4, 6, 3)), generator)


def resnet50(generator: Generator | None = None) -> ResNet:
    """25,557,032 parameters."""
    return ResNet(ResNetConfig((3, 4, 6, 3), "bottleneck"), generator)


def resnet101(generator: Generator | None = None) -> ResNet:
    """44,549,160 parameters."""
    return ResNet(ResNetConfig((3, 4, 23, 3), "bottleneck"), generator)


def resnet152(generator: Generator | None = None) -> ResNet:
    """60,192,808 parameters."""
    return ResNet(ResNetConfig((3, 8, 36, 3), "bottleneck"), generator)


def se_resnet50(generator: Generator | None = None) -> ResNet:
    """ResNet-50 with squeeze-and-excitation, reduction 16: 28,088,024 parameters."""
    return ResNet(ResNetConfig((3, 4, 6, 3), "bottleneck", squeeze=16), generator)


SYSTEMS = (
    System(
        "residual_block",
        "S4",
        lambda g: off_the_kinks(ResidualBlock(2, 4, 2, generator=g), g),
        (normal("B", 2, 6, 6),),
        # 3x3 of 2 to 4 and of 4 to 4, 1x1 of 2 to 4, three norms of 4
        parameters=72 + 144 + 8 + 3 * 8,
    ),
    System(
        "resnet",
        "S0, S4",
        lambda g: off_the_kinks(ResNet(ResNetConfig((1, 1), "basic", 2, 3), g), g),
        (normal("B", 3, 16, 16),),
        # stem 147·2 + 4; basic blocks 2 -> 2 and 2 -> 4 with skip; 4·3 + 3
        parameters=298 + (36 + 36 + 8) + (72 + 144 + 8 + 24) + 15,
        wrong=(normal("B", 7, 5),),
    ),
    System(
        "bottleneck_resnet",
        "S0, S4",
        lambda g: off_the_kinks(ResNet(ResNetConfig((1,), "bottleneck", 2, 3), g), g),
        (normal("B", 3, 16, 16),),
        # as above with bottlenecks: 2 -> 2 -> 2 -> 8 with skip; 8·3 + 3
        parameters=298 + (4 + 4 + 36 + 4 + 16 + 16) + (16 + 16) + 27,
        wrong=(normal("B", 7, 5),),
    ),
)
