"""Floods of every kind end the child that makes them, and nothing else."""

from __future__ import annotations

import json
import os
import signal
import socket
import time
from dataclasses import replace

import pytest

from autograder.linux import hugepages, kernel
from autograder.sandbox import ForkServer, server, usage
from autograder.sandbox.child import ChildLimits
from autograder.sandbox.usage import Watches


def small(**changes):
    """Return small limits with changes."""
    from autograder.wire.limits import Limits

    base = Limits(
        cpu_seconds=20,
        memory_bytes=200_000_000,
        processes=24,
        open_files=64,
        scratch_bytes=8_000_000,
    )
    return replace(base, **changes)


def fine(asking):
    """Whether the server still forks children that work."""
    return asking("answer = 6 * 7") == 42


def test_a_memory_bomb_is_named(confined):
    """Growing without end gives `memory`; the server and the next child are fine."""
    _answer, result = confined.both(
        "hoard = []\nwhile True: hoard.append(bytearray(b'x' * 10_000_000))"
    )
    assert result.kind == "memory"
    assert result.peak_memory_bytes > 100_000_000
    assert fine(confined)
    assert confined.server.starts == 1


def test_memory_within_the_limit_is_given(confined):
    """Three quarters of the limit can be used, and are reported as the peak."""
    answer, result = confined.both("x = b'x' * 150_000_000; answer = len(x)")
    assert (answer, result.kind) == (150_000_000, "exited")
    assert 140_000_000 < result.peak_memory_bytes < 200_000_000


def test_memory_of_descendants_counts(confined):
    """Children of the child cannot each take the whole limit."""
    _answer, result = confined.both(
        """
        import time
        for _ in range(8):
            if os.fork() == 0:
                x = b"x" * 60_000_000
                time.sleep(60)
        time.sleep(60)
        """
    )
    assert result.kind == "memory"
    assert fine(confined)


def test_an_endless_loop_is_stopped_for_processor_time(confined):
    """A loop ends as `cpu` soon after its seconds."""
    started = time.monotonic()
    _answer, result = confined.both("while True: pass", small(cpu_seconds=1.0))
    assert result.kind == "cpu"
    assert 0.9 < result.cpu_seconds < 3
    assert time.monotonic() - started < 30


def test_processor_time_of_descendants_counts(confined):
    """Spreading a loop over processes does not give more processor time."""
    _answer, result = confined.both(
        """
        for _ in range(3):
            if os.fork() == 0:
                while True: pass
        import time
        time.sleep(100)
        """,
        small(cpu_seconds=1.0),
    )
    assert result.kind == "cpu"
    assert result.cpu_seconds < 3


SPINNERS = """
import time
end = time.monotonic() + 3
for _ in range(20):
    if os.fork() == 0:
        os.setsid()
        while time.monotonic() < end: pass
        os._exit(0)
os.write(fds[0], b" ")
for _ in range(20):
    os.wait()
times = os.times()
answer = (times.children_user + times.children_system) / 3
"""
VICTIM = """
import time
end, before = time.monotonic() + 2, time.process_time()
while time.monotonic() < end: pass
answer = (time.process_time() - before) / 2
"""


def test_many_processes_do_not_slow_a_neighbour(confined):
    """Twenty busy processes of one server leave another server's child its share."""
    with ForkServer(confined.server.launch) as other:
        process, read = type(confined)(other).start(SPINNERS)
        assert os.read(read, 1) == b" "
        victim = confined(VICTIM)
        process.wait(time.monotonic() + 60)
        attackers = json.loads(os.read(read, 100))
        os.close(read)
    print("processors: attackers", attackers, "victim", victim)
    assert attackers > 0.1
    assert attackers < 6 * victim  # without shares it is twenty times as much


def test_a_fork_bomb_stays_small(confined):
    """No more processes than allowed exist at once, and all of them end with the first."""
    answer, _result = confined.both(
        """
        import time
        count = 0
        try:
            while True:
                if os.fork() == 0:
                    time.sleep(100)
                count += 1
        except OSError as error:
            answer = [count, type(error).__name__]
        """
    )
    assert answer == [23, "BlockingIOError"]
    assert fine(confined)


def test_a_thread_bomb_stays_small(confined):
    """Threads count as processes."""
    answer = confined(
        """
        import threading, time
        count = 0
        try:
            while True:
                threading.Thread(target=time.sleep, args=(100,), daemon=True).start()
                count += 1
        except RuntimeError:
            os.write(fds[0], str(count).encode())
            os._exit(0)
        """
    )
    assert answer == 23


