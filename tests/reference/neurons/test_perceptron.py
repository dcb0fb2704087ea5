"""Neuron and perceptron: logic, the two learning rules, and what one line cannot do."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from reference.data import iris
from reference.errors import ConfigError, ShapeError
from reference.neurons import (
    LOGIC_GATES,
    PerceptronConfig,
    gradient_step,
    neuron,
    perceptron_rule_step,
    squared_error_gradient_by_weight,
    train_perceptron,
)

Draw = Callable[..., torch.Tensor]
TIGHT = {"rtol": 1e-9, "atol": 1e-9}
BITS = torch.tensor([[0.0, 0], [0, 1], [1, 0], [1, 1]])
TRUTH = {"and": [0, 0, 0, 1], "or": [0, 1, 1, 1], "nand": [1, 1, 1, 0]}
XOR = torch.tensor([0.0, 1, 1, 0])


@pytest.mark.parametrize("name", TRUTH)
def test_gates_compute_their_tables(name: str):
    """AND, OR and NAND with one neuron each."""
    assert LOGIC_GATES[name](BITS).tolist() == TRUTH[name]


@pytest.mark.parametrize("name", TRUTH)
@pytest.mark.parametrize("rate", [1.0, 0.5])
def test_the_rule_learns_every_separable_gate(name: str, rate: float):
    """It ends without mistakes, at either learning rate."""
    targets = torch.tensor(TRUTH[name]).float()
    fit = train_perceptron(BITS, targets, rate)
    assert fit.converged
    assert torch.equal(neuron(BITS, fit.weights, fit.bias, "step"), targets)


def test_no_line_does_xor():
    """A dense grid of lines and a long training both fail on at least one point."""
    axis = torch.linspace(-2, 2, 21)
    lines = torch.cartesian_prod(axis, axis, axis)
    answers = (BITS @ lines[:, :2].T + lines[:, 2] >= 0).float()
    assert ((answers != XOR[:, None]).sum(dim=0) >= 1).all()
    assert not train_perceptron(BITS, XOR, passes=200).converged


def test_the_rule_moves_only_when_wrong():
    """A right answer changes nothing; a wrong one moves by η x towards the target."""
    w, b, x = torch.tensor([1.0, -1.0]), torch.tensor(0.5), torch.tensor([2.0, 1.0])
    right, same = perceptron_rule_step(w, b, x, torch.tensor(1.0), 0.5)
    assert torch.equal(right, w)
    assert same == b
    wrong, bias = perceptron_rule_step(w, b, x, torch.tensor(0.0), 0.5)
    assert wrong.tolist() == [0.0, -1.5]
    assert bias == 0


def test_written_gradient_equals_autograd(randn: Draw):
    """(y - t) h (1 - h) x is the slope of ½ (t - y)²."""
    w, b = randn(3).requires_grad_(), randn(1)[0].requires_grad_()
    x, t = randn(3), torch.tensor(1.0, dtype=torch.float64)
    loss = 0.5 * (t - neuron(x, w, b)) ** 2
    slope_w, slope_b = torch.autograd.grad(loss, (w, b))
    with torch.no_grad():
        torch.testing.assert_close(squared_error_gradient_by_weight(w, b, x, t), slope_w, **TIGHT)
        new_w, new_b = gradient_step(w, b, x, t, 0.5)
        torch.testing.assert_close(new_w, w - 0.5 * slope_w, **TIGHT)
        torch.testing.assert_close(new_b, b - 0.5 * slope_b, **TIGHT)


@pytest.mark.parametrize("rate", [1.0, 0.5])
def test_the_lectures_two_examples_move_the_right_way(rate: float):
    """(2, 2) -> 1 raises the output there, then (3, 3) -> 0 lowers it; larger α moves further."""
    w, b = torch.tensor([1.0, 0.0]).double(), torch.zeros(()).double()
    x, t = torch.tensor([2.0, 2.0]).double(), torch.ones(()).double()
    before = neuron(x, w, b)
    w1, b1 = gradient_step(w, b, x, t, rate)
    h = before
    by_hand = w - rate * (h - 1) * h * (1 - h) * x
    torch.testing.assert_close(w1, by_hand, **TIGHT)
    assert neuron(x, w1, b1) > before
    x2 = torch.tensor([3.0, 3.0]).double()
    w2, b2 = gradient_step(w1, b1, x2, torch.zeros(()).double(), rate)
    assert neuron(x2, w2, b2) < neuron(x2, w1, b1)


def test_it_separates_setosa_from_the_rest_of_iris():
    """Real data: one kind of iris is linearly separable; chance level is a third."""
    table = iris()
    fit = train_perceptron(table.rows, (table.labels == 0).float())
    assert fit.converged


def test_wrong_uses_are_clear_errors(randn: Draw):
    """Sizes that do not match, rates of zero, nameless activations."""
    with pytest.raises(ShapeError, match="x has shape"):
        neuron(randn(2, 3), randn(4), 0.0)
    with pytest.raises(ConfigError, match="learning_rate is 0"):
        train_perceptron(BITS, XOR, 0)
    with pytest.raises(ConfigError, match="inputs"):
        PerceptronConfig(0)
    with pytest.raises(ConfigError, match="no activation 'gelu'"):
        PerceptronConfig(2, "gelu")
