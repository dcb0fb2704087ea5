"""A real hub is killed while people have and wait for a GPU; the next one knows it all."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, Request, build_opener

import psutil
import pytest

from autograder.gpu import Allocator, Lease
from autograder.hub import proxy
from autograder.hub.configuration import free_port

pytestmark = pytest.mark.slow  # a real hub, started three times

HERE = Path(__file__).parent
PATIENCE = 90.0


class TinyHub:
    """A hub that can be killed and started again."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port = free_port()
        self.token = secrets.token_hex(16)
        self.processes: list[subprocess.Popen[bytes]] = []
        self.log = home / "hub.log"

    def start(self) -> None:
        environment = {
            **os.environ,
            "GRADLAB_TEST_HOME": str(self.home),
            "GRADLAB_TEST_PORT": str(self.port),
            "GRADLAB_TEST_TOKEN": self.token,
        }
        with self.log.open("ab") as log:
            self.processes.append(
                subprocess.Popen(
                    [sys.executable, "-m", "jupyterhub", "-f", str(HERE / "tiny_hub.py")],
                    cwd=self.home, env=environment, stdout=log, stderr=log,
                )
            )  # fmt: skip
        self.until(lambda: self.ask("GET", "") is not None, "the hub to answer")

    def kill(self) -> None:
        self.processes[-1].kill()
        self.processes[-1].wait(30)

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        request = Request(
            f"http://127.0.0.1:{self.port}/hub/api/{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"token {self.token}"},
            method=method,
        )
        try:
            with build_opener(ProxyHandler({})).open(request, timeout=30) as answer:
                return json.loads(answer.read() or b"{}")
        except HTTPError as error:
            return {"status": error.code, "text": error.read().decode()} if path else None
        except (URLError, OSError):
            return None

    def until(self, condition: Callable[[], Any], what: str) -> Any:
        deadline = time.monotonic() + PATIENCE
        while not (found := condition()):
            assert time.monotonic() < deadline, f"waited for {what}\n{self.log.read_text()[-4000:]}"
            time.sleep(0.1)
        return found

    def leases(self) -> list[Lease]:
        return self.allocator.leases()

    @property
    def allocator(self) -> Allocator:
        """Return a look into the file, with no rules of its own."""
        from autograder.gpu import Rules

        return Allocator(self.home / "gpu.sqlite", (), Rules())

    def come(self, name: str, *groups: str, **options: str) -> None:
        """Add somebody to groups and ask for their server."""
        self.ask("POST", f"users/{name}")
        for group in groups:
            self.ask("POST", f"groups/{group}")
            self.ask("POST", f"groups/{group}/users", {"users": [name]})
        self.ask("POST", f"users/{name}/server", options)

    def go(self, *names: str) -> None:
        """Stop people's servers, and starts that still wait."""
        for name in names:
            self.ask("DELETE", f"users/{name}/server")
        self.until(lambda: not any(self.server(name) for name in names), "the end of servers")

    def owners(self) -> list[str]:
        """Return who has a GPU."""
        return sorted(one.owner for one in self.leases())

    def server(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self.ask("GET", f"users/{name}").get("servers", {}).get("", {})
        return found

    def stop(self) -> None:
        for one in self.processes:
            if one.poll() is None:
                one.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                one.wait(30)
        mark = str(self.home)
        for process in psutil.process_iter(["pid"]):
            with contextlib.suppress(psutil.Error):
                environment = process.environ()
                if environment.get("HOME", "").startswith(mark) or mark in " ".join(
                    process.cmdline()
                ):
                    process.kill()
        with contextlib.suppress(OSError, ValueError):
            os.kill(int((self.home / "proxy.pid").read_text()), signal.SIGKILL)


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TinyHub]:
    proxy.install()
    hub = TinyHub(tmp_path_factory.mktemp("hub"))
    hub.start()
    try:
        yield hub
    finally:
        hub.stop()


