"""Whether a leased device is at work: by NVML for each process, and by the processes themselves.

What it guarantees:

- What cannot be measured is unknown, and unknown never counts as idle.
- A training that waits for its data counts as work: a process that has memory on the device and
  uses the processor.
- On a shared GPU only the session's own processes count.
"""

from __future__ import annotations

import importlib
import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from autograder.gpu.errors import GpuError
from autograder.gpu.lease import Lease

TICKS = os.sysconf("SC_CLK_TCK")
MICROSECONDS = 1_000_000


@dataclass(frozen=True)
class Usage:
    """What a lease's device did since it was looked at last.

    Args:
        gpu_percent: how busy the device was for this session; `None`: unknown.
        cpu_percent: of one core, by processes that have memory on the device; `None`: unknown.
        memory_bytes: the device memory of the session's processes; `None`: unknown.
        largest: the process that has most of it; 0: none.
    """

    gpu_percent: float | None = None
    cpu_percent: float | None = None
    memory_bytes: int | None = None
    largest: int = 0


class Meter(Protocol):
    """Where utilisation comes from."""

    def read(self, lease: Lease, processes: frozenset[int] | None) -> Usage:
        """Return what a lease's device did.

        Args:
            lease: which.
            processes: the session's processes on this machine; `None`: they are elsewhere.
        """
        ...


class Blind:
    """Knows nothing: for declared devices and for machines that are not this one."""

    def read(self, lease: Lease, processes: frozenset[int] | None) -> Usage:  # noqa: ARG002 (the protocol's)
        """Return that nothing is known."""
        return Usage()


class NvmlMeter:
    """Reads NVML."""

    def __init__(
        self,
        nvml: Any = None,
        clock: Callable[[], float] = time.time,
        cpu_seconds: Callable[[int], float | None] | None = None,
    ) -> None:
        """Begin.

        Args:
            nvml: a module with pynvml's functions; pynvml itself when `None`.
            clock: the time in seconds since the epoch.
            cpu_seconds: the processor time of a process; `None` when it has ended.

        Raises:
            GpuError: there is no NVML.
        """
        if nvml is None:
            try:
                nvml = importlib.import_module("pynvml")
            except ImportError as error:
                raise GpuError("nvidia-ml-py is not installed") from error
        self._nvml = nvml
        self._clock = clock
        self._cpu_seconds = cpu_seconds or processor_seconds
        self._seen: dict[str, int] = {}
        self._cpu: dict[str, tuple[float, dict[int, float]]] = {}
        try:
            nvml.nvmlInit()
        except nvml.NVMLError as error:
            raise GpuError(f"NVML: {error}") from error

    def read(self, lease: Lease, processes: frozenset[int] | None) -> Usage:
        """Return what a lease's device did since the last time."""
        nvml = self._nvml
        try:
            handle = nvml.nvmlDeviceGetHandleByUUID(lease.device.uuid)
            memory = self._memory(handle, processes)
        except nvml.NVMLError:
            return Usage()
        gpu = self._gpu_percent(lease, handle, processes)
        cpu = None if memory is None else self._cpu_percent(lease.id, memory)
        if memory is None:
            return Usage(gpu, cpu)
        largest = max(memory, key=lambda pid: memory[pid], default=0)
        return Usage(gpu, cpu, sum(memory.values()), largest)

    def _memory(self, handle: Any, processes: frozenset[int] | None) -> dict[int, int] | None:
        """Return the device memory of each of the session's processes."""
        if processes is None:
            return None
        found = self._nvml.nvmlDeviceGetComputeRunningProcesses(handle)
        return {one.pid: int(one.usedGpuMemory or 0) for one in found if one.pid in processes}

    def _gpu_percent(
        self, lease: Lease, handle: Any, processes: frozenset[int] | None
    ) -> float | None:
        nvml = self._nvml
        if processes is not None:
            since = self._seen.get(lease.id, 0)
            self._seen[lease.id] = int(self._clock() * MICROSECONDS)
            try:
                samples = nvml.nvmlDeviceGetProcessUtilization(handle, since)
            except nvml.NVMLError_NotFound:
                return 0.0  # no sample: no process of anybody was at work
            except nvml.NVMLError:
                samples = None  # a MIG slice, an old GPU
            if samples is not None:
                own = [float(one.smUtil) for one in samples if one.pid in processes]
                return max(own, default=0.0)
        if lease.share is not None and lease.device.shares > 1:
            return None  # the rate of the whole device says nothing about one of its users
        try:
            return float(nvml.nvmlDeviceGetUtilizationRates(handle).gpu)
        except nvml.NVMLError:
            return None

    def _cpu_percent(self, lease_id: str, memory: dict[int, int]) -> float | None:
        """Return the processor time since the last reading of processes with device memory."""
        now = self._clock()
        times = {pid: self._cpu_seconds(pid) for pid in memory}
        known = {pid: seconds for pid, seconds in times.items() if seconds is not None}
        before = self._cpu.get(lease_id)
        self._cpu[lease_id] = now, known
        if before is None or now <= before[0]:
            return None
        spent = sum(seconds - before[1].get(pid, 0.0) for pid, seconds in known.items())
        return 100 * spent / (now - before[0])

    def forget(self, kept: Iterable[str]) -> None:
        """Forget all leases but these."""
        keep = set(kept)
        self._seen = {key: value for key, value in self._seen.items() if key in keep}
        self._cpu = {key: value for key, value in self._cpu.items() if key in keep}


def processor_seconds(pid: int) -> float | None:
    """Return the processor time of a process; `None` when it has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return None
    return (int(fields[11]) + int(fields[12])) / TICKS
