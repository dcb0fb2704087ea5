"""One GPU or one MIG slice, and the nodes below `/dev` that lead to it.

What it guarantees:

- A device is named by its UUID, never by an index, which changes when a GPU is taken out.
- A MIG slice knows the GPU that it is cut from; a GPU that is cut is no device of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

GIB = 1024**3
# What every process that uses any NVIDIA GPU needs; which GPU it reaches is decided by the others.
COMMON_NODES = (
    "/dev/nvidiactl",
    "/dev/nvidia-uvm",
    "/dev/nvidia-uvm-tools",
    "/dev/nvidia-modeset",
)


@dataclass(frozen=True)
class Device:
    """One thing that can be leased, whole or in shares.

    Args:
        uuid: as NVML gives it: `GPU-…`, `MIG-…`.
        name: the model, for people.
        memory_bytes: how much memory it has.
        index: the number of the GPU, of the parent for a MIG slice; for people only.
        parent: the UUID of the GPU that a MIG slice is cut from; empty for a whole GPU.
        mig: the slice's profile as NVIDIA names it (`1g.10gb`); empty for a whole GPU.
        shares: how many sessions may use it at once; 1: it is only leased whole.
        nodes: the nodes that lead to this device and that others must not see.
        declared: whether it is only said to exist, by the settings.
    """

    uuid: str
    name: str
    memory_bytes: int
    index: int = 0
    parent: str = ""
    mig: str = ""
    shares: int = 1
    nodes: tuple[str, ...] = ()
    declared: bool = False

    @property
    def is_mig(self) -> bool:
        """Whether this is a MIG slice."""
        return bool(self.mig)

    @property
    def share_memory_bytes(self) -> int:
        """Return the memory budget of one share."""
        return self.memory_bytes // self.shares
