"""gradlab's checks as hidden tests of nbgrader: run in the notebook that they judge.

What it guarantees:

- The checks are those of `autograder.checking`, run and judged by the same lines: same verdicts,
  messages, and points of a cell that is partly right. Inputs are drawn from one fixed seed.
- They ask a fork of the notebook's process, so a call that ends Python or never returns costs its
  check alone. What is not known is no pass: the cell raises then.

What it does not do: guard anything. The student's code ran in this process before, and may have
replaced whatever stands here. gradlab's own grading has a process of its own for the checks.

It is copied beside an exported course, with the packages that it imports, and runs there without
the rest of gradlab.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from autograder.checking.errors import CheckFault
from autograder.checking.running.branches import Branches
from autograder.checking.running.cells import run_checks
from autograder.checking.running.collecting import collect
from autograder.checking.running.job import CheckJob, CheckResult, one_cause
from autograder.student.alarm import Alarm
from autograder.student.capture import Capture
from autograder.student.objects import Objects
from autograder.wire.channel import Channel
from autograder.wire.errors import Untransferable, WireError
from autograder.wire.limits import Limits
from autograder.wire.session import StudentSession

_SEED = 0


def run_hidden(
    notebook: str, grade_id: str, points: float, checks: str, limits: Mapping[str, Any]
) -> float:
    """Run the checks of one graded cell; print each verdict, and return the points.

    Args:
        notebook: the notebook's file in the working folder, where the texts of cells are read.
        grade_id: the graded cell.
        points: the most that it can earn.
        checks: the text of its check file.
        limits: of the assignment, as `assignment.toml` has them.

    Raises:
        AssertionError: no check passes: nbgrader takes an error for no points.
        CheckFault: a check failed through no doing of the student.
    """
    from IPython import get_ipython

    shell = get_ipython()
    results = _results(shell, Path(notebook), grade_id, checks, limits)
    for one in one_cause(results):
        print(f"{one.verdict}: {one.name}")
        said = (one.message, one.hint) if one.verdict != "passed" else ()
        for text in filter(None, said):
            print(f"    {text}")
    total = sum(Fraction(one.weight) for one in results)
    passed = sum(Fraction(one.weight) for one in results if one.verdict == "passed")
    if not passed:
        raise AssertionError("No check of this cell passes; what each says stands above.")
    return round(float(Fraction(points) * passed / total), 6)


def _results(
    shell: Any, notebook: Path, grade_id: str, checks: str, limits: Mapping[str, Any]
) -> list[CheckResult]:
    sources, above, given = _texts(notebook, grade_id)
    with tempfile.TemporaryDirectory(prefix="checks-") as folder:
        path = Path(folder) / f"test_{grade_id.replace('-', '_')}.py"
        path.write_text(checks, "utf-8")
        collection = collect({notebook.stem: {grade_id: path}})
        job = CheckJob(
            notebook.stem,
            (grade_id,),
            _SEED,
            limits=Limits.from_mapping(dict(limits)),
            sources=sources,
            above={grade_id: above},
            given=given,
        )
        results: list[CheckResult] = []
        while True:  # a new fork, where a check spoilt the last one
            with _fork(shell) as session:
                branches = Branches({grade_id: session}, job.limits.call_seconds, reserve=False)
                answered = tuple((one.grade_id, one.name) for one in results)
                answer = run_checks(collection, replace(job, answered=answered), branches)
            results += answer.results
            if not answer.left:
                return results
            if not answer.results:
                raise CheckFault("the fork of the notebook's process answers nothing", "", grade_id)


@contextlib.contextmanager
def _fork(shell: Any) -> Iterator[StudentSession]:
    """Serve the notebook's namespace by a fork of this process while the block runs."""
    ours, theirs = socket.socketpair()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the kernel has threads; none is used
        child = os.fork()
    if child == 0:
        try:
            ours.close()
            _serve(shell, Channel(theirs))
        finally:
            os._exit(0)
    theirs.close()
    session = StudentSession(Channel(ours))
    try:
        yield session
    finally:
        session.close()
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, 9)
        os.waitpid(child, 0)


class _Shell:
    """What `Objects` asks of a shell, of the notebook's own."""

    def __init__(self, shell: Any) -> None:
        self.capture = Capture()
        self.user_ns = shell.user_ns
        self.user_ns_hidden = shell.user_ns_hidden
        self.cell_names = getattr(shell.compile, "_filename_map", {})


def _serve(kernel_shell: Any, channel: Channel) -> None:
    shell: Any = _Shell(kernel_shell)
    shell.capture.install()
    objects = Objects(shell, Alarm(shell.capture.tick), channel)
    with contextlib.suppress(WireError):
        while True:
            question = channel.receive(None)
            answer = objects.answer(question)
            try:
                channel.send({"id": question["id"], **answer})
            except Untransferable as error:
                refused = {"status": "untransferable", "message": str(error)}
                channel.send({"id": question["id"], **refused})


def _texts(notebook: Path, grade_id: str) -> tuple[dict[str, str], int, dict[str, str]]:
    """Return the student's code cells, how many of them stand above a cell, and the given ones.

    Nothing is returned where the notebook's file is not in the working folder.
    """
    sources: dict[str, str] = {}
    given: dict[str, str] = {}
    above = 0
    try:
        cells = json.loads(notebook.read_text("utf-8"))["cells"]
    except FileNotFoundError:
        return {}, 0, {}
    for number, cell in enumerate(cells):
        if cell["cell_type"] != "code":
            continue
        metadata = cell["metadata"].get("nbgrader", {})
        name = metadata.get("grade_id") or f"cell-{number}"
        if name == grade_id:
            above = len(sources)
        is_given = metadata.get("locked") and not metadata.get("solution")
        (given if is_given else sources)[name] = "".join(cell["source"])
    return sources, above, given
