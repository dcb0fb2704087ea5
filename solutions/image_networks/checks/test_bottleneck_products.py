"""Multiplications with and without a bottleneck (grade cell `bottleneck_products`, 3 points).

Source: S4, GoogLeNet: 112.9 M and 5.3 M, which it calls parameters.
"""

from autograder.checking import assert_number, hint, points
from reference.convolution import filter_parameters, multiplications

THIN = multiplications(480, 16, 1, 14, 14)
WIDE = multiplications(16, 48, 5, 14, 14)


@points(1)
@hint("How many numbers has the output, and how many products does one of them take?")
def test_direct(student):
    """5×5 on all 480 maps."""
    assert_number(
        student["products_direct"],
        multiplications(480, 48, 5, 14, 14),
        what="products_direct",
        why={
            112_900_000: "that is rounded; asked is the exact number.",
            576_000: "those are the weights; each is used at every place.",
            235_200: "every window is 480 maps deep.",
            2_352_000: "that is for one map of the output.",
            22_579_200: "a window of a 5×5 filter has 25 places.",
        },
    )


@points(1)
@hint("Write both layers down like the example by hand. How many maps does each see, and make?")
def test_bottleneck(student):
    """1×1 to 16 maps, then 5×5."""
    assert_number(
        student["products_bottleneck"],
        THIN + WIDE,
        what="products_bottleneck",
        why={
            THIN: "that is the 1×1 convolution alone.",
            WIDE: "that is the 5×5 convolution alone.",
            5_300_000: "that is rounded; asked is the exact number.",
            26_880: "those are the weights; each is used at every place.",
            THIN + 112_896_000: "behind the 1×1 convolution there are 16 maps only.",
        },
    )


@points(1)
@hint("A weight is used at every place of the image. How often is it counted?")
def test_weights(student):
    """The weights of both layers."""
    assert_number(
        student["weights_bottleneck"],
        filter_parameters(480, 16, 1, bias=False) + filter_parameters(16, 48, 5, bias=False),
        what="weights_bottleneck",
        why={
            26_944: "asked are the weights without biases.",
            19_200: "the 1×1 filters are weights, too.",
            7_680: "the 5×5 filters are missing.",
            THIN + WIDE: "those are the products; the places of the image share their weights.",
            576_000: "that is the layer without the bottleneck.",
        },
    )
