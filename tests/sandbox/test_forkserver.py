"""The handle: what it starts, kills, waits for, restarts and leaves behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from autograder.linux import priority
from autograder.sandbox import ForkServer, IsolationRefused, SandboxError, ServerFailed, usage

from .conftest import Asking

LIVES = "import time\nos.write(fds[0], b'\"up\"')\ntime.sleep(100)"
SOON = 30.0


def groups(pid):
    """Return the control groups of the server whose supervisor is `pid`."""
    return set(Path("/sys/fs/cgroup").rglob(f"gradlab-*-{pid}-*"))


def descriptors(pid="self"):
    """Return the open descriptors of a process."""
    return {entry.name for entry in Path(f"/proc/{pid}/fd").iterdir()}


def until(condition):
    """Wait, with a deadline, for something that another process does."""
    deadline = time.monotonic() + SOON
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_exit_codes_and_signals_are_told(trusted, confined):
    """A child's own end is reported as it was, on both sides."""
    for asking in (trusted, confined):
        assert asking.both("import sys; sys.exit(3)")[1].code == 3
        assert asking.both("os._exit(0)")[1].kind == "exited"
        assert asking.both("import ctypes; ctypes.string_at(0)")[1].code == -signal.SIGSEGV
    assert trusted.both("os.kill(os.getpid(), 15)")[1].kind == "signalled"


def test_a_killed_child_is_told_from_others(trusted, confined):
    """`kill` ends a sleeping child at once, as `killed`."""
    for asking in (trusted, confined):
        process, read = asking.start(LIVES)
        assert os.read(read, 10) == b'"up"'
        with pytest.raises(TimeoutError):
            process.wait(time.monotonic() + 0.05)
        process.kill()
        assert process.wait(time.monotonic() + SOON).kind == "killed"
        assert process.wait().kind == "killed"
        os.close(read)


def test_a_large_payload_and_several_descriptors_arrive(trusted, confined):
    """Megabytes of payload and many descriptors arrive in order."""
    for asking in (trusted, confined):
        filler = "x" * 3_000_000
        assert asking(f"text = '{filler}'\nanswer = len(text)") == 3_000_000
        pipes = [os.pipe() for _ in range(8)]
        code = b"for index, fd in enumerate(fds): os.write(fd, b'%d' % index)"
        from autograder.wire.limits import Limits

        process = asking.server.spawn(code, [write for _read, write in pipes], Limits())
        process.wait(time.monotonic() + SOON)
        for index, (read, write) in enumerate(pipes):
            os.close(write)
            # the entry point itself answers `null` on the first
            assert os.read(read, 10).startswith(b"%d" % index)
            os.close(read)


def test_a_daemon_does_not_outlive_its_submission(confined):
    """A double fork with setsid, ignoring signals, is gone when the child is."""
    before = set(usage.process_tree(os.getpid()))
    confined(
        """
        import signal, time
        if os.fork() == 0:
            os.setsid()
            for number in (1, 2, 15):
                signal.signal(number, signal.SIG_IGN)
            if os.fork() == 0:
                time.sleep(1000)
            os._exit(0)
        """
    )
    assert set(usage.process_tree(os.getpid())) <= before


def test_signals_to_everything_reach_nobody_else(confined):
    """kill(-1) and signals to every number hit only the child's own processes."""
    neighbour, read = confined.start(LIVES)
    os.read(read, 10)
    answer = confined(
        """
        import signal
        sent = 0
        for pid in [-1, 0, *range(2, 40_000)]:
            try:
                if pid:
                    os.kill(pid, signal.SIGKILL)
                    sent += 1
            except OSError:
                pass
        answer = sent
        """
    )
    assert answer == 0
    with pytest.raises(TimeoutError):
        neighbour.wait(time.monotonic() + 0.05)
    neighbour.close()
    os.close(read)
    assert confined.server.starts == 1


def test_the_warm_server_is_out_of_reach(confined):
    """Neither /proc nor a descriptor nor a signal nor ptrace leads to the server."""
    answer = confined(
        """
        import ctypes
        libc = ctypes.CDLL(None, use_errno=True)
        answer = [os.getppid(), libc.ptrace(16, 1, 0, 0), os.path.exists("/proc/2")]
        """
    )
    assert answer == [0, -1, False]


