"""The hub's service `operations`: /health for everybody, /metrics for whoever has the token.

`python -m autograder.hub.operations.service`, started by the hub.

What it guarantees:

- Its own token may list notebook servers and do nothing else.
- /health has no secrets and answers 200, or 503 with the names of the parts that fail.
- /metrics wants the token of `hub/metrics-token`, except on the loopback port that a setting opens.
- Submissions that arrive by the file exchange get their audit line from here.

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
from typing import Any, Final
from urllib.parse import urlsplit

from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.httpserver import HTTPServer
from tornado.ioloop import PeriodicCallback
from tornado.web import Application, RequestHandler

from autograder.audit import AuditError
from autograder.course.layout import Layout
from autograder.hub.folders import HubFolders
from autograder.hub.operations.arrivals import Arrivals
from autograder.hub.operations.health import Doctor, Surroundings
from autograder.hub.operations.metrics import CONTENT_TYPE, Collector, rendered
from autograder.hub.settings import HubSettings

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


class HealthHandler(RequestHandler):  # type: ignore[misc]  # tornado's types are skipped
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


class MetricsHandler(RequestHandler):  # type: ignore[misc]  # tornado's types are skipped
    """The numbers."""

    def initialize(self, doctor: Doctor, hub: Hub, layout: Layout, token: str | None) -> None:
        """Take what is counted; no `token`: whoever reaches this may read it."""
        self.doctor, self.hub, self.layout, self.token = doctor, hub, layout, token

    async def get(self) -> None:
        """Tell them, in Prometheus' text format."""
        offered = self.request.headers.get("Authorization", "").partition(" ")[2].strip()
        if self.token is not None and not hmac.compare_digest(
            offered.encode("utf-8", "surrogateescape"), self.token.encode()
        ):
            self.set_status(401)
            self.set_header("WWW-Authenticate", "Bearer")
            self.finish("a token is needed: see the page on monitoring\n")
            return
        health, sessions = await asyncio.gather(self.doctor.look(), self._sessions())
        collector = self.settings["collector"]
        collector.sessions, collector.health = sessions, health
        data = await asyncio.to_thread(rendered, collector.collector)
        self.set_header("Content-Type", CONTENT_TYPE)
        self.finish(data)

    async def _sessions(self) -> Mapping[str, int] | None:
        try:
            return await self.hub.sessions()
        except (OSError, ValueError, KeyError) as error:
            _log.warning("the hub does not list its servers: %s", error)
            return None


class _Numbers:
    """The collector, and what the last requests found out for it."""

    def __init__(self, layout: Layout) -> None:
        self.sessions: Mapping[str, int] | None = None
        self.health: Any = None
        self.collector = Collector(layout, lambda: self.sessions, lambda: self.health)


def application(prefix: str, doctor: Doctor, hub: Hub, layout: Layout, token: str | None) -> Any:
    """Return the web application under a prefix that ends with a slash."""
    return Application(
        [
            (f"{prefix}health", HealthHandler, {"doctor": doctor}),
            (
                f"{prefix}metrics",
                MetricsHandler,
                {"doctor": doctor, "hub": hub, "layout": layout, "token": token},
            ),
        ],
        collector=_Numbers(layout),
        log_function=lambda _handler: None,  # whoever scrapes does so every few seconds
    )


async def serve(environment: Mapping[str, str]) -> None:
    """Serve until the process is ended."""
    layout, settings = Layout.find(environment=environment), HubSettings.load(environment)
    hub = Hub(
        environment["JUPYTERHUB_API_URL"].rstrip("/") + "/", environment["JUPYTERHUB_API_TOKEN"]
    )
    surroundings = Surroundings(
        layout, hub.url, reached(settings), settings.operations.least_free_bytes
    )
    doctor = Doctor(surroundings)
    prefix = environment["JUPYTERHUB_SERVICE_PREFIX"]
    token = HubFolders(layout).secret(TOKEN)
    own = urlsplit(environment["JUPYTERHUB_SERVICE_URL"])
    public = application(prefix, doctor, hub, layout, token)
    HTTPServer(public).listen(own.port or 80, own.hostname or "127.0.0.1")
    if settings.operations.metrics_port:
        local = application("/", doctor, hub, layout, None)
        HTTPServer(local).listen(settings.operations.metrics_port, "127.0.0.1")
    arrivals = Arrivals(layout)
    PeriodicCallback(lambda: _look(arrivals), LOOK_MILLISECONDS).start()
    await asyncio.Event().wait()


async def _look(arrivals: Arrivals) -> None:
    try:
        await asyncio.to_thread(arrivals.look)
    except (OSError, AuditError) as error:
        _log.error("submissions could not be written to the audit trail: %s", error)


def reached(settings: HubSettings) -> str:
    """Return the public address as this machine reaches it."""
    anywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 (what to reach, not to bind)
    host = anywhere.get(settings.host, settings.host)
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{settings.port}/"


def main() -> None:
    """Serve as the hub's environment says."""
    logging.basicConfig(
        format="[%(levelname).1s %(asctime)s %(name)s] %(message)s", level=logging.INFO
    )
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(os.environ))


if __name__ == "__main__":
    main()
