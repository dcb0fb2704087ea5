"""Reading the submitted folder, whatever students and accidents left there."""

from __future__ import annotations

import os
from datetime import datetime, timedelta

import pytest

from autograder.gradebook import StudentIdError, check_student_id
from autograder.gradebook.collected import submissions


@pytest.fixture
def submit(layout):
    def place(student: str, name: str = "doubling.ipynb", timestamp: str | bytes | None = None):
        folder = layout.submitted / student / "doubling"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("{}")
        if timestamp is not None:
            data = timestamp if isinstance(timestamp, bytes) else timestamp.encode()
            (folder / "timestamp.txt").write_bytes(data)
        return folder

    return place


def test_nothing_submitted(layout):
    """A course without a submitted folder has no submissions."""
    assert submissions(layout, "doubling") == []


def test_ordinary_submissions(layout, submit):
    """Students in order, with nbgrader's timestamps in UTC; other assignments do not count."""
    submit("bob", timestamp="2026-05-04 12:00:00.000001 UTC")
    submit("ada", timestamp="2026-05-04T14:00:00+02:00")
    (layout.submitted / "cleo" / "other").mkdir(parents=True)
    (layout.submitted / "gradebook.db").write_text("")
    (layout.submitted / ".hidden").mkdir()
    ada, bob = submissions(layout, "doubling")
    assert (ada.student_id, bob.student_id) == ("ada", "bob")
    assert ada.submitted_at == datetime(2026, 5, 4, 12)  # noqa: DTZ001
    assert bob.submitted_at == datetime(2026, 5, 4, 12, 0, 0, 1)  # noqa: DTZ001
    assert ada.notebook == layout.submitted / "ada" / "doubling" / "doubling.ipynb"
    assert (ada.refusal, ada.note, ada.unusable) == ("", "", "")


def test_late_by_due_date_and_extension(layout, submit):
    """Lateness counts from the student's own deadline."""
    for student in ("ada", "bob"):
        submit(student, timestamp="2026-05-04 12:00:00 UTC")
    due = datetime(2026, 5, 4, 11)  # noqa: DTZ001
    ada, bob = submissions(layout, "doubling", (due, {"bob": due + timedelta(hours=2)}))
    assert (ada.late_seconds, bob.late_seconds) == (3600.0, 0.0)


@pytest.mark.parametrize(
    "text", ["yesterday", "", b"\xff\xfe\x00", "9" * 150, "0001-01-01 00:00:00 +2359", "1" * 5000]
)
def test_unreadable_timestamps(layout, submit, text):
    """A damaged timestamp is "not known", for this student alone."""
    submit("ada", timestamp=text)
    submit("bob", timestamp="2026-05-04 12:00:00 UTC")
    ada, bob = submissions(layout, "doubling")
    assert ada.submitted_at is None
    assert ada.notebook is not None
    assert bob.submitted_at is not None


def test_special_timestamps_are_not_read(layout, submit):
    """A pipe in place of the timestamp does not hang, a link is not followed."""
    os.mkfifo(submit("ada") / "timestamp.txt")
    (submit("bob") / "timestamp.txt").symlink_to("/etc/hostname")
    assert [found.submitted_at for found in submissions(layout, "doubling")] == [None, None]


def test_missing_and_misnamed_notebooks(layout, submit):
    """One notebook of another name is taken with a note; none or several are refused."""
    submit("ada", "Untitled.ipynb")
    submit("bob", "notes.txt")
    submit("cleo", "one.ipynb")
    submit("cleo", "two.ipynb")
    ada, bob, cleo = submissions(layout, "doubling")
    assert ada.notebook.name == "Untitled.ipynb"
    assert "another name" in ada.note
    assert bob.notebook is None
    assert "no doubling.ipynb" in bob.refusal
    assert "2 other notebooks" in cleo.refusal


def test_files_and_links_in_place_of_folders(layout, submit):
    """A file or link where a folder belongs is refused for this student; links are not entered."""
    target = submit("ada")
    (layout.submitted / "bob").mkdir()
    (layout.submitted / "bob" / "doubling").write_text("a file")
    (layout.submitted / "cleo").mkdir()
    (layout.submitted / "cleo" / "doubling").symlink_to(target)
    (layout.submitted / "dora").symlink_to(target.parent)
    found = {made.student_id: made for made in submissions(layout, "doubling")}
    assert found["ada"].refusal == ""
    assert "is a file" in found["bob"].refusal
    assert "is a link" in found["cleo"].refusal
    assert "is a link" in found["dora"].refusal


BAD_IDS = [
    "", ".", "..", ".hidden", "a/b", "a\\b", "*", "a?", "[a]", "a\nb", "a\x00", "a\x1b[31m", " a",
    "a ", "a\u202eb", "a\u200bb", "a\ud800", "e\u0301", "x" * 129, "ü" * 101, "a+b", "a,b",
]  # fmt: skip


@pytest.mark.parametrize("student_id", BAD_IDS)
def test_ids_that_cannot_be_keys(student_id):
    """Ids that traverse folders, act as patterns, look alike or hide something are refused."""
    with pytest.raises(StudentIdError, match="cannot be used") as caught:
        check_student_id(student_id)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    "student_id", ["ada", "s-123_4", "anna.müller", "李雷", "a@b.org", "O'Neil"]
)
def test_ids_of_people(student_id):
    """Ordinary account names of any language are accepted."""
    assert check_student_id(student_id) == student_id


def test_unusable_folder_names_are_named(layout, submit, writer, manifest, reports):
    """A folder whose name is no id is listed as unusable, and the writer refuses it too."""
    submit("a\nb")
    (found,) = submissions(layout, "doubling")
    assert "invisible character U+000A" in found.unusable
    with pytest.raises(StudentIdError):
        writer.write("../../outside", manifest, reports(), None)
    assert not (layout.home.parent / "outside").exists()
