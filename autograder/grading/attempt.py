"""One attempt at a submission: a run whose process branches, and runs for what that leaves over.

The cells run once. After each graded cell the process branches, and the checks of that cell talk to
its branch, so that they find what the student saw when the visible self-check passed there.

What it guarantees:

- A graded cell of which checks are left over (its branch could not be made, ended before it was
  asked, or was spoilt by an endless loop) runs again: all cells up to it, in a process of its own.
- A name that only a cell below defines is looked for once where the last cell ends, and the result
  says so.
- No check runs twice otherwise, and the time that the student's code took counts on. Together the
  further runs are bounded in time.

What it does not do: start or end processes (`autograder.grading.processes`), or try again after
somebody killed one (the grader).
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import replace

from autograder.checking import CheckJob, CheckResult
from autograder.checking.running.job import OnCell, one_cause
from autograder.checking.running.overrun import CheckLimits
from autograder.course.manifest import Manifest, Role
from autograder.grading.prepare import Prepared
from autograder.grading.processes import LIMIT_KINDS, Processes, Run
from autograder.grading.report import Verdict
from autograder.sandbox import Exit

_WRITTEN = (Role.ANSWER, None)  # cells whose text is the student's
_FURTHER_RUNS = 2  # times what the cells and checks of a submission may take
_TOO_LONG = (
    "Running the notebook again for each check that spoilt it took too long. Look for endless "
    "loops, and for what ends Python or uses up its memory."
)
_BELOW = (
    "`{name}` is defined only by a cell below this one; it was checked as the last cell left it."
)


def attempt(
    processes: Processes,
    manifest: Manifest,
    prepared: Prepared,
    wanted: Sequence[str],
    limits: CheckLimits,
    *,
    overrun: Sequence[str] = (),
    names: Sequence[str] = (),
    on_cell: OnCell = lambda _grade_id, _results: None,
) -> Run:
    """Run the cells and the checks, some of them again as far as is needed.

    Args:
        processes: run each job.
        manifest: of the assignment.
        prepared: the submission.
        wanted: the graded cells whose checks run.
        limits: of the checks.
        overrun: cells of `wanted` whose checks used too much before; each gets `limit`.
        names: only the checks of these names, all when empty.
        on_cell: told of each graded cell whose checks are done, perhaps again when some of them
            had to run again.
    """
    job = _job(manifest, prepared, wanted, limits, overrun, names)
    first = processes.run(manifest, prepared, job, limits, on_cell)
    further = _FurtherRuns(processes, manifest, prepared, job, limits, first, on_cell)
    for grade_id in first.answer.left:
        further.complete(grade_id)
    for grade_id in further.defined_below():
        further.look_below(grade_id)
    return further.whole()


class _FurtherRuns:
    """The results so far, and runs that complete them."""

    def __init__(
        self,
        processes: Processes,
        manifest: Manifest,
        prepared: Prepared,
        job: CheckJob,
        limits: CheckLimits,
        first: Run,
        on_cell: OnCell,
    ) -> None:
        self._processes = processes
        self._manifest = manifest
        self._prepared = prepared
        self._limits = limits
        self._first = first
        self._on_cell = on_cell
        self._job = replace(job, waited_seconds=first.answer.waited_seconds)
        self._exits = [first.exit]
        self._results = {(each.grade_id, each.name): each for each in first.checked}
        seconds = manifest.limits.notebook_seconds + manifest.limits.checks_seconds
        self._end = time.monotonic() + _FURTHER_RUNS * seconds

    def complete(self, grade_id: str) -> None:
        """Run the cells up to a graded one again, until each of its checks has a result."""
        while True:
            job = self._of_cell(grade_id, self._known(grade_id))
            if time.monotonic() >= self._end:
                lost = replace(job, lost={grade_id: _TOO_LONG}, lost_verdict=str(Verdict.LIMIT))
                self._take(self._processes.check_lost(lost, self._limits).results)
                break
            run = self._again(job, until=grade_id)
            self._take(run.checked)
            if not run.answer.left:
                break
        self._on_cell(grade_id, self._known(grade_id))

    def defined_below(self) -> list[str]:
        """Return the graded cells that asked for names which only the cells below define."""
        below = [each for each in self._results.values() if each.missing in self._first.names]
        return list(dict.fromkeys(result.grade_id for result in below))

    def look_below(self, grade_id: str) -> None:
        """Ask once more where the last cell ends for what was missing where the graded one does."""
        known = self._known(grade_id)
        missing = {each.name: each.missing for each in known if each.missing in self._first.names}
        job = self._of_cell(grade_id, [each for each in known if each.name not in missing])
        job = replace(job, above={})
        found = [each for each in self._again(job).checked if not each.missing]
        notes = [_BELOW.format(name=missing[each.name]) for each in found]
        self._take(
            replace(each, message=f"{note} {each.message}".strip())
            for each, note in zip(found, notes, strict=True)
        )
        if found:
            self._on_cell(grade_id, self._known(grade_id))

    def whole(self) -> Run:
        """Return the whole."""
        results = [r for name in self._job.grade_ids for r in one_cause(self._known(name))]
        answer = replace(
            self._first.answer, results=results, left=(), waited_seconds=self._job.waited_seconds
        )
        return replace(self._first, answer=answer, exit=_telling(self._exits))

    def _known(self, grade_id: str) -> list[CheckResult]:
        return [result for result in self._results.values() if result.grade_id == grade_id]

    def _of_cell(self, grade_id: str, answered: Iterable[CheckResult]) -> CheckJob:
        names = tuple((result.grade_id, result.name) for result in answered)
        return replace(self._job, grade_ids=(grade_id,), answered=names)

    def _again(self, job: CheckJob, until: str = "") -> Run:
        run = self._processes.again(self._manifest, self._prepared, job, self._limits, until)
        self._exits.append(run.exit)
        self._job = replace(self._job, waited_seconds=run.answer.waited_seconds)
        return run

    def _take(self, results: Iterable[CheckResult]) -> None:
        self._results |= {(result.grade_id, result.name): result for result in results}


def _job(
    manifest: Manifest,
    prepared: Prepared,
    wanted: Sequence[str],
    limits: CheckLimits,
    overrun: Sequence[str],
    names: Sequence[str],
) -> CheckJob:
    """Return the checks to run."""
    code = [cell for cell in prepared.notebook.cells if cell.cell_type == "code"]
    return CheckJob(
        assignment=manifest.assignment,
        grade_ids=tuple(wanted),
        seed=prepared.keys.seed,
        limits=manifest.limits,
        sources={cell.cell_id: cell.source for cell in code if cell.role in _WRITTEN},
        given=_given(manifest),
        above=_above(prepared, wanted),
        names=tuple(names),
        check_seconds=limits.check_seconds,
        overrun=tuple(overrun),
    )


def _above(prepared: Prepared, wanted: Sequence[str]) -> dict[str, int]:
    """Return how many of the student's texts stand above each graded cell."""
    code = [cell for cell in prepared.notebook.cells if cell.cell_type == "code"]
    return {
        cell.cell_id: sum(other.role in _WRITTEN for other in code[:place])
        for place, cell in enumerate(code)
        if cell.cell_id in wanted
    }


def _given(manifest: Manifest) -> dict[str, str]:
    """Return what students receive: the locked code cells, and the answers' beginnings."""
    return {cell.cell_id: cell.source for cell in manifest.cells if cell.cell_type == "code"}


def _telling(exits: Sequence[Exit]) -> Exit:
    """Return the end that says most: a fault of ours, then a limit, then the first."""
    for kinds in (("lost", "fault"), LIMIT_KINDS, ("signalled",)):
        for exit_ in exits:
            if exit_.kind in kinds:
                return exit_
    return exits[0]
