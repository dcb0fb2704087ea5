"""Sessions as containers of a real Docker, through a real hub."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from autograder.course import Layout
from autograder.gpu import Allocator, Rules
from autograder.sessions.folders import HubFolders

from ..slurm_server import free_ports
from .docker_server import HOME, IMAGE, NEEDS_DOCKER, NETWORK, DockerServer, import_image
from .real_hub import Hub

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600), NEEDS_DOCKER]
SETTINGS = """
authenticator = "password"
students = ["alice", "bob", "carol"]

[password]
password = "an afternoon's workshop"

[spawner]
backend = "docker"
keep = true
hub_address = "{gateway}"
hub_port = {port}
hub_name = "{gateway}"
memory = "600M"
cpus = 1

[spawner.docker]
image = "{image}"
network = "{network}"
pull = "never"
processes = 100
"""
LOOK = """
import json, os
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(json.dumps({
    "user": [os.getuid(), os.getgid()],
    "capabilities": status["CapEff"].strip(),
    "no more privileges": status["NoNewPrivs"].strip(),
    "system is read-only": bool(os.statvfs("/").f_flag & os.ST_RDONLY),
    "config": sorted(os.listdir("/etc/gradlab")),
    "home": sorted(os.listdir()),
    "devices": [name for name in os.listdir("/dev") if "nvidia" in name],
}))
"""
FLOOD = """
import subprocess, sys
children = []
try:
    while len(children) < 200:
        children.append(subprocess.Popen(["/bin/cat"], stdin=subprocess.PIPE))
except OSError as error:
    print(len(children) < 100, type(error).__name__)
for child in children:
    child.kill()
"""


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory, course_folder: Path) -> Iterator[DockerServer]:
    """Return a daemon with the image of a session."""
    folder = tmp_path_factory.mktemp("docker")
    server = DockerServer(folder)
    try:
        if obstacle := server.start():
            pytest.skip(obstacle)
        folders = HubFolders(Layout(course_folder, folder / "given"))
        folders.make()
        import_image(server, folders.configs)
        yield server
    finally:
        server.stop()


@pytest.fixture
def hub(daemon: DockerServer, layout: Layout) -> Iterator[Hub]:
    """Return a running hub whose sessions are containers in a network of their own."""
    network = daemon.client.networks.create(NETWORK, driver="bridge")
    network.reload()
    gateway = network.attrs["IPAM"]["Config"][0]["Gateway"]
    port, hub_port = free_ports(2)
    settings = SETTINGS.format(gateway=gateway, port=hub_port, image=IMAGE, network=NETWORK)
    hub = Hub(layout, settings, port, os.environ | {"DOCKER_HOST": daemon.address})
    try:
        hub.start()
        yield hub
    finally:
        hub.stop()
        for container in daemon.client.containers.list(all=True):
            container.remove(force=True)
        network.remove()


def inside(container: Any, code: str) -> str:
    """Return what Python prints in a running container, as its own account."""
    done = container.exec_run(["python3", "-c", code])
    return str(done.output.decode())


def test_a_session_is_a_container_that_lasts_as_long_as_it_should(
    daemon: DockerServer, hub: Hub
) -> None:
    """Served through the hub, confined, limited, found again; its home outlives it."""
    hub.start_session("alice", {"profile": "cpu"})
    assert hub.ask("GET", "/user/alice/api/status")[0] == 200
    [container] = daemon.client.containers.list()
    assert container.name == "gradlab-alice"
    seen = json.loads(inside(container, LOOK))
    assert ".jupyter" in seen.pop("home"), "the first workspace was made"
    assert seen == {
        "user": [1000, 100],
        "capabilities": "0000000000000000",
        "no more privileges": "1",
        "system is read-only": True,
        "config": ["assistant", "instructor", "start_server.py", "student"],
        "devices": [],
    }
    assert inside(container, FLOOD).split() == ["True", "BlockingIOError"]
    greedy = container.exec_run(["python3", "-c", "print(len(bytearray(900_000_000)))"])
    assert greedy.exit_code == 137, greedy.output
    inside(container, "open('mine.txt', 'w').write('of alice')")

    hub.stop()
    hub.start()
    hub.wait(lambda: bool(hub.server("alice").get("ready")), "the session is found again")
    hub.wait(lambda: hub.ask("GET", "/user/alice/api/status")[0] == 200, "it is served again")
    assert [one.id for one in daemon.client.containers.list()] == [container.id]

    hub.stop_session("alice")
    assert daemon.client.containers.list(all=True) == []
    assert [one.name for one in daemon.client.volumes.list()] == ["gradlab-home-alice"]
    hub.start_session("bob", {"profile": "cpu"})
    hub.start_session("alice", {"profile": "cpu"})
    by_name = {one.name: one for one in daemon.client.containers.list()}
    read = "print(open('mine.txt').read())"
    assert inside(by_name["gradlab-alice"], read).strip() == "of alice"
    assert "FileNotFoundError" in inside(by_name["gradlab-bob"], read)
    assert inside(by_name["gradlab-bob"], "import os; print(os.getcwd())").strip() == HOME


def test_a_device_that_docker_does_not_have_is_given_back(
    daemon: DockerServer, hub: Hub, layout: Layout
) -> None:
    """Docker is asked for the device and refuses; nothing is left of it, the lease included."""
    hub.ask("POST", "/hub/api/users/carol")
    hub.ask("POST", "/hub/api/users/carol/server", {"profile": "whole"})
    hub.wait(lambda: "could not select device driver" in hub.log.read_text(), "Docker's refusal")
    hub.wait(lambda: not hub.server("carol").get("pending"), "the end of the start")
    assert not hub.server("carol").get("ready")
    assert daemon.client.containers.list() == []
    assert Allocator(layout.home / "gpu.sqlite", (), Rules()).leases() == []
