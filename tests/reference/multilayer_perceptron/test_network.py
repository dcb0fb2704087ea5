"""The MLP against torch's layers, its counts, XOR, and learning digits."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn

from reference.data import digits
from reference.errors import ConfigError, ShapeError
from reference.losses import cross_entropy
from reference.multilayer_perceptron import (
    MLP,
    SIGN_POINTS,
    XOR_POINTS,
    MLPConfig,
    mlp_digits,
    mlp_mnist,
    parameter_count,
    xor_by_relu,
    xor_by_sigmoids,
    xor_by_signs,
)
from reference.optimisers import SGD, Optimiser, batches

Draw = Callable[..., torch.Tensor]
TIGHT = {"rtol": 1e-9, "atol": 1e-9}


@pytest.mark.parametrize(
    ("name", "layer"), [("relu", nn.ReLU), ("sigmoid", nn.Sigmoid), ("tanh", nn.Tanh)]
)
def test_forward_and_every_gradient_agree_with_torch(randn: Draw, name: str, layer: type):
    """Copied into nn.Linear the same numbers come out and go back."""
    ours = MLP(MLPConfig((5, 7, 6, 3), name)).double()
    theirs = nn.Sequential(
        nn.Linear(5, 7), layer(), nn.Linear(7, 6), layer(), nn.Linear(6, 3)
    ).double()
    for a, b in zip(theirs.parameters(), ours.parameters(), strict=True):
        a.data.copy_(b.data)
    x = randn(2, 4, 5)
    left, right = ours(x), theirs(x)
    torch.testing.assert_close(left, right, **TIGHT)
    grad = randn(2, 4, 3)
    left.backward(grad)
    right.backward(grad)
    for a, b in zip(theirs.parameters(), ours.parameters(), strict=True):
        torch.testing.assert_close(a.grad, b.grad, **TIGHT)


def test_784_100_10_has_79510_parameters():
    """Weights and biases of both layers."""
    model = mlp_mnist()
    assert sum(p.numel() for p in model.parameters()) == parameter_count((784, 100, 10)) == 79_510


def test_erratum_the_output_layer_has_biases_too():
    """S2's 19,660,900 are the weights alone; with 100 + 1 biases there are 19,661,001 numbers."""
    printed = 196_608 * 100 + 100
    assert parameter_count((196_608, 100, 1)) == 19_661_001 == printed + 101
    assert parameter_count((100, 1)) == 101 != 100


def test_xor_by_relu_at_the_lectures_points():
    """Hidden space (0,0), (1,0), (1,0), (2,1); one line then reads 0, 1, 1, 0."""
    trace = xor_by_relu(torch.tensor(XOR_POINTS))
    assert trace.hidden.tolist() == [[0, 0], [1, 0], [1, 0], [2, 1]]
    assert trace.output.tolist() == [0, 1, 1, 0]


def test_xor_by_sigmoids_is_nearly_sharp():
    """Every unit is within 1e-4 of its logic value: OR, NAND, AND."""
    trace = xor_by_sigmoids(torch.tensor(XOR_POINTS, dtype=torch.float64))
    hidden = torch.tensor([[0.0, 1], [1, 1], [1, 1], [1, 0]]).double()
    torch.testing.assert_close(trace.hidden, hidden, rtol=0, atol=1e-4)
    torch.testing.assert_close(
        trace.output, torch.tensor([0.0, 1, 1, 0]).double(), rtol=0, atol=1e-4
    )


def test_erratum_sign_units_need_h1_minus_h2_minus_1():
    """The table of S4 follows from o = h1 - h2 - 1, not from the printed h1 + h2 - 1."""
    trace = xor_by_signs(torch.tensor(SIGN_POINTS))
    assert trace.pre_activations.tolist() == [[-0.5, -1.5], [0.5, -0.5], [0.5, -0.5], [1.5, 0.5]]
    assert trace.pre_activations[3, 1] == 0.5 != 1.5  # a2 at (3/2, 3/2)
    assert trace.hidden.tolist() == [[-1, -1], [1, -1], [1, -1], [1, 1]]
    assert trace.output_pre_activation.tolist() == [-1, 1, 1, -1]
    assert trace.output.tolist() == [-1, 1, 1, -1]
    printed = trace.hidden.sum(dim=-1) - 1
    assert printed.tolist() == [-3, -1, -1, 1]
    assert (printed >= 0).tolist() != (trace.output > 0).tolist()


def test_wrong_uses_are_clear_errors(randn: Draw):
    """One layer size, zero units, inputs of another size."""
    with pytest.raises(ConfigError, match="input and output at least"):
        MLPConfig((3,))
    with pytest.raises(ConfigError, match="size"):
        MLPConfig((3, 0, 2))
    with pytest.raises(ConfigError, match="no activation"):
        MLPConfig((3, 2), "softplus")
    with pytest.raises(ShapeError, match=r"x has shape \(2, 63\)"):
        mlp_digits()(torch.zeros(2, 63))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_it_learns_digits(seed: int):
    """At least 93 % of unseen digits after 20 epochs; chance is 10 %, a margin of 83 points."""
    generator = torch.Generator().manual_seed(seed)
    train, test = digits().split(0.25, generator)
    model = mlp_digits(generator)
    optimiser = Optimiser(model.parameters(), SGD(0.5))
    for _ in range(20):
        for index in batches(len(train), 32, generator):
            optimiser.zero_grad()
            cross_entropy(model(train.vectors[index]), train.labels[index]).backward()
            optimiser.step()
    accuracy = (model(test.vectors).argmax(1) == test.labels).float().mean().item()
    assert accuracy > 0.93
