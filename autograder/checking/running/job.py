"""What a check process is asked to do, what it answers, and how the answer is read.

What it guarantees:

- An answer is complete or a fault: it has a length and a digest, and every check that the process
  ran has exactly one result with a known verdict.
- What is said of a cell before the answer is for people who wait; the answer alone counts.
- Reading is bounded in bytes and time.
"""

from __future__ import annotations

import hashlib
import os
import select
import struct
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import msgpack

from autograder.checking.errors import CALLED_WITH, CheckFault, CheckOverrun, JobError
from autograder.wire.limits import Limits

SAME_CAUSE = "The same as above."
VERDICTS = ("passed", "failed", "error", "limit")
RESULT_BYTES = 8_000_000
_HEADER = struct.Struct(">4sQ32s")
_MAGIC = b"GLR1"  # of the answer
_CELL_MAGIC = b"GLC1"  # of what is said of one cell before it


@dataclass(frozen=True)
class CheckJob:
    """The checks to run for one submission.

    Args:
        assignment: its name, as given to `warm`.
        grade_ids: the graded cells whose checks are wanted, in the order of the results.
        seed: from which every check's random input is made.
        limits: `call_seconds` and `check_seconds` are enforced here.
        sources: cell id -> text of the student's code cells, in the notebook's order.
        above: graded cell -> how many of the sources stand above it; all when it is not named.
        given: as `sources`, of the code cells that the course gives: names imported there count.
        branches: the graded cells for which there is a student's process, in the order of their
            channels.
        reserve: whether such a process is kept as it is, and the checks talk to forks of it.
        lost: graded cell -> why there can be no student's process to ask. No check is run there;
            each gets the verdict `lost_verdict` and this sentence.
        lost_verdict: `error` or `limit`.
        names: only the checks of these names, all when empty.
        check_seconds: processor time of one check, the student's code not counted.
        overrun: cells whose checks are not run, because one of them used too much: each gets the
            verdict `limit`.
        answered: graded cell and name of checks that have a result already; they are not run.
        waited_seconds: how long those took of the student's code.
    """

    assignment: str
    grade_ids: tuple[str, ...]
    seed: int
    limits: Limits = field(default_factory=Limits)
    sources: Mapping[str, str] = field(default_factory=dict)
    given: Mapping[str, str] = field(default_factory=dict)
    above: Mapping[str, int] = field(default_factory=dict)
    branches: tuple[str, ...] = ()
    reserve: bool = False
    lost: Mapping[str, str] = field(default_factory=dict)
    lost_verdict: str = "error"
    names: tuple[str, ...] = ()
    check_seconds: float = 60.0
    overrun: tuple[str, ...] = ()
    answered: tuple[tuple[str, str], ...] = ()
    waited_seconds: float = 0.0

    def to_bytes(self) -> bytes:
        """Return the job as msgpack."""
        plain = {
            "assignment": self.assignment,
            "grade_ids": list(self.grade_ids),
            "seed": str(self.seed),  # wider than msgpack's integers
            "limits": self.limits.to_mapping(),
            "sources": {key: _utf8(text) for key, text in self.sources.items()},
            "given": {key: _utf8(text) for key, text in self.given.items()},
            "above": dict(self.above),
            "branches": list(self.branches),
            "reserve": self.reserve,
            "lost": {key: _utf8(text) for key, text in self.lost.items()},
            "lost_verdict": self.lost_verdict,
            "names": list(self.names),
            "check_seconds": self.check_seconds,
            "overrun": list(self.overrun),
            "answered": list(self.answered),
            "waited_seconds": self.waited_seconds,
        }
        return bytes(msgpack.packb(plain))

    @classmethod
    def from_bytes(cls, data: bytes) -> CheckJob:
        """Read a job that `to_bytes` wrote.

        Raises:
            JobError: it is no job.
        """
        try:
            raw = msgpack.unpackb(data)
            return cls(
                assignment=str(raw["assignment"]),
                grade_ids=tuple(raw["grade_ids"]),
                seed=int(raw["seed"]),
                limits=Limits.from_mapping(raw["limits"]),
                sources=dict(raw["sources"]),
                given=dict(raw["given"]),
                above=dict(raw["above"]),
                branches=tuple(raw["branches"]),
                reserve=raw["reserve"] is True,
                lost=dict(raw["lost"]),
                lost_verdict=str(raw["lost_verdict"]),
                names=tuple(raw["names"]),
                check_seconds=float(raw["check_seconds"]),
                overrun=tuple(raw["overrun"]),
                answered=tuple((grade_id, name) for grade_id, name in raw["answered"]),
                waited_seconds=float(raw["waited_seconds"]),
            )
        except (ValueError, KeyError, TypeError, msgpack.UnpackException) as error:
            raise JobError(f"no check job: {error!r}") from error


@dataclass(frozen=True)
class CheckResult:
    """How one check ended; the fields are those of `grading.report.CheckReport`.

    Args:
        grade_id: the graded cell.
        name: the check, with the id of its case when it is parametrised.
        verdict: one of `VERDICTS`.
        weight: share of the cell's points.
        message: what the student reads.
        hint: the author's hint, whatever the verdict.
        detail: what staff read besides.
        lost: the process that was asked ended meanwhile.
        missing: a name that was asked for and is not defined where the graded cell stands.
    """

    grade_id: str
    name: str
    verdict: str
    weight: float
    message: str = ""
    hint: str = ""
    detail: str = ""
    lost: bool = False
    missing: str = ""

    def __post_init__(self) -> None:
        if self.verdict not in VERDICTS:
            raise JobError(f"verdict {self.verdict!r} of {self.name}; expected one of {VERDICTS}")


