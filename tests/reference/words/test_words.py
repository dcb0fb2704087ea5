"""Embeddings and word2vec: torch's own layers, closed forms, counts of the exam note."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from reference import ConfigError, ShapeError
from reference.data.text import Vocabulary, words
from reference.errors import DataError
from reference.words import (
    CBOW,
    CBOWConfig,
    Embedding,
    EmbeddingConfig,
    NegativeSampling,
    NegativeSamplingConfig,
    SkipGram,
    SkipGramConfig,
    context_windows,
    draw_negatives,
    embed,
    nearest,
    negative_sampling_loss,
    noise_distribution,
    one_hot,
    skip_gram_pairs,
)

TOLERANCE = {"rtol": 1e-9, "atol": 1e-9}


def test_one_hot_agrees_with_torch(generator):
    """The same ones as torch's, any shape of ids."""
    ids = torch.randint(9, (3, 4), generator=generator)
    assert torch.equal(one_hot(ids, 9), nn.functional.one_hot(ids, 9).float())


def test_embedding_is_e_times_w(generator):
    """S3 P111: picking a column is the product with the one-hot vector, and its gradient too."""
    layer = Embedding(EmbeddingConfig(9, 4), generator).double()
    ids = torch.randint(9, (3, 5), generator=generator)
    by_product = embed(layer.E, one_hot(ids, 9))
    torch.testing.assert_close(layer(ids), by_product, **TOLERANCE)
    (a,) = torch.autograd.grad(layer(ids).pow(2).sum(), layer.E)
    (b,) = torch.autograd.grad(by_product.pow(2).sum(), layer.E)
    torch.testing.assert_close(a, b, **TOLERANCE)


def test_embedding_agrees_with_torch(generator):
    """torch.nn.Embedding with the transposed matrix: forward and gradient."""
    ours, theirs = Embedding(EmbeddingConfig(9, 4), generator).double(), nn.Embedding(9, 4).double()
    with torch.no_grad():
        theirs.weight.copy_(ours.E.T)
    ids = torch.randint(9, (3, 5), generator=generator)
    torch.testing.assert_close(ours(ids), theirs(ids), **TOLERANCE)
    ours(ids).pow(2).sum().backward()
    theirs(ids).pow(2).sum().backward()
    torch.testing.assert_close(ours.E.grad.T, theirs.weight.grad, **TOLERANCE)


def test_the_vocabulary_of_the_exam_note_has_six_words():
    """Erratum of S3: "I want to eat apples. I like apples." has six different words, not seven."""
    vocabulary = Vocabulary(words("I want to eat apples. I like apples."))
    assert vocabulary.tokens == ("apples", "eat", "i", "like", "to", "want")
    assert len(vocabulary) == 6


def test_the_embedding_needs_no_square_matrix():
    """S3 section 6: V x V weights against V x D."""
    V, D = 1000, 50
    assert sum(p.numel() for p in Embedding(EmbeddingConfig(V, D)).parameters()) == V * D < V * V


def test_windows_and_pairs_by_hand():
    """On five words with a window of two: one full window; every pair at distance one or two."""
    text = torch.tensor([10, 11, 12, 13, 14])
    context, word = context_windows(text, 2)
    assert context.tolist() == [[10, 11, 13, 14]]
    assert word.tolist() == [12]
    pairs = set(zip(*(part.tolist() for part in skip_gram_pairs(text, 2)), strict=True))
    expected = {(10 + i, 10 + j) for i in range(5) for j in range(5) if 0 < abs(i - j) <= 2}
    assert pairs == expected


def test_pairs_are_symmetric(generator):
    """A word is a neighbour of its neighbours."""
    text = torch.randint(20, (40,), generator=generator)
    centre, context = (part.tolist() for part in skip_gram_pairs(text, 3))
    assert sorted(zip(centre, context, strict=True)) == sorted(zip(context, centre, strict=True))


def test_cbow_does_not_know_the_order_of_its_context(generator):
    """A bag of words: permuting the context changes nothing."""
    model = CBOW(CBOWConfig(9, 4), generator).double()
    context = torch.tensor([[1, 2, 3, 4]])
    torch.testing.assert_close(model(context), model(context[:, [2, 0, 3, 1]]), **TOLERANCE)


