"""The exchange's client: asks, sends and receives, and does not give up when the line breaks.

What it guarantees:

- A request that got no answer is repeated, later and later, until the patience is used up; an
  upload goes on where the server says that it stopped.
- A server that says when to come again (`Retry-After`) is not asked before.
- Repeating is safe: the server gives the same receipt for the same upload.
- The token goes to the exchange's address only: no proxy, no redirect, no netrc.

What it does not do: decide anything. What is allowed, and when it was, is the server's.
"""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import requests

from gradlab_exchange.content import Arrival, Content
from gradlab_exchange.errors import Corrupted, ExchangeProblem, Refused, Unreachable
from gradlab_exchange.manifest import Limits, Manifest
from gradlab_exchange.receipt import Receipt

CHUNK_BYTES = 4 << 20
PATIENCE_SECONDS = 60.0
FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 4.0
LONGEST_WAIT_SECONDS = 60.0
CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 60.0
# what a proxy or a server that is being restarted says, and a server that asks to wait
PASSING = frozenset({408, 429, 502, 503, 504})
# the upload stands elsewhere than this client thinks: ask again
UNSYNCHRONISED = 409
# downloads come from the exchange, which has limits of its own
ANY_SIZE = Limits(total_bytes=1 << 50, files=1_000_000, depth=64, own=True)


class ExchangeClient:
    """One person's connection to the exchange."""

    def __init__(
        self,
        url: str,
        token: str,
        *,
        forwarded: str = "",
        patience_seconds: float = PATIENCE_SECONDS,
        wait: Callable[[float], None] = time.sleep,
        chunk_bytes: int = CHUNK_BYTES,
    ) -> None:
        """Remember where and as whom; nothing is sent yet.

        `forwarded` is the `X-Forwarded-For` of the visitor for whom a service asks.
        """
        self.url = url.rstrip("/")
        self.patience_seconds = patience_seconds
        self.chunk_bytes = chunk_bytes
        self._wait = wait
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers["Authorization"] = f"token {token}"
        if forwarded:
            self._session.headers["X-Forwarded-For"] = forwarded

    def get(self, *path: str, **query: str) -> Any:
        """Return what the exchange answers.

        Raises:
            Refused: it says no.
            Unreachable: it says nothing.
        """
        return self._ask("GET", path, params=query)

    def delete(self, *path: str) -> Any:
        """Ask the exchange to take something back; as `get`."""
        return self._ask("DELETE", path)

    def upload(self, course: str, content: Content, **what: Any) -> dict[str, Any]:
        """Send a folder, and return the exchange's last word on it.

        Args:
            course: course.
            content: the folder.
            what: `kind`, `assignment`, and what else the kind needs.

        Raises:
            Refused, Unreachable: as `get`.
        """
        announcement = {**what, "key": uuid.uuid4().hex, "files": content.manifest.to_json()}
        patience = _Patience(self.patience_seconds, self._wait)
        furthest = -1
        while True:
            answer = self._ask("POST", ("courses", course, "uploads"), json=announcement)
            if "offset" not in answer:
                return dict(answer)
            if answer["offset"] > furthest:
                furthest = answer["offset"]
                patience.renew()
            try:
                return self._send(course, content, answer)
            except _Broken as broken:
                patience.pause(broken)

    def submit(self, course: str, assignment: str, content: Content) -> Receipt:
        """Hand in a folder."""
        return self.submit_and_hear(course, assignment, content)[0]

    def submit_and_hear(
        self, course: str, assignment: str, content: Content
    ) -> tuple[Receipt, dict[str, Any]]:
        """Hand in a folder; return the receipt, and what the exchange says besides."""
        answer = self.upload(course, content, kind="submission", assignment=assignment)
        receipt = Receipt.from_json(answer["receipt"])
        if receipt.digest != content.manifest.digest:
            raise Corrupted(f"receipt {receipt.number} is for other files than were handed in")
        outlook = answer.get("outlook")
        return receipt, dict(outlook) if isinstance(outlook, dict) else {}

    def download(self, folder: Path, *path: str) -> Manifest:
        """Receive a bundle of files into `folder`, which must not exist yet.

        Raises:
            Corrupted: what came is not what was announced.
            Refused, Unreachable: as `get`.
        """
        described = self.get(*path)
        manifest = Manifest.from_json(described["files"], ANY_SIZE)
        arrival = Arrival(manifest, folder)
        patience = _Patience(self.patience_seconds, self._wait)
        while arrival.received < manifest.size:
            before = arrival.received
            try:
                self._receive(arrival, path, described["version"])
            except _Broken as broken:
                if arrival.received > before:
                    patience.renew()
                patience.pause(broken)
        arrival.close()
        return manifest

    def _send(self, course: str, content: Content, answer: Mapping[str, Any]) -> dict[str, Any]:
        offset = int(answer["offset"])
        while True:
            data = content.read(offset, self.chunk_bytes)
            reply = self._once(
                "PUT",
                ("courses", course, "uploads", str(answer["upload"])),
                params={"offset": str(offset)},
                data=data,
            )
            if reply.status_code == UNSYNCHRONISED:
                raise _Broken(_message(reply))
            said = _body(reply)
            if "offset" not in said:
                return said
            offset = int(said["offset"])

    def _receive(self, arrival: Arrival, path: tuple[str, ...], version: str) -> None:
        query = {"version": version, "offset": str(arrival.received)}
        reply = self._once("GET", (*path, "content"), params=query, stream=True)
        with reply:
            if reply.status_code >= 400:
                _body(reply)
            try:
                for block in reply.iter_content(1 << 16):
                    arrival.write(block)
            except requests.RequestException as error:
                raise _Broken(str(error)) from error
        if arrival.received < arrival.manifest.size:
            raise _Broken("the answer ended early")

    def _ask(self, method: str, path: tuple[str, ...], **more: Any) -> Any:
        patience = _Patience(self.patience_seconds, self._wait)
        while True:
            try:
                return _body(self._once(method, path, **more))
            except _Broken as broken:
                patience.pause(broken)

    def _once(self, method: str, path: tuple[str, ...], **more: Any) -> requests.Response:
        address = "/".join([self.url, "api", *(quote(part, safe="") for part in path)])
        try:
            reply = self._session.request(
                method, address, timeout=(CONNECT_SECONDS, ANSWER_SECONDS),
                allow_redirects=False, **more,
            )  # fmt: skip
        except requests.RequestException as error:
            raise _Broken(f"{type(error).__name__}: {error}") from error
        if reply.status_code in PASSING:
            raise _Broken(f"status {reply.status_code}: {_message(reply)}", _retry_after(reply))
        return reply


