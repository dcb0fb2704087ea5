"""The gate trace in code, real sigmoids (grade cell `gate_trace_sigmoid`, 3 points)."""

from autograder.checking import assert_trace, assert_unchanged, called_twice, hint, points
from reference.gated import TRACE_INPUTS, gate_trace

_COLUMNS = ["memory", "output"]


def _rows(inputs, weight, bias):
    rows = gate_trace(inputs, "sigmoid", weight, bias)
    return [(row.memory, row.output) for row in rows]


def _compare(student, inputs, weight, bias):
    came = assert_unchanged(student.gate_trace, inputs, weight, bias)
    assert_trace(came, _rows(inputs, weight, bias), columns=_COLUMNS)


@points(0.75)
@hint("Follow the first two inputs by hand, gate by gate, and print the gates of your function.")
def test_the_inputs_of_the_lecture(student):
    """The five inputs of the text."""
    _compare(student, [list(row) for row in TRACE_INPUTS], 4.0, 2.0)


@points(0.5)
@hint("How many rows belong to an empty list of inputs? Call your function with very short lists.")
def test_short_lists(student, rng):
    """No input, one, and two, the fewest in which every gate matters."""
    for length in (0, 1, 2):
        inputs = rng.uniform(0.5, 1.5, size=(length, 3)).round(3).tolist()
        _compare(student, inputs, 1.0, 0.5)


@points(1)
@hint("Compare each gate with its equation: its input, and the sign of b.")
def test_other_inputs_and_weights(student, rng):
    """Fractional inputs of both signs, up to nine steps; the lecture's larger weights, by name."""
    for length in (4, 9):
        inputs = rng.normal(size=(length, 3)).round(3).tolist()
        weight, bias = float(rng.uniform(0.5, 3)), float(rng.uniform(0.5, 3))
        _compare(student, inputs, weight, bias)
    inputs = [list(row) for row in TRACE_INPUTS]
    came = student.gate_trace(inputs, bias=10, weight=100)
    assert_trace(came, _rows(inputs, 100.0, 10.0), columns=_COLUMNS)


@points(0.75)
@hint("What does the memory hold when your function is called again?")
def test_each_call_starts_with_an_empty_memory(student, rng):
    """A call knows nothing of those before."""
    first, second = rng.normal(size=(2, 3, 3)).round(3).tolist()
    called_twice(student.gate_trace, (first, 1.0, 0.5), (second, 1.0, 0.5))
    _compare(student, second, 1.0, 0.5)
