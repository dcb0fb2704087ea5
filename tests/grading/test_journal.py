"""The journal of graded submissions."""

from pathlib import Path

from autograder.grading.journal import Journal
from autograder.grading.report import Report

REPORT = Report("tiny", "k" * 64, 7, "full", (), versions={"torch": "2"})


def test_a_line_says_what_is_needed_to_find_the_grade(tmp_path: Path) -> None:
    """Who, when, key, points, isolation, versions and seed are in the line."""
    journal = Journal(tmp_path / "home" / "journal.jsonl")
    journal.graded("ada\nlovelace", REPORT)
    (line,) = journal.lines()
    assert line["student"] == "ada\nlovelace"
    assert (line["key"], line["seed"], line["isolation"]) == ("k" * 64, 7, "full")
    assert (line["points"], line["versions"]) == (0, {"torch": "2"})
    assert str(line["when"]).endswith("+00:00")


def test_lines_are_only_added(tmp_path: Path) -> None:
    """A second line leaves the first as it is, byte for byte."""
    journal = Journal(tmp_path / "journal.jsonl")
    journal.graded("ada", REPORT)
    before = journal.path.read_bytes()
    journal.append("fault", student="bob")
    assert journal.path.read_bytes().startswith(before)
    assert [line["event"] for line in journal.lines()] == ["graded", "fault"]


def test_a_cut_line_is_closed_and_skipped(tmp_path: Path) -> None:
    """A crash in the middle of a line costs that line alone."""
    journal = Journal(tmp_path / "journal.jsonl")
    journal.graded("ada", REPORT)
    with journal.path.open("ab") as file:
        file.write(b'{"event": "gra')
    journal.graded("bob", REPORT)
    assert [line["student"] for line in journal.lines()] == ["ada", "bob"]


def test_no_journal_has_no_lines(tmp_path: Path) -> None:
    """Reading before anything was graded is not an error."""
    assert list(Journal(tmp_path / "journal.jsonl").lines()) == []
