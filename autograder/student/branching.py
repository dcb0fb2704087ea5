"""Branching: a process stays as it is after a graded cell, and its child runs the cells below.

The parent is the *branch*: it sleeps until the first question on a channel of its own, which comes
after the last cell or a death below. Branches wake in the order opposite to that of their making.

What it guarantees:

- Nothing that runs below is seen in a branch: it takes no signal, its memory cannot be opened
  (`/proc/<pid>/mem`), and files in the scratch folder are what they were.
- A branch that wakes first ends every process but the branches above it, and waits for their end.
- What cannot be branched faithfully is not: live threads, child processes, open files, shared
  memory and GPUs are had once. The trusted side then runs the cells again up to the graded one.
- The child goes on as if nothing had happened: Python's own generator is not seeded anew, and no
  callback for forks is called.

What it does not do: keep a branch from being killed or stopped. That gains nothing: the cells run
again up to the graded one.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import time
from typing import Final

from autograder.linux import kernel
from autograder.student.scratch import Scratch

_END_SECONDS: Final = 5.0  # for what was killed to be gone


class Branching:
    """What this process knows of its branches."""

    def __init__(self) -> None:
        self._above: list[int] = []  # the branches made so far, all of them ancestors
        self._descriptors = _descriptors()
        self._scratch = Scratch.own()
        self._asleep: bytes | None = None  # which signals were blocked before

    def forbidden(self, *ours: int) -> str:
        """Return why this process cannot be in two states at once; empty when it can.

        Args:
            ours: descriptors that are not the student's.
        """
        torch = sys.modules.get("torch")
        if torch is not None and torch.cuda.is_initialized():
            return "it uses a GPU"
        status = _read("/proc/self/status")  # the name in it is the student's to choose
        if _number(status, b"Threads:") > 1:
            return "it has live threads"
        if _number(status, b"RssShmem:") > 0:
            return "it has shared memory"
        with contextlib.suppress(ChildProcessError):
            os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            return "it has child processes"
        if _descriptors() - self._descriptors - {*ours}:
            return "it has open files"
        return ""

    def fork(self) -> bool:
        """Go on in a child, while this process becomes a branch.

        Returns:
            Whether this is the branch, which is then to wait for its first question and `wake`.

        Raises:
            OSError: there is no room for another process.
            ScratchError: the scratch folder cannot be kept as it is.
        """
        if self._scratch is not None:
            self._scratch.keep()
        parent = os.getpid()
        self._asleep = kernel.block_signals()
        kernel.prctl(kernel.PR_SET_DUMPABLE, 0)  # before there is anybody who could be quicker
        try:
            child = kernel.fork()
        except OSError:
            self._resume()
            raise
        if child:
            return True
        self._resume()
        self._above.append(parent)
        with contextlib.suppress(OSError):
            os.setpgid(0, 0)
        return False

    def wake(self) -> None:
        """Be the one process that runs, in the state in which this branch was made.

        Raises:
            OSError: something lives on, or the files cannot be put back.
        """
        if self._asleep is None:
            return
        self.end_others()
        for number in signal.sigpending():  # sent from below, to nobody who could take it
            handler = signal.getsignal(number)
            if handler is not None:
                signal.signal(number, signal.SIG_IGN)
                signal.signal(number, handler)
        if self._scratch is not None:
            self._scratch.put_back()
        self._resume()

    def end_others(self) -> None:
        """Kill what runs besides this process and the branches above, and wait until it is gone.

        Raises:
            OSError: something lives on.
        """
        known = {os.getpid(), *self._above}
        seen: set[int] = set()
        while found := set(_processes(known)) - seen - known:
            for pid in found:  # stopped first: what only dies makes room for others to fork
                _kill(pid, signal.SIGSTOP)
            seen |= found
        for pid in seen:
            _kill(pid, signal.SIGKILL)
        end = time.monotonic() + _END_SECONDS
        for pid in seen:
            _wait(pid, end)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                continue

    def _resume(self) -> None:
        kernel.prctl(kernel.PR_SET_DUMPABLE, 1)
        if self._asleep is not None:
            kernel.restore_signals(self._asleep)
            self._asleep = None


def _processes(known: set[int]) -> list[int]:
    """Return all processes of our own namespace; where there is none, our descendants."""
    if 1 in known:
        return [int(name) for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208
    tree = [os.getpid()]
    for pid in tree:
        with contextlib.suppress(OSError):
            for task in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208
                tree += map(int, _read(f"/proc/{pid}/task/{task}/children").split())
    return tree


def _read(path: str) -> bytes:
    """Return a short file of the kernel's."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return os.read(descriptor, 1 << 16)
    finally:
        os.close(descriptor)


def _kill(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def _wait(pid: int, end: float) -> None:
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        if not poll.poll(max(0.0, end - time.monotonic()) * 1000):
            raise TimeoutError(f"process {pid} lives on")
    finally:
        os.close(descriptor)


def _descriptors() -> frozenset[int]:
    """Return the descriptors that are open."""
    found = set()
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208
        with contextlib.suppress(OSError):  # the listing's own is closed by now
            os.fstat(int(name))
            found.add(int(name))
    return frozenset(found)


def _number(status: bytes, name: bytes) -> int:
    return int(status.partition(b"\n" + name)[2].split(maxsplit=1)[0])
