"""One attempt at a submission: which cells share the student's process, and when it is spent.

The checks of most graded cells use only names whose use leaves nothing behind (by the text of the
notebook, `autograder.grading.stateless`). They talk to the student's process itself, one cell
after another; the checks of other cells each talk to a fork of it.

What it guarantees:

- When the shared process is spent, by an endless loop in it for example, the checks that are left
  go on in another process in which the same cells ran. Nothing is shared there.
- When a limit of the submission ended the shared process there is no second one: the checks that
  are left get the verdict `limit`.
- No check runs twice, and the time that the student's code took counts on.

What it does not do: start or end processes (`autograder.grading.processes`), or try again after
somebody killed one (the grader).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from autograder.checking import CheckJob
from autograder.checking.overrun import CheckLimits
from autograder.course.manifest import Manifest, Role
from autograder.grading.prepare import Prepared
from autograder.grading.processes import Processes, Run, limit_sentence
from autograder.grading.report import Verdict
from autograder.grading.stateless import stateless_names

_WRITTEN = (Role.ANSWER, None)  # cells whose text is the student's


def attempt(
    processes: Processes,
    manifest: Manifest,
    prepared: Prepared,
    wanted: Sequence[str],
    limits: CheckLimits,
    *,
    overrun: Sequence[str] = (),
    names: Sequence[str] = (),
) -> Run:
    """Run the cells and the checks; the checks in two processes, if the first gets spent.

    Args:
        processes: run each job.
        manifest: of the assignment.
        prepared: the submission.
        wanted: the graded cells whose checks run.
        limits: of the checks.
        overrun: cells of `wanted` whose checks used too much before; each gets `limit`.
        names: only the checks of these names, all when empty.
    """
    job = _job(manifest, prepared, wanted, limits, overrun, names)
    first = processes.run(manifest, prepared, job, limits)
    if not first.answer.spent:
        return first
    rest = replace(
        job,
        stateless=(),
        answered=tuple((result.grade_id, result.name) for result in first.checked),
        waited_seconds=first.answer.waited_seconds,
    )
    if not first.limited:
        return _whole(first, processes.run(manifest, prepared, rest, limits))
    sentence = limit_sentence(first.exit, manifest)
    rest = replace(rest, lost=sentence, lost_verdict=str(Verdict.LIMIT))
    return _whole(first, Run([], processes.check_lost(rest, limits), first.exit))


def _job(
    manifest: Manifest,
    prepared: Prepared,
    wanted: Sequence[str],
    limits: CheckLimits,
    overrun: Sequence[str],
    names: Sequence[str],
) -> CheckJob:
    """Return the checks to run, with the names whose use leaves nothing behind."""
    code = [cell for cell in prepared.notebook.cells if cell.cell_type == "code"]
    return CheckJob(
        assignment=manifest.assignment,
        grade_ids=tuple(wanted),
        seed=prepared.keys.seed,
        limits=manifest.limits,
        sources={cell.cell_id: cell.source for cell in code if cell.role in _WRITTEN},
        given=_given(manifest),
        names=tuple(names),
        check_seconds=limits.check_seconds,
        overrun=tuple(overrun),
        stateless=tuple(sorted(stateless_names(cell.source for cell in code))),
    )


def _given(manifest: Manifest) -> dict[str, str]:
    """Return what students receive: the locked code cells, and the answers' beginnings."""
    return {cell.cell_id: cell.source for cell in manifest.cells if cell.cell_type == "code"}


def _whole(first: Run, rest: Run) -> Run:
    """Return the whole of a run whose process was spent and of the one that went on."""
    answer = replace(rest.answer, results=[*first.checked, *rest.checked])
    exit_ = first.exit if first.limited or first.lost else rest.exit
    return Run(first.executed, answer, exit_)
