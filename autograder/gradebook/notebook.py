"""Make the autograded notebook of a report: what TAs see in formgrader and students as feedback.

What it guarantees:

- Locked cells have the manifest's text and every graded cell its nbgrader metadata, whatever the
  submission had; cells that the student added stand where they ran, without any.
- Each check's verdict, message and hint stand under their graded cell, in a form that no output of
  the student's code can have.
- Nothing in it runs in a browser or terminal (see `safe_text`), and showing it takes seconds at
  most (see `bounds`).

What it does not do: show the checks' details, which may hold hidden values.
"""

from __future__ import annotations

import functools
import html
import re
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from autograder.course.manifest import Cell, Manifest, Role
from autograder.course.notebooks import release_notebook
from autograder.gradebook import safe_text
from autograder.gradebook.bounds import bounded
from autograder.gradebook.notebook_text import (
    Written,
    notebook_text,
    written_cell,
    written_metadata,
    written_output,
)
from autograder.grading.report import CellReport, CheckReport, ExecutedCell, Report, Verdict

NOTES_ID = "gradlab-notes"
_SYMBOLS = {
    Verdict.PASSED: "✔ passed",
    Verdict.FAILED: "✘ failed",
    Verdict.ERROR: "✘ error",
    Verdict.LIMIT: "✘ limit exceeded",
}
_STUDENT_ROLES = (Role.ANSWER, Role.ESSAY)
_CELL_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")


class AutogradedNotebook:
    """Makes the autograded notebooks of one assignment.

    Args:
        manifest: the assignment.
    """

    def __init__(self, manifest: Manifest) -> None:
        self._manifest = manifest
        self._cells = {cell.cell_id: cell for cell in manifest.cells}
        self._locked = {c.cell_id for c in manifest.cells if c.role not in _STUDENT_ROLES}
        release = release_notebook(manifest)
        self._released = {
            cell["id"]: {**cell, "metadata": written_metadata(cell["metadata"])}
            for cell in release["cells"]
        }
        self._metadata: Mapping[str, Any] = release["metadata"]
        self._shared = functools.lru_cache(maxsize=1024)(self._cell)  # a class has few that differ

    @property
    def kernelspec(self) -> Mapping[str, Any]:
        """Return the kernel that the notebooks name."""
        kernelspec: Mapping[str, Any] = self._metadata["kernelspec"]
        return kernelspec

    def text(self, report: Report) -> str:
        """Return the text of a report's notebook, in nbformat 4.5."""
        results = {cell.grade_id: cell for cell in report.cells}
        taken = set(self._cells) | {NOTES_ID}
        placed: dict[str, Written] = {}
        for number, executed in enumerate(bounded(report.notebook, self._locked)):
            cell_id = executed.cell_id
            if cell_id in self._cells and cell_id not in placed:
                placed[cell_id] = self._known(executed, results.get(cell_id))
            else:
                made = _added(executed, number, taken)
                taken.add(made["id"])
                placed[made["id"]] = written_cell(made)
        cells = self._complete(placed, results)
        notes = _notes(report)
        metadata = {**self._metadata, "gradlab": _provenance(report)}
        return notebook_text(
            {
                "cells": [written_cell(notes), *cells] if notes else cells,
                "metadata": metadata,
                "nbformat": 4,
                "nbformat_minor": 5,
            }
        )

    def _known(self, executed: ExecutedCell, result: CellReport | None) -> Written:
        """Write a cell of the assignment as it was run."""
        cell_id, count = executed.cell_id, _count(executed)
        if cell_id not in self._locked:
            return self._cell(cell_id, count, result, executed.outputs, executed.source)
        if executed.outputs:
            return self._cell(cell_id, count, result, executed.outputs)
        return self._shared(cell_id, count, result)

    def _cell(
        self,
        cell_id: str,
        count: int | None,
        result: CellReport | None,
        outputs: Iterable[Mapping[str, Any]] = (),
        source: str | None = None,
    ) -> Written:
        """Write a cell of the assignment with its verdicts, by default with the released text."""
        made = dict(self._released[cell_id])
        if source is not None:
            is_markdown = made["cell_type"] == "markdown"
            made |= (
                _text(source, outputs) if is_markdown else {"source": safe_text.plain_text(source)}
            )
        if made["cell_type"] == "code":
            made["execution_count"] = count
            made["outputs"] = safe_text.outputs(outputs)
            if result is not None:
                made["outputs"].append(_verdict_output(result))
        return written_cell(made)

    def _complete(
        self, placed: Mapping[str, Written], results: Mapping[str, CellReport]
    ) -> list[Written]:
        """Return the cells in order; what a refused submission lacks comes from the release."""
        cells, order = list(placed.values()), list(placed)
        at = 0
        for cell_id in self._cells:
            if cell_id in placed:
                at = order.index(cell_id) + 1
            else:
                order.insert(at, cell_id)
                cells.insert(at, self._shared(cell_id, None, results.get(cell_id)))
                at += 1
        return cells


