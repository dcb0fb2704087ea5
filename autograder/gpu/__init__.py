"""GPUs: what there is, who has it, who waits; for people's sessions and for grading runs alike."""

from autograder.gpu.device import COMMON_NODES, GIB, Device
from autograder.gpu.errors import GpuError, GpuRefused, GpuSettingsError, InventoryError
from autograder.gpu.lease import LEASE_VARIABLE, Lease, Purpose
from autograder.gpu.profile import CPU_ONLY, Kind, Profile

__all__ = [
    "COMMON_NODES",
    "CPU_ONLY",
    "GIB",
    "LEASE_VARIABLE",
    "Device",
    "GpuError",
    "GpuRefused",
    "GpuSettingsError",
    "InventoryError",
    "Kind",
    "Lease",
    "Profile",
    "Purpose",
]
