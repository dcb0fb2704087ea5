"""The gate trace in code, real sigmoids (grade cell `gate_trace_sigmoid`, 3 points)."""

from autograder.checking import assert_trace, hint, points
from reference.gated import TRACE_INPUTS, gate_trace

_COLUMNS = ["memory", "output"]


def _compare(student, inputs, weight, bias):
    rows = gate_trace(inputs, "sigmoid", weight, bias)
    expected = [(row.memory, row.output) for row in rows]
    assert_trace(student.gate_trace(inputs, weight, bias), expected, columns=_COLUMNS)


@points(0.75)
@hint("Compute the three gates anew at each step, then the memory, then the output from the new memory.")
def test_the_inputs_of_the_lecture(student):
    _compare(student, [list(row) for row in TRACE_INPUTS], 4.0, 2.0)


@points(1.5)
@hint("The input gate has -b, the forget gate +b; the output gate listens to x3.")
def test_other_inputs_and_weights(student, rng):
    for length in (4, 9):
        inputs = rng.normal(size=(length, 3)).round(3).tolist()
        weight, bias = float(rng.uniform(0.5, 3)), float(rng.uniform(0.5, 3))
        _compare(student, inputs, weight, bias)


@points(0.75)
@hint("The memory starts at 0 in every call.")
def test_each_call_starts_with_an_empty_memory(student, rng):
    first, second = rng.normal(size=(2, 3, 3)).round(3).tolist()
    student.gate_trace(first, 1.0, 0.5)
    _compare(student, second, 1.0, 0.5)
