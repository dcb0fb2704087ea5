"""A person's notebook server as a transient unit of systemd.

What it guarantees:

- A unit reaches the device nodes of its lease and no other GPU's; without a lease it has a `/dev`
  of its own with no GPU in it. The kernel enforces that, by the unit's control group.
- It has limits on memory, processors and processes, sees the system read-only, and cannot gain
  privileges.
- With accounts of systemd's own, homes are under `/var/lib/gradlab-<person>`, whatever a person is
  called.

What it does not do: make system accounts, or keep sessions from each other's ports on loopback;
each server asks for its hub token.
"""

from __future__ import annotations

import string
from pathlib import Path
from typing import Any

from escapism import escape
from systemdspawner import SystemdSpawner
from traitlets import Integer, List, Unicode

from autograder.gpu import Lease, Profile
from autograder.sessions.limits import Limited
from autograder.sessions.mixin import GpuMixin
from autograder.sessions.role import RoleMixin

CONFINED = {
    "CapabilityBoundingSet": "",
    "KeyringMode": "private",
    "LockPersonality": "yes",
    "ProtectClock": "yes",
    "ProtectControlGroups": "yes",
    "ProtectHostname": "yes",
    "ProtectKernelLogs": "yes",
    "ProtectKernelModules": "yes",
    "ProtectKernelTunables": "yes",
    "ProtectProc": "invisible",
    "ProtectSystem": "strict",
    "RestrictAddressFamilies": "AF_UNIX AF_INET AF_INET6 AF_NETLINK",
    "RestrictNamespaces": "yes",
    "RestrictRealtime": "yes",
    "RestrictSUIDSGID": "yes",
    "SystemCallArchitectures": "native",
    "SystemCallFilter": "@system-service",
    "UMask": "0077",
}


class UnitSpawner(GpuMixin, RoleMixin, Limited, SystemdSpawner):  # type: ignore[misc]  # systemdspawner ships no types
    """Start `jupyterhub-singleuser` as a unit."""

    tasks = Integer(512, help="The most processes and threads.").tag(config=True)
    hidden_paths = List(Unicode(), help="What sessions do not see.").tag(config=True)
    config_given = Unicode(help="The folder of all roles' Jupyter configuration.").tag(config=True)

    def use(self, profile: Profile, lease: Lease | None) -> None:
        """Put the device's nodes, and the limits, into the unit's properties."""
        self.limit(profile)
        self.unit_extra_properties = CONFINED | self._own_properties() | device_properties(lease)

    def session_processes(self) -> frozenset[int]:
        """Return the unit's processes on this machine."""
        return processes_of(f"{self.unit_name}.service")

    def _own_properties(self) -> dict[str, Any]:
        properties: dict[str, Any] = {
            "TasksMax": str(self.tasks),
            "BindReadOnlyPaths": f"{self.config_given}:{self.config_seen}",
            "InaccessiblePaths": [f"-{path}" for path in self.hidden_paths],
        }
        if self.mem_limit:
            properties["MemorySwapMax"] = "0"
        if self.dynamic_users:
            properties["ProtectHome"] = "yes"
        else:
            properties["ReadWritePaths"] = self._expand_user_vars("-/home/{USERNAME}")
        return properties

    def _expand_user_vars(self, text: Any) -> Any:
        """Fill the person into a property.

        systemdspawner takes lists here and fails on them; and with dynamic users it names
        directories below `/var/lib` as the person is called, who may be called like one that is
        there.
        """
        if isinstance(text, list):
            return [self._expand_user_vars(one) for one in text]
        name = self.user.name
        return text.format(
            USERNAME=unit_name(name) if self.dynamic_users else name, USERID=self.user.id
        )


def processes_of(unit: str, proc: Path = Path("/proc")) -> frozenset[int]:
    """Return the processes in a unit's control group, however they came there."""
    found = set()
    for entry in proc.iterdir():
        if not entry.name.isdigit():
            continue
        try:
            groups = (entry / "cgroup").read_text(encoding="utf-8").splitlines()
        except OSError:
            continue  # it has ended
        if any(unit in line.split(":", 2)[-1].split("/") for line in groups):
            found.add(int(entry.name))
    return frozenset(found)


def unit_name(person: str) -> str:
    """Return a person's name as part of a unit's and a directory's name.

    >>> unit_name("alice"), unit_name("a%l/ice")
    ('gradlab-alice', 'gradlab-a-25l-2fice')
    """
    safe = set(string.ascii_lowercase + string.digits + "_")
    return f"gradlab-{escape(person, safe, escape_char='-').lower()}"


def device_properties(lease: Lease | None) -> dict[str, Any]:
    """Return which devices a unit reaches."""
    if lease is None:
        return {"PrivateDevices": "yes"}
    return {
        "PrivateDevices": "no",  # its own /dev would not have the GPU's nodes
        "DevicePolicy": "closed",
        "DeviceAllow": [f"{node} rw" for node in lease.nodes],
    }
