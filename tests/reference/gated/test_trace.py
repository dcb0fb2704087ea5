"""The gate trace of S1, with the gates it assumes said."""

from __future__ import annotations

import math

import pytest
import torch

from reference import ConfigError
from reference.gated import TRACE_INPUTS, gate_trace, lstm_gates


def test_ideal_gates_give_the_lecture_s_table():
    """Memory 3, 7, 7, 7, 0 and output 0, 0, 0, 7, 0."""
    rows = gate_trace()
    assert [row.memory for row in rows] == [3, 7, 7, 7, 0]
    assert [row.output for row in rows] == [0, 0, 0, 7, 0]
    assert [row.input_gate for row in rows] == [1, 1, 0, 0, 0]
    assert [row.forget_gate for row in rows] == [1, 1, 1, 1, 0]
    assert [row.output_gate for row in rows] == [0, 0, 0, 1, 0]


@pytest.mark.parametrize(("weight", "bias"), [(4, 2), (100, 10)])
def test_real_sigmoids_do_not_give_it_exactly(weight, bias):
    """Erratum of S1: neither of its two pairs of numbers gives exactly 3, 7, 7, 7, 0."""
    memory = [row.memory for row in gate_trace(gates="sigmoid", weight=weight, bias=bias)]
    assert memory != [3, 7, 7, 7, 0]
    assert [row.memory for row in gate_trace(gates="ideal")] == [3, 7, 7, 7, 0]
    near = 1e-3 if weight == 100 else 2.0
    assert all(abs(a - b) < near for a, b in zip(memory, [3, 7, 7, 7, 0], strict=True))


def test_sigmoid_numbers_by_hand():
    """First two rows with weight 4 and bias 2: gates sigmoid(2), sigmoid(6), sigmoid(-2)."""
    sigmoid = lambda a: 1 / (1 + math.exp(-a))  # noqa: E731
    first, second = gate_trace(gates="sigmoid")[:2]
    assert first.input_gate == pytest.approx(sigmoid(2), rel=1e-12)
    assert first.forget_gate == pytest.approx(sigmoid(6), rel=1e-12)
    assert first.memory == pytest.approx(3 * sigmoid(2), rel=1e-12)
    c = 3 * sigmoid(2) * sigmoid(6) + 4 * sigmoid(2)
    assert second.memory == pytest.approx(c, rel=1e-12)
    assert second.output == pytest.approx(c * sigmoid(-2), rel=1e-12)


def test_the_gates_are_those_of_an_lstm():
    """An LSTM with these weights has these gates; only its candidate and output are squashed."""
    W = torch.zeros(4, 3, dtype=torch.float64)
    W[0, 1], W[1, 1], W[2, 0], W[3, 2] = 4, 4, 1, 4
    b = torch.tensor([-2, 2, 0, -2], dtype=torch.float64)
    zero = torch.zeros(1, dtype=torch.float64)
    for x, row in zip(TRACE_INPUTS, gate_trace(gates="sigmoid"), strict=True):
        step = lstm_gates(
            torch.tensor(x, dtype=torch.float64), zero, zero, W, torch.zeros_like(W[:, :1]), b
        )
        assert step.i.item() == pytest.approx(row.input_gate, rel=1e-12)
        assert step.f.item() == pytest.approx(row.forget_gate, rel=1e-12)
        assert step.o.item() == pytest.approx(row.output_gate, rel=1e-12)


def test_nonsense_is_refused():
    """Rows have three numbers, gates are of two kinds."""
    with pytest.raises(ConfigError, match="x1, x2, x3"):
        gate_trace([(1, 2)])
    with pytest.raises(ConfigError, match="ideal or sigmoid"):
        gate_trace(gates="hard")  # type: ignore[arg-type]
