"""The autoencoder: a network that copies its input through a narrow middle.

Guarantees: any depth and batch shape; tied weights halve the number of weights; with linear units
and squared error the best code spans the same space as PCA (see `pca.py`).

Source: S0, S3, S4.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from torch import Generator, Tensor, nn

from reference.errors import require, require_config, require_positive
from reference.examples import unit
from reference.initial import zeros
from reference.initialisation import xavier
from reference.neurons.activations import activation
from reference.registry import System
from reference.shapes import check_shape

__all__ = ["Autoencoder", "AutoencoderConfig", "parameter_count", "weights_saved_by_tying"]


@dataclass(frozen=True)
class AutoencoderConfig:
    """Sizes and units of the network.

    Args:
        sizes: input, hidden layers of the encoder, code; the decoder mirrors them.
        hidden: activation of all layers but code and output.
        code: activation of the code.
        output: activation of the output: "sigmoid" for pixels in [0, 1], else "linear".
        tied: whether the decoder uses the encoder's weights transposed.
    """

    sizes: tuple[int, ...] = (64, 16)
    hidden: str = "relu"
    code: str = "linear"
    output: str = "sigmoid"
    tied: bool = False

    def __post_init__(self) -> None:
        require(len(self.sizes) >= 2, f"sizes are {self.sizes}, expected input and code at least")
        for size in self.sizes:
            require_positive(size=size)
        for name in (self.hidden, self.code, self.output):
            activation(name)


def parameter_count(config: AutoencoderConfig) -> int:
    """Count weights (once where tied) and biases of both halves."""
    weights = sum(a * b for a, b in pairwise(config.sizes))
    biases = sum(config.sizes[1:]) + sum(config.sizes[:-1])
    return weights * (1 if config.tied else 2) + biases


def weights_saved_by_tying(sizes: tuple[int, ...]) -> int:
    """How many numbers tied weights save: one copy of all weight matrices.

    >>> weights_saved_by_tying((784, 100))
    78400
    """
    return sum(a * b for a, b in pairwise(sizes))


class Autoencoder(nn.Module):
    """Encoder and decoder.

    Equation: ``y = g(W x + b)``; ``x̂ = f(W' y + b')``; tied weights mean ``W' = Wᵀ``

    Parameters: encoder weights (D_out, D_in) and biases; decoder weights unless tied, and biases.
    """

    def __init__(self, config: AutoencoderConfig, generator: Generator | None = None) -> None:
        require_config(config, AutoencoderConfig)
        super().__init__()
        self.config = config
        pairs = list(pairwise(config.sizes))

        def weight(outputs: int, inputs: int) -> nn.Parameter:
            return nn.Parameter(xavier((outputs, inputs), generator=generator))

        self.encoder_weights = nn.ParameterList([weight(b, a) for a, b in pairs])
        self.encoder_biases = nn.ParameterList([zeros(b) for _, b in pairs])
        mirrored = [(b, a) for a, b in reversed(pairs)]
        self.decoder_weights = nn.ParameterList(
            [] if config.tied else [weight(b, a) for a, b in mirrored]
        )
        self.decoder_biases = nn.ParameterList([zeros(b) for _, b in mirrored])

    def encode(self, x: Tensor) -> Tensor:
        """Map (..., D) to codes (..., K)."""
        check_shape("x", x, ..., self.config.sizes[0])
        last = len(self.encoder_weights) - 1
        for i, (w, b) in enumerate(zip(self.encoder_weights, self.encoder_biases, strict=True)):
            g = activation(self.config.code if i == last else self.config.hidden)
            # y = g(W x + b)
            x = g(x @ w.T + b)
        return x

    def decode(self, code: Tensor) -> Tensor:
        """Map codes (..., K) to reconstructions (..., D)."""
        check_shape("code", code, ..., self.config.sizes[-1])
        weights = (
            [w.T for w in reversed(list(self.encoder_weights))]
            if self.config.tied
            else list(self.decoder_weights)
        )
        last = len(weights) - 1
        for i, (w, b) in enumerate(zip(weights, self.decoder_biases, strict=True)):
            f = activation(self.config.output if i == last else self.config.hidden)
            # x̂ = f(W' y + b')
            code = f(code @ w.T + b)
        return code

    def forward(self, x: Tensor) -> Tensor:
        """Map (..., D) to reconstructions (..., D)."""
        return self.decode(self.encode(x))


SYSTEMS = (
    System(
        "autoencoder",
        "S0, S3, S4",
        lambda g: Autoencoder(AutoencoderConfig((6, 2)), g),
        (unit("B", 6),),
        parameters=2 * 12 + 2 + 6,
        wrong=(unit("B", 5),),
    ),
    System(
        "tied_autoencoder",
        "S0",
        lambda g: Autoencoder(AutoencoderConfig((6, 2), tied=True), g),
        (unit("B", 6),),
        parameters=12 + 2 + 6,
        wrong=(unit("B", 5),),
    ),
)
