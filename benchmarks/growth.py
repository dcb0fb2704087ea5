"""Cost per submission of a large class against that of a small one, and the engine's memory.

Both are whole `gradlab grade` commands into an empty gradebook. Processor time is that of the
command and all processes below it, as last seen while it ran; memory is the sum of their
proportional shares (PSS), of which a submission that runs is a part. Prints one JSON object.

    python benchmarks/growth.py --small 200 --large 10000
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from batch_vs_nbgrader import ASSIGNMENT, COURSE, GRADLAB
from regrading import submit

from autograder.course import Layout, load_manifest

TICKS = os.sysconf("SC_CLK_TCK")
SECONDS_BETWEEN_LOOKS = 0.5


@dataclass
class Cost:
    """What one command took."""

    submissions: int
    wall_seconds: float = 0.0
    cpu_seconds: float = 0.0
    memory_bytes: int = 0

    def to_json(self) -> dict[str, float]:
        """Return the figures of one class."""
        return {
            "submissions": self.submissions,
            "wall_seconds": round(self.wall_seconds, 2),
            "cpu_seconds": round(self.cpu_seconds, 2),
            "cpu_ms_per_submission": round(self.cpu_seconds / self.submissions * 1000, 2),
            "wall_ms_per_submission": round(self.wall_seconds / self.submissions * 1000, 2),
            "memory_mib": round(self.memory_bytes / 2**20, 1),
        }


def look(root: int) -> tuple[float, int]:
    """Return the processor seconds and the bytes of a process and all below it."""
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
        begin = time.perf_counter()
        with subprocess.Popen(
            command, cwd=root, env=environment, stdout=subprocess.DEVNULL
        ) as running:
            while running.poll() is None:
                cpu_seconds, memory_bytes = look(running.pid)
                cost.cpu_seconds = max(cost.cpu_seconds, cpu_seconds)
                cost.memory_bytes = max(cost.memory_bytes, memory_bytes)
                try:
                    running.wait(SECONDS_BETWEEN_LOOKS)
                except subprocess.TimeoutExpired:
                    continue
        cost.wall_seconds = time.perf_counter() - begin
        if running.returncode:
            sys.exit(f"gradlab grade failed with {running.returncode}")
    return cost


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", type=int, default=200)
    parser.add_argument("--large", type=int, default=10_000)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    small, large = grade(options.small, options.jobs), grade(options.large, options.jobs)
    each = {cost.submissions: cost.cpu_seconds / cost.submissions for cost in (small, large)}
    result = {
        "benchmark": "growth",
        "jobs": options.jobs,
        "small": small.to_json(),
        "large": large.to_json(),
        "ratio": round(each[options.large] / each[options.small], 3),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