def test_the_scratch_cannot_be_flooded(confined):
    """Bytes and files in the scratch are limited, all its folders together."""
    answer = confined(
        """
        written = 0
        try:
            for index in range(100):
                with open(f"/tmp/{index}" if index % 2 else str(index), "wb") as file:
                    file.write(b"x" * 1_000_000)
                written += 1
        except OSError as error:
            answer = [written, error.errno]
        """
    )
    assert answer == [7, 28] or answer == [8, 28]
    files = confined(
        """
        count = 0
        try:
            while True:
                open(f"f{count}", "w").close()
                count += 1
        except OSError:
            answer = count
        """
    )
    assert 10_000 < files < 20_000
    assert fine(confined)


def test_descriptors_cannot_be_flooded(confined):
    """A process has no more descriptors than allowed."""
    answer = confined(
        """
        held = []
        try:
            while True:
                held.append(os.dup(0))
        except OSError as error:
            answer = [len(held), error.errno]
        for fd in held:
            os.close(fd)
        """
    )
    assert answer == [60, 24]


def test_a_trusted_child_has_limits_too(trusted):
    """The check process is stopped for processor time and for memory."""
    _answer, result = trusted.both("while True: pass", small(cpu_seconds=1.0))
    assert result.kind == "cpu"
    _answer, result = trusted.both(
        "hoard = []\nwhile True: hoard.append(bytearray(b'x' * 1_000_000))"
    )
    assert result.kind == "memory"


def test_the_watcher_alone_finds_a_bomb():
    """Where there is no control group, resident memory of the whole tree is measured."""
    limits = ChildLimits(20, 50_000_000, 10, 64, 1_000_000)
    inherited = usage.private_bytes(os.getpid())
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        if os.fork() == 0:
            hoard = bytearray(b"x" * 120_000_000)
            os.write(write, b"%d" % len(hoard))
        signal.pause()
        os._exit(0)
    try:
        watch = usage.Watch(limits, None, inherited, alone=True)
        watch.started(pid)
        os.read(read, 20)
        assert watch.exceeded() == "memory"
        assert watch.peak_bytes(0) > 100_000_000
    finally:
        for each in reversed(usage.process_tree(pid)):
            os.kill(each, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(read)
        os.close(write)


def test_the_watcher_leaves_inherited_memory_out():
    """A fork that does nothing is far below any limit, whatever its parent holds."""
    ballast = bytearray(b"x" * 100_000_000)
    inherited = usage.private_bytes(os.getpid())
    pid = os.fork()
    if pid == 0:
        signal.pause()
        os._exit(len(ballast) and 0)
    try:
        assert usage.added_bytes(pid, inherited, 0) < 30_000_000
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def test_only_whole_private_pages_become_huge():
    """Ranges are cut to huge pages; files, shared and read-only memory stay out."""
    maps = "\n".join(  # noqa: FLY002 - a table reads better than one string
        [
            "00100000-00700000 rw-p 00000000 00:00 0 ",
            "00800000-00a00000 rw-p 00000000 00:00 0    [heap]",
            "00c00000-01000000 rw-p 00000000 08:01 77   /lib/x.so",
            "01000000-01400000 rw-s 00000000 00:00 0 ",
            "01400000-01800000 r--p 00000000 00:00 0 ",
            "7ff000000000-7ff000400000 rw-p 00000000 00:00 0    [stack]",
        ]
    )
    assert hugepages.anonymous_ranges(maps) == [(0x200000, 0x600000), (0x800000, 0xA00000)]


def test_what_got_no_huge_page_is_tried_again(monkeypatch: pytest.MonkeyPatch):
    """Until the kernel has none; each try ends with the first that fails."""
    asked = []

    def collapse(place: int, _length: int) -> bool:
        asked.append(place)
        return place != 2

    monkeypatch.setattr(kernel, "collapse_memory", collapse)
    left = [1, 2, 3, 4]
    assert hugepages.use_more(left)
    assert (asked, left) == ([4, 3, 2], [1, 2])
    assert not hugepages.use_more(left)
    assert left == [1, 2]


def test_a_server_tries_again_while_nobody_asks(monkeypatch: pytest.MonkeyPatch):
    """As long as memory is left in small pages, and less often each time that none is had."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    small = [1, 2]
    waited, held = [], []

    def use_more(left: list[int]) -> bool:
        waited.append(made._idle_seconds)
        if len(waited) < 3:
            return False
        left.clear()
        ours.close()  # nobody will ask any more
        return True

    watches = Watches(None)
    monkeypatch.setattr(server, "FIRST_TRY_SECONDS", 0.001)
    monkeypatch.setattr(hugepages, "use_more", use_more)
    monkeypatch.setattr(watches, "hold_anew", lambda: held.append(True))
    made = server.Server(theirs, None, lambda *_: None, None, None, watches, small)
    made.serve()
    theirs.close()
    assert waited == [0.001, 0.002, 0.004]
    assert held == [True]
