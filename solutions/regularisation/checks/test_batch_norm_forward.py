"""Batch normalisation, forward (grade cell `batch_norm_forward`, 3 points). Source: S4."""

import torch

from autograder.checking import assert_agrees, assert_close, hint, kinds, points
from reference.normalisation import batch_norm


def _expected(x, gamma, beta, epsilon=1e-5):
    return batch_norm(x, gamma, beta, epsilon)[0]


def _arguments(generator, B, C, dtype=torch.float64):
    x = (3 * torch.randn(B, C, generator=generator, dtype=torch.float64) + 1).to(dtype)
    gamma, beta = torch.randn(2, C, generator=generator, dtype=torch.float64).to(dtype)
    return {"x": x, "gamma": gamma, "beta": beta}


@points(1.5)
@hint("Over which of the two axes are mean and variance taken, and by what is the sum of squares divided?")
def test_training_batch(student, generator):
    """In every way to call; arguments stay; no call knows of another."""
    one, other = (_arguments(generator, 5, 3) for _ in range(2))
    assert_agrees(student.batch_norm, _expected, one, again=other, what="y")


@points(0.75)
@hint("Where does epsilon stand? Try one that is as large as the variance.")
def test_epsilon(student, generator):
    """A large one, a feature that is the same in the whole batch, and the one by default."""
    arguments = _arguments(generator, 4, 3)
    arguments["x"][:, 1] = 1.5
    for epsilon in ({"epsilon": 2.0}, {"epsilon": 0.1}, {}):
        assert_agrees(student.batch_norm, _expected, arguments | epsilon, what="y")


@points(0.75)
@hint("Try a batch of two, one feature, and a gamma of zero.")
def test_sizes_and_kinds(student, generator):
    """Batches of two, one feature; a small spread; whole and equal values; single precision."""
    for B, C in ((2, 4), (6, 1), (4, 4)):
        for dtype in (torch.float64, torch.float32):
            values = _arguments(generator, B, C, dtype).values()
            assert_close(student.batch_norm(*values), _expected(*values), what="y")
    narrow = torch.tensor([[0.001], [0.005], [0.003]]).double()
    values = (narrow, torch.ones(1).double(), torch.zeros(1).double())
    assert_close(student.batch_norm(*values), _expected(*values), what="y of a small spread")
    for kind, x in kinds((4, 3), generator).items():
        gamma, beta = torch.tensor([0.0, 1.0, -2.0]).double(), torch.tensor([1.0, 0.0, 3.0]).double()
        came = student.batch_norm(x, gamma, beta)
        assert_close(came, _expected(x, gamma, beta), what=f"y of {kind} values")