def test_cbow_with_one_word_is_skip_gram(generator):
    """With a context of one word both are softmax(U E · w)."""
    one, two = CBOW(CBOWConfig(9, 4), generator), SkipGram(SkipGramConfig(9, 4), generator)
    two.load_state_dict(one.state_dict())
    ids = torch.arange(9)
    torch.testing.assert_close(one(ids.unsqueeze(1)), two(ids))


def test_negative_sampling_is_binary_cross_entropy(randn):
    """A true pair with label one and K noise pairs with label zero, summed."""
    v, u, noise = randn(6, 4), randn(6, 4), randn(6, 3, 4)
    scores = torch.cat([(v * u).sum(-1, keepdim=True), torch.einsum("bkd,bd->bk", noise, v)], 1)
    labels = torch.tensor([1.0, 0, 0, 0], dtype=torch.float64).expand(6, 4)
    expected = nn.functional.binary_cross_entropy_with_logits(scores, labels, reduction="none")
    torch.testing.assert_close(negative_sampling_loss(v, u, noise), expected.sum(1), **TOLERANCE)


def test_at_the_start_nothing_is_known(generator):
    """With the neighbours' embedding at zero every pair costs (1 + K) log 2."""
    model = NegativeSampling(NegativeSamplingConfig(9, 4), generator)
    ids = torch.tensor([1, 2])
    loss = model(ids, ids, torch.tensor([[0, 1, 2], [3, 4, 5]]))
    torch.testing.assert_close(loss, torch.full((2,), 4 * 0.6931471805599453))


def test_noise_follows_the_three_quarter_power(generator):
    """The chances are counts^0.75, unseen words are never drawn, and draws follow the chances."""
    noise = noise_distribution(torch.tensor([16, 1, 0, 81]))
    expected = torch.tensor([8.0, 1.0, 0.0, 27.0], dtype=torch.float64) / 36
    torch.testing.assert_close(noise, expected, **TOLERANCE)
    drawn = draw_negatives(noise, 2000, 10, generator)
    share = torch.bincount(drawn.flatten(), minlength=4) / drawn.numel()
    torch.testing.assert_close(share.double(), noise, rtol=0, atol=0.01)


def test_nearest_points_the_same_way():
    """Cosine, not distance: a longer column in the same direction is the nearest."""
    E = torch.tensor([[1.0, 5.0, 0.9, -1.0], [0.0, 0.1, 0.9, 0.0]])
    assert nearest(E, 0, 3).tolist() == [1, 2, 3]


def test_nonsense_is_refused():
    """Windows, counts and shapes that fit nothing."""
    with pytest.raises(DataError, match="no window of 5"):
        context_windows(torch.arange(4), 2)
    with pytest.raises(ConfigError, match="counted"):
        noise_distribution(torch.zeros(3))
    with pytest.raises(ConfigError, match="words"):
        CBOWConfig(0, 3)
    with pytest.raises(ShapeError, match="w has shape"):
        embed(torch.zeros(4, 9), torch.zeros(8))


def test_ids_of_no_word_are_refused():
    """An id below 0 or above the last is an error that says so, not a vector of zeros."""
    layer = Embedding(EmbeddingConfig(3, 2))
    for wrong in (-1, 3):
        for use in (layer, lambda ids: one_hot(ids, 3)):
            with pytest.raises(DataError, match=f"{wrong}, expected 0 to 2|{wrong} to"):
                use(torch.tensor([wrong, 1]))
    assert one_hot(torch.zeros(0, dtype=torch.int64), 3).shape == (0, 3)
    with pytest.raises(ConfigError, match="expected 1 to 2"):
        nearest(layer.E.detach(), 0, 3)


@pytest.mark.parametrize("wrong", [-1, 7])
def test_neighbours_and_noise_that_are_no_word_are_refused(generator, wrong):
    """Indexing would take -1 for the last word."""
    model = NegativeSampling(NegativeSamplingConfig(7, 3), generator)
    word, bad = torch.tensor([1]), torch.tensor([wrong])
    with pytest.raises(DataError, match="context run from"):
        model(word, bad, word.unsqueeze(1))
    with pytest.raises(DataError, match="negatives run from"):
        model(word, word, bad.unsqueeze(1))
