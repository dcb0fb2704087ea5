"""The course's side of nbgrader's file-system exchange: safe with any folder, and logged.

What it guarantees, beyond nbgrader's own:

- Each assignment released, submission collected and feedback released has its line in the log,
  whether a button of formgrader, a command of nbgrader's or gradlab did it.

- Links, devices and pipes in a submission are left out and named in the log; what a student links
  to is not read with the instructor's rights.
- Hidden files and those that programs obey (`gradlab_exchange.names`) are left out, too.
- A folder in the inbound folder whose name is not nbgrader's, or whose student id is none, is left
  out with a warning; it neither stops the collecting of others nor writes outside `submitted/`.
- A submission without any notebook gets a file that says so in its place: nbgrader's autograde
  would pass over the student and leave no row.

What it does not do: prove who submitted; where all accounts are one, this exchange cannot.
"""

from __future__ import annotations

import os
import stat
from datetime import datetime
from pathlib import Path
from typing import Any

from nbgrader.exchange.default import (
    ExchangeCollect,
    ExchangeList,
    ExchangeReleaseAssignment,
    ExchangeReleaseFeedback,
)
from nbgrader.utils import ignore_patterns
from traitlets import Unicode
from traitlets.config import LoggingConfigurable

from autograder.gradebook.errors import StudentIdError
from autograder.gradebook.student_id import check_student_id
from autograder.grading.submission import NO_NOTEBOOK
from autograder.records import Event, Log, open_regular, write_whole
from gradlab_exchange.names import is_to_be_collected

MOST_NESTED = 64  # folders in folders; walking them takes a descriptor for each
_COPY_BYTES = 1 << 20


class Logged(LoggingConfigurable):  # type: ignore[misc]  # traitlets' types are skipped
    """An exchange class that tells the log of events what it did."""

    log_file = Unicode(help="The log of events; empty to keep none.").tag(config=True)
    coursedir: Any

    def record(self, action: Event, student: str = "", **details: Any) -> None:
        """Write a line about the assignment that is being exchanged."""
        if self.log_file:
            Log(Path(self.log_file)).record(
                action,
                course=self.coursedir.course_id,
                assignment=self.coursedir.assignment_id,
                student=student,
                **details,
            )


class LoggedRelease(Logged, ExchangeReleaseAssignment):  # type: ignore[misc]  # no types
    """Releases an assignment; set as `c.ExchangeFactory.release_assignment`."""

    def copy_files(self) -> None:
        """Copy the assignment to where students fetch it."""
        super().copy_files()
        self.record(Event.RELEASE)


class LoggedList(Logged, ExchangeList):  # type: ignore[misc]  # no types
    """Lists and takes back assignments; set as `c.ExchangeFactory.list`."""

    def remove_files(self) -> Any:
        """Take back what is listed."""
        removed = super().remove_files()
        self.record(Event.UNRELEASE)
        return removed


class LoggedFeedback(Logged, ExchangeReleaseFeedback):  # type: ignore[misc]  # no types
    """Releases feedback; set as `c.ExchangeFactory.release_feedback`."""

    def copy_files(self) -> None:
        """Copy the feedback pages to where students fetch them."""
        super().copy_files()
        self.record(Event.FEEDBACK, student=self.coursedir.student_id or "")


class SafeCollect(Logged, ExchangeCollect):  # type: ignore[misc]  # nbgrader has no types
    """Collects submissions; set as `c.ExchangeFactory.collect`."""

    src_records: list[dict[str, Any]]

    def init_src(self) -> None:
        """Choose the submissions to collect, without those that cannot be one."""
        super().init_src()
        self.src_records = [record for record in self.src_records if record["username"]]

    def do_copy(self, src: str, dest: str, log: Any = None) -> None:  # noqa: ARG002  # nbgrader's
        """Copy one submission's regular files."""
        size = 0
        ignored = ignore_patterns(
            exclude=self.coursedir.ignore,
            include=self.coursedir.include,
            max_file_size=self.coursedir.max_file_size,
            log=self.log,
        )
        for folder, folders, files, descriptor in os.fwalk(src, follow_symlinks=False):
            skipped = set(ignored(folder, [*folders, *files]))
            inside = Path(os.path.relpath(folder, src))
            if folders and len(inside.parts) >= MOST_NESTED:
                self.log.warning("Left out what is below %s: too many folders", ascii(str(inside)))
                folders.clear()
            for name in [*folders, *files]:
                below = inside / name / "_" if name in folders else inside / name
                if name not in skipped and not is_to_be_collected(below.as_posix()):
                    self.log.warning("Left out %s: no submission may bring it", ascii(str(below)))
                    skipped.add(name)
            folders[:] = [name for name in folders if name not in skipped]
            target = Path(dest) / inside
            target.mkdir(parents=True, exist_ok=True)
            for name in files:
                if name in skipped:
                    continue
                size += _copy_regular(descriptor, name, target / name, self._say_left_out)
                if size > 1000 * self.coursedir.max_dir_size:
                    raise RuntimeError(
                        f"the submission {Path(src).name} is larger than "
                        f"{self.coursedir.max_dir_size} kB (CourseDirectory.max_dir_size)"
                    )
        self._stand_in(Path(dest))
        name = Path(src).name
        self.record(Event.COLLECT, student=name.rsplit("+", 3)[0], submission=name, bytes=size)

    def _stand_in(self, folder: Path) -> None:
        if next(folder.glob("*.ipynb"), None) is None:
            self.log.warning("There is no notebook in %s", ascii(str(folder)))
            folder.mkdir(parents=True, exist_ok=True)
            write_whole(folder / f"{self.coursedir.assignment_id}.ipynb", NO_NOTEBOOK)

    def _path_to_record(self, path: str) -> dict[str, Any]:
        try:
            record: dict[str, Any] = super()._path_to_record(path)
            check_student_id(record["username"])
            status = os.lstat(path)
        except (Exception, StudentIdError) as error:  # noqa: BLE001  # nbgrader fails in many ways
            return self._no_record(path, str(error))
        if not stat.S_ISDIR(status.st_mode):
            return self._no_record(path, "it is no folder")
        return record

    def _no_record(self, path: str, why: str) -> dict[str, Any]:
        self.log.warning("Left out %s, which is no submission: %s", ascii(path), why)
        return {"username": "", "filename": Path(path).name, "timestamp": _EARLIEST}

    def _say_left_out(self, path: Path) -> None:
        self.log.warning("Left out %s: a link or special file", ascii(str(path)))


_EARLIEST = datetime.min  # noqa: DTZ901  # nbgrader compares naive moments


def _copy_regular(folder: int, name: str, target: Path, say: Any) -> int:
    try:
        reading = open_regular(name, folder=folder)
    except OSError:
        say(target)
        return 0
    with reading:
        size = 0
        with target.open("wb") as writing:
            while block := reading.read(_COPY_BYTES):
                size += writing.write(block)
    return size
