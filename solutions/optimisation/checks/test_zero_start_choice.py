"""What hidden units share that start at zero (grade cell `zero_start_choice`, 1 point)."""

from autograder.checking import assert_choice, hint, points


@points(1)
@hint("Write down the gradient of the weights into two hidden units. In what could the two differ?")
def test_choice(student):
    assert_choice(
        student["zero_start"],
        "b",
        what="zero_start",
        options=("a", "b", "c", "d"),
        why={
            "a": "every hidden unit sees the same inputs.",
            "c": "a sigmoid of 0 is one half: look at the gradient of the weights behind it.",
            "d": "a sign would have to come from a difference between two units.",
        },
    )
