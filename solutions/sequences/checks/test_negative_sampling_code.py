"""The error of negative sampling (grade cell `negative_sampling_code`, 3 points).

Source: S3 section 6; Mikolov et al., 2013.
"""

import numpy as np
import torch

from autograder.checking import assert_agrees, assert_close, hint, points
from reference.words import negative_sampling_loss


def _expected(word, neighbour, noise):
    return negative_sampling_loss(*(torch.from_numpy(np.array(part)) for part in (word, neighbour, noise)))


def _pair(rng, D, K):
    return {
        "word": rng.normal(size=D),
        "neighbour": rng.normal(size=D),
        "noise": rng.normal(size=(K, D)),
    }


def _judge(student, word, neighbour, noise):
    pair = [np.array(part, dtype=float) for part in (word, neighbour, noise)]
    came = student.negative_sampling_error(*pair)
    assert_close(came, _expected(*pair).item(), what="the error")


@points(1.2)
@hint("Follow one pair by hand: which of the two vectors meets the noise, and which sign has its score?")
def test_several_noise_words(student, rng):
    """Sizes that differ and that are equal; by position and by name; no call knows of another."""
    for D, K in ((4, 3), (3, 3), (2, 5)):
        assert_agrees(
            student.negative_sampling_error,
            lambda *pair: _expected(*pair).item(),
            _pair(rng, D, K),
            again=_pair(rng, D, K),
            what="the error",
        )


@points(0.6)
@hint("What is left of the error without noise, and what does a noise word that comes twice add?")
def test_number_of_noise_words(student, rng):
    """K = 0, K = 1, and one word twice."""
    for D, K in ((3, 0), (3, 1), (1, 2)):
        _judge(student, *_pair(rng, D, K).values())
    pair = _pair(rng, 3, 1)
    _judge(student, pair["word"], pair["neighbour"], np.repeat(pair["noise"], 2, axis=0))


@points(0.6)
@hint("What is log σ(0)? Put in vectors of zeros.")
def test_scores_of_zero(student):
    """Every term is ln 2."""
    for K in (0, 1, 4):
        _judge(student, [0.0, 0.0], [1.0, -2.0], np.ones((K, 2)))


@points(0.6)
@hint("Compute log σ(-1000) as your function does, step by step.")
def test_large_scores(student):
    """Scores of 1000 and -1000, for the true pair and for the noise."""
    for true in (1000.0, -1000.0):
        for noise in (1000.0, -1000.0):
            _judge(student, [1.0, 0.0], [true, 3.0], [[noise, 0.5], [0.25, 2.0]])
