"""Size after a transposed convolution (grade cell `transposed_size`, 1 point).

Source: S4.
"""

from autograder.checking import assert_number, hint
from reference.convolution import transposed_output_size


@hint("Where does the first stamp begin, where does the last one begin, and how wide is it?")
def test_side_of_the_output(student):
    """The number is the one that the reference counts."""
    assert_number(
        student["grown_side"],
        transposed_output_size(7, 4, stride=2),
        unit={"": 1, "px": 1, "pixel": 1, "pixels": 1},
        what="grown_side",
        why={
            14: "the last stamp is wider than the stride.",
            2: "that is what a convolution makes of 7; here the map grows.",
            2.5: "that is the rule of the convolution, and not even rounded; here the map grows.",
            18: "between seven stamps there are fewer than seven steps.",
            10: "that is for stride 1.",
            28: "stamps that lie two pixels apart overlap.",
            256: "that is the number of all pixels; asked is one side.",
        },
    )
