"""Utilisation from a fake of NVML: whose work counts, and what stays unknown."""

from __future__ import annotations

from typing import Any

import pytest

from autograder.gpu import Device, Lease, NvmlMeter, Purpose, Usage, WatchRules
from autograder.gpu.watch import is_busy

RULES = WatchRules()
OWN = frozenset({10, 11})


class Processor:
    """Processor time by hand."""

    def __init__(self) -> None:
        self.now = 0.0
        self.seconds: dict[int, float] = {}

    def clock(self) -> float:
        return self.now

    def of(self, pid: int) -> float | None:
        return self.seconds.get(pid)


def lease(uuid: str = "GPU-a", shares: int = 1, share: int | None = None, mig: str = "") -> Lease:
    device = Device(uuid, "A100", 1, shares=shares, mig=mig)
    return Lease("1", "ann", "", "", "p", Purpose.SESSION, device, share, 0.0)


@pytest.fixture
def meter(nvml: Any) -> Any:
    """Return what builds a meter of one GPU."""

    def build(**given: Any) -> tuple[NvmlMeter, Any, Processor]:
        gpu = nvml.FakeGpu("GPU-a", **given)
        cpu = Processor()
        return NvmlMeter(nvml.FakeNvml([gpu]), cpu.clock, cpu.of), gpu, cpu

    return build


def test_a_neighbours_work_is_not_ones_own(meter: Any) -> None:
    """On a shared GPU only the session's processes count."""
    one, gpu, _ = meter(samples=[(99, 95), (10, 0)], utilisation=95)
    assert not is_busy(one.read(lease(shares=4, share=1), OWN), RULES)
    gpu.samples = [(99, 0), (11, 40)]
    assert is_busy(one.read(lease(shares=4, share=1), OWN), RULES)


def test_no_sample_is_no_work(meter: Any) -> None:
    """NVML answers 'not found' when nobody used the device."""
    one, _, _ = meter(samples=[])
    assert one.read(lease(), OWN).gpu_percent == 0.0
    assert not is_busy(one.read(lease(), OWN), RULES)


def test_a_training_that_waits_for_data_counts_as_work(meter: Any) -> None:
    """The GPU rests, but a process that has memory on it uses the processor."""
    one, gpu, cpu = meter(samples=[])
    gpu.processes = {10: 1 << 30, 99: 1 << 30}
    cpu.seconds = {10: 5.0, 99: 0.0}
    one.read(lease(), OWN)
    cpu.now, cpu.seconds[10] = 10.0, 14.0
    usage = one.read(lease(), OWN)
    assert usage.cpu_percent == pytest.approx(90)
    assert is_busy(usage, RULES)
    assert (usage.memory_bytes, usage.largest) == (1 << 30, 10)
    cpu.now = 20.0
    cpu.seconds[99] = 1000.0  # the neighbour's
    assert not is_busy(one.read(lease(), OWN), RULES)


def test_a_slice_is_judged_by_its_processes(meter: Any) -> None:
    """NVML tells no utilisation of a MIG slice; until something is known it counts as work."""
    one, gpu, cpu = meter(samples=None, utilisation=None)
    gpu.processes = {10: 1}
    cpu.seconds = {10: 1.0}
    assert is_busy(one.read(lease(mig="1g"), OWN), RULES)
    cpu.now = 100.0
    assert not is_busy(one.read(lease(mig="1g"), OWN), RULES)


def test_servers_elsewhere_are_judged_by_the_device_or_not_at_all(meter: Any) -> None:
    """Without process numbers, a whole device's rate counts, a share's is unknown."""
    one, _, _ = meter(utilisation=0)
    assert not is_busy(one.read(lease(), None), RULES)
    assert one.read(lease(shares=2, share=0), None) == Usage()
    assert is_busy(Usage(), RULES)


def test_a_device_that_is_gone_is_unknown(meter: Any) -> None:
    """A failing NVML ends nobody's session."""
    one, _, _ = meter()
    assert one.read(lease("GPU-gone"), OWN) == Usage()
