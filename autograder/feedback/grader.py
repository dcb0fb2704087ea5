"""Grade on submit: what the exchange stored is graded, each hand-in when its turn has come.

It looks at the folder of what was handed in, and nothing has to tell it: the exchange neither
waits for it nor knows of it. For each hand-in it sends the grading service an order, ahead of
batches, and writes down what became of it (`outcomes`). Which one counts is then collected and
recorded in the gradebook, many students of an assignment in one order.

What it guarantees:

- Killed at any moment, nothing is lost: a hand-in without an outcome is graded by the next one. An
  order that the service had accepted is followed, not run again.
- A verdict never waits for the gradebook, nor one student's for another's endless loop.
- The hand-ins of one student for one assignment are graded one after the other, oldest first.
- A fault of ours is no outcome: it is tried again, ever more seldom.
- Grades of staff's own runs become outcomes, too. What was handed in before grading on submit first
  ran is left to them.

What it does not do: decide when something is graded and which counts (`policy`), or run anything.

Longer than other modules: what becomes of one hand-in is read from its beginning to its end.
"""

from __future__ import annotations

import contextlib
import hashlib
import heapq
import logging
import os
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from autograder.feedback.attempts import Turn, turns_of
from autograder.feedback.collecting import MOST_BYTES, collect, folder_of, is_collected
from autograder.feedback.course import FeedbackCourse
from autograder.feedback.outcomes import History, Outcome
from autograder.gradebook.autograded import TIMESTAMP_NAME, key_in, read_small
from autograder.gradebook.collected import notebook_in
from autograder.gradebook.errors import StudentIdError
from autograder.gradebook.student_id import check_student_id
from autograder.grading.report import Report
from autograder.handin.storage import Submission, own_files
from autograder.records import Actor, Event, LogError
from autograder.records.follow import Follower
from autograder.service.client import OrderCancelled, Place, ServiceError, grade
from autograder.service.protocol import Item, Order, Origin, Priority, Result, Source, Tenant
from gradlab_exchange.errors import ExchangeProblem
from gradlab_exchange.manifest import Manifest
from gradlab_exchange.names import check_name

LINES = 64  # orders at a time: so many endless loops hold up nobody else
FIRST_PAUSE_SECONDS = 20.0  # after a fault of ours
LONGEST_PAUSE_SECONDS = 3_600.0
STOPPED_SECONDS = 2.0  # until another grading service is asked, when one was told to stop
SETTLE_SECONDS = 1.0  # a line of the log comes this much before what it tells of, at the most
DEADLINES_SECONDS = 30.0  # how often a changed deadline is noticed
ARRIVING_SECONDS = 60.0  # between what lies there and its receipt, however slow the disk
LOOK_SECONDS = 0.05
_FRESH_SECONDS = 0.1  # a folder that changed so lately may change again within a tick of its clock
ACTOR = Actor("gradlab", via="grading on submit")
_LOG = logging.getLogger("gradlab.feedback")


class Pair(NamedTuple):
    """Whose hand-ins, for what."""

    course: str
    student: str
    assignment: str


@dataclass
class _Watched:
    """What is known of one course's folders."""

    course: FeedbackCourse
    follower: Follower
    changed_ns: int = -1
    names: set[str] = field(default_factory=set)
    hand_ins: dict[tuple[str, str], list[Submission]] = field(default_factory=dict)


