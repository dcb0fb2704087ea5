"""The log of events: appended by many, bound line to line, with what a version before wrote."""

from __future__ import annotations

import contextlib
import hashlib
import json
import multiprocessing
import os
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.records import Actor, Event, Log, LogError, acting, present_actor

fork = multiprocessing.get_context("fork")


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return Log(tmp_path / "events.jsonl")


def write(log: Log, number: int) -> None:
    for index in range(number):
        log.record(Event.GRADE, course="dl", assignment="a", student=f"s{index}", points=index)


def test_a_line_says_who_did_what_when_and_from_where(log: Log) -> None:
    """Whoever is named by the service is named in the line; the file is its owner's alone."""
    with acting(Actor("ines", "192.0.2.7", "formgrader")):
        log.record(Event.RELEASE, course="dl", assignment="rnn", force=True)
    (line,) = log.lines()
    assert {key: line[key] for key in ("who", "event", "course", "assignment", "via", "from")} == {
        "who": "ines",
        "event": "release",
        "course": "dl",
        "assignment": "rnn",
        "via": "formgrader",
        "from": "192.0.2.7",
    }
    assert line["when"].endswith("+00:00")
    assert line["force"] is True
    assert log.path.stat().st_mode & 0o777 == 0o600


def test_details_cannot_take_the_place_of_who_and_when(log: Log) -> None:
    """A detail named like a field of the line does not replace it."""
    log.record(Event.SUBMIT, course="dl", who="mallory", previous="x", when="then")
    (line,) = log.lines()
    assert line["who"] == present_actor().name
    assert log.check().problems == ()


