"""The exchange without its network: every right, every limit, every file.

What it guarantees:

- Each method begins with the right that it needs; who may not is told so before anything is read.
- A student is told of their own submissions only, whatever they ask for.
- Methods may run in threads: what belongs together on disk is done under one lock per upload, and
  releases of a course one after the other.

What it does not do: speak HTTP (`handlers`), or ask the hub who somebody is (`service`).
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol
from weakref import WeakValueDictionary

from autograder.handin.announcement import Announcement, Kind
from autograder.handin.errors import Missing, OutOfStep
from autograder.handin.identity import Caller
from autograder.handin.settings import ExchangeSettings
from autograder.handin.storage import Bundle, CourseStore
from autograder.handin.uploads import VIA, Clock, Done, Uploads
from autograder.records import Actor, Event, Log
from gradlab_exchange.errors import NameRefused
from gradlab_exchange.names import check_name, check_timestamp, shown


class Grading(Protocol):
    """What can be said about grading. Whatever fails there is left out."""

    def outlook(self, course: str, receipt: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Return what is said with a receipt; `None` when there is nothing."""
        ...

    def ahead(
        self, course: str, student: str, assignment: str, digest: str
    ) -> Mapping[str, Any] | None:
        """Return what is said before something is handed in; `None` when there is nothing."""
        ...

    def counting(self, course: str, student: str, assignment: str) -> str:
        """Return the timestamp of the hand-in that counts; empty where the newest does."""
        ...


_LOG = logging.getLogger("gradlab.exchange")


