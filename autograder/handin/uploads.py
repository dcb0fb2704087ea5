"""Uploads on disk, from the announcement to what they become.

What it guarantees:

- What became of an upload is there whole or not at all, whenever the process or the machine dies;
  `recover` finishes what was begun.
- A submission's moment is the server's. It is that of the announcement, which fixed every byte by
  its hash, if the last byte came within the grace; else that of the last byte. Parts of a second do
  not count, so that a submission in the deadline's second is in time.
- One student's moments for one assignment strictly increase, even when the clock is set back.
- The same upload repeated gives the same receipt, and so does handing in again what is already the
  newest submission.
- What cannot be finished, whatever is wrong with it, is set aside by itself, and the log says so:
  it stops neither the service nor its owner's next upload. What a full disk or a trail that cannot
  be written interrupts stays, to be finished later.

What it does not do: ask who may (`identity`). One caller at a time works on one slot.

Longer than other modules: each step is followed by what `recover` does when it was the last.
"""

from __future__ import annotations

import contextlib
import errno
import json
import logging
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from autograder.handin.announcement import Announcement, Kind
from autograder.handin.errors import (
    Altered,
    ExchangeRefusal,
    Exists,
    Missing,
    Replaced,
    SetAside,
    TooMuch,
)
from autograder.handin.settings import ExchangeSettings
from autograder.handin.storage import SECRET, CourseStore
from autograder.handin.unpacking import unpack
from autograder.records import Actor, Event, Log, LogError, synchronise_folder, write_whole
from gradlab_exchange.names import TIMESTAMP_FORMAT, shown
from gradlab_exchange.receipt import Receipt

ANNOUNCED = "announcement.json"
INTENT = "intent.json"
STORED = "stored"
OLD = "old"
GONE = "gone-"
ASIDE = "aside-"
SECOND = timedelta(seconds=1)
_MODE = 0o644  # of what lies in a submission, as nbgrader leaves it
# what is wrong with the machine, and not with an upload
_PASSING = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EMFILE, errno.ENFILE, errno.ENOMEM}
)
_LOG = logging.getLogger("gradlab.exchange")
VIA = "exchange"
_ACTIONS = {
    Kind.SUBMISSION: Event.SUBMIT,
    Kind.RELEASE: Event.RELEASE,
    Kind.FEEDBACK: Event.FEEDBACK,
}
Clock = Callable[[], datetime]
Done = dict[str, Any]


def write_json(path: Path, value: Any) -> None:
    """Put plain data into a file, whole or not at all, and onto the disk."""
    write_whole(path, json.dumps(value, indent=1).encode(), synchronised=True)


