"""The gate trace by hand, ideal gates (grade cell `gate_trace_ideal`, 3 points)."""

from autograder.checking import assert_trace, hint, points
from reference.gated import TRACE_INPUTS, gate_trace

_ROWS = [(row.memory, row.output) for row in gate_trace(TRACE_INPUTS, "ideal")]
_STEPS = [str(x) for x in TRACE_INPUTS]


def _judge(student, column):
    """Compare one column of the student's table, in whatever form it comes."""
    assert_trace(
        student["gate_table"], _ROWS, columns=("memory", "output"), steps=_STEPS, judged=(column,)
    )


@points(2)
@hint("Read off the table which of the two gates is open for each x2, and follow the memory with it.")
def test_memory(student):
    """What the memory holds after each step."""
    _judge(student, "memory")


@points(1)
@hint("When is the output gate open? Does showing the memory change it?")
def test_output(student):
    """What is shown at each step."""
    _judge(student, "output")
