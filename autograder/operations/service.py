"""The hub's service `operations`: /health for everybody, /metrics for whoever has the token.

`python -m autograder.operations.service`, started by the hub.

What it guarantees:

- Its own token may list notebook servers and do nothing else.
- /health has no secrets and answers 200, or 503 with the names of the parts that fail.
- /metrics wants the token of `hub/metrics-token`, except on the loopback port that a setting opens.
- Submissions that arrive by the file exchange get their line in the log from here.

What it does not do: alert. Prometheus does, from these numbers.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
import logging
import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.httpserver import HTTPServer
from tornado.ioloop import PeriodicCallback
from tornado.web import Application, RequestHandler

from autograder.course.layout import Layout
from autograder.gpu.settings import GpuSettings
from autograder.hub.settings import HubSettings
from autograder.operations.arrivals import Arrivals
from autograder.operations.graphics import DeskReader
from autograder.operations.health import Doctor, Health, Surroundings
from autograder.operations.metrics import CONTENT_TYPE, Collector, rendered
from autograder.people import courses_of
from autograder.records import LogError
from autograder.sessions.folders import HubFolders

TOKEN: Final = "metrics-token"  # noqa: S105 (the name of a file)
LOOK_MILLISECONDS: Final = 5_000
_HUB_SECONDS: Final = 10.0
_log = logging.getLogger("gradlab.operations")


@dataclass(frozen=True)
class Hub:
    """How the hub's API is reached.

    Args:
        url: its address.
        token: this service's token.
    """

    url: str
    token: str

    async def sessions(self) -> Mapping[str, int] | None:
        """Return how many notebook servers there are in which state; `None` without an answer."""
        counts = Counter({"ready": 0, "starting": 0, "stopping": 0})
        url: str | None = f"{self.url}users?include_stopped_servers=0"
        headers = {
            "Authorization": f"token {self.token}",
            "Accept": "application/jupyterhub-pagination+json",
        }
        while url:
            request = HTTPRequest(url, headers=headers, request_timeout=_HUB_SECONDS)
            answer = await AsyncHTTPClient().fetch(request, raise_error=False)
            if answer.code != 200:
                _log.warning("the hub does not list its servers: status %d", answer.code)
                return None
            page = json.loads(answer.body)
            for user in page["items"]:
                counts.update(_state(server) for server in (user.get("servers") or {}).values())
            following = (page.get("_pagination") or {}).get("next")
            url = following["url"] if following else None
        return counts


def _state(server: Mapping[str, Any]) -> str:
    if server.get("ready"):
        return "ready"
    return "stopping" if server.get("pending") == "stop" else "starting"


class Numbers:
    """The collector, and what the last requests found out for it."""

    def __init__(self, home: Path, courses: tuple[Layout, ...], gpu: GpuSettings) -> None:
        """Begin with nothing found out."""
        self.sessions: Mapping[str, int] | None = None
        self.health = Health({})
        graphics = DeskReader(home, gpu)
        self.collector = Collector(
            home, courses, lambda: self.sessions, lambda: self.health, graphics
        )


class _Plain(RequestHandler):  # type: ignore[misc]  # tornado's types are skipped
    """What is for programs: no browser makes a page of it."""

    def set_default_headers(self) -> None:
        """Let no browser run, load, guess or frame anything."""
        self.set_header("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
        self.set_header("X-Content-Type-Options", "nosniff")


class HealthHandler(_Plain):
    """How everything stands."""

    def initialize(self, doctor: Doctor) -> None:
        """Take the doctor."""
        self.doctor = doctor

    async def get(self) -> None:
        """Tell it."""
        health = await self.doctor.look()
        self.set_status(200 if health.is_good else 503)
        self.set_header("Cache-Control", "no-store")
        self.finish(health.to_json())


class MetricsHandler(_Plain):
    """The numbers."""

    def initialize(self, doctor: Doctor, hub: Hub, numbers: Numbers, token: str | None) -> None:
        """Take what is counted; no `token`: whoever reaches this may read it."""
        self.doctor, self.hub, self.numbers, self.token = doctor, hub, numbers, token

    async def get(self) -> None:
        """Tell them, in Prometheus' text format."""
        offered = self.request.headers.get("Authorization", "").partition(" ")[2].strip()
        if self.token is not None and not hmac.compare_digest(
            offered.encode("utf-8", "surrogateescape"), self.token.encode()
        ):
            self.set_status(401)
            self.set_header("WWW-Authenticate", "Bearer")
            self.set_header("Content-Type", "text/plain; charset=utf-8")
            self.finish("a token is needed: see the page on monitoring\n")
            return
        health, sessions = await asyncio.gather(self.doctor.look(), self._sessions())
        self.numbers.sessions, self.numbers.health = sessions, health
        data = await asyncio.to_thread(rendered, self.numbers.collector)
        self.set_header("Content-Type", CONTENT_TYPE)
        self.finish(data)

    async def _sessions(self) -> Mapping[str, int] | None:
        try:
            return await self.hub.sessions()
        except (OSError, ValueError, KeyError) as error:
            _log.warning("the hub does not list its servers: %s", error)
            return None


