"""The inventory from a fake of NVML, from the settings, and from a real GPU where there is one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from autograder.gpu import (
    GIB,
    DeclaredDevice,
    GpuSettingsError,
    InventoryError,
    Source,
    by_nvml,
    declared,
    shared,
)


def test_whole_gpus_have_uuid_memory_and_node(nvml: Any) -> None:
    """The node follows the minor number, which is not the index."""
    fake = nvml.FakeNvml(
        [nvml.FakeGpu("GPU-a", minor=1), nvml.FakeGpu("GPU-b", name="T4", memory=16 << 30, minor=0)]
    )
    one, two = by_nvml(fake).devices
    assert (one.uuid, one.memory_bytes, one.nodes) == ("GPU-a", 40 * GIB, ("/dev/nvidia1",))
    assert (two.uuid, two.name, two.nodes) == ("GPU-b", "T4", ("/dev/nvidia0",))
    assert fake.initialised == 0


def test_a_cut_gpu_is_its_slices(nvml: Any, tmp_path: Path) -> None:
    """A GPU in MIG mode is not handed out whole; each slice has the nodes that the driver names."""
    for folder, minor in (("gi3", 30), ("gi3/ci0", 31), ("gi5", 48), ("gi5/ci0", 49)):
        place = tmp_path / "gpu2" / "mig" / folder
        place.mkdir(parents=True)
        (place / "access").write_text(f"DeviceFileMinor: {minor}\nDeviceFileMode: 292\n")
    slices = [
        nvml.FakeGpu("MIG-1", "NVIDIA A100-SXM4-40GB MIG 1g.5gb", 5 << 30, instance=3),
        None,
        nvml.FakeGpu("MIG-2", "NVIDIA A100-SXM4-40GB MIG 3g.20gb", 20 << 30, instance=5),
    ]
    fake = nvml.FakeNvml([nvml.FakeGpu("GPU-a", minor=2, slices=slices)])
    small, large = by_nvml(fake, tmp_path).devices
    assert (small.mig, large.mig, small.parent) == ("1g.5gb", "3g.20gb", "GPU-a")
    assert small.nodes == (
        "/dev/nvidia2", "/dev/nvidia-caps/nvidia-cap30", "/dev/nvidia-caps/nvidia-cap31",
    )  # fmt: skip
    assert set(small.nodes) & set(large.nodes) == {"/dev/nvidia2"}


def test_a_lost_gpu_is_left_out_and_said(nvml: Any) -> None:
    """One GPU that fell off the bus does not hide the others."""
    fake = nvml.FakeNvml([nvml.FakeGpu("GPU-a", broken=True), nvml.FakeGpu("GPU-b")])
    inventory = by_nvml(fake)
    assert [one.uuid for one in inventory.devices] == ["GPU-b"]
    assert "GPU 0 is left out" in inventory.note


def test_without_a_driver_the_inventory_says_so(nvml: Any) -> None:
    """No GPU is an error with a reason, not an empty list by accident."""
    fake = nvml.FakeNvml([])

    def fail() -> None:
        raise nvml.NVMLError("Driver Not Loaded")

    fake.nvmlInit = fail
    with pytest.raises(InventoryError, match="Driver Not Loaded"):
        by_nvml(fake)


def test_shares_are_cut_from_the_named_gpus_only(nvml: Any) -> None:
    """A GPU is named by number or UUID; a MIG slice is never shared."""
    fake = nvml.FakeNvml([nvml.FakeGpu("GPU-a"), nvml.FakeGpu("GPU-b"), nvml.FakeGpu("GPU-c")])
    cut = shared(by_nvml(fake), 4, ["1", "GPU-c"]).devices
    assert [one.shares for one in cut] == [1, 4, 4]
    assert cut[1].share_memory_bytes == 10 * GIB


def test_a_declared_inventory_says_that_it_is_declared() -> None:
    """Numbers are put into names; every device knows that it is only declared."""
    inventory = declared(
        [DeclaredDevice("A100", 40, count=2, shares=2, uuid="GPU-x{n}", nodes=("/dev/nvidia{n}",))]
    )
    assert inventory.source is Source.DECLARED
    assert [one.uuid for one in inventory.devices] == ["GPU-x0", "GPU-x1"]
    assert inventory.devices[1].nodes == ("/dev/nvidia1",)
    assert all(one.declared for one in inventory.devices)


@pytest.mark.parametrize(
    "wrong",
    [
        {"count": 0},
        {"shares": 2, "mig": "1g.5gb"},
        {"count": 2, "nodes": ("/dev/nvidia0",)},
        {"nodes": ("/etc/passwd",)},
        {"nodes": ("/dev/../etc/passwd",)},
    ],
)
def test_a_declaration_that_means_nothing_is_refused(wrong: dict[str, Any]) -> None:
    """A node outside /dev, or one node for two devices, would give away more than a GPU."""
    with pytest.raises(GpuSettingsError):
        DeclaredDevice("A100", **wrong)


def test_two_devices_of_one_name_are_refused() -> None:
    """A UUID names one device."""
    with pytest.raises(GpuSettingsError, match="more than once"):
        declared([DeclaredDevice("A", uuid="GPU-1"), DeclaredDevice("B", uuid="GPU-1")])


@pytest.mark.gpu
def test_the_real_gpus_are_found() -> None:
    """On a machine with NVIDIA GPUs, each has a UUID, memory, and a node that exists."""
    try:
        inventory = by_nvml()
    except InventoryError as error:
        pytest.skip(f"needs an NVIDIA GPU: {error}")
    if not inventory.devices:
        pytest.skip("needs an NVIDIA GPU: the driver knows none")
    for device in inventory.devices:
        assert device.uuid.startswith(("GPU-", "MIG-"))
        assert device.memory_bytes > GIB
        assert device.nodes
        assert all(Path(node).exists() for node in device.nodes)
