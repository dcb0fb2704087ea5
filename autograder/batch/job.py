"""What goes to the workers of a cluster, and what comes back.

- Every job that goes in comes out exactly once, in any order.
- What the student's code did is a report; what failed of ours is a fault, never a score.
- Reports do not depend on the cluster or on the number of workers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from autograder.grading.prepare import Prepared
from autograder.grading.report import CellReport, Report


@dataclass(frozen=True)
class Job:
    """One submission to grade.

    Args:
        student: whose it is; the cluster never hears of it.
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
