"""Functions of the trusted side that a question lends to the student's process, while it runs.

What it guarantees:

- The student's process can call what this question lent and nothing else, by number, with plain
  data by position; it never sees the function itself.
- Calls are bounded in number and size, each and all together; the question's deadline goes on.

What it does not do: decide what a call may raise; whoever lends a function does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from autograder.wire.codec import Lent, WireLimits, decode
from autograder.wire.errors import WireError

CALLS = 10_000
BYTES = 64 << 20
CALL_LIMITS = WireLimits(
    total_bytes=8 << 20, tree_bytes=1 << 20, items=50_000, depth=20, handles=False
)


class CallRefused(Exception):  # an answer to the student's process; leaves this package never
    """The function does not take these arguments.

    Args:
        type_name: name of the builtin exception that the student's code gets.
    """

    def __init__(self, type_name: str) -> None:
        super().__init__(type_name)
        self.type_name = type_name


class TooManyCalls(WireError):
    """The student's process called more often, or with more data, than it may."""


@dataclass
class Loan:
    """What one question lends.

    Attributes:
        functions: what was lent; a function's number is its place.
        calls: how many calls there were.
        received: bytes of their arguments.
    """

    functions: list[Callable[..., bytes]] = field(default_factory=list)
    calls: int = 0
    received: int = 0

    def lend(self, lent: Lent) -> int:
        """Return the number under which the student's process can call a function."""
        self.functions.append(lent.function)
        return len(self.functions) - 1

    def answer(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """Call a function as the student's process asks; return the fields of the answer.

        Raises:
            TooManyCalls: it asked too often or sent too much.
            WireError: it asked for what was not lent, or sent no plain data.
        """
        number, arguments = message.get("function"), message.get("arguments")
        if type(number) is not int or not 0 <= number < len(self.functions):
            raise WireError("a call of a function that was not lent")
        if type(arguments) is not bytes:
            raise WireError("a call without arguments")
        self.calls += 1
        self.received += len(arguments)
        if self.calls > CALLS:
            raise TooManyCalls(f"more than {CALLS} times")
        if self.received > BYTES:
            raise TooManyCalls(f"with more than {BYTES >> 20} MB of arguments")
        values = decode(arguments, CALL_LIMITS)
        if type(values) is not list:
            raise WireError("a call whose arguments are no list")
        try:
            value = self.functions[number](*values)
        except CallRefused as refused:
            return {"status": "raised", "type": refused.type_name}
        return {"status": "ok", "value": value}