@dataclass(frozen=True)
class CheckAnswer:
    """What became of a job.

    Args:
        results: one for each check that was run, in the order of the job.
        left: graded cells of which checks are left: their process was not there, or not any more.
        waited_seconds: how long the checks took of the student's code, earlier jobs' included.
    """

    results: Sequence[CheckResult]
    left: tuple[str, ...] = ()
    waited_seconds: float = 0.0


OnCell = Callable[[str, Sequence[CheckResult]], None]


def one_cause(results: Sequence[CheckResult]) -> list[CheckResult]:
    """Say a cause once that made all checks of a cell fail; their hints are about other things.

    Args:
        results: of one graded cell.
    """
    causes = {result.message.partition(CALLED_WITH)[0] for result in results}
    alike = len(results) > 1 and len(causes) == 1 and causes != {""}
    if not alike or any(result.verdict == "passed" for result in results):
        return [*results]
    first, *others = (replace(result, hint="") for result in results)
    return [first, *(replace(result, message=SAME_CAUSE) for result in others)]


def answer_message(answer: CheckAnswer) -> bytes:
    """Return the message that carries an answer."""
    rows = [
        (
            r.grade_id, r.name, r.verdict, r.weight, r.message, r.hint, r.detail, r.lost, r.missing
        )
        for r in answer.results
    ]  # fmt: skip
    return _message({"results": rows, "left": answer.left, "waited_seconds": answer.waited_seconds})


def cell_message(grade_id: str, results: Sequence[CheckResult]) -> bytes:
    """Return the message that says that a graded cell's checks are done; it may come before."""
    rows = [(result.name, result.verdict, result.weight) for result in results]
    return _message({"grade_id": grade_id, "rows": rows}, _CELL_MAGIC)


def fault_message(fault: CheckFault) -> bytes:
    """Return the message that carries a fault of ours instead of results."""
    kind = "overrun" if isinstance(fault, CheckOverrun) else "fault"
    return _message({kind: [fault.message, fault.traceback_text, fault.grade_id, fault.name]})


def read_answer(
    fd: int, deadline: float, on_cell: OnCell = lambda _grade_id, _results: None
) -> CheckAnswer:
    """Read one check process's answer to its end.

    Args:
        fd: the reading end of the result pipe; no writing end may be open in this process.
        deadline: on `time.monotonic`.
        on_cell: told of each graded cell whose checks are done, as soon as they are; its results
            have no messages.

    Raises:
        CheckOverrun: a check used too much, or the answer is late.
        CheckFault: the answer is a fault, incomplete, too long or damaged.
    """
    data = bytearray()
    while True:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([fd], [], [], left)[0]:
            raise CheckOverrun(f"the check process gave no answer in time ({len(data)} bytes came)")
        block = os.read(fd, 1 << 20)
        if not block:
            return _parse(bytes(data))
        data += block
        while (cell := _take_cell(data)) is not None:
            on_cell(*cell)
        if len(data) > RESULT_BYTES + _HEADER.size:
            raise CheckFault(f"the check process answered more than {RESULT_BYTES} bytes")


def _utf8(text: str) -> str:
    """Return the text with lone surrogates, which no message can carry, replaced."""
    return text.encode("utf-8", "replace").decode()


def _message(body: dict[str, Any], magic: bytes = _MAGIC) -> bytes:
    packed = bytes(msgpack.packb(body, unicode_errors="surrogatepass"))
    if len(packed) > RESULT_BYTES:
        packed = bytes(msgpack.packb({"fault": [f"results of {len(packed)} bytes", "", "", ""]}))
    return _HEADER.pack(magic, len(packed), hashlib.sha256(packed).digest()) + packed


def _take_cell(data: bytearray) -> tuple[str, list[CheckResult]] | None:
    """Take what is said of one cell from the beginning of what came; none when there is none."""
    if len(data) < _HEADER.size or not data.startswith(_CELL_MAGIC):
        return None
    end = _HEADER.size + int(_HEADER.unpack_from(data)[1])
    if len(data) < end:
        return None
    body = _body(bytes(data[:end]), _CELL_MAGIC)
    del data[:end]
    try:
        grade_id = str(body["grade_id"])
        return grade_id, [CheckResult(grade_id, *row) for row in body["rows"]]
    except (KeyError, TypeError, JobError) as error:
        raise _unreadable(error) from error


def _body(data: bytes, magic: bytes) -> Any:
    """Return what one whole message holds."""
    if len(data) < _HEADER.size:
        raise CheckFault(f"the check process ended without an answer ({len(data)} bytes came)")
    came, length, digest = _HEADER.unpack_from(data)
    packed = data[_HEADER.size :]
    if came != magic or length != len(packed) or digest != hashlib.sha256(packed).digest():
        raise CheckFault(f"the check process's answer is damaged: {len(packed)} of {length} bytes")
    try:
        return msgpack.unpackb(packed, unicode_errors="replace")
    except (ValueError, msgpack.UnpackException) as error:
        raise _unreadable(error) from error


def _unreadable(error: Exception) -> CheckFault:
    return CheckFault(f"the check process's answer cannot be read: {error!r}")


def _parse(data: bytes) -> CheckAnswer:
    body = _body(data, _MAGIC)
    try:
        if "fault" in body:
            raise CheckFault(*body["fault"])
        if "overrun" in body:
            raise CheckOverrun(*body["overrun"])
        results = [CheckResult(*row) for row in body["results"]]
        answer = CheckAnswer(results, tuple(body["left"]), float(body["waited_seconds"]))
    except (ValueError, KeyError, TypeError, JobError) as error:
        raise _unreadable(error) from error
    seen = {(result.grade_id, result.name) for result in results}
    if len(seen) != len(results):
        raise CheckFault("the check process answered twice for one check")
    return answer
