"""nbgrader's plug-ins for staff: release an assignment, collect, release feedback.

What it guarantees:

- Each is done as the person who asks; the exchange refuses who may not.
- What is collected appears whole in the course's folder, or not at all.
- Feedback is addressed by student, assignment and moment. Which page is whose, the exchange decides
  by its own records.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.exchange.abc import (
    ExchangeCollect,
    ExchangeReleaseAssignment,
    ExchangeReleaseFeedback,
)
from nbgrader.utils import parse_utc

from gradlab_exchange.base import Exchange
from gradlab_exchange.content import Content, replace_folder
from gradlab_exchange.errors import Corrupted, ManifestRefused, NameRefused, Refused

Record = dict[str, Any]


class ReleaseAssignment(Exchange, ExchangeReleaseAssignment):  # type: ignore[misc]  # no types
    """`nbgrader release_assignment`; set as `c.ExchangeFactory.release_assignment`."""

    def init_src(self) -> None:
        """Find the student version."""
        directory = self.coursedir.release_directory
        self.src_path = Path(self.coursedir.format_path(directory, ".", self.assignment))
        if not self.src_path.is_dir():
            self.fail(
                f"Assignment not found at: {self.src_path}. Run `nbgrader generate_assignment` "
                "first"
            )

    def init_dest(self) -> None:
        """Have a course."""
        self.log.debug("Releasing in %s", self.course)

    def copy_files(self) -> None:
        """Release."""
        with self.content(self.src_path) as content:
            self.client().upload(
                self.course, content, kind="release", assignment=self.assignment,
                force=bool(self.force),
            )  # fmt: skip
        self.log.info("Released as: %s %s", self.course, self.assignment)


class Collect(Exchange, ExchangeCollect):  # type: ignore[misc]  # nbgrader has no types
    """`nbgrader collect`; set as `c.ExchangeFactory.collect`."""

    def init_src(self) -> None:
        """Choose one submission of each student, as nbgrader does."""
        query = {"course": self.course, "assignment": self.assignment}
        if self.coursedir.student_id not in ("", "*"):
            query["student"] = self.coursedir.student_id
        by_student: dict[str, list[Record]] = {}
        for one in self.client().get("submissions", **query)["submissions"]:
            one["moment"] = parse_utc(one["timestamp"])
            by_student.setdefault(one["student"], []).append(one)
        due = self._due() if self.before_duedate else None
        self.src_records = [_chosen(records, due) for records in by_student.values()]

    def init_dest(self) -> None:
        """Nothing to find out."""

    def copy_files(self) -> None:
        """Collect."""
        if not self.src_records:
            self.log.warning(
                "No submissions of '%s' for course '%s' to collect", self.assignment, self.course
            )
        else:
            count = len(self.src_records)
            self.log.info("Processing %d submissions of '%s'", count, self.assignment)
        for record in self.src_records:
            try:
                self._collect(record)
            except (Refused, Corrupted, ManifestRefused, NameRefused) as problem:
                self.log.error("Left out %s: %s", record["student"], problem)

    def _collect(self, record: Record) -> None:
        student = record["student"]
        directory = self.coursedir.submitted_directory
        target = Path(self.coursedir.format_path(directory, student, self.assignment))
        if target.is_dir():
            present = self.coursedir.get_existing_timestamp(str(target))
            newer = present is None or record["moment"] > present
            is_chosen = self.before_duedate or record.get("counts")
            other = is_chosen and present != record["moment"]
            if not (self.update and newer) and not other:
                hint = (
                    "No newer submission to collect"
                    if self.update
                    else "Submission already exists, use --update to update"
                )
                self.log.info("%s: %s %s", hint, student, self.assignment)
                return
        self.log.info("Collecting submission: %s %s", student, self.assignment)
        with self.workshop(target) as workshop:
            where = ("courses", record["course"], "submissions", self.assignment)
            self.client().download(workshop / "new", *where, student, record["timestamp"])
            replace_folder(workshop / "new", target)

    def _due(self) -> Any:
        with Gradebook(self.coursedir.db_url, self.coursedir.course_id) as gradebook:
            try:
                return gradebook.find_assignment(self.assignment).duedate
            except MissingEntry:
                return None


class ReleaseFeedback(Exchange, ExchangeReleaseFeedback):  # type: ignore[misc]  # no types
    """`nbgrader release_feedback`; set as `c.ExchangeFactory.release_feedback`."""

    def init_src(self) -> None:
        """Find the feedback that was generated."""
        excluded = set((self.coursedir.student_id_exclude or "").split(","))
        directory = self.coursedir.feedback_directory
        everybody = Path(self.coursedir.format_path(directory, "*", self.assignment))
        wanted = self.coursedir.student_id or "*"
        root = Path(everybody.anchor)
        self.src_folders: dict[str, Path] = {}
        place = everybody.parts.index("*")
        for folder in sorted(root.glob(str(everybody.relative_to(root)))):
            student = folder.parts[place]
            if student not in excluded and wanted in ("*", student) and folder.is_dir():
                self.src_folders[student] = folder

    def init_dest(self) -> None:
        """Have a course."""
        self.log.debug("Releasing feedback in %s", self.course)

    def copy_files(self) -> None:
        """Release each student's pages."""
        client = self.client()
        for student, folder in self.src_folders.items():
            timestamp = (folder / "timestamp.txt").read_text(encoding="utf-8").strip()
            with Content(folder, _all_but_pages, self._say_left_out) as content:
                if not content.manifest.files:
                    continue
                client.upload(
                    self.course, content, kind="feedback", assignment=self.assignment,
                    student=student, timestamp=timestamp,
                )  # fmt: skip
            self.log.info(
                "Released feedback for student '%s' on assignment '%s/%s' (%s)",
                student, self.course, self.assignment, timestamp,
            )  # fmt: skip


def _chosen(records: list[Record], due: Any) -> Record:
    """Return the one that counts by the exchange's word, else the newest; if asked for, in time."""
    ordered = sorted(records, key=lambda record: record["moment"])
    if due is None:
        ordered = [record for record in ordered if record.get("counts")] or ordered
    in_time = [record for record in ordered if due is not None and record["moment"] <= due]
    return (in_time or ordered)[-1]


def _all_but_pages(folder: str, names: list[str]) -> list[str]:
    return [name for name in names if not name.endswith(".html") or Path(folder, name).is_dir()]