def test_a_hostile_choice_gets_nothing(hub: TinyHub) -> None:
    """Whatever is sent to the hub's API, only what is offered is started."""
    hub.ask("POST", "users/eve")
    hostile = (
        {"profile": "root"}, {"profile": ["whole"]}, {"profile": "whole", "course": "x"},
        {"profile": "root", "filling": "x" * 1_000_000},
    )  # fmt: skip
    for options in hostile:
        hub.ask("POST", "users/eve/server", options)
        hub.until(lambda: not hub.server("eve").get("pending"), "the refusal")
        assert not hub.server("eve").get("ready")
        assert hub.leases() == []
    with contextlib.closing(sqlite3.connect(hub.home / "hub.sqlite")) as connection:
        kept = connection.execute("select user_options from spawners").fetchall()
    assert kept
    assert all(len(options or "") < 100 for (options,) in kept)


def test_a_session_ends_when_its_time_is_over(hub: TinyHub) -> None:
    """The hub stops the server, tells before, and the GPU is free."""
    hub.ask("POST", "users/dan")
    hub.ask("POST", "users/dan/server", {"profile": "brief"})
    [lease] = hub.until(hub.leases, "dan's GPU")
    hub.until(lambda: hub.allocator.notices(lease.id), "the notice")
    hub.until(lambda: not hub.leases(), "the end of dan's time")
    hub.until(lambda: not hub.server("dan"), "dan's server to be gone")


def test_who_gives_up_leaves_the_queue(hub: TinyHub) -> None:
    """Stopping a start that waits takes the request away, and nothing is started later."""
    for name in ("eva", "fay"):
        hub.ask("POST", f"users/{name}")
        hub.ask("POST", f"users/{name}/server", {"profile": "whole"})
    hub.until(lambda: hub.leases() and hub.allocator.queue(), "one to have it, one to wait")
    [lease], [request] = hub.leases(), hub.allocator.queue()
    hub.ask("DELETE", f"users/{request.demand.owner}/server")
    hub.until(lambda: not hub.allocator.queue(), "an empty queue")
    hub.ask("DELETE", f"users/{lease.owner}/server")
    hub.until(lambda: not hub.leases(), "nothing handed out")


def test_priority_goes_first_in_the_queue(hub: TinyHub) -> None:
    """Who is in a group with priority overtakes who came a moment before."""
    hub.come("kim", profile="whole")
    hub.until(lambda: hub.owners() == ["kim"], "kim's GPU")
    hub.come("lea", profile="whole")
    hub.until(lambda: len(hub.allocator.queue()) == 1, "lea in the queue")
    hub.come("max", "urgent", profile="whole")
    hub.until(lambda: len(hub.allocator.queue()) == 2, "max in the queue")
    hub.go("kim")
    hub.until(lambda: hub.owners() == ["max"], "max's GPU")
    assert [one.demand.owner for one in hub.allocator.queue()] == ["lea"]
    hub.go("max")
    hub.until(lambda: hub.owners() == ["lea"], "lea's GPU")
    hub.go("lea")


def test_what_is_reserved_is_for_the_course(hub: TinyHub) -> None:
    """A stranger waits although the GPU is free; somebody of the course has it at once."""
    hub.come("ned", profile="lab")
    hub.until(hub.allocator.queue, "ned in the queue")
    hub.come("ola", "nbgrader-lab", profile="lab", course="lab")
    hub.until(lambda: hub.server("ola").get("ready"), "ola's server")
    assert hub.owners() == ["ola"]
    hub.go("ola", "ned")


def test_hours_that_are_used_up_end_the_session_and_start_none(hub: TinyHub) -> None:
    """The budget of the course ends the server, and the next start is refused."""
    hub.come("pia", "nbgrader-short", profile="whole", course="short")
    [lease] = hub.until(hub.leases, "pia's GPU")
    assert lease.ends_at is not None
    assert lease.ends_at - lease.granted_at <= 4
    hub.until(lambda: not hub.leases() and not hub.server("pia"), "the end of pia's hours")
    hub.come("pia", profile="whole", course="short")
    hub.until(lambda: not hub.server("pia").get("pending"), "the refusal")
    assert "used up" in hub.log.read_text()
    assert hub.leases() == []
    assert hub.allocator.queue() == []


