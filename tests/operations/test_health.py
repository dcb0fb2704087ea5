"""/health over HTTP while one part after the other is broken: 503, with that part named."""

from __future__ import annotations

import asyncio
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import requests
from tornado.httpserver import HTTPServer
from tornado.ioloop import IOLoop
from tornado.web import Application, RequestHandler

from autograder.course import Layout
from autograder.gpu.settings import GpuSettings
from autograder.gradebook import GradebookWriter
from autograder.operations import health
from autograder.operations.health import PARTS, Doctor, Surroundings
from autograder.operations.service import Hub, Numbers, application
from autograder.sessions.folders import HubFolders

from ..serving import free_port


class Answer(RequestHandler):
    """Answers with a status, or not at all."""

    def initialize(self, part: Part) -> None:
        self.part = part

    async def get(self) -> None:
        if self.part.is_silent:
            await asyncio.sleep(3600)
        self.set_status(self.part.status)


@dataclass
class Part:
    """A server in the place of the hub, the proxy or the exchange."""

    port: int = field(default_factory=free_port)
    status: int = 200
    is_silent: bool = False
    server: Any = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"


@dataclass
class Whole:
    """Everything that /health looks at, and its address."""

    parts: dict[str, Part]
    what: Surroundings
    url: str
    doctor: Doctor
    loop: IOLoop

    def change(self, **values: Any) -> None:
        self.doctor._what = replace(self.doctor._what, **values)

    def do(self, work: Callable[[], None]) -> None:
        """Run something in the servers' thread."""
        done = threading.Event()
        self.loop.add_callback(lambda: (work(), done.set()))
        assert done.wait(10)


@pytest.fixture
def whole(layout: Layout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Whole]:
    monkeypatch.setattr(health, "FRESH_SECONDS", 0.0)
    monkeypatch.setattr(health, "LOOK_SECONDS", 1.0)
    HubFolders(layout).make()
    with GradebookWriter(layout):
        pass
    other = replace(layout, home=tmp_path / "other", course_id="other")
    HubFolders(layout).make([layout, other])
    with GradebookWriter(other):
        pass
    parts = {name: Part() for name in ("hub", "proxy", "exchange")}
    what = Surroundings(
        layout.home, (layout, other), parts["hub"].url, parts["proxy"].url, 1,
        exchange_url=parts["exchange"].url,
    )  # fmt: skip
    port, started, loops = free_port(), threading.Event(), []
    doctor = Doctor(what)

    def serve() -> None:
        async def main() -> None:
            loops.append(IOLoop.current())
            numbers = Numbers(layout.home, what.courses, GpuSettings())
            app = application("/", doctor, Hub(what.hub_url, "t"), numbers, "token")
            servers = [HTTPServer(app)]
            servers[0].listen(port, "127.0.0.1")
            for part in parts.values():
                part.server = HTTPServer(Application([(".*", Answer, {"part": part})]))
                part.server.listen(part.port, "127.0.0.1")
                servers.append(part.server)
            stop.append(asyncio.Event())
            started.set()
            await stop[0].wait()
            for server in servers:
                server.stop()
                await server.close_all_connections()

        asyncio.run(main())

    stop: list[asyncio.Event] = []
    thread = threading.Thread(target=serve)
    thread.start()
    assert started.wait(20)
    yield Whole(parts, what, f"http://127.0.0.1:{port}/health", doctor, loops[0])
    loops[0].add_callback(lambda: stop[0].set())
    thread.join(20)
    assert not thread.is_alive()


def silent(name: str) -> Callable[[Whole], None]:
    def break_it(whole: Whole) -> None:
        whole.parts[name].is_silent = True

    return break_it


def failing(name: str) -> Callable[[Whole], None]:
    def break_it(whole: Whole) -> None:
        whole.parts[name].status = 503

    return break_it


def gone(name: str) -> Callable[[Whole], None]:
    def break_it(whole: Whole) -> None:
        whole.do(whole.parts[name].server.stop)

    return break_it


def damaged(whole: Whole) -> None:
    (whole.what.courses[1].home / "gradebook.db").write_bytes(b"SQLite format 3\0" + b"x" * 9000)


BROKEN: dict[str, tuple[str, Callable[[Whole], None]]] = {
    "a hub that does not answer": ("hub", silent("hub")),
    "a hub that is gone": ("hub", gone("hub")),
    "a hub that fails": ("hub", failing("hub")),
    "a proxy that does not answer": ("proxy", silent("proxy")),
    "a proxy that is gone": ("proxy", gone("proxy")),
    "a proxy without a hub": ("proxy", failing("proxy")),
    "an exchange that does not answer": ("exchange", silent("exchange")),
    "an exchange that is gone": ("exchange", gone("exchange")),
    "an exchange that fails": ("exchange", failing("exchange")),
    "the second course's inbound folder": (
        "exchange", lambda whole: shutil.rmtree(whole.what.courses[1].exchange / "other"),
    ),
    "the first course's gradebook": (
        "database", lambda whole: (whole.what.courses[0].home / "gradebook.db").unlink(),
    ),
    "the second course's gradebook": ("database", damaged),
    "a full disk": ("disk", lambda whole: whole.change(least_free_bytes=1 << 62)),
    "a data directory that is gone": ("disk", lambda whole: whole.change(home=Path("/nowhere"))),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_the_part_that_fails_is_named(case: str, whole: Whole) -> None:
    """Good before; then 503, and no other part and no path is told of."""
    answer = requests.get(whole.url, timeout=30)
    assert (answer.status_code, answer.json()["status"]) == (200, "good"), answer.text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    part, break_it = BROKEN[case]
    break_it(whole)
    answer = requests.get(whole.url, timeout=30)
    assert answer.status_code == 503
    told = answer.json()
    assert told["status"] == "failing"
    assert {name for name, state in told["parts"].items() if state != "good"} == {part}
    for secret in (str(whole.what.home), "other", "Traceback", "/nowhere"):
        assert secret not in answer.text


def test_every_part_is_broken_by_a_case() -> None:
    """No part is reported that no case breaks."""
    assert {part for part, _ in BROKEN.values()} == set(PARTS)
