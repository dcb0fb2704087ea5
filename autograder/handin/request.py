"""What every request to the exchange goes through, and how it is answered.

What it guarantees:

- Every request but `/health` has a token in its `Authorization` header that the hub knows. There
  are no cookies, so that no page can act for a person.
- Who asks too often is refused with 429 and told when to come again.
- A refusal is a JSON object with a `message` for a person. An error of ours has no details.
"""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

from tornado.web import HTTPError, RequestHandler

from autograder.handin.errors import (
    ExchangeRefusal,
    Forbidden,
    Malformed,
    NoSpace,
    Stranger,
    TooOften,
)
from autograder.handin.exchange import Exchange
from autograder.handin.identity import Caller
from autograder.operations.client_address import address_of
from autograder.records import LogError
from gradlab_exchange.errors import ExchangeProblem


class Callers(Protocol):
    """Who can tell whose token it is."""

    async def caller(self, token: str, *, afresh: bool) -> Caller:
        """Return whose it is.

        Raises:
            Stranger: nobody's.
        """
        ...


class Base(RequestHandler):  # type: ignore[misc]  # tornado's types are skipped
    """What all requests share: a caller, threads, and refusals as JSON.

    `hands_in` says which of them somebody's own computer may send.
    """

    caller: Caller
    hands_in = False

    def initialize(self, exchange: Exchange, callers: Callers, threads: ThreadPoolExecutor) -> None:
        """Take what the application has."""
        self.exchange = exchange
        self.callers = callers
        self.threads = threads

    def set_default_headers(self) -> None:
        """Let no browser keep, guess or frame anything."""
        self.set_header("Content-Type", "application/json")
        self.set_header("Cache-Control", "no-store")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
        self.clear_header("Server")

    async def prepare(self) -> None:
        """Find out who asks, and note when: the hub may take its time to answer."""
        self.arrived = self.exchange.clock()
        if "Content-Encoding" in self.request.headers:
            raise Malformed("a compressed body is not taken; send it as it is")
        self.caller = await self.callers.caller(self._token, afresh=False)
        if self.caller.only and not self.hands_in:
            raise Forbidden(f"this token hands in into {self.caller.only}, and does nothing else")
        if not self.caller.is_staff:
            wait = self.application.settings["rates"].take(self.caller.name)
            if wait:
                most = self.exchange.settings.requests_each
                raise TooOften(
                    f"{self.caller.name} asks more often than {most} times a minute; wait a "
                    "little, nothing is lost",
                    retry_after=math.ceil(wait),
                )

    async def ask_again(self) -> None:
        """Ask the hub itself: a change of groups counts at once for what only staff may do."""
        self.caller = await self.callers.caller(self._token, afresh=True)

    @property
    def _token(self) -> str:
        given = self.request.headers.get_list("Authorization")
        words = given[0].split() if len(given) == 1 else []
        if len(words) != 2 or words[0].lower() not in ("token", "bearer"):
            raise Stranger("expected one header 'Authorization: token …' with a token of the hub")
        return str(words[1])

    async def run(self, work: Callable[..., Any], *arguments: Any) -> Any:
        """Run what reads or writes files in a thread."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.threads, lambda: work(*arguments))

    async def reply(self, work: Callable[..., Any], *arguments: Any) -> None:
        """Run it and answer with what it returns."""
        self.finish(json.dumps(await self.run(work, *arguments)))

    @property
    def address(self) -> str:
        """Return where the request came from."""
        return address_of(self.request)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer a refusal with its words, anything else without."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        refusal = as_refusal(error)
        if refusal is not None:
            self.set_status(refusal.status)
            if isinstance(refusal, TooOften):
                self.set_header("Retry-After", str(refusal.details["retry_after"]))
            self.finish(json.dumps({"message": str(refusal), **refusal.details}))
        elif isinstance(error, HTTPError) and error.log_message:
            self.finish(json.dumps({"message": error.log_message}))
        else:
            self.finish(json.dumps({"message": f"the exchange failed (status {status_code})"}))

    def log_exception(self, kind: Any, value: Any, trace: Any) -> None:
        """Log our own errors; a refusal is no error."""
        if as_refusal(value) is None or isinstance(value, OSError | LogError):
            super().log_exception(kind, value, trace)


def as_refusal(error: BaseException | None) -> ExchangeRefusal | None:
    """Return the refusal that an error means for the client; `None` for an error of ours."""
    if isinstance(error, ExchangeRefusal):
        return error
    if isinstance(error, ExchangeProblem):
        return Malformed(str(error))
    if isinstance(error, LogError | OSError):
        return NoSpace("the exchange cannot write to its disk now. Tell your instructor")
    return None


def whole_number(text: str, what: str) -> int:
    """Return a number of an address.

    Raises:
        Malformed: it is none.
    """
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise Malformed(f"{what} is {text[:40]!r}; expected a whole number")
    return int(text)