def test_processes_append_in_turns(log: Log) -> None:
    """Lines of several processes are whole, none is lost, and each follows from the last."""
    processes = [fork.Process(target=write, args=(log, 40)) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    checked = log.check()
    assert checked.problems == ()
    assert checked.lines - 1 == len(list(log.lines())) == 160


@pytest.mark.parametrize("tamper", ["change", "take out", "put in", "swap"])
def test_tampering_is_found(log: Log, tamper: str) -> None:
    """A line that is changed, taken out, put in or moved breaks the chain."""
    write(log, 6)
    lines = log.path.read_bytes().splitlines(keepends=True)
    if tamper == "change":
        lines[3] = lines[3].replace(b'"points": 2', b'"points": 9')
    elif tamper == "take out":
        del lines[2]
    elif tamper == "put in":
        lines.insert(2, lines[1])
    else:
        lines[2], lines[3] = lines[3], lines[2]
    log.path.write_bytes(b"".join(lines))
    assert any("does not follow" in problem for problem in log.check().problems)


def test_a_cut_end_is_found_with_a_noted_hash(log: Log) -> None:
    """Whoever kept the last hash elsewhere learns that lines after it are gone."""
    write(log, 4)
    noted = log.check().head
    assert log.check(noted).problems == ()
    lines = log.path.read_bytes().splitlines(keepends=True)
    log.path.write_bytes(b"".join(lines[:-1]))
    assert log.check().problems == ()
    assert "cut off" in log.check(noted).problems[0]


def test_a_line_that_a_crash_cut_off_hides_none(log: Log) -> None:
    """The next line stands by itself, and the damaged one is named."""
    write(log, 2)
    whole = log.path.read_bytes()
    log.path.write_bytes(whole[:-20])
    assert (log.check().breaks, log.check().problems) == (1, ())
    noted = log.check().head
    write(log, 1)
    assert len(list(log.lines())) == 2
    checked = log.check(noted)
    assert (checked.lines, checked.breaks, checked.problems) == (4, 1, ())


@pytest.mark.parametrize("cut", [1, 20, 200])
def test_a_first_line_that_a_crash_cut_off_is_written_again(log: Log, cut: int) -> None:
    """The log begins with the next whole line."""
    write(log, 1)
    log.path.write_bytes(log.path.read_bytes()[:cut])
    write(log, 2)
    checked = log.check()
    assert (checked.lines, checked.breaks, checked.problems) == (4, 1, ())
    assert len(list(log.lines())) == 2


@pytest.mark.parametrize("number", [1, 2])
def test_a_line_cannot_be_changed_where_the_next_was_cut_off(log: Log, number: int) -> None:
    """Nor can what was cut off, nor be added to: the line behind a break is bound to all of it."""
    write(log, 2)
    log.path.write_bytes(log.path.read_bytes()[:-20])
    write(log, 1)
    lines = log.path.read_bytes().splitlines(keepends=True)
    changed = lines[number].replace(b'"s', b'"t', 1)
    assert changed != lines[number]
    for others in ([changed], [lines[number], b"put in\n"], []):
        log.path.write_bytes(b"".join([*lines[:number], *others, *lines[number + 1 :]]))
        assert log.check().problems


def test_long_lines_are_bound_too(log: Log) -> None:
    """A line longer than one read of the file's end is hashed whole."""
    log.record(Event.SUBMIT, course="dl", note="x" * 10_000)
    log.record(Event.SUBMIT, course="dl")
    assert log.check().problems == ()


def test_what_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    """No action goes on without its line."""
    (tmp_path / "file").write_text("")
    with pytest.raises(LogError, match="Nothing is done"):
        Log(tmp_path / "file" / "events.jsonl").record(Event.GRADE, course="dl")


def test_who_called_sudo_is_named() -> None:
    """Behind sudo the caller's account is in the line as well."""
    actor = present_actor({"SUDO_USER": "tom"})
    assert actor.name.startswith("tom as ")
    assert actor.address == ""


def test_a_killed_writer_leaves_whole_lines(log: Log) -> None:
    """Lines that `record` returned from are there after the process is killed."""
    code = (
        "import sys, os, signal\nfrom pathlib import Path\n"
        "from autograder.records import Event, Log\n"
        "t = Log(Path(sys.argv[1]))\n"
        "for n in range(5):\n    print(t.record(Event.GRADE, course='dl', n=n), flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(log.path)],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == -9
    assert log.check().head == done.stdout.split()[-1]
    assert [json.loads(raw)["n"] for raw in log.path.read_text().splitlines()[1:]] == [*range(5)]


def old_files(folder: Path) -> None:
    """Write what a version before would have: a journal, and an audit trail bound in its way."""
    graded = {"event": "graded", "student": "ada", "assignment": "a", "key": "k", "report": "r"}
    journal = [{"when": "2026-01-02T00:00:00+00:00"} | graded]
    (folder / "journal.jsonl").write_text("".join(json.dumps(one) + "\n" for one in journal))
    audit, previous = b"", "0" * 64
    for day, action in ((1, "release"), (3, "grade")):
        if audit:  # cut off, then closed by the next line
            audit += b'{"action": "gr\n'
            previous = hashlib.sha256(b'{"action": "gr').hexdigest()
        line = {"when": f"2026-01-0{day}T00:00:00+00:00", "action": action, "previous": previous}
        data = json.dumps(line).encode()
        audit += data + b"\n"
        previous = hashlib.sha256(data).hexdigest()
    (folder / "audit.jsonl").write_bytes(audit)


def test_what_a_version_before_wrote_is_read_first(log: Log) -> None:
    """In the order of time, with the same names."""
    old_files(log.path.parent)
    assert [line["event"] for line in log.lines()] == ["release", "graded", "grade"]
    write(log, 1)
    events = [(line["event"], line["when"][:10]) for line in log.lines()]
    assert events[:3] == [
        ("release", "2026-01-01"), ("graded", "2026-01-02"), ("grade", "2026-01-03"),
    ]  # fmt: skip
    assert [line["event"] for line in log.lines(Event.GRADED)] == ["graded"]
    assert len(list(log.lines(Event.GRADE))) == 2
    old = log.line(1, old=True)
    assert old is not None
    assert old["student"] == "ada"


def test_what_a_version_before_wrote_is_sealed(log: Log) -> None:
    """A hash that was noted then is found; the old files cannot be changed, added to or removed."""
    old_files(log.path.parent)
    noted = log.check().head
    assert (log.check().lines, log.check().breaks, log.check().problems) == (3, 1, ())
    write(log, 1)
    checked = log.check(noted)
    assert (checked.lines, checked.breaks, checked.problems) == (5, 1, ())
    for name in ("journal.jsonl", "audit.jsonl"):
        path = log.path.with_name(name)
        data = path.read_bytes()
        for changed in (data.replace(b"2026", b"2025", 1), data + data, None):
            path.unlink()
            if changed is not None:
                path.write_bytes(changed)
            assert any(name in problem for problem in log.check().problems)
            path.write_bytes(data)
    assert log.check().problems == ()


def test_old_files_that_appear_later_are_found(log: Log) -> None:
    """What was not there when the log began is not of it."""
    write(log, 1)
    old_files(log.path.parent)
    assert len(log.check().problems) == 2


def test_a_line_has_its_number(log: Log) -> None:
    """From 1, the first being the one that a log begins with; others are not there."""
    write(log, 2)
    second = log.line(2)
    assert second is not None
    assert second["student"] == "s0"
    assert [log.line(number) for number in (0, -1, 4)] == [None] * 3


def test_no_log_has_no_lines(log: Log) -> None:
    """Reading and checking before anything happened is no error and makes nothing."""
    assert list(log.lines()) == []
    assert log.check().problems == ()
    assert list(log.path.parent.iterdir()) == []


def test_events_that_this_version_does_not_know_are_passed_over(log: Log) -> None:
    """A later version may have written them; the chain is checked all the same."""
    write(log, 1)
    line = log.path.read_bytes().splitlines()[-1]
    bound = hashlib.sha256(line).hexdigest()
    with log.path.open("a") as file:
        file.write(json.dumps({"event": "moon", "previous": bound}) + "\n")
    write(log, 1)
    assert len(list(log.lines())) == 2
    assert log.check().problems == ()


def test_batches_at_once_that_are_cut_off_lose_no_whole_line(log: Log) -> None:
    """Four processes append while the disk is full now and then: no line is lost or mixed."""
    writers = [fork.Process(target=_append_many, args=(log, number)) for number in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert [writer.exitcode for writer in writers] == [0] * 4
    found = [line["student"] for line in log.lines()]
    assert sorted(found) == sorted(f"{w}-{n}" for w in range(4) for n in range(45) if n % 3 != 2)
    assert log.check().problems == ()


def _append_many(log: Log, writer: int) -> None:
    write_, count = os.write, 0

    def cut(descriptor: int, data: bytes) -> int:
        nonlocal count
        count += 1
        return write_(descriptor, data[:40] if count % 3 == 0 else data)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "write", cut)
        for number in range(45):
            with contextlib.suppress(LogError):
                log.record(Event.FAULT, course="dl", student=f"{writer}-{number}", text="x" * 9_000)
    os._exit(0)
