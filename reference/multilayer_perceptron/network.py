"""The multilayer perceptron, for any sizes; 784-100-10 reads handwritten digits.

Guarantees: any batch shape; ``sum (D_in + 1) D_out`` parameters.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from torch import Generator, Tensor, nn

from reference.errors import require, require_config, require_positive
from reference.examples import normal, unit
from reference.initial import uniform, zeros
from reference.neurons.activations import activation
from reference.registry import System
from reference.shapes import check_shape

__all__ = ["MLP", "Linear", "MLPConfig", "mlp_digits", "mlp_mnist", "parameter_count"]


class Linear(nn.Module):
    """A fully connected layer.

    Equation: ``y = x Wᵀ + b``

    Parameters: weight (D_out, D_in), bias (D_out,).
    """

    def __init__(self, inputs: int, outputs: int, generator: Generator | None = None) -> None:
        super().__init__()
        self.weight = uniform(outputs, inputs, bound=inputs**-0.5, generator=generator)
        self.bias = zeros(outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Map (..., D_in) to (..., D_out)."""
        check_shape("x", x, ..., self.weight.shape[1])
        # y = x Wᵀ + b
        return x @ self.weight.T + self.bias


@dataclass(frozen=True)
class MLPConfig:
    """Sizes of all layers, input first, and the activation of the hidden ones."""

    sizes: tuple[int, ...] = (784, 100, 10)
    activation: str = "relu"

    def __post_init__(self) -> None:
        require(len(self.sizes) >= 2, f"sizes are {self.sizes}, expected input and output at least")
        for size in self.sizes:
            require_positive(size=size)
        activation(self.activation)


def parameter_count(sizes: tuple[int, ...]) -> int:
    """Count weights and biases.

    Equation: ``sum over layers of (D_in + 1) D_out``

    Source: S2.

    Deviation: S2 leaves the biases of the output out.

    >>> parameter_count((784, 100, 10))
    79510
    """
    # sum over layers of (D_in + 1) D_out
    return sum((before + 1) * after for before, after in pairwise(sizes))


class MLP(nn.Module):
    """Layers of neurons; the output layer is linear (logits).

    Equation: ``h_0 = x``; ``h_l = g(W_l h_{l-1} + b_l)``; ``y = W_L h_{L-1} + b_L``

    Source: S0, S2, S4.
    """

    def __init__(self, config: MLPConfig, generator: Generator | None = None) -> None:
        require_config(config, MLPConfig)
        super().__init__()
        self.config = config
        self.layers = nn.ModuleList(
            Linear(before, after, generator) for before, after in pairwise(config.sizes)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Map (..., sizes[0]) to (..., sizes[-1])."""
        check_shape("x", x, ..., self.config.sizes[0])
        g = activation(self.config.activation)
        *hidden, last = self.layers
        for layer in hidden:
            # h_l = g(W_l h_{l-1} + b_l)
            x = g(layer(x))
        y: Tensor = last(x)
        return y


def mlp_mnist(generator: Generator | None = None) -> MLP:
    """28 x 28 pixels, 100 rectifiers, 10 digits: 79,510 parameters (S0)."""
    return MLP(MLPConfig((784, 100, 10), "relu"), generator)


def mlp_digits(generator: Generator | None = None) -> MLP:
    """8 x 8 pixels, 32 hidden units, 10 digits."""
    return MLP(MLPConfig((64, 32, 10), "relu"), generator)


SYSTEMS = (
    System(
        "mlp",
        "S0, S2, S4",
        lambda generator: MLP(MLPConfig((5, 4, 3), "tanh"), generator),
        (normal("B", 5),),
        parameters=6 * 4 + 5 * 3,
        wrong=(normal("B", 4),),
    ),
    System(
        "mlp_mnist",
        "S0",
        mlp_mnist,
        (unit("B", 784),),
        parameters=79_510,
        wrong=(unit("B", 783),),
    ),
)
