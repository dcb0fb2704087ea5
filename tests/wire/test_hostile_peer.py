"""A student process that lies: session and namespace end in time, with a reason and no value."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time

import numpy as np
import pytest

from autograder.wire.channel import Channel
from autograder.wire.codec import encode
from autograder.wire.errors import WireError
from autograder.wire.exchange import VERSION, Peer, RemoteFailure, RemoteGone, RemoteProtocol
from autograder.wire.limits import Limits
from autograder.wire.namespace import (
    Namespace,
    RemoteMissing,
    RemoteRaised,
    RemoteTimeout,
    RemoteUntransferable,
)
from autograder.wire.session import CellSource, StudentSession

CELLS = [CellSource("a", "1"), CellSource("text", "# hi", "markdown"), CellSource("b", "2")]
QUICK = Limits(cell_seconds=0.2, notebook_seconds=1.0)


@pytest.fixture(autouse=True)
def _short_grace(monkeypatch):
    monkeypatch.setattr("autograder.wire.session.GRACE_SECONDS", 0.2)
    monkeypatch.setattr("autograder.wire.session.SERVICE_SECONDS", 0.5)
    monkeypatch.setattr("autograder.wire.namespace.GRACE_SECONDS", 0.2)


@pytest.fixture
def peer():
    """Start a thread that answers as told; give the channel to it."""
    sockets, threads, stop = [], [], threading.Event()

    def start(behave):
        ours, theirs = socket.socketpair()
        sockets.extend([ours, theirs])

        def work():
            other = Channel(theirs)
            with contextlib.suppress(WireError, OSError):
                while not stop.is_set():
                    question = other.receive(time.monotonic() + 10)
                    behave(question, other, theirs)

        threads.append(threading.Thread(target=work, daemon=True))
        threads[-1].start()
        return Channel(ours)

    yield start
    stop.set()
    for sock in sockets:
        with contextlib.suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)
        sock.close()
    for thread in threads:
        thread.join(5)


def honest(question, other, **answer):
    other.send({"id": question["id"], "status": "ok", "version": VERSION, **answer})


def wrong_id(question, other, _sock):
    other.send({"id": question["id"] ^ 1, "status": "ok", "value": encode(1)})


def array_of_ids(question, other, _sock):
    other.send({"id": np.array([question["id"]] * 2), "status": "ok", "value": encode(1)})


def wrong_cell(question, other, _sock):
    honest(question, other, cell=1, value=5)


def no_status(question, other, _sock):
    other.send({"id": question["id"], "value": encode(1)})


def twice(question, other, _sock):
    for _ in range(2):
        honest(question, other, value=encode(1))


def garbage(_question, _other, sock):
    sock.sendall(b"HTTP/1.1 200 OK\r\n" * 100)


def gigabytes(_question, _other, sock):
    sock.sendall(struct.pack("!I", 0xFFFFFFF0))
    sock.settimeout(1)
    for _ in range(100):
        sock.sendall(b"x" * (1 << 20))


def silent(*_):
    return


def closes(_question, _other, sock):
    sock.close()


def half(question, _other, sock):
    body = encode({"id": question["id"], "status": "ok"})
    sock.sendall(struct.pack("!I", len(body)) + body[:-3])
    sock.shutdown(socket.SHUT_RDWR)


def drips(_question, _other, sock):
    with contextlib.suppress(OSError):
        sock.sendall(struct.pack("!I", 10_000))
        for _ in range(40):
            sock.sendall(b"x")
            time.sleep(0.05)


LIARS = [
    wrong_id,
    wrong_cell,
    array_of_ids,
    no_status,
    twice,
    garbage,
    gigabytes,
    silent,
    closes,
    half,
    drips,
]


@pytest.mark.parametrize("behave", LIARS)
def test_session_ends_in_time_with_a_reason(peer, behave):
    """Whatever comes instead of answers, each cell has a result that is not ok, in bounded time."""
    begin = time.monotonic()
    session = StudentSession(peer(behave))
    results = session.run(CELLS, QUICK, 1)
    assert [result.cell_id for result in results] == ["a", "text", "b"]
    assert results[0].status != "ok"
    assert results[2].status == "not-run"
    assert session.dead
    with pytest.raises(RemoteGone):
        session.fork(1)
    assert time.monotonic() - begin < 8


class _Ending(Channel):
    """A channel to a process that answers for its first cell and is gone before we speak again."""

    def __init__(self) -> None:
        ours, self._theirs = socket.socketpair()
        super().__init__(ours)

    def send(self, message, fds=(), deadline=None):
        super().send(message, fds, deadline)
        if message["op"] == "cells":
            other = Channel(self._theirs)
            honest(message, other)
            honest(message, other, cell=0)
            other.close()


def test_what_a_process_said_before_it_ended_stands():
    """A process may have run and ended before the channels of its branches were sent."""
    session = StudentSession(_Ending())
    results = session.run(CELLS, QUICK, 1, branching=["a", "b"])
    assert [result.status for result in results] == ["ok", "ok", "error"]
    assert session.ended
    session.close()


def test_answers_just_in_time_do_not_add_up(peer):
    """However many cells there are, the last answer comes soon after the time for all of them."""

    def late(question, other, _sock):
        honest(question, other)
        for index in range(len(question["sources"])):
            time.sleep(0.15)  # shorter than the grace of one cell
            other.send({"id": question["id"], "status": "not-run", "cell": index})

    session = StudentSession(peer(late))
    begin = time.monotonic()
    limits = Limits(cell_seconds=0.2, notebook_seconds=0.3)
    results = session.run([CellSource(f"c{i}", "1") for i in range(40)], limits, seed=0)
    assert time.monotonic() - begin < 3
    assert len(results) == 40
    assert "limit" in {result.status for result in results}
    assert "did not answer" in session.dead


@pytest.mark.parametrize("behave", [b for b in LIARS if b is not twice])
def test_namespace_ends_in_time_with_a_reason(peer, behave):
    """Whatever comes instead of an answer is a RemoteFailure, and the namespace is dead then."""
    begin = time.monotonic()
    with Namespace(Peer(peer(behave)), seconds=0.3) as namespace:
        with pytest.raises(RemoteFailure):
            namespace.call("f")
        assert namespace.dead
        with pytest.raises(RemoteGone):
            namespace.get("x")
    assert time.monotonic() - begin < 8


def test_an_answer_sent_twice_is_not_the_next_answer(peer):
    """The second copy does not answer the following question."""
    with Namespace(Peer(peer(twice))) as namespace:
        assert namespace.get("x") == 1
        with pytest.raises(RemoteProtocol):
            namespace.get("y")


def test_an_answer_before_the_question_is_refused(peer):
    """A message that waits in the socket cannot know the question's number."""
    ours, theirs = socket.socketpair()
    with theirs:
        Channel(theirs).send({"id": 5, "status": "ok", "value": encode(1)})
        with (
            Namespace(Peer(Channel(ours))) as namespace,
            pytest.raises(RemoteProtocol),
        ):
            namespace.get("x")


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"value": 5},
        {"value": b""},
        {"value": b"\0\0\0\1\xc1"},
        {"value": encode(1) + b"x"},
        {"status": "great"},
        {"status": "x" * 10**6},
    ],
)
def test_values_of_the_wrong_form_are_refused(peer, answer):
    """Only bytes that decode are a value; only known statuses count."""
    behave = lambda question, other, _: honest(question, other, **answer)  # noqa: E731
    with Namespace(Peer(peer(behave))) as namespace:
        with pytest.raises(RemoteProtocol):
            namespace.call("f")
        assert namespace.dead


