"""How the checks of an assignment behave: who passes, and whether they tell strong from weak.

What it guarantees:

- Each student counts once, with the report that counts, as it was graded: void checks, too.
- A number that would say nothing is `None`: a share of nobody, a correlation of too few or of a
  check that all pass.

What it does not do: say how long a check ran. A report has no clock in it, so that the same
submission gives the same bytes.
"""

from __future__ import annotations

import itertools
import statistics
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from autograder.course.headings import words_of
from autograder.grading.report import CheckReport, Verdict
from autograder.grading.store import ReportStore
from autograder.pages.courses import Assignment, CourseReader
from autograder.pages.overview import ClassReader

FEWEST = 10  # students, for a correlation
FIFTHS = 5
MOST_KEPT = 50_000
_LOW = 0.1  # a correlation that tells nothing
_MANY_LIMITS = 0.05
_MANY_ERRORS = 0.1
_NEARLY_ALL = 0.97

Row = tuple[str, str, Verdict, float]  # cell, check, verdict, points


@dataclass(frozen=True)
class Item:
    """One check over a class.

    Args:
        cell: the graded cell.
        code: the check's name.
        exercise: its title.
        counts: how often it ended with each verdict, in the order of `Verdict`.
        discrimination: correlation of passing it with the points of all other checks, -1 to 1;
            `None` when it says nothing.
        fifths: share that passes among each fifth of the class, weak to strong; empty when there
            are too few.
    """

    cell: str
    code: str
    exercise: str
    counts: Sequence[int]
    discrimination: float | None = None
    fifths: Sequence[float] = ()

    @property
    def name(self) -> str:
        """Return its name in words."""
        return words_of(self.code)

    @property
    def total(self) -> int:
        """Return of how many students there is a verdict."""
        return sum(self.counts)

    @property
    def shares(self) -> dict[str, float]:
        """Return the share of each verdict."""
        return {
            str(verdict): count / self.total
            for verdict, count in zip(Verdict, self.counts, strict=True)
        }

    @property
    def flag(self) -> str:
        """Return what to look at, in a sentence; empty for nothing."""
        shares = self.shares
        if shares["limit"] > _MANY_LIMITS:
            return "Many hit a limit. Is the limit, or what the text asks for, too large?"
        if shares["error"] > _MANY_ERRORS:
            return "Many end in an error. Does the text say what comes in, and what goes out?"
        if self.total >= FEWEST and shares["passed"] == 1:
            return "Nobody fails it. It tells nothing about who understood."
        if self.discrimination is not None and self.discrimination < _LOW:
            if shares["passed"] < _NEARLY_ALL:
                return "Strong students fail it as often as weak ones. Read its text again."
            return "Nearly nobody fails it. It tells little about who understood."
        return ""

    @property
    def sign(self) -> str:
        """Return the shape of its flag: the verdict that it is about, else a note."""
        shares = self.shares
        if shares["limit"] > _MANY_LIMITS:
            return "limit"
        return "error" if shares["error"] > _MANY_ERRORS else "note"

    @property
    def said(self) -> str:
        """Return the picture in a sentence."""
        ended = ", ".join(
            f"{count} {verdict}"
            for verdict, count in zip(Verdict, self.counts, strict=True)
            if count or verdict is Verdict.PASSED
        )
        if not self.fifths:
            return f"{self.name}: {ended}."
        by_fifth = ", ".join(f"{share:.0%}" for share in self.fifths)
        return (
            f"{self.name}: {ended}. Share that passes, by fifths of the class from weak to "
            f"strong: {by_fifth}."
        )


@dataclass(frozen=True)
class Items:
    """The checks of one assignment.

    Args:
        assignment: the assignment.
        students: how many count.
        items: in the order of the reports.
        verdict_seconds: median from hand-in to verdict; `None` when nothing is known.
    """

    assignment: Assignment
    students: int
    items: Sequence[Item]
    verdict_seconds: float | None = None


