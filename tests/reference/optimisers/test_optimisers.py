"""Update rules against torch.optim over 100 steps, and what they are said to do."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from reference.errors import ConfigError
from reference.optimisers import (
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    Momentum,
    Nesterov,
    Optimiser,
    RMSProp,
    Rule,
    adam_step,
    batches,
    bias_correction,
    descend,
    momentum_step,
    nesterov_step,
    nesterov_step_shifted,
)

Draw = Callable[..., torch.Tensor]
TIGHT = {"rtol": 1e-9, "atol": 1e-9}

PAIRS: list[tuple[Rule, Callable[..., torch.optim.Optimizer]]] = [
    (SGD(0.05), lambda p: torch.optim.SGD(p, 0.05)),
    (Momentum(0.02, 0.8), lambda p: torch.optim.SGD(p, 0.02, momentum=0.8)),
    (Nesterov(0.02, 0.8), lambda p: torch.optim.SGD(p, 0.02, momentum=0.8, nesterov=True)),
    (Adagrad(0.1), lambda p: torch.optim.Adagrad(p, 0.1)),
    (Adadelta(1.0, 0.9), lambda p: torch.optim.Adadelta(p, 1.0, rho=0.9, eps=1e-6)),
    (RMSProp(0.02, 0.9), lambda p: torch.optim.RMSprop(p, 0.02, alpha=0.9)),
    (Adam(0.05), lambda p: torch.optim.Adam(p, 0.05)),
]


def bumpy(w: torch.Tensor) -> torch.Tensor:
    """Neither convex nor isotropic."""
    scale = torch.arange(1, w.numel() + 1, dtype=w.dtype)
    return (scale * w**2).sum() / 2 + torch.sin(3 * w).sum() + (w[0] * w[1]) ** 2


@pytest.mark.parametrize(("rule", "make"), PAIRS, ids=[type(rule).__name__ for rule, _ in PAIRS])
def test_a_hundred_steps_equal_torch(randn: Draw, rule: Rule, make):
    """The same path in float64 over 100 steps on a bumpy surface."""
    start = randn(5)
    ours, theirs = start.clone().requires_grad_(), start.clone().requires_grad_()
    left, right = Optimiser([ours], rule), make([theirs])
    for _ in range(100):
        for w, optimiser in ((ours, left), (theirs, right)):
            optimiser.zero_grad()
            bumpy(w).backward()
            optimiser.step()
        torch.testing.assert_close(ours, theirs, **TIGHT)
    torch.testing.assert_close(descend(bumpy, start, rule, 100)[-1], theirs.detach(), **TIGHT)


def test_both_forms_of_nesterov_walk_together(randn: Draw):
    """The shifted form stands at u = w - γ v of the lecture's form, step by step."""

    def gradient(w: torch.Tensor) -> torch.Tensor:
        point = w.clone().requires_grad_()
        return torch.autograd.grad(bumpy(point), point)[0]

    w = u = randn(4)
    v = v_shifted = torch.zeros(4).double()
    for _ in range(50):
        w, v = nesterov_step(w, gradient, v, 0.02, 0.9)
        u, v_shifted = nesterov_step_shifted(u, gradient(u), v_shifted, 0.02, 0.9)
        torch.testing.assert_close(v, v_shifted, **TIGHT)
        torch.testing.assert_close(u, w - 0.9 * v, **TIGHT)


def test_erratum_momentum_moves_down_the_slope():
    """w_{t+1} = w_t - v_t lowers w² from 1; the printed w_t = w_{t+1} - v_t would raise w."""
    w, v = momentum_step(torch.tensor(1.0), torch.tensor(2.0), torch.tensor(0.0), 0.1)
    assert w < 1
    assert w == 1 - v
    assert 1 + v > 1  # solving the printed equation for w_{t+1}


def test_erratum_adadelta_is_not_rmsprop(randn: Draw):
    """The slide's Adadelta is RMSProp; the paper's scales with the root mean square of updates."""
    start = randn(3)
    slide = descend(bumpy, start, RMSProp(1.0, 0.9, 1e-6), 3)
    paper = descend(bumpy, start, Adadelta(1.0, 0.9, 1e-6), 3)
    assert (slide[1] - start).abs().min() > 1
    assert (paper[1] - start).abs().max() < 0.01


def test_adams_first_step_is_the_learning_rate(randn: Draw):
    """Bias correction at t = 1 gives g and g² back, so each weight moves by η sign(g)."""
    g = randn(6)
    torch.testing.assert_close(bias_correction(0.1 * g, 0.9, 1), g, **TIGHT)
    zero = torch.zeros(6).double()
    w, m, v = adam_step(zero, g, zero, zero, 1, 0.01)
    torch.testing.assert_close(w, -0.01 * g.sign(), rtol=1e-6, atol=0)
    torch.testing.assert_close(m, 0.1 * g, **TIGHT)
    torch.testing.assert_close(v, 0.001 * g**2, **TIGHT)