class _Lock:
    """A lock that can be forgotten when nobody holds it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()


class Exchange:
    """All courses."""

    def __init__(
        self,
        stores: Mapping[str, CourseStore],
        settings: ExchangeSettings,
        clock: Clock,
        grading: Grading | None = None,
    ) -> None:
        """Make the folders and finish what a crash interrupted.

        Args:
            stores: each course's folders.
            settings: the table `[exchange]`.
            clock: the server's time.
            grading: what can be said about grading; `None`: nothing is.
        """
        self._grading = grading
        self.settings = settings
        self.clock = clock
        self._stores = dict(stores)
        self._uploads = {name: Uploads(store, settings) for name, store in stores.items()}
        self._locks: WeakValueDictionary[str, _Lock] = WeakValueDictionary()
        self._locks_lock = threading.Lock()
        for store in self._stores.values():
            store.make()
        for uploads in self._uploads.values():
            uploads.recover_all()

    def courses(self, caller: Caller) -> list[dict[str, Any]]:
        """Return the courses that somebody takes part in, and as what."""
        return [
            {
                "course": course,
                "member": caller.is_member(course),
                "grader": caller.is_grader(course),
                "instructor": caller.is_instructor(course),
            }
            for course in sorted(self._stores)
            if caller.takes_part(course)
        ]

    def released(self, caller: Caller, course: str = "") -> list[dict[str, Any]]:
        """Return what is released in one of the caller's courses, or in all of them."""
        return [
            {
                "course": store.course,
                "assignment": name,
                "notebooks": store.notebooks(store.outbound / name),
            }
            for store in self._own_stores(caller, course)
            for name in store.released()
        ]

    def assignment(self, caller: Caller, course: str, assignment: str) -> Bundle:
        """Return a released assignment."""
        caller.must_take_part(course)
        return self._store(course).assignment(check_name(assignment, "assignment"))

    def fetched(self, caller: Caller, course: str, assignment: str) -> None:
        """Remember that a member fetches an assignment; a full disk is no reason to keep it."""
        if caller.is_person and caller.is_member(course):
            with contextlib.suppress(OSError, NameRefused):
                self._store(course).mark_fetched(check_name(caller.name, "student"), assignment)

    def unrelease(self, caller: Caller, course: str, assignment: str, address: str) -> Done:
        """Take an assignment back."""
        caller.must_be_instructor(course)
        check_name(assignment, "assignment")
        with self._locked(f"release {course}"):
            self._of(course).unrelease(assignment, Actor(caller.name, address, VIA))
        return {"unreleased": assignment}

    def submissions(
        self, caller: Caller, course: str = "", student: str = "", assignment: str = ""
    ) -> list[dict[str, Any]]:
        """Return submissions: everybody's for a grader, else the caller's own."""
        found: list[dict[str, Any]] = []
        for store in self._own_stores(caller, course):
            wanted = student if caller.is_grader(store.course) else caller.name
            if wanted == caller.name and student not in ("", caller.name):
                continue
            described = [store.describe(one) for one in store.submissions(wanted, assignment)]
            if caller.is_grader(store.course):
                self._mark_counting(store.course, described)
            found += described
        return found

    def submission(
        self, caller: Caller, course: str, assignment: str, student: str, timestamp: str
    ) -> Bundle:
        """Return one submission's files, for a grader."""
        caller.must_be_grader(course)
        store = self._store(course)
        return store.handed_in(store.submission(*_checked(student, assignment, timestamp)))

    def collected(
        self,
        caller: Caller,
        course: str,
        assignment: str,
        student: str,
        timestamp: str,
        address: str,
    ) -> None:
        """Write down that somebody collects a submission."""
        caller.must_be_grader(course)
        store = self._store(course)
        submission = store.submission(*_checked(student, assignment, timestamp))
        Log(store.log).record(
            Event.COLLECT, course=course, assignment=assignment, student=student,
            actor=Actor(caller.name, address, VIA), submission=submission.folder.name,
        )  # fmt: skip

    def feedback(self, caller: Caller, course: str, assignment: str, timestamp: str) -> Bundle:
        """Return the feedback on one of the caller's own submissions."""
        caller.must_be_member(course)
        store = self._store(course)
        submission = store.submission(*_checked(caller.name, assignment, timestamp))
        bundle = store.feedback_on(submission)
        if not bundle.files:
            raise Missing(f"there is no feedback on {shown(assignment)} of {timestamp} yet")
        return bundle

    def ahead(self, caller: Caller, course: str, assignment: str, digest: str) -> dict[str, Any]:
        """Return what a student should know before handing in what has this digest."""
        caller.must_be_member(course)
        self._store(course)
        check_name(assignment, "assignment")
        if self._grading is None:
            return {}
        try:
            said = self._grading.ahead(course, caller.name, assignment, digest)
        except Exception:  # noqa: BLE001  # who hands in is kept from nothing
            _LOG.exception("nothing was said before a hand-in in %s", course)
            said = None
        return dict(said or {})

    def begin(
        self, caller: Caller, course: str, value: object, now: datetime, address: str = ""
    ) -> Done:
        """Announce an upload.

        Args:
            caller: who, by the hub's word.
            course: course.
            value: the announcement.
            now: when all of it had arrived.
            address: where from.
        """
        caller.must_take_part(course)
        uploads = self._of(course)
        announcement = Announcement.received(
            value, course=course, owner=caller.name, now=now, settings=self.settings
        )
        if announcement.kind is Kind.SUBMISSION:
            caller.must_be_member(course)
        else:
            caller.must_be_instructor(course)
        with self._locked(_lock_name(announcement)):
            offset = uploads.begin(announcement)
            if offset == announcement.manifest.size:
                offset = self._finish(uploads, announcement, now, address)
        if not isinstance(offset, int):
            return self._with_outlook(course, offset)
        return {"upload": announcement.upload, "offset": offset}

    def open_upload(
        self, caller: Caller, course: str, upload: str, offset: int
    ) -> tuple[Uploads, Announcement]:
        """Return an upload of the caller's that goes on at an offset.

        Raises:
            OutOfStep: it goes on elsewhere.
        """
        caller.must_take_part(course)
        uploads = self._of(course)
        announcement = uploads.find(upload, caller.name)
        at = uploads.offset(announcement)
        if at != offset:
            raise OutOfStep(f"the upload goes on at byte {at}, not at {offset}", offset=at)
        return uploads, announcement

    def finish(
        self, uploads: Uploads, announcement: Announcement, now: datetime, address: str = ""
    ) -> Done:
        """Finish an upload if all its bytes are there; `now` is when the last of them came."""
        with self._locked(_lock_name(announcement)):
            found = uploads.find(announcement.upload, announcement.owner)
            offset = uploads.offset(found)
            if offset < found.manifest.size:
                return {"upload": found.upload, "offset": offset}
            done = self._finish(uploads, found, now, address)
        return self._with_outlook(found.course, done)

    def forget(self) -> int:
        """Remove uploads that nobody went on with."""
        before = self.clock() - timedelta(days=self.settings.forget_days)
        return sum(uploads.forget(before) for uploads in self._uploads.values())

    def _finish(
        self, uploads: Uploads, announcement: Announcement, received_at: datetime, address: str
    ) -> Done:
        if announcement.kind is Kind.SUBMISSION:
            return uploads.finish(announcement, received_at, address)
        with self._locked(f"release {announcement.course}"):
            return uploads.finish(announcement, received_at, address)

    def _with_outlook(self, course: str, done: Done) -> Done:
        """Return what became of an upload, with what is said about grading a submission."""
        if "receipt" not in done or self._grading is None:
            return done
        try:
            said = self._grading.outlook(course, done["receipt"])
        except Exception:  # noqa: BLE001  # whatever grading does, the submission is stored
            _LOG.exception("nothing was said about grading a submission in %s", course)
            said = None
        return done if said is None else {**done, "outlook": dict(said)}

    def _mark_counting(self, course: str, described: list[dict[str, Any]]) -> None:
        """Mark each person's submission that counts, where it need not be the newest."""
        if self._grading is None:
            return
        for student, assignment in {(one["student"], one["assignment"]) for one in described}:
            try:
                timestamp = self._grading.counting(course, student, assignment)
            except Exception:  # noqa: BLE001  # Collect then takes the newest
                _LOG.exception("it is not known what counts of %s in %s", assignment, course)
                return
            for one in described:
                if (one["student"], one["assignment"], one["timestamp"]) == (
                    student, assignment, timestamp,
                ):  # fmt: skip
                    one["counts"] = True

    def _own_stores(self, caller: Caller, course: str) -> list[CourseStore]:
        return [
            store
            for name, store in sorted(self._stores.items())
            if course in ("", name) and caller.takes_part(name)
        ]

    def _store(self, course: str) -> CourseStore:
        try:
            return self._stores[course]
        except KeyError:
            raise Missing(f"there is no course {shown(course)} on this hub") from None

    def _of(self, course: str) -> Uploads:
        self._store(course)
        return self._uploads[course]

    @contextlib.contextmanager
    def _locked(self, name: str) -> Iterator[None]:
        with self._locks_lock:
            lock = self._locks.setdefault(name, _Lock())
        with lock.lock:
            yield


def _lock_name(announcement: Announcement) -> str:
    return f"upload {announcement.course} {announcement.slot}"


def _checked(student: str, assignment: str, timestamp: str) -> tuple[str, str, str]:
    return (
        check_name(student, "student"),
        check_name(assignment, "assignment"),
        check_timestamp(timestamp),
    )
