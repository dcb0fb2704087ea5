"""The five input and output modes (grade cell `input_output_modes`, 2 points).

Source: S2 p. 43-48.
"""

from autograder.checking import WrongAnswer, assert_choice, hint, points

_MODES = ("a", "b", "c", "d", "e")
_LENGTHS = "does it have several steps?"


def _judge(student, expected, why):
    """Compare the tasks of one mode."""
    table = student["task_modes"]
    if not isinstance(table, dict):
        raise WrongAnswer("task_modes is no dict; expected one mode for each task.")
    for task in expected:
        reasons = {mode: text for mode, text in why.items() if mode != expected[task]}
        assert_choice(
            table.get(task), expected[task], what=f"the mode of {task}", options=_MODES, why=reasons
        )


@points(0.2)
@hint("Does anything in this task have steps?")
def test_nothing_is_a_sequence(student):
    """One picture, one digit."""
    why = {mode: "one picture goes in, one digit comes out." for mode in "bcde"}
    _judge(student, {"digit": "a"}, why)


@points(0.6)
@hint("What goes in: does it have steps? What comes out: does it have steps?")
def test_a_sequence_comes_out_only(student):
    """From one thing of fixed size to a sequence."""
    why = {mode: f"look at what goes in: {_LENGTHS}" for mode in "cde"}
    why["a"] = f"look at what comes out: {_LENGTHS}"
    _judge(student, {"caption": "b", "melody": "b"}, why)


@points(0.6)
@hint("How many answers are wanted, and when can they be given?")
def test_a_sequence_goes_in_only(student):
    """From a sequence to one answer."""
    why = {mode: f"look at what comes out: {_LENGTHS}" for mode in "bde"}
    why["a"] = f"look at what goes in: {_LENGTHS}"
    _judge(student, {"review": "c", "rain": "c"}, why)


@points(0.6)
@hint("When can the first element of the output be known: at once, or after the whole input?")
def test_two_sequences(student):
    """Both are sequences: they differ in whether the output may begin at once."""
    why = {mode: "both what goes in and what comes out have several steps." for mode in "abc"}
    why["d"] = why["e"] = "can each output be given as soon as its own input has been read?"
    _judge(student, {"translation": "d", "frames": "e"}, why)
