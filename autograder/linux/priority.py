"""Processes that give way to others on the same processors.

What it guarantees:

- A server that gives way gets about a third of what another one gets, and all of it when nobody
  else wants any; so does whatever it has forked or will fork, threads included. Not less: a cell's
  limit is wall time, and what trains for three seconds must not meet it because others are busy.
- It stays so: an ordinary user may lower a priority and not raise it again.

What it does not do: promise. Where the kernel shares processors by groups that are not ours, what
can be lowered is lowered.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from autograder.linux import cgroups

NICE: Final = 5  # a third of the weight that this process has
_MOST_NICE: Final = 19
_SHARES: Final = {1: ("cpu.shares", 340), 2: ("cpu.weight", 33)}  # of 1024 and of 100
_WALKS: Final = 2  # what was orphaned during the first is found by the second


def give_way(pidfd: int, tree: Callable[[int], list[int]]) -> None:
    """Lower a server and what it forked; nothing happens when it is gone.

    Args:
        pidfd: of the server.
        tree: gives a process and its descendants.
    """
    pid = _pid(pidfd)
    if pid <= 0:
        return
    bases = cgroups.own_bases(
        Path("/proc/self/mountinfo").read_text(), Path("/proc/self/cgroup").read_text(), os.environ
    )
    with contextlib.suppress(OSError, KeyError):
        base = bases["cpu"]
        name, weight = _SHARES[base.version]
        (base.folder / cgroups.server_name(pid) / name).write_text(str(weight))
    nice = min(_MOST_NICE, os.getpriority(os.PRIO_PROCESS, 0) + NICE)
    with contextlib.suppress(OSError):  # each session is a group, too, where the kernel has such
        Path(f"/proc/{pid}/autogroup").write_text(str(nice))
    for _ in range(_WALKS):
        for each in tree(pid):
            _lower(each, nice)


def _lower(pid: int, nice: int) -> None:
    with contextlib.suppress(OSError):  # it has ended
        for thread in map(int, os.listdir(f"/proc/{pid}/task")):  # noqa: PTH208
            with contextlib.suppress(OSError):
                if os.getpriority(os.PRIO_PROCESS, thread) < nice:
                    os.setpriority(os.PRIO_PROCESS, thread, nice)


def _pid(pidfd: int) -> int:
    """Return the process behind a descriptor; 0 or less when it is gone."""
    lines = Path(f"/proc/self/fdinfo/{pidfd}").read_text().splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith("Pid:")), 0)
