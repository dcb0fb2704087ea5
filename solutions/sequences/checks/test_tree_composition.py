"""One vector for a tree (grade cell `tree_composition`, 3 points).

Source: S3, video DN60; S4, recursive networks.
"""

import numpy as np
import torch

from autograder.checking import (
    assert_agrees,
    assert_close,
    assert_unchanged,
    called_twice,
    hint,
    points,
)
from reference.bidirectional import compose_tree


def _network(rng, H, L):
    return rng.normal(size=(L, H)), rng.normal(size=(H, 2 * H)) * 0.6, rng.normal(size=H)


def _expected(tree, leaves, W, b):
    leaves, W, b = (torch.from_numpy(np.array(array)) for array in (leaves, W, b))
    return compose_tree(tree, leaves, W, b)


def _arguments(tree, network):
    return dict(zip(("tree", "leaves", "W", "b"), (tree, *network), strict=True))


def _judge(student, tree, network):
    came = assert_unchanged(student.compose_tree, tree, *network)
    assert_close(came, _expected(tree, *network), what=f"the vector of {tree}")


@points(1)
@hint("Which half of W weighs the left part, and what becomes of the sum?")
def test_one_fork(student, rng):
    """Two leaves in both orders; by position and by name; no call knows of another."""
    for tree in ((0, 1), (1, 0)):
        assert_agrees(
            student.compose_tree,
            _expected,
            _arguments(tree, _network(rng, 3, 2)),
            again=_arguments(tree, _network(rng, 3, 2)),
            what=f"the vector of {tree}",
        )


@points(1)
@hint("Do two trees over the same leaves give the same? Follow each fork from the leaves up.")
def test_trees_of_different_shape(student, rng):
    """Left, right and balanced trees over the same four leaves; two trees in turn."""
    network = _network(rng, 2, 4)
    trees = ((((0, 1), 2), 3), (0, (1, (2, 3))), ((0, 1), (2, 3)), ((3, 1), (0, 2)))
    for tree in trees:
        _judge(student, tree, network)
    called_twice(student.compose_tree, (trees[0], *network), (trees[1], *network))


@points(0.5)
@hint("What is the vector of a tree that is one leaf? Is every row of leaves in every tree?")
def test_leaves(student, rng):
    """A single leaf as it is, also leaf 0 and values beyond 1; leaves used twice and not at all."""
    leaves, W, b = _network(rng, 3, 4)
    network = (5 * leaves, W, b)
    for tree in (0, 2, 3, (1, 1), ((2, 0), 2)):
        _judge(student, tree, network)


@points(0.5)
@hint("Try one number in each vector, and a tree that is deep on one side.")
def test_one_number_and_deep_trees(student, rng):
    """H = 1; thirty forks, to the left and to the right. No leaf is so small that tanh keeps it."""
    network = rng.uniform(0.6, 1.2, (3, 1)), np.array([[0.9, 0.3]]), 0.1 * rng.normal(size=1)
    left, right = 0, 2
    for step in range(30):
        left, right = (left, step % 3), (step % 3, right)
    for tree in ((2, (0, 1)), left, right):
        _judge(student, tree, network)
