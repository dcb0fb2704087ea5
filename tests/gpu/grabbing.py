"""Run by `test_allocator`: ask, take, hold and give back, many times; prints what was wrong."""

from __future__ import annotations

import sys
from pathlib import Path

from autograder.gpu import Allocator, Demand, Device, Granted, Kind, Profile, Rules

TIMES = "10"


def main(path: str, name: str, times: str = TIMES) -> None:
    rules = Rules(profiles=(Profile("share", kind=Kind.SHARE),), patience_seconds=1e9)
    allocator = Allocator(Path(path), [Device("GPU-0", "A100", 1, shares=3)], rules)
    print("begun", flush=True)
    for _ in range(int(times)):
        request = allocator.ask(Demand(name, "share"))
        while not isinstance(answer := allocator.poll(request), Granted):
            pass
        held = [one.share for one in allocator.leases()]
        if len(held) != len(set(held)) or len(held) > 3:
            print(f"twice: {held}")
        allocator.release(answer.lease.id)
    print("done")


if __name__ == "__main__":
    main(*sys.argv[1:])
