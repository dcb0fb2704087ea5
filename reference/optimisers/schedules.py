"""Learning-rate schedules: large steps early, small ones late; how much, and how often?

Guarantees: each is a pure function of the step, counted from 0; agrees with torch's scheduler of
that name to 1e-9.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from torch import Tensor

from reference.as_module import AsModule
from reference.errors import require, require_positive
from reference.examples import unit
from reference.registry import System

__all__ = ["Schedule", "constant", "cosine", "exponential", "inverse_time", "linear", "steps_down"]

Schedule = Callable[[int], float]
"""The rate at step 0, 1, 2, …"""


def _check(learning_rate: float) -> None:
    require(learning_rate > 0, f"learning_rate is {learning_rate}, expected above 0")


def constant(learning_rate: float) -> Schedule:
    """Always the same: ``η_t = η``."""
    _check(learning_rate)
    return lambda _: learning_rate


def steps_down(learning_rate: float, every: int, factor: float = 0.1) -> Schedule:
    """Cut the rate now and then.

    Equation: ``η_t = η γ^floor(t / n)``

    Args:
        learning_rate: η.
        every: n steps between two cuts.
        factor: γ, below 1.

    Source: S4, learning rate scheduling. Torch: `StepLR`.
    """
    _check(learning_rate)
    require_positive(every=every)
    require(0 < factor < 1, f"factor is {factor}, expected between 0 and 1")
    # η_t = η γ^floor(t / n)
    return lambda t: float(learning_rate * factor ** (t // every))


def exponential(learning_rate: float, factor: float) -> Schedule:
    """A little less at every step: ``η_t = η γ^t``. Torch: `ExponentialLR`."""
    return steps_down(learning_rate, 1, factor)


def inverse_time(learning_rate: float, decay: float) -> Schedule:
    """Fall so that the steps still reach anywhere: their sum is infinite, that of squares is not.

    Equation: ``η_t = η / (1 + k t)``

    Source: Robbins and Monro, 1951.
    """
    _check(learning_rate)
    require(decay >= 0, f"decay is {decay}, expected at least 0")
    # η_t = η / (1 + k t)
    return lambda t: learning_rate / (1 + decay * t)


def linear(learning_rate: float, steps: int) -> Schedule:
    """Straight down to zero: ``η_t = η (1 - t / n)``. Torch: `LinearLR(1, 0)`."""
    _check(learning_rate)
    require_positive(steps=steps)
    # η_t = η (1 - t / n)
    return lambda t: learning_rate * (1 - min(t, steps) / steps)


def cosine(learning_rate: float, steps: int) -> Schedule:
    """Slowly, quickly, slowly to zero.

    Equation: ``η_t = η/2 (1 + cos(π t / n))``

    Source: Loshchilov and Hutter, 2017. Torch: `CosineAnnealingLR`.
    """
    _check(learning_rate)
    require_positive(steps=steps)
    # η_t = η/2 (1 + cos(π t / n))
    return lambda t: learning_rate / 2 * (1 + math.cos(math.pi * min(t, steps) / steps))


def _rates(t: Tensor) -> Tensor:
    """The rates of all five falling schedules at shares (B,) of ten steps, (B, 5)."""
    schedules = (
        steps_down(0.1, 3),
        exponential(0.1, 0.9),
        inverse_time(0.1, 0.5),
        linear(0.1, 10),
        cosine(0.1, 10),
    )
    return t.new_tensor([[rate(int(10 * step)) for rate in schedules] for step in t])


SYSTEMS = (
    System(
        "learning_rate_schedules",
        "S4",
        lambda _: AsModule(_rates),
        (unit("B"),),
        differentiable=False,
    ),
)
