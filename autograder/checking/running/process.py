"""The check process: entry points for the fork server.

What it guarantees:

- `warm` imports torch, pytest and the reference and collects every check once; it holds no data
  of a student and runs no check.
- `run` answers one job by one complete message on its result pipe: results, or a fault of ours.
  Before it, one says of each graded cell that its checks are done.

The collected checks are this module's one piece of state: a forked child can reach what its warm
server prepared in no other way.
"""

from __future__ import annotations

import gc
import json
import os
import traceback
from collections.abc import Sequence
from pathlib import Path

import torch

from autograder.checking.clean import clean
from autograder.checking.errors import CheckFault
from autograder.checking.running import rehearsal
from autograder.checking.running.branches import Branches
from autograder.checking.running.cells import run_checks
from autograder.checking.running.collecting import Collection, collect
from autograder.checking.running.job import (
    CheckJob,
    CheckResult,
    OnCell,
    answer_message,
    cell_message,
    fault_message,
)
from autograder.checking.running.overrun import Place
from autograder.checking.text import DETAIL_CHARACTERS
from autograder.wire.channel import Channel
from autograder.wire.late_compiler import put_off_compiler
from autograder.wire.session import StudentSession

_REHEARSAL = "rehearsal"
_collected: dict[str, Collection] = {}


def warm(argument: str) -> None:
    """Collect the checks once, before the first fork.

    Args:
        argument: JSON `{"assignments": {name: {grade id: path of its check file}}}`; a list of
            paths stands for grade ids that are the files' names.

    Raises:
        CheckFault: the argument cannot be read, or pytest not be set up.
    """
    try:
        paths = {
            str(name): _by_grade_id(files)
            for name, files in json.loads(argument)["assignments"].items()
        }
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CheckFault(f"warm: cannot read {argument[:200]!r}: {error!r}") from error
    torch.set_num_threads(1)  # a thread pool would not survive the fork
    put_off_compiler()
    paths[_REHEARSAL] = {_REHEARSAL: Path(rehearsal.__file__)}
    collection = collect(paths)
    rehearsed = Branches({_REHEARSAL: rehearsal.EchoProcess()}, 1.0, reserve=False)
    answer = run_checks(collection, CheckJob(_REHEARSAL, (_REHEARSAL,), seed=0), rehearsed)
    if [result.verdict for result in answer.results] != ["passed"]:
        raise CheckFault(f"warm: the rehearsal did not pass: {answer.results}")
    gc.collect()
    gc.freeze()  # later collections in children touch, and so copy, fewer pages
    _collected["all"] = collection


def run(fds: list[int], payload: bytes) -> None:
    """Run one job's checks and write the answer.

    Args:
        fds: the writing end of the result pipe, the memory of the `Place`, and the channel of
            each of the job's branches.
        payload: a `CheckJob` in bytes.
    """
    result_fd, place_fd, *channels = fds
    with os.fdopen(result_fd, "wb") as pipe:

        def ends(grade_id: str, results: Sequence[CheckResult]) -> None:
            pipe.write(cell_message(grade_id, results))
            pipe.flush()

        pipe.write(_answer(payload, place_fd, channels, ends))


def _answer(payload: bytes, place_fd: int, channels: Sequence[int], ends: OnCell) -> bytes:
    """Return the message that answers a job, whatever happens."""
    try:
        job = CheckJob.from_bytes(payload)
        collection = _collected.get("all")
        if collection is None:
            raise CheckFault("the check process was not warmed")
        sessions = {
            grade_id: StudentSession(Channel.from_descriptor(fd))
            for grade_id, fd in zip(job.branches, channels, strict=True)
        }
        branches = Branches(sessions, job.limits.call_seconds, reserve=job.reserve)
        begins = Place(place_fd).note
        return answer_message(run_checks(collection, job, branches, begins, ends))
    except CheckFault as fault:
        return fault_message(fault)
    except BaseException as error:  # noqa: BLE001 - whatever it is, it is told and never a verdict
        text = clean(traceback.format_exc(), DETAIL_CHARACTERS, brackets=False)
        return fault_message(CheckFault(f"{type(error).__name__}: {error}", text))


def _by_grade_id(files: object) -> dict[str, Path]:
    if isinstance(files, dict):
        return {str(grade_id): Path(path) for grade_id, path in files.items()}
    if isinstance(files, list):
        return {Path(path).stem.removeprefix("test_"): Path(path) for path in files}
    raise TypeError(f"check files are {files!r}; expected grade id -> path")
