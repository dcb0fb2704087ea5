"""Which weight makes a network recurrent (grade cell `third_weight_choice`, 1 point).

Source: S3 "RNN", confirmation test on the three weights.
"""

from autograder.checking import assert_choice, hint, points


@points(1)
@hint("Look for U in the equation of the network: what does it multiply, and what does it help to make?")
def test_third_weight(student):
    """The weight from one state to the next, shared by all steps."""
    assert_choice(
        student["third_weight"],
        "d",
        what="third_weight",
        options=("a", "b", "c", "d", "e"),
        why={
            "a": "y is read off h and goes nowhere in this network's equations.",
            "b": "x of a step enters the state of that same step only.",
            "c": "how many matrices does the table of names at the top list, and for how many steps?",
            "e": "a state is computed from what came before it; what comes later is not known yet.",
        },
    )
