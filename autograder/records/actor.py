"""Who acts at the moment, as the log of events names them.

What it guarantees:

- A service that knows the person by the hub's word says so with `acting`, for as long as it serves
  the request; whatever writes a line meanwhile names that person.
- Otherwise it is the account that runs the program, and, behind `sudo`, who called it.

What it does not do: prove an account's name; who can write the log can write any name into it.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import sys
from collections.abc import Iterator, Mapping
from contextvars import ContextVar, Token
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final


@dataclass(frozen=True)
class Actor:
    """Somebody who does something.

    Args:
        name: the hub's account, or `<account>@local` for an account of this machine.
        address: the network address that the request came from; empty on this machine.
        via: the program or service by which it is done, such as `formgrader` or `gradlab grade`.
    """

    name: str
    address: str = ""
    via: str = ""


_PRESENT: Final[ContextVar[Actor | None]] = ContextVar("gradlab_actor", default=None)


@contextlib.contextmanager
def acting(actor: Actor) -> Iterator[None]:
    """Name `actor` in every line that is written in this context."""
    token = enter(actor)
    try:
        yield
    finally:
        _PRESENT.reset(token)


def enter(actor: Actor) -> Token[Actor | None]:
    """Name `actor` until the present task ends; for a request whose end nobody sees."""
    return _PRESENT.set(actor)


def present_actor(environment: Mapping[str, str] | None = None) -> Actor:
    """Return who acts now."""
    return _PRESENT.get() or local_actor(environment)


def local_actor(environment: Mapping[str, str] | None = None) -> Actor:
    """Return the account that runs this program."""
    env = os.environ if environment is None else environment
    return _local_actor(os.geteuid(), env.get("SUDO_USER"), *sys.argv[:2])


@lru_cache(maxsize=8)  # a program asks for each line that it writes, and is the same
def _local_actor(account: int, caller: str | None, program: str, verb: str = "") -> Actor:
    try:
        name = f"{pwd.getpwuid(account).pw_name}@local"
    except KeyError:
        name = f"{account}@local"
    words = [Path(program).name or "python", verb]
    via = " ".join(word for word in words if word and not word.startswith("-"))
    return Actor(f"{caller} as {name}" if caller else name, via=via)
