"""The first output as a formula (grade cell `first_output_formula`, 3 points).

Source: S3 P46.
"""

from autograder.checking import assert_symbolic, hint

_HIDDEN = "1/(1 + exp(-(w_in*x1 + w*s0 + b)))"


@hint("Name the hidden unit first. Which three terms enter its sigmoid, and which two that of the output?")
def test_first_output(student):
    """Any form of the right function is right."""
    assert_symbolic(
        student["first_output"],
        f"1/(1 + exp(-(w_out*{_HIDDEN} + c)))",
        variables="x1 s0 w_in w w_out b c",
        what="first_output",
        why={
            _HIDDEN: "that is the hidden unit; the output is computed from it.",
            f"w_out*{_HIDDEN} + c": "the output has a sigmoid of its own.",
            "1/(1 + exp(-(w_out*(w_in*x1 + w*s0 + b) + c)))": "the hidden unit has a sigmoid, too.",
            "1/(1 + exp(-(w_out/(1 + exp(-(w_in*x1 + b))) + c)))": "what does the state before add?",
            f"1/(1 + exp(-(w_out*{_HIDDEN})))": "the output has a bias, too.",
            "1/(1 + exp(-(w_out/(1 + exp(-(w_in*x1 + w*s0))) + c)))": "the hidden unit has a bias.",
            f"1/(1 + exp(w_out*{_HIDDEN} + c))": "which sign has a in the sigmoid of a?",
        },
    )
