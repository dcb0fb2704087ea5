"""What one isolated session may use of the machine: memory, processors, processes.

What it guarantees:

- Memory and processes are limited by a control group of the session's own, where one can be made.
  Where not, the memory of all its processes is watched, and the largest one is ended.
- Processes are limited by the kernel's count for the session's own user namespace, too, where the
  kernel counts so (Linux 5.14): no control group is needed.
- Processors are limited by binding the session to some of them; which ones depends on the person,
  so that sessions spread. A session cannot undo that (`DENIED`).

What it does not do: limit the disk.
"""

from __future__ import annotations

import math
import os
import re
import resource
import signal
import time
import zlib
from dataclasses import dataclass
from typing import Final

from autograder.linux.cgroups import Group, make_group
from autograder.sandbox.usage import private_bytes, process_tree, proportional_bytes

COUNTS_BY_NAMESPACE: Final = (5, 14)
DENIED: Final = ("sched_setaffinity",)
LOOK_SECONDS: Final = 1.0
OWN_PROCESSES: Final = 2  # of the program that confines, below the one that watches
_UNLIMITED_BYTES: Final = 1 << 60
_UNLIMITED_PROCESSES: Final = 1 << 20


@dataclass(frozen=True)
class SessionLimits:
    """What a session may use; 0 is no limit.

    Args:
        memory_bytes: of all its processes.
        cores: processors; a part of one counts as one.
        processes: processes and threads at once.
    """

    memory_bytes: int = 0
    cores: float = 0.0
    processes: int = 0

    def group(self) -> Group | None:
        """Return the session's control group, made and limited; `None` when none is needed."""
        if not self.memory_bytes and not self.processes:
            return None
        made = make_group()
        made.limit(self.memory_bytes or _UNLIMITED_BYTES, self.processes or _UNLIMITED_PROCESSES)
        return made

    def count_processes(self, release: str = os.uname().release) -> None:
        """Limit the processes of this user in this user namespace, for all that descend from it.

        Older kernels count a user's processes in all namespaces together, which would limit all
        sessions as one: nothing is set there.
        """
        if self.processes and kernel_version(release) >= COUNTS_BY_NAMESPACE:
            hard = resource.getrlimit(resource.RLIMIT_NPROC)[1]
            most = self.processes if hard == resource.RLIM_INFINITY else min(self.processes, hard)
            resource.setrlimit(resource.RLIMIT_NPROC, (most, most))

    def bind_to_processors(self, person: str) -> None:
        """Keep the calling process and its children on some processors."""
        offered = sorted(os.sched_getaffinity(0))
        wanted = math.ceil(self.cores)
        if not 0 < wanted < len(offered):
            return
        first = zlib.crc32(person.encode()) % len(offered)
        os.sched_setaffinity(
            0, {offered[(first + number) % len(offered)] for number in range(wanted)}
        )

    def watch(self, root: int) -> None:
        """End the largest process below `root` for as long as all of them hold too much."""
        session = process_tree(root)[OWN_PROCESSES:]
        if sum(map(private_bytes, session)) <= self.memory_bytes:
            return  # pages that several share are counted too often: this is the most it can be
        held = {pid: proportional_bytes(pid) for pid in session}
        if sum(held.values()) > self.memory_bytes:
            largest = max(held, key=lambda pid: held[pid])
            print(f"a session holds more than {self.memory_bytes} bytes", flush=True)
            os.kill(largest, signal.SIGKILL)


def kernel_version(release: str) -> tuple[int, int]:
    """Return the first two numbers of a kernel's release, zeros where there are none.

    >>> kernel_version("6.18.44-fc"), kernel_version("odd")
    ((6, 18), (0, 0))
    """
    found = re.match(r"(\d+)\.(\d+)", release)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def wait_and_watch(child: int, limits: SessionLimits) -> int:
    """Wait for a child, and meanwhile watch its memory; return its status as `waitpid` does."""
    while True:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == child:
            return status
        if pid == 0:
            try:
                limits.watch(child)
            except ProcessLookupError:
                continue
            time.sleep(LOOK_SECONDS)
