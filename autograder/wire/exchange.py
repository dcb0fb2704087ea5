"""One question, one answer: the trusted side's half of every conversation with a student process.

What it guarantees:

- A question is answered by messages with its random number, in time, or the peer is dead: an
  early, late, repeated, damaged or foreign answer ends the conversation for good.
- Every failure is a `RemoteFailure`; text in it is bounded and free of control characters.

What it does not do: know what the questions mean.
"""

from __future__ import annotations

import contextlib
import re
import secrets
import time
from collections.abc import Iterator, Sequence
from typing import Any

from autograder.wire.channel import Channel, ChannelClosed, ChannelTimeout
from autograder.wire.errors import Untransferable, WireError

VERSION = 6

MESSAGE_CHARACTERS = 2_000
TRACEBACK_CHARACTERS = 20_000

# Everything that a terminal or a page could take for more than text: ANSI sequences, then the
# remaining control characters and the marks that turn the direction of text.
_CONTROL = re.compile(
    r"\x1b\[[0-9;:?]*[ -/]*[@-~]"
    r"|[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


class RemoteFailure(WireError):
    """A question to the student's process got no good answer."""


class RemoteRaised(RemoteFailure):
    """The student's code raised.

    Args:
        type_name: the exception's type.
        message: its text.
        traceback_text: where it was raised, as IPython shows it.
        type_names: its type's and all its base classes' names.
    """

    def __init__(
        self,
        type_name: str,
        message: str,
        traceback_text: str = "",
        type_names: Sequence[str] = (),
    ) -> None:
        super().__init__(f"{type_name}: {message}" if message else type_name)
        self.type_name = type_name
        self.message = message
        self.traceback_text = traceback_text
        self.type_names = tuple(type_names) or (type_name,)


class RemoteForbidden(RemoteFailure):
    """The student's code called what was forbidden for this question."""


class RemoteMissing(RemoteFailure):
    """The student's namespace has no such name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the name {name!r} is not defined after the notebook ran")
        self.name = name


class RemoteUntransferable(RemoteFailure):
    """The answer cannot travel as plain data: it is sparse, meta, too large, a cycle."""


class RemoteTimeout(RemoteFailure):
    """The student's code did not answer in time."""


class RemoteFlood(RemoteFailure):
    """The student's code called a function that it was lent too often or with too much."""


class RemoteGone(RemoteFailure):
    """The student's process ended."""


class RemoteProtocol(RemoteFailure):
    """The student's process answered something that no honest process answers."""


class Peer:
    """The process at the other end of a channel.

    Args:
        channel: to it.

    Attributes:
        dead: why no further question can be asked; empty while it can.
        ended: the process was found to have closed its end.
    """

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.dead = ""
        self.ended = False

    def ask(
        self, operation: str, seconds: float, fds: Sequence[int] = (), /, **fields: Any
    ) -> dict[str, Any]:
        """Ask and return the answer; `seconds` bounds sending, thinking and receiving together.

        Raises:
            RemoteFailure: there is no good answer; except for `Untransferable` questions of ours,
                the peer is dead from now on.
        """
        deadline = time.monotonic() + seconds
        number = self.put(operation, seconds, fds, **fields)
        return self.take(number, deadline, seconds)

    def put(self, operation: str, seconds: float, fds: Sequence[int] = (), /, **fields: Any) -> int:
        """Send a question within some seconds; return the number that its answers must have.

        Raises:
            RemoteFailure: it cannot be asked; the peer is dead from now on.
            Untransferable: it is no plain data or too large; nothing was sent.
        """
        if self.dead:
            raise RemoteGone(self.dead)
        number = secrets.randbits(63)
        with self._failing(seconds):
            message = {"id": number, "op": operation, **fields}
            self.channel.send(message, fds, time.monotonic() + seconds)
        return number

    def tell(self, operation: str, seconds: float, fds: Sequence[int] = ()) -> None:
        """Send within some seconds what has no answer.

        A peer that has ended by now is not dead yet: what it said before is still to be taken.

        Raises:
            RemoteFailure: it does not take it; it is dead from now on.
        """
        if self.dead:
            raise RemoteGone(self.dead)
        with self._failing(seconds), contextlib.suppress(ChannelClosed):
            message = {"id": 0, "op": operation}
            self.channel.send(message, fds, time.monotonic() + seconds)

    def reply(self, number: int, deadline: float, seconds: float, **fields: Any) -> None:
        """Answer what the peer asked within a question of ours.

        Raises:
            RemoteFailure: it does not take the answer; it is dead from now on.
            Untransferable: the answer is too large; nothing was sent.
        """
        if self.dead:
            raise RemoteGone(self.dead)
        with self._failing(seconds):
            self.channel.send({"id": number, "op": "answer", **fields}, (), deadline)

    def take(self, number: int, deadline: float, seconds: float) -> dict[str, Any]:
        """Return the next answer to a question.

        Args:
            number: of the question.
            deadline: `time.monotonic()` by which it must have come.
            seconds: how long that is, for the message when it has not.

        Raises:
            RemoteFailure: there is no good answer; the peer is dead from now on.
        """
        if self.dead:
            raise RemoteGone(self.dead)
        with self._failing(seconds):
            answer = self.channel.receive(deadline)
        if answer.get("id") != number or type(answer.get("status")) is not str:
            raise self.broken("its answer is to no question")
        return answer

    @contextlib.contextmanager
    def _failing(self, seconds: float) -> Iterator[None]:
        """Say in our words that the channel failed; the peer is dead then."""
        try:
            yield
        except ChannelTimeout as error:
            raise RemoteTimeout(
                self.give_up(f"the student's process did not answer within {seconds:g} seconds")
            ) from error
        except ChannelClosed as error:
            self.ended = True
            raise RemoteGone(self.give_up("the student's process ended")) from error
        except Untransferable:
            raise  # our own question; nothing was sent
        except WireError as error:
            raise self.broken(str(error)) from error

    def give_up(self, reason: str) -> str:
        """Mark the peer dead and close the channel; return the reason."""
        if not self.dead:
            self.dead = reason
        self.channel.close()
        return reason

    def broken(self, what: str) -> RemoteProtocol:
        """Return the error for an answer of the wrong form; the peer is dead from now on."""
        return RemoteProtocol(self.give_up(f"the student's process broke the protocol: {what}"))


def plain_text(value: object, characters: int) -> str:
    """Return a text of the other side, bounded and without control characters; "" if it is none."""
    if type(value) is not str:
        return ""
    text = _CONTROL.sub("", value[: 2 * characters].replace("\r\n", "\n"))
    return text if len(text) <= characters else text[:characters] + " … (cut)"
