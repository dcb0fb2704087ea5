"""What a check process is asked to do, what it answers, and how the answer is read.

What it guarantees:

- An answer is complete or a fault: it has a length and a digest, and every check that the process
  ran has exactly one result with a known verdict.
- Reading is bounded in bytes and time.
"""

from __future__ import annotations

import hashlib
import os
import select
import struct
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgpack

from autograder.checking.errors import CheckFault, CheckOverrun, JobError
from autograder.wire.limits import Limits

VERDICTS = ("passed", "failed", "error", "limit")
RESULT_BYTES = 8_000_000
_HEADER = struct.Struct(">4sQ32s")
_MAGIC = b"GLR1"


@dataclass(frozen=True)
class CheckJob:
    """The checks to run for one submission.

    Args:
        assignment: its name, as given to `warm`.
        grade_ids: the graded cells whose checks are wanted, in the order of the results.
        seed: from which every check's random input is made.
        limits: `call_seconds` and `check_seconds` are enforced here.
        sources: cell id -> text of the student's code cells, in the notebook's order.
        given: as `sources`, of the code cells that the course gives: names imported there count.
        lost: why there is no student process to ask, empty when there is one. No check is run
            then; each gets the verdict `lost_verdict` and this sentence.
        lost_verdict: `error` or `limit`.
        names: only the checks of these names, all when empty.
        check_seconds: processor time of one check, the student's code not counted.
        overrun: cells whose checks are not run, because one of them used too much: each gets the
            verdict `limit`.
        stateless: names of the student's namespace whose use leaves nothing behind.
        answered: graded cell and name of checks that have a result already; they are not run.
        waited_seconds: how long those took of the student's code.
    """

    assignment: str
    grade_ids: tuple[str, ...]
    seed: int
    limits: Limits = field(default_factory=Limits)
    sources: Mapping[str, str] = field(default_factory=dict)
    given: Mapping[str, str] = field(default_factory=dict)
    lost: str = ""
    lost_verdict: str = "error"
    names: tuple[str, ...] = ()
    check_seconds: float = 60.0
    overrun: tuple[str, ...] = ()
    stateless: tuple[str, ...] = ()
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
            "lost": _utf8(self.lost),
            "lost_verdict": self.lost_verdict,
            "names": list(self.names),
            "check_seconds": self.check_seconds,
            "overrun": list(self.overrun),
            "stateless": list(self.stateless),
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
                lost=str(raw["lost"]),
                lost_verdict=str(raw["lost_verdict"]),
                names=tuple(raw["names"]),
                check_seconds=float(raw["check_seconds"]),
                overrun=tuple(raw["overrun"]),
                stateless=tuple(raw["stateless"]),
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
        lost: the student's process, or the branch that was asked, ended meanwhile.
    """

    grade_id: str
    name: str
    verdict: str
    weight: float
    message: str = ""
    hint: str = ""
    detail: str = ""
    lost: bool = False

    def __post_init__(self) -> None:
        if self.verdict not in VERDICTS:
            raise JobError(f"verdict {self.verdict!r} of {self.name}; expected one of {VERDICTS}")


@dataclass(frozen=True)
class CheckAnswer:
    """What became of a job.

    Args:
        results: one for each check that was run, in the order of the job.
        spent: the student's process could be used no further, and checks after these are left.
        waited_seconds: how long the checks took of the student's code, earlier jobs' included.
    """

    results: Sequence[CheckResult]
    spent: bool = False
    waited_seconds: float = 0.0


def answer_message(answer: CheckAnswer) -> bytes:
    """Return the message that carries an answer."""
    rows = [
        (r.grade_id, r.name, r.verdict, r.weight, r.message, r.hint, r.detail, r.lost)
        for r in answer.results
    ]
    return _message(
        {"results": rows, "spent": answer.spent, "waited_seconds": answer.waited_seconds}
    )


def fault_message(fault: CheckFault) -> bytes:
    """Return the message that carries a fault of ours instead of results."""
    kind = "overrun" if isinstance(fault, CheckOverrun) else "fault"
    return _message({kind: [fault.message, fault.traceback_text, fault.grade_id, fault.name]})


def read_answer(fd: int, deadline: float) -> CheckAnswer:
    """Read one check process's answer to its end.

    Args:
        fd: the reading end of the result pipe; no writing end may be open in this process.
        deadline: on `time.monotonic`.

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
        if len(data) > RESULT_BYTES + _HEADER.size:
            raise CheckFault(f"the check process answered more than {RESULT_BYTES} bytes")


def _utf8(text: str) -> str:
    """Return the text with lone surrogates, which no message can carry, replaced."""
    return text.encode("utf-8", "replace").decode()


def _message(body: dict[str, Any]) -> bytes:
    packed = bytes(msgpack.packb(body, unicode_errors="surrogatepass"))
    if len(packed) > RESULT_BYTES:
        packed = bytes(msgpack.packb({"fault": [f"results of {len(packed)} bytes", "", "", ""]}))
    return _HEADER.pack(_MAGIC, len(packed), hashlib.sha256(packed).digest()) + packed


def _parse(data: bytes) -> CheckAnswer:
    if len(data) < _HEADER.size:
        raise CheckFault(f"the check process ended without an answer ({len(data)} bytes came)")
    magic, length, digest = _HEADER.unpack_from(data)
    packed = data[_HEADER.size :]
    if magic != _MAGIC or length != len(packed) or digest != hashlib.sha256(packed).digest():
        raise CheckFault(f"the check process's answer is damaged: {len(packed)} of {length} bytes")
    try:
        body = msgpack.unpackb(packed, unicode_errors="replace")
        if "fault" in body:
            raise CheckFault(*body["fault"])
        if "overrun" in body:
            raise CheckOverrun(*body["overrun"])
        results = [CheckResult(*row) for row in body["results"]]
        answer = CheckAnswer(results, body["spent"] is True, float(body["waited_seconds"]))
    except (ValueError, KeyError, TypeError, JobError, msgpack.UnpackException) as error:
        raise CheckFault(f"the check process's answer cannot be read: {error!r}") from error
    seen = {(result.grade_id, result.name) for result in results}
    if len(seen) != len(results):
        raise CheckFault("the check process answered twice for one check")
    return answer
