"""A real student process, and what a check says of values, for the tests of checking."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from autograder.checking.errors import WrongAnswer
from autograder.checking.running.line import Clock, Line
from autograder.checking.student import Student
from autograder.sandbox import ForkServer, Launch
from autograder.wire.channel import Channel
from autograder.wire.limits import Limits
from autograder.wire.session import CellSource, StudentSession

LIMITS = Limits(call_seconds=5.0, check_seconds=10.0)


@pytest.fixture(scope="session")
def student_server() -> Iterator[ForkServer]:
    """Return a warm, unconfined server of student processes."""
    launch = Launch("autograder.student.server:serve", "autograder.student.server:warm", "", None)
    with ForkServer(launch) as server:
        yield server


@pytest.fixture
def student_socket(student_server: ForkServer) -> Iterator[Callable[[str], socket.socket]]:
    """Return a function that runs a cell in a fresh student process: its socket."""
    with ExitStack() as stack:

        def start(source: str) -> socket.socket:
            ours, theirs = socket.socketpair()
            stack.callback(ours.close)
            with theirs:
                process = student_server.spawn(b"", [theirs.fileno()], LIMITS)
            stack.callback(lambda: (process.kill(), process.wait(time.monotonic() + 10)))
            (result,) = StudentSession(Channel(ours)).run([CellSource("answer", source)], LIMITS, 1)
            assert result.status == "ok", result
            return ours

        yield start


@pytest.fixture
def notebook(student_socket: Callable[[str], socket.socket]) -> Iterator[Callable[..., Student]]:
    """Return a function that runs a cell's text and gives the `student` of a check of it."""
    with ExitStack() as stack:

        def run(source: str, check_seconds: float = 10.0, call_seconds: float = 5.0) -> Student:
            session = StudentSession(Channel(student_socket(source)))
            namespace = stack.enter_context(session.fork(1))
            return Student(Line(namespace, Clock(check_seconds, call_seconds)), {"answer": source})

        yield run


@pytest.fixture
def wrong() -> Callable[..., WrongAnswer]:
    """Return a function that makes an assertion that must refuse, and gives the refusal."""

    def refusal(assertion: Callable[..., Any], *args: Any, **kwargs: Any) -> WrongAnswer:
        with pytest.raises(WrongAnswer) as caught:
            assertion(*args, **kwargs)
        assert caught.value.message == caught.value.message.strip()
        return caught.value

    return refusal


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """Return a pipe whose ends are closed in the end, whoever closed them before."""
    reader, writer = os.pipe()
    yield reader, writer
    for fd in (reader, writer):
        try:
            os.close(fd)
        except OSError:
            continue
