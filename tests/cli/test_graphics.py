"""`gradlab grade --gpu`: a lease for as long as the run lasts, from the sessions' own allocator."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from autograder.cli._graphics import GpuRefused, check, leased
from autograder.course import Layout
from autograder.gpu import Allocator, Demand, Granted, Purpose, Waiting
from autograder.gpu.desk import Desk
from autograder.hub import HubSettings

SETTINGS = """
[[gpu.device]]
name = "A100"
memory_gib = 40

[[gpu.profile]]
name = "cpu"

[[gpu.profile]]
name = "whole"
kind = "whole"
"""


@pytest.fixture
def layout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Layout:
    (tmp_path / "course" / "solutions").mkdir(parents=True)
    (tmp_path / "gradlab.toml").write_text(SETTINGS)
    monkeypatch.setenv("GRADLAB_COURSE", str(tmp_path / "course"))
    monkeypatch.setenv("GRADLAB_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GRADLAB_SETTINGS", str(tmp_path / "gradlab.toml"))
    return Layout.find()


@pytest.fixture
def allocator(layout: Layout) -> Allocator:
    found = Desk.open(HubSettings.load().gpu, layout.home).allocator
    assert found is not None
    return found


def test_the_lease_lasts_as_long_as_the_run(layout: Layout, allocator: Allocator) -> None:
    """Nobody else has the GPU meanwhile, and everybody may have it afterwards."""
    said: list[str] = []
    with leased("whole", layout, said.append) as lease:
        assert lease.purpose is Purpose.GRADING
        assert allocator.leases() == [lease]
        assert isinstance(allocator.poll(allocator.ask(Demand("ann", "whole"))), Waiting)
    assert allocator.leases() == []
    assert "declared in the settings" in said[0]
    assert "A100" in said[-1]


@pytest.mark.parametrize("profile", ["cpu", "huge"])
def test_a_profile_without_gpu_is_refused_with_the_known_ones(layout: Layout, profile: str) -> None:
    """The message has the names."""
    with pytest.raises(GpuRefused, match="whole"), leased(profile, layout, print):
        pass
    with pytest.raises(GpuRefused, match="whole"):
        check(profile, layout)


_HOLD = """
from autograder.cli._graphics import GpuRefused, check, leased
from autograder.course import Layout

with leased("whole", Layout.find(), lambda line: print(line, flush=True)):
    print("has it", flush=True)
    input()
"""


def test_a_killed_run_gives_its_gpu_back(layout: Layout, allocator: Allocator) -> None:
    """It waits with its place said, has the GPU, is killed: the next one gets it."""
    first = allocator.poll(allocator.ask(Demand("ann", "whole")))
    assert isinstance(first, Granted)
    with subprocess.Popen(
        [sys.executable, "-c", _HOLD],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=layout.root,
    ) as run:  # fmt: skip
        assert run.stdout is not None
        lines = iter(run.stdout.readline, "")
        assert "number 1 in the queue" in next(line for line in lines if "queue" in line)
        allocator.release(first.lease.id)
        assert next(line for line in lines if "has it" in line)
        [lease] = allocator.leases()
        assert lease.purpose is Purpose.GRADING
        run.kill()
    assert isinstance(allocator.poll(allocator.ask(Demand("ben", "whole"))), Granted)