def application(prefix: str, doctor: Doctor, hub: Hub, numbers: Numbers, token: str | None) -> Any:
    """Return the web application under a prefix that ends with a slash."""
    counted = {"doctor": doctor, "hub": hub, "numbers": numbers, "token": token}
    return Application(
        [
            (f"{prefix}health", HealthHandler, {"doctor": doctor}),
            (f"{prefix}metrics", MetricsHandler, counted),
        ],
        log_function=lambda _handler: None,  # whoever scrapes does so every few seconds
    )


async def serve(environment: Mapping[str, str]) -> None:
    """Serve until the process is ended."""
    layout, settings = Layout.find(environment=environment), HubSettings.load(environment)
    hub = Hub(
        environment["JUPYTERHUB_API_URL"].rstrip("/") + "/", environment["JUPYTERHUB_API_TOKEN"]
    )
    courses = tuple(course.layout for course in courses_of(settings, layout))
    public_url = reached(settings)
    network = settings.exchange.kind == "network"
    surroundings = Surroundings(
        layout.home, courses, hub.url, public_url, settings.operations.least_free_bytes,
        exchange_url=f"{public_url}services/exchange/" if network else "",
    )  # fmt: skip
    doctor, numbers = Doctor(surroundings), Numbers(layout.home, courses, settings.gpu)
    prefix = environment["JUPYTERHUB_SERVICE_PREFIX"]
    token = HubFolders(layout).secret(TOKEN)
    own = urlsplit(environment["JUPYTERHUB_SERVICE_URL"])
    public = application(prefix, doctor, hub, numbers, token)
    HTTPServer(public).listen(own.port or 80, own.hostname or "127.0.0.1")
    if settings.operations.metrics_port:
        local = application("/", doctor, hub, numbers, None)
        HTTPServer(local).listen(settings.operations.metrics_port, "127.0.0.1")
    arrivals = [Arrivals(course) for course in courses]
    PeriodicCallback(lambda: _look(arrivals), LOOK_MILLISECONDS).start()
    await asyncio.Event().wait()


async def _look(arrivals: list[Arrivals]) -> None:
    try:
        for course in arrivals:
            await asyncio.to_thread(course.look)
    except (OSError, LogError) as error:
        _log.error("submissions could not be written to the log of events: %s", error)


def reached(settings: HubSettings) -> str:
    """Return the public address as this machine reaches it."""
    anywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 (what to reach, not to bind)
    host = anywhere.get(settings.host, settings.host)
    shown = f"[{host}]" if ":" in host else host
    return f"{settings.address.partition(':')[0]}://{shown}:{settings.port}/"


def main() -> None:
    """Serve as the hub's environment says."""
    logging.basicConfig(
        format="[%(levelname).1s %(asctime)s %(name)s] %(message)s", level=logging.INFO
    )
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(os.environ))


if __name__ == "__main__":
    main()
