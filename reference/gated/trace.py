"""The gate trace of S1: one memory cell, three inputs, five steps, by hand and by sigmoid.

What it guarantees:

- With ideal gates (a step function) the memory is 3, 7, 7, 7, 0 and the output 0, 0, 0, 7, 0.
- With real sigmoids every number is what the printed weights give, which is only near those.

What it does not do: tanh. The trace keeps the candidate and the output linear, as S1 does.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, NamedTuple

from reference.errors import ConfigError, require

GateKind = Literal["ideal", "sigmoid"]

TRACE_INPUTS: tuple[tuple[float, float, float], ...] = (
    (3, 1, 0),
    (4, 1, 0),
    (2, 0, 0),
    (1, 0, 1),
    (3, -1, 0),
)


class TraceRow(NamedTuple):
    """One row of the table: gates between 0 and 1, memory and output after the step."""

    input_gate: float
    forget_gate: float
    output_gate: float
    memory: float
    output: float


def ideal_gate(a: float) -> float:
    """A gate that is fully open for a > 0 and fully shut otherwise."""
    return 1.0 if a > 0 else 0.0


def sigmoid_gate(a: float) -> float:
    """A gate as it is in an LSTM, written so that no large number overflows."""
    return 1 / (1 + math.exp(-a)) if a >= 0 else math.exp(a) / (1 + math.exp(a))


def gate_trace(
    inputs: Sequence[Sequence[float]] = TRACE_INPUTS,
    gates: GateKind = "ideal",
    weight: float = 4.0,
    bias: float = 2.0,
    memory: float = 0.0,
) -> list[TraceRow]:
    """Follow one cell whose gates are steered by the inputs.

    Equation:
        i = gate(weight x2 - bias),  f = gate(weight x2 + bias),  o = gate(weight x3 - bias)
        c_t = f c_{t-1} + i x1
        y_t = o c_t

    Args:
        inputs: rows (x1, x2, x3): x2 = 1 writes x1, x2 = -1 erases, x3 = 1 shows the memory.
        gates: `ideal` (step function) or `sigmoid`.
        weight: of x2 and x3 at the gates; S1 says 4 in most steps and 100 in some.
        bias: its size; S1 says 2 in most steps and 10 in some.
        memory: c_0.

    Returns:
        one row for each input row.

    Raises:
        ConfigError: a row has not three numbers, or the kind of gate is unknown.

    Source: S1, the five steps from (3, 1, 0) to (3, -1, 0).

    Deviation: S1 mixes two pairs of weight and bias; here one pair holds for the whole trace.
    """
    if gates not in ("ideal", "sigmoid"):
        raise ConfigError(f"gates must be ideal or sigmoid, got {gates!r}")
    gate = ideal_gate if gates == "ideal" else sigmoid_gate
    rows = []
    for row in inputs:
        require(len(row) == 3, f"an input row is (x1, x2, x3), got {tuple(row)!r}")
        x1, x2, x3 = row
        # i = gate(weight x2 - bias),  f = gate(weight x2 + bias),  o = gate(weight x3 - bias)
        i = gate(weight * x2 - bias)
        f = gate(weight * x2 + bias)
        o = gate(weight * x3 - bias)
        # c_t = f c_{t-1} + i x1
        memory = f * memory + i * x1
        # y_t = o c_t
        rows.append(TraceRow(i, f, o, memory, o * memory))
    return rows
