"""Pool a 4×4 map, and unpool with the remembered places (grade cell `unpool_trace`, 2 points).

Source: S4, convolutional autoencoder.
"""

import torch

from autograder.checking import assert_trace, hint, points
from reference.convolution import max_pool2d, max_unpool2d

X = torch.tensor([[[1.0, 2, 6, 3], [3, 5, 2, 1], [1, 2, 2, 1], [7, 3, 4, 8]]])
Y = torch.tensor([[[1.0, 2], [3, 4]]])
VALUES, PLACES = max_pool2d(X, 2)


def judge(table, right, what):
    """Compare a table row by row."""
    columns = [f"column {i}" for i in range(right.shape[1])]
    steps = [f"row {i}" for i in range(right.shape[0])]
    assert_trace(table, right.tolist(), columns=columns, steps=steps, what=what)


@points(1)
@hint("Cut X into four windows of two rows and two columns. Which is the largest number of each?")
def test_pooled(student):
    """The four maxima."""
    judge(student["pooled_rows"], VALUES[0], "pooled_rows")


@points(1)
@hint("In which row and column of X did each maximum stand, and which number of Y goes there?")
def test_unpooled(student):
    """Y at the places of the maxima of X."""
    judge(student["unpooled_rows"], max_unpool2d(Y, PLACES, 4, 4)[0], "unpooled_rows")
