"""When students hear what became of a hand-in, and how much: the table `[feedback]`.

A course has one in `course.toml`; the one in `assignment.toml` says what is other there.

What it guarantees:

- Every mistake is said, with what was expected.

What it does not do: apply any of it (`autograder.feedback` does). No report depends on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Self, get_type_hints

from autograder.settings.conversion import convert
from autograder.settings.errors import SettingsError
from autograder.settings.loading import refuse

LONGEST_PAUSE_MINUTES = 7 * 24 * 60
MOST_ATTEMPTS = 1_000
MOST_REQUESTS = 100


class When(StrEnum):
    """When a hand-in is graded, and its verdict shown."""

    SUBMIT = "submit"  # at once
    DEADLINE = "deadline"  # when the student's deadline has passed
    RELEASE = "release"  # graded at once, shown when staff release feedback


class Show(StrEnum):
    """How much of a verdict is shown; each has what is above it."""

    POINTS = "points"  # of each exercise
    VERDICTS = "verdicts"  # each check's, with its message
    HINTS = "hints"  # the authors' hints, too


class Count(StrEnum):
    """Which of a student's attempts counts."""

    LAST = "last"
    BEST = "best"


@dataclass(frozen=True)
class Feedback:
    """When students hear what became of a hand-in, and how much.

    Args:
        when: `submit`: a hand-in is graded at once; `deadline`: when its student's deadline has
            passed; `release`: at once, and shown when staff release feedback.
        show: `points` of each exercise; `verdicts` of each check, with its message; `hints`, too.
        attempts: so many hand-ins have a verdict before the deadline; 0: any number. Further ones
            are stored with their receipt and graded at the deadline.
        pause: minutes from one attempt to the next verdict: after the first, after the second, …;
            the last number goes on. A hand-in within a pause is stored with its receipt, and graded
            when the pause ends.
        count: which attempt counts: the `last`, or the `best` of those in time.
        requests: how often a student may ask for another look at something; 0: never.
        statistics: whether students see how the class did, when enough of it is graded.
    """

    when: When = When.SUBMIT
    show: Show = Show.VERDICTS
    attempts: int = 0
    pause: tuple[float, ...] = (0.0, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
    count: Count = Count.LAST
    requests: int = 5
    statistics: bool = False

    def __post_init__(self) -> None:
        """Check every field.

        Raises:
            SettingsError: one or more are wrong; the message lists all.
        """
        problems = []
        if not 0 <= self.attempts <= MOST_ATTEMPTS:
            problems.append(
                f"attempts is {self.attempts}; expected 0 (any number) to {MOST_ATTEMPTS}"
            )
        if not all(0 <= minutes <= LONGEST_PAUSE_MINUTES for minutes in self.pause):
            problems.append(
                f"pause is {list(self.pause)}; expected minutes from 0 to {LONGEST_PAUSE_MINUTES}"
            )
        if not 0 <= self.requests <= MOST_REQUESTS:
            problems.append(f"requests is {self.requests}; expected 0 to {MOST_REQUESTS}")
        refuse(problems, "feedback is wrong")

    def changed_by(self, table: Mapping[str, Any]) -> Self:
        """Return these settings with what an assignment's `[feedback]` says.

        Raises:
            SettingsError: an unknown key, or a wrong value; all are said.
        """
        hints = get_type_hints(type(self))
        known = [field.name for field in fields(self)]
        values: dict[str, Any] = {}
        problems = [
            f"unknown key {key!r}; known are {', '.join(known)}"
            for key in table
            if key not in known
        ]
        for key in known:
            if key not in table:
                continue
            try:
                values[key] = convert(table[key], hints[key], Path)
            except ValueError as error:
                said = "expected a list of minutes" if key == "pause" else error
                problems.append(f"{key} is {table[key]!r}; {said}")
        try:
            changed = replace(self, **values)
        except SettingsError as error:
            problems += str(error).split("\n- ")[1:]
        refuse(problems, "feedback is wrong")
        return changed

    def pause_seconds(self, used: int) -> float:
        """Return how long the pause is after so many attempts (1 …)."""
        return 60 * self.pause[min(used, len(self.pause)) - 1] if self.pause else 0.0