class _Broken(ExchangeProblem):
    """No answer this time; the next may come, and not before `after_seconds`."""

    def __init__(self, message: str, after_seconds: float = 0.0) -> None:
        super().__init__(message)
        self.after_seconds = after_seconds


class _Patience:
    """Pauses that become longer, until there has been no progress for too long."""

    def __init__(self, seconds: float, wait: Callable[[float], None]) -> None:
        self._seconds = seconds
        self._wait = wait
        self.renew()

    def renew(self) -> None:
        """Begin anew: something went forward."""
        self._used = 0.0
        self._pause = FIRST_PAUSE_SECONDS

    def pause(self, why: _Broken) -> None:
        if self._used >= self._seconds:
            raise Unreachable(
                f"the exchange did not answer for {self._seconds:.0f} s ({why}). Nothing is lost; "
                "try again in a minute, and tell your instructor if it lasts"
            ) from why
        pause = self._pause * random.uniform(0.5, 1.5)  # so that a class does not return at once
        pause = max(pause, why.after_seconds)
        self._wait(pause)
        self._used += pause
        self._pause = min(2 * self._pause, LONGEST_PAUSE_SECONDS)


def _body(reply: requests.Response) -> dict[str, Any]:
    if reply.status_code != 200:
        raise Refused(reply.status_code, _message(reply))
    try:
        return dict(reply.json())
    except (requests.JSONDecodeError, TypeError, ValueError) as error:
        raise _Broken("the answer was cut off") from error


def _retry_after(reply: requests.Response) -> float:
    """Return for how many seconds the server asks to wait, within reason."""
    text = reply.headers.get("Retry-After", "")
    return min(float(text), LONGEST_WAIT_SECONDS) if text.isascii() and text.isdecimal() else 0.0


def _message(reply: requests.Response) -> str:
    try:
        return str(reply.json()["message"])
    except (requests.RequestException, KeyError, TypeError, ValueError):
        return f"the exchange answered with status {reply.status_code}"
