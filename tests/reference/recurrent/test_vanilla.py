"""The vanilla network against torch's own layer, S3's worked formula and its invariants."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from reference import ConfigError, ShapeError
from reference.recurrent import (
    RNN,
    DeepRNN,
    DeepRNNConfig,
    RNNConfig,
    read_out,
    rnn_forward,
    rnn_step,
)

TOLERANCE = {"rtol": 1e-9, "atol": 1e-9}  # float64: what the issue asks for


def copy_layer(theirs: nn.RNN, ours: RNN, layer: int = 0, suffix: str = "") -> None:
    """Give torch's layer our weights; its second bias becomes zero."""
    name = f"l{layer}{suffix}"
    with torch.no_grad():
        getattr(theirs, f"weight_ih_{name}").copy_(ours.W)
        getattr(theirs, f"weight_hh_{name}").copy_(ours.U)
        getattr(theirs, f"bias_ih_{name}").copy_(ours.b)
        getattr(theirs, f"bias_hh_{name}").zero_()


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_agrees_with_torch_forward_and_every_gradient(activation, generator, randn):
    """Same weights, same states, same gradients by weights, bias, input and first state."""
    ours = RNN(RNNConfig(3, 5, activation), generator).double()
    theirs = nn.RNN(3, 5, nonlinearity=activation).double()
    with torch.no_grad():
        ours.b.copy_(randn(5))
    copy_layer(theirs, ours)
    x, h_0, weight = randn(7, 4, 3), randn(4, 5), randn(7, 4, 5)
    x_ours, x_theirs = x.clone().requires_grad_(), x.clone().requires_grad_()
    h_ours, h_theirs = h_0.clone().requires_grad_(), h_0.clone().requires_grad_()
    a, b = ours(x_ours, h_ours), theirs(x_theirs, h_theirs.unsqueeze(0))[0]
    torch.testing.assert_close(a, b, **TOLERANCE)
    (a * weight).sum().backward()
    (b * weight).sum().backward()
    for mine, other in [
        (ours.W.grad, theirs.weight_ih_l0.grad),
        (ours.U.grad, theirs.weight_hh_l0.grad),
        (ours.b.grad, theirs.bias_ih_l0.grad),
        (x_ours.grad, x_theirs.grad),
        (h_ours.grad, h_theirs.grad),
    ]:
        torch.testing.assert_close(mine, other, **TOLERANCE)


def test_deep_network_agrees_with_torch(generator, randn):
    """Three layers give torch's three-layer network, forward and backward."""
    ours = DeepRNN(DeepRNNConfig(3, 4, layers=3), generator).double()
    theirs = nn.RNN(3, 4, num_layers=3).double()
    for i, layer in enumerate(ours.layers):
        copy_layer(theirs, layer, i)
    x = randn(6, 2, 3)
    a, b = ours(x), theirs(x)[0]
    torch.testing.assert_close(a, b, **TOLERANCE)
    a.pow(2).sum().backward()
    b.pow(2).sum().backward()
    for i, layer in enumerate(ours.layers):
        for mine, name in [(layer.W, "weight_ih"), (layer.U, "weight_hh"), (layer.b, "bias_ih")]:
            torch.testing.assert_close(mine.grad, getattr(theirs, f"{name}_l{i}").grad, **TOLERANCE)


def test_first_output_of_the_exam_note():
    """S3 P46: y1 = sigmoid(z1 W_out + c) with z1 = sigmoid(s0 W + x1 W_in + b), by hand."""
    one = torch.ones(1, 1, dtype=torch.float64)
    s_0, x_1 = 0.3 * one[0], 2.0 * one[0]
    W_in, W, W_out, b, c = 0.5, -1.0, 2.0, 0.1, -0.4
    z_1 = rnn_step(x_1, s_0, W_in * one, W * one, b * one[0], "sigmoid")
    y_1 = torch.sigmoid(read_out(z_1, W_out * one, c * one[0]))
    sigmoid = lambda a: 1 / (1 + torch.exp(torch.tensor(-a, dtype=torch.float64)))  # noqa: E731
    z = sigmoid(0.3 * W + 2.0 * W_in + b)
    torch.testing.assert_close(y_1[0], sigmoid(z.item() * W_out + c), **TOLERANCE)


@pytest.mark.parametrize("batch", [(), (2,), (2, 3)])
def test_any_batch_shape(batch, generator, randn):
    """No batch axis, one or two: the same numbers in the same places."""
    layer = RNN(RNNConfig(3, 5), generator).double()
    x = randn(4, *batch, 3)
    assert layer(x).shape == (4, *batch, 5)
    flat = layer(x.reshape(4, -1, 3)).reshape(4, *batch, 5)
    torch.testing.assert_close(layer(x), flat, **TOLERANCE)


def test_causality(generator, randn):
    """A change of the input at step t changes no state before t."""
    layer = RNN(RNNConfig(3, 5), generator).double()
    x = randn(6, 1, 3)
    changed = x.clone()
    changed[3] += 1
    same = (layer(x) == layer(changed)).all(dim=-1).squeeze(1)
    assert same.tolist() == [True, True, True, False, False, False]


def test_the_state_carries_on(generator, randn):
    """Two halves with the state handed over are one whole."""
    layer = RNN(RNNConfig(3, 5), generator).double()
    x = randn(8, 2, 3)
    first = layer(x[:3])
    second = layer(x[3:], first[-1])
    torch.testing.assert_close(torch.cat([first, second]), layer(x), **TOLERANCE)


def test_permuting_hidden_neurons_permutes_the_states(generator, randn):
    """Hidden neurons have no order of their own."""
    layer = RNN(RNNConfig(3, 5), generator).double()
    x, order = randn(4, 2, 3), torch.tensor([3, 0, 4, 1, 2])
    W, U, b = layer.W[order], layer.U[order][:, order], layer.b[order]
    permuted = rnn_forward(x, torch.zeros(2, 5, dtype=torch.float64), W, U, b)
    torch.testing.assert_close(permuted, layer(x)[..., order], **TOLERANCE)


@pytest.mark.parametrize(
    "make",
    [
        lambda: RNNConfig(0, 5),
        lambda: RNNConfig(3, -1),
        lambda: RNNConfig(3, 5, "cosine"),  # type: ignore[arg-type]
        lambda: RNNConfig(True, 5),
        lambda: DeepRNNConfig(3, 5, layers=0),
    ],
)
def test_nonsense_configs_are_refused(make):
    """A config that makes no model is refused when it is made."""
    with pytest.raises(ConfigError, match=r"must be"):
        make()


def test_a_wrong_first_state_is_a_clear_error(generator, randn):
    """The first state must fit the batch and the hidden size."""
    layer = RNN(RNNConfig(3, 5), generator).double()
    with pytest.raises(ShapeError, match=r"h_0 has shape \(2, 4\), expected \(2, 5\)"):
        layer(randn(4, 2, 3), randn(2, 4))