def test_two_children_are_strangers(confined):
    """Two children of one server share no process, file, socket name or memory segment."""
    first, read = confined.start(
        """
        import mmap, socket, time
        s = socket.socket(socket.AF_UNIX); s.bind("\\0meeting"); s.listen()
        open("/dev/shm/segment", "w").write("x"); open("/tmp/file", "w").write("x")
        os.write(fds[0], b'"up"')
        time.sleep(100)
        """
    )
    os.read(read, 10)
    answer = confined(
        """
        import socket
        answer = [os.listdir("/dev/shm"), os.path.exists("/tmp/file"), len(os.listdir("/proc"))]
        s = socket.socket(socket.AF_UNIX)
        try:
            s.connect("\\0meeting")
            answer.append("met")
        except OSError as error:
            answer.append("stranger")
        """
    )
    first.close()
    os.close(read)
    assert answer == [[], False, 3, "stranger"]


def test_a_dead_server_is_started_again(confined):
    """Killing the server ends its child as `lost`; the next spawn has a new server."""
    with ForkServer(confined.server.launch) as server:
        asking = type(confined)(server)
        process, read = asking.start(LIVES)
        os.read(read, 10)
        for pid in reversed(usage.process_tree(server._program.pid)):
            os.kill(pid, signal.SIGKILL)
        assert process.wait(time.monotonic() + SOON).kind in ("lost", "signalled")
        os.close(read)
        assert asking("answer = 1") == 1
        assert server.starts == 2


def test_a_handle_that_is_let_go_ends_its_child(confined):
    """When the status socket of a child closes, the child is killed."""
    process, read = confined.start(LIVES)
    os.read(read, 10)
    process._status.close()
    assert os.read(read, 10) == b""
    os.close(read)
    os.close(process._pidfd)


def test_closing_leaves_nothing_behind(confined):
    """200 spawns, some killed, leave no process, mount, group or descriptor."""
    mounts = Path("/proc/self/mountinfo").read_text()
    processes = set(usage.process_tree(os.getpid()))
    before = descriptors()
    with ForkServer(confined.server.launch) as server:
        asking = type(confined)(server)
        supervisor = server._program.pid
        inside = [descriptors(pid) for pid in usage.process_tree(supervisor)]
        assert len(inside) == 3  # supervisor, builder, warm server
        for index in range(200):
            process, read = asking.start("answer = 1" if index % 4 else LIVES)
            if index % 4 == 0:
                process.kill()
            process.wait(time.monotonic() + SOON)
            os.close(read)
        # the last status socket is closed just after its last message was sent
        until(lambda: [descriptors(pid) for pid in usage.process_tree(supervisor)] == inside)
        assert server.starts == 1
    assert set(usage.process_tree(os.getpid())) <= processes  # others may have ended meanwhile
    assert descriptors() == before
    assert Path("/proc/self/mountinfo").read_text() == mounts
    assert groups(supervisor) == set()


OWNER = """
import json, os, sys, time
sys.path.insert(0, {here!r})
from autograder.sandbox import ForkServer
import importlib.util
spec = importlib.util.spec_from_file_location("sandbox_conftest", {here!r} + "/conftest.py")
conftest = importlib.util.module_from_spec(spec); spec.loader.exec_module(conftest)
server = ForkServer(conftest.launch(allow={allow!r})); server.start()
process, read = conftest.Asking(server).start({code!r})
os.read(read, 10)
from autograder.sandbox.usage import process_tree
print(json.dumps(process_tree(os.getpid())), flush=True)
time.sleep(100)
"""


