"""Who can reach a standby, and what it leaves behind: attacks from inside and from beside."""

from __future__ import annotations

import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from autograder.course import Layout, load_manifest, notebook_bytes, submission_notebook
from autograder.sandbox import kernel
from autograder.standby import place

from ..robustness.course import STUDENTS, make_course
from .conftest import OFF, Running, grade, run, standby, start, until

OTHER_USER = 61_000
# Says in a word what became of an attempt to have the standby answer; the folder is its argument.
KNOCK = """
import json, os, socket, sys
os.chdir(int(sys.argv[1]))
knocking = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
knocking.settimeout(20)
try:
    knocking.connect("socket")
    knocking.send(sys.argv[2].encode())
    print("answered" if knocking.recv(1000) else "closed")
except ConnectionError:
    print("closed")
except OSError as error:
    print(type(error).__name__)
"""
ATTACK = '''
import glob, json, os, socket

def attempts():
    """Connect to the standby by every way that leads to a socket."""
    paths = [{path!r}, "/proc/1/root" + {path!r}, "\\0" + {path!r}]
    paths += glob.glob("/proc/*/root" + {path!r}) + glob.glob("/proc/*/cwd/var/standby/socket")
    for path in paths:
        for kind in (socket.SOCK_SEQPACKET, socket.SOCK_STREAM, socket.SOCK_DGRAM):
            with socket.socket(socket.AF_UNIX, kind) as one:
                one.connect_ex(path) == 0 and reached.append(path)
    for name in os.listdir("/proc/self/fd"):
        try:
            target = os.readlink("/proc/self/fd/" + name)
        except OSError:
            continue
        if "standby" in target:
            reached.append(target)

reached = []
try:
    attempts()
except OSError as error:
    reached.append(repr(error))

def twice(x):
    return 2 * x if not reached else reached
'''


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory):
    """A standby of a course, warmed by a batch."""
    layout = make_course(tmp_path_factory.mktemp("confined"))
    with standby(layout) as running:
        grade(layout)
        yield running


def circumstances_of_a_command() -> str:
    """Return what a new command would say; this process's search path has grown in other tests."""
    program = (
        "import sys; sys.path[0] = sys.argv[1]; from autograder.standby import place; "
        "print(place.circumstances())"
    )
    command = [sys.executable, "-c", program, str(Path(sys.executable).parent)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def knock(
    running: Running, prepare: Callable[[], None] | None = None, token: str | None = None
) -> str:
    """Greet the standby from another process, as a fitting client would, and return what came."""
    folder = place.open_folder(running.layout.home)
    hello = {
        "event": "hello",
        "token": place.read_token(folder) if token is None else token,
        "fingerprint": place.fingerprint(),
        "circumstances": circumstances_of_a_command(),
    }
    try:
        # stdlib's preexec_fn is safe here: the test has no other threads
        done = subprocess.run(
            [sys.executable, "-S", "-c", KNOCK, str(folder), json.dumps(hello)],
            preexec_fn=prepare,
            pass_fds=(folder,),
            capture_output=True,
            text=True,
        )
    finally:
        os.close(folder)
    assert done.stderr == ""
    return done.stdout.strip()


def test_a_caller_of_the_same_user_is_answered(running: Running):
    """What the refusals below are compared with."""
    assert knock(running) == "answered"


def test_who_cannot_read_the_folder_is_refused(running: Running):
    """Connecting takes no right to read; the token does."""
    assert knock(running, token="0" * 64) == "closed"
    assert knock(running, token="") == "closed"


def no_new_privileges():
    """Be confined a little, as all student processes are."""
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)


def other_namespace():
    """Be in a namespace of one's own, as the people's sessions are."""
    kernel.unshare(kernel.CLONE_NEWUSER if os.geteuid() else kernel.CLONE_NEWIPC)


@pytest.mark.parametrize("confine", [no_new_privileges, other_namespace])
def test_nobody_leaves_a_confinement_through_it(running: Running, confine: Callable[[], None]):
    """A caller that may less than the standby is not served, though it knows the token."""
    assert knock(running, confine) == "closed"


