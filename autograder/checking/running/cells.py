"""The wanted checks of one submission, run and judged.

What it guarantees:

- `run_checks` runs only the wanted items of a collection, each set up, called and torn down by
  pytest, with fixtures and parameters as authors expect them.
- Every check's random input depends on the job's seed, its graded cell and its name alone, not on
  the order or on which other checks run.
- `WrongAnswer`, `StudentError`, and what the check file itself says by `assert`, `pytest.fail` or a
  testing library are verdicts. Any other exception is a `CheckFault`, an assertion of the reference
  or of ours included; so is a wanted cell without checks.

What it does not do: find the checks (`autograder.checking.running.collecting` does, once).
"""

from __future__ import annotations

import hashlib
import random
import signal
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice, takewhile
from pathlib import Path
from types import FrameType

import numpy as np
import pytest
import torch

from autograder.checking.clean import MESSAGE_CHARACTERS, clean
from autograder.checking.errors import (
    CannotBeSent,
    CheckFault,
    CheckOverrun,
    StudentError,
    WrongAnswer,
)
from autograder.checking.running.branches import Branches, BranchGone, CellBranch
from autograder.checking.running.collecting import Check, Collection, Current, Plugin
from autograder.checking.running.job import CheckAnswer, CheckJob, CheckResult, OnCell
from autograder.checking.running.line import Clock, Line, gone
from autograder.checking.running.overrun import (
    MESSAGE,
    CheckTimeout,
    is_out_of_memory,
    processor_time,
)
from autograder.checking.student import Student
from autograder.checking.text import DETAIL_CHARACTERS, cause_text, trace_text
from autograder.wire.namespace import RemoteFailure, RemoteGone

_PYTEST_SAYS = ("_pytest.outcomes", "_pytest.raises", "_pytest.recwarn")
_GRACE_SECONDS = 5.0  # after the check's own time, before it is stopped from outside its calls


def derive_seed(seed: int, *names: str) -> int:
    """Return a 31-bit seed that follows from a seed and names."""
    text = "\0".join([str(seed), *names]).encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=4).digest()) >> 1


def run_checks(
    collection: Collection,
    job: CheckJob,
    branches: Branches,
    begins: Callable[[str, str], None] = lambda _grade_id, _name: None,
    ends: OnCell = lambda _grade_id, _results: None,
) -> CheckAnswer:
    """Run the wanted checks, cell by cell, as far as there are processes to ask.

    The last cell's come first: a branch that wakes ends all that was made below it.

    Args:
        collection: from `collect`.
        job: what is wanted.
        branches: the student's processes.
        begins: told graded cell and name of each check before it runs.
        ends: told graded cell and results when all of its checks are done.

    Raises:
        CheckOverrun: a check used more time or memory than it may.
        CheckFault: a check failed through no doing of the student; nothing is known then.
    """
    cells: list[CheckAnswer] = []
    waited_seconds = job.waited_seconds
    for grade_id in reversed(job.grade_ids):
        checks = _wanted(collection, job, grade_id)
        if grade_id in job.lost:
            sentence = clean(job.lost[grade_id])
            results = [_result(grade_id, each, job.lost_verdict, sentence) for each in checks]
            cell = CheckAnswer(results, waited_seconds=waited_seconds)
        elif grade_id in job.overrun:
            results = [_result(grade_id, each, "limit", MESSAGE) for each in checks]
            cell = CheckAnswer(results, waited_seconds=waited_seconds)
        else:
            cell = _run_cell(
                collection.plugin, checks, job, grade_id, branches, waited_seconds, begins
            )
        if not cell.left:
            ends(grade_id, cell.results)
        cells.insert(0, cell)
        waited_seconds = cell.waited_seconds
    return CheckAnswer(
        [result for cell in cells for result in cell.results],
        tuple(grade_id for cell in cells for grade_id in cell.left),
        waited_seconds,
    )


