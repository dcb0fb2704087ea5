"""Running statistics (grade cell `batch_norm_running`, 3 points). Source: S4, training and test."""

import torch

from autograder.checking import assert_agrees, assert_walk, hint, points
from reference.normalisation import batch_norm_inference, update_running

PARTS = ("m", "v")


def _updated(m, v, x, alpha=0.1):
    return update_running(m, x.mean(0), alpha), update_running(v, x.var(0, unbiased=True), alpha)


def _drawn(generator, B, C):
    x = 3 * torch.randn(B, C, generator=generator, dtype=torch.float64) + 1
    m, v, gamma, beta = torch.randn(4, C, generator=generator, dtype=torch.float64)
    return {"x": x, "m": m, "v": v**2 + 0.1, "gamma": gamma, "beta": beta}


@points(1)
@hint("Which share does the new batch get? By what is the sum of squares divided for v?")
def test_update(student, generator):
    """Batches of two and of five, in every way to call; arguments stay; no call knows of another."""
    for B in (2, 5):
        one, other = (
            {name: drawn[name] for name in ("m", "v", "x")} | {"alpha": 0.3}
            for drawn in (_drawn(generator, B, 3) for _ in range(2))
        )
        assert_agrees(student.update_statistics, _updated, one, again=other, what=PARTS)


@points(0.5)
@hint("What goes into the next update, and how fast do the first values fade by default?")
def test_several_updates(student, generator):
    """From 0 and 1, four batches; the alpha by default."""
    batches = torch.randn(5, 6, 2, generator=generator, dtype=torch.float64) * 2 + 3
    start = {"m": torch.zeros(2, dtype=torch.float64), "v": torch.ones(2, dtype=torch.float64)}
    assert_walk(student.update_statistics, _updated, start, lambda t, m, v: (m, v, batches[t]))


@points(1)
@hint("By which mean and which variance is a batch normalised in the test? Does its own matter?")
def test_in_the_test(student, generator):
    """In every way to call; arguments stay; no call knows of another."""
    one, other = (_drawn(generator, 5, 3) | {"epsilon": 0.2} for _ in range(2))
    assert_agrees(student.batch_norm_test, batch_norm_inference, one, again=other, what="y")


@points(0.5)
@hint("Ask for one example alone: which of your steps needs a second one?")
def test_one_example_alone(student, generator):
    """A batch of one, and an empty one; the epsilon by default matters where v is small."""
    for B in (1, 0):
        drawn = _drawn(generator, B, 2)
        assert_agrees(student.batch_norm_test, batch_norm_inference, drawn, what="y")
        drawn["v"] = torch.full((2,), 1e-5, dtype=torch.float64)
        assert_agrees(student.batch_norm_test, batch_norm_inference, drawn, what="y")
