"""Where things lie: the course's folders and the one data directory.

What it guarantees:

- Runtime data is under `home` (`GRADLAB_HOME`, default `<root>/var`) and nowhere else.
- Finding the course never reads or makes anything but folders that are asked for.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from autograder.course.problems import CourseError


class LayoutError(CourseError):
    """No course can be found where one is expected."""


@dataclass(frozen=True)
class Layout:
    """The folders of one course.

    Args:
        root: the folder that holds `solutions/` and `assignments/`.
        home: the data directory.
        course_id: the course's name in nbgrader and the hub.
        exchange_root: the root of nbgrader's exchange, when courses share one; else under `home`.
        database: the gradebook's address; `GRADLAB_DB_URL` or SQLite under `home` when empty.
    """

    root: Path
    home: Path
    course_id: str = "deep-learning"
    exchange_root: Path | None = None
    database: str = ""

    @classmethod
    def find(
        cls, start: Path | None = None, environment: Mapping[str, str] | None = None
    ) -> Layout:
        """Find the course: `GRADLAB_COURSE`, else the nearest folder upward with `solutions/`.

        Raises:
            LayoutError: there is none; the message says what to set.
        """
        env = os.environ if environment is None else environment
        named = env.get("GRADLAB_COURSE")
        begin = (Path(named) if named else start or Path.cwd()).resolve()
        candidates = [begin] if named else [begin, *begin.parents]
        for root in candidates:
            if (root / "solutions").is_dir():
                home = Path(env.get("GRADLAB_HOME") or root / "var").resolve()
                shared = env.get("GRADLAB_EXCHANGE")
                return cls(
                    root,
                    home,
                    env.get("GRADLAB_COURSE_ID", cls.course_id),
                    Path(shared).resolve() if shared else None,
                )
        raise LayoutError(
            f"no course found: {begin} has no folder 'solutions'. Run gradlab inside the course's "
            "folder, or set GRADLAB_COURSE to it."
        )

    @property
    def solutions(self) -> Path:
        """Return the instructor's private side."""
        return self.root / "solutions"

    @property
    def assignments(self) -> Path:
        """Return the generated folder that holds all that a student ever receives."""
        return self.root / "assignments"

    @property
    def private(self) -> tuple[Path, ...]:
        """Return what no student's code may see, wherever it lies; `.git` has all solutions."""
        return (self.solutions, self.root / ".git", self.home, self.exchange)

    @property
    def source(self) -> Path:
        """Return nbgrader's source tree: built notebooks and public files only, no checks."""
        return self.home / "source"

    @property
    def submitted(self) -> Path:
        """Return `submitted/<student>/<assignment>/`."""
        return self.home / "submitted"

    @property
    def autograded(self) -> Path:
        """Return `autograded/<student>/<assignment>/`."""
        return self.home / "autograded"

    @property
    def feedback(self) -> Path:
        """Return `feedback/<student>/<assignment>/`."""
        return self.home / "feedback"

    @property
    def exchange(self) -> Path:
        """Return the root of nbgrader's file-system exchange."""
        return self.exchange_root or self.home / "exchange"

    @property
    def graded(self) -> Path:
        """Return the folder of what was graded and the reports, by content key."""
        return self.home / "graded"

    @property
    def attempts(self) -> Path:
        """Return `attempts/<student>/<assignment>.json`: what became of each hand-in."""
        return self.home / "attempts"

    @property
    def log(self) -> Path:
        """Return the log of events: who released, collected, graded and so on."""
        return self.home / "events.jsonl"

    @property
    def database_url(self) -> str:
        """Return the gradebook: `database`, `GRADLAB_DB_URL`, or SQLite under `home`."""
        return (
            self.database
            or os.environ.get("GRADLAB_DB_URL")
            or f"sqlite:///{self.home / 'gradebook.db'}"
        )

    def to_environment(self) -> dict[str, str]:
        """Return the variables from which `find` makes this layout in another process."""
        variables = {
            "GRADLAB_COURSE": str(self.root),
            "GRADLAB_HOME": str(self.home),
            "GRADLAB_COURSE_ID": self.course_id,
        }
        if self.exchange_root is not None:
            variables["GRADLAB_EXCHANGE"] = str(self.exchange_root)
        if self.database or "GRADLAB_DB_URL" in os.environ:
            variables["GRADLAB_DB_URL"] = self.database_url
        return variables

    @contextlib.contextmanager
    def in_force(self) -> Iterator[None]:
        """Let the course's own `nbgrader_config.py` find this course, by the environment."""
        variables = self.to_environment()
        before = {name: os.environ.get(name) for name in variables}
        os.environ.update(variables)
        try:
            yield
        finally:
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value