class ItemsReader:
    """Reads the reports of a class, each once; usable from any thread.

    Args:
        course: the course.
        class_reader: of it.
    """

    def __init__(self, course: CourseReader, class_reader: ClassReader) -> None:
        self._course = course
        self._class = class_reader
        self._store = ReportStore(course.layout.graded)
        self._known: dict[str, tuple[Row, ...]] = {}
        self._lock = threading.Lock()

    def items(self, assignment: Assignment) -> Items:
        """Return how an assignment's checks behave."""
        keys = self._class.keys(assignment.name)
        reports = [rows for key in keys.values() if (rows := self._rows(key))]
        seconds = [
            outcome.graded_at - submission.moment.timestamp()
            for (student, name), submission in self._class.newest().items()
            if name == assignment.name
            and (outcome := self._class.history(student, name).of(submission.folder.name)).graded_at
        ]
        median = statistics.median(seconds) if seconds else None
        return Items(assignment, len(reports), items_of(assignment, reports), median)

    def _rows(self, key: str) -> tuple[Row, ...]:
        with self._lock:
            known = self._known.get(key)
        if known is None:
            report = self._store.find(key)
            if report is None or report.refusal:
                return ()
            known = tuple(
                (
                    cell.grade_id,
                    check.name,
                    check.verdict,
                    _share(cell.max_points, cell.checks, check),
                )
                for cell in report.cells
                for check in cell.checks
            )
            with self._lock:
                if len(self._known) >= MOST_KEPT:
                    self._known.clear()
                self._known[key] = known
        return known


def _share(most: float, checks: Iterable[CheckReport], check: CheckReport) -> float:
    total = sum(one.weight for one in checks)
    return most * check.weight / total if total else 0.0


def items_of(assignment: Assignment, reports: Sequence[Sequence[Row]]) -> list[Item]:
    """Return how checks behave over reports, in the order in which they first appear."""
    found: dict[tuple[str, str], list[tuple[Verdict, float]]] = {}
    for rows in reports:
        total = sum(worth for _, _, verdict, worth in rows if verdict is Verdict.PASSED)
        for cell, code, verdict, worth in rows:
            rest = total - (worth if verdict is Verdict.PASSED else 0.0)
            found.setdefault((cell, code), []).append((verdict, rest))
    return [
        Item(
            cell,
            code,
            assignment.exercises.get(cell) or words_of(cell),
            tuple(sum(verdict is one for verdict, _ in each) for one in Verdict),
            discrimination_of(each),
            fifths_of(each),
        )
        for (cell, code), each in found.items()
    ]


def discrimination_of(each: Sequence[tuple[Verdict, float]]) -> float | None:
    """Return the correlation of passing with the points of all other checks.

    Args:
        each: of every student the verdict and the other points.
    """
    passed = [float(verdict is Verdict.PASSED) for verdict, _ in each]
    rest = [points for _, points in each]
    if len(each) < FEWEST or len(set(passed)) < 2 or max(rest) - min(rest) < 1e-9:
        return None
    return statistics.correlation(passed, rest)


def fifths_of(each: Sequence[tuple[Verdict, float]]) -> tuple[float, ...]:
    """Return the share that passes in each fifth of the class, by the other points, weak first.

    Students with equal points share the fifths that they lie across, so that no order decides.
    """
    if len(each) < FIFTHS * FIFTHS:
        return ()
    by_points: dict[float, list[float]] = {}
    for verdict, points in each:
        by_points.setdefault(round(points, 9), []).append(float(verdict is Verdict.PASSED))
    share = [statistics.fmean(by_points[points]) for points in sorted(by_points)
             for _ in by_points[points]]  # fmt: skip
    edges = [len(share) * number // FIFTHS for number in range(FIFTHS + 1)]
    return tuple(statistics.fmean(share[start:end]) for start, end in itertools.pairwise(edges))
