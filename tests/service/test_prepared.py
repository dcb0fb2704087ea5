"""Jobs and answers as bytes."""

import json

import pytest

from autograder.batch import Job
from autograder.course.manifest import Manifest
from autograder.grading import Preparer
from autograder.grading.report import CellReport, CheckReport, Report, Verdict
from autograder.service.prepared import (
    MessageError,
    job_from_bytes,
    job_to_bytes,
    report_answer,
    report_of,
)

from ..batch.conftest import submission

KNOWN = {"size": CellReport("size", 2.0, (CheckReport("test_size", Verdict.FAILED, 0.5, "no"),))}


def job(preparer: Preparer, manifest: Manifest) -> Job:
    return Job("zoe-l", preparer.prepare("tiny", submission(manifest, 3)), KNOWN)


def sent(of: Job) -> bytes:
    return job_to_bytes(of.prepared, of.known)


def report(of: Job, key: str | None = None) -> Report:
    prepared = of.prepared
    return Report("tiny", key or prepared.keys.report, prepared.keys.seed, "full", ())


def test_a_job_comes_back_equal(preparer: Preparer, manifest: Manifest) -> None:
    """Nothing that grading needs is lost on the way, lone surrogates included."""
    strange = submission(manifest, 3, 'return "\\ud800 ä" # 😀')
    sent = Job("zoe-l", preparer.prepare("tiny", strange), KNOWN)
    prepared, known = job_from_bytes(job_to_bytes(sent.prepared, sent.known))
    assert prepared == sent.prepared
    assert known == KNOWN


def test_a_worker_is_not_told_whose_submission_it_is(
    preparer: Preparer, manifest: Manifest
) -> None:
    """The student's name, which no digest can contain, is not in the message."""
    assert b"zoe-l" not in sent(job(preparer, manifest))


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b"null", b"\x80\x04.", b'{"protocol":4}'])
def test_damaged_jobs_are_errors(data: bytes) -> None:
    """What cannot be read is a message error, nothing else."""
    with pytest.raises(MessageError, match="damaged"):
        job_from_bytes(data)


def test_another_protocol_is_named(preparer: Preparer, manifest: Manifest) -> None:
    """The message says which protocol came and which was expected."""
    raw = json.loads(sent(job(preparer, manifest)))
    with pytest.raises(MessageError, match="protocol 99; expected 4"):
        job_from_bytes(json.dumps(raw | {"protocol": 99}).encode())


def test_only_the_report_that_was_asked_for_is_taken(
    preparer: Preparer, manifest: Manifest
) -> None:
    """Right bytes are taken; a report of another submission is refused."""
    wanted = job(preparer, manifest)
    right = report(wanted)
    assert report_of(report_answer(right.to_bytes(), "w"), wanted.prepared) == right
    with pytest.raises(MessageError, match="a report of"):
        report_of(report_answer(report(wanted, "0" * 64).to_bytes(), "w"), wanted.prepared)


def test_a_report_in_other_bytes_is_refused(preparer: Preparer, manifest: Manifest) -> None:
    """The same content in another form would be another report by its digest."""
    wanted = job(preparer, manifest)
    data = report(wanted).to_bytes()
    with pytest.raises(MessageError, match="canonical"):
        report_of({"kind": "report", "report": data + b" "}, wanted.prepared)
    with pytest.raises(MessageError, match="damaged"):
        report_of({"kind": "report", "report": data[:-5]}, wanted.prepared)
    with pytest.raises(MessageError, match="without a report"):
        report_of({"kind": "report", "report": "text"}, wanted.prepared)
