"""What a batch backend does: turn prepared submissions into outcomes.

A backend keeps these rules:

- Every submission that goes in comes out exactly once, in any order.
- A fault of ours is tried again with fresh servers; what still fails comes out as a fault, never
  as a score. What the student's code did is a report.
- Closing the iterator early leaves no process behind.
- Reports do not depend on the backend or on the number of workers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from autograder.grading.prepare import Prepared
from autograder.grading.report import CellReport, Report

ATTEMPTS = 3


@dataclass(frozen=True)
class Job:
    """One submission to grade.

    Args:
        student: whose it is; a backend only hands it back.
        prepared: what to run.
        known: cells whose checks need not run again, by grade id.
    """

    student: str
    prepared: Prepared
    known: Mapping[str, CellReport] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """How a job ended: a report, or a fault of ours after several attempts."""

    job: Job
    report: Report | None
    fault: str = ""


class Backend(Protocol):
    """Runs jobs somewhere."""

    def run(self, jobs: Iterable[Job]) -> Iterator[Outcome]:
        """Run all jobs; take them from the iterable only as fast as they are worked off."""
        ...