@functools.lru_cache(maxsize=128)
def _verdict_output(result: CellReport) -> Written:
    """Return the output that shows the verdicts of one graded cell; many students have the same."""
    points = result.points or 0.0
    look = "success" if points >= result.max_points else "danger" if points == 0 else "warning"
    head = f"Checks: {points:g} of {result.max_points:g} points"
    total = sum((Fraction(check.weight) for check in result.checks), Fraction(0))
    plain = [head]
    rows = []
    for check in result.checks:
        worth = float(Fraction(result.max_points) * Fraction(check.weight) / total) if total else 0
        name = check.name.removeprefix("test_").replace("_", " ")
        title = safe_text.plain_text(f"{name} ({round(worth, 2):g})")
        message, hint = _explanation(check)
        plain.append(f"  {_SYMBOLS[check.verdict]}: {title}")
        plain += [f"      {line}" for line in message.splitlines()]
        plain += [f"      Hint: {hint}"] if hint else []
        told = _told(message)
        told += f"<em>Hint: {html.escape(hint)}</em>" if hint else ""
        rows.append(
            f"<li><strong>{_SYMBOLS[check.verdict]}</strong>: {html.escape(title)}{told}</li>"
        )
    if not result.checks:
        plain.append("  No check could be run.")
        rows.append("<li>No check could be run.</li>")
    page = f'<div class="alert alert-{look}"><strong>{head}</strong><ul>{"".join(rows)}</ul></div>'
    data = {"text/html": page, "text/plain": "\n".join(plain)}
    return written_output({"output_type": "display_data", "data": data, "metadata": {}})


def _told(message: str) -> str:
    """Return a message as HTML: one line wraps where the page ends, several keep their shape."""
    if not message:
        return ""
    escaped = html.escape(message)
    return f"<pre>{escaped}</pre>" if "\n" in message.strip() else f"<div>{escaped}</div>"


def _text(source: str, outputs: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what a text cell has: its source, and its pictures if there are any."""
    pictures = safe_text.pictures(outputs)
    shown: dict[str, Any] = {"source": safe_text.markdown(source, pictures)}
    return shown | ({"attachments": pictures} if pictures else {})


def is_unanswered(cell: Cell, report: Report) -> bool:
    """Return whether the student left an answer or essay cell as it was released."""
    made = next((one for one in report.notebook if one.cell_id == cell.cell_id), None)
    if made is None:
        return True
    has_pictures = made.cell_type == "markdown" and bool(made.outputs)
    return made.source == cell.source and not has_pictures


def _explanation(check: CheckReport) -> tuple[str, str]:
    message = safe_text.plain_text(check.message).strip()
    hint = "" if check.verdict is Verdict.PASSED else safe_text.plain_text(check.hint).strip()
    return message, " ".join(hint.split())


def _count(executed: ExecutedCell) -> int | None:
    return executed.execution_count if type(executed.execution_count) is int else None


def _added(executed: ExecutedCell, number: int, taken: set[str]) -> dict[str, Any]:
    cell_id = executed.cell_id
    if cell_id in taken or not _CELL_ID.fullmatch(cell_id):
        cell_id = f"added-{number}"
        while cell_id in taken:
            cell_id += "-"
    made: dict[str, Any] = {"cell_type": executed.cell_type, "id": cell_id, "metadata": {}}
    if executed.cell_type == "code":
        return {
            **made,
            "source": safe_text.plain_text(executed.source),
            "execution_count": _count(executed),
            "outputs": safe_text.outputs(executed.outputs),
        }
    # raw cells too: templates would let some of them through as they are
    return {**made, "cell_type": "markdown", **_text(executed.source, executed.outputs)}


def _notes(report: Report) -> dict[str, Any] | None:
    lines = []
    if report.refusal:
        lines.append(f"This submission could not be graded and earns no points: {report.refusal}")
    lines += [f"Mended: {repair.message}" for repair in report.repairs if not report.refusal]
    lines += list(report.limits_hit)
    if not lines:
        return None
    listed = "\n".join(f"- {safe_text.markdown(' '.join(line.split()))}" for line in lines)
    source = f"**Notes on the grading of this submission**\n\n{listed}"
    return {"cell_type": "markdown", "id": NOTES_ID, "metadata": {}, "source": source}


def _provenance(report: Report) -> dict[str, Any]:
    return {
        "assignment": report.assignment,
        "isolation": report.isolation,
        "key": report.key,
        "seed": report.seed,
        "versions": dict(report.versions),
    }
