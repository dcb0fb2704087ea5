"""DenseNet: every layer reads the maps of all layers before it.

Source: S4; Huang et al. 2017, DenseNet-BC (bottleneck and compression).
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn

from reference.errors import require, require_config, require_positive
from reference.examples import normal, off_the_kinks
from reference.initial import global_seed
from reference.registry import System
from reference.shapes import check_shape

__all__ = ["DenseBlock", "DenseLayer", "DenseNet", "DenseNetConfig", "densenet121", "transition"]


def _convolution(in_channels: int, out_channels: int, kernel: int) -> list[nn.Module]:
    """The composite layer: normalise, rectify, convolve."""
    return [
        nn.BatchNorm2d(in_channels),
        nn.ReLU(inplace=True),
        nn.Conv2d(in_channels, out_channels, kernel, padding=kernel // 2, bias=False),
    ]


class DenseLayer(nn.Module):
    """Makes k new maps from all maps so far.

    Equation: ``H(x) = conv3(ReLU(BN(conv1(ReLU(BN(x))))))``, with 4k maps in the middle

    Args:
        in_channels: maps so far.
        growth: k, the growth rate.
        bottleneck: width of the middle in units of k; 0 leaves the 1x1 convolution out.
    """

    def __init__(
        self,
        in_channels: int,
        growth: int,
        bottleneck: int = 4,
        generator: Generator | None = None,
    ) -> None:
        super().__init__()
        middle = bottleneck * growth
        with global_seed(generator):
            self.layers = nn.Sequential(
                *(_convolution(in_channels, middle, 1) if bottleneck else []),
                *_convolution(middle or in_channels, growth, 3),
            )

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, C, H, W) to (B, k, H, W)."""
        y: Tensor = self.layers(x)
        return y


class DenseBlock(nn.Module):
    """Layers that each append their maps.

    Equation: ``x_l = [x_{l-1}, H_l(x_{l-1})]``, so that ``C_l = C_0 + l k``
    """

    def __init__(
        self,
        in_channels: int,
        depth: int,
        growth: int,
        bottleneck: int = 4,
        generator: Generator | None = None,
    ) -> None:
        super().__init__()
        require_positive(in_channels=in_channels, depth=depth, growth=growth)
        require(bottleneck >= 0, f"bottleneck is {bottleneck}, expected at least 0")
        with global_seed(generator):
            self.layers = nn.ModuleList(
                DenseLayer(in_channels + i * growth, growth, bottleneck) for i in range(depth)
            )
            self.out_channels = in_channels + depth * growth

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, C, H, W) to (B, C + depth · k, H, W)."""
        for layer in self.layers:
            # x_l = [x_{l-1}, H_l(x_{l-1})]
            x = torch.cat([x, layer(x)], dim=1)
        return x


def transition(
    in_channels: int, out_channels: int, generator: Generator | None = None
) -> nn.Module:
    """Between blocks: fewer maps by a 1x1 convolution, half the size by average pooling."""
    with global_seed(generator):
        return nn.Sequential(*_convolution(in_channels, out_channels, 1), nn.AvgPool2d(2))


@dataclass(frozen=True)
class DenseNetConfig:
    """Sizes of the network.

    Args:
        blocks: layers of each dense block.
        growth: k.
        stem: maps before the first block.
        bottleneck: width of the 1x1 convolutions in units of k.
        compression: share of maps that a transition keeps.
        classes: to tell apart.
    """

    blocks: tuple[int, ...] = (6, 12, 24, 16)
    growth: int = 32
    stem: int = 64
    bottleneck: int = 4
    compression: float = 0.5
    classes: int = 1000

    def __post_init__(self) -> None:
        require_positive(growth=self.growth, stem=self.stem, classes=self.classes)
        require(len(self.blocks) > 0, "there are no blocks, expected at least one")
        for depth in self.blocks:
            require_positive(depth=depth)
        require(
            0 < self.compression <= 1,
            f"compression is {self.compression}, expected above 0 and at most 1",
        )


class DenseNet(nn.Module):
    """Stem, dense blocks with transitions between them, average, one full layer."""

    def __init__(self, config: DenseNetConfig, generator: Generator | None = None) -> None:
        require_config(config, DenseNetConfig)
        super().__init__()
        self.config = config
        with global_seed(generator):
            stages: OrderedDict[str, nn.Module] = OrderedDict(
                stem=nn.Sequential(
                    nn.Conv2d(3, config.stem, 7, 2, 3, bias=False),  # (B, 64, 112, 112)
                    nn.BatchNorm2d(config.stem),
                    nn.ReLU(inplace=True),
                    nn.MaxPool2d(3, 2, 1),  # (B, 64, 56, 56)
                )
            )
            channels = config.stem
            for i, depth in enumerate(config.blocks):
                if i > 0:
                    kept = int(channels * config.compression)
                    stages[f"transition{i}"] = transition(channels, kept)  # (B, C/2, H/2, W/2)
                    channels = kept
                block = DenseBlock(channels, depth, config.growth, config.bottleneck)
                stages[f"block{i + 1}"] = block  # (B, C + depth k, H, W)
                channels = block.out_channels
            stages["norm"] = nn.BatchNorm2d(channels)
            stages["activation"] = nn.ReLU(inplace=True)
            self.stages = nn.Sequential(stages)
            self.classifier = nn.Linear(channels, config.classes)

    def features(self, images: Tensor) -> Tensor:
        """Map (B, 3, H, W) to the last feature maps, (B, 1024, H/32, W/32) for `densenet121`."""
        check_shape("images", images, "B", 3, "H", "W")
        maps: Tensor = self.stages(images)
        return maps

    def forward(self, images: Tensor) -> Tensor:
        """Map (B, 3, H, W) to logits (B, classes)."""
        logits: Tensor = self.classifier(self.features(images).mean(dim=(-2, -1)))
        return logits


def densenet121(generator: Generator | None = None) -> DenseNet:
    """Growth rate 32: 7,978,856 parameters."""
    return DenseNet(DenseNetConfig(), generator)


SYSTEMS = (
    System(
        "dense_block",
        "S4",
        lambda g: off_the_kinks(DenseBlock(3, 2, 2, generator=g), g),
        (normal("B", 3, 5, 5),),
        # layer i: norm 2(3 + 2i), 1x1 to 8, norm 16, 3x3 to 2
        parameters=(6 + 24 + 16 + 144) + (10 + 40 + 16 + 144),
    ),
    System(
        "densenet",
        "S4",
        lambda g: off_the_kinks(DenseNet(DenseNetConfig((1, 1), 2, 2, classes=3), g), g),
        (normal("B", 3, 16, 16),),
        # stem 147·2 + 4; block 2 -> 4; transition 4 -> 2; block 2 -> 4; norm 8; 4·3 + 3
        parameters=298 + (4 + 16 + 16 + 144) * 2 + (8 + 8) + 8 + 15,
        wrong=(normal("B", 7, 5),),
    ),
)
