"""One socket, one message at a time: length-prefixed frames with deadlines.

What it guarantees:

- `receive` reads exactly one frame and nothing beyond it, so a channel can be handed to another
  process between messages.
- Every wait has a deadline when one is given, however slowly bytes drip; a frame longer than the
  limit is refused before it is read.
- A message is a mapping of names to plain data without arrays, which travel encoded within it.
- `receive` never takes file descriptors: those that the other side attaches are dropped by the
  kernel. Only `receive_with_descriptors`, for the student's side, takes them.

What it does not do: recover. After any error the channel is out of step and must be closed.
"""

from __future__ import annotations

import array
import contextlib
import os
import socket
import struct
import time
from collections.abc import Mapping, Sequence
from typing import Any, Self

from autograder.wire.codec import DEFAULT_LIMITS, WireLimits, decode, encode
from autograder.wire.errors import WireError

_HEADER = struct.Struct("!I")
_FRAME_OVERHEAD = 1 << 20  # what a message has besides its value
_MAX_DESCRIPTORS = 4


class ChannelClosed(WireError):
    """The other side closed the channel or is gone."""


class ChannelTimeout(WireError):
    """The other side did not send or take a whole message in time."""


class ProtocolError(WireError):
    """The other side sent something that is no message, or not the message that is due."""


class Channel:
    """A socket of type AF_UNIX, SOCK_STREAM, on which whole messages travel.

    Args:
        sock: the connected socket; the channel owns it.
        limits: of one message; values within are bounded again when they are decoded.
    """

    def __init__(self, sock: socket.socket, limits: WireLimits = DEFAULT_LIMITS) -> None:
        self._sock = sock
        self._limits = WireLimits(
            total_bytes=limits.total_bytes + limits.tree_bytes + _FRAME_OVERHEAD,
            tree_bytes=limits.tree_bytes,
            items=limits.items,
            depth=limits.depth,
            arrays=False,
        )
        self._max_frame = self._limits.total_bytes + self._limits.tree_bytes

    @classmethod
    def from_descriptor(cls, descriptor: int) -> Channel:
        """Return a channel on an inherited descriptor, which it then owns."""
        return cls(socket.socket(fileno=descriptor))

    def fileno(self) -> int:
        """Return the descriptor, -1 when closed."""
        return self._sock.fileno()

    def send(
        self, message: Mapping[str, Any], fds: Sequence[int] = (), deadline: float | None = None
    ) -> None:
        """Send one message, with copies of the descriptors.

        Args:
            message: plain data.
            fds: descriptors that the other side gets copies of.
            deadline: `time.monotonic()` by which the other side must have taken it.

        Raises:
            Untransferable: the message is too large or no plain data; nothing was sent.
            ChannelClosed: the other side is gone.
            ChannelTimeout: the deadline passed.
        """
        body = encode(dict(message), self._limits)
        data = memoryview(_HEADER.pack(len(body)) + body)
        try:
            self._patience(deadline)
            if fds:
                sent = self._sock.sendmsg(
                    [data],
                    [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))],
                    socket.MSG_NOSIGNAL,
                )
            else:
                sent = self._sock.send(data, socket.MSG_NOSIGNAL)
            while sent < len(data):
                self._patience(deadline)
                sent += self._sock.send(data[sent:], socket.MSG_NOSIGNAL)
        except TimeoutError as error:
            raise ChannelTimeout("the other side does not read its messages") from error
        except OSError as error:
            raise ChannelClosed(f"the other side is gone ({error.strerror or error})") from error

    def receive(self, deadline: float | None) -> dict[str, Any]:
        """Return the next message.

        Args:
            deadline: `time.monotonic()` by which all of it must have come; `None` waits forever.

        Raises:
            ChannelClosed: the other side closed, between messages or within one.
            ChannelTimeout: the deadline passed.
            ProtocolError: what came is no message.
        """
        (size,) = _HEADER.unpack(self._read(_HEADER.size, deadline))
        return self._message(size, deadline)

    def receive_with_descriptors(self, deadline: float | None) -> tuple[dict[str, Any], list[int]]:
        """Return the next message and its descriptors (for the student's side)."""
        try:
            self._patience(deadline)
            header, ancillary, _, _ = self._sock.recvmsg(
                _HEADER.size, socket.CMSG_SPACE(_MAX_DESCRIPTORS * array.array("i").itemsize)
            )
        except TimeoutError as error:
            raise ChannelTimeout("no message came in time") from error
        except OSError as error:
            raise ChannelClosed(f"the other side is gone ({error.strerror or error})") from error
        descriptors: list[int] = []
        for level, kind, data in ancillary:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                numbers = array.array("i")
                numbers.frombytes(data[: len(data) - len(data) % numbers.itemsize])
                descriptors.extend(numbers)
        try:
            if not header:
                raise ChannelClosed("the other side closed the channel")
            if len(header) < _HEADER.size:
                header += bytes(self._read(_HEADER.size - len(header), deadline))
            (size,) = _HEADER.unpack(header)
            return self._message(size, deadline), descriptors
        except BaseException:
            for descriptor in descriptors:
                with contextlib.suppress(OSError):
                    os.close(descriptor)
            raise

    def close(self) -> None:
        """Close the socket; closing twice is harmless."""
        self._sock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _message(self, size: int, deadline: float | None) -> dict[str, Any]:
        if size > self._max_frame:
            raise ProtocolError(
                f"a message of {size} bytes; at most {self._max_frame} are accepted"
            )
        try:
            message = decode(self._read(size, deadline), self._limits)
        except (ChannelClosed, ChannelTimeout):
            raise
        except WireError as error:
            raise ProtocolError(f"the other side sent {error}") from error
        if type(message) is not dict or any(type(key) is not str for key in message):
            raise ProtocolError(f"a message of type {type(message).__name__}; expected a mapping")
        return message

    def _read(self, size: int, deadline: float | None) -> bytearray:
        data = bytearray(size)
        view = memoryview(data)
        done = 0
        try:
            while done < size:
                self._patience(deadline)
                count = self._sock.recv_into(view[done:])
                if count == 0:
                    raise ChannelClosed("the other side closed the channel")
                done += count
        except TimeoutError as error:
            raise ChannelTimeout("no whole message came in time") from error
        except OSError as error:
            raise ChannelClosed(f"the other side is gone ({error.strerror or error})") from error
        return data

    def _patience(self, deadline: float | None) -> None:
        if deadline is None:
            if self._sock.gettimeout() is not None:
                self._sock.settimeout(None)
            return
        remaining = deadline - time.monotonic()
        if remaining <= 0:
            raise TimeoutError
        self._sock.settimeout(remaining)