@pytest.mark.parametrize(
    "value", [1, [1], [1, [], {}], [1, [1, 2], {}, {}], [1, {}, {}, {}], "abcd"]
)
def test_gradients_of_the_wrong_form_are_refused(peer, value):
    """Gradients have the form that was asked for."""
    behave = lambda question, other, _: honest(question, other, value=encode(value))  # noqa: E731
    with Namespace(Peer(peer(behave))) as namespace, pytest.raises(RemoteProtocol):
        namespace.gradients("f", [1.0])


@pytest.mark.parametrize(
    "text", ["x" * 10**6, "\x1b[2J\x00\u202e\u061c\u2028txt", 5, None, b"x", ["x"]]
)
def test_texts_of_failures_are_bounded_and_plain(peer, text):
    """Type, message and traceback are short plain text, whatever was sent."""
    for status, kind in (
        ("raised", RemoteRaised),
        ("missing", RemoteMissing),
        ("untransferable", RemoteUntransferable),
        ("limit", RemoteTimeout),
    ):
        behave = lambda question, other, _, status=status: honest(  # noqa: E731
            question, other, status=status, type=text, message=text, traceback=text
        )
        with Namespace(Peer(peer(behave))) as namespace:
            with pytest.raises(kind) as caught:
                namespace.call("f")
            shown = str(caught.value) + getattr(caught.value, "traceback_text", "")
            assert len(shown) < 30_000
            assert not set(shown) & set("\x1b\x00\u202e\u061c\u2028")
            assert not namespace.dead


