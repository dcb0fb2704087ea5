"""The journal of graded submissions."""

import multiprocessing
import os
from pathlib import Path

import pytest

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


def _append_many(path: Path, writer: int, whole: int) -> None:
    """Append lines; every third one is cut off, as by a full disk or a kill."""
    write = os.write
    count = 0

    def cut(descriptor: int, data: bytes) -> int:
        nonlocal count
        count += 1
        return write(descriptor, data[:40] if count % 3 == 0 else data)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "write", cut)
        for number in range(whole * 3 // 2):
            try:
                Journal(path).append("graded", student=f"{writer}-{number}", text="x" * 9_000)
            except OSError:
                continue
    os._exit(0)


def test_batches_at_once_write_whole_lines(tmp_path: Path) -> None:
    """Four processes append, each being cut off now and then: no whole line is lost or mixed."""
    path, whole = tmp_path / "journal.jsonl", 100
    fork = multiprocessing.get_context("fork")
    writers = [fork.Process(target=_append_many, args=(path, n, whole)) for n in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert [writer.exitcode for writer in writers] == [0] * 4
    found = [line["student"] for line in Journal(path).lines()]
    expected = {f"{w}-{n}" for w in range(4) for n in range(whole * 3 // 2) if n % 3 != 2}
    assert len(found) == len(expected) == 4 * whole
    assert set(found) == expected


def test_no_journal_has_no_lines(tmp_path: Path) -> None:
    """Reading before anything was graded is not an error."""
    assert list(Journal(tmp_path / "journal.jsonl").lines()) == []
