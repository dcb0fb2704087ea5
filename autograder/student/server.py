"""The student's process: entry points of the fork server, and the loop that answers questions.

What it guarantees:

- `warm` imports and prepares everything that is slow, once, without starting a thread.
- `serve` answers each question on its channel, in order, until the channel closes: cells that it
  runs, each with an answer of its own, then questions about the namespace that they left.
- A branch is a fork: what happens in it is not seen by later branches, and ending it kills it.

What it does not do: guard anything. Student code can do here whatever the process can; the sandbox
around it and the trusted half of `autograder.wire` are the boundary.
"""

from __future__ import annotations

import contextlib
import fcntl
import gc
import itertools
import json
import os
import signal
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from autograder.student.alarm import Alarm
from autograder.student.notebook import Notebook, seed_everything
from autograder.student.objects import Objects
from autograder.student.shell import GradingShell
from autograder.wire.channel import Channel
from autograder.wire.errors import Untransferable, WireError
from autograder.wire.exchange import VERSION
from autograder.wire.limits import Limits

COURSE_FILES = Path("/course")
_HIGH_DESCRIPTOR = 100  # out of the way of small numbers that code closes or dups by mistake


def warm(argument: str = "") -> None:
    """Import and prepare what every submission needs; called once, before the first fork.

    Args:
        argument: JSON list of the libraries that the notebooks import; empty for the usual ones.
    """
    from autograder.student import preparation

    preparation.prepare(json.loads(argument) if argument else preparation.USUAL)


def serve(fds: list[int], payload: bytes = b"") -> None:  # noqa: ARG001 - as above
    """Serve one submission on the channel `fds[0]` until it closes.

    Args:
        fds: descriptors that this process got; the first is the main channel.
        payload: unused.
    """
    channel = _channel(fds[0])
    shell = GradingShell.make()
    capture = shell.capture
    capture.install()
    alarm = shell.alarm = Alarm(capture.tick)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    _link_course_files()
    if "" not in sys.path:
        sys.path.insert(0, "")  # as in a notebook: modules beside it can be imported
    with contextlib.suppress(WireError):
        _Server(channel, shell, alarm).loop()


class _Server:
    def __init__(self, channel: Channel, shell: GradingShell, alarm: Alarm) -> None:
        self._channel = channel
        self._shell = shell
        self._alarm = alarm
        self._objects = Objects(shell, alarm, channel)
        self._branches: set[int] = set()
        self._ended: list[int] = []
        self._frozen = False

    def loop(self) -> None:
        """Answer until the channel closes."""
        while True:
            question, descriptors = self._channel.receive_with_descriptors(None)
            for answer in self._answers(question, descriptors):
                _reply(self._channel, question, answer)
            for descriptor in descriptors:
                with contextlib.suppress(OSError):
                    os.close(descriptor)

    def _answers(
        self, question: dict[str, Any], descriptors: list[int]
    ) -> Iterable[dict[str, Any]]:
        """Return the answers to a question: one; for cells one more, then each cell's."""
        if question["op"] == "cells":
            limits = Limits.from_mapping(question["limits"])
            notebook = Notebook(self._shell, self._alarm, limits)
            seed_everything(question["seed"])
            begun = {"status": "ok", "version": VERSION}
            return itertools.chain([begun], notebook.run_cells(question["sources"]))
        return [self._answer(question, descriptors)]

    def _answer(self, question: dict[str, Any], descriptors: list[int]) -> dict[str, Any]:
        operation = question["op"]
        if operation == "branch" and descriptors:
            return self._branch(descriptors[0], question["seed"])
        if operation == "end":
            return self._end(question["branch"])
        return self._objects.answer(question)

    def _branch(self, descriptor: int, seed: int) -> dict[str, Any]:
        if not self._frozen:
            self._frozen = True
            gc.freeze()  # so that a collection in a branch does not touch, and copy, every page
        self._reap()
        child = os.fork()
        if child == 0:
            try:
                os.setpgid(0, 0)
                self._channel.close()
                serve_branch(os.dup(descriptor), self._shell, self._alarm, seed)
            finally:
                os._exit(0)
        self._branches.add(child)
        return {"status": "ok", "branch": child}

    def _end(self, child: int) -> dict[str, Any]:
        if child in self._branches:
            self._branches.discard(child)
            for kill, number in ((os.kill, child), (os.killpg, child)):
                with contextlib.suppress(OSError):
                    kill(number, signal.SIGKILL)
            if os.getpid() == 1:  # of a namespace of its own: nothing may outlive a branch
                with contextlib.suppress(OSError):
                    os.kill(-1, signal.SIGKILL)
            self._ended.append(child)
            self._shell.capture.tick()
        return {"status": "ok"}

    def _reap(self) -> None:
        """Bury branches that were killed; their deaths take time that nobody has to wait for."""
        for child in [*self._ended]:
            with contextlib.suppress(OSError):
                if os.waitpid(child, os.WNOHANG)[0] == 0:
                    continue
            self._ended.remove(child)


def serve_branch(descriptor: int, shell: GradingShell, alarm: Alarm, seed: int) -> None:
    """Answer questions about the namespace on a channel until it closes."""
    channel = _channel(descriptor)
    objects = Objects(shell, alarm, channel)
    objects.renew(seed)
    with contextlib.suppress(WireError):
        while True:
            question = channel.receive(None)
            _reply(channel, question, objects.answer(question))


def _reply(channel: Channel, question: dict[str, Any], answer: dict[str, Any]) -> None:
    try:
        channel.send({"id": question["id"], **answer})
    except Untransferable as error:  # many outputs, or one monstrous one
        channel.send(
            {
                "id": question["id"],
                **answer,
                "outputs": [],
                "value": b"",
                "note": f"its outputs could not be sent: {error}",
            }
        )


def _channel(descriptor: int) -> Channel:
    try:
        high = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, _HIGH_DESCRIPTOR)
    except OSError:  # few descriptors are allowed
        os.set_inheritable(descriptor, False)
        return Channel.from_descriptor(descriptor)
    os.close(descriptor)
    return Channel.from_descriptor(high)


def _link_course_files() -> None:
    try:
        names = os.listdir(COURSE_FILES)  # noqa: PTH208  # one system call, most often none of use
    except OSError:
        return
    for name in names:
        with contextlib.suppress(OSError):
            Path(name).symlink_to(COURSE_FILES / name)
