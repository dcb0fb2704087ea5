"""The last corner of the padded output (grade cell `padded_corner`, 1 point).

Source: S4, CNN basics: padding. The first corner, 320, is the example of the text.
"""

import torch

from autograder.checking import assert_number, hint
from reference.convolution import conv2d

CORNER = torch.tensor([[104, 99], [100, 98]], dtype=torch.float64)  # the image's last two rows
FILTER = torch.tensor([[0, -1, 0], [-1, 5, -1], [0, -1, 0]], dtype=torch.float64)


@hint("Lay the filter's middle on the last pixel. Which of its neighbours are in the image?")
def test_last_corner(student):
    """What the filter gives where two of the four neighbours are zeros."""
    expected = float(conv2d(CORNER[None, None], FILTER[None, None], padding=1)[0, 0, 1, 1])
    assert_number(
        student["last_corner"],
        expected,
        what="last_corner",
        why={
            113: "that is the last number without padding; with it the filter goes further out.",
            320: "that is the first corner.",
            490: "the neighbours are subtracted.",
            187: "the pixel on the slant has the weight 0 in the filter.",
            93: "beyond the rim there are zeros, not the rim's pixels again.",
        },
    )
