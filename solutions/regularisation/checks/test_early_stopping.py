"""Early stopping (grade cell `early_stopping`, 3 points). Source: S0."""

import math

import torch

from autograder.checking import (
    EXACT,
    assert_number,
    assert_unchanged,
    called_twice,
    hint,
    points,
    unpack,
    ways_to_call,
)
from reference.regularisation import early_stop


def _judge(came, losses, patience=3):
    right = early_stop(losses, patience)
    stopped, best = unpack(came, 2, "the result of when_to_stop")
    assert_number(stopped, right.stopped_at, tolerance=EXACT, what="the epoch after which training stops", text=False)
    assert_number(best, right.best_at, tolerance=EXACT, what="the best epoch", text=False)


def _drawn(generator):
    """Drawn values of one course: better at epoch 2, up and down above it, and best long after the stop."""
    course = torch.tensor([0.9, 1.5, 0.8, 1.5, 1.2, 1.5, 1.5, 1.5, 1.5, 1.5, 0.3, 1.0], dtype=torch.float64)
    return (course + 0.05 * torch.rand(12, generator=generator, dtype=torch.float64)).tolist()


@points(1.2)
@hint("Go through the table of the example: when exactly is the patience used up? What is never seen?")
def test_patience_runs_out(student):
    """A minimum that comes too late, one just in time, and one just too late."""
    losses = [3.0, 2.0, 2.5, 2.4, 2.3, 1.0, 1.5, 1.6, 1.7, 1.8]
    for patience in (1, 2, 3, 4, 5, 9):
        _judge(student.when_to_stop(losses, patience), losses, patience)
    _judge(student.when_to_stop([1.0, 2.0, 3.0, 4.0], 2), [1.0, 2.0, 3.0, 4.0], 2)


@points(0.6)
@hint("What if the loss falls to the end? What if there is one epoch only?")
def test_it_goes_on_to_the_end(student):
    """The patience never runs out; one epoch."""
    for losses in ([5.0, 4.0, 3.0, 2.0], [1.0], [2.0, 3.0], [1.0, 2.0, 0.5, 0.7, 0.6], [-1.0, -2.0, -1.5]):
        _judge(student.when_to_stop(losses), losses)
        _judge(student.when_to_stop(losses, 10), losses, 10)


@points(0.6)
@hint("Is an equal loss an improvement? Is one that is not a number?")
def test_ties_and_no_numbers(student):
    """Equal losses, and nan in the middle and at the end."""
    for losses in ([1.0, 1.0, 1.0, 1.0, 1.0], [3.0, 2.0, 2.0, 2.5, 1.0], [2.0, 1.0, 2.0, 1.0, 0.9]):
        _judge(student.when_to_stop(losses, 2), losses, 2)
    for losses in ([2.0, math.nan, 1.0, 3.0, 3.0, 3.0], [2.0, math.nan, math.nan, 1.0], [2.0, 1.0, math.nan]):
        _judge(student.when_to_stop(losses, 2), losses, 2)


@points(0.6)
@hint("What is the patience when it is left out? Each call stands for itself; what is given stays as it is.")
def test_ways_to_call(student, generator):
    """Drawn losses, in every way to call; the patience by default; no call knows of another."""
    for losses in ([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [1.0, 2.0, 3.0, 0.5]):  # neither two nor four
        _judge(student.when_to_stop(losses), losses)
    losses, other = (_drawn(generator) for _ in range(2))
    for args, kwargs in ways_to_call({"losses": losses, "patience": 4}):
        _judge(assert_unchanged(student.when_to_stop, *args, **kwargs), losses, 4)
    both = called_twice(student.when_to_stop, (losses, 2), (other, 2))
    for came, of in zip(both, (losses, other), strict=True):
        _judge(came, of, 2)
