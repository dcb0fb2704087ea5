"""An inception module (grade cell `inception`, 3 points).

Source: S4, GoogLeNet. The reference's module is given the same filters, and biases of 0.
"""

import torch

from autograder.checking import (
    assert_close,
    assert_tensor,
    assert_unchanged,
    called_twice,
    hint,
    points,
)
from reference.image_networks import Inception, InceptionConfig

NAMES = ("one", "three_reduce", "three", "five_reduce", "five", "pool")


def drawn(generator, C, sizes, dtype=torch.float64):
    """Draw the six filters for a module on C maps.

    The first filter behind the pooling is negative: what is negative shows behind its ReLU.
    """
    one, three_reduce, three, five_reduce, five, pool = sizes
    shapes = (
        (one, C, 1, 1),
        (three_reduce, C, 1, 1),
        (three, three_reduce, 3, 3),
        (five_reduce, C, 1, 1),
        (five, five_reduce, 5, 5),
        (pool, C, 1, 1),
    )
    filters = {
        name: torch.randn(shape, generator=generator, dtype=torch.float64).to(dtype)
        for name, shape in zip(NAMES, shapes, strict=True)
    }
    filters["pool"][0] = -filters["pool"][0].abs()
    return filters


def expected(x, filters):
    """Return the reference's maps."""
    sizes = [len(filters[name]) for name in NAMES]
    module = Inception(x.shape[1], InceptionConfig(*sizes)).to(x.dtype)
    layers = (module.one[0], module.three[0][0], module.three[1][0])
    layers += (module.five[0][0], module.five[1][0], module.pool[1][0])
    with torch.no_grad():
        for layer, name in zip(layers, NAMES, strict=True):
            layer.weight.copy_(filters[name])
            layer.bias.zero_()
        return module(x)


def maps(generator, *shape, dtype=torch.float64):
    """Draw maps of both signs."""
    return torch.randn(*shape, generator=generator, dtype=torch.float64).to(dtype)


def parts(came, filters):
    """Cut what came into the branches, where its size lets one."""
    sizes = [len(filters[name]) for name in ("one", "three", "five", "pool")]
    if isinstance(came, torch.Tensor) and came.ndim == 4 and came.shape[1] == sum(sizes):
        return dict(zip(("one", "three", "five", "pool"), came.split(sizes, dim=1), strict=True))
    return {"one": came, "three": came, "five": came, "pool": came}


def judge(student, x, filters, *names):
    """Compare some branches."""
    came = assert_tensor(student.inception_module(x, filters), what="what inception_module returns")
    came = parts(came, filters)
    right = parts(expected(x, filters), filters)
    for name in names:
        assert_close(came[name], right[name], what=f"the maps of the branch {name}")


CASES = (((2, 3, 5, 6), (2, 3, 4, 2, 3, 1)), ((1, 1, 1, 1), (1, 1, 1, 1, 1, 1)), ((1, 4, 7, 2), (1, 2, 3, 4, 5, 6)))


@points(1)
@hint("For the branches one, three and five: which filter comes first, which padding, and a ReLU where?")
def test_convolutions(student, generator):
    """Three branches; images that are not square, of one pixel, in both precisions."""
    for shape, sizes in CASES:
        x, filters = maps(generator, *shape), drawn(generator, shape[1], sizes)
        judge(student, x, filters, "one", "three", "five")
    x = maps(generator, 2, 2, 4, 4, dtype=torch.float32)
    filters = drawn(generator, 2, (1, 2, 2, 2, 1, 2), torch.float32)
    judge(student, x, filters, "one", "three", "five")


@points(1)
@hint("The pooling keeps the size. What is its stride, and what counts as the rim: zeros, or nothing?")
def test_pooling(student, generator):
    """The branch with the pooling, also where all numbers are negative."""
    for shape, sizes in CASES:
        x, filters = maps(generator, *shape), drawn(generator, shape[1], sizes)
        judge(student, x, filters, "pool")
        judge(student, -1 - x.abs(), filters, "pool")


@points(1)
@hint("In which order do the branches stand, and does your function change what it is given?")
def test_whole(student, generator):
    """The whole output; arguments by name stay; nothing is kept between calls."""
    calls = []
    for _ in range(2):
        calls.append((-maps(generator, 2, 3, 4, 5).abs(), drawn(generator, 3, (2, 1, 3, 1, 4, 1))))
    x, filters = calls[0]
    came = assert_unchanged(student.inception_module, x=x, filters=filters)
    assert_close(came, expected(x, filters), what="the maps of all branches")
    for came, call in zip(called_twice(student.inception_module, *calls), calls, strict=True):
        assert_close(came, expected(*call), what="the maps of one of two calls")
