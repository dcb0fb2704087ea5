"""The author's proof: an exercise grades right answers right and named wrong ones wrong.

What it guarantees:

- The instructor's notebook gets full marks, the untouched notebook gets nothing, and each case
  under `submissions/` gets exactly the points and verdicts that it expects.
- The visible self-check of a graded cell refuses no right answer.
- Everything goes through the same grader as a student's submission.
- A wrong case meets several draws of the random inputs: what is found by chance is not proved.
- A case is checked in the cells that it concerns; in the others it is the instructor's notebook,
  which is checked in all. Asked for every cell, it is checked in the others as well: an answer
  that changes what a later exercise computes is found then.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from autograder.course import (
    Case,
    Expectation,
    concerned_cells,
    instructor_answers,
    load_cases,
    notebook_bytes,
    release_notebook,
    submission_notebook,
)
from autograder.course.manifest import Manifest
from autograder.grading.prepare import Prepared, Preparer, Refusal, blank_cells
from autograder.grading.report import CellReport, Report

_NEGLIGIBLE = 1e-5  # points


_WRONG_SEEDS = 3  # draws that a wrong case meets at least


@dataclass(frozen=True)
class Specimen:
    """One submission whose report is known beforehand.

    Args:
        name: `instructor`, `untouched`, or the case's name.
        notebook: the bytes that a student would submit.
        cells: the graded cells whose checks run.
        draw: 0 for the submission's own seed, else the number of another one.
        case: the case, `None` for the first two.
        full: whether full marks are expected (the first two only).
    """

    assignment: str
    name: str
    notebook: bytes
    cells: frozenset[str]
    draw: int = 0
    case: Case | None = None
    full: bool = False

    @property
    def label(self) -> str:
        """Return how it is called in print."""
        again = f" (seed {self.draw + 1})" if self.draw else ""
        return f"{self.assignment}/{self.name}{again}"

    def to_bytes(self) -> bytes:
        """Return what `prepare_specimen` reads: which cells, which draw, and the notebook."""
        return (
            json.dumps({"cells": sorted(self.cells), "draw": self.draw, "full": self.full}).encode()
            + b"\n"
            + (self.notebook)
        )


def specimens(
    manifest: Manifest, *, every_cell: bool = False, seeds: int | None = None
) -> Iterator[Specimen]:
    """Return all submissions whose report is known: instructor's, untouched, cases.

    Args:
        manifest: of the assignment.
        every_cell: check a case in the cells that it does not concern as well.
        seeds: how many draws of random inputs each meets. By default one, and three for a wrong
            case, whose verdict must not depend on the draw, but for cells that train something.
    """
    name = manifest.assignment
    graded = frozenset(cell.cell_id for cell in manifest.graded)
    solved = notebook_bytes(submission_notebook(manifest, instructor_answers(manifest)))
    untouched = notebook_bytes(release_notebook(manifest))
    cases = [(case, notebook_bytes(case.notebook(manifest))) for case in load_cases(manifest)]
    trained = frozenset(cell_id for cell_id in graded if _trains(manifest, cell_id))
    for draw in range(seeds or _WRONG_SEEDS):
        if draw < (seeds or 1):
            yield Specimen(name, "instructor", solved, graded, draw, full=True)
            yield Specimen(name, "untouched", untouched, graded, draw)
        for case, notebook in cases:
            cells = graded if every_cell else concerned_cells(manifest, case)
            if draw >= (seeds or 1):
                cells = cells - trained if case.kind == "wrong" else frozenset()
            if cells:
                yield Specimen(name, case.name, notebook, cells, draw, case)


def _trains(manifest: Manifest, cell_id: str) -> bool:
    """Tell whether a cell's checks train: luck is part of such a verdict."""
    path = manifest.checks.get(cell_id)
    return path is not None and "assert_trained(" in path.read_text("utf-8")


def prepare_specimen(
    preparer: Preparer, assignment: str, data: bytes
) -> tuple[Prepared | Refusal, Mapping[str, CellReport]]:
    """Return what a grader is given: the submission, and the cells that it need not check.

    Args:
        preparer: of the course.
        assignment: its name.
        data: what `Specimen.to_bytes` returned.
    """
    head, _, notebook = data.partition(b"\n")
    wanted = json.loads(head)
    prepared = preparer.prepare(assignment, notebook)
    if wanted["draw"]:
        text = f"{prepared.keys.seed} {wanted['draw']}".encode()
        seed = int(hashlib.sha256(text).hexdigest()[:16], 16) >> 1
        prepared = replace(prepared, keys=replace(prepared.keys, seed=seed))
    if isinstance(prepared, Prepared) and wanted["full"]:
        prepared = replace(prepared, figures=True)  # the author's own have to be drawn
    blank = blank_cells(preparer.manifest(assignment))
    return prepared, {
        cell.grade_id: cell
        for cell in blank
        if not cell.manual and cell.grade_id not in wanted["cells"]
    }


def differences(manifest: Manifest, specimen: Specimen, report: Report) -> list[str]:
    """Return what of a report is not as it must be, one sentence each; empty when all is."""
    if report.refusal:
        return [f"refused: {report.refusal}"]
    found: list[str] = []
    graded = {cell.grade_id: cell for cell in report.cells if not cell.manual}
    for cell in (cell for cell in manifest.graded if cell.cell_id in specimen.cells):
        got = graded[cell.cell_id]
        said = "; ".join(
            f"{check.name} {check.verdict}: {check.message} {check.detail}".strip()
            for check in got.checks
            if check.verdict != "passed"
        )
        if specimen.case is None:
            expected = Expectation(cell.points if specimen.full else 0.0)
        else:
            expected = specimen.case.expected[cell.cell_id]
        lost = expected.points - (got.points or 0.0)
        if lost <= _NEGLIGIBLE if expected.fewer else abs(lost) > _NEGLIGIBLE:
            wanted = f"{'fewer than ' * expected.fewer}{expected.points:g}"
            found.append(f"{cell.cell_id}: {got.points:g} points, expected {wanted} ({said})")
        if specimen.full or (specimen.case is not None and specimen.case.kind == "right"):
            refused = _self_check(report, cell.cell_id)
            if refused:
                found.append(f"{cell.cell_id}: the visible self-check refuses it ({refused})")
        if specimen.case is not None:
            verdicts = {check.name: str(check.verdict) for check in got.checks}
            for name, verdict in specimen.case.expected[cell.cell_id].checks.items():
                if verdicts.get(name) != verdict:
                    came = verdicts.get(name, "absent")
                    found.append(f"{cell.cell_id}.{name}: {came}, expected {verdict} ({said})")
    return found


def _self_check(report: Report, cell_id: str) -> str:
    """Return what the graded cell raised when it ran in the notebook; empty when it did not."""
    for cell in report.notebook:
        if cell.cell_id == cell_id:
            for output in cell.outputs:
                if output.get("output_type") == "error":
                    return f"{output.get('ename', '')}: {output.get('evalue', '')}"[:300]
    return ""
