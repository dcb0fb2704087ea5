"""Convolutional autoencoder, with both ways to grow a feature map.

Guarantees: the output has the input's shape; with unpooling each value returns to the place where
its maximum was.

Source: S4, S3.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from torch import Generator, Tensor, nn
from torch.nn import functional

from reference.convolution import max_unpool2d
from reference.errors import require, require_config, require_positive
from reference.examples import unit
from reference.initial import global_seed
from reference.initialisation import initialise
from reference.losses import squared_error
from reference.registry import System
from reference.shapes import check_shape

__all__ = [
    "ConvolutionalAutoencoder",
    "ConvolutionalConfig",
    "build_convolutional_autoencoder",
]

Upsampling = Literal["unpooling", "transposed"]


@dataclass(frozen=True)
class ConvolutionalConfig:
    """Sizes of the network.

    Args:
        channels: of the image.
        maps: feature maps after each of the two halvings.
        upsampling: "unpooling" remembers positions, "transposed" learns filters.
    """

    channels: int = 1
    maps: tuple[int, int] = (8, 4)
    upsampling: Upsampling = "unpooling"

    def __post_init__(self) -> None:
        require_positive(channels=self.channels)
        for size in self.maps:
            require_positive(maps=size)
        require(
            self.upsampling in {"unpooling", "transposed"},
            f"upsampling is {self.upsampling!r}, expected 'unpooling' or 'transposed'",
        )


class ConvolutionalAutoencoder(nn.Module):
    """Two stages down, two stages up."""

    def __init__(self, config: ConvolutionalConfig, generator: Generator | None = None) -> None:
        require_config(config, ConvolutionalConfig)
        super().__init__()
        self.config = config
        C, (a, b) = config.channels, config.maps
        with global_seed(generator):
            self.down1 = nn.Conv2d(C, a, 3, padding=1)
            self.down2 = nn.Conv2d(a, b, 3, padding=1)
            if config.upsampling == "unpooling":
                self.up2: nn.Module = nn.Conv2d(b, a, 3, padding=1)
                self.up1: nn.Module = nn.Conv2d(a, C, 3, padding=1)
            else:
                self.up2 = nn.ConvTranspose2d(b, a, 4, stride=2, padding=1)
                self.up1 = nn.ConvTranspose2d(a, C, 4, stride=2, padding=1)

    def encode(self, images: Tensor) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """Map (B, C, H, W) to the code (B, b, H/4, W/4) and the positions of both poolings."""
        check_shape("images", images, "B", self.config.channels, "H", "W")
        H, W = images.shape[-2:]
        require(H % 4 == 0 and W % 4 == 0, f"images are {H} x {W}, expected multiples of 4")
        h, p1 = functional.max_pool2d(self.down1(images).relu(), 2, return_indices=True)
        h, p2 = functional.max_pool2d(self.down2(h).relu(), 2, return_indices=True)
        return h, (p1, p2)

    def decode(self, code: Tensor, positions: tuple[Tensor, Tensor]) -> Tensor:
        """Map the code to images (B, C, H, W); only unpooling looks at the positions."""
        H, W = 4 * code.shape[-2], 4 * code.shape[-1]
        if self.config.upsampling == "unpooling":
            h = max_unpool2d(code, positions[1], H // 2, W // 2)  # (B, b, H/2, W/2)
            h = max_unpool2d(self.up2(h).relu(), positions[0], H, W)  # (B, a, H, W)
        else:
            h = self.up2(code).relu()  # (B, a, H/2, W/2)
        images: Tensor = self.up1(h).sigmoid()
        return images

    def forward(self, images: Tensor) -> Tensor:
        """Map (B, C, H, W) to reconstructions of the same shape."""
        return self.decode(*self.encode(images))

    def loss(self, images: Tensor) -> Tensor:
        """Half the mean squared error of the pixels."""
        return squared_error(self(images), images)


def build_convolutional_autoencoder(
    config: ConvolutionalConfig, generator: Generator | None = None
) -> ConvolutionalAutoencoder:
    """Make one whose start follows from the generator, by He's rule."""
    model = ConvolutionalAutoencoder(config, generator)
    initialise(model, "he", generator=generator)
    return model


SYSTEMS = (
    System(
        "unpooling_autoencoder",
        "S4",
        lambda g: build_convolutional_autoencoder(ConvolutionalConfig(1, (3, 2)), g),
        (unit("B", 1, 8, 4),),
        # 9·3 + 3; 27·2 + 2; 18·3 + 3; 27 + 1
        parameters=30 + 56 + 57 + 28,
        wrong=(unit("B", 5),),
    ),
    System(
        "transposed_autoencoder",
        "S4",
        lambda g: build_convolutional_autoencoder(ConvolutionalConfig(1, (3, 2), "transposed"), g),
        (unit("B", 1, 8, 4),),
        # the ways up: 2·3·16 + 3; 3·16 + 1
        parameters=30 + 56 + 99 + 49,
        wrong=(unit("B", 5),),
    ),
)
