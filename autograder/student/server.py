"""The student's process: entry points of the fork server, and the loop that answers questions.

What it guarantees:

- `warm` imports and prepares everything that is slow, once, without starting a thread.
- `serve` answers each question on its channel, in order, until the channel closes: cells that it
  runs, each with an answer of its own, then questions about the namespace that they left.
- After a cell for which a channel was sent the process becomes a *branch*, which answers on that
  channel, and its child runs the cells below (`autograder.student.branching`).
- A fork that is asked for answers on a channel, too: what happens in it is seen nowhere else, and
  ending it ends all that it started.

What it does not do: guard anything. Student code can do here whatever the process can; the sandbox
around it and the trusted half of `autograder.wire` are the boundary.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from autograder.student.alarm import Alarm
from autograder.student.branching import Branching
from autograder.student.notebook import Notebook, seed_everything
from autograder.student.objects import Objects
from autograder.student.shell import GradingShell
from autograder.student.tracebacks import name_of
from autograder.wire.channel import Channel
from autograder.wire.errors import Untransferable, WireError
from autograder.wire.exchange import VERSION
from autograder.wire.limits import Limits

COURSE_FILES = Path("/course")
_HIGH_DESCRIPTOR = 100  # out of the way of small numbers that code closes or dups by mistake
_MOST_NAMES = 2_000
_LONG = 100


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
        self._branching = Branching()

    def loop(self) -> None:
        """Answer until the channel closes."""
        while True:
            question, descriptors = self._channel.receive_with_descriptors(None)
            self._branching.wake()
            if question["op"] == "cells":
                self._run(question)
            else:
                _reply(self._channel, question, self._answer(question, descriptors))
            for descriptor in descriptors:
                with contextlib.suppress(OSError):
                    os.close(descriptor)

    def _run(self, question: dict[str, Any]) -> None:
        """Run cells, answer for each, and become a branch after those that are to have one."""
        limits = Limits.from_mapping(question["limits"])
        notebook = Notebook(self._shell, self._alarm, limits)
        sources, branching = question["sources"], question["branching"]
        seed_everything(question["seed"])
        if not question["figures"]:
            self._shell.draw_no_figures()
        _reply(self._channel, question, {"status": "ok", "version": VERSION})
        for answer in notebook.run_cells(sources):
            is_last = answer["cell"] == len(sources) - 1
            if is_last:
                answer["names"] = self._names()
            _reply(self._channel, question, answer)
            if answer["cell"] in branching:
                _, (descriptor,) = self._channel.receive_with_descriptors(None)
                self._become_branch(descriptor, is_last=is_last)

    def _become_branch(self, descriptor: int, *, is_last: bool) -> None:
        """Answer on another channel from now on, while a child goes on with the cells below.

        After the last cell there is nothing to go on with. Where branching is not possible nobody
        answers on that channel.
        """
        if not is_last and not self._branch(descriptor):
            os.close(descriptor)
            return
        self._move_to(descriptor)
        self._end_here()

    def _branch(self, descriptor: int) -> bool:
        """Go on in a child; tell whether this is the process that stays."""
        try:
            return not self._branching.forbidden(descriptor) and self._branching.fork()
        except Exception:  # noqa: BLE001 - what the student's code made of Python may not work
            return False

    def _move_to(self, descriptor: int) -> None:
        """Answer on another channel from now on; it takes the place of the present one."""
        os.dup2(descriptor, self._channel.fileno(), inheritable=False)
        os.close(descriptor)

    def _end_here(self) -> None:
        """Serve on the present channel until it closes, then end."""
        try:
            with contextlib.suppress(WireError, OSError):
                self.loop()
        finally:
            os._exit(0)

    def _names(self) -> list[str]:
        """Return the names that the cells left."""
        hidden = self._shell.user_ns_hidden
        names = [name for name in self._shell.user_ns if type(name) is str and name not in hidden]
        return [name for name in names if name.isidentifier() and len(name) < _LONG][:_MOST_NAMES]

    def _answer(self, question: dict[str, Any], descriptors: list[int]) -> dict[str, Any]:
        operation = question["op"]
        if operation == "fork" and descriptors:
            return self._make_fork(descriptors[0], question["seed"])
        if operation == "end-fork":
            self._branching.end_others()
            self._shell.capture.tick()
            return {"status": "ok"}
        return self._objects.answer(question)

    def _make_fork(self, descriptor: int, seed: int) -> dict[str, Any]:
        try:
            forbidden = self._branching.forbidden(self._channel.fileno(), descriptor)
            child = -1 if forbidden else os.fork()
        except Exception as error:  # noqa: BLE001 - as above; or there is no room for a process
            forbidden = name_of(error)
        if forbidden:
            return {"status": "forbidden", "message": forbidden}
        if child == 0:
            try:
                os.setpgid(0, 0)
                self._move_to(descriptor)
                self._objects.renew(seed)
            except BaseException:  # noqa: BLE001 - must not unwind into the loop of the parent
                os._exit(1)
            self._end_here()
        return {"status": "ok"}


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
