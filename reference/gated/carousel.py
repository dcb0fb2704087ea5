"""The constant error carousel alone: a memory whose gradient is exactly one, and what that lacks.

What it guarantees:

- dc_t/dc_{t-1} = 1: no error fades or grows on its way back.
- Every input is added with the same weight whenever it comes, and nothing can ever be erased: the
  reason for the gates that the next modules add.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn

from reference.errors import require_config, require_positive
from reference.examples import SEQUENCE, TOO_WIDE
from reference.initial import uniform, zeros
from reference.registry import System
from reference.shapes import check_shape, check_step


def carousel_step(x_t: Tensor, c_prev: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """Add the squashed input to the memory.

    Equation:
        c_t = c_{t-1} + tanh(W x_t + b)

    Args:
        x_t: (..., D).
        c_prev: the memory before, (..., H).
        W: (H, D).
        b: (H,).

    Returns:
        c_t, (..., H).

    Source: S3 2-1 "CEC". Hochreiter and Schmidhuber, "Long short-term memory", 1997.
    """
    check_step(1, x_t, W, None, b, c_prev=c_prev)
    # c_t = c_{t-1} + tanh(W x_t + b)
    return c_prev + torch.tanh(x_t @ W.T + b)


@dataclass(frozen=True)
class CarouselConfig:
    """Sizes of a constant error carousel: D inputs, H cells."""

    input_size: int
    hidden_size: int

    def __post_init__(self) -> None:
        require_positive(input_size=self.input_size, hidden_size=self.hidden_size)


class ConstantErrorCarousel(nn.Module):
    """Memory cells without gates, over a sequence; c_0 = 0."""

    def __init__(self, config: CarouselConfig, generator: Generator | None = None) -> None:
        require_config(config, CarouselConfig)
        super().__init__()
        self.config = config
        D, H = config.input_size, config.hidden_size
        self.W = uniform(H, D, bound=1 / math.sqrt(H), generator=generator)
        self.b = zeros(H)

    def forward(self, x: Tensor) -> Tensor:
        """Map inputs (T, ..., D) to memories (T, ..., H)."""
        check_shape("x", x, "T", ..., self.config.input_size)
        cells, c_t = [], x.new_zeros(*x.shape[1:-1], self.config.hidden_size)
        for x_t in x:
            c_t = carousel_step(x_t, c_t, self.W, self.b)
            cells.append(c_t)
        return torch.stack(cells)


SYSTEMS = (
    System(
        "constant_error_carousel",
        "S3",
        lambda generator: ConstantErrorCarousel(CarouselConfig(3, 4), generator),
        SEQUENCE,
        parameters=3 * 4 + 4,
        wrong=TOO_WIDE,
    ),
)
