"""GPUs: what there is, who has it, who waits; for people's sessions and for grading runs alike."""

from autograder.gpu.allocator import Allocator, Attention, Notice
from autograder.gpu.demand import Availability, Demand, Granted, Remaining, Request, Waiting
from autograder.gpu.device import COMMON_NODES, GIB, Device
from autograder.gpu.errors import GpuError, GpuRefused, GpuSettingsError, InventoryError
from autograder.gpu.inventory import DeclaredDevice, Inventory, Source, by_nvml, declared, shared
from autograder.gpu.lease import LEASE_VARIABLE, Lease, Purpose
from autograder.gpu.meter import Blind, Meter, NvmlMeter, Usage
from autograder.gpu.processes import Holder
from autograder.gpu.profile import CPU_ONLY, Kind, Profile
from autograder.gpu.rules import Budget, Priority, Reservation, Rules, priority_of
from autograder.gpu.watch import WatchRules, duration

__all__ = [
    "COMMON_NODES",
    "CPU_ONLY",
    "GIB",
    "LEASE_VARIABLE",
    "Allocator",
    "Attention",
    "Availability",
    "Blind",
    "Budget",
    "DeclaredDevice",
    "Demand",
    "Device",
    "GpuError",
    "GpuRefused",
    "GpuSettingsError",
    "Granted",
    "Holder",
    "Inventory",
    "InventoryError",
    "Kind",
    "Lease",
    "Meter",
    "Notice",
    "NvmlMeter",
    "Priority",
    "Profile",
    "Purpose",
    "Remaining",
    "Request",
    "Reservation",
    "Rules",
    "Source",
    "Usage",
    "Waiting",
    "WatchRules",
    "by_nvml",
    "declared",
    "duration",
    "priority_of",
    "shared",
]
