"""The report: everything that grading one submission found out, immutable and byte-reproducible.

What it guarantees:

- The same submission gives the same bytes: no clock, no host name, no process id is in a report.
- A graded cell's points follow from its checks' verdicts alone; unknown is never a pass.
- Reading a report checks its format; a damaged one is an error, never a score.

What it does not do: decide verdicts, or know of the gradebook.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import Any

REPORT_FORMAT = 1


class ReportError(ValueError):
    """A stored report cannot be read."""


class Verdict(StrEnum):
    """How one check ended. Only `PASSED` earns points."""

    PASSED = "passed"
    FAILED = "failed"  # the answer is wrong
    ERROR = "error"  # the student's code raised, is missing, or ended its process
    LIMIT = "limit"  # the student's code exceeded a limit


@dataclass(frozen=True)
class CheckReport:
    """One check of one graded cell.

    Args:
        name: the test function's name.
        verdict: how it ended.
        weight: its share of the cell's points, relative to the other checks.
        message: what the student reads; holds no hidden value.
        hint: the author's hint, shown when the check did not pass.
        detail: what staff read besides.
    """

    name: str
    verdict: Verdict
    weight: float = 1.0
    message: str = ""
    hint: str = ""
    detail: str = ""


@dataclass(frozen=True)
class CellReport:
    """One graded cell or essay; an essay has no checks and no points until a person grades it."""

    grade_id: str
    max_points: float
    checks: tuple[CheckReport, ...] = ()
    manual: bool = False

    @cached_property
    def points(self) -> float | None:
        """Return the points earned, `None` for a cell that a person grades."""
        if self.manual:
            return None
        checks = tuple((check.weight, check.verdict is Verdict.PASSED) for check in self.checks)
        return _earned(self.max_points, checks)


@lru_cache(maxsize=1024)
def _earned(max_points: float, checks: tuple[tuple[float, bool], ...]) -> float:
    """Return the points for checks of the given weights; a class has few different outcomes."""
    total = sum((Fraction(weight) for weight, _ in checks), Fraction(0))
    if total == 0:
        return 0.0
    passed = sum((Fraction(weight) for weight, is_passed in checks if is_passed), Fraction(0))
    return round(float(Fraction(max_points) * passed / total), 6)


@dataclass(frozen=True)
class ExecutedCell:
    """One cell as it was run: what formgrader and the feedback page show.

    Args:
        cell_id: the notebook cell id; for a cell that the student added, one made from its content.
        cell_type: `code`, `markdown` or `raw`.
        source: its text.
        outputs: nbformat 4 outputs, cleaned.
        execution_count: as in Jupyter; `None` when it did not run.
    """

    cell_id: str
    cell_type: str
    source: str
    outputs: tuple[Mapping[str, Any], ...] = ()
    execution_count: int | None = None


@dataclass(frozen=True)
class Repair:
    """One thing about the submitted notebook that had to be mended.

    Args:
        code: a short stable name, for example `locked-cell-restored`.
        cell_id: the cell it concerns, empty for the whole notebook.
        message: one sentence for student and staff.
    """

    code: str
    cell_id: str
    message: str


@dataclass(frozen=True)
class Report:
    """The result of grading one submission.

    Args:
        assignment: name of the assignment.
        key: content key: hash of student cells, checks, reference and environment.
        seed: from which every random input of the checks was made.
        isolation: the isolation level under which the student's code ran.
        versions: versions of what computed the report.
        cells: graded cells and essays in the manifest's order.
        repairs: what was mended in the notebook.
        limits_hit: one sentence for each limit that was exceeded.
        notebook: every cell with its outputs.
        refusal: why nothing could be run (no notebook of this assignment, damaged file); empty
            otherwise. A refused submission has no checks and earns nothing.
    """

    assignment: str
    key: str
    seed: int
    isolation: str
    cells: tuple[CellReport, ...]
    versions: Mapping[str, str] = field(default_factory=dict)
    repairs: tuple[Repair, ...] = ()
    limits_hit: tuple[str, ...] = ()
    notebook: tuple[ExecutedCell, ...] = ()
    refusal: str = ""

    @property
    def points(self) -> float:
        """Return the points that checks gave; essays count when a person has graded them."""
        return round(sum(cell.points or 0.0 for cell in self.cells), 6)

    @property
    def max_points(self) -> float:
        """Return the most that the submission could earn, essays included."""
        return round(sum(cell.max_points for cell in self.cells), 6)

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain JSON values, with derived points included."""
        return {
            "format": REPORT_FORMAT,
            "assignment": self.assignment,
            "key": self.key,
            "seed": self.seed,
            "isolation": self.isolation,
            "versions": dict(self.versions),
            "points": self.points,
            "max_points": self.max_points,
            "cells": [cell_to_json(cell) for cell in self.cells],
            "repairs": [dict(vars(repair)) for repair in self.repairs],
            "limits_hit": list(self.limits_hit),
            "notebook": [dict(vars(cell)) for cell in self.notebook],
            "refusal": self.refusal,
        }

    def to_bytes(self) -> bytes:
        """Return the canonical bytes: sorted keys, no spaces, UTF-8, a newline at the end."""
        return self._bytes

    @cached_property
    def _bytes(self) -> bytes:
        text = json.dumps(
            self.to_json(),
            sort_keys=True,
            separators=(",", ":"),
            ensure_ascii=False,
            allow_nan=False,
        )
        return text.encode("utf-8", "backslashreplace") + b"\n"

    def digest(self) -> str:
        """Return the SHA-256 of the canonical bytes, in hex."""
        return hashlib.sha256(self.to_bytes()).hexdigest()

    def facts(self) -> dict[str, Any]:
        """Return what the log says of it: enough to find it again, and to compare it."""
        return {
            "key": self.key,
            "points": self.points,
            "max_points": self.max_points,
            "isolation": self.isolation,
            "versions": dict(self.versions),
            "seed": self.seed,
            "refusal": self.refusal,
            "report": self.digest(),
        }

    @classmethod
    def from_bytes(cls, data: bytes) -> Report:
        """Read a report that `to_bytes` wrote.

        Raises:
            ReportError: the bytes are damaged or of another format.
        """
        try:
            raw = json.loads(data)
            if raw["format"] != REPORT_FORMAT:
                raise ReportError(f"report format {raw['format']!r}; expected {REPORT_FORMAT}")
            report = cls(
                assignment=raw["assignment"],
                key=raw["key"],
                seed=raw["seed"],
                isolation=raw["isolation"],
                versions=raw["versions"],
                cells=tuple(cell_from_json(cell) for cell in raw["cells"]),
                repairs=tuple(Repair(**repair) for repair in raw["repairs"]),
                limits_hit=tuple(raw["limits_hit"]),
                notebook=tuple(
                    ExecutedCell(**{**cell, "outputs": tuple(cell["outputs"])})
                    for cell in raw["notebook"]
                ),
                refusal=raw["refusal"],
            )
        except ReportError:
            raise
        except (ValueError, KeyError, TypeError) as error:
            raise ReportError(f"a stored report is damaged: {error!r}") from error
        return report


def cell_to_json(cell: CellReport) -> dict[str, Any]:
    """Return a graded cell as plain JSON values, with its points."""
    return {
        "grade_id": cell.grade_id,
        "max_points": cell.max_points,
        "checks": [dict(vars(check)) for check in cell.checks],
        "manual": cell.manual,
        "points": cell.points,
    }


def cell_from_json(raw: Mapping[str, Any]) -> CellReport:
    """Read a graded cell that `cell_to_json` wrote.

    Raises:
        ValueError, KeyError, TypeError: it is damaged.
    """
    checks = tuple(
        CheckReport(**{**check, "verdict": Verdict(check["verdict"])}) for check in raw["checks"]
    )
    return CellReport(raw["grade_id"], raw["max_points"], checks, raw["manual"])
