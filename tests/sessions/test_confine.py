"""A person's session tries to reach what is not its own, as from a terminal or a notebook."""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from autograder.course import Layout
from autograder.sessions.folders import HubFolders
from autograder.sessions.isolation import obstacle_to_isolation
from autograder.sessions.session_limits import COUNTS_BY_NAMESPACE, SessionLimits, kernel_version

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def folders(layout: Layout) -> HubFolders:
    """Return the folders of a course where alice and bob have homes and something was released."""
    folders = HubFolders(layout)
    folders.make()
    obstacle = obstacle_to_isolation(folders)
    if obstacle:
        pytest.skip(f"this machine cannot isolate sessions: {obstacle}")
    for name in ("alice", "bob"):
        folders.home(name).mkdir()
        (folders.home(name) / "own.txt").write_text(f"{name}'s work")
    course = layout.exchange / layout.course_id
    (course / "outbound" / "tiny").mkdir()
    (course / "outbound" / "tiny" / "tiny.ipynb").write_text("released")
    (course / "inbound" / "bob+tiny+2026+secret").mkdir()
    (course / "feedback" / "0123abcd.html").write_text("feedback")
    return folders


def command(folders: HubFolders, *words: str) -> list[str]:
    layout = folders.layout
    return [
        sys.executable, "-I", "-m", "autograder.sessions.confine",
        "--home", str(folders.home("alice")),
        "--exchange", str(layout.exchange / layout.course_id),
        "--config", str(folders.configs), "--", *words,
    ]  # fmt: skip


