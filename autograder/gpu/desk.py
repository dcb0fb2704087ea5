"""The GPU desk: settings, inventory, profiles and allocator, opened together.

What it guarantees:

- Hub and `gradlab grade` that read the same settings open the same desk.
- Profiles that no device can serve are not offered; that they are not is said.
- Where the inventory is declared, or NVML does not answer, `note` says so.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from autograder.gpu import (
    LEASE_VARIABLE,
    Allocator,
    Inventory,
    InventoryError,
    Kind,
    Profile,
    Source,
    by_nvml,
    declared,
    shared,
)
from autograder.gpu.rules import fitting
from autograder.gpu.settings import GpuSettings, usual_profiles

FILE_NAME = "gpu.sqlite"  # in the data directory


def look(settings: GpuSettings, nvml: Any = None) -> Inventory:
    """Return the inventory that the settings ask for; without a GPU, an empty one that says why."""
    if settings.inventory == "none":
        return Inventory((), Source.NONE, "the settings say that there is none")
    if settings.inventory == "declared" or (settings.inventory == "auto" and settings.devices):
        return shared_as_set(settings, declared(settings.devices))
    try:
        return shared_as_set(settings, by_nvml(nvml))
    except InventoryError as error:
        return Inventory((), Source.NONE, str(error))


def shared_as_set(settings: GpuSettings, inventory: Inventory) -> Inventory:
    """Return the inventory with the shares of the settings; a device's own win."""
    return shared(inventory, settings.shares, settings.shared) if settings.shares > 1 else inventory


def profiles_for(
    settings: GpuSettings, inventory: Inventory
) -> tuple[tuple[Profile, ...], tuple[Profile, ...]]:
    """Return the profiles that the devices can serve, and those that they cannot."""
    every = settings.profiles or usual_profiles(_kinds(inventory))
    offered = tuple(one for one in every if not one.takes_gpu or fitting(one, inventory.devices))
    return offered, tuple(one for one in every if one not in offered)


class Desk:
    """Everything that a start needs to know about GPUs."""

    def __init__(self, settings: GpuSettings, path: Path, inventory: Inventory) -> None:
        """Open the desk.

        Args:
            settings: the topic `[gpu]`.
            path: the allocator's file; made only when there are devices.
            inventory: the devices.
        """
        self.settings = settings
        self.inventory = inventory
        self.profiles, self.missing = profiles_for(settings, inventory)
        self.allocator = (
            Allocator(path, inventory.devices, settings.rules(self.profiles))
            if inventory.devices
            else None
        )
        # a lease that a thread was given is its server's before anybody looks for lost ones
        self.granting = asyncio.Lock()

    @classmethod
    def open(cls, settings: GpuSettings, home: Path) -> Desk:
        """Open the desk of a data directory."""
        return cls(settings, home / FILE_NAME, look(settings))

    def __deepcopy__(self, _memo: object) -> Desk:
        """Return itself: traitlets copies what it configures with."""
        return self

    @property
    def note(self) -> str:
        """Return what people have to know about the inventory; empty when nothing."""
        if self.inventory.source is Source.DECLARED:
            return "These GPUs are declared in the settings; whether they exist was not looked at."
        return ""

    def offered_to(self, groups: Iterable[str]) -> tuple[Profile, ...]:
        """Return the profiles that a person may choose."""
        own = set(groups)
        return tuple(one for one in self.profiles if not one.groups or own & set(one.groups))

    def let_go(self, lease_id: str) -> bool:
        """Take back the lease of a server that has ended; not while anything of it still runs.

        Returns:
            Whether it was taken back; if not, the keeper tries again.
        """
        assert self.allocator is not None
        if end_strays(lease_id):
            return False
        self.allocator.release(lease_id)
        return True


def end_strays(lease_id: str) -> bool:
    """Kill what still runs on this machine with a lease; return whether there was anything."""
    mark = f"{LEASE_VARIABLE}={lease_id}".encode()
    found = False
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            if mark not in (entry / "environ").read_bytes().split(b"\0"):
                continue
            os.kill(int(entry.name), signal.SIGKILL)
            found = True
        except OSError:
            continue  # it has ended, or is not ours
    return found


def _kinds(inventory: Inventory) -> set[Kind]:
    kinds = set()
    for device in inventory.devices:
        kinds.add(Kind.MIG if device.is_mig else Kind.WHOLE)
        if device.shares > 1:
            kinds.add(Kind.SHARE)
    return kinds
