"""DCGAN: the two players as convolutional networks.

Guarantees: 64 x 64 images as in the paper, or any size 8 · 2^k; each stage doubles or halves.

Does not: train; the training functions of this package take these networks as they are.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from torch import Generator, Tensor, nn

from reference.errors import require, require_config, require_positive
from reference.examples import normal
from reference.initial import global_seed
from reference.registry import System
from reference.shapes import check_shape

__all__ = ["DCGANConfig", "DCGANDiscriminator", "DCGANGenerator", "build_dcgan"]


@dataclass(frozen=True)
class DCGANConfig:
    """Sizes of both networks.

    Args:
        latent_size: V, length of the noise vector.
        channels: of the image.
        width: channels of the stage next to the image; doubles at each stage away from it.
        image_size: height and width, 8, 16, 32, 64, …
    """

    latent_size: int = 100
    channels: int = 3
    width: int = 64
    image_size: int = 64

    def __post_init__(self) -> None:
        require_positive(latent_size=self.latent_size, channels=self.channels, width=self.width)
        size = self.image_size
        require(
            size >= 8 and size & (size - 1) == 0,
            f"image_size is {size}, expected a power of two of at least 8",
        )

    @property
    def doublings(self) -> int:
        """Stages between the 4 x 4 map and the image, besides the last."""
        return self.image_size.bit_length() - 4


class DCGANGenerator(nn.Module):
    """Noise to image by transposed convolutions.

    Equation: each stage ``h <- ReLU(BN(conv_T(h)))``, the last ``tanh(conv_T(h))``

    Source: S0 (generative networks); Radford et al. 2016.
    """

    def __init__(self, config: DCGANConfig, generator: Generator | None = None) -> None:
        require_config(config, DCGANConfig)
        super().__init__()
        self.config = config
        width = config.width * 2**config.doublings
        stages: OrderedDict[str, nn.Module] = OrderedDict()
        with global_seed(generator):
            # (B, V, 1, 1) -> (B, width, 4, 4)
            stages["project"] = nn.Sequential(
                nn.ConvTranspose2d(config.latent_size, width, 4, 1, 0, bias=False),
                nn.BatchNorm2d(width),
                nn.ReLU(),
            )
            for i in range(config.doublings):
                # (B, C, H, W) -> (B, C/2, 2H, 2W)
                stages[f"double{i}"] = nn.Sequential(
                    nn.ConvTranspose2d(width, width // 2, 4, 2, 1, bias=False),
                    nn.BatchNorm2d(width // 2),
                    nn.ReLU(),
                )
                width //= 2
            # (B, width, S/2, S/2) -> (B, channels, S, S)
            stages["image"] = nn.Sequential(
                nn.ConvTranspose2d(width, config.channels, 4, 2, 1, bias=False), nn.Tanh()
            )
            self.stages = nn.Sequential(stages)

    def forward(self, noise: Tensor) -> Tensor:
        """Map (B, V) to images (B, channels, S, S) in [-1, 1]."""
        check_shape("noise", noise, "B", self.config.latent_size)
        images: Tensor = self.stages(noise[:, :, None, None])
        return images


class DCGANDiscriminator(nn.Module):
    """Image to the logit of "this is real" by strided convolutions.

    Equation: each stage ``h <- LeakyReLU(BN(conv(h)))``, without BN in the first

    Source: S0; Radford et al. 2016.
    """

    def __init__(self, config: DCGANConfig, generator: Generator | None = None) -> None:
        require_config(config, DCGANConfig)
        super().__init__()
        self.config = config
        width = config.width
        stages: OrderedDict[str, nn.Module] = OrderedDict()
        with global_seed(generator):
            # (B, channels, S, S) -> (B, width, S/2, S/2)
            stages["image"] = nn.Sequential(
                nn.Conv2d(config.channels, width, 4, 2, 1, bias=False), nn.LeakyReLU(0.2)
            )
            for i in range(config.doublings):
                # (B, C, H, W) -> (B, 2C, H/2, W/2)
                stages[f"halve{i}"] = nn.Sequential(
                    nn.Conv2d(width, width * 2, 4, 2, 1, bias=False),
                    nn.BatchNorm2d(width * 2),
                    nn.LeakyReLU(0.2),
                )
                width *= 2
            # (B, width, 4, 4) -> (B, 1, 1, 1)
            stages["logit"] = nn.Conv2d(width, 1, 4, 1, 0, bias=False)
            self.stages = nn.Sequential(stages)

    def forward(self, images: Tensor) -> Tensor:
        """Map (B, channels, S, S) to logits (B,)."""
        size = self.config.image_size
        check_shape("images", images, "B", self.config.channels, size, size)
        logits: Tensor = self.stages(images)
        return logits.flatten()


def build_dcgan(
    config: DCGANConfig, generator: Generator | None = None
) -> tuple[DCGANGenerator, DCGANDiscriminator]:
    """Make both players with the paper's start: weights N(0, 0.02²), BN scales N(1, 0.02²)."""
    with global_seed(generator):
        players = DCGANGenerator(config), DCGANDiscriminator(config)
        for network in players:
            for module in network.modules():
                if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
                    nn.init.normal_(module.weight, 0.0, 0.02)
                elif isinstance(module, nn.BatchNorm2d):
                    nn.init.normal_(module.weight, 1.0, 0.02)
    return players


_SMALL = DCGANConfig(latent_size=3, channels=1, width=2, image_size=16)

SYSTEMS = (
    System(
        "dcgan_generator",
        "S0",
        lambda g: build_dcgan(_SMALL, g)[0],
        (normal("B", 3),),
        # kernels 4 x 4, no biases, two numbers per BN channel
        parameters=16 * (3 * 4 + 4 * 2 + 2 * 1) + 2 * (4 + 2),
        wrong=(normal("B", 5),),
    ),
    System(
        "dcgan_discriminator",
        "S0",
        lambda g: build_dcgan(_SMALL, g)[1],
        (normal("B", 1, 16, 16),),
        parameters=16 * (1 * 2 + 2 * 4 + 4 * 1) + 2 * 4,
        wrong=(normal("B", 5),),
    ),
)
