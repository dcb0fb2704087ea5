"""The exchange's process, as the hub starts it: `python -m autograder.handin.service`.

What it guarantees:

- Whose a token is, is asked of the hub, which must also say that the token may be used here
  (`access:services!service=…`, or the one scope to hand in). Its answer is kept for half a minute,
  and never for what releases or announces anything.
- It listens where the hub said, and ends on SIGTERM after the requests that are under way. When it
  crashes it is there again in a moment (`worker`).
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import socket
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any, Self
from urllib.parse import urlsplit

from jupyterhub.services.auth import HubAuth
from tornado.httpserver import HTTPServer
from tornado.ioloop import PeriodicCallback
from tornado.netutil import bind_sockets
from tornado.web import HTTPError

from autograder.course.feedback import Count
from autograder.course.layout import Layout
from autograder.feedback.attempts import attempts_of
from autograder.feedback.course import FeedbackCourse
from autograder.feedback.outlook import ahead as ahead_of
from autograder.feedback.outlook import outlook as outlook_of
from autograder.handin.errors import HubAway
from autograder.handin.exchange import Exchange, Grading
from autograder.handin.handlers import THREADS, application
from autograder.handin.identity import Caller, caller_from, hand_in_only
from autograder.handin.receiving import ANNOUNCEMENT_BYTES
from autograder.handin.settings import ExchangeSettings
from autograder.handin.storage import CourseStore
from autograder.handin.worker import keep
from autograder.service.course import layout_of
from autograder.service.protocol import Tenant

VARIABLE = "GRADLAB_SERVED_EXCHANGE"
KEEP_SECONDS = 30
BODY_SECONDS = 300.0
IDLE_SECONDS = 75.0
FORGET_EVERY_MILLISECONDS = 3_600_000
STOP_SECONDS = 20.0
OUTLOOK_SECONDS = 2.0
OUTLOOKS = 64  # asked for at a time; who comes when so many wait gets the receipt alone
WAITING_CONNECTIONS = 1024


@dataclass(frozen=True)
class ServedCourse:
    """Where a course's exchange is.

    Args:
        course: its id.
        folder: `<exchange>/<course>`.
        log: its log of events.
        grading: the name of its grading service at the hub; empty for none.
        layout: its folders, to say with a receipt when it is graded; `None`: that is not said.
    """

    course: str
    folder: Path
    log: Path
    grading: str = ""
    layout: Layout | None = None


@dataclass(frozen=True)
class ServiceSettings:
    """What the hub's configuration tells the process, in one variable."""

    courses: tuple[ServedCourse, ...]
    exchange: ExchangeSettings = field(default_factory=ExchangeSettings)

    def to_text(self) -> str:
        """Return what `from_text` reads."""
        courses = [
            [one.course, str(one.folder), str(one.log), one.grading, _plain(one.layout)]
            for one in self.courses
        ]
        return json.dumps({"courses": courses, "exchange": vars(self.exchange)})

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read what `to_text` gave."""
        value = json.loads(text)
        courses = (
            ServedCourse(
                course, Path(folder), Path(log), grading, layout and layout_of(Tenant(**layout))
            )
            for course, folder, log, grading, layout in value["courses"]
        )
        return cls(tuple(courses), ExchangeSettings(**value["exchange"]))


def _plain(layout: Layout | None) -> dict[str, str] | None:
    return None if layout is None else asdict(Tenant.of(layout))


class Said(Grading):
    """Says when something is graded, and what counts; waits no longer than `OUTLOOK_SECONDS`.

    Args:
        courses: of which it can be said.
    """

    def __init__(self, courses: Sequence[ServedCourse]) -> None:
        self._courses = {
            one.course: FeedbackCourse(one.layout) for one in courses if one.layout is not None
        }
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="outlook")
        self._free = BoundedSemaphore(OUTLOOKS)

    def outlook(self, course: str, receipt: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Return what is to be said; `None` when nothing can be said in time."""
        names = receipt["student"], receipt["assignment"], receipt["timestamp"]
        return self._in_time(course, lambda found: outlook_of(found, *names))

    def ahead(
        self, course: str, student: str, assignment: str, digest: str
    ) -> Mapping[str, Any] | None:
        """Return what is to be said before a hand-in; `None` when nothing can be said in time."""
        return self._in_time(course, lambda found: ahead_of(found, student, assignment, digest))

    def _in_time(
        self, course: str, ask: Callable[[FeedbackCourse], Mapping[str, Any] | None]
    ) -> Mapping[str, Any] | None:
        found = self._courses.get(course)
        if found is None or not self._free.acquire(blocking=False):
            return None
        asked = self._threads.submit(ask, found)
        asked.add_done_callback(lambda _asked: self._free.release())
        try:
            return asked.result(OUTLOOK_SECONDS)
        except TimeoutError:
            return None

    def counting(self, course: str, student: str, assignment: str) -> str:
        """Return the timestamp of the hand-in that counts; empty where the newest does."""
        found = self._courses.get(course)
        if found is None or found.feedback(assignment).count is Count.LAST:
            return ""
        counts = [one for one in attempts_of(found, student, assignment) if one.counts]
        return counts[0].submission.timestamp if counts else ""


