"""LSTM step (grade cell `lstm`, 2 points)."""

import torch

from autograder.checking import assert_close, points


def _inputs(generator):
    shapes = ((2, 3), (2, 4), (2, 4), (16, 3), (16, 4), (16,))
    return [torch.randn(*shape, generator=generator) for shape in shapes]


@points(1)
def test_hidden(student, generator):
    x, h, c, w, u, b = _inputs(generator)
    cell = torch.nn.LSTMCell(3, 4)
    cell.load_state_dict({"weight_ih": w, "weight_hh": u, "bias_ih": b, "bias_hh": b * 0})
    assert_close(student.lstm_step(x, h, c, w, u, b)[0], cell(x, (h, c))[0].detach())


@points(1)
def test_cell(student, generator):
    x, h, c, w, u, b = _inputs(generator)
    i, f, g, _ = (x @ w.T + h @ u.T + b).chunk(4, dim=-1)
    expected = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    assert_close(student.lstm_step(x, h, c, w, u, b)[1], expected)
