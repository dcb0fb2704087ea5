"""The exchange over HTTP.

    GET    /api/me                                                          who the caller is where
    GET    /api/assignments?course=                                         what is released
    GET    /api/courses/C/assignments/A          …/content?version=&offset= one of them
    DELETE /api/courses/C/assignments/A                                     take it back
    GET    /api/submissions?course=&student=&assignment=                    who handed in what
    GET    /api/courses/C/submissions/A/S/T      …/content?version=&offset= one of them
    GET    /api/courses/C/feedback/A/T           …/content?version=&offset= the caller's feedback
    POST   /api/courses/C/uploads                                           announce an upload
    PUT    /api/courses/C/uploads/U?offset=                                 send bytes
    GET    /health                                                          that it runs

What it guarantees:

- Every request but `/health` has a token in its `Authorization` header that the hub knows. There
  are no cookies, so that no page can act for a person.
- A body is written to disk while it arrives, never held in memory, and cut off at its limit.
- Who asks too often is refused with 429 and told when to come again.
- A refusal is a JSON object with a `message` for a person. An error of ours has no details.
"""

from __future__ import annotations

import asyncio
import json
import math
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol

from tornado.web import Application, HTTPError, RequestHandler, stream_request_body

from autograder.audit import AuditError
from autograder.hub.client_address import client_address
from autograder.hub.exchange.announcement import Announcement, Kind
from autograder.hub.exchange.errors import (
    ExchangeRefusal,
    Malformed,
    NoSpace,
    OutOfStep,
    Replaced,
    Stranger,
    TooMuch,
    TooOften,
)
from autograder.hub.exchange.exchange import Exchange
from autograder.hub.exchange.identity import Caller
from autograder.hub.exchange.rate import Rates
from autograder.hub.exchange.storage import Bundle
from autograder.hub.exchange.uploads import Uploads
from gradlab_exchange.errors import ExchangeProblem

ANNOUNCEMENT_BYTES = 2_000_000
CHUNK_BYTES = 64 << 20
READ_BYTES = 1 << 18
THREADS = 8
_NAME = r"([^/]+)"


class Callers(Protocol):
    """Who can tell whose token it is."""

    async def caller(self, token: str, *, afresh: bool) -> Caller:
        """Return whose it is.

        Raises:
            Stranger: nobody's.
        """
        ...


class Base(RequestHandler):  # type: ignore[misc]  # tornado's types are skipped
    """What all requests share: a caller, threads, and refusals as JSON."""

    caller: Caller

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
        forwarded = ",".join(self.request.headers.get_list("X-Forwarded-For"))
        return client_address(str(self.request.remote_ip), forwarded)

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
        if as_refusal(value) is None or isinstance(value, OSError | AuditError):
            super().log_exception(kind, value, trace)


def as_refusal(error: BaseException | None) -> ExchangeRefusal | None:
    """Return the refusal that an error means for the client; `None` for an error of ours."""
    if isinstance(error, ExchangeRefusal):
        return error
    if isinstance(error, ExchangeProblem):
        return Malformed(str(error))
    if isinstance(error, AuditError | OSError):
        return NoSpace("the exchange cannot write to its disk now. Tell your instructor")
    return None


class Health(RequestHandler):  # type: ignore[misc]  # tornado's types are skipped
    """That the service runs; needs no token."""

    def get(self) -> None:
        """Say so."""
        self.finish({"status": "ok"})


class Nothing(Base):
    """Any other address."""

    async def prepare(self) -> None:
        """Say so, whoever asks."""
        raise HTTPError(404, "there is nothing at this address of the exchange")


class Me(Base):
    """The caller, and their courses."""

    async def get(self) -> None:
        """Say who and where."""
        self.finish({"name": self.caller.name, "courses": self.exchange.courses(self.caller)})


class Assignments(Base):
    """What is released."""

    async def get(self) -> None:
        """List it."""
        course = self.get_query_argument("course", "")
        found = await self.run(self.exchange.released, self.caller, course)
        self.finish({"assignments": found})


class Submissions(Base):
    """Who handed in what."""

    async def get(self) -> None:
        """List it."""
        names = ("course", "student", "assignment")
        wanted = [self.get_query_argument(name, "") for name in names]
        found = await self.run(self.exchange.submissions, self.caller, *wanted)
        self.finish({"submissions": found})


