"""GoogLeNet: inception modules, which try several filter sizes at once.

Source: S4, S0; Szegedy et al. 2015, table 1.

Deviation: the two auxiliary classifiers, used by the paper only in training, are left out, as in
the table. The table's column of parameters is not exact: its first row (2.7K) is wrong, the others
are up to 8 % off, while its column of operations confirms the counts of this module in all rows
but the first and (5a); see the tests.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn

from reference.errors import require, require_config, require_positive
from reference.examples import normal
from reference.initial import global_seed
from reference.registry import System
from reference.regularisation import Dropout
from reference.shapes import check_shape

__all__ = [
    "GOOGLENET_ROWS",
    "GoogLeNet",
    "GoogLeNetConfig",
    "Inception",
    "InceptionConfig",
    "googlenet",
]


@dataclass(frozen=True)
class InceptionConfig:
    """One row of the table.

    Args:
        one: maps of the 1x1 branch.
        three_reduce: maps of the 1x1 before the 3x3.
        three: maps of the 3x3 branch.
        five_reduce: maps of the 1x1 before the 5x5.
        five: maps of the 5x5 branch.
        pool: maps of the 1x1 after the pooling.
    """

    one: int
    three_reduce: int
    three: int
    five_reduce: int
    five: int
    pool: int

    def __post_init__(self) -> None:
        require_positive(
            one=self.one,
            three_reduce=self.three_reduce,
            three=self.three,
            five_reduce=self.five_reduce,
            five=self.five,
            pool=self.pool,
        )

    @property
    def out_channels(self) -> int:
        """Maps of all four branches together."""
        return self.one + self.three + self.five + self.pool


GOOGLENET_ROWS = (
    ("3a", InceptionConfig(64, 96, 128, 16, 32, 32)),  # 28 x 28 x 256
    ("3b", InceptionConfig(128, 128, 192, 32, 96, 64)),  # 28 x 28 x 480
    ("4a", InceptionConfig(192, 96, 208, 16, 48, 64)),  # 14 x 14 x 512
    ("4b", InceptionConfig(160, 112, 224, 24, 64, 64)),  # 14 x 14 x 512
    ("4c", InceptionConfig(128, 128, 256, 24, 64, 64)),  # 14 x 14 x 512
    ("4d", InceptionConfig(112, 144, 288, 32, 64, 64)),  # 14 x 14 x 528
    ("4e", InceptionConfig(256, 160, 320, 32, 128, 128)),  # 14 x 14 x 832
    ("5a", InceptionConfig(256, 160, 320, 32, 128, 128)),  # 7 x 7 x 832
    ("5b", InceptionConfig(384, 192, 384, 48, 128, 128)),  # 7 x 7 x 1024
)


def _convolution(in_channels: int, out_channels: int, kernel: int, stride: int = 1) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, kernel, stride, padding=kernel // 2),
        nn.ReLU(inplace=True),
    )


class Inception(nn.Module):
    """Four branches side by side, joined along the channels.

    Equation: ``y = [conv1(x), conv3(conv1(x)), conv5(conv1(x)), conv1(pool3(x))]``

    The 1x1 convolutions make the input thin before the costly filters.
    """

    def __init__(
        self, in_channels: int, config: InceptionConfig, generator: Generator | None = None
    ) -> None:
        require_config(config, InceptionConfig)
        super().__init__()
        require_positive(in_channels=in_channels)
        c = config
        with global_seed(generator):
            self.one = _convolution(in_channels, c.one, 1)
            self.three = nn.Sequential(
                _convolution(in_channels, c.three_reduce, 1),
                _convolution(c.three_reduce, c.three, 3),
            )
            self.five = nn.Sequential(
                _convolution(in_channels, c.five_reduce, 1), _convolution(c.five_reduce, c.five, 5)
            )
            self.pool = nn.Sequential(
                nn.MaxPool2d(3, 1, padding=1), _convolution(in_channels, c.pool, 1)
            )

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, C, H, W) to (B, one + three + five + pool, H, W)."""
        # y = [1x1, 3x3, 5x5, pool]
        return torch.cat([self.one(x), self.three(x), self.five(x), self.pool(x)], dim=1)


