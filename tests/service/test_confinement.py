"""Who can reach the service, and what it leaves behind: attacks from inside and from beside."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from autograder.course import Layout, load_manifest, notebook_bytes, submission_notebook
from autograder.linux import kernel
from autograder.service import place, protocol
from autograder.service.client import Place

from ..robustness.course import STUDENTS, with_fresh_home
from .commands import Running, grade, run

OTHER_USER = 61_000
# Says in a word what became of an attempt to have the service answer; the folder is its argument.
KNOCK = """
import os, socket, struct, sys
os.chdir(int(sys.argv[1]))
knocking = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
knocking.settimeout(20)
try:
    knocking.connect("socket")
    text = sys.argv[2].encode()
    knocking.sendall(struct.pack(">IQ", len(text), 0) + text)
    print("answered" if b"welcome" in knocking.recv(1000) else "closed")
except ConnectionError:
    print("closed")
except OSError as error:
    print(type(error).__name__)
"""
ATTACK = '''
import glob, json, os, socket

def attempts():
    """Connect to the service by every way that leads to a socket."""
    paths = [{path!r}, "/proc/1/root" + {path!r}, "\\0" + {path!r}]
    paths += glob.glob("/proc/*/root" + {path!r}) + glob.glob("/proc/*/cwd/socket")
    paths += glob.glob("/proc/*/fd/*/socket")
    for path in paths:
        for kind in (socket.SOCK_SEQPACKET, socket.SOCK_STREAM, socket.SOCK_DGRAM):
            with socket.socket(socket.AF_UNIX, kind) as one:
                one.connect_ex(path) == 0 and reached.append(path)
    for name in os.listdir("/proc/self/fd"):
        try:
            target = os.readlink("/proc/self/fd/" + name)
        except OSError:
            continue
        if "gradlab" in target or "queue" in target:
            reached.append(target)
    for path in ({folder!r}, {folder!r} + "/queue.db", {folder!r} + "/token"):
        os.path.exists(path) and reached.append(path)

reached = []
try:
    attempts()
except OSError as error:
    reached.append(repr(error))

def twice(x):
    return 2 * x if not reached else reached
'''


@pytest.fixture(scope="module")
def running(classroom: Layout, own_grading_service: Path) -> Running:
    """The service of all tests, which has graded the class."""
    grade(classroom)
    return Running(own_grading_service)


def hello(running: Running, token: str | None = None) -> str:
    """Return what a fitting client says first."""
    folder = place.open_folder(running.folder)
    try:
        said = {
            "event": "hello",
            "token": place.read_token(folder) if token is None else token,
            "fingerprint": place.fingerprint(),
            "circumstances": place.circumstances(),
        }
    finally:
        os.close(folder)
    return json.dumps(said)


def knock(
    running: Running, prepare: Callable[[], None] | None = None, token: str | None = None
) -> str:
    """Greet the service from another process, as a fitting client would; return what came."""
    folder = place.open_folder(running.folder)
    try:
        # stdlib's preexec_fn is safe here: the test has no other threads
        done = subprocess.run(
            [sys.executable, "-S", "-c", KNOCK, str(folder), hello(running, token)],
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
    """A caller that may less than the service is not served, though it knows the token."""
    assert knock(running, confine) == "closed"


@pytest.mark.skipif(os.geteuid() != 0, reason="becoming another user takes root")
def test_another_user_is_refused_even_where_the_folder_is_open(running: Running):
    """The folder keeps others out; were it open, the kernel's word on who knocks does."""
    folder = running.folder
    assert knock_as_another(folder) == "PermissionError"
    folder.chmod(0o755)
    (folder / "socket").chmod(0o777)
    try:
        with pytest.raises(PermissionError, match="this user alone"):
            place.open_folder(folder)
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
def test_a_folder_of_another_user_is_not_used(classroom: Layout, own: Running):
    """A command gives nothing to a service that somebody else put there; it has its own."""
    own.folder.mkdir(mode=0o700)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as trap:
        trap.bind(str(own.folder / "socket"))
        trap.listen()
        os.chown(own.folder, OTHER_USER, OTHER_USER)
        refused = str(classroom.submitted / "s05" / "tiny" / "tiny.ipynb")  # no servers for it
        done = run(classroom, "score", refused, "--assignment", "tiny")
        assert (done.status, "not graded" in done.output) == (2, True), done
        trap.setblocking(False)
        with pytest.raises(BlockingIOError):
            trap.accept()
    assert run(classroom, "grader").status == 2


