"""LeNet: two convolutions, three full layers.

Source: S0; LeCun et al. 1998.

Deviation: ReLU and max pooling instead of scaled tanh and trained subsampling; the third layer
reads all maps of the second, which the paper connects in part. The number of parameters at
32 x 32 is that of this widespread form, 61,706.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Generator, Tensor, nn

from reference.convolution import output_size
from reference.errors import require_config, require_positive
from reference.examples import normal
from reference.initial import global_seed
from reference.initialisation import initialise
from reference.registry import System
from reference.shapes import check_shape

__all__ = ["LeNet", "LeNetConfig", "lenet5", "lenet_digits"]


@dataclass(frozen=True)
class LeNetConfig:
    """Sizes of the network.

    Args:
        image_size: height and width.
        channels: of the image.
        classes: to tell apart.
        kernel: of both convolutions.
        padding: of both convolutions.
        maps: feature maps of both convolutions.
        units: of the two hidden full layers.
    """

    image_size: int = 32
    channels: int = 1
    classes: int = 10
    kernel: int = 5
    padding: int = 0
    maps: tuple[int, int] = (6, 16)
    units: tuple[int, int] = (120, 84)

    def __post_init__(self) -> None:
        require_positive(channels=self.channels, classes=self.classes)
        for size in (*self.maps, *self.units):
            require_positive(size=size)
        require_positive(final_size=self.final_size)

    @property
    def final_size(self) -> int:
        """Height and width of the maps after both stages."""
        size = self.image_size
        for _ in self.maps:
            size = output_size(output_size(size, self.kernel, padding=self.padding), 2, 2)
        return size


class LeNet(nn.Module):
    """Digits from pixels."""

    def __init__(self, config: LeNetConfig, generator: Generator | None = None) -> None:
        require_config(config, LeNetConfig)
        super().__init__()
        self.config = config
        first, second = config.maps
        with global_seed(generator):
            self.features = nn.Sequential(
                nn.Conv2d(config.channels, first, config.kernel, padding=config.padding),
                nn.ReLU(),
                nn.MaxPool2d(2),  # (B, 6, 14, 14) at 32 x 32
                nn.Conv2d(first, second, config.kernel, padding=config.padding),
                nn.ReLU(),
                nn.MaxPool2d(2),  # (B, 16, 5, 5)
            )
            self.classifier = nn.Sequential(
                nn.Linear(second * config.final_size**2, config.units[0]),
                nn.ReLU(),
                nn.Linear(*config.units),
                nn.ReLU(),
                nn.Linear(config.units[1], config.classes),
            )

    def forward(self, images: Tensor) -> Tensor:
        """Map (B, channels, S, S) to logits (B, classes)."""
        size = self.config.image_size
        check_shape("images", images, "B", self.config.channels, size, size)
        logits: Tensor = self.classifier(self.features(images).flatten(1))
        return logits


def _started(config: LeNetConfig, generator: Generator | None) -> LeNet:
    model = LeNet(config, generator)
    initialise(model, "he", generator=generator)
    return model


def lenet5(generator: Generator | None = None) -> LeNet:
    """For 32 x 32 grey images: 61,706 parameters, started by He's rule."""
    return _started(LeNetConfig(), generator)


def lenet_digits(generator: Generator | None = None) -> LeNet:
    """For scikit-learn's 8 x 8 digits."""
    return _started(LeNetConfig(image_size=8, kernel=3, padding=1, units=(32, 24)), generator)


SYSTEMS = (
    System(
        "lenet",
        "S0",
        lambda g: LeNet(LeNetConfig(8, 1, 3, 3, 1, (2, 3), (5, 4)), g),
        (normal("B", 1, 8, 8),),
        # (9 + 1) 2 + (9·2 + 1) 3 + (3·4 + 1) 5 + (5 + 1) 4 + (4 + 1) 3
        parameters=20 + 57 + 65 + 24 + 15,
        wrong=(normal("B", 7, 5),),
    ),
)