class HubCallers:
    """Asks the hub whose a token is."""

    def __init__(self, hub: Any, graders: Mapping[str, str], courses: Iterable[str]) -> None:
        """Remember the hub, for each grading service its course, and all courses."""
        self._hub = hub
        self._graders = dict(graders)
        self._courses = tuple(courses)

    async def caller(self, token: str, *, afresh: bool) -> Caller:
        """Return whose it is.

        Raises:
            Stranger: nobody's.
            Forbidden: it may not be used here.
            HubAway: the hub does not answer.
        """
        try:
            model = await self._hub.user_for_token(token, use_cache=not afresh, sync=False)
        except HTTPError as error:  # the hub is being restarted, or is too busy
            raise HubAway("the hub does not answer at the moment; try again soon") from error
        caller = caller_from(model, self._graders)
        if caller.is_person and not self._hub.check_scopes(self._hub.access_scopes, model):
            return hand_in_only(caller, model["scopes"], self._courses)
        return caller


def now() -> datetime:
    """Return the server's time."""
    return datetime.now(UTC)


async def serve(
    settings: ServiceSettings, hub: Any, sockets: Sequence[socket.socket], prefix: str
) -> None:
    """Serve until SIGTERM or SIGINT."""
    stores = {one.course: CourseStore(one.course, one.folder, one.log) for one in settings.courses}
    graders = {one.grading: one.course for one in settings.courses if one.grading}
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    with ThreadPoolExecutor(THREADS, thread_name_prefix="exchange") as threads:
        exchange = await loop.run_in_executor(
            threads,
            lambda: Exchange(stores, settings.exchange, now, Said(settings.courses)),
        )
        server = HTTPServer(
            application(exchange, HubCallers(hub, graders, stores), threads, prefix),
            max_body_size=ANNOUNCEMENT_BYTES,
            body_timeout=BODY_SECONDS,
            idle_connection_timeout=IDLE_SECONDS,
            xheaders=False,
        )
        server.add_sockets(sockets)
        forget = PeriodicCallback(
            lambda: loop.run_in_executor(threads, exchange.forget), FORGET_EVERY_MILLISECONDS
        )
        forget.start()
        logging.getLogger("gradlab.exchange").info("the exchange serves %s", prefix)
        await stop.wait()
        forget.stop()
        server.stop()
        await asyncio.wait_for(server.close_all_connections(), STOP_SECONDS)


def main() -> None:
    """Serve as the environment says."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    logging.getLogger("tornado.access").setLevel(logging.WARNING)
    os.umask(0o022)
    prefix = os.environ["JUPYTERHUB_SERVICE_PREFIX"]
    settings = ServiceSettings.from_text(os.environ[VARIABLE])
    address = urlsplit(os.environ["JUPYTERHUB_SERVICE_URL"])
    listening = bind_sockets(
        address.port or 0, address.hostname or "127.0.0.1", backlog=WAITING_CONNECTIONS
    )

    def work(sockets: Sequence[socket.socket]) -> None:
        hub = HubAuth()
        hub.cache_max_age = KEEP_SECONDS
        asyncio.run(serve(settings, hub, sockets, prefix))

    raise SystemExit(keep(work, listening))


if __name__ == "__main__":
    main()
