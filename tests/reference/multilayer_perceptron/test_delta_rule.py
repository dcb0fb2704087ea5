"""The hand-written backward pass equals autograd; the lecture's example is corrected."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
import torch

from reference.errors import ConfigError, ShapeError
from reference.multilayer_perceptron import (
    Layer,
    backward,
    forward,
    squared_error_delta,
    update,
    worked_example,
)

Draw = Callable[..., torch.Tensor]
TIGHT = {"rtol": 1e-9, "atol": 1e-9}


@pytest.mark.parametrize("hidden", ["sigmoid", "tanh", "relu", "linear"])
@pytest.mark.parametrize("sizes", [(3, 2), (3, 5, 2), (3, 5, 4, 2)])
def test_backward_equals_autograd(randn: Draw, hidden: str, sizes: tuple[int, ...]):
    """Every weight, bias and δ, for one to three layers."""
    names = [*[hidden] * (len(sizes) - 2), "linear"]
    layers = tuple(
        Layer(randn(b, a).requires_grad_(), randn(b).requires_grad_(), name)
        for (a, b), name in zip(pairwise(sizes), names, strict=True)
    )
    x, target = randn(6, 3), randn(6, 2)
    trace = forward(layers, x)
    for a in trace.pre_activations:
        a.retain_grad()
    (0.5 * (target - trace.prediction) ** 2).sum().backward()
    with torch.no_grad():
        gradients = backward(layers, trace, squared_error_delta(trace.prediction, target))
    for layer, gradient, a in zip(layers, gradients, trace.pre_activations, strict=True):
        torch.testing.assert_close(gradient.weight, layer.weight.grad, **TIGHT)
        torch.testing.assert_close(gradient.bias, layer.bias.grad, **TIGHT)
        torch.testing.assert_close(gradient.delta, a.grad, **TIGHT)


def test_erratum_hidden_units_of_the_worked_example():
    """Right is h = σ(a): 0.731 and 0.182; the slide's 0.269 and 0.818 are σ(-a)."""
    layers, x, _, _ = worked_example()
    trace = forward(layers, x)
    a, h = trace.pre_activations[0], trace.outputs[1]
    assert a.tolist() == [[1.0, -1.5]]
    assert h[0].tolist() == pytest.approx([0.731, 0.182], abs=5e-4)
    assert torch.sigmoid(-a)[0].tolist() == pytest.approx([0.269, 0.818], abs=5e-4)
    assert trace.prediction.item() == pytest.approx(1.913, abs=5e-4)


def test_erratum_updates_of_the_worked_example_go_downhill():
    """Right updates lower the loss; the slide's sign, w - η (y - ŷ) h, raises it."""
    layers, x, target, rate = worked_example()
    trace = forward(layers, x)
    gradients = backward(layers, trace, squared_error_delta(trace.prediction, target))
    before = (target - trace.prediction).abs().item()
    right = forward(update(layers, gradients, rate), x).prediction
    printed = forward(update(layers, gradients, -rate), x).prediction
    assert (target - right).abs().item() < before < (target - printed).abs().item()
    new = update(layers, gradients, rate)[1]
    error = trace.prediction.item() - 1
    expected = [1 - 0.1 * error * h for h in trace.outputs[1][0].tolist()]
    assert new.weight[0].tolist() == pytest.approx(expected)
    assert new.bias.item() == pytest.approx(1 - 0.1 * error)
    assert expected == pytest.approx([0.933, 0.983], abs=5e-4)


def test_erratum_the_slope_is_h_one_minus_h():
    """With h(1 - h) the gradient is autograd's; with a(1 - a), as printed, it is another."""
    layers, x, target, _ = worked_example()
    trace = forward(layers, x)
    right = backward(layers, trace, squared_error_delta(trace.prediction, target))[0].weight
    a = trace.pre_activations[0]
    error = trace.prediction - target
    printed = (error * layers[1].weight * a * (1 - a)).T @ x
    assert (right - printed).abs().max() > 0.1
    first, second = layers
    weight = first.weight.clone().requires_grad_()
    h = torch.sigmoid(x @ weight.T + first.bias)
    loss = ((h @ second.weight.T + second.bias - target) ** 2).sum() / 2
    torch.testing.assert_close(right, torch.autograd.grad(loss, weight)[0])


def test_wrong_uses_are_clear_errors(randn: Draw):
    """Units without a slope, targets of another shape, no layers."""
    layers = (Layer(randn(2, 3), randn(2), "step"),)
    with pytest.raises(ConfigError, match="whose slope is zero"):
        backward(layers, forward(layers, randn(4, 3)), randn(4, 2))
    with pytest.raises(ShapeError, match="x has shape"):
        forward(layers, randn(4, 2))
    with pytest.raises(ShapeError, match="target has shape"):
        squared_error_delta(randn(4, 2), randn(4, 3))
    with pytest.raises(ConfigError, match="no layers"):
        forward((), randn(4, 2))


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "relu", "linear"])
def test_backward_equals_autograd_where_everything_is_zero(name: str):
    """At a = 0 both ways have the same slope: δ is 0.25 and 0.5 of the error for sigmoids."""
    weight, bias = torch.zeros(2, 3, requires_grad=True), torch.zeros(2, requires_grad=True)
    layers = (Layer(weight, bias, name),)
    x, target = torch.ones(1, 3), torch.tensor([[-0.5, -1.5]])
    trace = forward(layers, x)
    (0.5 * (target - trace.prediction) ** 2).sum().backward()
    with torch.no_grad():
        (gradient,) = backward(layers, trace, squared_error_delta(trace.prediction, target))
    torch.testing.assert_close(gradient.bias, bias.grad)
    torch.testing.assert_close(gradient.weight, weight.grad)
    if name == "sigmoid":
        assert bias.grad.tolist() == [0.25, 0.5]
