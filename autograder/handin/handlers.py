"""The exchange over HTTP.

    GET    /api/me                                                          who the caller is where
    GET    /api/assignments?course=                                         what is released
    GET    /api/courses/C/assignments/A          …/content?version=&offset= one of them
    DELETE /api/courses/C/assignments/A                                     take it back
    GET    /api/submissions?course=&student=&assignment=                    who handed in what
    GET    /api/courses/C/submissions/A/S/T      …/content?version=&offset= one of them
    GET    /api/courses/C/feedback/A/T           …/content?version=&offset= the caller's feedback
    GET    /api/courses/C/ahead/A?digest=                                   before handing in
    POST   /api/courses/C/uploads                                           announce an upload
    PUT    /api/courses/C/uploads/U?offset=                                 send bytes
    GET    /health                                                          that it runs

What it does not do: take uploads (`receiving`), or find out who asks (`request`).
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tornado.web import Application, HTTPError, RequestHandler

from autograder.handin.errors import OutOfStep
from autograder.handin.exchange import Exchange
from autograder.handin.rate import Rates
from autograder.handin.receiving import Announce, Turns, Upload
from autograder.handin.request import Base, Callers, whole_number
from autograder.handin.storage import Bundle

READ_BYTES = 1 << 18
THREADS = 8
_NAME = r"([^/]+)"


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

    hands_in = True

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
        await self._send(bundle, whole_number(self.get_query_argument("offset", "0"), "offset"))

    async def found(self, *names: str) -> Bundle:
        """Return the bundle that the address names; each kind of address says how."""
        raise NotImplementedError

    @property
    def is_beginning(self) -> bool:
        """Whether the content is asked for, from its first byte on."""
        return bool(self.path_args[-1]) and self.get_query_argument("offset", "0") == "0"

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
        if self.is_beginning:
            await self.run(self.exchange.fetched, self.caller, *names)
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
        if self.is_beginning:
            await self.run(self.exchange.collected, self.caller, *names, self.address)
        return bundle


class Feedback(BundleBase):
    """Feedback on one of the caller's submissions."""

    async def found(self, *names: str) -> Bundle:
        """Return it, if the caller may have it."""
        bundle: Bundle = await self.run(self.exchange.feedback, self.caller, *names)
        return bundle


class Ahead(Base):
    """What the caller should know before handing in."""

    async def get(self, course: str, assignment: str) -> None:
        """Say it."""
        digest = self.get_query_argument("digest", "")
        await self.reply(self.exchange.ahead, self.caller, course, assignment, digest)


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
            (f"{bundle}/ahead/{_NAME}", Ahead, given),
            (f"{bundle}/uploads", Announce, given),
            (f"{bundle}/uploads/([0-9a-f]{{64}})", Upload, given),
        ],
        default_handler_class=Nothing,
        default_handler_args=given,
        turns=Turns(),
        rates=Rates(exchange.settings.requests_each, time.monotonic),
    )


def _read(path: Path, start: int, size: int) -> bytes:
    with path.open("rb") as file:
        file.seek(start)
        return file.read(size)
