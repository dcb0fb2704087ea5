"""From `solutions/<assignment>/` to a `Manifest`.

What it guarantees:

- A manifest comes back only when the structure is right: ids known and unique, points positive,
  markers balanced, one check file for each graded cell and no other. Otherwise everything that is
  wrong is said at once, with file and line.
- Cell ids depend on the cell's own text alone: inserting a cell changes no other id.

What it does not do: look into check files, cases or leaks; that is `autograder.course.linting`.
"""

from __future__ import annotations

import hashlib
import math
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from autograder.course.layout import Layout
from autograder.course.manifest import Cell, Kind, Manifest, Metadata, Role
from autograder.course.metadata import line_of_exercise
from autograder.course.percent import TextCell, read_cells
from autograder.course.problems import (
    CourseError,
    Problem,
    SourceError,
    UnknownAssignmentError,
)
from autograder.course.rules import RULES_NAME, read_rules
from autograder.course.settings import SETTINGS_NAME, line_of, read_settings
from autograder.course.solution import findings, strip_solution

NOTEBOOK_NAME = "notebook.py"
ASSIGNMENT_NAME = re.compile(r"[a-z][a-z0-9_-]{0,63}")
GRADE_ID = re.compile(r"[a-z][a-z0-9_-]{0,63}")
_KNOWN_KEYS = ("grade_id", "solution", "grade", "points", "locked")
_BOOLEAN_KEYS = ("solution", "grade", "locked", "task")
_NBGRADERS_KEYS = frozenset({"schema_version", "cell_type", "checksum", "task"})
"""What nbgrader itself writes; builds write it anew."""
_EDITORS_KEYS = frozenset(
    {
        "collapsed", "colab", "deletable", "editable", "ExecuteTime", "execution", "hidden", "id",
        "init_cell", "jp-MarkdownHeadingCollapsed", "jupyter", "outputId", "pycharm", "run_control",
        "scrolled", "slideshow", "tags", "trusted", "vscode",
    }
)  # fmt: skip
"""What notebook editors write for themselves; no student receives it."""


def assignment_names(layout: Layout) -> list[str]:
    """Return the names of all assignments that have a source, sorted."""
    return sorted(path.parent.name for path in layout.solutions.glob(f"*/{NOTEBOOK_NAME}"))


def foreign_folders(layout: Layout) -> list[Problem]:
    """Return the folders that hold notebook files instead of a source, with what to do."""
    found = []
    for folder in sorted(layout.solutions.glob("*")):
        files = sorted(folder.glob("*.ipynb"))
        if files and not (folder / NOTEBOOK_NAME).is_file():
            found.append(Problem(folder, 0, _from_notebook(files)))
    return found


def _from_notebook(files: Sequence[Path]) -> str:
    names = ", ".join(file.name for file in files)
    moved = " ".join(shlex.quote(file.name) for file in files)
    return (
        f"has {names} and no {NOTEBOOK_NAME}; sources are text here. Move what is in this folder "
        f"out of the course, remove the folder, and run there: gradlab import {moved}"
    )


def load_manifest(layout: Layout, assignment: str) -> Manifest:
    """Return the manifest of one assignment.

    Raises:
        UnknownAssignmentError: there is no such assignment; the message names those that there are.
        SourceError: its source breaks the rules, or is a notebook file; all problems are in the
            exception.
    """
    folder = layout.solutions / assignment
    if not (folder / NOTEBOOK_NAME).is_file() or folder.parent != layout.solutions:
        if folder.parent == layout.solutions and (files := sorted(folder.glob("*.ipynb"))):
            raise SourceError([Problem(folder, 0, _from_notebook(files))])
        known = ", ".join(assignment_names(layout)) or "none"
        raise UnknownAssignmentError(
            f"no assignment {assignment!r} in {layout.solutions}; known: {known}"
        )
    return read_assignment(folder)


