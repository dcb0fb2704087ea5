"""A person's notebook server as a Docker container.

What it guarantees:

- A container gets the device of its lease, by UUID, and without a lease none, whatever the image or
  Docker's default runtime would show it.
- It runs without capabilities, cannot gain privileges, and has limits on memory, processors and
  processes; its system is read-only; its home is a volume of its own.
- Nothing of the hub's machine is mounted, neither the course nor an exchange: notebooks travel over
  the network.

What it does not do: keep containers of one Docker network from reaching each other's ports; each
server still asks for its hub token.
"""

from __future__ import annotations

from typing import Any

from docker.types import DeviceRequest
from dockerspawner import DockerSpawner
from traitlets import Dict, Integer

from autograder.gpu import Lease, Profile
from autograder.sessions.limits import Limited
from autograder.sessions.mixin import GpuMixin
from autograder.sessions.role import RoleMixin

SCRATCH_BYTES = 1 << 30
SHARED_MEMORY_BYTES = 1 << 30  # PyTorch's data loaders hand batches over there
NO_DEVICE = {"CUDA_VISIBLE_DEVICES": "", "NVIDIA_VISIBLE_DEVICES": "void"}


class ContainerSpawner(GpuMixin, RoleMixin, Limited, DockerSpawner):  # type: ignore[misc]  # dockerspawner ships no types
    """Start `jupyterhub-singleuser` in a container."""

    processes = Integer(512, help="The most processes and threads.").tag(config=True)
    extra_host_config = Dict()

    def use(self, profile: Profile, lease: Lease | None) -> None:
        """Put the device into the container's request."""
        self.limit(profile)
        self.extra_host_config = self._limits() | {"device_requests": device_requests(lease)}

    def lease_environment(self, lease: Lease | None) -> dict[str, str]:
        """Return the variables that name the device, also for NVIDIA's container runtime."""
        return NO_DEVICE if lease is None else lease.environment()

    def _limits(self) -> dict[str, Any]:
        limits: dict[str, Any] = {
            "cap_drop": ["ALL"],
            "security_opt": ["no-new-privileges:true"],
            "pids_limit": self.processes,
            "read_only": True,
            "tmpfs": {"/tmp": f"rw,nosuid,nodev,size={SCRATCH_BYTES},mode=1777"},  # noqa: S108 - the container's own
            "shm_size": SHARED_MEMORY_BYTES,
            "init": True,
            "privileged": False,
        }
        if self.mem_limit:
            limits["memswap_limit"] = self.mem_limit  # as much as mem_limit: no swap
        return limits


def device_requests(lease: Lease | None) -> list[DeviceRequest]:
    """Return what `docker run --gpus device=UUID` asks for; nothing without a lease."""
    if lease is None:
        return []
    return [
        DeviceRequest(
            driver="nvidia", device_ids=[lease.device.uuid], capabilities=[["gpu", "utility"]]
        )
    ]
