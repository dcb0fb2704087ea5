"""A fake of pynvml: the functions that are used, with its names; no GPU stands behind it."""
# ruff: noqa: N802 (pynvml's names)

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any


class NVMLError(Exception):
    """As pynvml's."""


class NVMLError_NotSupported(NVMLError):  # noqa: N801 (pynvml's name)
    """As pynvml's."""


class NVMLError_NotFound(NVMLError):  # noqa: N801 (pynvml's name)
    """As pynvml's."""


@dataclass
class FakeGpu:
    """One GPU, or one MIG slice in `slices`."""

    uuid: str
    name: str = "NVIDIA A100-SXM4-40GB"
    memory: int = 40 << 30
    minor: int = 0
    slices: list[FakeGpu | None] | None = None
    instance: int = 0
    broken: bool = False
    utilisation: int | None = 0
    samples: list[tuple[int, int]] | None = None
    processes: dict[int, int] = field(default_factory=dict)


@dataclass
class FakeNvml:
    """The module."""

    gpus: list[FakeGpu]
    NVML_DEVICE_MIG_ENABLE: int = 1
    initialised: int = 0
    NVMLError: type = NVMLError
    NVMLError_NotSupported: type = NVMLError_NotSupported
    NVMLError_NotFound: type = NVMLError_NotFound

    def nvmlInit(self) -> None:
        self.initialised += 1

    def nvmlShutdown(self) -> None:
        self.initialised -= 1

    def nvmlDeviceGetCount(self) -> int:
        return len(self.gpus)

    def nvmlDeviceGetHandleByIndex(self, index: int) -> FakeGpu:
        if self.gpus[index].broken:
            raise NVMLError("GPU is lost")
        return self.gpus[index]

    def nvmlDeviceGetHandleByUUID(self, uuid: str) -> FakeGpu:
        for gpu in self.gpus:
            for one in (gpu, *(gpu.slices or [])):
                if one is not None and one.uuid == uuid:
                    return one
        raise NVMLError_NotFound("no such")

    def nvmlDeviceGetMinorNumber(self, gpu: FakeGpu) -> int:
        return gpu.minor

    def nvmlDeviceGetUUID(self, gpu: FakeGpu) -> bytes:
        return gpu.uuid.encode()

    def nvmlDeviceGetName(self, gpu: FakeGpu) -> str:
        return gpu.name

    def nvmlDeviceGetMemoryInfo(self, gpu: FakeGpu) -> Any:
        return SimpleNamespace(total=gpu.memory)

    def nvmlDeviceGetMigMode(self, gpu: FakeGpu) -> tuple[int, int]:
        if "A100" not in gpu.name:
            raise NVMLError_NotSupported("no MIG")
        on = int(gpu.slices is not None)
        return on, on

    def nvmlDeviceGetMaxMigDeviceCount(self, gpu: FakeGpu) -> int:
        return len(gpu.slices or [])

    def nvmlDeviceGetMigDeviceHandleByIndex(self, gpu: FakeGpu, slot: int) -> FakeGpu:
        found = (gpu.slices or [])[slot]
        if found is None:
            raise NVMLError_NotFound("an empty slot")
        return found

    def nvmlDeviceGetGpuInstanceId(self, gpu: FakeGpu) -> int:
        return gpu.instance

    def nvmlDeviceGetComputeInstanceId(self, gpu: FakeGpu) -> int:
        return 0

    def nvmlDeviceGetComputeRunningProcesses(self, gpu: FakeGpu) -> list[Any]:
        return [SimpleNamespace(pid=p, usedGpuMemory=m) for p, m in gpu.processes.items()]

    def nvmlDeviceGetProcessUtilization(self, gpu: FakeGpu, since: int) -> list[Any]:
        if gpu.samples is None:
            raise NVMLError_NotSupported("a MIG slice")
        if not gpu.samples:
            raise NVMLError_NotFound("no sample")
        return [SimpleNamespace(pid=pid, smUtil=percent) for pid, percent in gpu.samples]

    def nvmlDeviceGetUtilizationRates(self, gpu: FakeGpu) -> Any:
        if gpu.utilisation is None:
            raise NVMLError_NotSupported("a MIG slice")
        return SimpleNamespace(gpu=gpu.utilisation)
