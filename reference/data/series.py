"""Time series, generated: a sine wave, NARMA-10 and the Mackey-Glass equation.

What it guarantees:

- Float64, from the generator that is passed in; the same generator state gives the same series.
- Each series is bounded or refused: NARMA-10 can blow up, and then another input is drawn.

What it does not do: scale, split or window.
"""

from __future__ import annotations

import math

import torch
from torch import Generator, Tensor

from reference.errors import DataError, require, require_positive


def sine(length: int, period: float = 25.0, phase: float = 0.0) -> Tensor:
    """A sine wave: x_t = sin(2 pi t / period + phase), (T,).

    Source: S0 (the reservoir predicts the sine wave's next value).
    """
    require_positive(length=length)
    require(period > 0, f"period must be above 0, got {period!r}")
    t = torch.arange(length, dtype=torch.float64)
    # x_t = sin(2 pi t / period + phase)
    return torch.sin(2 * math.pi * t / period + phase)


def narma10(length: int, generator: Generator) -> tuple[Tensor, Tensor]:
    """The nonlinear autoregressive moving average task of order ten.

    Equation:
        y_{t+1} = 0.3 y_t + 0.05 y_t (y_t + ... + y_{t-9}) + 1.5 u_{t-9} u_t + 0.1
        u_t ~ U(0, 0.5)

    Args:
        length: T, above 10.
        generator: where the input comes from.

    Returns:
        u, (T,), and y, (T,): `y[t]` is the target for the inputs up to `u[t]`, that is y_{t+1}.

    Raises:
        DataError: ten inputs in a row made the series blow up, which no generator should do.

    Source: Atiya and Parlos, 2000.

    Deviation: where the series leaves [-1, 1] the input is drawn again, as is the custom.
    """
    require(length > 10, f"length must be above 10, got {length!r}")
    for _ in range(10):
        u = torch.rand(length, generator=generator, dtype=torch.float64) * 0.5
        inputs = u.tolist()
        y = [0.0] * (length + 1)
        for t in range(9, length):
            # y_{t+1} = 0.3 y_t + 0.05 y_t (y_t + ... + y_{t-9}) + 1.5 u_{t-9} u_t + 0.1
            past = sum(y[t - 9 : t + 1])
            y[t + 1] = 0.3 * y[t] + 0.05 * y[t] * past + 1.5 * inputs[t - 9] * inputs[t] + 0.1
            if abs(y[t + 1]) > 1:
                break
        else:
            return u, torch.tensor(y[1:], dtype=torch.float64)
    raise DataError(f"NARMA-10 of length {length} left [-1, 1] ten times; take another generator")


def mackey_glass(length: int, delay: float = 17.0, start: float = 1.2, step: float = 0.1) -> Tensor:
    """The Mackey-Glass equation, sampled once a unit of time.

    Equation:
        dx/dt = 0.2 x(t - delay) / (1 + x(t - delay)^10) - 0.1 x(t)

    Args:
        length: T.
        delay: above 16.8 the series is chaotic.
        start: x for all t <= 0.
        step: of the fourth-order Runge-Kutta method; 1 / step and delay / step are whole numbers.

    Returns:
        x(1), x(2), ..., (T,).

    Source: Mackey and Glass, 1977.

    Deviation: the delayed value between two steps is taken as the mean of its neighbours.
    """
    require_positive(length=length)
    per_unit, back = round(1 / step), round(delay / step)
    require(
        math.isclose(per_unit * step, 1) and math.isclose(back * step, delay) and back > 0,
        f"step must divide 1 and the delay, got step {step!r} and delay {delay!r}",
    )
    x = [start] * (back + 1)  # the past, up to and with t = 0

    def slope(now: float, delayed: float) -> float:
        # dx/dt = 0.2 x(t - delay) / (1 + x(t - delay)^10) - 0.1 x(t)
        return 0.2 * delayed / (1 + delayed**10) - 0.1 * now

    for _ in range(length * per_unit):
        now, early, late = x[-1], x[-1 - back], x[-back]
        middle = (early + late) / 2
        k1 = slope(now, early)
        k2 = slope(now + step * k1 / 2, middle)
        k3 = slope(now + step * k2 / 2, middle)
        k4 = slope(now + step * k3, late)
        x.append(now + step * (k1 + 2 * k2 + 2 * k3 + k4) / 6)
    return torch.tensor(x[back + per_unit :: per_unit], dtype=torch.float64)
