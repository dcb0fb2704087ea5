"""Cases: answers under `submissions/<case>/` with the verdict that each must get.

What it guarantees:

- A case names only cells that a student fills in, only graded cells and only checks that exist.
- What a case does not answer is the instructor's; what it does not expect is full marks.
- A case's kind fits its expectation: `right` loses nothing, `wrong` loses something.
- A folder whose name begins with `right` or `wrong` says its kind and summary itself and needs no
  `expect.toml`: the graded cell after each cell that a wrong case answers must lose something.

What it does not do: grade anything; that is `autograder.grading.proof`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder.course.check_file import read_check_file
from autograder.course.manifest import Cell, Manifest, Role
from autograder.course.notebooks import submission_notebook
from autograder.course.percent import read_cells
from autograder.course.problems import Problem, SourceError
from autograder.course.settings import line_of, read_toml
from autograder.course.solution import BEGIN, END

KINDS = ("right", "wrong", "hostile")
VERDICTS = ("passed", "failed", "error", "limit")
ANSWERS_NAME = "answers.py"
EXPECT_NAME = "expect.toml"
_BY_NAME = re.compile(r"(?P<kind>right|wrong)(?P<words>(?:[_-].*)?)")
RIGHT_NEEDED = 2
WRONG_NEEDED = 3


@dataclass(frozen=True)
class Expectation:
    """What one graded cell of a case must get.

    Args:
        points: exactly so many; with `fewer`, fewer than these.
        checks: the verdicts of named checks.
        fewer: see `points`.
    """

    points: float
    checks: Mapping[str, str] = field(default_factory=dict)
    fewer: bool = False

    def loses(self, max_points: float) -> bool:
        """Return whether the cell must lose points."""
        return self.fewer or self.points < max_points


@dataclass(frozen=True)
class Case:
    """One submission whose verdict is known.

    Args:
        name: the folder's name.
        summary: what is right or wrong about it, in one sentence.
        kind: `right`, `wrong` or `hostile`.
        answers: cell id -> what the case fills in.
        expected: every graded cell -> what it must get.
        folder: `submissions/<case>`.
    """

    name: str
    summary: str
    kind: str
    answers: Mapping[str, str]
    expected: Mapping[str, Expectation]
    folder: Path

    def notebook(self, manifest: Manifest) -> dict[str, Any]:
        """Return the case as a submission: its answers, the instructor's for the rest."""
        return submission_notebook(manifest, {**instructor_answers(manifest), **self.answers})


def instructor_answers(manifest: Manifest) -> dict[str, str]:
    """Return the instructor's text of every cell that a student fills in, without markers."""
    return {
        cell.cell_id: "\n".join(
            line for line in cell.solution.split("\n") if line.strip() not in (BEGIN, END)
        )
        for cell in manifest.cells
        if cell.role in (Role.ANSWER, Role.ESSAY)
    }


def load_cases(manifest: Manifest) -> list[Case]:
    """Return the cases of an assignment, by name.

    Raises:
        SourceError: a case breaks the rules; all problems of all cases are in the exception.
    """
    problems: list[Problem] = []
    checks = {
        cell.cell_id: set(read_check_file(manifest.checks[cell.cell_id], cell).names)
        for cell in manifest.graded
    }
    cases = []
    for folder in sorted(path for path in manifest.folder.glob("submissions/*") if path.is_dir()):
        if folder.name == "__pycache__":
            continue
        try:
            cases.append(_load_case(manifest, checks, folder))
        except SourceError as refused:
            problems.extend(refused.problems)
    if problems:
        raise SourceError(problems)
    return cases


def concerned_cells(manifest: Manifest, case: Case) -> frozenset[str]:
    """Return the graded cells that a case says something about.

    They are those whose exercise it answers, and those of which it expects anything but full marks.
    A hostile case concerns every graded cell, and so does one that answers none.
    """
    graded = frozenset(cell.cell_id for cell in manifest.graded)
    if case.kind == "hostile":
        return graded
    found = {
        cell.cell_id
        for cell, exercise in exercises(manifest)
        if exercise & set(case.answers) or case.expected[cell.cell_id] != Expectation(cell.points)
    }
    return frozenset(found) or graded


def proof_gaps(manifest: Manifest, cases: list[Case]) -> list[Problem]:
    """Return which graded cells have too few cases to prove their checks.

    A graded cell needs two `right` cases that answer a cell of its exercise in another way than the
    instructor, and three `wrong` cases that lose points in it.
    """
    gaps = []
    for cell, (right, wrong) in proving_cases(manifest, cases):
        for found, needed, kind in (
            (len(right), RIGHT_NEEDED, "right"),
            (len(wrong), WRONG_NEEDED, "wrong"),
        ):
            if found < needed:
                message = f"graded cell {cell.cell_id!r} has {found} {kind} cases; needs {needed}"
                gaps.append(Problem(manifest.folder / "submissions", 0, message))
    return gaps


def proving_cases(
    manifest: Manifest, cases: list[Case]
) -> Iterator[tuple[Cell, tuple[list[Case], list[Case]]]]:
    """Yield each graded cell with the right and the wrong cases that prove its checks."""
    for cell, exercise in exercises(manifest):
        right = [c for c in cases if c.kind == "right" and exercise & set(c.answers)]
        wrong = [
            c for c in cases if c.kind == "wrong" and c.expected[cell.cell_id].loses(cell.points)
        ]
        yield cell, (right, wrong)


