"""Class activation maps (grade cell `class_activation`, 2 points).

Source: S4; Zhou et al. 2016.
"""

import torch

from autograder.checking import (
    assert_close,
    assert_unchanged,
    called_twice,
    hint,
    points,
    ways_to_call,
)
from reference.image_networks import class_activation_map


def drawn(generator, K, C, height, width, dtype=torch.float64):
    """Draw maps and weights of both signs."""
    features = torch.randn(K, height, width, generator=generator, dtype=torch.float64)
    return features.to(dtype), torch.randn(C, K, generator=generator, dtype=torch.float64).to(dtype)


@points(1.5)
@hint("Take one place: which number does each map have there, and which weight has this map for the class?")
def test_every_class(student, generator):
    """All classes; as many maps as classes, more, fewer, one; not square; both precisions."""
    for K, C, height, width in ((3, 3, 4, 5), (5, 2, 2, 6), (1, 4, 3, 3), (2, 1, 1, 1), (3, 4, 3, 3)):
        features, weights = drawn(generator, K, C, height, width)
        for label, right in enumerate(class_activation_map(features, weights)):
            came = student.activation_map(features, weights, label)
            assert_close(came, right, what=f"the map of class {label} of {C}, {K} feature maps")
    features, weights = drawn(generator, 4, 2, 3, 2, torch.float32)
    came = student.activation_map(features, weights, 1)
    assert_close(came, class_activation_map(features, weights)[1], what="the map of class 1")


@points(0.5)
@hint("By position, by name; and what you are given stays as it is.")
def test_calls(student, generator):
    """Every way to call; no change, no memory."""
    first, second = drawn(generator, 3, 2, 4, 4), drawn(generator, 3, 2, 4, 4)
    right = class_activation_map(*first)[1]
    settings = {"features": first[0], "weights": first[1], "label": 1}
    for args, kwargs in ways_to_call(settings):
        assert_close(student.activation_map(*args, **kwargs), right, what="the map of class 1")
    assert_close(assert_unchanged(student.activation_map, *first, 1), right, what="the map")
    came = called_twice(student.activation_map, (*first, 1), (*second, 1))[1]
    assert_close(came, class_activation_map(*second)[1], what="the map of the second of two calls")
