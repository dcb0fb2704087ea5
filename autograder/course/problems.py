"""What is wrong with a course's source, said so that an author finds the place.

What it guarantees:

- Every problem has the file, the line (1-based; 0 for the file as a whole) and a sentence that says
  what came, what was expected, and where it helps what to do.
- A refused source is one exception that carries all its problems, in the order of file and line.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


class CourseError(ValueError):
    """The root of everything that can be wrong with a course's folders and sources."""


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that an author has to mend.

    Args:
        file: where it is.
        line: 1-based line, 0 when the file as a whole is meant.
        message: what came and what was expected.
    """

    file: Path
    line: int
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else f"{self.file}"
        return f"{place}: {self.message}"


class SourceError(CourseError):
    """The source of an assignment breaks the rules; nothing was built from it."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class UnknownAssignmentError(CourseError):
    """An assignment was named that the course does not have."""
