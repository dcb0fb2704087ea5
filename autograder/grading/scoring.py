"""From what a run brought to the cells of a report, their verdicts and what was hit.

What it guarantees: every cell of the manifest with points is in the report once, in the manifest's
order; what the student's code put out is in it as it came.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from autograder.checking import CheckResult
from autograder.course.manifest import Cell, Manifest, Role
from autograder.grading.missing import Missing
from autograder.grading.pictures import shown
from autograder.grading.prepare import Prepared
from autograder.grading.processes import Run, limit_sentence
from autograder.grading.report import CellReport, CheckReport, ExecutedCell, Report, Verdict

_OVERRUN = "Checking the answer of {cell} took more time or memory than any answer may need."


def report_of_run(
    manifest: Manifest,
    prepared: Prepared,
    known: Mapping[str, CellReport],
    run: Run,
    overrun: Sequence[str],
    *,
    isolation: str,
    versions: Mapping[str, str],
) -> Report:
    """Return the report of a submission that ran.

    Args:
        manifest: of the assignment.
        prepared: the submission.
        known: graded cells whose checks did not run again.
        run: what its cells and checks brought.
        overrun: graded cells whose checks used too much.
        isolation: the level under which it ran.
        versions: of what ran it.
    """
    limits_hit = [result.note for result in run.executed if result.status == "limit"]
    if run.limited:
        limits_hit.append(limit_sentence(run.exit, manifest))
    limits_hit += [_OVERRUN.format(cell=grade_id) for grade_id in overrun]
    results = {result.cell_id: result for result in run.executed}
    checks = _by_cell(run.checked, Missing(prepared.notebook.cells, results))
    cells = []
    for cell in manifest.cells:
        if cell.role is Role.ESSAY:
            cells.append(CellReport(cell.cell_id, cell.points, manual=True))
        elif cell.cell_id in known:
            cells.append(known[cell.cell_id])
        elif cell.role is Role.GRADED:
            cells.append(CellReport(cell.cell_id, cell.points, checks[cell.cell_id]))
    return Report(
        assignment=manifest.assignment,
        key=prepared.keys.report,
        seed=prepared.keys.seed,
        isolation=isolation,
        versions=versions,
        cells=tuple(cells),
        repairs=prepared.notebook.repairs,
        limits_hit=tuple(limits_hit),
        notebook=tuple(
            ExecutedCell(
                cell.cell_id,
                cell.cell_type,
                cell.source,
                results[cell.cell_id].outputs or shown(cell.pictures),
                results[cell.cell_id].execution_count,
            )
            for cell in prepared.notebook.cells
        ),
    )


def told_cell(cell: Cell, results: Sequence[CheckResult]) -> CellReport:
    """Return what can be said of a graded cell whose checks are done: verdicts, and so points."""
    checks = (CheckReport(each.name, Verdict(each.verdict), each.weight) for each in results)
    return CellReport(cell.cell_id, cell.points, tuple(checks))


def _by_cell(
    results: Iterable[CheckResult], missing: Missing
) -> dict[str, tuple[CheckReport, ...]]:
    found: dict[str, list[CheckReport]] = {}
    for result in results:
        check = CheckReport(
            result.name,
            Verdict(result.verdict),
            result.weight,
            missing.explained(result.message)
            if result.verdict != Verdict.PASSED
            else result.message,
            result.hint if result.verdict != Verdict.PASSED else "",
            result.detail,
        )
        found.setdefault(result.grade_id, []).append(check)
    return {grade_id: tuple(checks) for grade_id, checks in found.items()}
