"""Commands in a standby: the same as without one, and whatever dies, the same grades in the end."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from autograder.course import Layout

from ..robustness.course import STUDENTS, make_course, outcome, with_fresh_home
from .conftest import GRADLAB, OFF, Done, environment, finish, grade, run, standby, start, until

FIRST = "s00/tiny/tiny.ipynb"


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> dict:
    """What a class leaves behind that is graded without a standby."""
    layout = make_course(tmp_path_factory.mktemp("calm"))
    grade(layout)
    return outcome(layout)


def score(layout: Layout, **more: str) -> list:
    """Return the points of each cell of the first student."""
    done = run(
        layout, "score", str(layout.submitted / FIRST), "--assignment", "tiny", "--json", **more
    )
    assert done.status == 0, done
    return [cell["points"] for cell in done.json["cells"]]


def test_reports_and_grades_are_the_same_bytes(layout: Layout, calm: dict, tmp_path: Path):
    """A batch on new servers and one on the servers of the first equal a cold one."""
    with standby(layout) as running:
        grade(layout)
        assert running.status()["idle"] > 0
        assert outcome(layout) == calm
        again = with_fresh_home(layout, tmp_path / "again")
        shutil.rmtree(layout.graded)
        grade(layout, "--fresh")
        assert outcome(layout)["reports"] == calm["reports"]
        assert running.status()["served"] == 2
        assert grade(again).json["graded"] == STUDENTS  # another data directory: without it
        assert running.status()["served"] == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("score", "home/submitted/s00/tiny/tiny.ipynb", "--assignment", "tiny"),
        ("score", "home/submitted/s05/tiny/tiny.ipynb", "--assignment", "tiny"),
        ("score", "nowhere.ipynb", "--assignment", "tiny"),
        ("score", "home/submitted/s00/tiny/tiny.ipynb", "--assignment", "unknown"),
        ("score", "--no-such-option"),
        ("grade", "unknown"),
        ("grade", "--help"),
        ("verify", "tiny"),
    ],
)
def test_exit_status_and_output_are_the_same(warm: Layout, arguments: tuple[str, ...]):
    """What a command prints, on which stream, and its exit status do not tell where it ran."""
    layout, ran = warm, []
    for more in ({}, OFF):
        command = subprocess.Popen(
            [GRADLAB, *arguments],
            cwd=layout.home.parent,
            env=environment(layout, {"GRADLAB_COURSE": str(layout.root), **more}),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        ran.append(finish(command))
    assert ran[0] == ran[1]


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory):
    """A course with a standby."""
    layout = make_course(tmp_path_factory.mktemp("warm"))
    with standby(layout):
        yield layout


def test_a_command_has_the_environment_of_its_caller(warm: Layout, tmp_path: Path):
    """Settings count as the caller has them, not as the standby was started with."""
    done = run(warm, "grade", "tiny", GRADLAB_ISOLATION="strange")
    assert done.status != 0
    assert "strange" in done.errors
    elsewhere = tmp_path / "other.db"
    grade(warm, GRADLAB_DB_URL=f"sqlite:///{elsewhere}")
    with sqlite3.connect(elsewhere) as connection:
        counted = connection.execute("select count(*) from submitted_assignment").fetchone()
    connection.close()
    assert counted == (STUDENTS,)
    assert not (warm.home / "gradebook.db").exists()


def test_a_command_has_the_umask_of_its_caller(warm: Layout):
    """Files get the rights that they would get without a standby."""
    shutil.rmtree(warm.graded, ignore_errors=True)
    done = subprocess.run(
        ["sh", "-c", f"umask 027; exec {GRADLAB} grade tiny --json --fresh"],
        cwd=warm.root,
        env=environment(warm),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done
    assert {path.stat().st_mode & 0o007 for path in warm.graded.rglob("*.json.z")} == {0}


def test_two_commands_at_once_have_servers_of_their_own(warm: Layout):
    """Two callers at the same time get what each would get alone."""
    notebooks = [str(warm.submitted / f"s{n:02d}" / "tiny" / "tiny.ipynb") for n in (0, 2)]
    commands = [
        start(warm, "score", one, "--assignment", "tiny", "--json") for one in notebooks * 2
    ]
    points = [finish(one).json["points"] for one in commands]
    assert points == [3, 2, 3, 2]


def test_ctrl_c_leaves_a_state_to_go_on_from(layout: Layout, calm: dict):
    """An interrupt of the caller interrupts the command; running again completes the class."""
    with standby(layout) as running:
        command = start(layout, "grade", "tiny", "--json", "--jobs", "1")
        until(lambda: (layout.home / "events.jsonl").exists(), "the first grade")
        command.send_signal(signal.SIGINT)
        done = finish(command)
        assert done.status == 130
        assert len(done.json["students"]) < STUDENTS
        assert running.status()["idle"] == 0  # servers of an interrupted command serve nobody
        grade(layout)
        assert outcome(layout) == calm


def test_a_command_ends_with_its_caller(layout: Layout, calm: dict):
    """When the caller is killed the command does not run on unseen."""
    with standby(layout) as running:
        caller = start(layout, "grade", "tiny", "--jobs", "1")
        until(lambda: (layout.home / "events.jsonl").exists(), "the first grade")
        command = running.command()
        caller.kill()
        caller.communicate()
        command.wait(20)
        until(lambda: running.status()["commands"] == 0, "the standby to notice")
        assert len(outcome(layout)["notebooks"]) < STUDENTS
        until(lambda: len(nursed(running)) == 0, "the end of the command's servers")
        grade(layout)
        assert outcome(layout) == calm


def nursed(running) -> list[psutil.Process]:
    """Return the servers that the nursery has forked and all below them."""
    (nursery,) = psutil.Process(running.process.pid).children()
    return nursery.children(recursive=True)


def test_a_killed_standby_takes_everything_along(layout: Layout, calm: dict):
    """The caller says what happened; running again, without a standby, completes the class."""
    with standby(layout) as running:
        command = start(layout, "grade", "tiny", "--jobs", "1")
        until(lambda: (layout.home / "events.jsonl").exists(), "the first grade")
        assert running.stop(signal.SIGKILL) == []
        done = finish(command)
        assert done.status == 3
        assert "the standby ended while the command ran" in done.errors
        grade(layout)
        assert outcome(layout) == calm
    with standby(layout):  # what the killed one left does not keep the next from starting
        assert grade(layout).json["unchanged"] == STUDENTS


def test_stopping_a_standby_interrupts_its_commands(layout: Layout):
    """A standby that is told to end lets commands end as by Ctrl-C."""
    with standby(layout) as running:
        command = start(layout, "grade", "tiny", "--json", "--jobs", "1")
        until(lambda: (layout.home / "events.jsonl").exists(), "the first grade")
        assert running.stop() == []
        assert finish(command).status == 130


def test_a_changed_check_file_meets_no_old_server(layout: Layout):
    """Servers that loaded the old text of a check are not used any more."""
    check = layout.solutions / "tiny" / "checks" / "test_size.py"
    with standby(layout) as running:
        assert score(layout) == [2, 1]
        times = check.stat()
        check.write_text(check.read_text().replace('"], 3)', '"], 4)'))  # the same length
        os.utime(check, ns=(times.st_atime_ns, times.st_mtime_ns))
        assert score(layout) == score(layout, **OFF) == [0, 1]
        assert running.status()["served"] == 2


def test_a_changed_solution_counts_at_once(layout: Layout):
    """The standby remembers nothing of a course."""
    solution = layout.solutions / "tiny" / "notebook.py"
    with standby(layout):
        before = run(
            layout, "score", "../home/submitted/" + FIRST, "--assignment", "tiny", "--json"
        )
        solution.write_text(solution.read_text().replace("return 2 * x", "return x * 2"))
        after = [
            run(
                layout,
                "score",
                "../home/submitted/" + FIRST,
                "--assignment",
                "tiny",
                "--json",
                **more,
            )
            for more in ({}, OFF)
        ]
        assert after[0] == after[1]
        assert after[0].json["seed"] != before.json["seed"]


def test_changed_code_ends_the_standby(layout: Layout, tmp_path: Path):
    """A command never runs code that is not installed any more; it says so, and runs the new."""
    refused = str(layout.submitted / "s05" / "tiny" / "tiny.ipynb")  # no servers are needed for it
    code = tmp_path / "code"
    for package in ("autograder", "reference", "gradlab_exchange"):
        shutil.copytree(
            Path(__file__).parents[2] / package,
            code / package,
            ignore=shutil.ignore_patterns("__pycache__"),
        )
    command = [sys.executable, "-m", "autograder"]

    def command_of(*arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*command, *arguments],
            cwd=layout.root,
            env=environment(layout, {"PYTHONPATH": str(code)}),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    one = command_of("standby")
    assert one.stdout is not None
    assert "ready" in one.stdout.readline()
    try:
        asked = ("score", refused, "--assignment", "tiny", "--json")
        first = finish(command_of(*asked))
        changed = code / "autograder" / "grading" / "errors.py"
        changed.write_text(changed.read_text() + "\n# changed\n")
        second = finish(command_of(*asked))
        assert (first.errors, first.status, second.status) == ("", 2, 2)
        assert second.errors.startswith("note: the standby runs other code")
        assert first.json["key"] != second.json["key"]  # the new code ran
        assert one.wait(20) == 0
        assert finish(command_of(*asked)) == Done(2, second.output, "")
    finally:
        one.kill()
        one.communicate()


def test_it_can_be_left_out(warm: Layout):
    """GRADLAB_STANDBY=off runs a command without it."""
    with standby(with_fresh_home(warm, warm.home.parent / "off")) as running:
        grade(running.layout, **OFF)
        assert running.status()["served"] == 0
        grade(running.layout)
        assert running.status()["served"] == 1


def test_a_command_that_prints_into_a_closed_pipe_ends(warm: Layout):
    """The descriptors are the caller's: nobody reading is noticed as ever."""
    ends = []
    for more in ({}, OFF):
        command = start(warm, "score", "--help", **more)
        assert command.stdout is not None
        command.stdout.close()
        command.stdout = None
        ends.append(finish(command).status)
    assert ends[0] == ends[1]