@pytest.fixture
def python(folders: HubFolders) -> Run:
    """Return what runs Python code in alice's session."""

    def run(code: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command(folders, sys.executable, "-c", code), cwd=folders.home("alice"),
            capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip

    return run


def test_own_home_is_there_and_stays(folders: HubFolders, python: Run) -> None:
    """The session starts in its home, and what it writes there lasts."""
    done = python(
        "import os; open('new.txt', 'w').write(open('own.txt').read()); print(os.getcwd())"
    )
    assert done.stdout.strip() == "/home/alice", done.stderr
    assert (folders.home("alice") / "new.txt").read_text() == "alice's work"


def test_nothing_of_the_course_is_in_sight(folders: HubFolders, python: Run) -> None:
    """Course, data directory, gradebook, hub's secrets and other homes do not exist inside."""
    layout = folders.layout
    wanted = [layout.root, layout.solutions, layout.home, folders.hub, folders.home("bob")]
    code = (
        f"import os, json; print(json.dumps([os.path.exists(p) for p in {list(map(str, wanted))}]))"
    )
    assert json.loads(python(code).stdout) == [False] * len(wanted)
    homes = python("import os; print(os.listdir('/home'))")
    assert "PermissionError" in homes.stderr or homes.stdout.strip() == "['alice']"


@pytest.mark.parametrize("package", ["reference", "autograder"])
def test_our_own_packages_cannot_be_imported(python: Run, package: str) -> None:
    """The reference and the grader's code are no modules of the session."""
    done = python(f"import {package}.data" if package == "reference" else f"import {package}.hub")
    assert "ModuleNotFoundError" in done.stderr


def test_released_files_are_read_only(python: Run) -> None:
    """A session reads what is released and cannot change it."""
    released = "/exchange/deep-learning/outbound/tiny/tiny.ipynb"
    assert python(f"print(open('{released}').read())").stdout.strip() == "released"
    done = python(f"open('{released}', 'w')")
    assert "PermissionError" in done.stderr or "Read-only" in done.stderr


def test_submissions_go_in_and_cannot_be_looked_at(folders: HubFolders, python: Run) -> None:
    """A session hands in; it can neither list nor remove what others handed in."""
    inbound = "/exchange/deep-learning/inbound"
    own = f"{inbound}/alice+tiny+2026+x"
    done = python(f"import os; os.mkdir('{own}'); open('{own}/tiny.ipynb', 'w').write('hers')")
    assert done.returncode == 0, done.stderr
    layout = folders.layout
    arrived = layout.exchange / layout.course_id / "inbound" / "alice+tiny+2026+x" / "tiny.ipynb"
    assert arrived.read_text() == "hers"
    assert "PermissionError" in python(f"import os; os.listdir('{inbound}')").stderr
    assert (
        "PermissionError" in python(f"import os; os.rmdir('{inbound}/bob+tiny+2026+secret')").stderr
    )
    link = f"import os; os.symlink('/etc/passwd', '{own}/link')"
    assert "PermissionError" in python(link).stderr


def test_feedback_opens_only_by_its_secret_name(python: Run) -> None:
    """Feedback whose name one knows opens; nobody can list the names."""
    feedback = "/exchange/deep-learning/feedback"
    assert python(f"print(open('{feedback}/0123abcd.html').read())").stdout.strip() == "feedback"
    assert "PermissionError" in python(f"import os; os.listdir('{feedback}')").stderr


def test_other_processes_are_out_of_reach(python: Run) -> None:
    """A session sees no process of the host and cannot signal or trace the one that guards it."""
    own = os.getpid()
    code = (
        "import os, ctypes\n"
        "seen = [int(p) for p in os.listdir('/proc') if p.isdigit()]\n"
        "assert len(seen) <= 4, seen\n"
        f"assert not os.path.exists('/proc/{own}/cmdline') or {own} in seen\n"
        "libc = ctypes.CDLL(None, use_errno=True)\n"
        "assert libc.ptrace(16, 1, 0, 0) == -1\n"
        "try:\n    os.kill(1, 9)\nexcept PermissionError:\n    print('guarded')\n"
    )
    done = python(code)
    assert done.stdout.strip() == "guarded", done.stderr


def test_the_hub_can_be_reached(python: Run) -> None:
    """The network stays on: a session connects to a server on loopback."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        address = ("127.0.0.1", port)
        code = f"import socket; socket.create_connection({address}, 10).close(); print('ok')"
        assert python(code).stdout.strip() == "ok"


def test_a_terminal_can_be_opened(python: Run) -> None:
    """JupyterLab's terminal needs a pseudo terminal of the session's own."""
    done = python("import pty; pty.spawn(['/bin/echo', 'hello'])")
    assert "hello" in done.stdout


def test_files_in_the_home_do_not_run_outside(folders: HubFolders, python: Run) -> None:
    """The program that confines a session imports nothing from the home it starts in."""
    home = folders.home("alice")
    for name in ("autograder", "argparse", "sitecustomize", "usercustomize", "signal"):
        (home / f"{name}.py").write_text(
            "open('/tmp/outside', 'w').write('ran')\nraise SystemExit(99)"
        )
    assert python("print('inside')").returncode in (0, 1, 99)
    done = subprocess.run(
        command(folders, "/bin/sh", "-c", "echo confined"), cwd=home,
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.stdout.strip() == "confined"


def test_exit_status_is_passed_on(folders: HubFolders) -> None:
    """The hub learns how the server ended."""
    done = subprocess.run(
        command(folders, "/bin/sh", "-c", "exit 7"), check=False, timeout=120, cwd="/"
    )
    assert done.returncode == 7


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_ending_the_program_ends_the_session(folders: HubFolders, number: int) -> None:
    """Nothing that a session started, however detached, outlives it."""
    code = "(setsid sleep 300 >/dev/null 2>&1 &) ; trap 'exit 0' TERM; echo up; sleep 300 & wait"
    with subprocess.Popen(
        command(folders, "/bin/bash", "-c", code), stdout=subprocess.PIPE, text=True, cwd="/"
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "up"
        family = psutil.Process(process.pid).children(recursive=True)
        assert len(family) >= 4
        process.send_signal(number)
        process.wait(30)
        deadline = time.monotonic() + 30
        while any(one.is_running() and one.status() != "zombie" for one in family):
            assert time.monotonic() < deadline, family
            psutil.wait_procs(family, timeout=0.2)


def test_a_session_keeps_to_its_memory_and_processors(folders: HubFolders) -> None:
    """More memory than allowed ends what asked for it; processors cannot be taken back."""
    code = (
        "import os, subprocess, sys\n"
        "print(len(os.sched_getaffinity(0)))\n"
        "try:\n    os.sched_setaffinity(0, range(64))\n"
        "except OSError as error:\n    print(type(error).__name__)\n"
        "print(subprocess.run([sys.executable, '-c', 'x = bytearray(700_000_000)']).returncode)\n"
    )
    words = command(folders, sys.executable, "-c", code)
    limited = [*words[:-4], "--memory", "300000000", "--cores", "1", *words[-4:]]
    assert limited[-4] == "--"
    done = subprocess.run(
        limited, cwd="/", capture_output=True, text=True, check=False, timeout=120
    )
    assert done.stdout.split()[0] == "1", done.stderr
    assert done.stdout.split()[-1] == "-9"
    if len(os.sched_getaffinity(0)) > 1:
        assert "PermissionError" in done.stdout


def test_memory_is_kept_without_control_groups(
    folders: HubFolders, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no control group can be made, the session is watched instead."""
    code = (
        "import subprocess, sys\n"
        "keep = 'x = bytearray(700_000_000)\\nimport time\\ntime.sleep(60)'\n"
        "print(subprocess.run([sys.executable, '-c', keep]).returncode)\n"
    )
    words = command(folders, sys.executable, "-c", code)
    program = (
        "import sys; from autograder.sessions import confine, session_limits;"
        "from autograder.linux.cgroups import Group;"
        "session_limits.make_group = lambda: Group({}, 'none'); confine.main()"
    )
    at = words.index("--home")
    done = subprocess.run(
        [sys.executable, "-I", "-c", program, "--memory", "300000000", *words[at:]],
        cwd="/", capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.stdout.split()[-1] == "-9", done.stderr


def test_processes_are_kept_without_control_groups(folders: HubFolders) -> None:
    """The kernel counts them for each session by itself: one that floods costs others nothing."""
    if kernel_version(os.uname().release) < COUNTS_BY_NAMESPACE:
        pytest.skip("this kernel counts a user's processes in all sessions together")
    flood = (
        "import subprocess, sys\n"
        "children = []\n"
        "try:\n"
        "    while len(children) < 90:\n"
        "        children.append(subprocess.Popen(['/bin/sleep', '100']))\n"
        "except OSError as error:\n"
        "    print(type(error).__name__)\n"
        "print(len(children), flush=True)\n"
        "sys.stdin.read()\n"
    )
    program = (
        "import sys; from autograder.sessions import confine, session_limits;"
        "from autograder.linux.cgroups import Group;"
        "session_limits.make_group = lambda: Group({}, 'none'); confine.main()"
    )
    words = command(folders, sys.executable, "-c", flood)
    limited = [
        sys.executable, "-I", "-c", program, "--processes", "60", *words[words.index("--home") :]
    ]  # fmt: skip
    with (
        subprocess.Popen(limited, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as one,
        subprocess.Popen(limited, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as two,
    ):
        for session in (one, two):  # both hold what they have: together more than the limit
            assert session.stdout is not None
            assert session.stdout.readline().strip() == "BlockingIOError"
            assert 50 <= int(session.stdout.readline()) < 60
        for session in (one, two):
            assert session.stdin is not None
            session.stdin.close()
            assert session.wait(60) == 0


@pytest.mark.parametrize(
    ("hard", "release", "set_to"),
    [(-1, "6.1.0", [100]), (40, "6.1.0", [40]), (4000, "5.14", [100]), (-1, "5.13.9-x", [])],
)
def test_the_count_is_limited_where_the_kernel_counts_each_session(
    monkeypatch: pytest.MonkeyPatch, hard: int, release: str, set_to: list[int]
) -> None:
    """Never above what the hub itself may have, and not where all sessions would be one."""
    done: list[int] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: (hard, hard))
    monkeypatch.setattr(resource, "setrlimit", lambda _, both: done.append(both[1]))
    SessionLimits(processes=100).count_processes(release)
    assert done == set_to


def test_names_can_be_looked_up(folders: HubFolders, python: Run) -> None:
    """A session has the host's name service, where the host has one."""
    resolver = Path("/etc/resolv.conf")
    if not resolver.exists():
        pytest.skip("the host has none")

    assert python("print(open('/etc/resolv.conf').read(), end='')").stdout == resolver.read_text()
