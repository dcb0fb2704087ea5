"""Commands as clients of the service: whatever dies, the same grades in the end."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from autograder.course import Layout
from autograder.service import client
from autograder.service.protocol import Item, Order, Source, Tenant

from ..robustness.course import STUDENTS, make_course, outcome, with_fresh_home
from .commands import GRADLAB, Done, Running, environment, finish, grade, run, start, until

FIRST = "s00/tiny/tiny.ipynb"


@pytest.fixture(scope="module")
def calm(classroom: Layout, tmp_path_factory: pytest.TempPathFactory) -> dict:
    """What a class leaves behind whose grading nothing disturbs."""
    layout = with_fresh_home(classroom, tmp_path_factory.mktemp("calm") / "home")
    grade(layout)
    return outcome(layout)


@pytest.fixture
def fresh(classroom: Layout, tmp_path: Path) -> Layout:
    """The class with a data directory in which nothing is graded."""
    return with_fresh_home(classroom, tmp_path / "home")


def score(layout: Layout, path: Path | None = None, **more: str) -> Done:
    """Score one notebook, that of the first student by default."""
    path = path or layout.submitted / FIRST
    return run(layout, "score", str(path), "--assignment", "tiny", "--json", **more)


def points(done: Done) -> list:
    """Return the points of each cell."""
    assert done.status == 0, done
    return [cell["points"] for cell in done.json["cells"]]


def test_the_first_command_starts_it_and_the_next_use_it(
    classroom: Layout, fresh: Layout, shared: Running
):
    """Whatever course they are about; an idle pair is kept for each that was used."""
    assert points(score(classroom)) == [2, 1]
    before = shared.status()
    assert before["idle_pairs"] >= 1
    assert points(score(classroom)) == [2, 1]
    assert grade(fresh).json["graded"] == STUDENTS
    after = shared.status()
    assert (after["pid"], after["orders"]) == (before["pid"], before["orders"] + 2)
    assert (after["running"], after["waiting"]) == (0, 0)


def test_each_graded_cell_is_told_as_soon_as_it_is_checked(classroom: Layout, shared: Running):
    """Between start and result of its job, last cell first: a page can show how far it is."""
    item = Item("ada", Source.FILE, os.fsencode(classroom.submitted / FIRST))
    order = Order(Tenant.of(classroom), "tiny", "a test", [item])
    events = list(client.grade(order))
    assert [event.kind for event in events] == [
        "accepted", "queued", "started", "cell", "cell", "done", "end",
    ]  # fmt: skip
    assert [(event.name, event.content) for event in events if event.kind == "cell"] == [
        ("ada", {"exercise": "twice", "points": 1.0, "max_points": 1.0}),
        ("ada", {"exercise": "size", "points": 2.0, "max_points": 2.0}),
    ]


def test_grading_again_leaves_all_as_it_is(fresh: Layout, calm: dict):
    """What is graded is left alone; graded again it is the same bytes."""
    grade(fresh)
    assert outcome(fresh) == calm
    assert grade(fresh).json["unchanged"] == STUDENTS
    shutil.rmtree(fresh.graded)
    grade(fresh, "--fresh")
    assert outcome(fresh)["reports"] == calm["reports"]


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("score", "submitted/s05/tiny/tiny.ipynb", "--assignment", "tiny"), 2, "not graded"),
        (("score", "nowhere.ipynb", "--assignment", "tiny"), 2, "not graded"),
        (("score", "submitted/s00/tiny/tiny.ipynb", "--assignment", "other"), 2, "known: tiny"),
        (("grade", "other"), 2, "known: tiny"),
        (("grade", "tiny", "--student", "nobody"), 2, "'nobody' has no collected submission"),
        (("grade", "tiny", "--gpu", "huge"), 2, "profiles with a GPU"),
        (("verify", "tiny"), 0, "2 of 2 as expected"),
        (("replay", "99"), 2, "is about no graded submission"),
    ],
)
def test_what_a_command_says(classroom: Layout, arguments: tuple[str, ...], status: int, said: str):
    """Wrong input is told apart from faults of ours, in words; nothing is left waiting."""
    done = subprocess.run(
        [GRADLAB, *arguments],
        cwd=classroom.home,
        env=environment(classroom, {"GRADLAB_COURSE": str(classroom.root), "COLUMNS": "200"}),
        capture_output=True,
        text=True,
    )
    assert (done.returncode, said in done.stdout + done.stderr) == (status, True), done
    assert "Traceback" not in done.stderr


def test_a_grade_is_replayed_to_the_byte(fresh: Layout):
    """By the line of the log; the report's own bytes come out."""
    grade(fresh, "--student", "s01")
    done = run(fresh, "replay", "2", "--json")  # the first line says that the log begins
    (report,) = outcome(fresh)["reports"].values()
    assert (done.status, done.output.encode()) == (0, report)
    assert "the same bytes as the report of s01" in done.errors