@pytest.mark.skipif(os.geteuid() != 0, reason="becoming another user takes root")
def test_another_user_is_refused_even_where_the_folder_is_open(running: Running):
    """The folder keeps others out; were it open, the kernel's word on who knocks does."""
    folder = running.layout.home / "standby"
    assert knock_as_another(folder) == "PermissionError"
    folder.chmod(0o755)
    (folder / "socket").chmod(0o777)
    try:
        with pytest.raises(PermissionError, match="this user alone"):
            place.open_folder(running.layout.home)
        assert knock_as_another(folder) == "closed"
    finally:
        folder.chmod(0o700)
        (folder / "socket").chmod(0o600)
    assert knock(running) == "answered"


def knock_as_another(folder: Path) -> str:
    """Knock as another user, who perhaps could not even start the interpreter."""
    reader, writer = os.pipe()
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    pid = os.fork()
    if pid == 0:
        os.dup2(writer, 1)
        os.setgroups([])
        os.setresgid(OTHER_USER, OTHER_USER, OTHER_USER)
        os.setresuid(OTHER_USER, OTHER_USER, OTHER_USER)
        sys.argv, sys.stdout = ["", str(descriptor), "{}"], os.fdopen(1, "w", closefd=False)
        try:
            exec(KNOCK, {})
        except OSError as error:
            print(type(error).__name__)
        sys.stdout.flush()
        os._exit(0)
    os.close(writer)
    os.close(descriptor)
    os.waitpid(pid, 0)
    with os.fdopen(reader) as said:
        return said.read().strip()


@pytest.mark.skipif(os.geteuid() != 0, reason="giving a folder away takes root")
def test_a_folder_of_another_user_is_not_used(tmp_path: Path):
    """A command does not give its environment to a standby that somebody else put there."""
    layout = make_course(tmp_path)
    folder = layout.home / "standby"
    folder.mkdir(mode=0o700)
    os.chown(folder, OTHER_USER, OTHER_USER)
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as trap:
        trap.bind(str(folder / "socket"))
        trap.listen()
        grade(layout)
        trap.setblocking(False)
        with pytest.raises(BlockingIOError):
            trap.accept()
    assert run(layout, "standby").status == 2


def test_a_submission_cannot_reach_it(running: Running):
    """A student's code that knows the socket's path finds no way to it, nor a descriptor of it."""
    layout = running.layout
    socket_path = layout.home / "standby" / "socket"
    assert socket_path.is_socket()
    manifest = load_manifest(layout, "tiny")
    attack = ATTACK.format(path=str(socket_path))
    data = notebook_bytes(
        submission_notebook(manifest, {"size_answer": "size = 3", "twice_answer": attack})
    )
    notebook = layout.home.parent / "attack.ipynb"
    notebook.write_bytes(data)
    before = running.status()["served"]
    done = run(layout, "score", str(notebook), "--assignment", "tiny", "--json")
    assert done.json["points"] == 3, done
    assert running.status()["served"] == before + 1


def test_servers_hold_no_socket_of_the_standby_or_of_other_commands(running: Running):
    """An idle server has its own socket; its children, and those who break in, find no other."""
    (nursery,) = psutil.Process(running.process.pid).children()
    servers = nursery.children(recursive=True)
    assert len(servers) >= 2
    for one in servers:
        links = [str(path.readlink()) for path in Path(f"/proc/{one.pid}/fd").iterdir()]
        assert sum(link.startswith("socket:") for link in links) <= 1, links


def test_the_standby_has_no_torch_and_one_thread(running: Running):
    """It forks safely, and what costs memory is in the nursery alone."""
    maps = Path(f"/proc/{running.process.pid}/maps").read_text()
    assert "libtorch" not in maps
    threads = Path(f"/proc/{running.process.pid}/status").read_text()
    assert re.search(r"^Threads:\s+1$", threads, re.MULTILINE)


def test_a_second_one_is_refused(running: Running):
    """A data directory has one standby."""
    done = run(running.layout, "standby")
    assert done.status == 2
    assert "already" in done.errors


def test_the_pool_is_bounded(tmp_path: Path):
    """No more idle servers are kept than was said; more than fit are ended."""
    layout = make_course(tmp_path)
    with standby(layout, "--servers", "1") as running:
        grade(layout, "--jobs", "2")
        assert running.status()["idle"] == 1
        assert grade(layout, "--fresh").json["graded"] == STUDENTS
        assert running.status()["idle"] == 1


def test_idle_servers_end(tmp_path: Path):
    """Servers that nothing uses end after a while, and the next command has new ones."""
    layout = make_course(tmp_path)
    with standby(layout, "--minutes", "0.01") as running:
        grade(layout)
        (nursery,) = psutil.Process(running.process.pid).children()
        until(lambda: nursery.children() == [], "the end of idle servers")
        assert running.status()["idle"] == 0
        assert grade(layout, "--fresh").json["graded"] == STUDENTS