def test_who_said_so_goes_without_when_none_is_free(hub: TinyHub) -> None:
    """The server starts at once, without a GPU in sight and without a place in the queue."""
    hub.come("quin", profile="whole")
    hub.until(lambda: hub.owners() == ["quin"], "quin's GPU")
    hub.come("rob", profile="whole", busy="cpu")
    hub.until(lambda: hub.server("rob").get("ready"), "rob's server")
    assert hub.owners() == ["quin"]
    assert hub.allocator.queue() == []
    [mine] = [one for one in psutil.process_iter() if "JUPYTERHUB_USER=rob" in _environment(one)]
    assert "CUDA_VISIBLE_DEVICES=" in _environment(mine)
    hub.go("quin", "rob")


def test_the_idle_are_warned_and_ended_a_training_is_spared(hub: TinyHub) -> None:
    """One does nothing, one trains, one begins within the grace: only the first one is ended."""
    (hub.home / "busy-sam").write_text("0")
    (hub.home / "busy-tea").write_text("90")
    hub.come("sam", profile="metered")
    hub.come("tea", profile="metered")
    leases = hub.until(lambda: len(hub.leases()) == 2 and hub.leases(), "both GPUs")
    [sams] = [one.id for one in leases if one.owner == "sam"]
    [teas] = [one.id for one in leases if one.owner == "tea"]
    [warning] = hub.until(lambda: hub.allocator.notices(sams), "the warning")
    assert "has done nothing" in warning.text
    (hub.home / "busy-sam").write_text("50")
    hub.until(lambda: not hub.allocator.notices(sams), "the end of the warning")
    assert hub.owners() == ["sam", "tea"]
    (hub.home / "busy-sam").write_text("0")
    hub.until(lambda: hub.owners() == ["tea"], "sam's GPU to be free")
    hub.until(lambda: not hub.server("sam"), "sam's server to be gone")
    assert hub.allocator.notices(teas) == []
    hub.go("tea")


def test_notices_are_for_people_who_are_logged_in(hub: TinyHub) -> None:
    """Nobody, and no service, learns anything about a session."""
    for headers in ({}, {"Authorization": f"token {hub.token}"}):
        request = Request(f"http://127.0.0.1:{hub.port}/hub/gpu/session", headers=headers)
        with pytest.raises(HTTPError) as error:
            build_opener(ProxyHandler({})).open(request, timeout=30)
        assert error.value.code in (403, 404)
        error.value.close()


def test_leases_survive_a_killed_hub_and_nothing_leaks(hub: TinyHub) -> None:
    """A running session keeps its GPU, a waiting one gets it afterwards, a dead one loses it."""
    for name in ("ann", "ben"):
        hub.ask("POST", f"users/{name}")
    hub.ask("POST", "users/ann/server", {"profile": "whole"})
    hub.until(lambda: hub.server("ann").get("ready"), "ann's server")
    [lease] = hub.leases()
    assert lease.owner == "ann"
    hub.ask("POST", "users/ben/server", {"profile": "whole"})
    hub.until(lambda: len(hub.allocator.queue()) == 1, "ben in the queue")

    hub.kill()
    assert [one.id for one in hub.leases()] == [lease.id]
    hub.start()
    hub.until(lambda: hub.server("ann").get("ready"), "ann's server after the restart")
    time.sleep(1.0)  # rounds of the keeper pass that could take it back
    assert [one.id for one in hub.leases()] == [lease.id]
    hub.ask("POST", "users/ben/server", {"profile": "whole"})
    hub.until(lambda: len(hub.allocator.queue()) >= 1, "ben in the queue again")

    mark = f"GRADLAB_GPU_LEASE={lease.id}"
    server = next(one for one in psutil.process_iter() if mark in _environment(one))
    hub.kill()
    server.kill()
    hub.start()
    hub.until(lambda: lease.id not in [one.id for one in hub.leases()], "ann's GPU to be free")
    hub.ask("POST", "users/ben/server", {"profile": "whole"})
    hub.until(lambda: [one.owner for one in hub.leases()] == ["ben"], "ben's GPU")
    hub.until(lambda: hub.server("ben").get("ready"), "ben's server")
    hub.ask("DELETE", "users/ben/server")
    hub.until(lambda: hub.leases() == [], "nothing handed out")


def _environment(process: psutil.Process) -> list[str]:
    try:
        return [f"{key}={value}" for key, value in process.environ().items()]
    except psutil.Error:
        return []
