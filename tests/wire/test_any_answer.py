"""Whatever a student's process answers, the trusted side has a value, or one kind of error."""

from __future__ import annotations

import socket
import struct
import time
from unittest import mock

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.wire.channel import Channel
from autograder.wire.codec import Handle, encode
from autograder.wire.exchange import VERSION, Peer, RemoteFailure
from autograder.wire.limits import Limits
from autograder.wire.namespace import Gradients, Namespace
from autograder.wire.session import CellSource, StudentSession

NUMBER = 77  # of every question, so that an answer can be sent before it
KEYS = ("status", "value", "message", "type", "traceback", "branch", "outputs", "note", "version",
        "execution_count", "id", "cell")  # fmt: skip
LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30)
    | st.binary(max_size=30) | st.sampled_from(["ok", "error", "limit", "raised", "missing"])
    | st.sampled_from([encode(1), encode([1, [2], {}, {}]), encode(torch.ones(2)), VERSION])
    | st.sampled_from([np.arange(2), np.float64("nan"), torch.ones(2), Handle(0, "f"), 1j, {1}])
)  # fmt: skip
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=12) | st.integers(), inner, max_size=4)
    ),
)
ANSWERS = st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=6)
EXACT = (
    type(None), bool, int, float, complex, str, bytes, list, tuple, dict, set, np.ndarray,
    torch.Tensor, Handle, Gradients,
)  # fmt: skip
QUICK = Limits(cell_seconds=1, notebook_seconds=2, call_seconds=1)


def framed(body):
    return struct.pack("!I", len(body)) + body


def talk(data, use):
    """Use a channel on which these bytes wait, and whose other side is closed after them."""
    ours, theirs = socket.socketpair()
    with theirs:
        theirs.sendall(data)
        theirs.shutdown(socket.SHUT_WR)
        begin = time.monotonic()
        with mock.patch("secrets.randbits", return_value=NUMBER):
            result = use(Channel(ours))
        assert time.monotonic() - begin < 5
    return result


def assert_plain(text):
    """A failure's text is short and has nothing that a terminal obeys."""
    assert len(text) < 30_000
    assert not set(text) & set("\x1b\x00\u202e")


def ask(channel):
    """Ask three questions of a namespace; each is answered exactly, or fails as it may."""
    with Namespace(Peer(channel), seconds=1) as namespace:
        for question in (
            lambda: namespace.call("f", [torch.ones(2)]),
            lambda: namespace.text("f"),
            lambda: namespace.gradients("f", [1.0]),
        ):
            try:
                value = question()
            except RemoteFailure as failure:
                value = str(failure)
                assert_plain(value)
            assert type(value) in EXACT or isinstance(value, np.generic)


def run(channel):
    """Run two cells; each has a result."""
    cells = [CellSource("a", "1"), CellSource("b", "2")]
    session = StudentSession(channel)
    results = session.run(cells, QUICK, 1)
    assert [result.cell_id for result in results] == ["a", "b"]
    assert {result.status for result in results} <= {"ok", "error", "limit", "not-run"}
    session.close()


@given(st.lists(ANSWERS, max_size=3))
@settings(max_examples=200)
def test_any_answer_with_the_right_number_is_a_value_or_a_failure(answers):
    """Fields of any kind, missing or superfluous: no other exception, no other type."""
    data = b"".join(framed(encode({"id": NUMBER, **answer})) for answer in answers)
    talk(data, ask)


@given(st.lists(ANSWERS, max_size=2))
@settings(max_examples=200)
def test_any_answer_to_a_cell_is_a_result(answers):
    """After an honest start, whatever is said of cells."""
    start = {"id": NUMBER, "status": "ok", "version": VERSION}
    answers = [start, *({"id": NUMBER, "cell": i, **a} for i, a in enumerate(answers))]
    talk(b"".join(framed(encode(answer)) for answer in answers), run)


@given(st.data())
@settings(max_examples=200)
def test_any_bytes_are_a_failure_of_the_other_side(data):
    """Noise, and honest answers with some bytes changed, cut off or repeated."""
    good = framed(encode({"id": NUMBER, "status": "ok", "value": encode([1, torch.ones(3)])}))
    changed = bytearray(good * data.draw(st.integers(1, 3)))
    for _ in range(data.draw(st.integers(0, 4))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(changed)))
    noise = data.draw(st.binary(max_size=60))
    for use in (ask, run):
        talk(bytes(changed[:cut]) + noise, use)
