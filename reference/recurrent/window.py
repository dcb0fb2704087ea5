"""The time-window network: order turned into space, so that an ordinary MLP can read a sequence.

What it guarantees:

- Step t sees inputs up to t alone, at most `window` of them; nothing of the future.
- Before the first input there are zeros.

What it does not do: remember anything older than the window (see the recurrent networks), or know a
pattern again at another place in the window.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn

from reference.errors import require, require_config, require_positive
from reference.examples import SEQUENCE, TOO_WIDE
from reference.multilayer_perceptron.network import MLP, MLPConfig
from reference.registry import System
from reference.shapes import check_shape


def shifted_inputs(x: Tensor, window: int) -> Tensor:
    """Put the last inputs of each step side by side, the newest first.

    Equation: ``w_t = [x_t ; x_{t-1} ; ... ; x_{t-n+1}]``, x = 0 before the first

    Args:
        x: (T, ..., D).
        window: n, how many steps a window holds.

    Returns: (T, ..., n D).

    Source: S2 p. 32, shifted versions of the input; S0, the last days' temperatures.

    >>> shifted_inputs(torch.tensor([[1.0], [2.0], [3.0]]), 2).tolist()
    [[1.0, 0.0], [2.0, 1.0], [3.0, 2.0]]
    """
    require_positive(window=window)
    check_shape("x", x, "T", ..., "D")
    before = torch.cat([x.new_zeros(window - 1, *x.shape[1:]), x])
    # w_t = [x_t ; x_{t-1} ; ... ; x_{t-n+1}]
    return torch.cat([before[window - 1 - k : len(before) - k] for k in range(window)], dim=-1)


def moving_average(x: Tensor, window: int) -> Tensor:
    """Average the last inputs at each step, fewer where there are fewer, (T, ..., D).

    Equation: ``m_t = 1/n sum_{k<n} x_{t-k}``, n = min(window, t)

    Source: S2 p. 32, moving averages.

    >>> moving_average(torch.tensor([[2.0], [4.0], [8.0]]), 2).flatten().tolist()
    [2.0, 3.0, 6.0]
    """
    require_positive(window=window)
    check_shape("x", x, "T", ..., "D")
    before = torch.cat([x.new_zeros(window - 1, *x.shape[1:]), x])
    counts = torch.arange(1, len(x) + 1, device=x.device).clamp(max=window).to(x)
    # m_t = 1/n sum_{k<n} x_{t-k}
    return before.unfold(0, window, 1).sum(dim=-1) / counts.reshape(-1, *[1] * (x.dim() - 1))


@dataclass(frozen=True)
class TimeWindowConfig:
    """Sizes of a time-window network.

    Args:
        input_size: D.
        output_size: K.
        window: n, shifted inputs.
        averages: lengths of moving averages that are inputs too.
        hidden_size: H.
    """

    input_size: int
    output_size: int
    window: int = 3
    averages: tuple[int, ...] = ()
    hidden_size: int = 16

    def __post_init__(self) -> None:
        require_positive(
            input_size=self.input_size,
            output_size=self.output_size,
            window=self.window,
            hidden_size=self.hidden_size,
        )
        require(all(n >= 1 for n in self.averages), f"averages are {self.averages}, expected >= 1")


class TimeWindowNetwork(nn.Module):
    """An MLP that slides over the sequence.

    Equation: ``y_t = MLP([x_t ; ... ; x_{t-n+1} ; moving averages])``

    Source: S2 p. 32-33, external processing of order.
    """

    def __init__(self, config: TimeWindowConfig, generator: Generator | None = None) -> None:
        require_config(config, TimeWindowConfig)
        super().__init__()
        self.config = config
        seen = config.input_size * (config.window + len(config.averages))
        self.mlp = MLP(MLPConfig((seen, config.hidden_size, config.output_size), "tanh"), generator)

    def features(self, x: Tensor) -> Tensor:
        """What the MLP sees at each step, (T, ..., D) to (T, ..., (n + averages) D)."""
        check_shape("x", x, "T", ..., self.config.input_size)
        averages = [moving_average(x, n) for n in self.config.averages]
        return torch.cat([shifted_inputs(x, self.config.window), *averages], dim=-1)

    def forward(self, x: Tensor) -> Tensor:
        """Map inputs (T, ..., D) to outputs (T, ..., K)."""
        # y_t = MLP([x_t ; ... ; x_{t-n+1} ; moving averages])
        y: Tensor = self.mlp(self.features(x))
        return y


SYSTEMS = (
    System(
        "time_window_network",
        "S0, S2",
        lambda g: TimeWindowNetwork(TimeWindowConfig(3, 2, 2, (3,), 4), g),
        SEQUENCE,
        parameters=(9 + 1) * 4 + (4 + 1) * 2,
        wrong=TOO_WIDE,
    ),
)
