"""Sessions as jobs of a real Slurm, through a real hub."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from autograder.course import Layout

from ..slurm_server import NEEDS_SLURM, SlurmServer, free_ports
from .backend_spawners import session_python
from .real_hub import TOKEN, Hub

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600), NEEDS_SLURM]
SECRET = "a-secret-of-the-hub"
SETTINGS = """
[spawner]
backend = "slurm"
keep = true
hub_port = {port}

[spawner.slurm]
accounts = "hub"
python = "{python}"
partition = "grading"
listen = "127.0.0.1"
addresses = ["node=127.0.0.1"]
options = ["--comment=session"]
"""


@pytest.fixture
def hub(slurm: SlurmServer, layout: Layout, tmp_path: Path) -> Iterator[Hub]:
    """Return a running hub whose sessions are Slurm jobs."""
    port, hub_port = free_ports(2)
    environment = slurm.environment | {"GRADLAB_DB_URL": SECRET, "AWS_SECRET_ACCESS_KEY": SECRET}
    python = session_python(tmp_path / "session")
    hub = Hub(layout, SETTINGS.format(port=hub_port, python=python), port, environment)
    try:
        hub.start()
        yield hub
    finally:
        hub.stop()
        slurm.ask("scancel", "--user=root")
        slurm.wait_until_no_jobs()


def jobs(slurm: SlurmServer) -> list[list[str]]:
    """Return the jobs: number, name, devices, comment, state."""
    lines = slurm.ask("squeue", "--noheader", "--format=%A %j %b %k %T").splitlines()
    return [line.split() for line in lines]


def session_environment(slurm: SlurmServer, name: str) -> dict[str, str]:
    """Return the environment of a person's server, as the kernel has it."""
    for process in psutil.process_iter():
        try:
            environment = process.environ()
        except psutil.Error:
            continue
        ours = environment.get("SLURM_CONF") == slurm.environment["SLURM_CONF"]
        if ours and environment.get("JUPYTERHUB_USER") == name and "SLURM_STEP_ID" in environment:
            return environment
    raise AssertionError(f"no process of {name}")


def test_a_session_is_a_job_that_the_hub_finds_again(
    slurm: SlurmServer, hub: Hub, layout: Layout, tmp_path: Path
) -> None:
    """Lease to gres, served through the hub, no secret, no way out, restart, the queue, an end."""
    hub.start_session("alice", {"profile": "whole", "gres": "gpu:2", "options": "#SBATCH --hold"})
    (job,) = jobs(slurm)
    assert job[1:] == ["gradlab-alice", "gres:gpu:1", "session", "RUNNING"]
    assert hub.ask("GET", "/user/alice/api/status")[0] == 200
    environment = session_environment(slurm, "alice")
    assert environment["SLURM_GPUS_ON_NODE"] == "1"

    held = [(layout.home / "hub" / name).read_text() for name in ("demo-password", "cookie-secret")]
    for secret in (SECRET, TOKEN, *held):
        assert not [name for name, value in environment.items() if secret in value]

    mine = environment["JUPYTERHUB_API_TOKEN"]
    trap = tmp_path / "trap"
    for body, status in (
        ({"job_id": f"{job[0]}; touch {trap} #"}, 400),
        ({"port": 4444, "exec_prefix": f"touch {trap};"}, 400),
        ({"port": "4444"}, 400),
        ({"port": 4444}, 409),
    ):
        answer = hub.ask("POST", "/hub/api/batchspawner", body, token=mine)
        assert answer[0] == status, (body, answer)
    assert hub.ask("POST", "/hub/api/batchspawner", {"port": 4444})[0] == 403

    hub.stop()
    assert jobs(slurm) == [job]
    hub.start()
    hub.wait(lambda: bool(hub.server("alice").get("ready")), "the session is found again")
    hub.wait(lambda: hub.ask("GET", "/user/alice/api/status")[0] == 200, "it is served again")
    assert jobs(slurm) == [job]

    hub.ask_for_session("bob", {"profile": "whole"}, "Number 1 in the queue")
    assert jobs(slurm) == [job]
    hub.stop_session("alice")
    hub.wait(lambda: bool(hub.server("bob").get("ready")), "bob has what alice gave back")
    (job,) = jobs(slurm)
    assert job[1:] == ["gradlab-bob", "gres:gpu:1", "session", "RUNNING"]
    assert hub.ask("GET", "/user/alice/api/status")[0] != 200

    hub.stop_session("bob")
    slurm.wait_until_no_jobs()
    assert not trap.exists()


def test_without_a_device_the_job_asks_for_none(slurm: SlurmServer, hub: Hub) -> None:
    """A CPU session has no gres, and replaces what an earlier hub left of the same person."""
    left = slurm.ask("sbatch", "--parsable", "--job-name=gradlab-bob", "--hold", "--wrap=sleep 600")
    hub.start_session("bob", {"profile": "cpu"})
    (job,) = jobs(slurm)
    assert job[0] != left
    assert job[1:] == ["gradlab-bob", "N/A", "session", "RUNNING"]
    assert "SLURM_GPUS_ON_NODE" not in session_environment(slurm, "bob")
