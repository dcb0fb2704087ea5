"""Which devices there are: by NVML, or declared by the settings where there is no GPU.

What it guarantees:

- An inventory says where it comes from; a declared one says so wherever it is shown.
- A GPU that is cut into MIG slices is counted by its slices alone.
- Looking never fails for one device's sake: what NVML does not tell is left out and said.

What it does not do: change anything on a GPU.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from autograder.gpu.device import GIB, Device
from autograder.gpu.errors import InventoryError, refuse

CAPABILITIES = Path("/proc/driver/nvidia/capabilities")


class Source(StrEnum):
    """Where an inventory comes from."""

    NVML = "nvml"
    DECLARED = "declared"
    NONE = "none"


@dataclass(frozen=True)
class Inventory:
    """The devices that can be leased.

    Args:
        devices: all of them.
        source: where they come from.
        note: what is to be known about it, for people; empty when nothing is.
    """

    devices: tuple[Device, ...]
    source: Source
    note: str = ""


@dataclass(frozen=True)
class DeclaredDevice:
    """One `[[gpu.device]]`: devices that are said to exist.

    Args:
        name: the model, for people.
        memory_gib: how much memory each has.
        count: how many there are of them.
        shares: how many sessions may use one at once.
        mig: each is a MIG slice of this profile; empty: a whole GPU.
        uuid: what they are named; `{n}` is replaced by the number, from 0.
        nodes: nodes below /dev that lead to it; `{n}` is replaced by the number.
    """

    name: str
    memory_gib: float = 0.0
    count: int = 1
    shares: int = 1
    mig: str = ""
    uuid: str = ""
    nodes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check every field.

        Raises:
            GpuSettingsError: one or more are wrong; the message lists all.
        """
        problems = [
            f"{name} is {value}; expected at least 1"
            for name, value in (("count", self.count), ("shares", self.shares))
            if value < 1
        ]
        if not self.memory_gib >= 0:
            problems.append(f"memory_gib is {self.memory_gib}; expected at least 0")
        if self.mig and self.shares > 1:
            problems.append("a MIG slice is leased whole; expected shares = 1")
        for name, text in (("uuid", self.uuid), *(("nodes", node) for node in self.nodes)):
            if self.count > 1 and text and "{n}" not in text:
                problems.append(
                    f"{name} is {text!r} for {self.count} devices; expected {{n}} in it"
                )
        problems += [
            f"node {node!r}; expected a path below /dev"
            for node in self.nodes
            if not node.startswith("/dev/") or ".." in Path(node).parts
        ]
        refuse(problems)


def declared(given: Iterable[DeclaredDevice]) -> Inventory:
    """Return the inventory that the settings declare."""
    devices: list[Device] = []
    for row, one in enumerate(given):
        for number in range(one.count):
            uuid = one.uuid.replace("{n}", str(number)) or f"DECLARED-{row}-{number}"
            devices.append(
                Device(
                    uuid=uuid,
                    name=one.name,
                    memory_bytes=int(one.memory_gib * GIB),
                    index=len(devices),
                    mig=one.mig,
                    shares=one.shares,
                    nodes=tuple(node.replace("{n}", str(number)) for node in one.nodes),
                    declared=True,
                )
            )
    uuids = [device.uuid for device in devices]
    doubled = sorted({uuid for uuid in uuids if uuids.count(uuid) > 1})
    refuse([f"device {uuid!r} is declared more than once" for uuid in doubled])
    note = f"{len(devices)} devices are declared in the settings; no GPU was looked for"
    return Inventory(tuple(devices), Source.DECLARED, note)


