"""Branching: a process stays as it is after a graded cell, and its child runs the cells below.

The parent is the *branch*: it sleeps until the first question on a channel of its own, which comes
after the last cell or a death below. Branches wake in the order opposite to that of their making.

What it guarantees:

- Nothing that runs below is seen in a branch: it takes no signal, its memory cannot be opened
  (`/proc/<pid>/mem`), and files in the scratch folder are what they were.
- A branch that wakes first ends every process but the branches above it, and waits for their end.
- What cannot be branched faithfully is not: live threads, child processes, open files, shared
  memory and GPUs are had once. The trusted side then runs the cells again up to the graded one.
- The child goes on as if nothing had happened: Python's own generator, which a fork seeds anew, is
  put back.

What it does not do: keep a branch from being killed or stopped. That gains nothing: the cells run
again up to the graded one.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import random
import select
import signal
import sys
import time
from pathlib import Path
from typing import Final

from autograder.student.scratch import Scratch

_SET_DUMPABLE: Final = 4  # of prctl
_END_SECONDS: Final = 5.0  # for what was killed to be gone
_prctl = ctypes.CDLL(None).prctl


class Branching:
    """What this process knows of its branches."""

    def __init__(self) -> None:
        self._above: list[int] = []  # the branches made so far, all of them ancestors
        self._descriptors = _descriptors()
        self._scratch = Scratch.own()
        self._asleep: set[int] | None = None  # the signals that were blocked before

    def forbidden(self, *ours: int) -> str:
        """Return why this process cannot be in two states at once; empty when it can.

        Args:
            ours: descriptors that are not the student's.
        """
        torch = sys.modules.get("torch")
        if torch is not None and torch.cuda.is_initialized():
            return "it uses a GPU"
        status = Path("/proc/self/status").read_bytes()  # the name in it is the student's to choose
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
        drawn = random.getstate()
        parent = os.getpid()
        self._asleep = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        _set_dumpable(yes=False)  # before there is anybody who could be quicker
        try:
            child = os.fork()
        except OSError:
            self._resume()
            raise
        if child:
            return True
        self._above.append(parent)
        with contextlib.suppress(OSError):
            os.setpgid(0, 0)
        random.setstate(drawn)
        self._resume()
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
        _set_dumpable(yes=True)
        if self._asleep is not None:
            signal.pthread_sigmask(signal.SIG_SETMASK, self._asleep)
            self._asleep = None


def _processes(known: set[int]) -> list[int]:
    """Return all processes of our own namespace; where there is none, our descendants."""
    if 1 in known:
        return [int(name) for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208
    tree = [os.getpid()]
    for pid in tree:
        with contextlib.suppress(OSError):
            for task in Path(f"/proc/{pid}/task").iterdir():
                tree += map(int, (task / "children").read_text().split())
    return tree


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


def _set_dumpable(*, yes: bool) -> None:
    _prctl(_SET_DUMPABLE, int(yes), 0, 0, 0)
