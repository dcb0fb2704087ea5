"""One course as the service has it: a job goes in, its report is kept, recorded, and comes out.

What it guarantees:

- Bad input and faults of ours are results of their own job, never another's, and never a score.
- Reports are stored before they are recorded in the gradebook: after a crash at any moment the same
  jobs lead to the same grades, and no student code runs twice.
- What is graded and recorded already is left alone, unless `fresh` is asked for.
- The course is read again when a file of the assignment has changed.

What it does not do: choose jobs, or know the gradebook (a `Recorder` does).

Longer than other modules: what becomes of one job is read from its beginning to its end.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from autograder.course import CourseError, Layout
from autograder.course.manifest import Manifest
from autograder.course.rules import RULES_NAME
from autograder.grading import Prepared, Preparer, Refusal, Refused, Report
from autograder.grading.mutation import hasty as mutants_limits
from autograder.grading.proof import prepare_specimen
from autograder.grading.replay import ReplayError, prepared_again
from autograder.grading.report import CellReport
from autograder.grading.store import ReportStore
from autograder.grading.submission import notebooks_beside, read_file
from autograder.records import Event, Log, LogError
from autograder.service import place
from autograder.service.pool import Stopped
from autograder.service.prepared import job_from_bytes, job_to_bytes, report_of
from autograder.service.protocol import Item, Order, Origin, Result, Source, Tenant

Grade: TypeAlias = Callable[[Preparer, Prepared, Mapping[str, CellReport]], Report]


class CollectedLike(Protocol):
    """What one student submitted, as the gradebook found it."""

    @property
    def student_id(self) -> str:
        """The student."""
        ...

    @property
    def note(self) -> str:
        """What staff should know."""
        ...

    @property
    def unusable(self) -> str:
        """Why nothing can be recorded."""
        ...

    @property
    def notebook(self) -> Path | None:
        """Where the notebook lies."""
        ...

    @property
    def refusal(self) -> str:
        """Why there is none."""
        ...

    @property
    def submitted_at(self) -> datetime | None:
        """When it came."""
        ...

    @property
    def late_seconds(self) -> float:
        """How long after the due date."""
        ...


class Recorder(Protocol):
    """What the service needs of a course's gradebook."""

    def register(self, manifest: Manifest) -> None:
        """Make or update an assignment."""
        ...

    def collected(self, assignment: str, student: str | None = None) -> Sequence[CollectedLike]:
        """Return what was submitted, of everybody or of one student."""
        ...

    def instead(
        self,
        student_id: str,
        manifest: Manifest,
        report: Report,
        submitted_at: datetime | None,
        *,
        never_lower: bool | None,
    ) -> str:
        """Return the key of the recorded report that counts instead of this one; else empty."""
        ...

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

    def is_lost(self, error: Exception) -> bool:
        """Tell whether an error of its says that nothing can be written at all."""
        ...

    def settle(self, students: Iterable[str] | None = None, assignment: str = "") -> object:
        """Bring extensions and penalties up to date."""
        ...

    def close(self) -> None:
        """Close the gradebook."""
        ...


Say: TypeAlias = Callable[[str], None]
OpenRecorder: TypeAlias = Callable[[Layout, Say], Recorder]


@dataclass(frozen=True)
class Answer:
    """What became of a job.

    Args:
        result: for the client.
        body: the report's bytes, or another body that goes with it.
        stops_order: nothing can be written any more; the order's other jobs have the same fault.
    """

    result: Result
    body: bytes = b""
    stops_order: bool = False


@dataclass
class _Submission:
    """One submission, ready to be prepared."""

    prepared: Prepared | Refusal
    known: Mapping[str, CellReport] = field(default_factory=dict)
    submitted_at: datetime | None = None
    late: bool = False


