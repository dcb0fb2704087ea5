"""Many submissions: backends, the store of reports, and the batch that joins them."""

from autograder.batch.backend import Backend, Job, Outcome
from autograder.batch.local import LocalBackend
from autograder.batch.run import Batch, Origin, Recorder, Result, Submission

__all__ = [
    "Backend",
    "Batch",
    "Job",
    "LocalBackend",
    "Origin",
    "Outcome",
    "Recorder",
    "Result",
    "Submission",
]
