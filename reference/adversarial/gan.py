"""Generator and discriminator of a GAN for points in the plane, as small MLPs.

Guarantees: any batch shape; the start follows from a generator where one is given.

Does not: train (see `training.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Generator, Tensor, nn

from reference.errors import require_config, require_positive
from reference.examples import normal
from reference.initial import global_seed
from reference.registry import System
from reference.shapes import check_shape

__all__ = ["Discriminator", "GANConfig", "PointGenerator", "build_gan"]


@dataclass(frozen=True)
class GANConfig:
    """Sizes of both networks.

    Args:
        latent_size: V, length of the noise vector z.
        data_size: D, length of a data vector.
        hidden_size: H, units of each of the two hidden layers.
    """

    latent_size: int = 2
    data_size: int = 2
    hidden_size: int = 64

    def __post_init__(self) -> None:
        require_positive(
            latent_size=self.latent_size, data_size=self.data_size, hidden_size=self.hidden_size
        )


class PointGenerator(nn.Module):
    """G: noise z to a point that should look real.

    Source: S0, generator.
    """

    def __init__(self, config: GANConfig, generator: Generator | None = None) -> None:
        require_config(config, GANConfig)
        super().__init__()
        self.config = config
        H = config.hidden_size
        with global_seed(generator):
            self.layers = nn.Sequential(
                nn.Linear(config.latent_size, H),  # (..., H)
                nn.ReLU(),
                nn.Linear(H, H),  # (..., H)
                nn.ReLU(),
                nn.Linear(H, config.data_size),  # (..., D)
            )

    def forward(self, noise: Tensor) -> Tensor:
        """Map (..., V) to (..., D)."""
        check_shape("noise", noise, ..., self.config.latent_size)
        points: Tensor = self.layers(noise)
        return points


class Discriminator(nn.Module):
    """D: a point to the logit of "this is real".

    Source: S0, discriminator.
    """

    def __init__(self, config: GANConfig, generator: Generator | None = None) -> None:
        require_config(config, GANConfig)
        super().__init__()
        self.config = config
        H = config.hidden_size
        with global_seed(generator):
            self.layers = nn.Sequential(
                nn.Linear(config.data_size, H),  # (..., H)
                nn.LeakyReLU(0.2),
                nn.Linear(H, H),  # (..., H)
                nn.LeakyReLU(0.2),
                nn.Linear(H, 1),  # (..., 1)
            )

    def forward(self, points: Tensor) -> Tensor:
        """Map (..., D) to logits (...,)."""
        check_shape("points", points, ..., self.config.data_size)
        logits: Tensor = self.layers(points)
        return logits.squeeze(-1)


def build_gan(
    config: GANConfig, generator: Generator | None = None
) -> tuple[PointGenerator, Discriminator]:
    """Make both players; their start follows from `generator`."""
    with global_seed(generator):
        return PointGenerator(config), Discriminator(config)


_SMALL = GANConfig(latent_size=3, data_size=2, hidden_size=4)

SYSTEMS = (
    System(
        "gan_generator",
        "S0",
        lambda g: build_gan(_SMALL, g)[0],
        (normal("B", 3),),
        parameters=(3 + 1) * 4 + (4 + 1) * 4 + (4 + 1) * 2,
        wrong=(normal("B", 5),),
    ),
    System(
        "gan_discriminator",
        "S0",
        lambda g: build_gan(_SMALL, g)[1],
        (normal("B", 2),),
        parameters=(2 + 1) * 4 + (4 + 1) * 4 + (4 + 1) * 1,
        wrong=(normal("B", 5),),
    ),
)
