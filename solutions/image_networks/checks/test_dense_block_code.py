"""A dense block (grade cell `dense_block_code`, 3 points).

Source: S4, DenseNet. The reference's block is given the same filters; its batch normalisation is
switched to doing nothing.
"""

import torch
from torch import nn

from autograder.checking import assert_close, assert_unchanged, called_twice, hint, points
from reference.image_networks import DenseBlock


def drawn(generator, shape, k, layers, dtype=torch.float64):
    """Draw maps and the filters of so many layers."""
    x = torch.randn(shape, generator=generator, dtype=torch.float64).to(dtype)
    filters = [
        torch.randn(k, shape[1] + i * k, 3, 3, generator=generator, dtype=torch.float64).to(dtype) / 2
        for i in range(layers)
    ]
    return x, filters


def expected(x, filters):
    """Return what the reference's block makes of it."""
    if not filters:
        return x
    block = DenseBlock(x.shape[1], len(filters), len(filters[0]), 0).to(x.dtype).eval()
    for module in block.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eps = 0.0
    with torch.no_grad():
        for layer, weight in zip(block.layers, filters, strict=True):
            layer.layers[2].weight.copy_(weight)
        return block(x.clone())


def compare(student, x, filters):
    """Call, and compare."""
    what = f"the maps of {len(filters)} layers on {tuple(x.shape)}"
    assert_close(student.dense_block(x, filters), expected(x, filters), what=what)


@points(1)
@hint("What does one layer see, and where do its maps stand in what comes out?")
def test_one_layer(student, generator):
    """One layer on maps above 0, where the rectifier does nothing; not square, one pixel."""
    for shape, k in (((2, 3, 4, 5), 2), ((1, 1, 1, 1), 1), ((1, 2, 3, 7), 5)):
        x, filters = drawn(generator, shape, k, 1)
        compare(student, x.abs(), filters)
    x, filters = drawn(generator, (2, 2, 3, 3), 2, 1, torch.float32)
    compare(student, x.abs(), filters)


@points(1)
@hint("Which maps does the second layer see: rectified or as they are, and how many?")
def test_many_layers(student, generator):
    """Several layers on maps of both signs, and none."""
    for shape, k, layers in (((2, 3, 4, 5), 2, 3), ((1, 1, 2, 2), 4, 2), ((1, 2, 3, 3), 1, 5)):
        compare(student, *drawn(generator, shape, k, layers))
    compare(student, *drawn(generator, (2, 3, 2, 2), 1, 0))


@points(1)
@hint("Does your function write into the maps or into the list that it is given?")
def test_calls(student, generator):
    """One layer, above 0: by name, no change, no memory."""
    calls = []
    for _ in range(2):
        x, filters = drawn(generator, (1, 2, 3, 4), 3, 1)
        calls.append((x.abs(), filters))
    x, filters = calls[0]
    came = assert_unchanged(student.dense_block, x, filters)
    assert_close(came, expected(x, filters), what="the maps")
    assert_close(student.dense_block(x=x, filters=filters), expected(x, filters), what="the maps")
    for came, call in zip(called_twice(student.dense_block, *calls), calls, strict=True):
        assert_close(came, expected(*call), what="the maps of one of two calls")
