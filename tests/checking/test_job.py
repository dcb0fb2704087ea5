"""Jobs and results as bytes: complete or a fault."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.checking import (
    CheckAnswer,
    CheckFault,
    CheckJob,
    CheckResult,
    JobError,
    read_answer,
)
from autograder.checking.running.job import (
    RESULT_BYTES,
    answer_message,
    cell_message,
    fault_message,
)
from autograder.wire.limits import Limits

RESULTS = [
    CheckResult("clip", "test_a", "passed", 1.0, "", "a hint", ""),
    CheckResult("clip", "test_b[3-ü]", "failed", 0.5, "no", "", "detail\nof staff"),
]
ANSWER = CheckAnswer(RESULTS)
STREAM = cell_message("clip", RESULTS) + answer_message(ANSWER)


def _read(data: bytes, seconds: float = 5.0) -> CheckAnswer:
    reader, writer = os.pipe()
    try:
        os.write(writer, data)
        os.close(writer)
        return read_answer(reader, time.monotonic() + seconds)
    finally:
        os.close(reader)


def test_a_job_travels_unchanged() -> None:
    """Every field survives, wide seeds and Greek text included."""
    job = CheckJob(
        "gated", ("a", "b-c"), 2**80, Limits(call_seconds=3.0), {"cell": "σ = 1"}, {"g": "x"},
        {"a": 1}, ("a",), True, {"b-c": "gone"}, "limit", ("test_a",), answered=(("a", "test_b"),),
        waited_seconds=1.5,
    )  # fmt: skip
    assert CheckJob.from_bytes(job.to_bytes()) == job
    assert CheckJob.from_bytes(replace(job, sources={"cell": "\ud800"}).to_bytes()).sources == {
        "cell": "?"
    }


@pytest.mark.parametrize("data", [b"", b"x", b"\xc1", b"\x80", b"\x90", b"\x01"])
def test_what_is_no_job_is_refused(data: bytes) -> None:
    """Damaged bytes are `JobError`, a fault of ours."""
    with pytest.raises(JobError):
        CheckJob.from_bytes(data)


def test_results_travel_unchanged() -> None:
    """What was written is read."""
    for answer in (
        ANSWER,
        CheckAnswer([]),
        CheckAnswer(RESULTS[:1], ("b", "c"), waited_seconds=2.5),
    ):
        assert _read(answer_message(answer)) == answer


def test_a_fault_is_raised_where_it_is_read() -> None:
    """With its text, traceback, cell and check."""
    with pytest.raises(CheckFault) as caught:
        _read(fault_message(CheckFault("broken", "Traceback …", "clip", "test_a")))
    fault = caught.value
    assert (fault.message, fault.traceback_text, fault.grade_id, fault.name) == (
        "broken", "Traceback …", "clip", "test_a",
    )  # fmt: skip


@settings(max_examples=100)
@given(st.integers(0, len(STREAM) - 1))
def test_a_cut_message_is_a_fault(length: int) -> None:
    """However little is missing, nothing is believed."""
    with pytest.raises(CheckFault):
        _read(STREAM[:length])


@settings(max_examples=100)
@given(st.integers(0, len(STREAM) - 1), st.integers(1, 255))
def test_a_changed_byte_is_a_fault(position: int, change: int) -> None:
    """The digest covers every byte."""
    data = bytearray(STREAM)
    data[position] ^= change
    with pytest.raises(CheckFault):
        _read(bytes(data))


def test_a_second_message_is_a_fault() -> None:
    """Nothing may follow the answer."""
    with pytest.raises(CheckFault):
        _read(answer_message(ANSWER) * 2)
    with pytest.raises(CheckFault):
        _read(answer_message(ANSWER) + cell_message("clip", RESULTS))
    with pytest.raises(CheckFault, match="twice for one check"):
        _read(answer_message(CheckAnswer([RESULTS[0], RESULTS[0]])))


def test_a_cell_is_told_before_the_answer_comes(pipe: tuple[int, int]) -> None:
    """With its verdicts and weights alone; and it is no answer."""
    reader, writer = pipe
    told = []

    def on_cell(grade_id: str, results: Sequence[CheckResult]) -> None:
        told.append((grade_id, results))
        if grade_id == "clip":
            os.write(writer, cell_message("last", []))
        else:
            os.write(writer, answer_message(ANSWER))
            os.close(writer)

    os.write(writer, cell_message("clip", RESULTS))
    assert read_answer(reader, time.monotonic() + 5.0, on_cell) == ANSWER
    bare = [CheckResult(each.grade_id, each.name, each.verdict, each.weight) for each in RESULTS]
    assert told == [("clip", bare), ("last", [])]
    with pytest.raises(CheckFault, match="without an answer"):
        _read(cell_message("clip", RESULTS))


def test_silence_is_a_fault_in_time(pipe: tuple[int, int]) -> None:
    """No answer before the deadline, although the writer lives."""
    begin = time.monotonic()
    with pytest.raises(CheckFault, match="no answer in time"):
        read_answer(pipe[0], begin + 0.1)
    assert time.monotonic() - begin < 3


def test_too_much_is_a_fault() -> None:
    """Results beyond the bound become a fault when they are written."""
    huge = replace(RESULTS[0], detail="x" * RESULT_BYTES)
    message = answer_message(CheckAnswer([huge]))
    assert len(message) < 1000
    with pytest.raises(CheckFault, match="results of"):
        _read(message)


def test_an_unknown_verdict_is_refused() -> None:
    """Only the four verdicts exist."""
    with pytest.raises(JobError):
        CheckResult("clip", "test_a", "great", 1.0)
