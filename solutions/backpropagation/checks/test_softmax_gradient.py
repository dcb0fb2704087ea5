"""Gradient of softmax with cross-entropy (grade cell `softmax_gradient`, 4 points).

Source: S4, S0. The loss is the batch's mean.
"""

import torch

from autograder.checking import (
    AUTOGRAD,
    assert_close,
    assert_not_used,
    assert_unchanged,
    called_twice,
    hint,
    points,
    ways_to_call,
)
from reference.losses import softmax_cross_entropy_gradient

WHY = "automatic differentiation is what you rebuild here"


def drawn(generator, B, K):
    """Draw scores and classes."""
    scores = 2 * torch.randn(B, K, generator=generator, dtype=torch.float64)
    return scores, torch.randint(K, (B,), generator=generator)


def expected(scores, classes):
    """Return the reference's gradient of the mean loss."""
    return softmax_cross_entropy_gradient(scores, classes) / len(scores)


def compare(student, scores, classes, what):
    """Call, and compare."""
    assert_not_used(student, "softmax_slopes_answer", AUTOGRAD, why=WHY)
    assert_close(student.softmax_slopes(scores, classes), expected(scores, classes), what=what)


@points(1)
@hint("For one row: which class gets a negative slope, and what do all slopes of the row add up to?")
def test_one_example(student, generator):
    """Each class is the right one once; ties; a single class; both precisions."""
    for K in (1, 2, 5):
        scores, _ = drawn(generator, 1, K)
        for c in range(K):
            compare(student, scores, torch.tensor([c]), f"the slopes for {K} classes")
    compare(student, torch.zeros(1, 4), torch.tensor([2]), "the slopes for four equal scores")
    scores, classes = drawn(generator, 1, 3)
    compare(student, scores.float(), classes, "the slopes in single precision")


@points(1)
@hint("Each row has probabilities of its own. What does the mean over the batch do with its slopes?")
def test_batches(student, generator):
    """More rows than classes, fewer, and as many; a batch of equal rows; every way to call."""
    for B, K in ((2, 3), (4, 4), (7, 2), (3, 1)):
        compare(student, *drawn(generator, B, K), f"the slopes for a batch of {B}")
    scores, classes = drawn(generator, 1, 3)
    compare(student, scores.expand(4, 3).clone(), classes.expand(4).clone(), "the slopes")
    scores, classes = drawn(generator, 3, 5)
    for args, kwargs in ways_to_call({"scores": scores, "classes": classes}):
        came = student.softmax_slopes(*args, **kwargs)
        assert_close(came, expected(scores, classes), what="the slopes")


@points(1)
@hint("Which number is taken from the scores before exp, and is it the largest of the same row?")
def test_large_scores(student, generator):
    """Up to ±1000, in one batch and alone."""
    rows = [[1000.0, 999.0, 0.0], [-1000.0, -1001.0, -1000.5], [0.3, -0.2, 0.1], [1000.0, -1000.0, 0.0]]
    classes = torch.tensor([1, 2, 0, 0])
    for dtype in (torch.float64, torch.float32):
        scores = torch.tensor(rows, dtype=dtype)
        compare(student, scores, classes, "the slopes for large scores")
        for i in range(len(rows)):
            compare(student, scores[i : i + 1], classes[i : i + 1], "the slopes for large scores")


@points(1)
@hint("Does your function write into what it is given, or keep something between calls?")
def test_calls_do_not_touch_each_other(student, generator):
    """The arguments stay; a second call knows nothing of the first."""
    first, second = drawn(generator, 1, 4), drawn(generator, 1, 4)
    came = assert_unchanged(student.softmax_slopes, *first)
    assert_close(came, expected(*first), what="the slopes")
    pairs = zip(called_twice(student.softmax_slopes, first, second), (first, second), strict=True)
    for came, call in pairs:
        assert_close(came, expected(*call), what="the slopes of one of two calls")