class Course:
    """One tenant; usable from any thread.

    Args:
        layout: where it is.
        isolation: the level under which student code runs.
        open_recorder: opens its gradebook, when it is needed first.
        say: told what there is to wait for.
    """

    def __init__(
        self, layout: Layout, isolation: str, open_recorder: OpenRecorder, say: Say
    ) -> None:
        self.layout = layout
        self._say = say
        self.store = ReportStore(layout.graded)
        self.log = Log(layout.log)
        self._isolation = isolation
        self._open_recorder = open_recorder
        self._recorder: Recorder | None = None
        self._writing = threading.RLock()  # one writes to the gradebook at a time
        self._preparers: dict[tuple[str, str, bool], tuple[object, Preparer]] = {}

    @property
    def recorder(self) -> Recorder:
        """The course's gradebook."""
        with self._writing:
            if self._recorder is None:
                self._recorder = self._open_recorder(self.layout, self._say)
            return self._recorder

    def close(self) -> None:
        """Close the gradebook."""
        with self._writing:
            if self._recorder is not None:
                self._recorder.close()
                self._recorder = None

    def preparer(self, assignment: str, device: str = "", *, hasty: bool = False) -> Preparer:
        """Return the preparer of an assignment as it is now.

        Args:
            assignment: its name.
            device: the GPU that student code may use; empty: none.
            hasty: with the limits of mutants.

        Raises:
            CourseError: there is no such assignment, or its source breaks the rules.
        """
        version = _version(self.layout, assignment)
        name = assignment, device, hasty
        known = self._preparers.get(name)
        if known is None or known[0] != version:
            limits = mutants_limits if hasty else None
            preparer = Preparer(self.layout, self._isolation, device, limits)
            preparer.manifest(assignment)
            known = self._preparers[name] = version, preparer
        return known[1]

    def expand(self, order: Order) -> tuple[list[Item], list[str]]:
        """Return the jobs of an order, and what is to be said about submissions.

        Raises:
            CourseError: there is no such assignment, or a student has submitted nothing.
        """
        manifest = self.preparer(order.assignment).manifest(order.assignment)
        if not order.collected:
            return [_read(one) for one in order.items], []
        with self._writing:
            self.recorder.register(manifest)
            self.recorder.settle(order.students or None, order.assignment)
            found = self.recorder.collected(order.assignment)
        known = {one.student_id for one in found}
        for student in order.students:
            if student not in known:
                raise CourseError(
                    f"student {student!r} has no collected submission of this assignment"
                )
        wanted = [one for one in found if not order.students or one.student_id in order.students]
        notes = [f"{one.student_id}: {one.note}" for one in wanted if one.note]
        return [
            Item(one.student_id, Source.UNUSABLE, one.unusable.encode("utf-8", "replace"))
            if one.unusable
            else Item(one.student_id, Source.STORED)
            for one in wanted
        ], notes

    @contextlib.contextmanager
    def batch(self, assignment: str) -> Iterator[None]:
        """Let a batch ask the gradebook once what is recorded already."""
        with self._writing, contextlib.ExitStack() as stack:
            stack.enter_context(self.recorder.remembering(assignment))
            remembered = stack.pop_all()
        try:
            yield
        finally:
            with self._writing:
                remembered.close()

    def grade(self, order: Order, item: Item, grade: Grade, device: str = "") -> Answer:
        """Do one job; whatever goes wrong is its result.

        Args:
            order: it is of.
            item: the job.
            grade: runs a prepared submission.
            device: the GPU that student code may use; empty: none.
        """
        try:
            return self._grade(order, item, grade, device)
        except ReplayError as error:
            return Answer(Result(Origin.REFUSED, fault=str(error)))
        except Stopped:
            raise
        except Exception as error:  # noqa: BLE001  # what nobody foresaw concerns this job alone
            is_ours = type(error).__module__.startswith("autograder.") or isinstance(error, OSError)
            said = str(error) if is_ours else f"{type(error).__name__}: {error}"
            is_lost = isinstance(error, (OSError, LogError)) or (
                self._recorder is not None and self._recorder.is_lost(error)
            )
            return replace(self._fault(order, item, said), stops_order=is_lost)

    def _grade(self, order: Order, item: Item, grade: Grade, device: str) -> Answer:
        if item.source is Source.UNUSABLE:
            return Answer(Result(Origin.UNUSABLE, fault=item.body.decode()))
        preparer = self.preparer(order.assignment, device, hasty=order.hasty)
        submission = self._submission(order, item, preparer)
        prepared = submission.prepared
        origin = Origin.GRADED
        if isinstance(prepared, Refusal):
            report = preparer.refusal_report(prepared)
            if order.keeps:
                self.store.store(preparer, prepared, report)
        elif (
            order.keeps
            and not order.fresh
            and item.source is not Source.ANSWERED
            and (found := self.store.find(prepared.keys.report))
        ):
            report, origin = found, Origin.STORED
            self.store.mark_used(report.key)
        else:
            known = submission.known
            if order.keeps and not order.fresh:
                known = self.store.find_cells(prepared.keys)
            if not order.run:
                needed = Result(Origin.NEEDED, prepared.keys.report)
                return Answer(needed, job_to_bytes(prepared, known))
            if item.source is Source.ANSWERED:
                report = report_of({"kind": "report", "report": item.body}, prepared)
            else:
                report = grade(preparer, prepared, known)
            if order.keeps:
                self.store.store(preparer, prepared, report)
        if order.record:
            report, origin = self._record(order, item, preparer, submission, report, origin)
        counted = self.recorder.decided(report) if order.record else report
        return Answer(
            replace(summary(counted, origin), late=submission.late),
            report.to_bytes() if order.with_reports else b"",
        )

    def _submission(self, order: Order, item: Item, preparer: Preparer) -> _Submission:
        name = order.assignment
        if item.source is Source.SPECIMEN:
            return _Submission(*prepare_specimen(preparer, name, item.body))
        if item.source is Source.PREPARED:
            return _Submission(*job_from_bytes(item.body))
        if item.source is Source.KEPT:
            line: dict[str, Any] = json.loads(item.body)
            return _Submission(prepared_again(preparer, line))
        if item.source is Source.DRAWN:
            return self._to_draw(item.body.decode())
        if item.source is Source.GIVEN:
            return _Submission(preparer.prepare(name, item.body))
        if item.source is Source.REFUSED:
            return _Submission(preparer.refuse(name, item.body.decode()))
        if item.source is Source.HANDED_IN:
            return _Submission(_prepared(preparer, name, Path(os.fsdecode(item.body))))
        with self._writing:
            found = self.recorder.collected(name, item.name)
        if not found:
            raise CourseError(f"{item.name} has nothing in the submitted folder any more")
        (one,) = found
        late = one.late_seconds > 0
        if one.notebook is None:
            return _Submission(preparer.refuse(name, one.refusal), {}, one.submitted_at, late)
        prepared = _prepared(preparer, name, one.notebook)
        return _Submission(prepared, {}, one.submitted_at, late)

    def _to_draw(self, key: str) -> _Submission:
        """Return what a report was graded from, with all its cells as known: no check runs."""
        kept, report = self.store.find_kept(key), self.store.find(key)
        if kept is None or report is None or isinstance(kept.prepared, Refusal):
            raise ReplayError(f"what was graded is not kept: {self.store.path(key)} is missing")
        known = {cell.grade_id: cell for cell in report.cells}
        return _Submission(replace(kept.prepared, figures=True), known)

    def _record(
        self,
        order: Order,
        item: Item,
        preparer: Preparer,
        submission: _Submission,
        report: Report,
        origin: Origin,
    ) -> tuple[Report, Origin]:
        """Write the report down that counts; return it, and where it came from."""
        manifest = preparer.manifest(order.assignment)
        moment = submission.submitted_at
        with self._writing:
            recorder = self.recorder
            key = recorder.instead(
                item.name, manifest, report, moment, never_lower=order.never_lower
            )
            if key and (kept := self.store.find(key)) is not None:
                report, origin = kept, Origin.KEPT
            if not order.fresh and recorder.is_recorded(item.name, report, moment):
                return report, Origin.KEPT if origin is Origin.KEPT else Origin.UNCHANGED
            recorder.record(item.name, manifest, report, moment)
        return report, origin

    def _fault(self, order: Order, item: Item, fault: str) -> Answer:
        if order.record:
            with contextlib.suppress(LogError):
                self.log.record(
                    Event.FAULT,
                    course=self.layout.course_id,
                    assignment=order.assignment,
                    student=item.name,
                    fault=fault,
                )
        return Answer(Result(Origin.FAULT, fault=fault))


