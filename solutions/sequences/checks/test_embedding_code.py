"""One-hot words and their features (grade cell `embedding_code`, 3 points).

Source: S3 p. 111, E.dot(w); S2 "word embeddings".
"""

import numpy as np
import torch

from autograder.checking import (
    assert_agrees,
    assert_close,
    assert_raises,
    assert_tensor,
    hint,
    points,
)
from reference.words import embed, one_hot


def _one_hot(ids, V):
    return one_hot(torch.from_numpy(np.array(ids)), V)


def _features(ids, E):
    return embed(torch.from_numpy(np.array(E)), _one_hot(ids, E.shape[1]))


def _text(rng, T, V):
    """Words drawn, but the first and the last of the vocabulary in every text, one of them twice."""
    return np.concatenate([[V - 1, 0, V - 1], rng.integers(0, V, size=T - 3)])


@points(0.8)
@hint("One row for each word of the text: how many ones does it hold, and where?")
def test_one_hot_rows(student, rng):
    """Nine words, some more than once; by position and by name."""
    first, second = ({"ids": _text(rng, 9, 5), "V": 5} for _ in range(2))
    assert_agrees(student.one_hot_words, _one_hot, first, again=second, what="the one-hot rows")


@points(1)
@hint("Row t of the result belongs to word ids[t]. Which part of E is that word's vector?")
def test_features(student, rng):
    """D and V differ, and are equal; more words than the vocabulary has."""
    for D, V in ((3, 7), (4, 4), (6, 2)):
        first, second = ({"ids": _text(rng, 9, V), "E": rng.normal(size=(D, V))} for _ in range(2))
        assert_agrees(student.embed_words, _features, first, again=second, what="the features")


@points(0.5)
@hint("Try a text without words, a text of one word, and a vocabulary of one word.")
def test_smallest_texts(student, rng):
    """T = 0, T = 1, V = 1, D = 1."""
    none, E = np.zeros(0, dtype=int), rng.normal(size=(3, 4))
    assert_tensor(student.one_hot_words(none, 4), (0, 4), what="the one-hot rows of no words")
    assert_tensor(student.embed_words(none, E), (0, 3), what="the features of no words")
    for ids, size in (([2], (3, 4)), ([0, 0], (3, 1)), ([1], (1, 2))):
        ids, E = np.array(ids), rng.normal(size=size)
        V = E.shape[1]
        assert_close(student.one_hot_words(ids, V), _one_hot(ids, V), what="the one-hot rows")
        assert_close(student.embed_words(ids, E), _features(ids, E), what="the features")


@points(0.7)
@hint("What does your function do with -1, and with V? Look at both functions, and at every place.")
def test_numbers_that_are_no_words(student, rng):
    """Just below 0 and just above V - 1, first and last in the text, alone; and far away."""
    E = rng.normal(size=(2, 3))
    for ids in ([-1], [3], [0, 1, -1], [3, 0, 1], [2, -3], [0, 100]):
        what = f"the text {ids} with 3 words"
        assert_raises(ValueError, student.one_hot_words, np.array(ids), 3, what=what)
        assert_raises(ValueError, student.embed_words, np.array(ids), E, what=what)
