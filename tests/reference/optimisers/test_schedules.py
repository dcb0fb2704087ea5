"""Learning-rate schedules against torch's, and what they are for."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch.optim import lr_scheduler

from reference.errors import ConfigError
from reference.optimisers import (
    Schedule,
    constant,
    cosine,
    exponential,
    inverse_time,
    linear,
    steps_down,
)

PAIRS: list[tuple[Schedule, Callable[..., lr_scheduler.LRScheduler]]] = [
    (constant(0.3), lambda o: lr_scheduler.ConstantLR(o, 1.0, 1)),
    (steps_down(0.3, 4, 0.5), lambda o: lr_scheduler.StepLR(o, 4, 0.5)),
    (exponential(0.3, 0.9), lambda o: lr_scheduler.ExponentialLR(o, 0.9)),
    (inverse_time(0.3, 0.2), lambda o: lr_scheduler.LambdaLR(o, lambda t: 1 / (1 + 0.2 * t))),
    (linear(0.3, 12), lambda o: lr_scheduler.LinearLR(o, 1.0, 0.0, 12)),
    (cosine(0.3, 12), lambda o: lr_scheduler.CosineAnnealingLR(o, 12)),
]


@pytest.mark.parametrize(("ours", "make"), PAIRS)
def test_the_rates_are_torch_s(ours: Schedule, make):
    """At each of the first twelve steps."""
    optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], 0.3)
    theirs = make(optimiser)
    for t in range(12):
        assert ours(t) == pytest.approx(optimiser.param_groups[0]["lr"], rel=1e-9, abs=1e-12)
        optimiser.step()
        theirs.step()


def test_a_falling_rate_settles_where_a_constant_one_circles(generator):
    """Noisy slopes of w²/2: 1/(1 + kt) ends ten times nearer than the rate that it began with."""
    noise = torch.randn(2000, generator=generator).tolist()
    ends = []
    for schedule in (constant(0.5), inverse_time(0.5, 0.5)):
        w, last = 5.0, []
        for t, n in enumerate(noise):
            w -= schedule(t) * (w + n)
            last.append(abs(w))
        ends.append(sum(last[-200:]) / 200)
    assert ends[1] < ends[0] / 10


def test_nonsense_is_refused():
    """Rates of zero, factors that grow, no steps."""
    for make in (
        lambda: constant(0),
        lambda: steps_down(0.1, 0),
        lambda: exponential(0.1, 1.0),
        lambda: inverse_time(0.1, -1),
        lambda: cosine(0.1, 0),
    ):
        with pytest.raises(ConfigError):
            make()