def test_a_dead_server_is_not_lent(running: Running):
    """A server that died while it was idle is noticed, and its next user has another."""
    layout = running.layout
    grade(layout, "--fresh")
    assert running.status()["idle"] > 0
    (nursery,) = psutil.Process(running.process.pid).children()
    victims = nursery.children()
    for victim in victims:
        victim.kill()
    psutil.wait_procs(victims, timeout=20)
    assert grade(layout, "--fresh").json["graded"] == STUDENTS


def test_a_dead_nursery_is_replaced(tmp_path: Path):
    """When the nursery died, the next command works as ever."""
    layout = make_course(tmp_path)
    with standby(layout) as running:
        grade(layout)
        (nursery,) = psutil.Process(running.process.pid).children()
        nursery.kill()
        assert grade(layout, "--fresh").json["graded"] == STUDENTS
        assert grade(layout, "--fresh").json["graded"] == STUDENTS
        assert running.status()["served"] == 3


def test_a_long_path_is_no_matter(tmp_path: Path):
    """A socket's address has 108 bytes; a data directory may have more."""
    layout = make_course(tmp_path)
    home = tmp_path / ("deep-" * 20) / ("deeper-" * 20)
    layout = Layout(layout.root, home)
    home.mkdir(parents=True)
    with standby(layout) as running:
        assert grade(layout).json["submitted"] == 0
        assert running.status()["served"] == 1


def test_a_silent_standby_keeps_nobody_waiting(tmp_path: Path):
    """Where something else listens and says nothing, a command runs by itself after a while."""
    layout = make_course(tmp_path)
    folder = layout.home / "standby"
    folder.mkdir(mode=0o700)
    (folder / "token").write_text("x")
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as silent:
        silent.bind(str(folder / "socket"))
        silent.listen()
        assert grade(layout).json["graded"] == STUDENTS
        connection, _address = silent.accept()
        with connection:
            assert connection.recv(10_000)


def test_strangers_do_not_disturb_it(running: Running):
    """Nonsense, silence and hanging up end a connection and nothing else."""
    folder = place.open_folder(running.layout.home)
    path = place.address_in(folder)
    for message in (
        b"",
        b"nonsense",
        b"[]",
        b'{"event": "hello"}',
        b'{"event": "command"}',
        b"[" * 60_000,
    ):
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as one:
            one.settimeout(20)
            one.connect(path)
            one.send(message)
            with contextlib.suppress(ConnectionResetError):
                assert one.recv(1000) == b""
    silent = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    silent.connect(path)
    assert grade(running.layout).json["unchanged"] == STUDENTS
    silent.close()
    os.close(folder)


def test_a_command_through_it_begins_at_once(running: Running):
    """What is heavy is imported already: the client itself loads the standard library only."""
    program = (
        "import sys\nimport autograder.cli\n"
        "heavy = ('typer', 'numpy', 'sqlalchemy', 'rich', 'asyncio')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "[]\n", done
    begin = time.monotonic()
    warm = run(running.layout, "grade", "--help")
    assert warm.status == 0
    assert time.monotonic() - begin < 2.0  # a tenth of it, on a machine with nothing else to do


def test_the_place_is_the_same_as_that_of_the_course(tmp_path: Path):
    """The client looks where `Layout.find` does, without importing it."""
    root = tmp_path / "course"
    (root / "solutions" / "one").mkdir(parents=True)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    cases = [
        ({}, root / "solutions" / "one"),
        ({"GRADLAB_HOME": str(tmp_path / "home")}, root),
        ({"GRADLAB_COURSE": str(root)}, elsewhere),
        ({"GRADLAB_COURSE": str(root), "GRADLAB_HOME": "data"}, elsewhere),
        ({"GRADLAB_HOME": ""}, root),
    ]
    for variables, start_at in cases:
        assert place.home_of([], variables, start_at) == Layout.find(start_at, variables).home
    assert place.home_of([], {}, elsewhere) is None
    assert place.home_of(["--course", "two", "grade"], {}, root) == root / "var/courses/two"


def test_off_is_off(running: Running):
    """A command that is told to does without."""
    before = running.status()["served"]
    start(running.layout, "verify", "--help", **OFF).communicate()
    assert running.status()["served"] == before
