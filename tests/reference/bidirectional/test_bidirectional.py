"""Bidirectional networks and trees: numpy's line from the exam note, torch's own layer, order."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from reference import ConfigError, ShapeError
from reference.bidirectional import (
    BidirectionalConfig,
    BidirectionalRNN,
    DeepBidirectionalConfig,
    DeepBidirectionalRNN,
    TreeConfig,
    TreeRNN,
    balanced_tree,
    compose,
    compose_tree,
    concatenate_directions,
)
from reference.errors import DataError

TOLERANCE = {"rtol": 1e-9, "atol": 1e-9}


def copy_layer(theirs: nn.RNN, ours: nn.Module, name: str) -> None:
    with torch.no_grad():
        getattr(theirs, f"weight_ih_{name}").copy_(ours.W)
        getattr(theirs, f"weight_hh_{name}").copy_(ours.U)
        getattr(theirs, f"bias_ih_{name}").copy_(ours.b)
        getattr(theirs, f"bias_hh_{name}").zero_()


def test_concatenation_is_the_exam_note_s_line(randn):
    """S3 P96: np.concatenate([h_f, h_b[::-1]], axis=1)."""
    h_f, h_b = randn(5, 3), randn(5, 4)
    expected = np.concatenate([h_f.numpy(), h_b.numpy()[::-1]], axis=1)
    assert np.array_equal(concatenate_directions(h_f, h_b).numpy(), expected)


def test_one_layer_agrees_with_torch(generator, randn):
    """torch.nn.RNN(bidirectional=True) with our weights: features and every gradient."""
    ours = BidirectionalRNN(BidirectionalConfig(3, 5, 2), generator).double()
    theirs = nn.RNN(3, 5, bidirectional=True).double()
    copy_layer(theirs, ours.forwards, "l0")
    copy_layer(theirs, ours.backwards, "l0_reverse")
    x = randn(7, 4, 3)
    a, b = ours.states(x), theirs(x)[0]
    torch.testing.assert_close(a, b, **TOLERANCE)
    weight = randn(7, 4, 10)
    (a * weight).sum().backward()
    (b * weight).sum().backward()
    for layer, name in [(ours.forwards, "l0"), (ours.backwards, "l0_reverse")]:
        for mine, theirs_name in [(layer.W, "weight_ih"), (layer.U, "weight_hh")]:
            other = getattr(theirs, f"{theirs_name}_{name}")
            torch.testing.assert_close(mine.grad, other.grad, **TOLERANCE)


def test_deep_network_agrees_with_torch(generator, randn):
    """Three bidirectional layers, each reading both directions below."""
    ours = DeepBidirectionalRNN(DeepBidirectionalConfig(3, 4, 2, layers=3), generator).double()
    theirs = nn.RNN(3, 4, num_layers=3, bidirectional=True).double()
    for i in range(3):
        copy_layer(theirs, ours.forwards[i], f"l{i}")
        copy_layer(theirs, ours.backwards[i], f"l{i}_reverse")
    x = randn(6, 2, 3)
    a, b = ours.states(x), theirs(x)[0]
    torch.testing.assert_close(a, b, **TOLERANCE)
    a.pow(2).sum().backward()
    b.pow(2).sum().backward()
    for i in range(3):
        for mine, name in [
            (ours.forwards[i].W, f"weight_ih_l{i}"),
            (ours.backwards[i].U, f"weight_hh_l{i}_reverse"),
        ]:
            torch.testing.assert_close(mine.grad, getattr(theirs, name).grad, **TOLERANCE)


def test_every_step_sees_past_and_future(generator, randn):
    """A change at any input changes the output at every step."""
    model = BidirectionalRNN(BidirectionalConfig(3, 5, 2), generator).double()
    x = randn(6, 1, 3)
    changed = x.clone()
    changed[2] += 1
    assert (model(x) != model(changed)).all()


def test_turning_time_round_swaps_the_directions(generator, randn):
    """On the reversed sequence, the swapped network gives the reversed features, swapped."""
    model = BidirectionalRNN(BidirectionalConfig(3, 5, 2), generator).double()
    x = randn(6, 2, 3)
    features = model.states(x)
    model.forwards, model.backwards = model.backwards, model.forwards
    swapped = model.states(x.flip(0)).flip(0)
    torch.testing.assert_close(swapped, features.roll(5, dims=-1), **TOLERANCE)


def test_composition_weighs_left_and_right(randn):
    """S3 DN60: tanh(W [left; right] + b), with a weight for each side; order matters."""
    left, right, W, b = randn(2, 4), randn(2, 4), randn(4, 8), randn(4)
    expected = torch.tanh(left @ W[:, :4].T + right @ W[:, 4:].T + b)
    torch.testing.assert_close(compose(left, right, W, b), expected, **TOLERANCE)
    assert not torch.allclose(compose(right, left, W, b), expected)


def test_a_tree_is_its_bracketing(randn):
    """((a b) c) and (a (b c)) are two phrases."""
    leaves, W, b = randn(3, 4), randn(4, 8), randn(4)
    one = compose_tree(((0, 1), 2), leaves, W, b)
    two = compose_tree((0, (1, 2)), leaves, W, b)
    by_hand = compose(compose(leaves[0], leaves[1], W, b), leaves[2], W, b)
    torch.testing.assert_close(one, by_hand, **TOLERANCE)
    assert not torch.allclose(one, two)


def test_a_left_branching_tree_is_a_recurrent_network(generator, randn):
    """With the left half of W as U and the right half as W it is the vanilla network of S0."""
    leaves, W, b = randn(5, 4), randn(4, 8), randn(4)
    h_t = leaves[0]
    for x_t in leaves[1:]:
        h_t = torch.tanh(x_t @ W[:, 4:].T + h_t @ W[:, :4].T + b)
    tree = 0
    for leaf in range(1, 5):
        tree = (tree, leaf)
    torch.testing.assert_close(compose_tree(tree, leaves, W, b), h_t, **TOLERANCE)


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_a_balanced_tree_has_every_leaf_once(count):
    """All leaves, in order, none twice."""

    def leaves(tree) -> list[int]:
        return [tree] if isinstance(tree, int) else leaves(tree[0]) + leaves(tree[1])

    assert leaves(balanced_tree(0, count)) == list(range(count))


def test_nonsense_is_refused(generator, randn):
    """Sizes, trees and directions that do not fit raise our errors."""
    with pytest.raises(ConfigError, match="layers"):
        DeepBidirectionalConfig(3, 4, 2, layers=0)
    with pytest.raises(DataError, match="leaf 7"):
        TreeRNN(TreeConfig(3, 4), generator).double()(randn(3, 3), ((0, 1), 7))
    with pytest.raises(DataError, match="at least one leaf"):
        balanced_tree(0, 0)
    with pytest.raises(ShapeError, match="h_b"):
        concatenate_directions(randn(5, 3), randn(4, 3))
