"""Sessions in containers: what Docker's Engine is asked for, over its own protocol.

No Docker runs here: docker-py talks to a server that writes down what it is asked. What Docker
makes of it is tested by `test_docker`.
"""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from autograder.course import Layout
from autograder.gpu import Kind
from autograder.hub import SettingsError
from autograder.sessions.backend_settings import DockerSettings, SpawnerSettings

from .backend_spawners import CPU, SHARED, SLICE, TOKEN, WHOLE, granted, made

SETTINGS = SpawnerSettings(
    backend="docker",
    hub_address="0.0.0.0",
    hub_port=8081,
    memory="4G",
    cpus=1.5,
    docker=DockerSettings(image="gradlab-session:1"),
)


class Engine(BaseHTTPRequestHandler):
    """Answers as Docker's Engine does to a client that starts one container."""

    asked: list[tuple[str, Any]]

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """Tell of an image, and of the container once it was made."""
        there = "/images/" in self.path or any("create" in path for path, _ in self.asked)
        network = {"Networks": {"gradlab": {"IPAddress": "172.18.0.5"}}}
        state = {"Id": "c0ffee", "State": {"Running": True}, "NetworkSettings": network}
        self._answer(200 if there else 404, state if there else {"message": "no such thing"})

    def do_POST(self) -> None:
        """Write down what is asked."""
        length = int(self.headers.get("Content-Length") or 0)
        self.asked.append((self.path, json.loads(self.rfile.read(length) or b"null")))
        self._answer(201, {"Id": "c0ffee"})

    def _answer(self, status: int, body: Any) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


@pytest.fixture
def engine() -> Iterator[tuple[str, list[tuple[str, Any]]]]:
    """Return the address of such a server and what it was asked."""
    asked: list[tuple[str, Any]] = []
    handler = type("OneEngine", (Engine,), {"asked": asked})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"tcp://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def request_of(engine: tuple[str, list[tuple[str, Any]]], layout: Layout) -> Any:
    """Return a function that starts a session and gives what the Engine was asked to make."""
    address, asked = engine

    def start(profile: Any, lease: Any, settings: SpawnerSettings = SETTINGS) -> dict[str, Any]:
        spawner = made(settings, layout)
        spawner.client_kwargs = {"base_url": address, "version": "1.44"}
        type(spawner)._client = None  # one for all spawners of a hub
        spawner.lease = lease
        spawner.use(profile, lease)
        asked.clear()
        base = super(type(spawner).__mro__[1], spawner)  # the library's start, behind the mixin
        assert asyncio.run(base.start()) == ("172.18.0.5", 8888)
        made_, started = asked
        assert made_[0].endswith("/containers/create?name=gradlab-alice")
        assert started[0].endswith("/containers/c0ffee/start")
        body: dict[str, Any] = made_[1]
        return body

    return start


@pytest.mark.parametrize(
    ("kind", "uuid"),
    [(Kind.WHOLE, WHOLE.uuid), (Kind.MIG, SLICE.uuid), (Kind.SHARE, SHARED.uuid)],
)
def test_a_container_gets_the_device_of_its_lease(request_of: Any, kind: Kind, uuid: str) -> None:
    """The request names exactly one device, by UUID, as `docker run --gpus device=…` does."""
    body = request_of(*granted(kind))
    assert body["HostConfig"]["DeviceRequests"] == [
        {
            "Driver": "nvidia",
            "Count": 0,
            "DeviceIDs": [uuid],
            "Capabilities": [["gpu", "utility"]],
            "Options": {},
        }
    ]
    assert f"NVIDIA_VISIBLE_DEVICES={uuid}" in body["Env"]


def test_without_a_lease_a_container_has_no_device(request_of: Any) -> None:
    """Also where the image says `NVIDIA_VISIBLE_DEVICES=all`, as CUDA's images do."""
    body = request_of(CPU, None)
    assert not body["HostConfig"].get("DeviceRequests")
    assert "NVIDIA_VISIBLE_DEVICES=void" in body["Env"]
    assert "CUDA_VISIBLE_DEVICES=" in body["Env"]


def test_a_container_is_limited_and_without_privileges(request_of: Any) -> None:
    """Memory without swap, processors, processes; no capability, no root, a read-only system."""
    body = request_of(*granted(Kind.WHOLE))
    host = body["HostConfig"]
    assert (host["Memory"], host["MemorySwap"]) == (4 << 30, 4 << 30)
    assert host["CpuQuota"] / host["CpuPeriod"] == 1.5
    assert host["PidsLimit"] == 512
    assert (host["CapDrop"], host["ReadonlyRootfs"]) == (["ALL"], True)
    assert not host.get("Privileged")
    assert host["SecurityOpt"] == ["no-new-privileges:true"]
    assert body["User"] == "1000:100"
    assert host["NetworkMode"] == "gradlab"


def test_the_home_is_all_that_is_mounted(request_of: Any) -> None:
    """One volume of one's own; no folder of the hub's machine, so no course and no exchange."""
    body = request_of(CPU, None)
    assert body["HostConfig"]["Binds"] == ["gradlab-home-alice:/home/jovyan:rw"]
    assert not body["HostConfig"].get("Mounts")


@pytest.mark.parametrize(
    ("person", "volume"),
    [
        ("alice", "gradlab-home-alice"),
        ("ann.b", "gradlab-home-ann-2eb"),
        ("Ann", "gradlab-home--41nn"),
    ],
)
def test_a_home_is_the_volume_that_the_page_says(layout: Layout, person: str, volume: str) -> None:
    """Whoever saves homes by the command in deploy.md misses nobody's."""
    [found] = made(SETTINGS, layout, person).volume_binds
    assert found == volume
    page = (Path(__file__).parents[2] / "docs" / "how-to" / "deploy.md").read_text()
    [prefix] = re.findall(r"docker volume ls --quiet --filter name=\^(\S+)", page)
    assert found.startswith(prefix)
    assert "`gradlab-home-ann-2eb`" in page


def test_the_only_secret_in_a_container_is_its_own_token(
    request_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the hub's environment nothing goes in, the search path included."""
    monkeypatch.setenv("GRADLAB_DB_URL", "postgresql://grader:secret@db/course")
    monkeypatch.setenv("PATH", "/hub/only")
    variables = dict(one.split("=", 1) for one in request_of(CPU, None)["Env"])
    assert not [name for name, value in variables.items() if "secret" in value or "only" in value]
    holders = {name for name, value in variables.items() if TOKEN in value}
    assert holders == {"JUPYTERHUB_API_TOKEN", "JPY_API_TOKEN"}


def test_what_a_session_needs_is_said_at_once() -> None:
    """All that is missing or unsafe is in one message."""
    with pytest.raises(SettingsError) as refused:
        SpawnerSettings(backend="docker", memory="lots", keep=True)
    for word in ("docker.image", "hub_address", "hub_port is needed", "memory", "keep"):
        assert word in str(refused.value)
    with pytest.raises(SettingsError) as refused:
        DockerSettings(network="host", home_volume="one-for-all", user="0:0", image="Not An Image")
    assert str(refused.value).count("\n- ") == 4