def test_the_caller_s_settings_count(fresh: Layout, tmp_path: Path):
    """The gradebook that the caller names, and the isolation, not those of who started it."""
    done = run(fresh, "grade", "tiny", GRADLAB_ISOLATION="strange")
    assert done.status == 3
    assert "strange" in done.errors
    elsewhere = tmp_path / "other.db"
    grade(fresh, GRADLAB_DB_URL=f"sqlite:///{elsewhere}")
    with sqlite3.connect(elsewhere) as connection:
        counted = connection.execute("select count(*) from submitted_assignment").fetchone()
    connection.close()
    assert counted == (STUDENTS,)
    assert not (fresh.home / "gradebook.db").exists()


def test_another_umask_has_a_service_of_its_own(fresh: Layout, shared: Running):
    """Files get the rights that the caller wants; the private service ends with the command."""
    done = subprocess.run(
        ["sh", "-c", f"umask 027; exec {GRADLAB} grade tiny --json"],
        cwd=fresh.root,
        env=environment(fresh),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done
    assert {path.stat().st_mode & 0o007 for path in fresh.graded.rglob("*.z")} == {0}
    assert not [one for one in psutil.Process().children(recursive=True) if "grader" in one.name()]


def test_two_commands_at_once_have_servers_of_their_own(classroom: Layout):
    """Two callers at the same time get what each would get alone."""
    notebooks = [str(classroom.submitted / f"s{n:02d}" / "tiny" / "tiny.ipynb") for n in (0, 2)]
    commands = [
        start(classroom, "score", one, "--assignment", "tiny", "--json") for one in notebooks * 2
    ]
    assert [finish(one).json["points"] for one in commands] == [3, 2, 3, 2]


def until_first_grade(layout: Layout) -> None:
    """Wait until somebody has a grade."""
    until(lambda: layout.log.exists() and "grade" in layout.log.read_text(), "the first grade")


def test_ctrl_c_cancels_what_waits(fresh: Layout, calm: dict, shared: Running):
    """Nothing of it runs on; running again completes the class."""
    notebook = fresh.submitted / FIRST
    text = notebook.read_text()
    notebook.write_text(text.replace("return 2 * x", "while True: pass"))  # so that the others wait
    command = start(fresh, "grade", "tiny", "--json", "--jobs", "1")
    until(lambda: shared.status()["waiting"], "the class to wait")
    command.send_signal(signal.SIGINT)
    done = finish(command)
    assert done.status == 130
    assert len(done.json["students"]) < STUDENTS
    notebook.write_text(text)
    until(lambda: shared.status()["running"] + shared.status()["waiting"] == 0, "what had begun")
    grade(fresh)
    assert outcome(fresh) == calm


def test_what_was_accepted_is_graded_though_its_caller_is_killed(
    fresh: Layout, calm: dict, shared: Running
):
    """A batch is recorded whoever waits for it; a score that nobody can read is not computed."""
    notebook = fresh.home / "endless.ipynb"
    text = (fresh.submitted / FIRST).read_text()
    notebook.write_text(text.replace("return 2 * x", "while True: pass"))
    scored = start(fresh, "score", str(notebook), "--assignment", "tiny")
    graded = start(fresh, "grade", "tiny", "--jobs", "1")
    until_first_grade(fresh)
    until(lambda: shared.status()["running"] == 2, "the score to run")
    for one in (scored, graded):
        one.kill()
        one.communicate()
    until(lambda: shared.status()["running"] + shared.status()["waiting"] == 0, "the end of it")
    assert outcome(fresh) == calm


def test_a_killed_service_loses_nothing(fresh: Layout, calm: dict, own: Running):
    """The command goes on with the next service; the one that was killed takes all along."""
    command = start(fresh, "grade", "tiny", "--json", "--jobs", "1")
    until_first_grade(fresh)
    first = own.status()["pid"]
    assert own.stop(signal.SIGKILL) == []
    done = finish(command)
    assert (done.status, done.json["graded"]) == (0, STUDENTS), done
    assert own.status()["pid"] != first
    assert outcome(fresh) == calm


def test_a_stopped_service_keeps_what_it_had_accepted(fresh: Layout, calm: dict, own: Running):
    """Told to end, it says so; the next one, whoever starts it, goes on where it was."""
    command = start(fresh, "grade", "tiny", "--json", "--jobs", "1")
    until_first_grade(fresh)
    assert own.stop() == []
    done = finish(command)
    assert done.status == 3
    assert "was stopped" in done.errors
    assert len(outcome(fresh)["notebooks"]) < STUDENTS
    score(fresh)
    until(lambda: own.status()["running"] + own.status()["waiting"] == 0, "the rest of the class")
    assert outcome(fresh) == calm


def test_a_changed_check_file_meets_no_old_server(tmp_path: Path):
    """Servers that loaded the old text of a check are not used any more."""
    layout = make_course(tmp_path)
    check = layout.solutions / "tiny" / "checks" / "test_size.py"
    before = score(layout)
    assert points(before) == [2, 1]
    times = check.stat()
    check.write_text(check.read_text().replace('"], 3)', '"], 4)'))  # the same length
    os.utime(check, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert points(score(layout)) == [0, 1]
    solution = layout.solutions / "tiny" / "notebook.py"
    solution.write_text(solution.read_text().replace("return 2 * x", "return x * 2"))
    assert score(layout).json["seed"] != before.json["seed"]


def test_endless_loops_hold_up_nobody(classroom: Layout, tmp_path: Path, shared: Running):
    """As many as there are slots, and one more; somebody else is graded before they end."""
    slots = os.cpu_count() or 1
    commands = []
    for number in range(slots + 1):
        path = tmp_path / f"{number}.ipynb"
        text = (classroom.submitted / FIRST).read_text()
        path.write_text(text.replace("return 2 * x", f"while {number + 1}: pass"))
        commands.append(start(classroom, "score", str(path), "--assignment", "tiny", "--json"))
    until(lambda: shared.status()["running"] >= slots, "the loops")
    assert points(score(classroom)) == [2, 1]
    assert all(command.poll() is None for command in commands)
    for command in commands:
        command.send_signal(signal.SIGINT)
        finish(command)


def test_changed_code_is_taken_up(classroom: Layout, tmp_path: Path, own: Running):
    """A job never runs code that is not installed any more: the next service does it."""
    refused = str(classroom.submitted / "s05" / "tiny" / "tiny.ipynb")  # no servers for it
    code = tmp_path / "code"
    for package in ("autograder", "reference", "gradlab_exchange"):
        shutil.copytree(
            Path(__file__).parents[2] / package,
            code / package,
            ignore=shutil.ignore_patterns("__pycache__"),
        )

    def asked() -> Done:
        command = [sys.executable, "-m", "autograder", "score", refused, "--assignment", "tiny"]
        done = subprocess.run(
            [*command, "--json"],
            cwd=classroom.root,
            env=environment(classroom, {"PYTHONPATH": str(code)}),
            capture_output=True,
            text=True,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def pid() -> str:
        said = subprocess.run(
            [sys.executable, "-m", "autograder", "grader", "--status"],
            cwd=classroom.root,
            env=environment(classroom, {"PYTHONPATH": str(code)}),
            capture_output=True,
            text=True,
        )
        return said.stdout.split(":")[0]

    first = asked()

    before = pid()
    changed = code / "autograder" / "grading" / "semantics.py"
    changed.write_text(changed.read_text() + "\nVERSION = -1\n")
    second = asked()
    assert (first.status, second.status, second.errors) == (2, 2, ""), second
    assert first.json["key"] != second.json["key"]  # the new code ran
    after = pid()
    assert before.startswith("process")
    assert after.startswith("process")
    assert before != after
    os.kill(int(after.removeprefix("process ")), signal.SIGTERM)
    until(lambda: not pid(), "its end")


def test_a_service_of_other_code_is_said(monkeypatch: pytest.MonkeyPatch):
    """Code that changes while a command runs fits neither the user's service nor a new one."""

    def greet(_place: client.Place) -> tuple[socket.socket, dict]:
        return socket.socket(), {"event": "refused"}

    monkeypatch.setattr(client.Place, "_greet", greet)
    with client.Place() as place, pytest.raises(client.ServiceError, match="run the command again"):
        place.connect()


def test_it_ends_when_idle(own: Running, classroom: Layout):
    """One that a command started does not stay for ever; in the foreground it is told to."""
    process = start(classroom, "grader", "--idle", "0.002")
    done = finish(process)
    assert (done.status, done.output) == (0, f"grading service ready: {own.folder}\n")


def test_a_second_one_is_refused(classroom: Layout, shared: Running):
    """A user has one service on a machine."""
    score(classroom)
    done = run(classroom, "grader")
    assert done.status == 2
    assert "runs already" in done.errors


def test_no_service_is_said(own: Running, classroom: Layout):
    """Asking starts none."""
    done = run(classroom, "grader", "--status")
    assert (done.status, done.output) == (1, "")
    assert not own.is_up


def test_a_command_begins_at_once(classroom: Layout):
    """A client loads its own verb alone, and neither what grades nor what draws."""
    program = (
        "import sys\nfrom autograder.cli import build_app\nbuild_app(['score', '--json'])\n"
        "import autograder.service.client, autograder.cli._console, autograder.course.layout\n"
        "heavy = ('rich', 'numpy', 'sqlalchemy', 'asyncio', 'torch', 'autograder.sandbox',\n"
        "         'autograder.cli.grade', 'autograder.course.source')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "[]\n", done
    score(classroom)
    begin = time.monotonic()
    assert score(classroom).status == 0
    assert time.monotonic() - begin < 5.0  # 0.2 on a machine with nothing else to do
