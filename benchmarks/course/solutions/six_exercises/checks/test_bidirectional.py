"""Bidirectional concatenation (grade cell `bidirectional`, 2 points)."""

import numpy as np

from autograder.checking import assert_close, points


@points(1)
def test_shape_and_values(student, rng):
    forward, backward = rng.normal(size=(6, 3)), rng.normal(size=(6, 4))
    expected = np.concatenate([forward, backward[::-1]], axis=1)
    assert_close(student.concatenate(forward, backward), expected)


@points(1)
def test_one_step(student, rng):
    forward, backward = rng.normal(size=(1, 3)), rng.normal(size=(1, 4))
    assert_close(
        student.concatenate(forward, backward), np.concatenate([forward, backward], axis=1)
    )
