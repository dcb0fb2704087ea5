"""One batch: every submission of an assignment to a report, each written down once.

What it guarantees:

- One bad submission never stops the batch; a fault of ours, foreseen or not, is a result of its
  own, never a score.
- Reports are stored before they are recorded in the gradebook, so that after a crash at any moment
  running again records the same grades without running student code twice.
- Whatever is in the gradebook has a line in the log of events; after a crash perhaps two.
- What is graded and recorded already is left alone, unless `fresh` is asked for.

What it does not do: choose where student code runs (a `Backend` does), or know the gradebook (a
`Recorder` does).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Any, Protocol, TypeVar

from autograder.batch.backend import Backend, Job, Outcome
from autograder.course import CourseError
from autograder.course.manifest import Manifest
from autograder.grading.prepare import Prepared, Preparer
from autograder.grading.report import Report
from autograder.grading.store import ReportStore
from autograder.records import Event, Log

# What a mistake in a program raises, unlike a full disk or a gradebook that stays locked
_UNFORESEEN = (
    ArithmeticError, AssertionError, AttributeError, LookupError, MemoryError, RecursionError,
    TypeError, ValueError,
)  # fmt: skip
_Done = TypeVar("_Done")


@dataclass(frozen=True)
class Submission:
    """One submission as it lies in the submitted folder.

    Args:
        student: whose it is.
        data: the notebook's bytes; `None` when it could not be read.
        refusal: why it could not be read.
        submitted_at: when it came, if known.
        late: whether that was after the due date.
        beside: other notebooks that were submitted with it, name -> bytes.
    """

    student: str
    data: bytes | None
    refusal: str = ""
    submitted_at: datetime | None = None
    late: bool = False
    beside: Mapping[str, bytes] = field(default_factory=dict)


class Origin(StrEnum):
    """Where a result came from."""

    GRADED = "graded"  # the student's code ran now
    STORED = "stored"  # the report was stored before
    UNCHANGED = "unchanged"  # and the gradebook has it already
    FAULT = "fault"  # a fault of ours; no grade
    UNUSABLE = "unusable"  # its folder's name can be no student id; nothing can be recorded


@dataclass(frozen=True)
class Result:
    """What became of one submission."""

    student: str
    origin: Origin
    report: Report | None = None
    fault: str = ""
    late: bool = False

    def without_notebook(self) -> Result:
        """Return it without notebook and outputs, for who keeps the results of a large class."""
        slim = None if self.report is None else replace(self.report, notebook=())
        return replace(self, report=slim)


class Recorder(Protocol):
    """The gradebook, as a batch sees it."""

    def is_recorded(self, student_id: str, report: Report, submitted_at: datetime | None) -> bool:
        """Tell whether exactly this report is in the gradebook."""
        ...

    def decided(self, report: Report) -> Report:
        """Return a report as it counts, with what people decided about its checks."""
        ...

    def remembering(self, assignment: str) -> AbstractContextManager[None]:
        """Allow answering `is_recorded` in the block from what was there when it began."""
        ...

    def record(
        self, student_id: str, manifest: Manifest, report: Report, submitted_at: datetime | None
    ) -> object:
        """Write the report into the gradebook; all of it or nothing."""
        ...


class Batch:
    """Grades submissions of one assignment.

    Args:
        preparer: reads submissions.
        backend: runs them.
        store: keeps reports.
        log: gets a line for each fault, and for each report that no recorder writes down.
        recorder: the gradebook, which writes the lines of its grades; `None` to leave it untouched.
    """

    def __init__(
        self,
        preparer: Preparer,
        backend: Backend,
        store: ReportStore,
        log: Log,
        recorder: Recorder | None,
    ) -> None:
        self._preparer = preparer
        self._backend = backend
        self._store = store
        self._log = log
        self._recorder = recorder

    def run(
        self,
        assignment: str,
        submissions: Iterable[Submission],
        on_result: Callable[[Result], None],
        *,
        fresh: bool = False,
    ) -> None:
        """Grade all submissions; `on_result` is called once for each, in any order.

        Raises:
            CourseError: the assignment does not exist or breaks the rules.
        """
        manifest = self._preparer.manifest(assignment)
        pending: dict[str, Submission] = {}

        def finish(submission: Submission, report: Report, origin: Origin) -> Result:
            student = submission.student
            recorder, at = self._recorder, submission.submitted_at
            if recorder and not fresh and recorder.is_recorded(student, report, at):
                origin = Origin.UNCHANGED
            else:
                if recorder:
                    recorder.record(student, manifest, report, at)
                else:
                    self._note(Event.GRADED, assignment, student, **report.facts())
            counted = recorder.decided(report) if recorder else report
            return Result(student, origin, counted, late=submission.late)

        def begin(submission: Submission) -> Job | Result:
            prepared = self._prepare(assignment, submission)
            if prepared.refusal:
                report = self._preparer.refusal_report(prepared)
                self._store.store(self._preparer, prepared, report)
                return finish(submission, report, Origin.GRADED)
            stored = None if fresh else self._store.find(prepared.keys.report)
            if stored is not None:
                self._store.mark_used(stored.key)
                return finish(submission, stored, Origin.STORED)
            known = {} if fresh else self._store.find_cells(prepared.keys)
            return Job(submission.student, prepared, known)

        def end(submission: Submission, outcome: Outcome) -> Result:
            prepared, report = outcome.job.prepared, outcome.report
            if report is None:
                return self._fault(assignment, submission, outcome.fault)
            self._store.store(self._preparer, prepared, report)
            return finish(submission, report, Origin.GRADED)

        def jobs() -> Iterator[Job]:
            for submission in submissions:
                begun = self._guard(assignment, submission, partial(begin, submission))
                if isinstance(begun, Job):
                    pending[submission.student] = submission
                    yield begun
                else:
                    on_result(begun)

        recorded = self._recorder.remembering(assignment) if self._recorder else nullcontext()
        with recorded:
            for outcome in self._backend.run(jobs()):
                submission = pending.pop(outcome.job.student)
                on_result(self._guard(assignment, submission, partial(end, submission, outcome)))

    def _guard(
        self, assignment: str, submission: Submission, do: Callable[[], _Done]
    ) -> _Done | Result:
        """Do something about one submission; what nobody foresaw is a fault that concerns it."""
        try:
            return do()
        except CourseError:
            raise
        except _UNFORESEEN as error:
            return self._fault(assignment, submission, f"{type(error).__name__}: {error}")

    def _fault(self, assignment: str, submission: Submission, fault: str) -> Result:
        student = submission.student
        self._note(Event.FAULT, assignment, student, fault=fault)
        return Result(student, Origin.FAULT, None, fault, submission.late)

    def _note(self, event: Event, assignment: str, student: str, **details: Any) -> None:
        course = self._preparer.layout.course_id
        self._log.record(event, course=course, assignment=assignment, student=student, **details)

    def _prepare(self, assignment: str, submission: Submission) -> Prepared:
        if submission.data is None:
            return self._preparer.refuse(assignment, submission.refusal)
        return self._preparer.prepare(assignment, submission.data, submission.beside)
