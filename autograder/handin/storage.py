"""A course's part of the exchange on disk, in nbgrader's own format.

    <course>/outbound/<assignment>/…                                what students fetch
    <course>/inbound/<student>+<assignment>+<timestamp>+<number>/…  what they handed in
    <course>/feedback/<md5>.html                                    feedback, under nbgrader's names
    <course>/receipts/<student>/<assignment>/<timestamp>.json       receipts
    <course>/fetched/<student>/<assignment>                         marks: it was fetched then
    <course>/uploads/<slot>/…                                       what is arriving

What it guarantees:

- nbgrader's own tools on this machine go on working on the same folders.
- Only regular files are read; a link in a folder is as if it were not there.
- A student's feedback is found by the server's own record of the submission.

What it does not do: decide who may ask (`identity`), or change anything (`uploads`).
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from autograder.gradebook.autograded import read_small
from autograder.handin.errors import Missing
from gradlab_exchange.manifest import FileEntry, Manifest
from gradlab_exchange.names import RESERVED, is_to_be_collected, shown

NOTEBOOK = ".ipynb"
SECRET = "submission_secret.txt"  # noqa: S105 (nbgrader's name for a file)
SECRET_BYTES = 1_000
MOST_NESTED = 64  # folders in folders, as nothing of ours has
HASH_BYTES = 1 << 18


@dataclass(frozen=True)
class Submission:
    """One folder of the inbound folder.

    Args:
        folder: where it lies.
        student: who handed in.
        assignment: assignment.
        timestamp: the moment that counts, as nbgrader writes it.
    """

    folder: Path
    student: str
    assignment: str
    timestamp: str

    @property
    def moment(self) -> datetime:
        """Return that moment, aware; the beginning of time where the name does not say it."""
        try:
            return datetime.fromisoformat(self.timestamp.rpartition(" ")[0]).replace(tzinfo=UTC)
        except ValueError:
            return datetime.fromtimestamp(0, UTC)

    @property
    def secret(self) -> str:
        """Return what nbgrader derives the names of feedback from; empty when there is none."""
        return (read_small(self.folder / SECRET, SECRET_BYTES) or b"").decode("utf-8", "replace")


@dataclass(frozen=True)
class Bundle:
    """Files that are given out together: what each is called, and where it lies."""

    files: tuple[tuple[str, Path], ...]

    @property
    def version(self) -> str:
        """Return what changes when any file does, without reading them."""
        signature = [
            (name, status.st_size, status.st_mtime_ns, status.st_ino)
            for name, path in self.files
            for status in (path.stat(),)
        ]
        return hashlib.sha256(json.dumps(signature).encode()).hexdigest()

    def manifest(self) -> Manifest:
        """Return names, sizes and hashes."""
        return Manifest(tuple(_entry(name, path) for name, path in self.files))

    def pieces(self, offset: int) -> Iterator[tuple[Path, int, int]]:
        """Return which file to read from where and how much, from `offset` on."""
        for _name, path in self.files:
            size = path.stat().st_size
            if offset < size:
                yield path, offset, size - offset
            offset = max(0, offset - size)


@dataclass(frozen=True)
class CourseStore:
    """The folders of one course.

    Args:
        course: its id.
        folder: `<exchange>/<course>`.
        log: the log of events.
    """

    course: str
    folder: Path
    log: Path

    @property
    def outbound(self) -> Path:
        """Return the folder of released assignments."""
        return self.folder / "outbound"

    @property
    def inbound(self) -> Path:
        """Return the folder of submissions."""
        return self.folder / "inbound"

    @property
    def feedback(self) -> Path:
        """Return the folder of released feedback."""
        return self.folder / "feedback"

    @property
    def receipts(self) -> Path:
        """Return the folder of receipts."""
        return self.folder / "receipts"

    @property
    def fetches(self) -> Path:
        """Return the folder of marks: which student fetched which assignment."""
        return self.folder / "fetched"

    @property
    def uploads(self) -> Path:
        """Return the folder of what is arriving."""
        return self.folder / "uploads"

    def make(self) -> None:
        """Make all folders that are not there; what is the service's own, for its eyes alone."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for folder in (self.outbound, self.inbound, self.feedback):
            folder.mkdir(exist_ok=True)
        for folder in (self.receipts, self.uploads, self.fetches):
            folder.mkdir(mode=0o700, exist_ok=True)

    def released(self) -> list[str]:
        """Return the names of all released assignments."""
        return sorted(entry.name for entry in os.scandir(self.outbound) if _is_folder(entry))

    def assignment(self, assignment: str) -> Bundle:
        """Return a released assignment's files.

        Raises:
            Missing: it is not released.
        """
        folder = self.outbound / assignment
        if folder.is_symlink() or not folder.is_dir():
            raise Missing(f"assignment {shown(assignment)} is not released in {self.course}")
        return _bundle(folder)

    def notebooks(self, folder: Path) -> list[str]:
        """Return the names of the notebooks in a folder, without `.ipynb`."""
        return sorted(
            entry.name.removesuffix(NOTEBOOK)
            for entry in os.scandir(folder)
            if entry.name.endswith(NOTEBOOK) and entry.is_file(follow_symlinks=False)
        )

    def submissions(self, student: str = "", assignment: str = "") -> list[Submission]:
        """Return submissions, oldest first: of one student or all, to one assignment or all."""
        found = [
            one
            for entry in os.scandir(self.inbound)
            if (one := self.as_submission(entry)) is not None
            and student in ("", one.student)
            and assignment in ("", one.assignment)
        ]
        return sorted(found, key=lambda one: (one.timestamp, one.folder.name))

    def as_submission(self, entry: os.DirEntry[str]) -> Submission | None:
        """Return the submission that an entry of the inbound folder is; `None` when it is none."""
        parts = entry.name.split("+")
        if len(parts) < 3 or not _is_folder(entry):
            return None
        return Submission(Path(entry.path), parts[0], parts[1], parts[2])

    def has_receipt(self, submission: Submission) -> bool:
        """Return whether its student was given a receipt, so that all of it is there."""
        folder = self.receipts / submission.student / submission.assignment
        return (folder / f"{submission.timestamp}.json").exists()

    def submission(self, student: str, assignment: str, timestamp: str) -> Submission:
        """Return one submission.

        Raises:
            Missing: there is none.
        """
        for one in self.submissions(student, assignment):
            if one.timestamp == timestamp:
                return one
        raise Missing(f"{shown(student)} handed in no {shown(assignment)} at {shown(timestamp)}")

    def handed_in(self, submission: Submission) -> Bundle:
        """Return a submission's files, with those that nbgrader's collected folders have.

        What no submission may bring is not among them, though an older one, or one from nbgrader's
        own exchange, has it.
        """
        found = _bundle(submission.folder).files
        return Bundle(tuple(one for one in found if is_to_be_collected(one[0])))

    def feedback_file(self, submission: Submission, notebook: str) -> Path:
        """Return where the feedback on one notebook lies, whether or not it is released."""
        digest = hashlib.md5(usedforsecurity=False)  # nbgrader's choice, and its names
        digest.update(submission.secret.encode() + notebook.encode())
        return self.feedback / f"{digest.hexdigest()}.html"

    def feedback_on(self, submission: Submission) -> Bundle:
        """Return the feedback that is released on a submission; it may have no file."""
        if not submission.secret:
            return Bundle(())
        pages = (
            (f"{notebook}.html", self.feedback_file(submission, notebook))
            for notebook in self.notebooks(submission.folder)
        )
        return Bundle(tuple((name, path) for name, path in pages if _is_regular(path)))

    def describe(self, submission: Submission) -> dict[str, Any]:
        """Return what a list says about a submission."""
        pages = {
            entry.path: entry.sha256 for entry in self.feedback_on(submission).manifest().files
        }
        return {
            "course": self.course,
            "student": submission.student,
            "assignment": submission.assignment,
            "timestamp": submission.timestamp,
            "notebooks": [
                {"name": name, "feedback": pages.get(f"{name}.html")}
                for name in self.notebooks(submission.folder)
            ],
        }

    def receipts_of(self, student: str, assignment: str) -> Iterable[dict[str, Any]]:
        """Return the stored receipts of one student for one assignment, oldest first."""
        folder = self.receipts / student / assignment
        for path in sorted(folder.glob("*.json")):
            yield json.loads(path.read_text(encoding="utf-8"))

    def mark_fetched(self, student: str, assignment: str) -> None:
        """Remember that a student fetched an assignment now."""
        folder = self.fetches / student
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / assignment).touch(mode=0o600)

    def fetched_at(self, student: str, assignment: str) -> datetime | None:
        """Return when a student fetched an assignment last; `None` when it is not known."""
        try:
            seconds = (self.fetches / student / assignment).stat().st_mtime
        except (OSError, ValueError):
            return None
        return datetime.fromtimestamp(seconds, UTC)


