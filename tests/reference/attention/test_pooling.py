"""Attention pooling over words, and a mask over an image."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn

from reference.attention import (
    DocumentClassifier,
    DocumentConfig,
    SpatialAttention,
    SpatialConfig,
    attention_pool,
    spatial_attention,
)
from reference.errors import ConfigError, ShapeError
from reference.training import fit

Draw = Callable[..., torch.Tensor]


def test_pooling_is_a_weighted_mean(randn: Draw):
    """Weights by hand sum to one; equal words get equal weights; padding gets none."""
    states, W, b, v = randn(2, 5, 3), randn(4, 3), randn(4), randn(4)
    c, weights = attention_pool(states, W, b, v)
    scores = [torch.tanh(states[:, s] @ W.T + b) @ v for s in range(5)]
    expected = torch.stack(scores, -1).softmax(-1)
    torch.testing.assert_close(weights, expected)
    torch.testing.assert_close(c, (expected[..., None] * states).sum(1))
    same = states[:, :1].expand(2, 5, 3)
    torch.testing.assert_close(attention_pool(same, W, b, v)[1], torch.full((2, 5), 0.2).double())
    mask = torch.tensor([[True, True, False, False, False]])
    assert (attention_pool(states, W, b, v, mask)[1][:, 2:] == 0).all()


def test_the_order_of_the_words_does_not_matter(generator):
    """Turned round, the same scores, and the weights turned round."""
    model = DocumentClassifier(DocumentConfig(5, 4, 3, 2), generator).double()
    document = torch.randint(5, (6, 2), generator=generator)
    scores, weights = model(document)
    turned, turned_weights = model(document.flip(0))
    torch.testing.assert_close(scores, turned)
    torch.testing.assert_close(weights, turned_weights.flip(0))


def test_padding_changes_no_document(generator):
    """Whatever stands behind the words."""
    model = DocumentClassifier(DocumentConfig(5, 4, 3, 2), generator).double()
    document, lengths = torch.randint(5, (6, 2), generator=generator), torch.tensor([2, 6])
    other = document.clone()
    other[2:, 0] = 4
    for a, b in zip(model(document, lengths), model(other, lengths), strict=True):
        assert torch.equal(a, b)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_word_that_decides_is_looked_at(seed: int):
    """One of two judging words among six of filler: over 95 % right, most weight on that word."""
    generator = torch.Generator().manual_seed(seed)
    model = DocumentClassifier(DocumentConfig(8, 6, 6, 2), generator)

    def batch(count: int) -> tuple[torch.Tensor, ...]:
        words = torch.randint(2, 8, (7, count), generator=generator)
        good = torch.randint(2, (count,), generator=generator)
        place = torch.randint(7, (count,), generator=generator)
        words[place, torch.arange(count)] = good
        return words, good, place

    def loss(_: int) -> torch.Tensor:
        words, good, _ = batch(64)
        return nn.functional.cross_entropy(model(words)[0], good)

    fit(model.parameters(), loss, 120, 0.05)
    words, good, place = batch(300)
    scores, weights = model(words)
    assert (scores.argmax(-1) == good).float().mean() > 0.95
    assert weights[place, torch.arange(300)].mean() > 0.5


def test_a_mask_of_ones_and_zeros_keeps_and_closes(generator, randn: Draw):
    """Scores of ±50 are a cut-out; what is closed cannot reach the output."""
    images = randn(2, 3, 4, 4)
    scores = torch.full((2, 1, 4, 4), -50.0).double()
    scores[:, :, 1:3, 1:3] = 50
    masked, mask = spatial_attention(images, scores)
    torch.testing.assert_close(masked[:, :, 1:3, 1:3], images[:, :, 1:3, 1:3])
    assert masked[:, :, 0].abs().max() < 1e-20
    assert mask.shape == (2, 1, 4, 4)
    model = SpatialAttention(SpatialConfig(3, 2), generator).double()
    masked, mask = model(images)
    torch.testing.assert_close(masked, mask * images)
    with pytest.raises(ShapeError, match="scores"):
        spatial_attention(images, scores[:1])
    with pytest.raises(ConfigError, match="odd"):
        SpatialConfig(3, 2, 4)


def test_the_mask_finds_the_fish_on_any_plate():
    """A bar or a block somewhere on a plate of random grey: the mask is lighter there."""
    generator = torch.Generator().manual_seed(0)
    attend = SpatialAttention(SpatialConfig(1, 6), generator)
    classify = nn.utils.skip_init(nn.Linear, 1, 2)
    with torch.no_grad():
        classify.weight.copy_(torch.tensor([[-2.0], [2.0]]))  # much of it is a block
        classify.bias.copy_(torch.tensor([1.0, -1.0]))

    def batch(count: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        plate = torch.rand(count, 1, 1, 1, generator=generator) * 0.5
        where = torch.zeros(count, 1, 8, 8, dtype=torch.bool)
        tall = torch.randint(2, (count,), generator=generator)
        for i in range(count):
            top, left = torch.randint(5, (2,), generator=generator).tolist()
            where[i, 0, top : top + 3, left : left + (3 if tall[i] else 1)] = True
        return torch.where(where, torch.ones(()), plate.expand(count, 1, 8, 8)), tall, where

    def loss(_: int) -> torch.Tensor:
        images, tall, _ = batch(32)
        return nn.functional.cross_entropy(classify(8 * attend(images)[0].mean((2, 3))), tall)

    fit([*attend.parameters(), *classify.parameters()], loss, 150, 0.03)
    images, tall, where = batch(200)
    masked, mask = attend(images)
    assert (classify(8 * masked.mean((2, 3))).argmax(1) == tall).float().mean() > 0.9
    assert mask[where].mean() > mask[~where].mean() + 0.2