def _run_cell(
    plugin: Plugin,
    checks: Sequence[Check],
    job: CheckJob,
    grade_id: str,
    branches: Branches,
    waited_seconds: float,
    begins: Callable[[str, str], None],
) -> CheckAnswer:
    """Run one graded cell's checks, as far as its process can be used."""
    results: list[CheckResult] = []
    left: tuple[str, ...] = ()
    branch = branches.of_cell(grade_id, derive_seed(job.seed, grade_id))
    for position, check in enumerate(checks):
        following = checks[position + 1].item if position + 1 < len(checks) else None
        clock = Clock(
            job.limits.check_seconds,
            job.limits.call_seconds,
            job.limits.checks_seconds - waited_seconds,
        )
        begins(grade_id, check.name)
        try:
            results.append(_run_one(plugin, check, following, job, grade_id, branch, clock))
        except BranchGone:
            left = (grade_id,)
            check.item.session._setupstate.teardown_exact(None)  # what `following` would have used
            break
        finally:
            waited_seconds += clock.waited_seconds
    waited_seconds += _seconds(branch.drop)
    return CheckAnswer(results, left, waited_seconds)


def _seconds(ending: Callable[[], None]) -> float:
    """End something of the student's, which may take its time, and return how long that took."""
    begin = time.monotonic()
    ending()
    return time.monotonic() - begin


def _wanted(collection: Collection, job: CheckJob, grade_id: str) -> list[Check]:
    key = (job.assignment, grade_id)
    if key in collection.problems:
        cause, trace = collection.problems[key]
        raise CheckFault(f"the check file of {grade_id!r} cannot be used: {cause}", trace, grade_id)
    if key not in collection.checks:
        raise CheckFault(
            f"assignment {job.assignment!r} has no checks for {grade_id!r}", "", grade_id
        )
    return [
        check
        for check in collection.checks[key]
        if (not job.names or check.name in job.names) and (grade_id, check.name) not in job.answered
    ]


def _run_one(
    plugin: Plugin,
    check: Check,
    following: pytest.Item | None,
    job: CheckJob,
    grade_id: str,
    branch: CellBranch,
    clock: Clock,
) -> CheckResult:
    seed = derive_seed(job.seed, grade_id, check.name)
    random.seed(seed)
    np.random.seed(seed)
    torch.default_generator.manual_seed(seed)  # `torch.manual_seed` looks for every kind of device
    torch.set_default_dtype(torch.float32)
    lines: list[Line] = []
    lost = False

    def connect() -> Student:
        nonlocal lost
        clock.grant()  # opening takes time, too
        begin = time.monotonic()
        try:
            line = Line(branch.open(), clock)
        except RemoteFailure as failure:
            lost |= isinstance(failure, RemoteGone)
            raise gone(failure) from failure
        finally:
            clock.waited_seconds += time.monotonic() - begin
        lines.append(line)
        above = dict(islice(job.sources.items(), job.above.get(grade_id)))
        return Student(line, above, job.given)

    exceptions: list[BaseException] = []
    plugin.current = Current(seed, connect)
    try:
        with _alarm(job.limits.check_seconds + _GRACE_SECONDS), processor_time(job.check_seconds):
            _run_item(check.item, following, exceptions)
    except CheckTimeout as timeout:  # between two phases
        exceptions.append(timeout)
    finally:
        plugin.current = None
    timed_out = any(isinstance(error, CheckTimeout) for error in exceptions)
    interrupted = timed_out or any(line.interrupted for line in lines)
    was_gone = branch.was_gone
    if interrupted or any(line.namespace.dead for line in lines):
        clock.waited_seconds += _seconds(branch.drop)
    if was_gone or any(isinstance(error, BranchGone) for error in exceptions):
        raise BranchGone
    if not exceptions:
        return _result(grade_id, check, "passed")
    lost |= any(line.namespace.ended for line in lines)
    missing = next((line.missing for line in lines if line.missing), "")
    judged = _judge(grade_id, check, exceptions[0], clock)
    return replace(judged, lost=lost, missing=missing)


