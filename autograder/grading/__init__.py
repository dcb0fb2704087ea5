"""One submission to one report: read, repair, run, check, score."""

from autograder.grading.errors import GraderFault, GradingError, Refused
from autograder.grading.prepare import Prepared, Preparer, Refusal
from autograder.grading.report import Report, Verdict

__all__ = [
    "GraderFault",
    "GradingError",
    "Prepared",
    "Preparer",
    "Refusal",
    "Refused",
    "Report",
    "Verdict",
]
