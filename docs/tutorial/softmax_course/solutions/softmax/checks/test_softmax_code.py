"""Softmax with a temperature (grade cell `softmax_code`, 4 points)."""

import torch

from autograder.checking import assert_close, hint, points


@points(2)
@hint("Every row is a distribution of its own: sum over the classes, dim=1.")
def test_rows_are_distributions(student, generator):
    scores = torch.randn(4, 3, generator=generator)
    assert_close(student.softmax(scores), torch.softmax(scores, dim=1))


@points(1)
@hint("Divide the scores by the temperature before the exponential.")
def test_temperature_divides_the_scores(student, generator):
    scores = torch.randn(2, 5, generator=generator)
    for temperature in (0.5, 3.0):
        expected = torch.softmax(scores / temperature, dim=1)
        assert_close(student.softmax(scores, temperature), expected)


@points(1)
@hint("exp(1000) overflows. Subtract the largest score of each row first; nothing else changes.")
def test_large_scores_do_not_overflow(student, generator):
    scores = torch.randn(3, 4, generator=generator) * 10 + 1000
    assert_close(student.softmax(scores), torch.softmax(scores, dim=1))
