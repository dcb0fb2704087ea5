"""Profiles and devices as data."""

from __future__ import annotations

import pytest

from autograder.gpu import GIB, Device, GpuSettingsError, Kind, Lease, Profile, Purpose


def test_every_mistake_of_a_profile_is_told_at_once() -> None:
    """An administrator mends the file once."""
    with pytest.raises(GpuSettingsError) as error:
        Profile("Big One", kind=Kind.WHOLE, mig="1g.10gb", hours=-1)
    assert str(error.value).count("\n- ") == 3


def test_a_profile_has_a_name_for_people() -> None:
    """Without a title the name is shown."""
    assert Profile("whole-gpu").label == "Whole gpu"
    assert Profile("whole", "One GPU").label == "One GPU"


def lease(share: int | None, shares: int) -> Lease:
    device = Device("GPU-1", "A100", 40 * GIB, shares=shares, nodes=("/dev/nvidia3",))
    return Lease("1", "alice", "", "dl", "any", Purpose.SESSION, device, share, 0.0)


def test_a_share_has_its_part_of_the_memory() -> None:
    """The budget of a share is an equal part; a whole lease has all."""
    assert lease(2, 4).memory_bytes == 10 * GIB
    assert lease(None, 4).memory_bytes == 40 * GIB
    assert "0.2500" in lease(2, 4).environment()["PYTORCH_CUDA_ALLOC_CONF"]
    assert "PYTORCH_CUDA_ALLOC_CONF" not in lease(None, 4).environment()


def test_a_lease_shows_its_own_device_only() -> None:
    """CUDA is told the UUID; the nodes are the device's own and those that all need."""
    assert lease(0, 1).environment()["CUDA_VISIBLE_DEVICES"] == "GPU-1"
    assert "/dev/nvidia3" in lease(0, 1).nodes
    assert "/dev/nvidiactl" in lease(0, 1).nodes
