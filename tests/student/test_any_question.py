"""Whatever the student's server is asked, it answers that question or ends; nobody waits for it."""

from __future__ import annotations

import array
import contextlib
import os
import socket
import struct
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
import torch
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from autograder.wire.channel import Channel, ChannelClosed, ProtocolError
from autograder.wire.codec import Handle, encode
from autograder.wire.exchange import VERSION
from autograder.wire.limits import Limits
from autograder.wire.session import CellSource, StudentSession

ANSWER_SECONDS = 20.0  # more than any of these questions takes on a busy machine
CELL = "import torch\ndef f(x=1): return x\nmodel = torch.nn.Linear(2, 1)\nn = 3"
NAMES = st.sampled_from(["f", "n", "model", "model.weight", "model.forward.__call__", "", ".", "é"])
LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
    | st.binary(max_size=20) | NAMES
    | st.builds(Handle, st.integers(0, 3) | st.just(2**62), st.just("f"), st.booleans())
    | st.sampled_from([encode([[], {}]), encode([[1], {}]), encode(torch.ones(2)), encode(None),
                       encode([[Handle(0, "f")], {"x": Handle(9, "f")}]), encode(7)])
)  # fmt: skip
VALUES = LEAVES | st.lists(LEAVES, max_size=3) | st.dictionaries(st.text(max_size=3), LEAVES)
OPERATIONS = (
    "get", "set", "call", "attribute", "set_attribute", "text", "gradients",
    "end-fork", "fork", "become-branch", "cells", "passed",
)  # fmt: skip
SECONDS = st.sampled_from([0.0, 1e-9, 0.5, 5.0, float("inf"), float("nan"), -1.0]) | VALUES
# what a question of each kind may have, right or wrong; a cell's text is code, so not any text
FIELDS = {
    "op": st.sampled_from(OPERATIONS) | VALUES,
    "id": st.integers(0, 2**63 - 1) | VALUES,
    "seconds": SECONDS,
    "target": NAMES | VALUES,
    "method": st.sampled_from(["", "forward", "__call__"]) | VALUES,
    "name": NAMES | VALUES,
    "value": VALUES,
    "arguments": VALUES,
    "cotangent": VALUES,
    "keep": VALUES,
    "seed": st.integers(0, 2**31) | VALUES,
    "renew": st.integers(0, 2**31) | VALUES,
    "limits": st.just(Limits().to_mapping()) | VALUES,
    "branch": VALUES,
    "version": st.just(VERSION) | VALUES,
    "sources": st.lists(
        st.sampled_from(["1 / 0", "x = 1", "(", "%nothing", "raise SystemExit", ""])
        | st.integers() | st.binary(max_size=3),
        min_size=1, max_size=1,
    ) | VALUES,
}  # fmt: skip
WHOLE = st.fixed_dictionaries(FIELDS)
PARTIAL = st.fixed_dictionaries({}, optional=FIELDS)

Connect = Callable[[], Channel]


def is_server(process: psutil.Process) -> bool:
    """Tell whether a process of this run is the warm server; others may be ending just now."""
    try:
        return "from autograder.student import server" in " ".join(process.cmdline())
    except (psutil.ZombieProcess, psutil.NoSuchProcess):
        return False


@pytest.fixture
def connect(zygote: socket.socket, tmp_path: Path) -> Iterator[Connect]:
    """Return a function that gives the channel to a new student's process that ran a cell.

    In the end every channel is closed, and every process must have ended by itself.
    """
    opened: list[Channel] = []
    servers = [p for p in psutil.Process().children() if is_server(p)]
    before = {child.pid for server in servers for child in server.children(recursive=True)}

    def start() -> Channel:
        ours, theirs = socket.socketpair()
        with theirs:
            rights = array.array("i", [theirs.fileno()])
            control = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)]
            zygote.sendmsg([str(tmp_path).encode()], control)
        channel = Channel(ours)
        (result,) = StudentSession(channel).run([CellSource("a", CELL)], Limits(), 1)
        assert result.status == "ok"
        opened.append(channel)
        return channel

    yield start
    for channel in opened:
        channel.close()
    assert servers
    left = [
        child
        for server in servers
        for child in server.children(recursive=True)
        if child.pid not in before
    ]
    _, alive = psutil.wait_procs(left, timeout=ANSWER_SECONDS)
    assert alive == []


