"""Many submissions on other machines: the grading service's jobs as tasks of a dask cluster."""

from autograder.batch.job import Job, Outcome

__all__ = ["Job", "Outcome"]
