"""One `[[course]]` of the settings file.

What it guarantees:

- A course's name is fit for nbgrader, for the hub's addresses and for a folder.
- Everybody has one role in a course.

What it does not do: read the roster file, or look at the folders (`autograder.people`).
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from autograder.settings.loading import refuse

ACCOUNT = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")
ACCOUNT_RULE = (
    "expected a lower-case letter or a digit, then lower-case letters, digits, '.', '_', '@' or "
    "'-', at most 64 characters"
)
COURSE_ID = re.compile(r"[a-z][a-z0-9-]{0,31}")


@dataclass(frozen=True)
class CourseSettings:
    """One course of the hub.

    Args:
        id: its name in nbgrader, in the hub's groups and addresses.
        title: its name for people; the id when empty.
        root: the folder that holds its `solutions/`.
        data: its data directory; `courses/<id>` under the hub's when empty.
        database: its gradebook as an SQLAlchemy address; SQLite in its data directory when empty.
        roster: a CSV file of who is in it, as `gradlab roster import` reads.
        instructors: accounts that run it.
        assistants: accounts that grade it: TAs, without release rights.
        students: accounts that learn in it.
    """

    id: str
    root: Path
    title: str = ""
    data: Path | None = None
    database: str = ""
    roster: Path | None = None
    instructors: tuple[str, ...] = ()
    assistants: tuple[str, ...] = ()
    students: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check every field.

        Raises:
            SettingsError: one or more are wrong; the message lists all.
        """
        refuse(self._problems())

    def _problems(self) -> list[str]:
        problems = []
        if not COURSE_ID.fullmatch(self.id):
            problems.append(
                f"id is {self.id!r}; expected a lower-case letter, then lower-case letters, digits "
                "or '-', at most 32 characters"
            )
        return problems + account_problems(self.people)

    @property
    def people(self) -> tuple[str, ...]:
        """Return all accounts that are named here."""
        return self.students + self.assistants + self.instructors


def account_problems(names: tuple[str, ...]) -> list[str]:
    """Return what is wrong with the names of accounts."""
    problems = [
        f"account {name!r}: {ACCOUNT_RULE}" for name in names if not ACCOUNT.fullmatch(name)
    ]
    doubled = [name for name, times in Counter(names).items() if times > 1]
    return problems + [f"account {name!r} is listed more than once" for name in sorted(doubled)]
