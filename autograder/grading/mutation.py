"""The proof that checks judge: wrong answers made by machine, graded like a student's.

What it guarantees:

- Each mutant of the instructor's answers and of the right cases' is one submission, which differs
  from a right one in one place; it is checked in the graded cell of its exercise.
- It is rejected when it loses anything there. What came of it is kept by the cell's content key, so
  that only what changed is tried again, and an interrupted run goes on.
- Mutants that `mutants.toml` names are equal in effect: they are not tried, and are not counted. A
  name that no mutant has is said.

What it does not do: run anything itself; the grading service does.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from autograder.course import (
    exercises,
    instructor_answers,
    load_cases,
    notebook_bytes,
    submission_notebook,
)
from autograder.course.manifest import Manifest
from autograder.course.mutants import Mutant, mutants_of, read_equal
from autograder.course.settings import SETTINGS_NAME
from autograder.grading.errors import GraderFault
from autograder.grading.prepare import Prepared, Preparer, Refusal, blank_cells
from autograder.grading.report import CellReport, Report
from autograder.records import Store
from autograder.wire.limits import Limits

GOAL = 0.98
_HASTY_SECONDS = 10.0  # a mutant that loops forever is known by then


@dataclass(frozen=True)
class Trial:
    """One mutant to be graded.

    Args:
        assignment: its name.
        base: `instructor`, or the right case that was changed.
        cell_id: the answer that was changed.
        grade_id: the graded cell that judges it.
        mutant: the change.
        answers: cell id -> text, of the whole submission.
    """

    assignment: str
    base: str
    cell_id: str
    grade_id: str
    mutant: Mutant
    answers: dict[str, str]

    @property
    def label(self) -> str:
        """Return how it is called in print."""
        return f"{self.assignment}/{self.base}/{self.cell_id}/{self.mutant.name}"


@dataclass(frozen=True)
class Figure:
    """How many mutants of an assignment its checks reject.

    Args:
        tried: how many were graded, equal ones not among them.
        rejected: how many of these lost points.
    """

    tried: int
    rejected: int

    @property
    def share(self) -> float:
        """Return the rejected share, 1 when none was tried."""
        return self.rejected / self.tried if self.tried else 1.0

    def __add__(self, other: Figure) -> Figure:
        return Figure(self.tried + other.tried, self.rejected + other.rejected)

    def __str__(self) -> str:
        return f"{self.rejected} of {self.tried} mutants rejected ({100 * self.share:.1f} %)"


def hasty(limits: Limits) -> Limits:
    """Return the limits of mutants: the usual ones are cut, an assignment's own are kept."""
    usual = Limits()
    if limits != usual:
        return limits
    return replace(usual, cell_seconds=_HASTY_SECONDS, call_seconds=_HASTY_SECONDS)


@dataclass(frozen=True)
class Trials:
    """The mutants of an assignment.

    Args:
        wanted: those to try.
        equal: those that `mutants.toml` names.
        unknown: names in it that no mutant has.
    """

    wanted: list[Trial]
    equal: list[Trial]
    unknown: list[str]


def trials(manifest: Manifest) -> Trials:
    """Return the mutants of an assignment, each once.

    Raises:
        SourceError: a case or `mutants.toml` breaks the rules.
    """
    equal = read_equal(manifest.folder)
    made = {trial.mutant.name: trial for trial in _made(manifest)}
    return Trials(
        [trial for name, trial in made.items() if name not in equal],
        [trial for name, trial in made.items() if name in equal],
        sorted(set(equal) - set(made)),
    )


def _made(manifest: Manifest) -> Iterator[Trial]:
    solved = instructor_answers(manifest)
    bases = {"instructor": solved} | {
        case.name: dict(case.answers) for case in load_cases(manifest) if case.kind == "right"
    }
    for base, answers in bases.items():
        whole = {**solved, **answers}
        for cell, exercise in exercises(manifest):
            for cell_id in sorted(exercise & set(answers)):
                if manifest.cell(cell_id).cell_type != "code":
                    continue
                for mutant in mutants_of(answers[cell_id]):
                    changed = {**whole, cell_id: mutant.source}
                    yield Trial(manifest.assignment, base, cell_id, cell.cell_id, mutant, changed)


def prepare_trial(preparer: Preparer, trial: Trial) -> tuple[Prepared, dict[str, CellReport]]:
    """Return what a grader is given: the submission, and the cells that it need not check.

    Raises:
        GraderFault: the notebook that was made is refused.
    """
    manifest = preparer.manifest(trial.assignment)
    notebook = notebook_bytes(submission_notebook(manifest, trial.answers))
    known = {
        cell.grade_id: cell
        for cell in blank_cells(manifest)
        if not cell.manual and cell.grade_id != trial.grade_id
    }
    prepared = preparer.prepare(trial.assignment, notebook)
    if isinstance(prepared, Refusal):
        raise GraderFault(f"{trial.label} is refused: {prepared.reason}", lasting=True)
    return prepared, known


def is_rejected(manifest: Manifest, trial: Trial, report: Report) -> bool:
    """Return whether a mutant lost anything in the cell that judges it."""
    cells = {cell.grade_id: cell for cell in report.cells}
    earned = cells[trial.grade_id].points or 0.0
    return earned < manifest.cell(trial.grade_id).points - 1e-5


class Kept:
    """What came of mutants, by content key, and each assignment's last whole figure.

    Args:
        preparer: under whose limits mutants run.
    """

    def __init__(self, preparer: Preparer) -> None:
        self._preparer = preparer
        self._store = Store(preparer.layout.home / "mutants")

    def outcome(self, trial: Trial, prepared: Prepared) -> bool | None:
        """Return whether a mutant was rejected, `None` when it was not tried as it is now."""
        found = self._read(prepared.keys.cells.get(trial.grade_id, prepared.keys.report))
        return found if isinstance(found, bool) else None

    def keep(self, trial: Trial, prepared: Prepared, *, rejected: bool) -> None:
        """Remember what came of a mutant."""
        self._put(prepared.keys.cells[trial.grade_id], trial.label, rejected)

    def keep_figure(self, assignment: str, figure: Figure) -> None:
        """Remember the figure of an assignment all of whose mutants were tried."""
        self._put(self._figure_key(assignment), assignment, [figure.tried, figure.rejected])

    def figure(self, assignment: str) -> Figure | None:
        """Return the figure of an assignment as it is now, `None` when it is not known."""
        found = self._read(self._figure_key(assignment))
        return Figure(*found) if isinstance(found, list) else None

    def _put(self, key: str, what: str, result: object) -> None:
        self._store.put(key, what.encode(), json.dumps(result).encode() + b"\n")

    def _read(self, key: str) -> object:
        found = self._store.get(key)
        return json.loads(found[1] or b"null") if found else None

    def _figure_key(self, assignment: str) -> str:
        manifest = self._preparer.manifest(assignment)
        files = [
            path
            for path in sorted(manifest.folder.rglob("*"))
            if path.is_file() and "__pycache__" not in path.parts and path.name != SETTINGS_NAME
        ]
        content = [
            self._preparer.environment.exact,
            *(f"{path}\0{hashlib.sha256(path.read_bytes()).hexdigest()}" for path in files),
        ]
        return hashlib.sha256("\0".join(content).encode()).hexdigest()


def sample(wanted: Sequence[Trial], count: int) -> list[Trial]:
    """Return so many of the trials, the same ones each time, from everywhere among them."""
    chosen = {trial.label for trial in sorted(wanted, key=lambda t: t.mutant.name)[:count]}
    return [trial for trial in wanted if trial.label in chosen]
