"""VGG: simple but deep; nothing but 3 x 3 convolutions and 2 x 2 max pooling.

Source: S4, S0; Simonyan & Zisserman 2014, configurations D and E.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Generator, Tensor, nn

from reference.errors import require, require_config, require_positive
from reference.examples import normal
from reference.initial import global_seed
from reference.registry import System
from reference.regularisation import Dropout
from reference.shapes import check_shape

__all__ = ["VGG", "VGGConfig", "vgg16", "vgg19"]


@dataclass(frozen=True)
class VGGConfig:
    """Sizes of the network.

    Args:
        depths: convolutions in each stage; the image is halved after each.
        maps: feature maps of each stage.
        units: of the two hidden full layers.
        classes: to tell apart.
        image_size: a multiple of 2 to the number of stages.
    """

    depths: tuple[int, ...]
    maps: tuple[int, ...] = (64, 128, 256, 512, 512)
    units: int = 4096
    classes: int = 1000
    image_size: int = 224

    def __post_init__(self) -> None:
        require_positive(units=self.units, classes=self.classes, image_size=self.image_size)
        require(
            len(self.depths) == len(self.maps) > 0,
            f"{len(self.depths)} depths but {len(self.maps)} maps, expected as many",
        )
        for size in (*self.depths, *self.maps):
            require_positive(size=size)
        step = 2 ** len(self.maps)
        require(
            self.image_size % step == 0,
            f"image_size is {self.image_size}, expected a multiple of {step}",
        )


class VGG(nn.Module):
    """Stages of convolutions, then three full layers."""

    def __init__(self, config: VGGConfig, generator: Generator | None = None) -> None:
        require_config(config, VGGConfig)
        super().__init__()
        self.config = config
        with global_seed(generator):
            layers: list[nn.Module] = []
            channels = 3
            for depth, maps in zip(config.depths, config.maps, strict=True):
                for _ in range(depth):
                    layers += [nn.Conv2d(channels, maps, 3, padding=1), nn.ReLU(inplace=True)]
                    channels = maps
                layers.append(nn.MaxPool2d(2))  # (B, maps, H/2, W/2)
            self.features = nn.Sequential(*layers)  # (B, 512, 7, 7) at 224 x 224
            final = config.image_size // 2 ** len(config.maps)
            self.classifier = nn.Sequential(
                nn.Linear(channels * final**2, config.units),
                nn.ReLU(inplace=True),
                Dropout(0.5, generator),
                nn.Linear(config.units, config.units),
                nn.ReLU(inplace=True),
                Dropout(0.5, generator),
                nn.Linear(config.units, config.classes),
            )

    def forward(self, images: Tensor) -> Tensor:
        """Map (B, 3, S, S) to logits (B, classes)."""
        size = self.config.image_size
        check_shape("images", images, "B", 3, size, size)
        logits: Tensor = self.classifier(self.features(images).flatten(1))
        return logits


def vgg16(generator: Generator | None = None) -> VGG:
    """13 convolutions and 3 full layers: 138,357,544 parameters."""
    return VGG(VGGConfig((2, 2, 3, 3, 3)), generator)


def vgg19(generator: Generator | None = None) -> VGG:
    """16 convolutions and 3 full layers: 143,667,240 parameters."""
    return VGG(VGGConfig((2, 2, 4, 4, 4)), generator)


SYSTEMS = (
    System(
        "vgg",
        "S0, S4",
        lambda g: VGG(VGGConfig((1, 2), (2, 3), 4, 2, 8), g),
        (normal("B", 3, 8, 8),),
        # 27·2 + 2, 18·3 + 3, 27·3 + 3, then 3·4·4 + 4, 4·4 + 4, 4·2 + 2
        parameters=56 + 57 + 84 + 52 + 20 + 10,
        wrong=(normal("B", 7, 5),),
    ),
)