def test_a_submission_cannot_reach_it(running: Running, classroom: Layout, tmp_path: Path):
    """A student's code that knows the socket's path finds no way to it, nor a descriptor of it."""
    socket_path = running.folder / "socket"
    assert socket_path.is_socket()
    manifest = load_manifest(classroom, "tiny")
    attack = ATTACK.format(path=str(socket_path), folder=str(running.folder))
    notebook = tmp_path / "attack.ipynb"
    notebook.write_bytes(
        notebook_bytes(
            submission_notebook(manifest, {"size_answer": "size = 3", "twice_answer": attack})
        )
    )
    done = run(classroom, "score", str(notebook), "--assignment", "tiny", "--json")
    assert done.json["points"] == 3, done


def test_servers_hold_no_socket_of_the_service(running: Running):
    """An idle server has its own socket; its children, and those who break in, find no other."""
    (nursery,) = running.process().children()
    servers = nursery.children(recursive=True)
    assert len(servers) >= 2
    for one in servers:
        links = [str(path.readlink()) for path in Path(f"/proc/{one.pid}/fd").iterdir()]
        assert sum(link.startswith("socket:") for link in links) <= 1, links
        assert not [link for link in links if str(running.folder) in link]


def test_the_service_has_no_torch(running: Running):
    """What costs memory is in the nursery alone."""
    maps = Path(f"/proc/{running.process().pid}/maps").read_text()
    assert "libtorch" not in maps


def test_dead_servers_and_a_dead_nursery_are_replaced(
    running: Running, classroom: Layout, tmp_path: Path
):
    """What died while it was idle is noticed: the next job has another."""
    layout = with_fresh_home(classroom, tmp_path / "home")
    grade(layout)
    (nursery,) = running.process().children()
    victims = nursery.children()
    for victim in victims:
        victim.kill()
    psutil.wait_procs(victims, timeout=20)
    assert grade(layout, "--fresh").json["graded"] == STUDENTS
    (nursery,) = running.process().children()
    nursery.kill()
    assert grade(layout, "--fresh").json["graded"] == STUDENTS


def test_a_silent_service_keeps_nobody_waiting(classroom: Layout, own: Running):
    """Where something else listens and says nothing, a command has a service of its own."""
    own.folder.mkdir(mode=0o700)
    (own.folder / "token").write_text("x")
    refused = str(classroom.submitted / "s05" / "tiny" / "tiny.ipynb")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as silent:
        silent.bind(str(own.folder / "socket"))
        silent.listen()
        assert run(classroom, "score", refused, "--assignment", "tiny").status == 2
        connection, _address = silent.accept()
        with connection:
            assert connection.recv(10_000)


def packed(text: bytes, body: int = 0) -> bytes:
    """Return a message of any text."""
    return len(text).to_bytes(4, "big") + body.to_bytes(8, "big") + text


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"nonsense, and more of it",
        packed(b"[]"),
        packed(b"{"),
        packed(b'{"event": "hello"}'),
        packed(b'{"event": "status"}'),
        packed(b"[" * 4_000),
        packed(b"x" * 5_000),
        packed(b'{"event": "hello"}', 2**40),
    ],
)
def test_strangers_do_not_disturb_it(running: Running, said: bytes):
    """Nonsense, too much and hanging up end a connection and nothing else."""
    folder = place.open_folder(running.folder)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as one:
        one.settimeout(20)
        one.connect(place.address_in(folder))
        os.close(folder)
        one.sendall(said)
        one.shutdown(socket.SHUT_WR)
        with contextlib.suppress(ConnectionResetError):
            assert one.recv(1000) == b""
    assert knock(running) == "answered"


@pytest.mark.parametrize(
    ("message", "body"),
    [
        ({"event": "submit"}, b""),
        ({"event": "submit", "order": {}, "items": []}, b""),
        ({"event": "submit", "order": [], "items": 3}, b""),
        ({"event": "cancel"}, b""),
        ({"event": "nothing"}, b""),
    ],
)
def test_a_client_that_talks_nonsense_ends_its_own_connection(
    running: Running, message: dict, body: bytes
):
    """Also one that was let in."""
    with Place(running.folder).connect() as connection:
        connection.settimeout(20)
        protocol.send(connection, message, body)
        with pytest.raises(ConnectionError):
            protocol.receive(connection)
    assert knock(running) == "answered"


def test_a_long_path_is_no_matter(classroom: Layout, tmp_path: Path, monkeypatch):
    """A socket's address has 108 bytes; a folder may have more."""
    folder = tmp_path / ("deep-" * 20) / ("deeper-" * 20)
    monkeypatch.setenv("GRADLAB_SERVICE", str(folder))
    refused = str(classroom.submitted / "s05" / "tiny" / "tiny.ipynb")
    assert run(classroom, "score", refused, "--assignment", "tiny").status == 2
    assert Running(folder).stop() == []