@pytest.mark.parametrize(
    "outputs",
    [
        None,
        5,
        {"a": 1},
        [1, None, [], {}],
        [{"output_type": "stream", "name": 5, "text": 7}],
        [{"output_type": "stream", "name": "stdout", "text": "x" * 5_000_000}],
        [{"output_type": "stream", "name": "stdout", "text": "x"}] * 20_000,
        [{"output_type": "display_data", "data": {"application/javascript": "alert(1)"}}],
        [{"output_type": "display_data", "data": {"image/png": '"><script>'}}],
        [
            {
                "output_type": "execute_result",
                "data": {"text/plain": "\x1b[31m"},
                "execution_count": "1",
            }
        ],
        [{"output_type": "error", "ename": "\x1b]0;x\x07", "evalue": {}, "traceback": [1, "\x00"]}],
        [{"output_type": "error", "ename": "E", "evalue": "", "traceback": ["x"] * 50_000}],
        [{"output_type": "update_display_data", "data": {"text/plain": "x"}}],
    ],
)
def test_outputs_are_clean_notebook_outputs(peer, outputs):
    """Whatever outputs are claimed, what is kept is small, valid nbformat 4 without controls."""
    nbformat = pytest.importorskip("nbformat.v4")

    def behave(question, other, _sock):
        honest(question, other)
        honest(question, other, cell=0, outputs=outputs, execution_count=-5, note=5)

    session = StudentSession(peer(behave))
    limits = Limits(output_bytes=10_000)
    result = session.run([CellSource("a", "1")], limits, 1)[0]
    assert result.execution_count is None
    assert result.note == ""
    assert sum(len(str(output)) for output in result.outputs) < 150_000
    assert not set(str(result.outputs)) & set("\x1b\x00\x07")
    assert "script" not in str(result.outputs)
    for output in result.outputs:
        plain = {key: value for key, value in output.items() if key != "output_type"}
        nbformat.new_output(output["output_type"], **plain)


def test_another_version_is_refused(peer):
    """What a student side of another protocol version says of cells counts for nothing."""
    behave = lambda question, other, _: honest(question, other, version=VERSION + 1)  # noqa: E731
    session = StudentSession(peer(behave))
    assert [r.status for r in session.run(CELLS[:1], QUICK, 1)] == ["not-run"]
    assert "version" in session.dead


def test_a_namespace_is_ended_once(peer):
    """Closing twice tells the session once."""
    calls = []
    namespace = Namespace(Peer(peer(silent)), on_close=lambda: calls.append(1))
    namespace.close()
    namespace.close()
    assert calls == [1]
