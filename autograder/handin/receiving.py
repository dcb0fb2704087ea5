"""Uploads over HTTP: the announcement, and the bytes.

What it guarantees:

- A body is written to disk while it arrives, never held in memory, and cut off at its limit.
- Of two requests that write to one upload the newer one goes on: a line that is dead without
  knowing it blocks nobody.

What it does not do: decide what an upload becomes (`uploads`).
"""

from __future__ import annotations

import json
import os

from tornado.web import HTTPError, stream_request_body

from autograder.handin.announcement import Announcement, Kind
from autograder.handin.errors import (
    ExchangeRefusal,
    Malformed,
    OutOfStep,
    Replaced,
    TooMuch,
)
from autograder.handin.request import Base, whole_number
from autograder.handin.uploads import Uploads

ANNOUNCEMENT_BYTES = 2_000_000
CHUNK_BYTES = 64 << 20


class Announce(Base):
    """The beginning of an upload."""

    hands_in = True

    async def post(self, course: str) -> None:
        """Announce."""
        try:
            value = json.loads(self.request.body)
        except (ValueError, RecursionError) as error:
            raise Malformed("the announcement is no JSON") from error
        if not (isinstance(value, dict) and value.get("kind") == Kind.SUBMISSION):
            await self.ask_again()
        await self.reply(
            self.exchange.begin, self.caller, course, value, self.arrived, self.address
        )


@stream_request_body
class Upload(Base):
    """Bytes of an upload."""

    hands_in = True

    async def prepare(self) -> None:
        """Find the upload, and the place in it, before any byte is taken."""
        self._problem: BaseException | None = None
        self.request.connection.set_max_body_size(CHUNK_BYTES)
        await super().prepare()
        if self.request.method != "PUT":
            raise HTTPError(405, "an upload is sent with PUT")
        offset = whole_number(self.get_query_argument("offset"), "offset")
        course, upload = self.path_args
        self._uploads: Uploads
        self._announcement: Announcement
        self._uploads, self._announcement = await self.run(
            self.exchange.open_upload, self.caller, course, upload, offset
        )
        self._position = offset
        self._turn = self.application.settings["turns"].take(upload)

    def data_received(self, chunk: bytes) -> None:
        """Write what arrives, at its place."""
        if self._problem is not None or self._finished:
            return
        try:
            self._write(chunk)
        except (ExchangeRefusal, OSError) as error:
            self._problem = error

    def _write(self, chunk: bytes) -> None:
        announcement = self._announcement
        if not self.application.settings["turns"].has(announcement.upload, self._turn):
            raise OutOfStep("a newer request goes on with this upload", offset=self._position)
        if self._position + len(chunk) > announcement.manifest.size:
            raise TooMuch(f"more than the {announcement.manifest.size} bytes that were announced")
        try:
            descriptor = os.open(self._uploads.part(announcement), os.O_WRONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            raise Replaced("a newer upload took this one's place") from None
        try:
            self._position += os.pwrite(descriptor, chunk, self._position)
        finally:
            os.close(descriptor)

    async def put(self, _course: str, _upload: str) -> None:
        """Answer with the offset, or with the receipt after the last byte."""
        if self._problem is not None:
            raise self._problem
        last_byte = self.exchange.clock()
        await self.reply(
            self.exchange.finish, self._uploads, self._announcement, last_byte, self.address
        )


class Turns:
    """Which request may write to an upload: the newest one, so that a dead line blocks nothing."""

    def __init__(self) -> None:
        self._newest: dict[str, int] = {}
        self._count = 0

    def take(self, upload: str) -> int:
        """Be the newest."""
        self._count += 1
        self._newest.pop(upload, None)
        self._newest[upload] = self._count
        while len(self._newest) > 100_000:  # the oldest; its line has long been cut
            del self._newest[next(iter(self._newest))]
        return self._count

    def has(self, upload: str, turn: int) -> bool:
        """Return whether this request still is the newest."""
        return self._newest.get(upload) == turn