def _bundle(folder: Path) -> Bundle:
    found: list[tuple[str, Path]] = []
    for here, folders, files in os.walk(folder, followlinks=False):
        folders[:] = [name for name in folders if not Path(here, name).is_symlink()]
        if len(Path(here).relative_to(folder).parts) >= MOST_NESTED:
            folders.clear()
        for name in files:
            path = Path(here, name)
            if _is_regular(path):
                found.append((path.relative_to(folder).as_posix(), path))
    return Bundle(tuple(sorted(found)))


def own_files(files: Iterable[FileEntry]) -> list[FileEntry]:
    """Return the files without those that the exchange itself puts into a submission."""
    return [file for file in files if file.path not in RESERVED]


def _is_folder(entry: os.DirEntry[str]) -> bool:
    return entry.is_dir(follow_symlinks=False) and not entry.name.startswith(".")


def _is_regular(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except FileNotFoundError:
        return False


def _entry(name: str, path: Path) -> FileEntry:
    status = path.stat()
    return _hashed(name, path, status.st_size, status.st_mtime_ns, status.st_ino)


@functools.lru_cache(maxsize=4096)
def _hashed(name: str, path: Path, size: int, _changed_ns: int, _inode: int) -> FileEntry:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(HASH_BYTES):
            digest.update(block)
    return FileEntry(name, size, digest.hexdigest())