class Uploads:
    """The uploads of one course."""

    def __init__(self, store: CourseStore, settings: ExchangeSettings) -> None:
        """Remember where, and the limits."""
        self.store = store
        self.settings = settings

    def begin(self, new: Announcement) -> Done | int:
        """Open an upload, or find the one that was open; return its offset, or what it became.

        Raises:
            ExchangeRefusal: it cannot become anything.
        """
        with contextlib.suppress(SetAside):
            self.recover(new.slot)
        if new.kind is Kind.SUBMISSION:
            known = self._receipt_for(new)
            if known is not None:
                return {"receipt": known.to_json()}
        self._must_be_possible(new)
        before = None
        with contextlib.suppress(SetAside):
            before = self._announcement(new.slot)
        folder = self.store.uploads / new.slot
        if before is not None and before.upload == new.upload:
            new = before.with_keys(new.keys)
        else:
            if folder.exists():
                _remove(folder)
            folder.mkdir()
            self.part(new).touch()
        write_json(folder / ANNOUNCED, new.to_json())
        return self.offset(new)

    def find(self, upload: str, owner: str) -> Announcement:
        """Return an open upload of this person.

        Raises:
            Missing: there is no such upload, or it is another person's.
            Replaced: a newer one took its place.
        """
        found = self._announcement(upload[:32])
        if found is None or found.owner != owner:
            raise Missing("there is no such upload; announce it first")
        if found.upload != upload:
            raise Replaced("a newer upload of the same assignment took this one's place")
        return found

    def part(self, announcement: Announcement) -> Path:
        """Return the file that the bytes are written to."""
        return self.store.uploads / announcement.slot / f"{announcement.manifest.digest}.part"

    def offset(self, announcement: Announcement) -> int:
        """Return how many bytes have arrived.

        Raises:
            Replaced: a newer upload took this one's place.
        """
        try:
            return self.part(announcement).stat().st_size
        except FileNotFoundError:
            raise Replaced("a newer upload of the same assignment took this one's place") from None

    def finish(self, announcement: Announcement, received_at: datetime, address: str = "") -> Done:
        """Make of a complete upload what it was announced to be.

        Args:
            announcement: the upload.
            received_at: when the last byte came, by the server's clock.
            address: where it came from, for the log.

        Raises:
            Altered: the bytes are not those that were announced; they are thrown away.
            SetAside: it can become nothing.
        """
        begun = self.recover(announcement.slot)
        if begun is not None:
            return begun
        with self._or_set_aside(announcement.slot):
            return self._finish(announcement, received_at, address)

    def _finish(self, announcement: Announcement, received_at: datetime, address: str) -> Done:
        folder = self.store.uploads / announcement.slot
        shutil.rmtree(folder / STORED, ignore_errors=True)
        try:
            unpack(self.part(announcement), announcement.manifest, folder / STORED)
        except Altered:
            _remove(folder)
            raise
        intent: dict[str, Any] = {"announcement": announcement.to_json(), "address": address}
        if announcement.kind is Kind.SUBMISSION:
            receipt = self._receipt(announcement, received_at)
            own = {"timestamp.txt": receipt.timestamp, SECRET: secrets.token_hex(64)}
            for name, text in own.items():
                write_whole(folder / STORED / name, text.encode(), mode=_MODE, synchronised=True)
            intent["receipt"] = receipt.to_json() | {"keys": list(announcement.keys)}
        write_json(folder / INTENT, intent)
        return self._complete(folder, intent)

    def unrelease(self, assignment: str, actor: Actor) -> None:
        """Take a released assignment back.

        Raises:
            Missing: it is not released.
        """
        self.store.assignment(assignment)
        Log(self.store.log).record(
            Event.UNRELEASE, course=self.store.course, assignment=assignment, actor=actor
        )
        aside = self.store.uploads / f"{GONE}{secrets.token_hex(8)}"
        (self.store.outbound / assignment).rename(aside)
        shutil.rmtree(aside)

    def recover(self, slot: str) -> Done | None:
        """Finish what a crash interrupted in one slot; return what it became, if anything was.

        Raises:
            SetAside: it can become nothing.
        """
        folder = self.store.uploads / slot
        if not (folder / INTENT).exists():
            return None
        with self._or_set_aside(slot):
            return self._complete(folder, json.loads((folder / INTENT).read_text(encoding="utf-8")))

    def recover_all(self) -> None:
        """Finish what a crash interrupted: commits, and uploads whose last byte had arrived.

        Each by itself: one that cannot be finished keeps none of the others from it.
        """
        for left in self.store.uploads.glob(f"{GONE}*"):
            shutil.rmtree(left, ignore_errors=True)
        for slot in list(self.slots()):
            try:
                self._recover_whole(slot)
            except SetAside:  # the log has it already
                continue
            except (ExchangeRefusal, LogError, OSError) as error:
                _LOG.error("an upload in %s was not finished: %s", self.store.uploads, error)

    def _recover_whole(self, slot: str) -> None:
        self.recover(slot)
        open_one = self._announcement(slot)
        if open_one is None or not self.part(open_one).exists():
            return
        arrived = self.part(open_one).stat()
        if arrived.st_size == open_one.manifest.size:
            self.finish(open_one, datetime.fromtimestamp(arrived.st_mtime, UTC))

    @contextlib.contextmanager
    def _or_set_aside(self, slot: str) -> Iterator[None]:
        """Set aside what is in a slot when it cannot be handled, now or ever.

        Raises:
            SetAside: that was done.
        """
        try:
            yield
        except (Altered, SetAside, LogError):  # said on purpose; the slot is as it should be
            raise
        except Exception as error:
            if isinstance(error, OSError) and error.errno in _PASSING:
                raise
            aside = self.store.uploads / f"{ASIDE}{slot}-{secrets.token_hex(4)}"
            (self.store.uploads / slot).rename(aside)
            _LOG.exception("an upload could not be finished; it was set aside: %s", aside)
            raise SetAside(
                "the exchange could not store what was sent. It was set aside; tell your "
                "instructor, and try again"
            ) from error

    def forget(self, before: datetime) -> int:
        """Remove uploads to which nothing was added since; return how many."""
        count = 0
        for slot in list(self.slots()):
            folder = self.store.uploads / slot
            try:
                newest = max(path.lstat().st_mtime for path in (folder, *folder.iterdir()))
                if newest >= before.timestamp() or (folder / INTENT).exists():
                    continue
                _remove(folder)
            except OSError as error:  # it was finished meanwhile, or cannot be removed
                _LOG.warning("%s was not removed: %s", folder, error)
                continue
            count += 1
        return count

    def slots(self) -> Iterator[str]:
        """Return the slots in which something is, without what was set aside."""
        for entry in sorted(os.scandir(self.store.uploads), key=lambda one: one.name):
            if entry.is_dir(follow_symlinks=False) and not entry.name.startswith((GONE, ASIDE)):
                yield entry.name

    def _announcement(self, slot: str) -> Announcement | None:
        path = self.store.uploads / slot / ANNOUNCED
        if not path.exists():
            return None
        with self._or_set_aside(slot):
            return Announcement.stored(json.loads(path.read_text(encoding="utf-8")))

    def _must_be_possible(self, new: Announcement) -> None:
        store, name = self.store, new.assignment
        if new.kind is Kind.SUBMISSION:
            if name not in store.released():
                raise Missing(
                    f"assignment {shown(name)} is not released in {store.course}: there is nothing "
                    "to hand in"
                )
            handed_in = len(store.submissions(new.student, name))
            if handed_in >= self.settings.submissions_each:
                raise TooMuch(
                    f"{new.student} has handed in {name} {handed_in} times, which is the most that "
                    "is allowed. Ask your instructor"
                )
        elif new.kind is Kind.RELEASE:
            if not new.force and name in store.released():
                raise Exists(f"{name} is released already; add --force to replace it")
        else:
            submission = store.submission(new.student, name, new.timestamp)
            if not submission.secret:
                raise Missing(f"{submission.folder.name} has no {SECRET}")
            for file in new.manifest.files:
                if not file.path.endswith(".html"):
                    raise Missing(f"feedback is made of .html files; {shown(file.path)} is none")

    def _receipt_for(self, new: Announcement) -> Receipt | None:
        """Return the receipt of an upload that was finished before."""
        newest = self.store.submissions(new.student, new.assignment)[-1:]
        for stored in self.store.receipts_of(new.student, new.assignment):
            receipt = Receipt.from_json(stored)
            again = (
                receipt.digest == new.manifest.digest
                and newest
                and (newest[0].timestamp == receipt.timestamp)
            )
            if again or set(new.keys) & set(stored["keys"]):
                return receipt
        return None

    def _receipt(self, announcement: Announcement, received_at: datetime) -> Receipt:
        waited = received_at - announcement.announced_at
        grace = timedelta(seconds=self.settings.grace_seconds)
        moment = announcement.announced_at if waited <= grace else received_at
        moment = moment.astimezone(UTC).replace(microsecond=0)
        for before in self.store.submissions(announcement.student, announcement.assignment):
            moment = max(moment, before.moment + SECOND)
        return Receipt(
            number=secrets.token_hex(8),
            course=announcement.course,
            assignment=announcement.assignment,
            student=announcement.student,
            timestamp=moment.strftime(TIMESTAMP_FORMAT),
            announced_at=announcement.announced_at.isoformat(),
            received_at=received_at.isoformat(),
            digest=announcement.manifest.digest,
            files=announcement.manifest.files,
        )

    def _complete(self, folder: Path, intent: dict[str, Any]) -> Done:
        """Put what is stored into place; safe to repeat after a crash at any point."""
        announcement = Announcement.stored(intent["announcement"])
        stored = folder / STORED
        if stored.exists():
            self._log(announcement, intent)
        done: Done
        if announcement.kind is Kind.SUBMISSION:
            done = self._complete_submission(stored, intent["receipt"])
        elif announcement.kind is Kind.RELEASE:
            done = self._complete_release(stored, announcement)
        else:
            done = self._complete_feedback(stored, announcement)
        _remove(folder)
        return done

    def _complete_submission(self, stored: Path, kept: dict[str, Any]) -> Done:
        receipt = Receipt.from_json(kept)
        name = [receipt.student, receipt.assignment, receipt.timestamp, receipt.number]
        if stored.exists():
            stored.rename(self.store.inbound / "+".join(name))
            synchronise_folder(self.store.inbound)
        folder = self.store.receipts / receipt.student / receipt.assignment
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_json(folder / f"{receipt.timestamp}.json", kept)
        return {"receipt": receipt.to_json()}

    def _complete_release(self, stored: Path, announcement: Announcement) -> Done:
        target, old = self.store.outbound / announcement.assignment, stored.with_name(OLD)
        if stored.exists():
            if target.exists():
                target.rename(old)
            stored.rename(target)
            synchronise_folder(self.store.outbound)
        return {"released": announcement.assignment}

    def _complete_feedback(self, stored: Path, announcement: Announcement) -> Done:
        submission = self.store.submission(
            announcement.student, announcement.assignment, announcement.timestamp
        )
        for file in announcement.manifest.files:
            if (stored / file.path).exists():
                notebook = file.path.removesuffix(".html")
                (stored / file.path).rename(self.store.feedback_file(submission, notebook))
        synchronise_folder(self.store.feedback)
        return {"feedback": len(announcement.manifest.files)}

    def _log(self, announcement: Announcement, intent: dict[str, Any]) -> None:
        details: dict[str, Any] = {"sha256": announcement.manifest.digest}
        if announcement.timestamp:
            details["submission"] = announcement.timestamp
        if "receipt" in intent:
            details |= {name: intent["receipt"][name] for name in ("number", "timestamp")}
        Log(self.store.log).record(
            _ACTIONS[announcement.kind],
            course=announcement.course,
            assignment=announcement.assignment,
            student=announcement.student,
            actor=Actor(announcement.owner, intent["address"], VIA),
            bytes=announcement.manifest.size,
            **details,
        )


def _remove(folder: Path) -> None:
    """Remove a slot; after a crash midway nothing is left that looks like an upload."""
    gone = folder.with_name(f"{GONE}{secrets.token_hex(8)}")
    folder.rename(gone)
    shutil.rmtree(gone)
