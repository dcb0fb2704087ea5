"""Prepared submissions and answers as plain bytes, for services on other machines.

What it guarantees:

- A message is JSON text or the canonical bytes of a report: reading one runs nothing.
- What a worker is told of a submission is its repaired cells and keys, not whose it is.
- An answer is taken only when it is the report of the job that was asked for, in canonical form.

What it does not do: send anything (`autograder.batch.dask` does).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from autograder.grading.prepare import Prepared, Refusal, from_json
from autograder.grading.report import (
    CellReport,
    Report,
    ReportError,
    cell_from_json,
    cell_to_json,
)

PROTOCOL = 4  # of the messages below; client and worker must have the same


class MessageError(ValueError):
    """A message from the other side cannot be used."""


def job_to_bytes(prepared: Prepared, known: Mapping[str, CellReport]) -> bytes:
    """Return what a worker needs of a job."""
    message = {
        "protocol": PROTOCOL,
        **prepared.to_json(),
        "figures": prepared.figures,
        "known": {name: cell_to_json(cell) for name, cell in known.items()},
    }
    # ASCII: a lone surrogate in a student's text survives as an escape
    return json.dumps(message, ensure_ascii=True, separators=(",", ":")).encode()


def job_from_bytes(data: bytes) -> tuple[Prepared, dict[str, CellReport]]:
    """Return the submission and the cells that are known already.

    Raises:
        MessageError: the bytes are damaged or of another version.
    """
    try:
        raw: Any = json.loads(data)
        if raw["protocol"] != PROTOCOL:
            raise MessageError(f"a job of protocol {raw['protocol']!r}; expected {PROTOCOL}")
        prepared = from_json(raw)
        if isinstance(prepared, Refusal):
            raise MessageError(f"a job that is refused: {prepared.reason}")
        prepared = replace(prepared, figures=bool(raw["figures"]))
        known = {name: cell_from_json(cell) for name, cell in raw["known"].items()}
    except MessageError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise MessageError(f"a job is damaged: {error!r}") from error
    return prepared, known


def assignment_of(data: bytes) -> str:
    """Return the assignment of a job.

    Raises:
        MessageError: the bytes are damaged or of another version.
    """
    return job_from_bytes(data)[0].assignment


def report_answer(report: bytes, worker: str) -> dict[str, Any]:
    """Return the answer of a worker that graded."""
    return {"kind": "report", "worker": worker, "report": report}


def fault_answer(text: str, worker: str) -> dict[str, Any]:
    """Return the answer of a worker on which something of ours failed."""
    return {"kind": "fault", "worker": worker, "text": text}


def unfit_answer(text: str, worker: str) -> dict[str, Any]:
    """Return the answer of a worker that may not grade this course at all."""
    return {"kind": "unfit", "worker": worker, "text": text}


def report_of(answer: Mapping[str, Any], prepared: Prepared) -> Report:
    """Return the report in an answer.

    Raises:
        MessageError: it is damaged, or the report of something else.
    """
    data = answer.get("report")
    if not isinstance(data, bytes):
        raise MessageError(f"an answer of kind {answer.get('kind')!r} without a report")
    try:
        report = Report.from_bytes(data)
    except ReportError as error:
        raise MessageError(str(error)) from error
    got = (report.assignment, report.key, report.seed)
    wanted = (prepared.assignment, prepared.keys.report, prepared.keys.seed)
    if got != wanted:
        raise MessageError(f"a report of {got}; expected {wanted}")
    if report.to_bytes() != data:
        raise MessageError("a report that is not in canonical form")
    return report
