"""Read `course.toml`: what a course has decided for all of its assignments.

The file lies beside `solutions/` and may be missing: everything has a default.

What it guarantees:

- Every mistake of the file is reported, all at once, with what was expected.
- A file that changed is read again; one that did not costs one `stat`.

What it does not do: know what one assignment says (`assignment.toml`), or the hub's settings.
"""

from __future__ import annotations

import functools
import math
import zoneinfo
from dataclasses import dataclass, field
from datetime import tzinfo
from enum import StrEnum
from pathlib import Path

from autograder.course.feedback import Feedback
from autograder.course.libraries import refused
from autograder.course.problems import CourseError
from autograder.settings.errors import SettingsError
from autograder.settings.loading import read, read_file, refuse

RULES_NAME = "course.toml"
_TITLE = "the course's rules are wrong"


class Unit(StrEnum):
    """What lateness is counted in."""

    HOUR = "hour"
    DAY = "day"

    @property
    def seconds(self) -> int:
        """Return its length."""
        return 3_600 if self is Unit.HOUR else 86_400


@dataclass(frozen=True)
class LatePolicy:
    """What late work costs: a share of its score for each unit of time that was started.

    Args:
        grace_minutes: work that is late by no more than this is in time.
        percent: of the score, for each started unit; 0: late work costs nothing.
        per: the unit, `hour` or `day`.
        floor_percent: of the score, which late work keeps however late it is.
        late_days: days that each student may be late in all assignments together before it costs.

    >>> policy = LatePolicy(percent=10, late_days=2)
    >>> policy.penalty(score=8.0, late_seconds=3 * 86_400, days_left=2)
    0.8
    """

    grace_minutes: float = 0.0
    percent: float = 0.0
    per: Unit = Unit.DAY
    floor_percent: float = 0.0
    late_days: int = 0

    def __post_init__(self) -> None:
        """Check every field.

        Raises:
            SettingsError: one or more are wrong; the message lists all.
        """
        problems = [
            f"{name} is {value!r}; expected a number from 0 to {most:g}"
            for name, value, most in (
                ("grace_minutes", self.grace_minutes, 10_080.0),
                ("percent", self.percent, 100.0),
                ("floor_percent", self.floor_percent, 100.0),
                ("late_days", self.late_days, 366),
            )
            if not 0 <= value <= most
        ]
        refuse(problems, _TITLE)

    @property
    def is_free(self) -> bool:
        """Whether late work costs nothing."""
        return self.percent == 0

    def days_used(self, late_seconds: float, days_left: int) -> int:
        """Return how many late days work uses, of those that are left."""
        if late_seconds <= self.grace_minutes * 60:
            return 0
        return min(days_left, math.ceil(late_seconds / Unit.DAY.seconds))

    def penalty(self, score: float, late_seconds: float, days_left: int = 0) -> float:
        """Return what is taken off a score.

        Args:
            score: points before.
            late_seconds: how long after the student's own deadline.
            days_left: late days that the student has left.
        """
        if late_seconds <= self.grace_minutes * 60:
            return 0.0
        late_seconds -= self.days_used(late_seconds, days_left) * Unit.DAY.seconds
        if late_seconds <= 0:
            return 0.0
        units = math.ceil(late_seconds / self.per.seconds)
        percent = min(units * self.percent, 100 - self.floor_percent)
        return max(0.0, score) * percent / 100


@dataclass(frozen=True)
class CourseRules:
    """What `course.toml` says.

    Args:
        timezone: in which deadlines are written and shown, such as `Europe/Zurich`; the machine's
            when empty.
        late: what late work costs, where the site has no penalty plugin of its own.
        feedback: when students hear what became of a hand-in; an assignment may say otherwise.
        libraries: what every assignment needs beyond gradlab's own, as pip takes it.
        order: assignments in the order of the course; others come behind them, as they are due.
    """

    timezone: str = ""
    late: LatePolicy = field(default_factory=LatePolicy)
    feedback: Feedback = field(default_factory=Feedback)
    libraries: tuple[str, ...] = ()
    order: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check the time zone and the libraries.

        Raises:
            SettingsError: there is no zone of this name, or no library can have such a name.
        """
        refuse([reason for one in self.libraries if (reason := refused(one))])
        try:
            _ = self.zone
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            refuse([f"timezone {self.timezone!r} is unknown; expected as in 'Europe/Zurich'"])

    @property
    def zone(self) -> tzinfo | None:
        """Return the time zone; `None` for the machine's, as `datetime.astimezone` takes it."""
        return zoneinfo.ZoneInfo(self.timezone) if self.timezone else None


def read_rules(root: Path) -> CourseRules:
    """Return the rules of the course in a folder.

    Raises:
        CourseError: the file is wrong; all of it is said.
    """
    path = root / RULES_NAME
    try:
        status = path.stat()
    except FileNotFoundError:
        return CourseRules()
    except OSError as error:
        raise CourseError(f"{path} cannot be read: {error.strerror}") from error
    return _read(path, status.st_mtime_ns, status.st_size, status.st_ino)


@functools.lru_cache(maxsize=64)
def _read(path: Path, *_version: int) -> CourseRules:
    try:
        return read(CourseRules, read_file(path), {}, {}, own="course", prefix="").value()
    except SettingsError as error:
        lines = str(error).split("\n", 1)[-1]
        raise CourseError(f"{path} is wrong:\n{lines}") from None
