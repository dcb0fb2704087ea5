"""A lease: one device, whole or one share of it, for one session or one grading run.

What it guarantees:

- It is immutable; its end and its owner's notices are in the allocator's file.
- `environment` names the device by UUID, so that CUDA shows it and no other.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from autograder.gpu.device import COMMON_NODES, Device

LEASE_VARIABLE = "GRADLAB_GPU_LEASE"


class Purpose(StrEnum):
    """What a lease is for."""

    SESSION = "session"
    GRADING = "grading"


@dataclass(frozen=True)
class Lease:
    """One device, or one share of it, handed out.

    Args:
        id: a name that is never used again.
        owner: the account, or who grades.
        server: the name of the owner's server; empty for the default one.
        course: the course whose budget pays; empty when there is none.
        profile: the name of the profile that was asked for.
        purpose: a session or a grading run.
        device: the device as it was when the lease began.
        share: which share of it; `None` when the lease has it whole.
        granted_at: when it began, in seconds since the epoch.
        ends_at: when it ends at the latest; `None` when nothing limits it.
    """

    id: str
    owner: str
    server: str
    course: str
    profile: str
    purpose: Purpose
    device: Device
    share: int | None
    granted_at: float
    ends_at: float | None = None

    @property
    def memory_bytes(self) -> int:
        """Return the memory of the device that this lease may use."""
        device = self.device
        return device.memory_bytes if self.share is None else device.share_memory_bytes

    @property
    def nodes(self) -> tuple[str, ...]:
        """Return the nodes that the session must see: its own device's, and what CUDA needs."""
        return (*self.device.nodes, *COMMON_NODES)

    def environment(self) -> dict[str, str]:
        """Return the variables that make CUDA use this device and no other."""
        return {
            "CUDA_VISIBLE_DEVICES": self.device.uuid,
            "NVIDIA_VISIBLE_DEVICES": self.device.uuid,
            **self.environment_elsewhere(),
        }

    def environment_elsewhere(self) -> dict[str, str]:
        """Return the variables where a cluster chooses the device: the lease, and its memory."""
        variables = {LEASE_VARIABLE: self.id}
        if self.share is not None and self.device.shares > 1:
            # of PyTorch, a process of its own at a time; the watch sees to the rest where it can
            part = 1 / self.device.shares
            variables["PYTORCH_CUDA_ALLOC_CONF"] = f"per_process_memory_fraction:{part:.4f}"
        return variables
