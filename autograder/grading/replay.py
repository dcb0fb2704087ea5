"""Compute a grade again from its line in the log of events, and say whether it comes out the same.

What it guarantees:

- What is run is what was run then: the kept cells, not what lies in the submitted folder today.
- When the course, gradlab or its libraries have changed since, no other answer is given: the error
  says what changed.

What it does not do: write anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from autograder.course import CourseError
from autograder.grading.errors import GradingError
from autograder.grading.kept import Origins
from autograder.grading.prepare import Prepared, Preparer, Refusal
from autograder.grading.store import ReportStore
from autograder.records import Event, Line, Log

_SHORTEST_KEY = 8
_OLD = "journal:"
_GRADED = (Event.GRADED, Event.GRADE, Event.REGRADE)


class ReplayError(GradingError):
    """A grade cannot be computed again; the message says why."""


def find_line(log: Log, target: str) -> Line:
    """Return a line of the log about a graded submission.

    Args:
        log: where to look.
        target: the line's number from 1; `journal:` and the number of a line of the journal that a
            version before wrote; or a report's key or its first characters: of several lines with
            that key the last.

    Raises:
        ReplayError: there is none, or the key's beginning fits several.
    """
    number = target.removeprefix(_OLD)
    if number.isdecimal() and len(number) < _SHORTEST_KEY:
        line = log.line(int(number), old=number != target)
        if line is None or not _is_graded(line):
            raise ReplayError(f"line {target} of {log.path} is about no graded submission")
        return line
    if not re.fullmatch(rf"[0-9a-f]{{{_SHORTEST_KEY},64}}", target):
        raise ReplayError(
            f"{target!r} is neither the number of a line nor a key: at least {_SHORTEST_KEY} of "
            "the digits 0 to 9 and a to f"
        )
    found = [line for line in graded_lines(log) if str(line["key"]).startswith(target)]
    keys = sorted({str(line["key"]) for line in found})
    if len(keys) > 1:
        raise ReplayError(f"{len(keys)} keys begin with {target}; give more of it")
    if not found:
        raise ReplayError(f"no line of {log.path} has the key {target}")
    return found[-1]


def graded_lines(log: Log) -> Iterator[Line]:
    """Return the lines about graded submissions, oldest first."""
    return filter(_is_graded, log.lines(*_GRADED))


def present_keys(log: Log) -> set[str]:
    """Return the key of the newest report of every student and assignment."""
    newest = {(line["student"], line["assignment"]): line["key"] for line in graded_lines(log)}
    return set(newest.values())


def _is_graded(line: Line) -> bool:
    """Tell whether a line is about a report; the audit trail's of a version before are not."""
    return line["event"] in _GRADED and "report" in line


def prepared_again(preparer: Preparer, line: Line) -> Prepared | Refusal:
    """Return what a line of the log is about, as the course prepares it now.

    Args:
        preparer: the course as it is now.
        line: of its log.

    Raises:
        ReplayError: what was graded is not kept, or something has changed since.
    """
    key, store = str(line["key"]), ReportStore(preparer.layout.graded)
    kept = store.find_kept(key)
    if kept is None:
        raise ReplayError(f"what was graded is not kept: {store.path(key)} is missing or damaged")
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
