"""The gate trace by hand, ideal gates (grade cell `gate_trace_ideal`, 3 points)."""

from autograder.checking import assert_trace, hint, points
from reference.gated import TRACE_INPUTS, gate_trace

_ROWS = gate_trace(TRACE_INPUTS, "ideal")
_STEPS = [str(x) for x in TRACE_INPUTS]


def _column(student, number):
    """One column of the student's table, as a table; whatever has no such column stays as it is."""
    try:
        return [[row[number]] for row in student["gate_table"]]
    except (TypeError, LookupError):
        return student["gate_table"]


@points(2)
@hint("Read off the table which of the two gates is open for each x2, and follow the memory with it.")
def test_memory(student):
    expected = [[row.memory] for row in _ROWS]
    assert_trace(_column(student, 0), expected, columns=["memory"], steps=_STEPS)


@points(1)
@hint("When is the output gate open? Does showing the memory change it?")
def test_output(student):
    expected = [[row.output] for row in _ROWS]
    assert_trace(_column(student, 1), expected, columns=["output"], steps=_STEPS)
