"""A student's namespace as the trusted side sees it: names that can be read, set and called.

What it guarantees:

- What comes back is exact plain data, or a `Handle` for an object that stays there.
- Functions among the arguments of a call can be called back while that call runs, and no longer.
- Every question ends within its seconds plus a fixed grace, with a value or a `RemoteFailure`.
- After a hard timeout or a broken protocol the namespace is dead and says why at each further use.

What it does not do: judge the values. They are what the student's process says they are.

Longer than other modules: all questions that can be asked stand together, with their bounds.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from autograder.wire.codec import Handle, decode, encode
from autograder.wire.errors import Untransferable, WireError
from autograder.wire.exchange import (
    MESSAGE_CHARACTERS,
    TRACEBACK_CHARACTERS,
    Peer,
    RemoteFailure,
    RemoteFlood,
    RemoteForbidden,
    RemoteGone,
    RemoteMissing,
    RemoteProtocol,
    RemoteRaised,
    RemoteTimeout,
    RemoteUntransferable,
    plain_text,
)
from autograder.wire.lent import Loan, TooManyCalls

__all__ = [
    "Gradients",
    "Namespace",
    "RemoteFailure",
    "RemoteFlood",
    "RemoteForbidden",
    "RemoteGone",
    "RemoteMissing",
    "RemoteProtocol",
    "RemoteRaised",
    "RemoteTimeout",
    "RemoteUntransferable",
]

_BASES = 20  # classes of one exception that are told
GRACE_SECONDS = 2.0  # between the student side's own alarm and giving up on it


@dataclass(frozen=True)
class Gradients:
    """A value with the gradients of its (weighted) sum.

    Args:
        value: what the call returned.
        arguments: the gradient of each positional argument; `None` where there is none.
        keywords: the gradient of each keyword argument that has one.
        parameters: of the called module, by name; empty when the target is no module.
    """

    value: Any
    arguments: list[Any]
    keywords: dict[str, Any] = field(default_factory=dict)
    parameters: dict[str, Any] = field(default_factory=dict)


class Namespace:
    """The namespace of a student's process, or of a branch of it.

    Args:
        peer: the process that serves it.
        seconds: limit of a call for which none is named.
        on_close: called once when the namespace is closed.
    """

    def __init__(
        self,
        peer: Peer,
        seconds: float = 20.0,
        on_close: Callable[[], None] | None = None,
    ) -> None:
        self._peer = peer
        self._seconds = seconds
        self._on_close = on_close
        self._renewal: dict[str, int] = {}
        self._forbidden: Sequence[str] = ()

    @property
    def dead(self) -> str:
        """Return why the namespace cannot be used any more; empty while it can."""
        return self._peer.dead

    @property
    def ended(self) -> bool:
        """Return whether the process was found to have ended by itself, or to have been killed."""
        return self._peer.ended

    @property
    def answered(self) -> bool:
        """Return whether a question was answered since the namespace was renewed, if it was.

        A branch that was never made, or that ended before it was asked anything, has not.
        """
        return not self._renewal

    def get(self, name: str, *, keep: bool = False, seconds: float | None = None) -> Any:
        """Return the value of a name; dotted names reach attributes.

        Args:
            name: as the student's code would write it: `model`, `config.width`.
            keep: leave the object there and return a `Handle`, whatever it is.
            seconds: limit of this question.
        """
        return self._value("get", seconds, target=name, keep=keep)

    def set(self, name: str, value: Any, *, seconds: float | None = None) -> None:
        """Bind a name in the namespace; dotted names set attributes."""
        self._value("set", seconds, target=name, value=encode(value))

    def call(
        self,
        target: str | Handle,
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
        seconds: float | None = None,
        *,
        method: str = "",
        keep: bool = False,
        arguments_back: bool = False,
    ) -> Any:
        """Call an object there and return what it returns.

        Args:
            target: a name, dotted or not, or a handle.
            args: plain data and handles.
            kwargs: as `args`.
            seconds: limit of this call.
            method: call this method of the target instead (dotted, special methods too).
            keep: leave the result there and return a `Handle`, whatever it is.
            arguments_back: return a list of the result, the positional arguments as the call left
                them, and those by name.
        """
        loan = Loan()
        return self._value(
            "call",
            seconds,
            loan,
            target=_target(target),
            method=method,
            arguments=_arguments(args, kwargs, loan),
            keep=keep,
            **({"arguments_back": True} if arguments_back else {}),
        )

    def operate(
        self,
        operator: str,
        target: str | Handle,
        args: Sequence[Any] = (),
        seconds: float | None = None,
        *,
        keep: bool = False,
    ) -> Any:
        """Apply one of Python's operators to an object there and return what it gives.

        Args:
            operator: a name that `autograder.student.operators` knows.
            target: the first operand, a name or a handle.
            args: the other operands.
            seconds: limit of this question.
            keep: leave the result there and return a `Handle`, whatever it is.
        """
        loan = Loan()
        return self._value(
            "operate",
            seconds,
            loan,
            operator=operator,
            target=_target(target),
            arguments=_arguments(args, None, loan),
            keep=keep,
        )

    def printed(
        self,
        target: str | Handle,
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
        seconds: float | None = None,
        *,
        characters: int,
    ) -> str:
        """Call an object there and return what was written to standard output meanwhile.

        Args:
            target: as in `call`.
            args: as in `call`.
            kwargs: as in `call`.
            seconds: limit of this call.
            characters: of more than so many, one more than that is returned.
        """
        loan = Loan()
        value = self._value(
            "printed",
            seconds,
            loan,
            target=_target(target),
            method="",
            arguments=_arguments(args, kwargs, loan),
            characters=characters + 1,
        )
        if type(value) is not str:
            raise self._peer.broken("a text that is none")
        return value[: characters + 1]

    def files(
        self, *, count: int, total_bytes: int, seconds: float | None = None
    ) -> dict[str, bytes]:
        """Return the plain files in the working folder there, by relative name.

        Args:
            count: how many there may be.
            total_bytes: how much they may hold, all together.
            seconds: limit of this question.
        """
        value = self._value("files", seconds, count=count, total_bytes=total_bytes)
        if (
            type(value) is not dict
            or len(value) > count
            or any(type(data) is not bytes for data in value.values())
            or sum(map(len, value.values())) > total_bytes
            or not all(is_file_name(name) for name in value)
        ):
            raise self._peer.broken("files that are none")
        return value

    def attribute(
        self, target: str | Handle, name: str, *, keep: bool = False, seconds: float | None = None
    ) -> Any:
        """Return an attribute of an object there; dotted names reach further."""
        return self._value("attribute", seconds, target=_target(target), name=name, keep=keep)

    def set_attribute(
        self, target: str | Handle, name: str, value: Any, *, seconds: float | None = None
    ) -> None:
        """Set an attribute of an object there."""
        self._value(
            "set_attribute", seconds, target=_target(target), name=name, value=encode(value)
        )

    def text(self, target: str | Handle, *, seconds: float | None = None) -> str:
        """Return `str()` of an object there, cut to 100 000 characters."""
        value = self._value("text", seconds, target=_target(target))
        if type(value) is not str:
            raise self._peer.broken("a text that is none")
        return value[:100_000]

    def gradients(
        self,
        target: str | Handle,
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
        seconds: float | None = None,
        *,
        method: str = "",
        cotangent: Any = None,
    ) -> Gradients:
        """Call an object there and differentiate the sum of its floating-point outputs.

        Args:
            target: a name or a handle; a module's parameters are differentiated too.
            args: floating-point tensors among them are made leaves that require gradients.
            kwargs: as `args`.
            seconds: limit of this call.
            method: as in `call`.
            cotangent: weights of an output that is one tensor, in its shape.
        """
        loan = Loan()
        value = self._value(
            "gradients",
            seconds,
            loan,
            target=_target(target),
            method=method,
            arguments=_arguments(args, kwargs, loan),
            cotangent=encode(cotangent),
        )
        if (
            type(value) is not list
            or [type(part) for part in value[1:]] != [list, dict, dict]
            or len(value[1]) != len(args)
        ):
            raise self._peer.broken("gradients of the wrong form")
        return Gradients(*value)

    def renew(self, seed: int) -> None:
        """Have all handles forgotten and the generators seeded, as in a new branch.

        It is done before the next question, and asked for with it.

        Args:
            seed: for the generators.
        """
        self._renewal = {"renew": seed}

    def forbid(self, names: Sequence[str]) -> None:
        """Forbid names of libraries in the questions that follow, instead of those before.

        Args:
            names: as `autograder.student.forbidden` reads them; none allows everything.
        """
        self._forbidden = names

    def close(self) -> None:
        """Ask nothing more; closing twice is harmless."""
        self._peer.give_up("the namespace was closed")
        on_close, self._on_close = self._on_close, None
        if on_close is not None:
            on_close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _value(
        self, operation: str, seconds: float | None, loan: Loan | None = None, **fields: Any
    ) -> Any:
        limit = self._seconds if seconds is None else seconds
        fields |= self._renewal
        if self._forbidden:
            fields["forbidden"] = list(self._forbidden)
        patience = limit + GRACE_SECONDS
        deadline = time.monotonic() + patience
        number = self._peer.put(operation, patience, seconds=limit, **fields)
        answer = self._peer.take(number, deadline, patience)
        self._renewal = {}
        while answer["status"] == "calls":
            reply = self._called(loan or Loan(), answer)
            self._peer.reply(number, deadline, patience, **reply)
            answer = self._peer.take(number, deadline, patience)
        status = answer["status"]
        if status == "ok":
            value = answer.get("value")
            if type(value) is not bytes:
                raise self._peer.broken("an answer without a value")
            try:
                return decode(value)
            except WireError as error:
                raise self._peer.broken(f"it sent {error}") from error
        message = plain_text(answer.get("message"), MESSAGE_CHARACTERS)
        if status == "raised":
            raise RemoteRaised(
                plain_text(answer.get("type"), 200) or "Exception",
                message,
                plain_text(answer.get("traceback"), TRACEBACK_CHARACTERS),
                _names(answer.get("types")),
            )
        if status == "forbidden":
            raise RemoteForbidden(message)
        if status == "missing":
            raise RemoteMissing(message)
        if status == "untransferable":
            raise RemoteUntransferable(message)
        if status == "limit":
            raise RemoteTimeout(f"the student's code did not return within {limit:g} seconds")
        raise self._peer.broken(f"the unknown status {plain_text(status, 40)!r}")

    def _called(self, loan: Loan, call: dict[str, Any]) -> dict[str, Any]:
        """Return the answer to a call of a function that was lent."""
        try:
            return loan.answer(call)
        except TooManyCalls as error:
            raise RemoteFlood(self._peer.give_up(str(error))) from error
        except WireError as error:
            raise self._peer.broken(str(error)) from error
        except BaseException:  # ours: the conversation stops in the middle
            self._peer.give_up("a function of the check failed while it was called")
            raise


def is_file_name(name: object) -> bool:
    """Say whether a name is a relative path within a folder, in characters that can be read."""
    return (
        type(name) is str
        and 0 < len(name) <= 200
        and name.isprintable()
        and all(part not in ("", ".", "..") for part in name.split("/"))
    )


def _arguments(args: Sequence[Any], kwargs: Mapping[str, Any] | None, loan: Loan) -> bytes:
    return encode([list(args), dict(kwargs or {})], lend=loan.lend)


def _names(value: object) -> list[str]:
    names = value[:_BASES] if type(value) is list else []
    return [plain_text(name, 200) for name in names]


def _target(target: str | Handle) -> Any:
    if not isinstance(target, (str, Handle)):
        raise Untransferable(
            f"the target is of type {type(target).__name__}; expected a name or a handle"
        )
    return target