class OnSubmit:
    """Grades what is handed in in some courses. `look` is called by one thread, now and then.

    Args:
        courses: the courses.
        place: where orders go; by default this user's grading service.
        clock: seconds since the epoch, as the courses' clocks have it.
    """

    def __init__(
        self,
        courses: Sequence[FeedbackCourse],
        place: Place | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._place = place or Place()
        self._clock = clock
        self._watched = {
            one.layout.course_id: _Watched(
                one, Follower(one.layout.log, Event.GRADE, Event.REGRADE, Event.COLLECT)
            )
            for one in courses
        }
        self._threads = ThreadPoolExecutor(LINES, thread_name_prefix="hand-in")
        self._recorders = ThreadPoolExecutor(2, thread_name_prefix="recording")
        self._lock = threading.RLock()  # of all below, and of changes to outcomes
        self._busy: set[Pair] = set()
        self._again: set[Pair] = set()
        self._timers: list[tuple[float, Pair]] = []
        self._waiting: set[Pair] = set()
        self._looked_at = 0.0
        self._asked: set[str] = set()
        self._to_record: dict[tuple[str, str], set[str]] = defaultdict(set)
        self._recording: set[tuple[str, str]] = set()
        self._futures: set[Future[None]] = set()
        for watched in self._watched.values():
            watched.course.begin()
            with contextlib.suppress(LogError):
                for _ in watched.follower.look()[1]:  # what was before is found on disk
                    pass

    def close(self) -> None:
        """Wait for what is under way, and end."""
        self._threads.shutdown(cancel_futures=True)
        self._recorders.shutdown(cancel_futures=True)
        self._place.close()
        for watched in self._watched.values():
            watched.course.close()

    def look(self) -> None:
        """Begin what is to be begun: for new hand-ins, ended pauses, and grades of others."""
        for name, watched in self._watched.items():
            for student, assignment in self._new_in(watched):
                self._touch(Pair(name, student, assignment))
            self._look_at_log(name, watched)
        now = self._clock()
        with self._lock:
            if now - self._looked_at >= DEADLINES_SECONDS:
                self._looked_at = now
                for pair in [*self._waiting]:  # a deadline or a setting may have changed
                    self._touch(pair)
            while self._timers and self._timers[0][0] <= now:
                self._touch(heapq.heappop(self._timers)[1])

    def settle(self) -> None:
        """Wait until nothing is under way."""
        while True:
            with self._lock:
                under_way = set(self._futures)
            if not under_way:
                return
            wait(under_way)

    # -- what there is ----------------------------------------------------------------------------

    def _new_in(self, watched: _Watched) -> set[tuple[str, str]]:
        """Return whose folders have come since the last look."""
        inbound = watched.course.store.inbound
        try:
            changed_ns = inbound.stat().st_mtime_ns
        except OSError:
            return set()
        if changed_ns == watched.changed_ns:
            return set()
        is_fresh = time.time() - changed_ns / 1e9 < _FRESH_SECONDS
        watched.changed_ns = -1 if is_fresh else changed_ns
        found = set()
        for entry in os.scandir(inbound):
            if entry.name in watched.names:
                continue
            watched.names.add(entry.name)
            submission = watched.course.store.as_submission(entry)
            if submission is None or not _is_safe(submission):
                continue
            pair = submission.student, submission.assignment
            own = watched.hand_ins.setdefault(pair, [])
            own.append(submission)
            own.sort(key=lambda one: (one.timestamp, one.folder.name))
            found.add(pair)
        return found

    def _look_at_log(self, name: str, watched: _Watched) -> None:
        try:
            lines = list(watched.follower.look()[1])
        except LogError as error:
            _LOG.warning("%s", error)
            return
        for line in lines:
            student, assignment = line.get("student"), line.get("assignment")
            if (student, assignment) not in watched.hand_ins:
                continue
            pair = Pair(name, str(student), str(assignment))
            if line["event"] == Event.COLLECT and watched.course.follows_collect:
                self._touch(pair)
            elif line["event"] != Event.COLLECT:
                self._later(pair, self._clock() + SETTLE_SECONDS)

    # -- turns ------------------------------------------------------------------------------------

    def _touch(self, pair: Pair) -> None:
        """See to somebody's hand-ins, now or after what is under way for them."""
        with self._lock:
            if pair in self._busy:
                self._again.add(pair)
                return
            self._busy.add(pair)
            self._start(self._threads, lambda: self._serve(pair))

    def _start(self, threads: ThreadPoolExecutor, work: Callable[[], None]) -> None:
        future = threads.submit(work)
        with self._lock:
            self._futures.add(future)
        future.add_done_callback(self._ended)

    def _ended(self, future: Future[None]) -> None:
        with self._lock:
            self._futures.discard(future)
        if not future.cancelled() and (error := future.exception()) is not None:
            _LOG.error("grading on submit failed", exc_info=error)

    def _later(self, pair: Pair, when: float) -> None:
        with self._lock:
            if (when, pair) not in self._timers:
                heapq.heappush(self._timers, (when, pair))

    def _serve(self, pair: Pair) -> None:
        try:
            while self._step(pair):
                pass
        except OrderCancelled:
            self._later(pair, self._clock() + STOPPED_SECONDS)
        except Exception:  # noqa: BLE001  # whatever it is, it concerns this pair alone
            _LOG.exception("hand-ins of %s were not graded; they are tried again", pair)
            self._later(pair, self._clock() + FIRST_PAUSE_SECONDS)
        finally:
            with self._lock:
                self._busy.discard(pair)
                again = pair in self._again
                self._again.discard(pair)
            if again:
                self._touch(pair)

    def _step(self, pair: Pair) -> bool:
        """Do the next thing for somebody's hand-ins; return whether there was one."""
        watched = self._watched[pair.course]
        submissions = list(watched.hand_ins[pair.student, pair.assignment])
        history = self._refreshed(pair, submissions)
        turns, counts, _due = turns_of(
            watched.course, pair.student, pair.assignment, history, submissions
        )
        now, soonest = self._clock(), float("inf")
        for turn in turns:
            name = turn.submission.folder.name
            if turn.same_as or turn.own.key:
                continue
            at = float("inf") if turn.grade_at is None else turn.grade_at.timestamp()
            if at <= now and turn.own.again_at <= now:
                self._grade(pair, turn)
                return True
            if (
                at > now
                and name not in self._asked
                and watched.course.store.has_receipt(turn.submission)
            ):
                self._ask(pair, turn, turns)
                return True
            soonest = min(soonest, max(at, turn.own.again_at))
            if now - turn.moment.timestamp() < ARRIVING_SECONDS:
                soonest = min(soonest, now + LOOK_SECONDS)  # its receipt may be just written
        with self._lock:
            (self._waiting.add if soonest < float("inf") else self._waiting.discard)(pair)
        if soonest < float("inf"):
            self._later(pair, soonest)
        self._see_to_record(pair, history, turns, counts)
        return False

    def _refreshed(self, pair: Pair, submissions: Sequence[Submission]) -> History:
        """Return what is known, with digests of what is new, and with grades of others."""
        course = self._watched[pair.course].course
        known = course.outcomes.read(pair.student, pair.assignment)
        digests = {
            one.folder.name: _digest(course, one)
            for one in submissions
            if not known.of(one.folder.name).digest and course.store.has_receipt(one)
        }
        with self._lock:
            history = before = course.outcomes.read(pair.student, pair.assignment)
            for name, digest in digests.items():
                history = history.having(name, digest=digest)
            folder = course.layout.autograded / pair.student / pair.assignment
            key = key_in(folder / f"{pair.assignment}.ipynb")
            moment = read_small(folder / TIMESTAMP_NAME, MOST_BYTES) or b""
            for one in submissions:
                is_it = key and one.timestamp.encode() == moment.strip()
                if is_it and history.of(one.folder.name).key != key:
                    report = course.reports.find(str(key))
                    if report is not None:
                        history = history.having(
                            one.folder.name, **_facts(report), graded_at=self._clock()
                        )
            if history != before:
                course.outcomes.write(pair.student, pair.assignment, history)
        return history

    def _change(self, pair: Pair, name: str, **changes: object) -> Outcome:
        outcomes = self._watched[pair.course].course.outcomes
        with self._lock:
            history = outcomes.read(pair.student, pair.assignment).having(name, **changes)
            outcomes.write(pair.student, pair.assignment, history)
        return history.of(name)

    # -- one hand-in ------------------------------------------------------------------------------

    def _grade(self, pair: Pair, turn: Turn) -> None:
        """Have a hand-in graded, and write down what became of it."""
        name = turn.submission.folder.name

        def started() -> None:
            self._change(pair, name, running=True)

        try:
            result = self._ordered(pair, turn.submission, started, run=True)
        except OrderCancelled:
            self._change(pair, name, running=False)
            raise
        if result.is_graded:
            self._change(
                pair, name, key=result.key, points=result.points, max_points=result.max_points,
                waits=result.waits, refusal=result.refusal, graded_at=self._clock(), running=False,
                fault="", again_at=0.0,
            )  # fmt: skip
            return
        faults = turn.own.faults + 1
        pause = min(FIRST_PAUSE_SECONDS * 2**faults, LONGEST_PAUSE_SECONDS)
        said = result.fault or f"the grading service answered {result.origin}"
        _LOG.error("%s was not graded: %s", ascii(name), said)
        self._change(
            pair, name, running=False, fault=said, faults=faults, again_at=self._clock() + pause
        )

    def _ask(self, pair: Pair, turn: Turn, turns: Sequence[Turn]) -> None:
        """See whether what waits for its turn is what was graded before, with other outputs."""
        result = self._ordered(pair, turn.submission, lambda: None, run=False)
        self._asked.add(turn.submission.folder.name)
        if any(result.key and one.own.key == result.key for one in turns):
            self._change(pair, turn.submission.folder.name, key=result.key)

    def _ordered(
        self, pair: Pair, submission: Submission, started: Callable[[], None], *, run: bool
    ) -> Result:
        """Send the order of one hand-in; return its result, a fault where there is none.

        Raises:
            OrderCancelled: the service was told to stop; the next one goes on with what it had.
        """
        # who hands in into an exchange of files can change it there when it was collected
        course = self._watched[pair.course].course
        layout = course.layout
        folder = folder_of(layout, submission) if course.follows_collect else submission.folder
        notebook, why, _odd = notebook_in(folder, pair.assignment)
        item = (
            Item(pair.student, Source.REFUSED, why.encode("utf-8", "replace"))
            if notebook is None
            else Item(pair.student, Source.HANDED_IN, os.fsencode(notebook))
        )
        token = hashlib.sha256(f"{layout.home}\0{submission.folder.name}\0{run}".encode())
        order = Order(
            Tenant.of(layout),
            pair.assignment,
            "a hand-in",
            [item],
            keep=True,
            run=run,
            actor=(ACTOR.name, ACTOR.address, ACTOR.via),
            token=token.hexdigest(),
        )
        found = Result(Origin.FAULT, fault="the order ended without a result")
        try:
            for event in grade(order, self._place):
                if event.kind == "started":
                    started()
                if event.kind == "done" and event.result is not None:
                    found = event.result
        except OrderCancelled:
            raise
        except (ServiceError, OSError) as error:
            return Result(Origin.FAULT, fault=f"{error}")
        return found

    # -- the gradebook ----------------------------------------------------------------------------

    def _see_to_record(
        self, pair: Pair, history: History, turns: Sequence[Turn], counts: int
    ) -> None:
        """Have the hand-in recorded that counts, or the newest that is graded so far."""
        chosen = _counting_now(self._watched[pair.course].course, turns, counts)
        if chosen is None or history.recorded == chosen.folder.name:
            return
        with self._lock:
            where = pair.course, pair.assignment
            self._to_record[where].add(pair.student)
            if where not in self._recording:
                self._recording.add(where)
                self._start(self._recorders, lambda: self._record_all(*where))

    def _record_all(self, name: str, assignment: str) -> None:
        """Record the hand-ins that are to be recorded of an assignment, until none is left."""
        where = name, assignment
        while True:
            with self._lock:
                students = self._to_record.pop(where, set())
                if not students:
                    self._recording.discard(where)
                    return
            try:
                self._record(name, assignment, sorted(students))
            except Exception:  # noqa: BLE001  # whatever it is, it concerns this alone
                _LOG.exception("grades of %s were not recorded; they are tried again", assignment)
                for student in students:
                    self._later(
                        Pair(name, student, assignment), self._clock() + FIRST_PAUSE_SECONDS
                    )

    def _record(self, name: str, assignment: str, students: Sequence[str]) -> None:
        watched = self._watched[name]
        course = watched.course
        chosen: dict[str, Submission] = {}
        for student in students:
            submissions = list(watched.hand_ins[student, assignment])
            history = course.outcomes.read(student, assignment)
            turns, counts, _due = turns_of(course, student, assignment, history, submissions)
            counting = _counting_now(course, turns, counts)
            if counting is None:
                continue
            if not course.follows_collect:
                collect(course.layout, course.store, counting, ACTOR)
            chosen[student] = counting
        if not chosen:
            return
        order = Order(
            Tenant.of(course.layout),
            assignment,
            "grading on submit",
            [Item(student, Source.STORED) for student in chosen],
            record=True,
            priority=Priority.BATCH,  # nobody waits for the gradebook
            actor=(ACTOR.name, ACTOR.address, ACTOR.via),
        )
        for event in grade(order, self._place):
            if event.kind != "done" or event.result is None:
                continue
            student = event.name
            if not event.result.is_graded:
                _LOG.error("%s was not recorded: %s", ascii(student), event.result.fault)
                self._later(Pair(name, student, assignment), self._clock() + FIRST_PAUSE_SECONDS)
                continue
            with self._lock:
                history = course.outcomes.read(student, assignment)
                done = replace(history, recorded=chosen[student].folder.name)
                course.outcomes.write(student, assignment, done)


def _counting_now(course: FeedbackCourse, turns: Sequence[Turn], counts: int) -> Submission | None:
    """Return the hand-in that counts, or, while that has no verdict, the newest that has one."""
    graded = [one for one in turns if one.outcome.key]
    if course.follows_collect:
        graded = [one for one in graded if is_collected(course.layout, one.submission)]
    if not graded:
        return None
    counting = turns[counts - 1]
    return (counting if counting in graded else graded[-1]).submission


def _is_safe(submission: Submission) -> bool:
    """Tell whether somebody's name can be one of a folder and a key of the gradebook."""
    try:
        check_name(submission.assignment, "assignment")
        check_student_id(submission.student)
    except (ExchangeProblem, StudentIdError):
        return False
    return True


def _digest(course: FeedbackCourse, submission: Submission) -> str:
    """Return a hash of what was handed in, as its receipt has it."""
    files = course.store.handed_in(submission).manifest().files
    return Manifest(tuple(own_files(files))).digest


def _facts(report: Report) -> dict[str, object]:
    """Return what an outcome has of a report."""
    waits = sum(cell.max_points for cell in report.cells if cell.manual)
    return {
        "key": report.key, "points": report.points, "max_points": report.max_points,
        "waits": waits, "refusal": report.refusal, "fault": "", "running": False,
    }  # fmt: skip