def lives(pid):
    """Whether a process runs; one that ended and waits to be buried, by whomever, does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.parametrize("allow", ["full", None])
def test_the_death_of_the_owner_ends_everything(allow):
    """SIGKILL to the process that holds the handle leaves no process and no group."""
    here = str(Path(__file__).parent)
    program = OWNER.format(here=here, allow=allow, code=LIVES)
    owner = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    tree = json.loads(owner.stdout.readline())
    assert len(tree) >= 3
    owner.kill()
    owner.wait()
    owner.stdout.close()
    until(lambda: not any(lives(pid) for pid in tree))
    until(lambda: not any(groups(pid) for pid in tree))


def test_any_thread_may_start_and_spawn(confined):
    """The server survives the thread that started it, and threads may spawn at once."""
    server = ForkServer(confined.server.launch)
    starter = threading.Thread(target=server.start)
    starter.start()
    starter.join()
    asking = type(confined)(server)
    answers = []
    threads = [
        threading.Thread(target=lambda n=n: answers.append(asking(f"answer = {n}")))
        for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == list(range(8))
    assert server.starts == 1
    server.close()


def test_warming_happens_once_and_is_inherited(trusted, confined):
    """`warm` is called with the argument before the first fork; children see its effects."""
    for asking in (trusted, confined):
        launch = replace(asking.server.launch, argument="hello")
        with ForkServer(launch) as server:
            assert type(asking)(server)("answer = STATE['warmed']") == "hello"


def test_a_server_that_cannot_get_warm_says_why(confined, trusted):
    """The exception of `warm` is in the error's message."""
    for asking in (trusted, confined):
        launch = replace(asking.server.launch, argument="fail")
        with pytest.raises(ServerFailed, match="cannot get warm"):
            ForkServer(launch).start()


def test_confinement_needs_limits(confined):
    """A confined child without limits is a mistake of ours."""
    with pytest.raises(SandboxError, match="limits"):
        confined.server.spawn(b"", [], None)


def test_levels_are_named(confined, trusted):
    """A confined server is full here, a trusted one has no isolation."""
    assert confined.server.level == "full"
    assert trusted.server.level == "none"
    print(confined.server.layers)


def test_an_unknown_level_is_refused(confined, monkeypatch):
    """GRADLAB_ISOLATION takes three words only."""
    monkeypatch.setenv("GRADLAB_ISOLATION", "some")
    with pytest.raises(IsolationRefused, match="some"):
        type(confined.server.launch.isolation)(confined.server.launch.isolation.policy)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give each server its own user")
def test_what_is_counted_by_user_is_not_missing_for_another_server(confined):
    """Descriptors under way in sockets, as many as one user may have."""
    hoard, read = confined.start(
        """
        import array, socket, time
        ours, theirs = socket.socketpair()
        many = array.array("i", [fds[0]] * 200)
        ours.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, many)])
        os.write(fds[0], b'"up"')
        time.sleep(100)
        """
    )
    os.read(read, 10)
    ask = """
        import socket
        ours, theirs = socket.socketpair()
        try:
            socket.send_fds(ours, [b"x"], [fds[0]])
            answer = "sent"
        except OSError as error:
            answer = str(error)
    """
    same = confined(ask)
    with ForkServer(confined.server.launch) as other:
        elsewhere = type(confined)(other)(ask)
    hoard.close()
    os.close(read)
    assert "Too many references" in same  # the same user: it is the user that is counted
    assert elsewhere == "sent"


def test_a_server_that_gives_way_is_lowered_with_all_that_it_forks(confined):
    """Those that run, their threads, and those that come; it stays so after a new start."""
    ours = os.getpriority(os.PRIO_PROCESS, 0)
    lowered = min(19, ours + priority.NICE)
    code = (
        "import threading, time\n"
        "def wait():\n"
        f"    while os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) != {lowered}:\n"
        "        time.sleep(0.01)\n"
        "thread = threading.Thread(target=wait)\n"
        "thread.start()\n"
        "os.write(fds[0], b'\"up\"')\n"
        "thread.join()\n"
        "wait()"
    )
    with ForkServer(confined.server.launch) as server:
        asking = Asking(server)
        niceness = "answer = os.getpriority(os.PRIO_PROCESS, 0)"
        assert asking(niceness) == ours
        process, read = asking.start(code)
        assert os.read(read, 10) == b'"up"'
        server.give_way()
        assert process.wait(time.monotonic() + SOON).code == 0
        os.close(read)
        assert asking(niceness) == lowered
        server.close()
        assert asking(niceness) == lowered
