"""Parameters of three layers (grade cell `filter_count`, 3 points).

Source: S4 (GoogLeNet's table prints 2.7K for its first layer; it has 9,408 weights).
"""

from autograder.checking import assert_number, hint, points
from reference.convolution import filter_parameters
from reference.multilayer_perceptron import parameter_count

UNITS = {"": 1, "parameters": 1}


@points(1)
@hint("How many numbers lie in one window of a colour image, and what does each filter have besides?")
def test_first_layer(student):
    """64 filters of 7×7 on three channels."""
    assert_number(
        student["first_layer_parameters"],
        filter_parameters(3, 64, 7),
        unit=UNITS,
        what="first_layer_parameters",
        why={
            9_408: "those are the weights; each filter has a bias, too.",
            3_200: "a filter looks through all channels of the image.",
            3_136: "a filter looks through all channels of the image.",
            2_700: "that is the printed number, which is wrong.",
            9_409: "each filter has a bias of its own.",
            9_600: "one filter has one bias, however many channels it looks through.",
            148: "that is one filter.",
        },
    )


@points(1)
@hint("How deep is one of the filters, and how many of them are there?")
def test_deep_layer(student):
    """512 filters of 3×3 on 256 maps."""
    assert_number(
        student["deep_layer_parameters"],
        filter_parameters(256, 512, 3),
        unit=UNITS,
        what="deep_layer_parameters",
        why={
            1_179_648: "those are the weights; each filter has a bias, too.",
            5_120: "a filter looks through all maps of the layer before.",
            1_179_904: "there is a bias for each filter, not for each map it looks through.",
            1_310_720: "one filter has one bias, however many maps it looks through.",
            2_305: "that is one filter.",
        },
    )


@points(1)
@hint("How many numbers come out, and how many weights does one of them have when it sees every pixel?")
def test_dense_layer(student):
    """1,024 inputs, 4,704 outputs."""
    assert_number(
        student["dense_layer_parameters"],
        parameter_count((32 * 32, 6 * 28 * 28)),
        unit=UNITS,
        what="dense_layer_parameters",
        why={
            4_816_896: "those are the weights; each output has a bias, too.",
            156: "that is the convolution; without shared weights each output has its own.",
            803_600: "there are six maps.",
            6_150: "there is an output for each place of each map.",
            4_816_902: "each output number has a bias of its own.",
        },
    )