def _read(item: Item) -> Item:
    """Return the job with the bytes of the file that it names."""
    if item.source is not Source.FILE:
        return item
    try:
        return Item(item.name, Source.GIVEN, read_file(Path(os.fsdecode(item.body))))
    except Refused as error:
        return Item(item.name, Source.REFUSED, str(error).encode("utf-8", "replace"))


def _prepared(preparer: Preparer, assignment: str, notebook: Path) -> Prepared | Refusal:
    """Prepare a notebook in a folder, with those beside it."""
    try:
        return preparer.prepare(assignment, read_file(notebook), notebooks_beside(notebook))
    except Refused as error:
        return preparer.refuse(assignment, str(error))


def summary(report: Report, origin: Origin) -> Result:
    """Return what a client needs of a report."""
    return Result(
        origin,
        report.key,
        report.points,
        report.max_points,
        sum(cell.max_points for cell in report.cells if cell.manual),
        report.refusal,
        tuple(report.limits_hit),
        len(report.repairs),
    )


def layout_of(tenant: Tenant) -> Layout:
    """Return the layout of a tenant."""
    exchange = Path(tenant.exchange) if tenant.exchange else None
    return Layout(Path(tenant.root), Path(tenant.home), tenant.course_id, exchange, tenant.database)


def _version(layout: Layout, assignment: str) -> object:
    folders: Iterable[Path] = (
        layout.solutions / assignment,
        layout.assignments / assignment,
        layout.root / RULES_NAME,
    )
    return [status for one in folders if one.exists() for status in place.statuses(str(one))]
