"""Inverted dropout (grade cell `inverted_dropout`, 3 points). Source: S0; S4, dropout."""

import torch

from autograder.checking import assert_agrees, assert_close, hint, kinds, points


def _expected(x, u, p=0.5, training=True):
    """As `reference.regularisation.dropout` does it, with the draws given."""
    return torch.where(u >= p, x / (1 - p), torch.zeros_like(x)) if training else x


def _arguments(generator, *shape, p=0.3, training=True):
    x = torch.randn(shape, generator=generator, dtype=torch.float64)
    u = torch.rand(shape, generator=generator, dtype=torch.float64)
    return {"x": x, "u": u, "p": p, "training": training}


@points(1.5)
@hint("What is the mean of a unit over many draws, and what must it be? Which units go, those with small or large u?")
def test_training(student, generator):
    """Several rates, in every way to call; arguments stay; no call knows of another."""
    for p in (0.2, 0.75):
        one, other = (_arguments(generator, 4, 5, p=p) for _ in range(2))
        assert_agrees(student.dropout, _expected, one, again=other, what="y in training")


@points(0.75)
@hint("What does the equation say for the test?")
def test_in_the_test(student, generator):
    """Nothing changes, whatever the rate and the draws are."""
    for p in (0.5, 0.9, 0.0):
        arguments = _arguments(generator, 3, 4, p=p, training=False)
        assert_agrees(student.dropout, _expected, arguments, what="y in the test")


@points(0.75)
@hint("Look at a rate of zero, and at a u that is exactly p; a shape may have any number of axes.")
def test_at_the_edges(student, generator):
    """The rate 0, u at p and at 0, the rate by default; one entry, none, three axes; negative values."""
    x, u = torch.tensor([1.0, -2.0, 3.0, 4.0]), torch.tensor([0.25, 0.0, 0.5, 0.75])
    for p in (0.0, 0.25, 0.5, 0.75):
        assert_close(student.dropout(x, u, p), _expected(x, u, p), what=f"y at the rate {p}")
    assert_close(student.dropout(x, u), _expected(x, u), what="y at the rate by default")
    for shape in ((), (0,), (1,), (2, 1, 3)):
        drawn = torch.rand(shape, generator=generator, dtype=torch.float64)
        for kind, values in kinds(shape, generator).items():
            came = student.dropout(values, drawn, 0.4)
            assert_close(came, _expected(values, drawn, 0.4), what=f"y of {kind} values")
