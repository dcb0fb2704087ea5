"""What the local spawner makes of a lease."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from autograder.gpu import CPU_ONLY, Device, Kind, Lease, Profile, Purpose
from autograder.sessions.local import LocalSpawner

WHOLE = Profile("whole", kind=Kind.WHOLE)


@pytest.fixture
def spawner(tmp_path: Path) -> Any:
    made = LocalSpawner(homes=str(tmp_path), isolated=True, config_given="/config")
    made.user = SimpleNamespace(name="alice", groups=[])
    return made


def lease(*nodes: str) -> Lease:
    device = Device("GPU-1", "A100", 1, nodes=nodes)
    return Lease("7", "alice", "", "", "whole", Purpose.SESSION, device, None, 0.0)


def test_the_confinement_is_told_the_own_nodes_only(spawner: Any) -> None:
    """Those of the lease that exist here; none after that without a lease."""
    spawner.use(WHOLE, lease("/dev/null"))
    words = spawner._confinement()
    named = [words[n + 1] for n, word in enumerate(words) if word == "--device"]
    assert "/dev/null" in named
    assert all(Path(node).exists() for node in named)
    spawner.use(CPU_ONLY, None)
    assert "--device" not in spawner._confinement()


def test_a_device_that_has_gone_is_not_started_with(spawner: Any) -> None:
    """A session without the GPU that it was promised would fail later and say less."""
    with pytest.raises(Exception, match="has gone"):
        spawner.use(WHOLE, lease("/dev/no-such-gpu"))


def test_without_a_lease_cuda_shows_nothing(spawner: Any) -> None:
    """A CPU session on a machine with GPUs sees none; with a lease, its own by UUID."""
    assert spawner.lease_environment(None) == {"CUDA_VISIBLE_DEVICES": ""}
    assert spawner.lease_environment(lease())["CUDA_VISIBLE_DEVICES"] == "GPU-1"


def test_a_server_that_does_not_run_has_no_processes(spawner: Any) -> None:
    """Neither before it starts nor after its number is gone."""
    assert spawner.session_processes() == frozenset()
    spawner.pid = 2**22 - 1
    assert spawner.session_processes() == frozenset()
