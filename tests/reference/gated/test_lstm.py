"""LSTM and its ancestors: torch's own layer, autograd, and how the variants are nested."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from reference import ConfigError, ShapeError
from reference.gated import (
    LSTM,
    CarouselConfig,
    ConstantErrorCarousel,
    InputOutputConfig,
    InputOutputLSTM,
    LSTMConfig,
    PeepholeConfig,
    PeepholeLSTM,
    carousel_step,
    cell_gradient,
    cell_update,
    input_gradients,
    input_output_step,
    lstm_backward,
    lstm_forward,
    lstm_gates,
    lstm_step,
    peephole_step,
)
from reference.recurrent import RNN, RNNConfig

TOLERANCE = {"rtol": 1e-9, "atol": 1e-9}
T, B, D, H = 6, 4, 3, 5


@pytest.fixture
def weights(randn):
    return randn(4 * H, D), randn(4 * H, H), randn(4 * H)


def test_agrees_with_torch_forward_and_every_gradient(generator, randn):
    """Same weights, outputs, last states and gradients as torch.nn.LSTM."""
    ours, theirs = LSTM(LSTMConfig(D, H), generator).double(), nn.LSTM(D, H).double()
    with torch.no_grad():
        ours.b.copy_(randn(4 * H))
        theirs.weight_ih_l0.copy_(ours.W)
        theirs.weight_hh_l0.copy_(ours.U)
        theirs.bias_ih_l0.copy_(ours.b)
        theirs.bias_hh_l0.zero_()
    leaves = [randn(T, B, D), randn(B, H), randn(B, H)]
    mine = [leaf.clone().requires_grad_() for leaf in leaves]
    other = [leaf.clone().requires_grad_() for leaf in leaves]
    a, (h_a, c_a) = ours(mine[0], (mine[1], mine[2]))
    b, (h_b, c_b) = theirs(other[0], (other[1].unsqueeze(0), other[2].unsqueeze(0)))
    for one, two in [(a, b), (h_a, h_b[0]), (c_a, c_b[0])]:
        torch.testing.assert_close(one, two, **TOLERANCE)
    ((a**2).sum() + (c_a**3).sum()).backward()
    ((b**2).sum() + (c_b[0] ** 3).sum()).backward()
    pairs = [(ours.W, theirs.weight_ih_l0), (ours.U, theirs.weight_hh_l0)]
    pairs += [(ours.b, theirs.bias_ih_l0), *zip(mine, other, strict=True)]
    for one, two in pairs:
        torch.testing.assert_close(one.grad, two.grad, **TOLERANCE)


@pytest.mark.parametrize("batch", [(), (4,), (2, 3)])
def test_hand_written_backward_equals_autograd(batch, weights, randn):
    """Every gradient of the backward pass by hand, any batch shape."""
    x, h_0, c_0 = randn(T, *batch, D), randn(*batch, H), randn(*batch, H)
    error = randn(T, *batch, H)
    W, U, b = weights
    leaves = [value.clone().requires_grad_() for value in (W, U, b, x, h_0, c_0)]
    W_, U_, b_, x_, h_, c_ = leaves
    outputs = torch.stack([step.h for step in lstm_forward(x_, h_, c_, W_, U_, b_)])
    expected = torch.autograd.grad((outputs * error).sum(), leaves)
    ours = lstm_backward(x, h_0, c_0, W, U, b, error)
    for one, two in zip(ours, expected, strict=True):
        torch.testing.assert_close(one, two, **TOLERANCE)


def test_carousel_is_a_running_sum_with_gradient_one(generator, randn):
    """Closed form: c_t is the sum of the squashed inputs, and dc_T/dc_0 is the identity."""
    layer = ConstantErrorCarousel(CarouselConfig(D, H), generator).double()
    x = randn(T, B, D)
    expected = torch.tanh(x @ layer.W.T + layer.b).cumsum(0)
    torch.testing.assert_close(layer(x), expected, **TOLERANCE)
    c_0 = randn(H)

    def last(c: torch.Tensor) -> torch.Tensor:
        for x_t in x[:, 0]:
            c = carousel_step(x_t, c, layer.W, layer.b)
        return c

    jacobian = torch.autograd.functional.jacobian(last, c_0)
    torch.testing.assert_close(jacobian, torch.eye(H, dtype=torch.float64), **TOLERANCE)


def test_carousel_cannot_forget_or_weigh_by_time(generator, randn):
    """What the carousel lacks: the order of the inputs does not matter to its memory."""
    layer = ConstantErrorCarousel(CarouselConfig(D, H), generator).double()
    x = randn(T, B, D)
    torch.testing.assert_close(layer(x.flip(0))[-1], layer(x)[-1], **TOLERANCE)


def test_open_forget_gate_gives_the_older_cell(randn):
    """With f = 1 (a huge bias) the LSTM is the cell with input and output gates alone."""
    W, U, b = randn(4 * H, D), randn(4 * H, H), randn(4 * H)
    U[H : 2 * H], W[H : 2 * H], b[H : 2 * H] = 0, 0, 1000.0
    keep = torch.cat([torch.arange(H), torch.arange(2 * H, 4 * H)])
    x_t, h, c = randn(B, D), randn(B, H), randn(B, H)
    for one, two in zip(
        lstm_step(x_t, h, c, W, U, b),
        input_output_step(x_t, h, c, W[keep], U[keep], b[keep]),
        strict=True,
    ):
        torch.testing.assert_close(one, two, **TOLERANCE)


def test_open_gates_give_the_carousel(randn):
    """With all gates open and no recurrence the LSTM's memory is the carousel's."""
    W, U = torch.zeros(4 * H, D, dtype=torch.float64), torch.zeros(4 * H, H, dtype=torch.float64)
    b = torch.full((4 * H,), 1000.0, dtype=torch.float64)
    W[2 * H : 3 * H], b[2 * H : 3 * H] = randn(H, D), randn(H)
    x_t, c = randn(B, D), randn(B, H)
    _, c_t = lstm_step(x_t, torch.zeros_like(c), c, W, U, b)
    expected = carousel_step(x_t, c, W[2 * H : 3 * H], b[2 * H : 3 * H])
    torch.testing.assert_close(c_t, expected, **TOLERANCE)


def test_peepholes_of_zero_are_the_plain_lstm(weights, randn):
    """Without peephole weights the gates are blind to the cell."""
    W, U, b = weights
    x_t, h, c = randn(B, D), randn(B, H), randn(B, H)
    none = torch.zeros(3, H, dtype=torch.float64)
    for one, two in zip(
        peephole_step(x_t, h, c, W, U, b, none), lstm_step(x_t, h, c, W, U, b), strict=True
    ):
        torch.testing.assert_close(one, two, **TOLERANCE)


def test_the_output_gate_peeps_at_the_new_memory(weights, randn):
    """With weights P only at the output gate, o depends on c_t, checked number by number."""
    W, U, b = weights
    x_t, h, c = randn(D), randn(H), randn(H)
    P = torch.zeros(3, H, dtype=torch.float64)
    P[2] = randn(H)
    plain = lstm_gates(x_t, h, c, W, U, b)
    a_o = (x_t @ W.T + h @ U.T + b)[3 * H :]
    expected = torch.sigmoid(a_o + P[2] * plain.c) * torch.tanh(plain.c)
    h_t, c_t = peephole_step(x_t, h, c, W, U, b, P)
    torch.testing.assert_close(c_t, plain.c, **TOLERANCE)
    torch.testing.assert_close(h_t, expected, **TOLERANCE)


def test_gates_stay_between_zero_and_one(weights, randn):
    """Gates are in (0, 1), candidate and output in (-1, 1), whatever comes in."""
    step = lstm_gates(randn(50, D) * 10, randn(50, H), randn(50, H), *weights)
    for gate in (step.i, step.f, step.o):
        assert ((gate >= 0) & (gate <= 1)).all()
    assert (step.h.abs() <= 1).all()
    assert (step.g.abs() <= 1).all()


def test_cell_update_of_the_exam_note():
    """S3 P80: input_gate * a + forget_gate * c."""
    i, f, g, c = (torch.tensor(value) for value in (0.5, 0.25, 2.0, 8.0))
    assert cell_update(i, f, g, c).item() == 3.0


def test_cell_gradient_is_the_product_of_forget_gates(randn):
    """dc_T/dc_t along the cell is f_T ... f_{t+1}; ones give ones."""
    f = torch.sigmoid(randn(T, B, H))
    expected = torch.stack([f[t + 1 :].prod(0) for t in range(T)])
    torch.testing.assert_close(cell_gradient(f), expected, **TOLERANCE)
    assert torch.equal(cell_gradient(torch.ones(T, B, H)), torch.ones(T, B, H))


def test_an_open_cell_keeps_the_gradient_that_a_vanilla_network_loses(generator, randn):
    """After 60 steps an LSTM with open forget gates feels the first input; an RNN does not."""
    x = randn(60, 8, D)
    lstm = LSTM(LSTMConfig(D, 16, forget_bias=6.0), generator).double()
    rnn = RNN(RNNConfig(D, 16), generator).double()
    kept, lost = (input_gradients(layer, x) for layer in (lstm, rnn))
    assert kept[0] / kept[-1] > 0.01
    assert lost[0] / lost[-1] < 1e-6


def test_parameter_counts_of_the_lecture():
    """4 blocks of (input + hidden) x hidden weights, and a bias each (S1: four W)."""
    layer = LSTM(LSTMConfig(10, 20))
    assert layer.W.numel() + layer.U.numel() == 4 * (10 + 20) * 20
    assert InputOutputLSTM(InputOutputConfig(10, 20)).W.shape == (60, 10)
    assert PeepholeLSTM(PeepholeConfig(10, 20)).P.numel() == 60


def test_nonsense_is_refused(randn):
    """Sizes must be whole and positive; states must fit."""
    with pytest.raises(ConfigError, match="hidden_size"):
        LSTMConfig(3, 0)
    layer = LSTM(LSTMConfig(D, H)).double()
    with pytest.raises(ShapeError, match="c_0 has shape"):
        layer(randn(T, B, D), (randn(B, H), randn(B, H + 1)))
