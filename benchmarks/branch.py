"""What a branch costs the kernel: a fork of a warm student's process, and the end of its memory.

Measured in this process and in forks of it, unconfined, with small pages, then with huge ones:
processor time of an empty fork and of its end, before and after a cell has run, and how many pages
the child has touched when it returns from Python's own fork and from ours. Prints one JSON object.

    python benchmarks/branch.py --forks 30
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import resource
from collections.abc import Callable

from autograder.linux import hugepages, kernel
from autograder.student import preparation
from autograder.student.shell import GradingShell

CELL = "import torch\ndef double(x):\n    return x + x\ntwice = double(torch.ones(3))"


def empty_fork(forks: int) -> dict[str, float]:
    """Return the milliseconds of one fork, and of the child's end."""

    def used(who: int) -> float:
        usage = resource.getrusage(who)
        return usage.ru_utime + usage.ru_stime

    before = used(resource.RUSAGE_SELF), used(resource.RUSAGE_CHILDREN)
    for _ in range(forks):
        pid = kernel.fork()
        if pid == 0:
            os._exit(0)
        os.waitpid(pid, 0)
    after = used(resource.RUSAGE_SELF), used(resource.RUSAGE_CHILDREN)
    fork_ms, end_ms = (round((b - a) / forks * 1000, 2) for a, b in zip(before, after, strict=True))
    return {"fork_ms": fork_ms, "end_ms": end_ms}


def in_child(work: Callable[[], object], fork: Callable[[], int] = kernel.fork) -> object:
    """Return what a forked child finds."""
    reader, writer = os.pipe()
    pid = fork()
    if pid == 0:
        os.write(writer, json.dumps(work()).encode())
        os._exit(0)
    os.close(writer)
    os.waitpid(pid, 0)
    with os.fdopen(reader) as pipe:
        found: object = json.load(pipe)
    return found


def faults() -> int:
    """Return how many pages this process has touched first."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--forks", type=int, default=30)
    forks = parser.parse_args().forks
    preparation.prepare([])
    gc.freeze()

    def after_a_cell() -> dict[str, float]:
        GradingShell.make().run_cell(CELL)
        return empty_fork(forks)

    result: dict[str, object] = {"benchmark": "branch", "forks": forks}
    for pages in ("small", "huge"):
        if pages == "huge":
            result["without_huge_page"] = len(hugepages.use_huge_pages())
        result[pages] = {"server": empty_fork(forks), "after_a_cell": in_child(after_a_cell)}
    result["faults"] = {"python": in_child(faults, os.fork), "ours": in_child(faults)}
    print(json.dumps(result))


if __name__ == "__main__":
    main()
