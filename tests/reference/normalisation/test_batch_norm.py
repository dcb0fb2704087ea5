"""Batch normalisation against torch, its backward pass, and its statistics."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn

from reference.errors import ConfigError, ShapeError
from reference.normalisation import (
    BatchNorm,
    BatchNormConfig,
    batch_norm,
    batch_norm_backward,
    batch_norm_inference,
    update_running,
)

Draw = Callable[..., torch.Tensor]
TIGHT = {"rtol": 1e-9, "atol": 1e-9}
SHAPES = [(6, 3), (4, 3, 5, 2)]


def pair(shape: tuple[int, ...], randn: Draw) -> tuple[BatchNorm, nn.Module]:
    """Ours and torch's with the same parameters."""
    ours = BatchNorm(BatchNormConfig(3)).double()
    theirs = (nn.BatchNorm1d if len(shape) == 2 else nn.BatchNorm2d)(3).double()
    ours.weight.data, ours.bias.data = randn(3), randn(3)
    theirs.load_state_dict(ours.state_dict(), strict=False)
    return ours, theirs


@pytest.mark.parametrize("shape", SHAPES)
def test_training_agrees_with_torch(randn: Draw, shape: tuple[int, ...]):
    """Output, every gradient, and the running statistics over three batches."""
    ours, theirs = pair(shape, randn)
    for _ in range(3):
        x = (randn(*shape) * 3 + 1).requires_grad_()
        other = x.detach().clone().requires_grad_()
        y, expected = ours(x), theirs(other)
        torch.testing.assert_close(y, expected, **TIGHT)
        grad = randn(*shape)
        for model, out in ((ours, y), (theirs, expected)):
            model.zero_grad()
            out.backward(grad)
        torch.testing.assert_close(x.grad, other.grad, **TIGHT)
        torch.testing.assert_close(ours.weight.grad, theirs.weight.grad, **TIGHT)
        torch.testing.assert_close(ours.bias.grad, theirs.bias.grad, **TIGHT)
        torch.testing.assert_close(ours.running_mean, theirs.running_mean, **TIGHT)
        torch.testing.assert_close(ours.running_var, theirs.running_var, **TIGHT)


@pytest.mark.parametrize("shape", SHAPES)
def test_evaluation_agrees_with_torch(randn: Draw, shape: tuple[int, ...]):
    """After some training both use the same running statistics."""
    ours, theirs = pair(shape, randn)
    x = randn(*shape) * 2
    ours(x)
    theirs(x)
    torch.testing.assert_close(ours.eval()(x), theirs.eval()(x), **TIGHT)


@pytest.mark.parametrize("shape", SHAPES)
def test_hand_written_backward_equals_autograd(randn: Draw, shape: tuple[int, ...]):
    """The three-term formula is the derivative, mean and variance included."""
    x = randn(*shape).requires_grad_()
    gamma, beta = randn(3).requires_grad_(), randn(3).requires_grad_()
    y, cache = batch_norm(x, gamma, beta)
    grad = randn(*shape)
    y.backward(grad)
    hand = batch_norm_backward(grad, cache)
    torch.testing.assert_close(hand.x, x.grad, **TIGHT)
    torch.testing.assert_close(hand.gamma, gamma.grad, **TIGHT)
    torch.testing.assert_close(hand.beta, beta.grad, **TIGHT)


def test_normalised_values_have_mean_zero_and_variance_one(randn: Draw):
    """Per channel, whatever the scale and shift of the input."""
    x = randn(50, 3, 4, 4) * torch.tensor([1.0, 10, 100]).double()[:, None, None] + 7
    _, cache = batch_norm(x, torch.ones(3).double(), torch.zeros(3).double(), epsilon=1e-12)
    flat = cache.normalised.transpose(0, 1).flatten(1)
    torch.testing.assert_close(flat.mean(1), torch.zeros(3).double(), **TIGHT)
    torch.testing.assert_close(flat.var(1, correction=0), torch.ones(3).double(), **TIGHT)


def test_scaling_the_input_changes_nothing(randn: Draw):
    """The reason it allows large learning rates."""
    x, one, zero = randn(8, 3), torch.ones(3).double(), torch.zeros(3).double()
    y, _ = batch_norm(x, one, zero, 1e-12)
    torch.testing.assert_close(batch_norm(100 * x + 3, one, zero, 1e-12)[0], y, rtol=1e-6, atol=0)


def test_in_evaluation_examples_do_not_depend_on_each_other(randn: Draw):
    """One example alone gives what it gives in a batch; in training it does not."""
    model = BatchNorm(BatchNormConfig(3)).double()
    x = randn(6, 3)
    train = model(x)[:2]
    assert not torch.allclose(train, model(x[:2]))
    model.eval()
    torch.testing.assert_close(model(x)[:2], model(x[:2]), **TIGHT)


def test_erratum_what_runs_is_mean_and_variance(randn: Draw):
    """γ and β are learned and used as they are; averaging them over batches is not the test."""
    model = BatchNorm(BatchNormConfig(3)).double()
    assert {name for name, _ in model.named_buffers()} == {"running_mean", "running_var"}
    assert {name for name, _ in model.named_parameters()} == {"weight", "bias"}
    x = randn(100, 3) * 5 + 2
    for _ in range(200):
        model(x)
    right = model.eval()(x)
    torch.testing.assert_close(right.mean(0), torch.zeros(3).double(), rtol=0, atol=1e-6)
    printed = batch_norm_inference(
        x, torch.zeros(3), torch.ones(3), model.weight.detach(), model.bias.detach()
    )
    assert (printed.mean(0).abs() > 1).all()


def test_running_statistics_by_hand():
    """0.9 of the old and 0.1 of the new."""
    assert update_running(torch.tensor(1.0), torch.tensor(2.0)).item() == pytest.approx(1.1)


def test_wrong_uses_are_clear_errors(randn: Draw):
    """Other channels, a single value, momenta outside."""
    with pytest.raises(ShapeError, match="x has shape"):
        BatchNorm(BatchNormConfig(3)).double()(randn(2, 4))
    with pytest.raises(ConfigError, match="no variance"):
        batch_norm(randn(1, 3), torch.ones(3), torch.zeros(3))
    with pytest.raises(ConfigError, match="momentum is 0"):
        BatchNormConfig(3, momentum=0.0)
    with pytest.raises(ConfigError, match="epsilon is 0"):
        BatchNormConfig(3, epsilon=0.0)