def read_assignment(folder: Path) -> Manifest:
    """Return the manifest of `solutions/<assignment>`; the folder's name is the assignment's.

    Raises:
        SourceError: its source breaks the rules; all problems are in the exception.
    """
    problems: list[Problem] = []
    if not ASSIGNMENT_NAME.fullmatch(folder.name):
        problems.append(
            Problem(folder, 0, f"name {folder.name!r}; expected {ASSIGNMENT_NAME.pattern}")
        )
    path = folder / NOTEBOOK_NAME
    cells = _read_notebook(path, problems)
    checks = _find_checks(folder, cells, path, problems)
    try:
        settings = read_settings(folder)
    except SourceError as refused:
        raise SourceError([*problems, *refused.problems]) from refused
    total = sum(cell.points for cell in cells)
    if settings.points is not None and settings.points != total:
        settings_path = folder / SETTINGS_NAME
        message = f"points = {settings.points:g}, but the cells of the notebook add up to {total:g}"
        problems.append(Problem(settings_path, line_of(settings_path, "points"), message))
    problems.extend(_foreign_metadata(folder / SETTINGS_NAME, cells, settings.metadata))
    course = folder.parent.parent
    common: tuple[str, ...] = ()
    try:
        common = read_rules(course).libraries
    except CourseError as error:
        problems.append(Problem(course / RULES_NAME, 0, str(error)))
    if problems:
        raise SourceError(problems)
    return Manifest(
        assignment=folder.name,
        title=settings.title,
        cells=tuple(cells),
        checks=checks,
        folder=folder,
        files=dict(settings.files),
        limits=settings.limits,
        metadata=dict(settings.metadata),
        libraries=tuple(dict.fromkeys((*common, *settings.libraries))),
    )


def check_file_name(grade_id: str) -> str:
    """Return the name of the hidden check file of a graded cell."""
    return f"test_{grade_id.replace('-', '_')}.py"


def _foreign_metadata(
    path: Path, cells: Sequence[Cell], metadata: Mapping[str, Metadata]
) -> Iterator[Problem]:
    """Find metadata of exercises that the notebook does not have, or has as another kind."""
    known = {cell.cell_id: cell for cell in cells if cell.role in (Role.GRADED, Role.ESSAY)}
    for grade_id, exercise in metadata.items():
        if grade_id not in known:
            message = f"unknown exercise {grade_id!r}; known are {', '.join(known) or 'none'}"
            yield Problem(path, line_of_exercise(path, grade_id), message)
        elif (exercise.kind is Kind.ESSAY) != (known[grade_id].role is Role.ESSAY):
            how = "by hand" if known[grade_id].role is Role.ESSAY else "by checks"
            message = (
                f"exercise {grade_id!r}: kind is {exercise.kind.value!r}, but it is graded {how}"
            )
            yield Problem(path, line_of_exercise(path, grade_id, "kind"), message)


def _read_notebook(path: Path, problems: list[Problem]) -> list[Cell]:
    cells: list[Cell] = []
    lines_by_id: dict[str, int] = {}
    for text in read_cells(path):
        found: list[str] = []
        role, named, points = _interpret(text, found)
        problems.extend(Problem(path, text.line, message) for message in found)
        is_answer = role in (Role.ANSWER, Role.ESSAY)
        marked = findings(text.source, is_answer=is_answer)
        problems.extend(Problem(path, text.file_line(m.line), m.message) for m in marked)
        cell_id = named or _derive_id(text, lines_by_id)
        if cell_id in lines_by_id:
            first = lines_by_id[cell_id]
            message = f"grade id {cell_id!r} is already that of the cell in line {first}"
            problems.append(Problem(path, text.line, message))
        lines_by_id.setdefault(cell_id, text.line)
        released = text.source
        if is_answer and not marked:
            released = strip_solution(text.source, text.cell_type)
        cells.append(Cell(cell_id, text.cell_type, role, released, text.source, points, text.line))
    return cells


