"""Parameters of multilayer perceptrons (grade cell `mlp_parameter_count`, 2 points).

Source: S0 (784-100-10); S2 (256×256×3-100-1, printed without biases).
"""

from autograder.checking import assert_number, hint, points
from reference.multilayer_perceptron import parameter_count

UNITS = {"": 1, "parameters": 1}


@points(1)
@hint("Count for each layer: how many neurons, and how many numbers does one of them have?")
def test_digits_network(student):
    """784-100-10."""
    assert_number(
        student["digits_network_parameters"],
        parameter_count((784, 100, 10)),
        unit=UNITS,
        what="digits_network_parameters",
        why={
            79_400: "those are the weights; the biases are missing.",
            79_500: "the output neurons have biases, too.",
            79_410: "the hidden neurons have biases, too.",
            78_500: "that is the hidden layer alone.",
            80_294: "the input layer computes nothing and has no biases.",
            894: "those are the neurons; asked is how many weights and biases they have.",
        },
    )


@points(1)
@hint("How many inputs does an image have, and which biases does the printed number leave out?")
def test_photo_network(student):
    """196,608-100-1 with all biases."""
    assert_number(
        student["photo_network_parameters"],
        parameter_count((256 * 256 * 3, 100, 1)),
        unit=UNITS,
        what="photo_network_parameters",
        why={
            19_660_900: "that is the printed number: 196,608 · 100 + 100 leaves the biases out.",
            19_661_000: "one neuron's bias is still missing.",
            19_660_901: "the hidden neurons have biases, too.",
            6_553_801: "every pixel has three numbers.",
        },
    )
