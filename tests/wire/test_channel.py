"""One frame at a time, within a deadline, whatever the other side does."""

from __future__ import annotations

import array
import os
import socket
import struct
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from autograder.wire.channel import Channel, ChannelClosed, ChannelTimeout, ProtocolError
from autograder.wire.codec import encode
from autograder.wire.errors import Untransferable, WireError


@pytest.fixture
def pair():
    """A channel and the raw socket at its other end."""
    ours, theirs = socket.socketpair()
    with Channel(ours) as channel, theirs:
        yield channel, theirs


def soon(seconds=5.0):
    return time.monotonic() + seconds


def framed(body):
    return struct.pack("!I", len(body)) + body


def test_messages_arrive_in_order_and_whole(pair):
    """Messages larger than the socket's buffer arrive as they were sent."""
    channel, theirs = pair
    sent = [{"id": 1, "value": encode(torch.arange(500_000))}, {"id": 2, "text": "x" * 10**6}]
    other = Channel(theirs)
    thread = threading.Thread(target=lambda: [other.send(message) for message in sent])
    thread.start()
    first, second = channel.receive(soon()), channel.receive(soon())
    thread.join()
    assert first == sent[0]
    assert second == sent[1]


def test_nothing_is_read_beyond_the_message(pair):
    """The next message is still in the socket, for whoever gets the channel next."""
    channel, theirs = pair
    other = Channel(theirs)
    other.send({"n": 1})
    other.send({"n": 2})
    assert channel.receive(soon()) == {"n": 1}
    with Channel(socket.socket(fileno=os.dup(channel.fileno()))) as heir:
        assert heir.receive(soon()) == {"n": 2}


@pytest.mark.parametrize(
    "data",
    [
        struct.pack("!I", 0xFFFFFFFF),
        struct.pack("!I", 0x10000000),
        framed(b""),
        framed(b"garbage"),
        framed(encode([1])),
        framed(encode({1: 2})),
        framed(encode(None)),
        framed(encode({"a": 1}) + b"x"),
        framed(encode({"a": [torch.ones(2)]})),
        framed(encode({"a": np.float32(1)})),
        framed(encode({"a": np.arange(2)})),
    ],
)
def test_what_is_no_message_is_a_protocol_error(pair, data):
    """Too long, damaged and non-mapping frames are told from silence, at once."""
    channel, theirs = pair
    theirs.sendall(data)
    with pytest.raises(ProtocolError):
        channel.receive(soon())


@pytest.mark.parametrize(
    "data", [b"", b"\0\0", struct.pack("!I", 100), struct.pack("!I", 100) + b"half"]
)
def test_a_peer_that_closes_half_way_is_gone(pair, data):
    """The end of the stream is a closed channel wherever it falls."""
    channel, theirs = pair
    theirs.sendall(data)
    theirs.close()
    with pytest.raises(ChannelClosed):
        channel.receive(soon())
    with pytest.raises(ChannelClosed):
        channel.send({"a": 1}, deadline=soon())


def test_silence_and_slow_drip_end_at_the_deadline(pair):
    """Neither silence nor a byte now and then holds the receiver beyond its deadline."""
    channel, theirs = pair
    begin = time.monotonic()
    with pytest.raises(ChannelTimeout):
        channel.receive(soon(0.1))
    stop = threading.Event()

    def drip():
        theirs.sendall(struct.pack("!I", 1000))
        while not stop.wait(0.02):
            theirs.send(b"x")

    thread = threading.Thread(target=drip)
    thread.start()
    with pytest.raises(ChannelTimeout):
        channel.receive(soon(0.3))
    stop.set()
    thread.join()
    assert time.monotonic() - begin < 5


def test_a_peer_that_does_not_read_ends_at_the_deadline(pair):
    """Sending to a full socket gives up in time."""
    channel, _theirs = pair
    with pytest.raises(ChannelTimeout):
        channel.send({"value": b"x" * 10**7}, deadline=soon(0.2))


def test_descriptors_are_taken_only_where_asked_for(pair):
    """`receive` leaves no descriptor behind; the student's side gets what was sent."""
    channel, theirs = pair
    other = Channel(theirs)

    def count():
        return len(list(Path("/proc/self/fd").iterdir()))

    before = count()
    for _ in range(20):
        other.send({"a": 1}, fds=[0, 1, 2])
        assert channel.receive(soon()) == {"a": 1}
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0] * 100))]
    body = framed(encode({"b": 1}))
    for byte in range(len(body)):
        theirs.sendmsg([body[byte : byte + 1]], rights)
    assert channel.receive(soon()) == {"b": 1}
    assert count() == before
    other.send({"a": 1}, fds=[0])
    message, descriptors = channel.receive_with_descriptors(soon())
    assert message == {"a": 1}
    assert len(descriptors) == 1
    os.close(descriptors[0])
    theirs.sendmsg([framed(b"garbage")], [(rights[0][0], rights[0][1], array.array("i", [0]))])
    with pytest.raises(ProtocolError):
        channel.receive_with_descriptors(soon())
    assert count() == before


def test_what_cannot_be_sent_sends_nothing(pair):
    """A refused message leaves the channel in step."""
    channel, theirs = pair
    with pytest.raises(Untransferable):
        channel.send({"a": object()})
    channel.send({"a": 1})
    assert Channel(theirs).receive(soon()) == {"a": 1}


def test_a_closed_channel_says_so():
    """Using a closed channel is a WireError, too."""
    ours, theirs = socket.socketpair()
    theirs.close()
    channel = Channel(ours)
    channel.close()
    channel.close()
    for use in (lambda: channel.receive(soon()), lambda: channel.send({}, deadline=soon())):
        with pytest.raises(WireError):
            use()