def exercises(manifest: Manifest) -> Iterator[tuple[Cell, frozenset[str]]]:
    """Yield each graded cell with its exercise: the answer cells since the graded cell before."""
    exercise: set[str] = set()
    for cell in manifest.cells:
        if cell.role is Role.ANSWER:
            exercise.add(cell.cell_id)
        elif cell.role is Role.GRADED:
            yield cell, frozenset(exercise)
            exercise = set()


def _load_case(manifest: Manifest, checks: Mapping[str, set[str]], folder: Path) -> Case:
    problems: list[Problem] = []
    path = folder / EXPECT_NAME
    named = _BY_NAME.fullmatch(folder.name)
    if not path.is_file() and named is None:
        message = (
            f"no {EXPECT_NAME}, and the folder's name does not begin with right or wrong; write "
            "the file, or name the folder after what it is: wrong_forgets_the_bias"
        )
        raise SourceError([Problem(folder, 0, message)])
    raw = read_toml(path) if path.is_file() else {}
    if named is not None:
        words = named["words"].replace("_", " ").replace("-", " ").strip()
        raw = {"kind": named["kind"], "summary": words or named["kind"], **raw}
    answers = _read_answers(manifest, folder / ANSWERS_NAME, problems)

    def complain(fragment: str, message: str) -> None:
        problems.append(Problem(path, line_of(path, fragment), message))

    for key in sorted(set(raw) - {"summary", "kind", "cells"}):
        complain(key, f"unknown key {key!r}; known are summary, kind, cells")
    summary, kind = raw.get("summary"), raw.get("kind")
    if not (isinstance(summary, str) and summary.strip()):
        complain("summary", f"summary is {summary!r}; expected a sentence")
    if kind not in KINDS:
        complain("kind", f"kind is {kind!r}; expected one of {', '.join(KINDS)}")
    expected = {cell.cell_id: Expectation(cell.points) for cell in manifest.graded}
    if kind == "wrong" and "cells" not in raw and named is not None:
        for cell, exercise in exercises(manifest):
            if exercise & set(answers):
                expected[cell.cell_id] = Expectation(cell.points, fewer=True)
    for grade_id, entry in raw.get("cells", {}).items():
        place = f"[cells.{grade_id}"
        if grade_id not in expected:
            complain(place, f"unknown graded cell {grade_id!r}; known are {', '.join(expected)}")
            continue
        for message in _wrong_entry(entry, expected[grade_id].points, checks[grade_id]):
            complain(place, f"{grade_id}: {message}")
        if isinstance(entry, dict):
            points = entry.get("points", expected[grade_id].points)
            expected[grade_id] = Expectation(points, entry.get("checks", {}))
    if not problems:
        loses = any(
            expected[cell.cell_id].loses(cell.points)
            or set(expected[cell.cell_id].checks.values()) - {"passed"}
            for cell in manifest.graded
        )
        if kind == "right" and loses:
            complain("kind", "kind is 'right', but a graded cell is expected to lose points")
        if kind == "wrong" and not loses:
            complain("kind", "kind is 'wrong', but every graded cell is expected to get full marks")
    if problems:
        raise SourceError(problems)
    return Case(folder.name, str(summary), str(kind), answers, expected, folder)


def _wrong_entry(entry: object, max_points: float, names: set[str]) -> list[str]:
    if not isinstance(entry, dict):
        return [f"is {entry!r}; expected points and checks"]
    wrong = [
        f"unknown key {key!r}; known: points, checks"
        for key in entry
        if key not in ("points", "checks")
    ]
    points = entry.get("points", max_points)
    is_number = isinstance(points, (int, float)) and not isinstance(points, bool)
    if not is_number or not 0 <= points <= max_points:
        wrong.append(f"points is {points!r}; expected a number from 0 to {max_points:g}")
    verdicts = entry.get("checks", {})
    if not isinstance(verdicts, dict):
        return [*wrong, f"checks is {verdicts!r}; expected check = verdict"]
    for name, verdict in verdicts.items():
        if name not in names:
            wrong.append(f"unknown check {name!r}; known are {', '.join(sorted(names))}")
        if verdict not in VERDICTS:
            wrong.append(f"verdict {verdict!r} of {name}; expected one of {', '.join(VERDICTS)}")
    return wrong


def _read_answers(manifest: Manifest, path: Path, problems: list[Problem]) -> dict[str, str]:
    answers: dict[str, str] = {}
    fillable = {
        cell.cell_id: cell.cell_type
        for cell in manifest.cells
        if cell.role in (Role.ANSWER, Role.ESSAY)
    }
    for text in read_cells(path):
        cell_id = text.metadata.get("grade_id")
        if set(text.metadata) != {"grade_id"}:
            message = f'marker has {sorted(text.metadata)}; write # %% grade_id="…" and no more'
        elif cell_id not in fillable:
            message = f"{cell_id!r} is no answer cell; those are {', '.join(fillable)}"
        elif cell_id in answers:
            message = f"answer cell {cell_id!r} is answered twice"
        elif text.cell_type != fillable[cell_id]:
            message = f"{cell_id!r} is {text.cell_type} here, {fillable[cell_id]} in the notebook"
        else:
            answers[cell_id] = text.source
            continue
        problems.append(Problem(path, text.line, message))
    return answers
