"""Compute a grade again from its line in the journal, and say whether it comes out the same.

What it guarantees:

- What is run is what was run then: the kept cells, not what lies in the submitted folder today.
- When the course, gradlab or its libraries have changed since, no other answer is given: the error
  says what changed.

What it does not do: write anything.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from autograder.course import CourseError
from autograder.grading.errors import GradingError
from autograder.grading.grader import Grader
from autograder.grading.journal import Journal
from autograder.grading.kept import Origins
from autograder.grading.prepare import Prepared, Preparer
from autograder.grading.report import Report
from autograder.sandbox import Nursery

_SHORTEST_KEY = 8


class ReplayError(GradingError):
    """A grade cannot be computed again; the message says why."""


@dataclass(frozen=True)
class Replay:
    """What came of it.

    Args:
        line: of the journal.
        report: as it came out now.
    """

    line: dict[str, Any]
    report: Report

    @property
    def is_same(self) -> bool:
        """Whether the report has the bytes that it had then."""
        return bool(self.report.digest() == self.line["report"])


def find_line(journal: Journal, target: str) -> dict[str, Any]:
    """Return a line of the journal about a graded submission.

    Args:
        journal: where to look.
        target: the line's number from 1, or a report's key or its first characters; of several
            lines with that key the last.

    Raises:
        ReplayError: there is none, or the key's beginning fits several.
    """
    if target.isdecimal() and len(target) < _SHORTEST_KEY:
        line = journal.line(int(target))
        if line is None or line.get("event") != "graded":
            raise ReplayError(f"line {target} of {journal.path} is about no graded submission")
        return line
    if not re.fullmatch(rf"[0-9a-f]{{{_SHORTEST_KEY},64}}", target):
        raise ReplayError(
            f"{target!r} is neither the number of a line nor a key: at least {_SHORTEST_KEY} of "
            "the digits 0 to 9 and a to f"
        )
    found = [
        line
        for line in journal.lines()
        if line["event"] == "graded" and str(line["key"]).startswith(target)
    ]
    keys = sorted({str(line["key"]) for line in found})
    if len(keys) > 1:
        raise ReplayError(f"{len(keys)} keys begin with {target}; give more of it")
    if not found:
        raise ReplayError(f"no line of {journal.path} has the key {target}")
    return found[-1]


def replay(
    preparer: Preparer, line: dict[str, Any], journal: Journal, nursery: Nursery | None = None
) -> Replay:
    """Grade again what a line of the journal is about.

    Args:
        preparer: the course as it is now.
        line: of the journal.
        journal: whose line it is.
        nursery: forks the servers; by default its own.

    Raises:
        ReplayError: what was graded is not kept, or something has changed since.
        GraderFault: a fault of ours.
    """
    prepared = _prepared(preparer, line, journal)
    if prepared.refusal:
        return Replay(line, preparer.refusal_report(prepared))
    with Grader(preparer, [prepared.assignment], nursery) as grader:
        return Replay(line, grader.run(prepared))


def _prepared(preparer: Preparer, line: dict[str, Any], journal: Journal) -> Prepared:
    key = str(line["key"])
    kept = journal.kept.find(key)
    if kept is None:
        raise ReplayError(
            f"what was graded is not kept: {journal.kept.path(key)} is missing or damaged"
        )
    name = kept.prepared.assignment
    try:
        now = Origins.of(preparer, name)
    except CourseError as error:
        raise ReplayError(f"the course has changed since: {error}") from error
    changes = kept.origins.changes(now)
    prepared = kept.again(preparer)
    if changes or prepared.keys.report != key:
        what = "; ".join(changes) or "the key does not come out again"
        raise ReplayError(
            f"this grade of {line['when']} cannot be computed again, because things have changed "
            f"since: {what}. Check out the course and install gradlab as they were then."
        )
    return prepared
