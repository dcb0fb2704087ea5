"""The sharpened image by hand (grade cell `convolve_by_hand`, 3 points).

Source: S4, CNN basics: a 5×5 image and a 3×3 filter.
"""

import torch

from autograder.checking import assert_trace, hint, points
from reference.convolution import conv2d

IMAGE = torch.tensor(
    [
        [105, 102, 100, 97, 96],
        [103, 99, 103, 101, 102],
        [101, 98, 104, 102, 100],
        [99, 101, 106, 104, 99],
        [104, 104, 104, 100, 98],
    ],
    dtype=torch.float64,
)
FILTER = torch.tensor([[0, -1, 0], [-1, 5, -1], [0, -1, 0]], dtype=torch.float64)
ROWS = conv2d(IMAGE[None, None], FILTER[None, None])[0, 0].tolist()
COLUMNS = ("column 0", "column 1", "column 2")
STEPS = ("row 0", "row 1", "row 2")


def judge(student, column):
    """Compare one column of the output, in whatever form the table comes."""
    assert_trace(
        student["sharpened_rows"],
        ROWS,
        columns=COLUMNS,
        steps=STEPS,
        judged=(column,),
        what="sharpened_rows",
    )


@points(1)
@hint("Which pixel lies in the filter's middle one row further down, and which are its neighbours?")
def test_first_column(student):
    """The filter moves down."""
    judge(student, "column 0")


@points(1)
@hint("By how many pixels does the filter move to the right from one stop to the next?")
def test_second_column(student):
    """The filter has moved to the right once."""
    judge(student, "column 1")


@points(1)
@hint("Where does the filter's right edge lie at the last stop of a row?")
def test_third_column(student):
    """The last stop of each row."""
    judge(student, "column 2")
