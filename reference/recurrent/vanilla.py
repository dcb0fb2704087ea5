"""The vanilla recurrent network: one hidden layer that sees its own past.

What it guarantees:

- `rnn_step` is the equation of one time step; `rnn_forward` repeats it; `RNN` owns the weights.
- Any batch shape: `x` is (T, ..., D), time first.

What it does not do: the backward pass by hand (`reference.recurrent.bptt`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, NamedTuple

import torch
from torch import Generator, Tensor, nn

from reference.errors import require, require_config, require_positive
from reference.examples import SEQUENCE, TOO_WIDE
from reference.initial import uniform, zeros
from reference.registry import System
from reference.shapes import check_shape, check_step

Activation = Literal["tanh", "sigmoid", "relu"]


class Parameters(NamedTuple):
    """The three weights of a recurrent network, and its two biases.

    Args:
        W: from the input to the hidden layer, (H, D).
        U: from the hidden layer to itself one step later, (H, H).
        V: from the hidden layer to the output, (K, H).
        b: bias of the hidden layer, (H,).
        c: bias of the output, (K,).
    """

    W: Tensor
    U: Tensor
    V: Tensor
    b: Tensor
    c: Tensor


def activate(a: Tensor, activation: Activation = "tanh") -> Tensor:
    """Apply one of the three activations that the course tries in the hidden layer.

    Raises:
        ConfigError: it is none of them.
    """
    if activation == "tanh":
        return torch.tanh(a)
    if activation == "sigmoid":
        return torch.sigmoid(a)
    require(activation == "relu", f"activation must be tanh, sigmoid or relu, got {activation!r}")
    return torch.relu(a)


def rnn_step(
    x_t: Tensor, h_prev: Tensor, W: Tensor, U: Tensor, b: Tensor, activation: Activation = "tanh"
) -> Tensor:
    """Advance the hidden state by one time step.

    Equation:
        h_t = f(W x_t + U h_{t-1} + b)

    Args:
        x_t: input now, (..., D).
        h_prev: hidden state one step before, (..., H).
        W: (H, D).
        U: (H, H).
        b: (H,).
        activation: f.

    Returns:
        h_t, (..., H).

    Raises:
        ShapeError: a tensor would be broadcast, or does not fit.

    Source: S0 "forward calculation of the RNN"; S3 "Formula"; S4 "RNN Basics: Forward Path".
    """
    check_step(1, x_t, W, U, b, h_prev=h_prev)
    # h_t = f(W x_t + U h_{t-1} + b)
    return activate(x_t @ W.T + h_prev @ U.T + b, activation)


def read_out(h: Tensor, V: Tensor, c: Tensor) -> Tensor:
    """Read the output off the hidden state: y_t = V h_t + c, (..., H) -> (..., K)."""
    check_shape("V", V, "K", "H")
    check_shape("h", h, ..., V.shape[1])
    check_shape("c", c, len(V))
    # y_t = V h_t + c
    return h @ V.T + c


def rnn_forward(
    x: Tensor, h_0: Tensor, W: Tensor, U: Tensor, b: Tensor, activation: Activation = "tanh"
) -> Tensor:
    """Run over a sequence and keep every hidden state.

    Args:
        x: (T, ..., D).
        h_0: state before the first input, (..., H).
        W, U, b: as in `rnn_step`.
        activation: f.

    Returns:
        h_1 ... h_T, (T, ..., H).
    """
    check_shape("x", x, "T", ..., "D")
    states, h_t = [], h_0
    for x_t in x:
        h_t = rnn_step(x_t, h_t, W, U, b, activation)  # (..., H)
        states.append(h_t)
    return torch.stack(states)  # (T, ..., H)


@dataclass(frozen=True)
class RNNConfig:
    """Sizes of a vanilla recurrent network.

    Args:
        input_size: D.
        hidden_size: H.
        activation: f in the hidden layer.
    """

    input_size: int
    hidden_size: int
    activation: Activation = "tanh"

    def __post_init__(self) -> None:
        require_positive(input_size=self.input_size, hidden_size=self.hidden_size)
        require(
            self.activation in ("tanh", "sigmoid", "relu"),
            f"activation must be tanh, sigmoid or relu, got {self.activation!r}",
        )


class RNN(nn.Module):
    """A layer of recurrent neurons over a sequence.

    Equation:
        h_t = f(W x_t + U h_{t-1} + b), h_0 = 0 unless given

    Source: S0, S2, S3, S4. Elman, "Finding structure in time", 1990.

    Deviation: torch.nn.RNN has a second bias that adds to the first; here there is one.
    """

    def __init__(self, config: RNNConfig, generator: Generator | None = None) -> None:
        require_config(config, RNNConfig)
        super().__init__()
        self.config = config
        D, H = config.input_size, config.hidden_size
        bound = 1 / math.sqrt(H)
        self.W = uniform(H, D, bound=bound, generator=generator)
        self.U = uniform(H, H, bound=bound, generator=generator)
        self.b = zeros(H)

    def forward(self, x: Tensor, h_0: Tensor | None = None) -> Tensor:
        """Map inputs (T, ..., D) to hidden states (T, ..., H)."""
        check_shape("x", x, "T", ..., self.config.input_size)
        if h_0 is None:
            h_0 = x.new_zeros(*x.shape[1:-1], self.config.hidden_size)
        check_shape("h_0", h_0, *x.shape[1:-1], self.config.hidden_size)
        return rnn_forward(x, h_0, self.W, self.U, self.b, self.config.activation)


SYSTEMS = (
    System(
        "rnn",
        "S0, S2, S3, S4",
        lambda generator: RNN(RNNConfig(3, 5), generator),
        SEQUENCE,
        parameters=5 * (3 + 5) + 5,
        wrong=TOO_WIDE,
    ),
)