def _interpret(text: TextCell, found: list[str]) -> tuple[Role, str, float]:
    """Return role, grade id ("" when none is given) and points; add what is wrong to `found`."""
    found.extend(
        f"unknown cell metadata {key!r}; take {key}=… out of the marker, where only nbgrader={{…}} "
        "is used"
        for key in text.metadata
        if key != "nbgrader" and key not in _EDITORS_KEYS
    )
    raw = text.metadata.get("nbgrader", {})
    if not isinstance(raw, dict):
        found.append(f"nbgrader={raw!r}; expected a JSON object")
        raw = {}
    found.extend(
        f"unknown nbgrader key {key!r}; known are {', '.join(_KNOWN_KEYS)}"
        for key in raw
        if key not in _KNOWN_KEYS and key not in _NBGRADERS_KEYS
    )
    if raw.get("task") is True:
        found.append(
            "a task of nbgrader's, which has no place for an answer of its own; make it an essay: "
            '"grade": true, "solution": true in a markdown cell, without "task"'
        )
    found.extend(
        f"nbgrader key {key!r} is {raw[key]!r}; expected true or false"
        for key in _BOOLEAN_KEYS
        if not isinstance(raw.get(key, False), bool)
    )
    if raw.get("task") is True:  # said above; nothing else about it would help
        return Role.ESSAY, _read_id(raw, Role.ESSAY, found), 0.0
    grade, solution = raw.get("grade") is True, raw.get("solution") is True
    role = {
        (False, False): Role.GIVEN,
        (False, True): Role.ANSWER,
        (True, False): Role.GRADED,
        (True, True): Role.ESSAY,
    }[grade, solution]
    if text.cell_type == "raw" and role is not Role.GIVEN:
        found.append(f"a raw cell cannot be a {role} cell; make it code or markdown")
    if text.cell_type == "markdown" and role in (Role.ANSWER, Role.GRADED):
        found.append(
            "a markdown cell that a student answers is graded by hand: it needs both "
            '"grade": true and "solution": true'
        )
    by_nbgrader = "schema_version" in raw  # whose sources say `"locked": false` of graded cells
    if raw.get("locked") is solution and "locked" in raw and not by_nbgrader:
        expected = "false" if solution else "true"
        found.append(f"locked is {str(raw['locked']).lower()}; a {role} cell has {expected}")
    return role, _read_id(raw, role, found), _read_points(raw, role, found)


def _read_id(raw: Mapping[str, Any], role: Role, found: list[str]) -> str:
    grade_id = raw.get("grade_id", "")
    if "grade_id" in raw and not (isinstance(grade_id, str) and GRADE_ID.fullmatch(grade_id)):
        found.append(f"grade_id is {grade_id!r}; expected {GRADE_ID.pattern}")
        return ""
    if not grade_id and role is not Role.GIVEN:
        found.append(f'a cell of role {role} needs a name: "grade_id": "…"')
    return str(grade_id)


def _read_points(raw: Mapping[str, Any], role: Role, found: list[str]) -> float:
    points = raw.get("points")
    if role in (Role.GIVEN, Role.ANSWER):
        if points is not None:
            found.append(f"points {points!r} on a cell that is not graded; only graded cells have")
        return 0.0
    is_number = isinstance(points, (int, float)) and not isinstance(points, bool)
    if not is_number or not math.isfinite(points) or points <= 0:  # type: ignore[arg-type, operator]  # is_number says so
        found.append(f"points is {points!r}; a graded cell needs a positive number")
        return 0.0
    return float(points)  # type: ignore[arg-type]  # is_number says so


def _derive_id(text: TextCell, taken: Mapping[str, int]) -> str:
    digest = hashlib.sha256(f"{text.cell_type}\n{text.source}".encode()).hexdigest()[:10]
    cell_id = f"given-{digest}"
    repeated = 2
    while cell_id in taken:
        cell_id = f"given-{digest}-{repeated}"
        repeated += 1
    return cell_id


def _find_checks(
    folder: Path, cells: list[Cell], notebook: Path, problems: list[Problem]
) -> dict[str, Path]:
    checks: dict[str, Path] = {}
    owner: dict[str, str] = {}
    for cell in cells:
        if cell.role is not Role.GRADED:
            continue
        name = check_file_name(cell.cell_id)
        if name in owner and owner[name] != cell.cell_id:
            message = f"graded cells {owner[name]!r} and {cell.cell_id!r} share {name}; rename one"
            problems.append(Problem(notebook, cell.line, message))
        owner[name] = cell.cell_id
        checks[cell.cell_id] = folder / "checks" / name
        if not checks[cell.cell_id].is_file():
            message = f"graded cell {cell.cell_id!r} has no checks; write checks/{name}"
            problems.append(Problem(notebook, cell.line, message))
    for path in sorted((folder / "checks").glob("test_*.py")):
        if path.name not in owner:
            message = f"no graded cell has these checks; the notebook has {sorted(owner) or 'none'}"
            problems.append(Problem(path, 0, message))
    return checks
