"""Cost per submission of a large class against that of a small one, and the engine's memory.

All are whole `gradlab grade` commands into an empty gradebook: start, reports, log,
gradebook rows and autograded notebooks included. Processor time is what the kernel counted
for the command and everything below it: in a control group of its own where one can be made (by
root, version 1), else as last seen of the processes and of what they waited for, which misses some.
Memory is the largest sum of their proportional shares (PSS) that was seen while it ran, running
submissions included.

`ratio` is cost per submission against cost per submission, as a user pays it; a small class then
carries more of the start. `ratio_after_start` is without the start, which a tiny class tells.
Prints one JSON object.

    python benchmarks/growth.py --small 200 --large 10000
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from batch_vs_nbgrader import ASSIGNMENT, COURSE, GRADLAB
from regrading import submit

from autograder.course import Layout, load_manifest

TICKS = os.sysconf("SC_CLK_TCK")
GROUPS = Path("/sys/fs/cgroup/cpuacct")
TINY = 10  # submissions of the class that tells the start
SECONDS_BETWEEN_LOOKS = 1.0
ENGINE_BYTES = 1.5 * 2**30
TARGET = 1.1
PARTS = ("graded", "autograded", "events.jsonl", "gradebook.db")


@dataclass
class Cost:
    """What one command took."""

    submissions: int
    wall_seconds: float = 0.0
    cpu_seconds: float = 0.0
    seen_cpu_seconds: float = 0.0
    memory_bytes: int = 0
    disk_bytes: dict[str, int] = field(default_factory=dict)

    @property
    def each_cpu_seconds(self) -> float:
        """Return the processor time for one submission, the start shared out."""
        return self.cpu_seconds / self.submissions

    def to_json(self) -> dict[str, object]:
        """Return the figures of one class."""
        disk = {name: size / self.submissions / 1024 for name, size in self.disk_bytes.items()}
        return {
            "submissions": self.submissions,
            "wall_seconds": round(self.wall_seconds, 2),
            "cpu_seconds": round(self.cpu_seconds, 2),
            "seen_cpu_seconds": round(self.seen_cpu_seconds, 2),
            "cpu_ms_per_submission": round(self.each_cpu_seconds * 1000, 2),
            "wall_ms_per_submission": round(self.wall_seconds / self.submissions * 1000, 2),
            "memory_mib": round(self.memory_bytes / 2**20, 1),
            "disk_kib_per_submission": {name: round(size, 2) for name, size in disk.items()},
        }


@contextlib.contextmanager
def own_group() -> Iterator[Path | None]:
    """Make a control group that counts processor time, if that can be done here."""
    group = GROUPS / f"gradlab-growth-{os.getpid()}"
    try:
        group.mkdir()
    except OSError:
        yield None
        return
    try:
        yield group
    finally:
        group.rmdir()


def look(root: int) -> tuple[float, int]:
    """Return processor seconds, as far as they can be seen, and memory of a process tree."""
    parents: dict[int, int] = {}
    ticks: dict[int, int] = {}
    for name in os.listdir("/proc"):  # noqa: PTH208 - names are all that is wanted
        if name.isdigit():
            try:
                fields = Path(f"/proc/{name}/stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents[int(name)] = int(fields[1])
            ticks[int(name)] = sum(map(int, fields[11:15]))
    tree = {root}
    while grown := {pid for pid, parent in parents.items() if parent in tree} - tree:
        tree |= grown
    return sum(ticks.get(pid, 0) for pid in tree) / TICKS, sum(map(shared_bytes, tree))


def shared_bytes(pid: int) -> int:
    """Return a process's proportional share of memory, 0 when it has ended."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def disk_bytes(path: Path) -> int:
    """Return the bytes that a file or the files below a folder take on the disk."""
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.lstat().st_blocks * 512 for file in files)


def grade(number: int, jobs: int) -> Cost:
    """Grade a class of that size from nothing."""
    cost = Cost(number)
    with tempfile.TemporaryDirectory() as name:
        root = Path(name) / "course"
        shutil.copytree(COURSE, root)
        layout = Layout(root, root / "var")
        submit(layout, load_manifest(layout, ASSIGNMENT), number)
        environment = {k: v for k, v in os.environ.items() if not k.startswith("GRADLAB_")}
        environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"
        command = [*GRADLAB, "grade", ASSIGNMENT, "--jobs", str(jobs), "--json"]
        with own_group() as group:
            if group is not None:
                enter = f'echo $$ > {group}/cgroup.procs && exec "$@"'
                command = ["sh", "-c", enter, "sh", *command]
            begin = time.perf_counter()
            with subprocess.Popen(
                command, cwd=root, env=environment, stdout=subprocess.DEVNULL
            ) as running:
                ended = select.poll()
                descriptor = os.pidfd_open(running.pid)
                ended.register(descriptor, select.POLLIN)
                while not ended.poll(SECONDS_BETWEEN_LOOKS * 1000):
                    seen, size = look(running.pid)
                    cost.seen_cpu_seconds = max(cost.seen_cpu_seconds, seen)
                    cost.memory_bytes = max(cost.memory_bytes, size)
                cost.wall_seconds = time.perf_counter() - begin
                os.close(descriptor)
            if running.returncode:
                sys.exit(f"gradlab grade failed with {running.returncode}")
            cost.cpu_seconds = cost.seen_cpu_seconds
            if group is not None:
                cost.cpu_seconds = int((group / "cpuacct.usage").read_text()) / 1e9
        cost.disk_bytes = {part: disk_bytes(layout.home / part) for part in PARTS}
    return cost


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", type=int, default=200)
    parser.add_argument("--large", type=int, default=10_000)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    tiny, small, large = (
        grade(number, options.jobs) for number in (TINY, options.small, options.large)
    )
    after_start = [
        (cost.cpu_seconds - tiny.cpu_seconds) / (cost.submissions - TINY) for cost in (small, large)
    ]
    layout = Layout(COURSE, COURSE / "var")
    limit = load_manifest(layout, ASSIGNMENT).limits.memory_bytes
    allowed = ENGINE_BYTES + options.jobs * limit
    result = {
        "benchmark": "growth",
        "jobs": options.jobs,
        "tiny": tiny.to_json(),
        "small": small.to_json(),
        "large": large.to_json(),
        "ratio": round(large.each_cpu_seconds / small.each_cpu_seconds, 3),
        "ratio_after_start": round(after_start[1] / after_start[0], 3),
        "target": TARGET,
        "memory_mib": round(max(small.memory_bytes, large.memory_bytes) / 2**20, 1),
        "memory_mib_allowed": round(allowed / 2**20, 1),
        "cores": os.cpu_count(),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
