"""AlexNet: five convolutions, three full layers, about 60 million parameters.

Source: S4, S0; Krizhevsky, Sutskever & Hinton 2012.

Deviation: S4 and the paper say 224 x 224, for which the first layer needs a padding of 2 to make
its 55 x 55 maps; the two halves on two graphics cards are convolutions of two groups.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Generator, Tensor, nn

from reference.convolution import output_size
from reference.errors import require, require_config, require_positive
from reference.examples import normal
from reference.initial import global_seed
from reference.normalisation import LocalResponseNorm
from reference.registry import System
from reference.regularisation import Dropout
from reference.shapes import check_shape

__all__ = ["AlexNet", "AlexNetConfig", "alexnet", "alexnet_one_tower"]


@dataclass(frozen=True)
class AlexNetConfig:
    """Sizes of the network.

    Args:
        image_size: height and width.
        classes: to tell apart.
        maps: feature maps of the five convolutions.
        units: of the two hidden full layers.
        groups: 2 as on two cards (layers 2, 4 and 5 see only their half), 1 for one tower.
        normalise: local response normalisation after the first two layers.
    """

    image_size: int = 224
    classes: int = 1000
    maps: tuple[int, int, int, int, int] = (96, 256, 384, 384, 256)
    units: int = 4096
    groups: int = 2
    normalise: bool = True

    def __post_init__(self) -> None:
        require_positive(classes=self.classes, units=self.units, groups=self.groups)
        require(
            all(size > 0 and size % self.groups == 0 for size in self.maps),
            f"maps are {self.maps}, expected multiples of the {self.groups} groups",
        )
        require_positive(final_size=self.final_size)

    @property
    def final_size(self) -> int:
        """Height and width after the last pooling."""
        size = output_size(self.image_size, 11, 4, 2)
        for _ in range(3):
            size = output_size(size, 3, 2)
        return size


class AlexNet(nn.Module):
    """Large filters with wide strides first, small ones later."""

    def __init__(self, config: AlexNetConfig, generator: Generator | None = None) -> None:
        require_config(config, AlexNetConfig)
        super().__init__()
        self.config = config
        a, b, c, d, e = config.maps
        g = config.groups

        def normalisation() -> list[nn.Module]:
            return [LocalResponseNorm()] if config.normalise else []

        with global_seed(generator):
            self.features = nn.Sequential(
                nn.Conv2d(3, a, 11, stride=4, padding=2),  # (B, 96, 55, 55)
                nn.ReLU(inplace=True),
                *normalisation(),
                nn.MaxPool2d(3, 2),  # (B, 96, 27, 27)
                nn.Conv2d(a, b, 5, padding=2, groups=g),
                nn.ReLU(inplace=True),
                *normalisation(),
                nn.MaxPool2d(3, 2),  # (B, 256, 13, 13)
                nn.Conv2d(b, c, 3, padding=1),
                nn.ReLU(inplace=True),
                nn.Conv2d(c, d, 3, padding=1, groups=g),
                nn.ReLU(inplace=True),
                nn.Conv2d(d, e, 3, padding=1, groups=g),
                nn.ReLU(inplace=True),
                nn.MaxPool2d(3, 2),  # (B, 256, 6, 6)
            )
            self.classifier = nn.Sequential(
                Dropout(0.5, generator),
                nn.Linear(e * config.final_size**2, config.units),
                nn.ReLU(inplace=True),
                Dropout(0.5, generator),
                nn.Linear(config.units, config.units),
                nn.ReLU(inplace=True),
                nn.Linear(config.units, config.classes),
            )

    def forward(self, images: Tensor) -> Tensor:
        """Map (B, 3, S, S) to logits (B, classes)."""
        size = self.config.image_size
        check_shape("images", images, "B", 3, size, size)
        logits: Tensor = self.classifier(self.features(images).flatten(1))
        return logits


def alexnet(generator: Generator | None = None) -> AlexNet:
    """The network of 2012: 60,965,224 parameters."""
    return AlexNet(AlexNetConfig(), generator)


def alexnet_one_tower(generator: Generator | None = None) -> AlexNet:
    """Krizhevsky's single tower of 2014, the one of torchvision: 61,100,840 parameters."""
    return AlexNet(
        AlexNetConfig(maps=(64, 192, 384, 256, 256), groups=1, normalise=False), generator
    )


SYSTEMS = (
    System(
        "alexnet",
        "S0, S4",
        lambda g: AlexNet(AlexNetConfig(67, 2, (2, 2, 2, 2, 2), 3), g),
        (normal("B", 3, 67, 67),),
        # 363·2 + 2, 25·2 + 2 (groups), 18·2 + 2, 9·2 + 2, 9·2 + 2, then 2·3 + 3, 3·3 + 3, 3·2 + 2
        parameters=728 + 52 + 38 + 20 + 20 + 9 + 12 + 8,
        wrong=(normal("B", 7, 5),),
    ),
)
