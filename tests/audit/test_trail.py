"""The audit trail: appended by many, bound line to line."""

from __future__ import annotations

import json
import multiprocessing
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.audit import Action, Actor, AuditError, AuditTrail, acting, present_actor

fork = multiprocessing.get_context("fork")


@pytest.fixture
def trail(tmp_path: Path) -> AuditTrail:
    return AuditTrail(tmp_path / "audit.jsonl")


def write(trail: AuditTrail, number: int) -> None:
    for index in range(number):
        trail.record(Action.GRADE, course="dl", assignment="a", student=f"s{index}", points=index)


def test_a_line_says_who_did_what_when_and_from_where(trail: AuditTrail) -> None:
    """Whoever is named by the service is named in the line; the file is its owner's alone."""
    with acting(Actor("ines", "192.0.2.7", "formgrader")):
        trail.record(Action.RELEASE, course="dl", assignment="rnn", force=True)
    (line,) = trail.lines()
    assert {key: line[key] for key in ("who", "action", "course", "assignment", "via", "from")} == {
        "who": "ines",
        "action": "release",
        "course": "dl",
        "assignment": "rnn",
        "via": "formgrader",
        "from": "192.0.2.7",
    }
    assert line["when"].endswith("+00:00")
    assert line["force"] is True
    assert trail.path.stat().st_mode & 0o777 == 0o600


def test_details_cannot_take_the_place_of_who_and_when(trail: AuditTrail) -> None:
    """A detail named like a field of the line does not replace it."""
    trail.record(Action.SUBMIT, course="dl", who="mallory", previous="x", when="then")
    (line,) = trail.lines()
    assert line["who"] == present_actor().name
    assert trail.check().problems == ()


def test_processes_append_in_turns(trail: AuditTrail) -> None:
    """Lines of several processes are whole, none is lost, and each follows from the last."""
    processes = [fork.Process(target=write, args=(trail, 40)) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    checked = trail.check()
    assert checked.problems == ()
    assert checked.lines == len(list(trail.lines())) == 160


@pytest.mark.parametrize("tamper", ["change", "take out", "put in", "swap"])
def test_tampering_is_found(trail: AuditTrail, tamper: str) -> None:
    """A line that is changed, taken out, put in or moved breaks the chain."""
    write(trail, 6)
    lines = trail.path.read_bytes().splitlines(keepends=True)
    if tamper == "change":
        lines[2] = lines[2].replace(b'"points": 2', b'"points": 9')
    elif tamper == "take out":
        del lines[2]
    elif tamper == "put in":
        lines.insert(2, lines[1])
    else:
        lines[2], lines[3] = lines[3], lines[2]
    trail.path.write_bytes(b"".join(lines))
    assert any("does not follow" in problem for problem in trail.check().problems)


def test_a_cut_end_is_found_with_a_noted_hash(trail: AuditTrail) -> None:
    """Whoever kept the last hash elsewhere learns that lines after it are gone."""
    write(trail, 4)
    noted = trail.check().head
    assert trail.check(noted).problems == ()
    lines = trail.path.read_bytes().splitlines(keepends=True)
    trail.path.write_bytes(b"".join(lines[:-1]))
    assert trail.check().problems == ()
    assert "cut off" in trail.check(noted).problems[0]


def test_a_line_that_a_crash_cut_off_hides_none(trail: AuditTrail) -> None:
    """The next line stands by itself, and the damaged one is named."""
    write(trail, 2)
    whole = trail.path.read_bytes()
    trail.path.write_bytes(whole[:-20])
    write(trail, 1)
    assert len(list(trail.lines())) == 2
    (problem,) = trail.check().problems
    assert problem.startswith("line 2 is no JSON object")


def test_long_lines_are_bound_too(trail: AuditTrail) -> None:
    """A line longer than one read of the file's end is hashed whole."""
    trail.record(Action.SUBMIT, course="dl", note="x" * 10_000)
    trail.record(Action.SUBMIT, course="dl")
    assert trail.check().problems == ()


def test_what_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    """No action goes on without its line."""
    (tmp_path / "file").write_text("")
    with pytest.raises(AuditError, match="Nothing is done"):
        AuditTrail(tmp_path / "file" / "audit.jsonl").record(Action.GRADE, course="dl")


def test_who_called_sudo_is_named() -> None:
    """Behind sudo the caller's account is in the line as well."""
    actor = present_actor({"SUDO_USER": "tom"})
    assert actor.name.startswith("tom as ")
    assert actor.address == ""


def test_a_killed_writer_leaves_whole_lines(trail: AuditTrail) -> None:
    """Lines that `record` returned from are there after the process is killed."""
    code = (
        "import sys, os, signal\nfrom pathlib import Path\n"
        "from autograder.audit import Action, AuditTrail\n"
        "t = AuditTrail(Path(sys.argv[1]))\n"
        "for n in range(5):\n    print(t.record(Action.GRADE, course='dl', n=n), flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(trail.path)],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == -9
    assert trail.check().head == done.stdout.split()[-1]
    assert [json.loads(raw)["n"] for raw in trail.path.read_text().splitlines()] == [*range(5)]
