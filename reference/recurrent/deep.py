"""A deep recurrent network: the states of one layer are the inputs of the next."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from torch import Generator, Tensor, nn

from reference.errors import require_config, require_positive
from reference.examples import SEQUENCE, TOO_WIDE
from reference.recurrent.vanilla import RNN, RNNConfig
from reference.registry import System
from reference.shapes import check_shape


@dataclass(frozen=True)
class DeepRNNConfig:
    """Sizes of a deep recurrent network: D inputs, `layers` layers of H neurons."""

    input_size: int
    hidden_size: int
    layers: int = 2

    def __post_init__(self) -> None:
        require_positive(
            input_size=self.input_size, hidden_size=self.hidden_size, layers=self.layers
        )


class DeepRNN(nn.Module):
    """Recurrent layers on top of each other.

    Equation:
        h_t^(l) = tanh(W^(l) h_t^(l-1) + U^(l) h_{t-1}^(l) + b^(l)),  h_t^(0) = x_t

    Source: S4 "Deep-Bidirectional RNN" (why not more than one layer?), here in one direction;
        Graves, Mohamed and Hinton, 2013.

    Deviation: S4 prints the state one step before without the number of its layer.
    """

    def __init__(self, config: DeepRNNConfig, generator: Generator | None = None) -> None:
        require_config(config, DeepRNNConfig)
        super().__init__()
        self.config = config
        sizes = [config.input_size] + [config.hidden_size] * config.layers
        self.layers = nn.ModuleList(
            RNN(RNNConfig(below, above), generator) for below, above in pairwise(sizes)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Map inputs (T, ..., D) to the states of the top layer (T, ..., H)."""
        check_shape("x", x, "T", ..., self.config.input_size)
        for layer in self.layers:
            x = layer(x)  # (T, ..., H)
        return x


SYSTEMS = (
    System(
        "deep_rnn",
        "S4",
        lambda generator: DeepRNN(DeepRNNConfig(3, 4, layers=2), generator),
        SEQUENCE,
        parameters=(4 * (3 + 4) + 4) + (4 * (4 + 4) + 4),
        wrong=TOO_WIDE,
    ),
)