def framed(body: bytes) -> bytes:
    """Return a frame."""
    return struct.pack("!I", len(body)) + body


def hears(channel: Channel, question: dict[str, object]) -> bool:
    """Send a question and return whether it was answered; else the process must have ended.

    A timeout is neither and is raised.
    """
    deadline = time.monotonic() + ANSWER_SECONDS
    try:
        channel.send(question, (), deadline)
        answer = channel.receive(deadline)
    except ChannelClosed:
        return False
    assert encode(answer["id"]) == encode(question["id"])  # NaN, too, equals itself
    assert type(answer["status"]) is str
    return True


CHOSEN = settings(
    max_examples=150, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip


class Line:
    """A channel to one process after another: the next when one has ended."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect
        self._channel: Channel | None = None

    def ask(self, question: dict[str, object]) -> bool:
        """Ask the present process, or a new one."""
        self._channel = self._channel or self._connect()
        answered = hears(self._channel, question)
        if not answered:
            self._channel = None
        return answered


def test_any_question_is_answered_or_ends_the_process(connect: Connect) -> None:
    """Fields of wrong types, missing fields, unknown operations, handles that never were."""
    line = Line(connect)
    answered: list[bool] = []

    @CHOSEN
    @given(question=WHOLE | PARTIAL)
    @example(question={"op": "end-fork", "id": 1, "branch": [1]})
    @example(question={"op": "call", "id": 1, "seconds": "x", "target": "f", "arguments": 1})
    def ask(question: dict[str, object]) -> None:
        answered.append(line.ask(question))

    ask()
    assert any(answered)
    assert not all(answered)


def test_damaged_bytes_end_the_process(connect: Connect) -> None:
    """A question with bytes changed, cut off or added is answered, or it ends the process."""
    good = framed(encode({"id": 5, "op": "call", "target": "f", "method": "", "seconds": 1.0,
                          "arguments": encode([[1], {}]), "keep": False}))  # fmt: skip
    ended: list[bool] = []

    @CHOSEN
    @given(
        place=st.integers(0, len(good) - 1),
        byte=st.integers(0, 255),
        cut=st.booleans(),
    )
    def damage(place: int, byte: int, cut: bool) -> None:
        channel = connect()
        data = good[:place] if cut else good[:place] + bytes([byte]) + good[place + 1 :]
        descriptor = os.dup(channel.fileno())
        with contextlib.closing(socket.socket(fileno=descriptor)) as raw:
            raw.sendall(data)
            raw.shutdown(socket.SHUT_WR)
        try:
            answer = channel.receive(time.monotonic() + ANSWER_SECONDS)
        except ChannelClosed:
            ended.append(True)
        except ProtocolError as error:
            pytest.fail(f"it answered what is no message: {error}")
        else:
            ended.append(False)
            assert type(answer["status"]) is str

    damage()
    assert any(ended)
    assert not all(ended)


def test_a_branch_that_is_asked_anything_leaves_the_rest_alone(connect: Connect) -> None:
    """A branch answers or ends, and the process from which it was made goes on."""
    session = StudentSession(connect())
    asked: list[bool] = []

    @settings(CHOSEN, max_examples=60)
    @given(question=WHOLE | PARTIAL)
    def ask(question: dict[str, object]) -> None:
        with session.fork(1, 5.0) as namespace:
            asked.append(hears(namespace._peer.channel, question))
        with session.fork(1, 5.0) as namespace:
            assert namespace.call("f", [4]) == 4

    ask()
    assert any(asked)
    assert not all(asked)
