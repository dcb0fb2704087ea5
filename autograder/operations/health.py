"""Whether everything that people need works: one look at each part.

What it guarantees:

- Each part is looked at by using it: the hub and the proxy are asked over HTTP, the database and
  the exchange are read, the disk is measured.
- A part that does not answer in time has failed; one part never holds up the others.
- What is told names the part and no path, address or account.

What it does not do: repair anything.
"""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from tornado.httpclient import AsyncHTTPClient, HTTPRequest

from autograder.course.layout import Layout

PARTS = ("hub", "proxy", "database", "disk", "exchange")
LOOK_SECONDS = 5.0
FRESH_SECONDS = 5.0
NO_ANSWER = 599  # what tornado's client calls it
_log = logging.getLogger("gradlab.health")


@dataclass(frozen=True)
class Health:
    """What a look at everything found.

    Args:
        problems: one sentence for each part that failed, by part.
    """

    problems: Mapping[str, str]

    @property
    def is_good(self) -> bool:
        """Return whether no part failed."""
        return not self.problems

    def to_json(self) -> dict[str, object]:
        """Return what is told to everybody."""
        return {
            "status": "good" if self.is_good else "failing",
            "parts": {part: self.problems.get(part, "good") for part in PARTS},
        }


@dataclass(frozen=True)
class Surroundings:
    """What to look at.

    Args:
        home: the data directory.
        courses: the courses; none of them is told by name.
        hub_url: the hub's API, on loopback.
        proxy_url: the public address as this machine reaches it.
        least_free_bytes: how much space the data directory has to have.
        exchange_url: the network exchange; empty where it is a folder only.
    """

    home: Path
    courses: tuple[Layout, ...]
    hub_url: str
    proxy_url: str
    least_free_bytes: int
    exchange_url: str = ""


class Doctor:
    """Looks at everything, at most once in a few seconds however often it is asked."""

    def __init__(self, surroundings: Surroundings) -> None:
        """Remember what to look at."""
        self._what = surroundings
        self._found: Health | None = None
        self._found_at = 0.0
        self._looking = asyncio.Lock()

    async def look(self) -> Health:
        """Return how it stands."""
        async with self._looking:
            if self._found is None or time.monotonic() - self._found_at > FRESH_SECONDS:
                self._found = await self._look()
                self._found_at = time.monotonic()
            return self._found

    async def _look(self) -> Health:
        looks: dict[str, Callable[[], Awaitable[str]]] = {
            "hub": lambda: _answers(self._what.hub_url, "the hub"),
            "proxy": lambda: _answers(f"{self._what.proxy_url}hub/health", "the proxy"),
            "database": lambda: asyncio.to_thread(self._database),
            "disk": lambda: asyncio.to_thread(self._disk),
            "exchange": self._exchange,
        }
        answers = await asyncio.gather(*(_in_time(part, look) for part, look in looks.items()))
        found = zip(looks, answers, strict=True)
        return Health({part: problem for part, problem in found if problem})

    def _database(self) -> str:
        for course in self._what.courses:
            parts = make_url(course.database_url)
            if parts.get_backend_name() == "sqlite" and not Path(parts.database or "").is_file():
                return "a gradebook is not there"
            engine = create_engine(course.database_url)
            try:
                with engine.connect() as connection:
                    connection.execute(text("SELECT count(*) FROM assignment"))
            finally:
                engine.dispose()
        return ""

    def _disk(self) -> str:
        home = self._what.home
        if shutil.disk_usage(home).free < self._what.least_free_bytes:
            return "the data directory's disk is nearly full"
        return "" if os.access(home, os.W_OK) else "the data directory cannot be written"

    async def _exchange(self) -> str:
        url = self._what.exchange_url
        if url and (problem := await _answers(url, "the exchange", refusing=True)):
            return problem
        return await asyncio.to_thread(self._exchange_folders)

    def _exchange_folders(self) -> str:
        for layout in self._what.courses:
            course = layout.exchange / layout.course_id
            wanted = ((course / "outbound", os.R_OK), (course / "inbound", os.W_OK))
            if not all(path.is_dir() and os.access(path, mode) for path, mode in wanted):
                return "submissions cannot be stored"
        return ""


async def _in_time(part: str, look: Callable[[], Awaitable[str]]) -> str:
    try:
        return await asyncio.wait_for(look(), LOOK_SECONDS)
    except TimeoutError:
        return f"no answer in {LOOK_SECONDS:g} s"
    except Exception as error:  # noqa: BLE001 (whatever it is, the part failed; the log has it)
        _log.warning("%s fails: %s", part, error)
        return f"it fails ({type(error).__name__})"


async def _answers(url: str, who: str, *, refusing: bool = False) -> str:
    """Ask for an address; one that wants to know who asks may refuse and works all the same."""
    request = HTTPRequest(
        url, request_timeout=LOOK_SECONDS, follow_redirects=False, validate_cert=False
    )
    answer = await AsyncHTTPClient().fetch(request, raise_error=False)
    if answer.code == NO_ANSWER:
        return f"{who} does not answer"
    least = 500 if refusing else 400
    return "" if answer.code < least else f"{who} answers with status {answer.code}"
