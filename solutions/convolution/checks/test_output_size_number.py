"""Output size by hand (grade cell `output_size_number`, 2 points).

Source: S3, confirmation test P11 (5×5, filter 3×3, stride 2, padding 1).
"""

from autograder.checking import assert_number, hint
from reference.convolution import output_size


@hint(
    "Draw the image with its ring of zeros, and mark each column where the filter's left edge can stop."
)
def test_side_of_the_output(student):
    """The number is the one that the reference counts."""
    assert_number(
        student["output_side"],
        output_size(5, 3, stride=2, padding=1),
        unit={"": 1, "px": 1, "pixel": 1, "pixels": 1},
        what="output_side",
        why={
            2: "either the padding is missing (it is on both sides), or the filter's first stop.",
            2.5: "a filter stops a whole number of times; was the padding counted on one side only?",
            5: "that is the output for stride 1; the filter moves by two pixels.",
            9: "that is the number of all pixels of the output; asked is one side.",
            1: "the padding makes the image larger, on both sides.",
            7: "that is the padded image; now count where the filter can stop in it.",
        },
    )
