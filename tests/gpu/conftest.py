"""An allocator whose time and processes the test decides on."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from autograder.gpu import GIB, Allocator, Device, Holder, Kind, Profile, Rules

NOON = 1_800_000_000.0
SHARE = Profile("share", kind=Kind.SHARE, hours=2)
WHOLE = Profile("whole", kind=Kind.WHOLE, hours=4)
SLICE = Profile("slice", kind=Kind.MIG)
FREE = Profile("endless", kind=Kind.WHOLE)
CPU = Profile("cpu")
PROFILES = (CPU, SHARE, WHOLE, SLICE, FREE)


def gpu(number: int, shares: int = 1) -> Device:
    """Return a GPU."""
    return Device(f"GPU-{number}", "A100", 40 * GIB, number, shares=shares)


def mig(number: int, parent: int) -> Device:
    """Return a MIG slice."""
    return Device(f"MIG-{number}", "A100 MIG", 10 * GIB, parent, f"GPU-{parent}", "1g.10gb")


@dataclass
class World:
    """Time and processes."""

    now: float = NOON
    dead: set[int] = field(default_factory=set)

    def clock(self) -> float:
        return self.now

    def is_alive(self, holder: Holder) -> bool:
        return holder.pid not in self.dead


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def opened(tmp_path: Path, world: World) -> Callable[..., Allocator]:
    """Return what opens the allocator's file, as each process does."""

    def build(*devices: Device, **rules: object) -> Allocator:
        given = Rules(**({"profiles": PROFILES} | rules))  # type: ignore[arg-type]
        return Allocator(tmp_path / "gpu.sqlite", devices, given, world.clock, world.is_alive)

    return build


@pytest.fixture
def nvml() -> object:
    """Return what makes a fake NVML; the fake is loaded from its file, as tests are no package."""
    import importlib.util

    spec = importlib.util.spec_from_file_location(
        "fake_nvml", Path(__file__).parent / "fake_nvml.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["fake_nvml"] = module
    spec.loader.exec_module(module)
    return module
