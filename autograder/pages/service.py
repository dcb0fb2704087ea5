"""The process of the pages, as the hub starts it: `python -m autograder.pages.service`.

What it guarantees: it listens where the hub said, and ends on SIGTERM or SIGINT.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from jupyterhub.services.auth import HubOAuth
from tornado.httpserver import HTTPServer

from autograder.course.layout import Layout
from autograder.hub.settings import HubSettings
from autograder.pages.courses import CourseReader
from autograder.pages.handlers import application
from autograder.pages.profile import Profiles
from autograder.pages.request import Site
from autograder.pages.streams import Streams
from autograder.pages.words import zone_of_machine
from autograder.people import courses_of
from autograder.service.figures import Figures
from autograder.sessions.folders import HubFolders

COOKIE_SECRET = "pages-cookie-secret"  # noqa: S105 (the name of a file)
PROFILES = "profiles"
THREADS = 4
FORM_BYTES = 100_000
STOP_SECONDS = 10.0


async def serve(environment: Mapping[str, str]) -> None:
    """Serve until SIGTERM or SIGINT."""
    layout, settings = Layout.find(environment=environment), HubSettings.load(environment)
    folders = HubFolders(layout)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    hub = HubOAuth()
    with ThreadPoolExecutor(THREADS, thread_name_prefix="pages") as threads:
        site = Site(
            environment["JUPYTERHUB_SERVICE_PREFIX"],
            hub.hub_prefix,
            {
                course.id: CourseReader(course, follows_collect=settings.exchange.kind == "files")
                for course in courses_of(settings, layout)
            },
            zone_of_machine(),
            Profiles(folders.hub / PROFILES),
            Streams(),
            threads,
            Figures(),
        )
        own = urlsplit(environment["JUPYTERHUB_SERVICE_URL"])
        app = application(site, hub, folders.secret(COOKIE_SECRET))
        server = HTTPServer(app, max_body_size=FORM_BYTES)
        server.listen(own.port or 80, own.hostname or "127.0.0.1")
        await stop.wait()
        server.stop()
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(server.close_all_connections(), STOP_SECONDS)
        site.figures.close()
    for course in site.courses.values():
        course.close()


def main() -> None:
    """Serve as the hub's environment says."""
    # jsonschema would make a parser of a large grammar with it, for over a second, to check
    # addresses that no notebook of ours has
    sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]  # as if it were not installed
    logging.basicConfig(
        format="[%(levelname).1s %(asctime)s %(name)s] %(message)s", level=logging.INFO
    )
    logging.getLogger("tornado.access").setLevel(logging.ERROR)
    logging.getLogger("tornado.application").setLevel(logging.WARNING)  # it names log-ins
    asyncio.run(serve(os.environ))


if __name__ == "__main__":
    main()
