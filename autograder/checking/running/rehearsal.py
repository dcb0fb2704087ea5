"""A check of nobody's work, run once in the warm server so that the first real one is fast.

What it guarantees: it goes the way of a real check, through pytest, the fixtures and the
comparisons, so that what these import and cache lazily is there before the first
fork. It knows no student.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np
import pytest
import torch

from autograder.checking.choice import assert_choice
from autograder.checking.compare import assert_close
from autograder.checking.errors import WrongAnswer
from autograder.checking.number import assert_number
from autograder.checking.student import Student
from autograder.checking.symbolic import assert_symbolic
from autograder.checking.tolerance import Tolerance
from autograder.checking.trace import assert_trace
from autograder.wire.codec import decode, encode
from autograder.wire.namespace import Namespace

_ANYTHING = Tolerance(0.0, 1e9, "only that the comparison runs matters")


class EchoNamespace:
    """A namespace without a process: a call sends its first argument through the codec and back."""

    dead = ""
    ended = False
    answered = True

    def renew(self, _seed: int) -> None:
        """Do nothing."""

    def call(
        self,
        _target: str,
        args: Sequence[Any],
        _kwargs: Mapping[str, Any],
        _seconds: float,
        **_: object,
    ) -> Any:
        """Return the first argument."""
        return decode(encode(args[0]))

    def forbid(self, names: Sequence[str]) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


class EchoProcess:
    """Stands for a student's process."""

    dead = ""

    def fileno(self) -> int:
        """Return no descriptor."""
        return -1

    def namespace(self, _seconds: float = 0.0) -> Namespace:
        """Return the echo."""
        return cast(Namespace, EchoNamespace())

    def fork(self, _seed: int, _seconds: float = 0.0) -> Namespace | None:
        """Return no fork."""
        return None


def test_rehearsal(
    student: Student, generator: torch.Generator, rng: np.random.Generator, seed: int
) -> None:
    """What comes back is what was sent."""
    x = torch.randn(3, 2, generator=generator) + seed
    assert_close(student.echo(x), x)
    assert_close(student.echo(rng.normal(size=(2, 2))), np.zeros((2, 2)), tolerance=_ANYTHING)
    assert_number(student.echo("3 px"), 3, unit="px")
    assert_choice(student.echo("a)"), "a")
    assert_symbolic(student.echo("exp(x) + x^2"), "x*x + exp(x)", variables="x")
    assert_trace(student.echo([(1, 2)]), [(1, 2)], columns=("a", "b"))
    with pytest.raises(WrongAnswer):  # its words are made by what only a first time imports
        assert_close(student.echo(-x), x)