@pytest.mark.parametrize(("rate", "converges"), [(0.01, True), (0.49, True), (0.51, False)])
def test_the_learning_rate_decides(rate: float, converges: bool):
    """On ½·4·w² plain descent converges exactly for η < 2/4; at 1/4 it is there at once."""
    path = descend(lambda w: 2 * (w**2).sum(), torch.ones(1).double(), SGD(rate), 200)
    assert (path[-1].abs() < 0.1).item() == converges
    factor = (1 - 4 * rate) ** 200
    assert path[-1].item() == pytest.approx(factor, rel=1e-6)
    at_once = descend(lambda w: 2 * (w**2).sum(), torch.ones(1), SGD(0.25), 1)
    assert at_once[-1] == 0


def test_momentum_is_faster_in_a_narrow_valley():
    """On a valley of condition 100 momentum ends nearer than plain descent at the same rate."""

    def valley(w: torch.Tensor) -> torch.Tensor:
        return 0.5 * (w[0] ** 2 + 100 * w[1] ** 2)

    start = torch.ones(2).double()
    plain = descend(valley, start, SGD(0.01), 100)[-1].norm()
    heavy = descend(valley, start, Momentum(0.01, 0.8), 100)[-1].norm()
    assert heavy < 0.2 * plain


@pytest.mark.parametrize("size", [1, 4, 10, 32])
def test_batches_deal_every_example_once(size: int, generator: torch.Generator):
    """Stochastic, mini-batch and batch: a permutation cut into pieces."""
    pieces = list(batches(10, size, generator))
    assert sorted(torch.cat(pieces).tolist()) == list(range(10))
    assert all(len(piece) == size for piece in pieces[:-1])
    assert len(pieces) == -(-10 // size)


def test_the_mean_of_stochastic_gradients_is_the_batch_gradient(randn: Draw):
    """Averaged over all examples one step of each is the same step."""
    x, t, w = randn(12, 3), randn(12), randn(3).requires_grad_()

    def gradient(index: torch.Tensor) -> torch.Tensor:
        return torch.autograd.grad((0.5 * (x[index] @ w - t[index]) ** 2).mean(), w)[0]

    whole = gradient(torch.arange(12))
    each = torch.stack([gradient(i) for i in batches(12, 1)]).mean(0)
    thirds = torch.stack([gradient(i) for i in batches(12, 4)]).mean(0)
    torch.testing.assert_close(each, whole, **TIGHT)
    torch.testing.assert_close(thirds, whole, **TIGHT)


@pytest.mark.parametrize(
    "make",
    [
        lambda: SGD(0.0),
        lambda: Momentum(0.1, 1.0),
        lambda: Adam(beta1=1.0),
        lambda: RMSProp(decay=-0.1),
        lambda: Adadelta(learning_rate=-1),
        lambda: Adagrad(0),
        lambda: Optimiser([], SGD(0.1)),
        lambda: bias_correction(torch.ones(1), 0.9, 0),
    ],
)
def test_nonsense_settings_are_clear_errors(make: Callable[[], object]):
    """Rates of zero, fractions outside, nothing to optimise, step zero."""
    with pytest.raises(ConfigError, match=r"expected|no parameters"):
        make()


@pytest.mark.parametrize(("rule", "make"), PAIRS, ids=[type(rule).__name__ for rule, _ in PAIRS])
def test_each_parameter_counts_its_own_steps(rule: Rule, make):
    """A weight whose gradient first comes at step 6 is moved as torch moves it: Adam's to 0.9."""
    ours, theirs = (
        [torch.ones(1, dtype=torch.float64, requires_grad=True) for _ in range(2)] for _ in "ab"
    )
    left, right = Optimiser(ours, rule), make(theirs)
    for step in range(1, 9):
        for weights, optimiser in ((ours, left), (theirs, right)):
            optimiser.zero_grad()
            late = weights[1] ** 2 if step >= 6 else 0.0
            (weights[0] ** 2 + late).sum().backward()
            optimiser.step()
        for a, b in zip(ours, theirs, strict=True):
            torch.testing.assert_close(a, b, **TIGHT)


def test_adams_late_first_step_is_a_whole_one():
    """Rate 0.1: the first step of a late weight goes from 1 to 0.9, not to 0.9478."""
    early, late = (torch.ones(1, requires_grad=True) for _ in "ab")
    optimiser = Optimiser([early, late], Adam(0.1))
    for step in range(1, 7):
        optimiser.zero_grad()
        (early + (late if step == 6 else 0.0)).sum().backward()
        optimiser.step()
    assert late.item() == pytest.approx(0.9, abs=1e-6)