def by_nvml(nvml: Any = None, capabilities: Path = CAPABILITIES) -> Inventory:
    """Return the inventory of this machine's driver.

    Args:
        nvml: a module with pynvml's functions; pynvml itself when `None`.
        capabilities: where the driver tells the nodes of MIG slices.

    Raises:
        InventoryError: there is no driver, or it does not answer.
    """
    if nvml is None:
        try:
            nvml = importlib.import_module("pynvml")
        except ImportError as error:
            raise InventoryError("nvidia-ml-py is not installed") from error
    notes: list[str] = []
    try:
        nvml.nvmlInit()
    except nvml.NVMLError as error:
        raise InventoryError(f"NVML: {error}") from error
    try:
        devices: list[Device] = []
        for index in range(nvml.nvmlDeviceGetCount()):
            try:
                handle = nvml.nvmlDeviceGetHandleByIndex(index)
                devices += _devices(nvml, handle, index, capabilities)
            except nvml.NVMLError as error:
                notes.append(f"GPU {index} is left out: {error}")
    except nvml.NVMLError as error:
        raise InventoryError(f"NVML: {error}") from error
    finally:
        nvml.nvmlShutdown()
    return Inventory(tuple(devices), Source.NVML, "; ".join(notes))


def shared(inventory: Inventory, shares: int, which: Iterable[str]) -> Inventory:
    """Return the inventory with GPUs cut into shares.

    Args:
        inventory: what there is; MIG slices are never cut further.
        shares: how many sessions may use one GPU at once.
        which: the GPUs, by UUID or number; all when empty.
    """
    wanted = set(which)
    return replace(
        inventory,
        devices=tuple(
            replace(device, shares=shares)
            if not device.is_mig and (not wanted or wanted & {device.uuid, str(device.index)})
            else device
            for device in inventory.devices
        ),
    )


def _devices(nvml: Any, handle: Any, index: int, capabilities: Path) -> Iterator[Device]:
    minor = nvml.nvmlDeviceGetMinorNumber(handle)
    uuid = _text(nvml.nvmlDeviceGetUUID(handle))
    node = f"/dev/nvidia{minor}"
    if not _is_cut(nvml, handle):
        yield Device(
            uuid=uuid,
            name=_text(nvml.nvmlDeviceGetName(handle)),
            memory_bytes=int(nvml.nvmlDeviceGetMemoryInfo(handle).total),
            index=index,
            nodes=(node,),
        )
        return
    for slot in range(nvml.nvmlDeviceGetMaxMigDeviceCount(handle)):
        try:
            part = nvml.nvmlDeviceGetMigDeviceHandleByIndex(handle, slot)
        except nvml.NVMLError_NotFound:
            continue  # a slot without a slice
        name = _text(nvml.nvmlDeviceGetName(part))
        instance = nvml.nvmlDeviceGetGpuInstanceId(part)
        compute = nvml.nvmlDeviceGetComputeInstanceId(part)
        folder = capabilities / f"gpu{minor}" / "mig" / f"gi{instance}"
        caps = (folder / "access", folder / f"ci{compute}" / "access")
        yield Device(
            uuid=_text(nvml.nvmlDeviceGetUUID(part)),
            name=name,
            memory_bytes=int(nvml.nvmlDeviceGetMemoryInfo(part).total),
            index=index,
            parent=uuid,
            mig=name.rpartition("MIG ")[2].strip() or "slice",
            nodes=(node, *filter(None, (_capability_node(one) for one in caps))),
        )


def _is_cut(nvml: Any, handle: Any) -> bool:
    try:
        current, _pending = nvml.nvmlDeviceGetMigMode(handle)
    except nvml.NVMLError_NotSupported:
        return False  # a GPU without MIG
    return bool(current == nvml.NVML_DEVICE_MIG_ENABLE)


def _capability_node(file: Path) -> str:
    """Return the node that the driver names in a file of its capabilities; empty without."""
    try:
        lines = file.read_text(encoding="ascii").splitlines()
    except OSError:
        return ""
    for line in lines:
        key, _, value = line.partition(":")
        if key.strip() == "DeviceFileMinor":
            return f"/dev/nvidia-caps/nvidia-cap{int(value)}"
    return ""


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value
