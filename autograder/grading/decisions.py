"""What people decided about checks and points: rows of the log, applied to reports.

A report stays as it was computed. What is decided later, or about everybody, is a line of the log;
`Decisions.applied` gives the report as it counts then.

What it guarantees:

- The newest row about a check counts. A row that takes back leaves the report as it was graded.
- A report that would have lowered a recorded grade counts as the recorded one: `instead`.
- Points that a person gave belong to the answer that they were given for: `outdated` names those
  whose answer is another one now.

What it does not do: write rows, or know the gradebook.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from autograder.grading.report import CellReport, CheckReport, Report, Verdict
from autograder.records import Event, Line, Log
from autograder.records.follow import Follower

POINTS = ("manual_score", "extra_credit")


class Counts(StrEnum):
    """What a voided check counts, for all students."""

    FULL = "full"  # everybody has its points
    NONE = "none"  # nobody has
    AS_GRADED = "as graded"  # it is not void any more


@dataclass(frozen=True)
class Void:
    """A check that does not count as it was graded.

    Args:
        cell: the graded cell.
        check: the test function's name.
        counts: for everybody.
        reason: for students and staff.
    """

    cell: str
    check: str
    counts: Counts
    reason: str

    def to_json(self) -> dict[str, Any]:
        """Return it as details of a line of the log."""
        return {
            "cell": self.cell, "check": self.check, "counts": self.counts, "reason": self.reason,
        }  # fmt: skip

    @classmethod
    def of(cls, line: Line) -> Void:
        """Read a line of the log."""
        return cls(line["cell"], line["check"], Counts(line["counts"]), line["reason"])

    def applied(self, check: CheckReport) -> CheckReport:
        """Return the check as it counts; what decided nothing for this student stays."""
        verdict = Verdict.PASSED if self.counts is Counts.FULL else Verdict.FAILED
        if (check.verdict is Verdict.PASSED) == (verdict is Verdict.PASSED):
            return check
        whom = "everybody" if self.counts is Counts.FULL else "nobody"
        message = f"This check was voided and counts for {whom}: {self.reason}"
        return replace(check, verdict=verdict, message=message, hint="")


class Decisions:
    """The decisions of one course, as the log has them at the moment.

    Args:
        log: the course's. All methods raise `LogError` when it cannot be read.
    """

    def __init__(self, log: Log) -> None:
        self._new = Follower(log.path, Event.VOID, Event.MANUAL, Event.KEEP)
        self._voids: dict[str, dict[tuple[str, str], Void]] = {}
        self._given: dict[tuple[str, str], dict[str, str]] = {}
        self._instead: dict[tuple[str, str], dict[str, str]] = {}

    def applied(self, report: Report) -> Report:
        """Return a report as it counts, without the decisions about single answers."""
        voids = self.voids(report.assignment)
        if not voids or report.refusal:
            return report
        return replace(report, cells=tuple(_decided(cell, voids) for cell in report.cells))

    def voids(self, assignment: str) -> Mapping[tuple[str, str], Void]:
        """Return the void checks of an assignment, by graded cell and name."""
        self._look()
        return self._voids.get(assignment, {})

    def instead(self, student: str, report: Report) -> str:
        """Return the key of the report that counts instead of a student's; else empty."""
        self._look()
        return self._instead.get((student, report.assignment), {}).get(report.key, "")

    def outdated(self, student: str, report: Report) -> list[str]:
        """Return the cells with points by hand for another answer than the report's.

        Points of which nobody knows the answer are not among them.
        """
        self._look()
        given = self._given.get((student, report.assignment), {})
        return [cell for cell, answer in given.items() if answer_digest(report, cell) != answer]

    def _look(self) -> None:
        is_anew, lines = self._new.look()
        if is_anew:
            self._voids, self._given, self._instead = {}, {}, {}
        for line in lines:
            try:
                self._take(line)
            except (KeyError, ValueError, TypeError):
                continue  # of another version

    def _take(self, line: Line) -> None:
        if line["event"] == Event.VOID:
            void = Void.of(line)
            voids = self._voids.setdefault(line["assignment"], {})
            voids.pop((void.cell, void.check), None)
            if void.counts is not Counts.AS_GRADED:
                voids[void.cell, void.check] = void
        elif line["event"] == Event.KEEP:
            instead = self._instead.setdefault((line["student"], line["assignment"]), {})
            instead[line["key"]] = line["instead"]
        elif any(name in line for name in POINTS):
            given = self._given.setdefault((line["student"], line["assignment"]), {})
            given.pop(line["cell"], None)
            if line.get("answer") and any(line.get(name) is not None for name in POINTS):
                given[line["cell"]] = line["answer"]


def answer_digest(report: Report, grade_id: str) -> str:
    """Return a hash of the answer that a graded cell or an essay is about.

    It covers the texts from behind the graded cell before up to and with this one, so that an
    answer in a cell of the student's own belongs to it.
    """
    graded = {cell.grade_id for cell in report.cells}
    texts: list[Any] = []
    for cell in report.notebook:
        texts.append([cell.cell_type, cell.source])
        if cell.cell_id == grade_id:
            break
        if cell.cell_id in graded:
            texts.clear()
    return hashlib.sha256(json.dumps(texts).encode()).hexdigest()


def _decided(cell: CellReport, voids: Mapping[tuple[str, str], Void]) -> CellReport:
    checks = tuple(
        voids[cell.grade_id, check.name].applied(check)
        if (cell.grade_id, check.name) in voids
        else check
        for check in cell.checks
    )
    return cell if checks == cell.checks else replace(cell, checks=checks)