def _run_item(
    item: pytest.Function, following: pytest.Item | None, exceptions: list[BaseException]
) -> None:
    """Go through the phases of pytest's runner, without the reports that nobody would read.

    Args:
        item: what to run.
        following: what runs next, for which fixtures of a wider scope are kept.
        exceptions: gets what each phase raised.
    """
    state = item.session._setupstate
    if not getattr(item, "_request", None):  # forgotten below, when it ran before
        item._initrequest()
    try:
        state.setup(item)
        item.runtest()
    except BaseException as error:  # noqa: BLE001  # whatever it is, it is judged
        exceptions.append(error)
    try:
        state.teardown_exact(following)
    except BaseException as error:  # noqa: BLE001
        exceptions.append(error)
    item._request = False  # type: ignore[assignment]  # as pytest itself forgets it
    item.funcargs = {}


def _judge(grade_id: str, check: Check, error: BaseException, clock: Clock) -> CheckResult:
    if isinstance(error, WrongAnswer):
        return _result(grade_id, check, "failed", error.message, error.detail)
    if isinstance(error, StudentError):
        verdict = "limit" if error.limit else "error"
        return _result(grade_id, check, verdict, error.message, error.detail)
    if isinstance(error, CheckTimeout) and 2 * clock.waited_seconds >= clock.check_seconds:
        late = clock.exceeded()
        return _result(grade_id, check, "limit", late.message, late.detail)
    if isinstance(error, CheckTimeout | CannotBeSent) or is_out_of_memory(error):
        raise CheckOverrun(
            f"check {check.name} of {grade_id}: {cause_text(error, check.item.path)}",
            clean(trace_text(error, check.item.path.parent), DETAIL_CHARACTERS, brackets=False),
            grade_id,
            check.name,
        ) from error
    trace = trace_text(error, check.item.path.parent)
    if isinstance(error, AssertionError | pytest.fail.Exception) and _is_asserted(error, check):
        return _result(grade_id, check, "failed", _said(error, check), trace)
    raise CheckFault(
        f"check {check.name} of {grade_id}: {cause_text(error, check.item.path)}",
        clean(trace, DETAIL_CHARACTERS, brackets=False),
        grade_id,
        check.name,
    ) from error


def _is_asserted(error: BaseException, check: Check) -> bool:
    """Say whether the check file asserts it, itself or by a library that is made for it."""
    frames = [frame for frame, _line in traceback.walk_tb(error.__traceback__)]
    if Path(frames[-1].f_code.co_filename) == check.item.path:
        return True
    calls = [(str(frame.f_globals.get("__name__")), frame.f_code.co_name) for frame in frames]
    module = calls[-1][0]
    if module.startswith("_pytest."):  # what a check file calls; the others are pytest's own errors
        inside = [*takewhile(lambda call: call[0].startswith("_pytest."), reversed(calls))]
        return inside[-1][0] in _PYTEST_SAYS or inside[-1][1] == "match"  # of `ExceptionInfo`
    return bool({"testing", "unittest"} & {*module.split(".")})


def _said(error: BaseException, check: Check) -> str:
    """Return what the student may read of a plain assertion: the author's own words, no others'.

    A library's assertion (`torch.testing.assert_close`) would print expected values.
    """
    frames = [Path(frame.filename) for frame in traceback.extract_tb(error.__traceback__)]
    calls = frames[-2] if isinstance(error, pytest.fail.Exception) else frames[-1]
    if calls == check.item.path and error.args and isinstance(error.args[0], str):
        return error.args[0]
    first_line = (check.item.function.__doc__ or "").strip().splitlines()[:1]
    return f"This does not hold: {first_line[0]}" if first_line else "The answer is not right."


def _result(
    grade_id: str, check: Check, verdict: str, message: str = "", detail: str = ""
) -> CheckResult:
    return CheckResult(
        grade_id,
        check.name,
        verdict,
        check.weight,
        clean(message, MESSAGE_CHARACTERS),
        check.hint,
        clean(detail, DETAIL_CHARACTERS, brackets=False),
    )


@contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    def ring(_number: int, _frame: FrameType | None) -> None:
        raise CheckTimeout(f"the check did not end within {seconds:g} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