@dataclass(frozen=True)
class GoogLeNetConfig:
    """Sizes of the network.

    Args:
        stem: maps of the three convolutions before the first inception module.
        rows: name and sizes of each module; the name's first character is its stage, and the image
            is halved between stages.
        classes: to tell apart.
    """

    stem: tuple[int, int, int] = (64, 64, 192)
    rows: tuple[tuple[str, InceptionConfig], ...] = GOOGLENET_ROWS
    classes: int = 1000

    def __post_init__(self) -> None:
        require_positive(classes=self.classes)
        for size in self.stem:
            require_positive(stem=size)
        require(len(self.rows) > 0, "there are no rows, expected at least one inception module")


class GoogLeNet(nn.Module):
    """22 layers deep and, without wide full layers, only 7 million parameters."""

    def __init__(self, config: GoogLeNetConfig, generator: Generator | None = None) -> None:
        require_config(config, GoogLeNetConfig)
        super().__init__()
        self.config = config
        a, b, c = config.stem
        with global_seed(generator):
            stages: OrderedDict[str, nn.Module] = OrderedDict(
                convolution1=_convolution(3, a, 7, 2),  # (B, 64, 112, 112)
                pool1=nn.MaxPool2d(3, 2, ceil_mode=True),  # (B, 64, 56, 56)
                convolution2=nn.Sequential(_convolution(a, b, 1), _convolution(b, c, 3)),
                pool2=nn.MaxPool2d(3, 2, ceil_mode=True),  # (B, 192, 28, 28)
            )
            channels, stage = c, config.rows[0][0][0]
            for name, row in config.rows:
                if name[0] != stage:
                    stages[f"pool{stage}"] = nn.MaxPool2d(3, 2, ceil_mode=True)  # (B, C, H/2, W/2)
                    stage = name[0]
                stages[f"inception{name}"] = Inception(channels, row)
                channels = row.out_channels
            self.stages = nn.Sequential(stages)
            self.dropout = Dropout(0.4, generator)
            self.classifier = nn.Linear(channels, config.classes)

    def features(self, images: Tensor) -> Tensor:
        """Map (B, 3, H, W) to the last feature maps, (B, 1024, H/32, W/32) for `googlenet`."""
        check_shape("images", images, "B", 3, "H", "W")
        maps: Tensor = self.stages(images)
        return maps

    def forward(self, images: Tensor) -> Tensor:
        """Map (B, 3, H, W) to logits (B, classes)."""
        pooled = self.features(images).mean(dim=(-2, -1))  # (B, C)
        logits: Tensor = self.classifier(self.dropout(pooled))
        return logits


def googlenet(generator: Generator | None = None) -> GoogLeNet:
    """The network of the table: 6,998,552 parameters (weights and biases)."""
    return GoogLeNet(GoogLeNetConfig(), generator)


_ROW = InceptionConfig(2, 2, 3, 1, 2, 1)

SYSTEMS = (
    System(
        "inception",
        "S4",
        lambda g: Inception(4, _ROW, g),
        (normal("B", 4, 5, 5),),
        # branches of 4 maps: 2·4 + 2; 2·4 + 2, 18·3 + 3; 4 + 1, 25·2 + 2; 4 + 1
        parameters=10 + 10 + 57 + 5 + 52 + 5,
    ),
    System(
        "googlenet",
        "S0, S4",
        lambda g: GoogLeNet(GoogLeNetConfig((2, 2, 4), (("3a", _ROW),), 2), g),
        (normal("B", 3, 16, 16),),
        # stem 147·2 + 2, 2·2 + 2, 18·4 + 4; the module; 8·2 + 2
        parameters=296 + 6 + 76 + 139 + 18,
        wrong=(normal("B", 7, 5),),
    ),
)
