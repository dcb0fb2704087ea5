"""The gate trace by hand, ideal gates (grade cell `gate_trace_ideal`, 3 points)."""

from autograder.checking import assert_trace, hint, points
from reference.gated import TRACE_INPUTS, gate_trace

_ROWS = gate_trace(TRACE_INPUTS, "ideal")
_STEPS = [str(x) for x in TRACE_INPUTS]


def _column(student, number):
    """One column of the student's table, as a table; whatever has no such column stays as it is."""
    try:
        return [[row[number]] for row in student["trace"]]
    except (TypeError, LookupError):
        return student["trace"]


@points(2)
@hint("x2 = 1 adds x1 to what is there, x2 = 0 keeps it, x2 = -1 erases it.")
def test_memory(student):
    expected = [[row.memory] for row in _ROWS]
    assert_trace(_column(student, 0), expected, columns=["memory"], steps=_STEPS)


@points(1)
@hint("The output shows the memory where x3 = 1 and is 0 elsewhere; showing does not erase.")
def test_output(student):
    expected = [[row.output] for row in _ROWS]
    assert_trace(_column(student, 1), expected, columns=["output"], steps=_STEPS)
