"""LeNet from its table (grade cell `lenet`, 4 points).

Source: S0, S4. The student's weights are put into the reference's network by how many numbers they have, which all
differ, so that layers may be made in any order and in other shapes.
"""

import torch

from autograder.checking import (
    WrongAnswer,
    assert_close,
    assert_number,
    assert_tensor,
    hint,
    points,
)
from reference.image_networks import LeNet, LeNetConfig


def weights_of(model):
    """Return the parameters of the student's network by how many numbers they have."""
    state = model.state_dict()
    if not isinstance(state, dict):
        raise WrongAnswer("The network has no parameters by name; expected a torch.nn.Module.")
    return {value.numel(): value for value in state.values() if isinstance(value, torch.Tensor)}


def laid(value, shape):
    """Return a parameter in the shape of the reference's, whose first axis is that of the outputs.

    A full layer may be a convolution as large as its maps, or a matrix that stands on the right.
    """
    if value.shape[0] != shape[0] and value.shape[-1] == shape[0]:
        value = value.movedim(-1, 0)
    return value.reshape(shape)


def twin(model, classes):
    """Return the reference's network with the student's weights."""
    network, weights = LeNet(LeNetConfig(classes=classes)), weights_of(model)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            shape = tuple(parameter.shape)
            if parameter.numel() not in weights:
                raise WrongAnswer(
                    f"The network has no parameter of the shape {shape}; the table needs one.", name
                )
            parameter.copy_(laid(weights[parameter.numel()], shape))
    return network


@points(1)
@hint("Compare your layers with the table: how many numbers come into each, and how many go out?")
def test_parameters(student):
    """The number of parameters for ten classes and for seven; each call makes a new network."""
    for classes, expected in ((10, 61_706), (7, 61_706 - 3 * 85)):
        model = student.make("build_lenet", classes)
        count = sum(value.numel() for value in weights_of(model).values())
        assert_number(count, expected, what=f"the number of parameters for {classes} classes")
    first, second = (weights_of(student.make("build_lenet")).get(6 * 5 * 5) for _ in range(2))
    if first is None or second is None:
        raise WrongAnswer("The network has no 6 filters of 5 x 5 for one grey image.")
    if torch.equal(first, second):
        raise WrongAnswer("Two calls give networks with the same weights; expected fresh ones.")


@points(1)
@hint("Which shape has the output for one image, and which for five?")
def test_shapes(student, generator):
    """Batches of one and more, by default and by name."""
    for B in (1, 5):
        scores = student.make("build_lenet")(torch.randn(B, 1, 32, 32, generator=generator))
        assert_tensor(scores, (B, 10), what=f"what the network makes of {B} images")
    scores = student.make("build_lenet", classes=3)(torch.randn(2, 1, 32, 32, generator=generator))
    assert_tensor(scores, (2, 3), what="what the network with three classes makes of 2 images")


@points(2)
@hint("Go through the table row by row: what stands behind each convolution, and behind the last layer?")
def test_scores(student, generator):
    """With the same weights, the same scores as the reference."""
    model = student.make("build_lenet")
    network = twin(model, 10)
    images = 2 * torch.randn(4, 1, 32, 32, generator=generator)
    with torch.no_grad():
        assert_close(model(images), network(images), what="the scores of four images")