class BundleBase(Base):
    """A bundle of files: first its manifest, then its content from any byte on."""

    async def get(self, *names: str) -> None:
        """Describe the bundle, or send it."""
        *where, content = names
        bundle = await self.found(*where)
        version = await self.run(lambda: bundle.version)
        if not content:
            manifest = await self.run(bundle.manifest)
            self.finish({"files": manifest.to_json(), "version": version})
            return
        if self.get_query_argument("version", "") != version:
            raise OutOfStep("the files changed meanwhile; begin again")
        self.set_header("Content-Type", "application/octet-stream")
        await self._send(bundle, _whole_number(self.get_query_argument("offset", "0"), "offset"))

    async def found(self, *names: str) -> Bundle:
        """Return the bundle that the address names; each kind of address says how."""
        raise NotImplementedError

    async def _send(self, bundle: Bundle, offset: int) -> None:
        for path, start, size in await self.run(lambda: list(bundle.pieces(offset))):
            while size:
                data = await self.run(_read, path, start, min(size, READ_BYTES))
                if not data:
                    raise OutOfStep("the files changed meanwhile; begin again")
                start, size = start + len(data), size - len(data)
                self.write(data)
                await self.flush()
        self.finish()


class Assignment(BundleBase):
    """One released assignment."""

    async def found(self, *names: str) -> Bundle:
        """Return it, if the caller may have it."""
        bundle: Bundle = await self.run(self.exchange.assignment, self.caller, *names)
        return bundle

    async def delete(self, course: str, assignment: str, _content: str) -> None:
        """Take it back."""
        await self.ask_again()
        await self.reply(self.exchange.unrelease, self.caller, course, assignment, self.address)


class Submission(BundleBase):
    """One submission, for those who grade."""

    async def found(self, *names: str) -> Bundle:
        """Return it, if the caller may have it."""
        bundle: Bundle = await self.run(self.exchange.submission, self.caller, *names)
        if self.path_args[-1] and self.get_query_argument("offset", "0") == "0":
            await self.run(self.exchange.collected, self.caller, *names, self.address)
        return bundle


class Feedback(BundleBase):
    """Feedback on one of the caller's submissions."""

    async def found(self, *names: str) -> Bundle:
        """Return it, if the caller may have it."""
        bundle: Bundle = await self.run(self.exchange.feedback, self.caller, *names)
        return bundle


class Announce(Base):
    """The beginning of an upload."""

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

    async def prepare(self) -> None:
        """Find the upload, and the place in it, before any byte is taken."""
        self._problem: BaseException | None = None
        self.request.connection.set_max_body_size(CHUNK_BYTES)
        await super().prepare()
        if self.request.method != "PUT":
            raise HTTPError(405, "an upload is sent with PUT")
        offset = _whole_number(self.get_query_argument("offset"), "offset")
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


def application(
    exchange: Exchange, callers: Callers, threads: ThreadPoolExecutor, prefix: str
) -> Application:
    """Return the web application.

    Args:
        exchange: what is served.
        callers: who tells whose a token is.
        threads: where files are read and written.
        prefix: what all addresses begin with.
    """
    given = {"exchange": exchange, "callers": callers, "threads": threads}
    base, content = prefix.rstrip("/"), "(?:/(content))?"
    bundle = f"{base}/api/courses/{_NAME}"
    return Application(
        [
            (f"{base}/health", Health),
            (f"{base}/api/me", Me, given),
            (f"{base}/api/assignments", Assignments, given),
            (f"{base}/api/submissions", Submissions, given),
            (f"{bundle}/assignments/{_NAME}{content}", Assignment, given),
            (f"{bundle}/submissions/{_NAME}/{_NAME}/{_NAME}{content}", Submission, given),
            (f"{bundle}/feedback/{_NAME}/{_NAME}{content}", Feedback, given),
            (f"{bundle}/uploads", Announce, given),
            (f"{bundle}/uploads/([0-9a-f]{{64}})", Upload, given),
        ],
        default_handler_class=Nothing,
        default_handler_args=given,
        turns=Turns(),
        rates=Rates(exchange.settings.requests_each, time.monotonic),
    )


def _whole_number(text: str, what: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise Malformed(f"{what} is {text[:40]!r}; expected a whole number")
    return int(text)


def _read(path: Path, start: int, size: int) -> bytes:
    with path.open("rb") as file:
        file.seek(start)
        return file.read(size)
