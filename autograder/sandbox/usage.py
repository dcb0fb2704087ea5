"""How much a child and its descendants use, and when that is too much.

What it guarantees:

- With a control group the kernel enforces memory; here it is only read who was killed why.
- Without one, memory is watched: what the process tree holds beyond the pages that it inherited
  from the warm server. A tree can overshoot between two looks, never for long.
- Processor time is that of the whole tree, also of processes that were not waited for.
- What is read of a process is read as bytes: its name is the student's to choose.

What it does not do: kill. The server does.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from autograder.linux.cgroups import Group
from autograder.sandbox.child import ChildLimits

SECONDS_BETWEEN_LOOKS: Final = 0.1
_SHORTEST_SECONDS: Final = 0.01
_BYTES_PER_SECOND: Final = 4e9  # faster than a process can fill fresh memory
_SLACK_BYTES: Final = 16_000_000  # page tables and the like of a child that does nothing
_OWN_PROCESSES: Final = 2  # the warm server and the one that built its namespaces
_TICKS: Final = os.sysconf("SC_CLK_TCK")


def children(root: int) -> list[int]:
    """Return the direct children of `root`, of all its threads."""
    found: list[int] = []
    try:
        for task in os.listdir(f"/proc/{root}/task"):  # noqa: PTH208 - names are all that is wanted
            found += map(int, Path(f"/proc/{root}/task/{task}/children").read_text().split())
    except FileNotFoundError:
        if Path("/proc/self/task", str(os.getpid()), "children").exists():
            return found  # a thread or the process ended meanwhile
        return [pid for pid, parent in _parents().items() if parent == root]
    except ProcessLookupError:
        pass
    return found


def _parents() -> dict[int, int]:
    parents: dict[int, int] = {}
    for entry in os.listdir("/proc"):  # noqa: PTH208
        if entry.isdigit():
            try:
                stat = Path(f"/proc/{entry}/stat").read_bytes()
            except OSError:
                continue
            parents[int(entry)] = int(stat.rpartition(b")")[2].split()[1])
    return parents


def process_tree(root: int) -> list[int]:
    """Return `root` and its descendants; orphans in a pid namespace are its pid 1's."""
    tree = [root]
    for known in tree:
        tree += children(known)
    return tree


def cpu_seconds(pids: list[int]) -> float:
    """Return the processor time of processes and of their children that were waited for."""
    ticks = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
        except OSError:
            continue
        ticks += sum(int(value) for value in fields[11:15])
    return ticks / _TICKS


def _kilobytes(path: str, names: tuple[bytes, ...]) -> int:
    total = 0
    try:
        for line in Path(path).read_bytes().split(b"\n"):
            name, _, value = line.partition(b":")
            if name in names:
                total += int(value.split()[0])
    except OSError:
        return 0
    return total


def private_bytes(pid: int) -> int:
    """Return what `pid` holds that no file backs, pages shared by a fork included."""
    return _kilobytes(f"/proc/{pid}/status", (b"RssAnon", b"RssShmem")) * 1024


def proportional_bytes(pid: int) -> int:
    """Return what `pid` holds, each page divided by the number of its holders."""
    names = (b"Pss_Anon", b"Pss_Shmem")
    return _kilobytes(f"/proc/{pid}/smaps_rollup", names) * 1024


def added_bytes(root: int, inherited_bytes: int, enough: int) -> int:
    """Return what the tree of `root` holds beyond the inherited pages.

    Args:
        root: the child.
        inherited_bytes: what the warm server itself holds.
        enough: below this a cheap upper bound is returned instead of the exact value.
    """
    tree = process_tree(root)
    bound = sum(private_bytes(pid) for pid in tree) - inherited_bytes
    if bound <= enough:
        return max(0, bound)
    share = inherited_bytes * len(tree) // (len(tree) + 1)
    return max(0, sum(proportional_bytes(pid) for pid in tree) - share)


class Watch:
    """Observes one child and its descendants.

    Args:
        limits: None watches nothing.
        group: the control group of the server, None when there is none.
        inherited_bytes: what the warm server itself holds.
        alone: whether no other child runs, so that the group's figures are this child's.
    """

    def __init__(
        self, limits: ChildLimits | None, group: Group | None, inherited_bytes: int, *, alone: bool
    ) -> None:
        self._limits = limits
        self._group = group
        self._inherited_bytes = inherited_bytes
        self.alone = alone
        self._pid = 0
        self._peak = 0
        self._added = 0
        self._kills_before = group.memory_kills() if group else 0
        self._used_before = group.used_bytes() if group and alone else 0
        self._peak_is_counted = bool(group and alone and group.forget_peak())
        self._cpu_before = group.cpu_seconds() if group else 0.0

    @property
    def seconds_between_looks(self) -> float | None:
        """How often `exceeded` should be asked; None is never."""
        if self._limits is None:
            return None
        if self._group is not None and self._group.counts_memory:
            return SECONDS_BETWEEN_LOOKS
        room = self._limits.memory_bytes - self._added
        return min(SECONDS_BETWEEN_LOOKS, max(_SHORTEST_SECONDS, room / _BYTES_PER_SECOND))

    def started(self, pid: int) -> None:
        """Tell which process to observe."""
        self._pid = pid

    def exceeded(self) -> str | None:
        """Return "memory" or "cpu" when a limit is passed."""
        limits = self._limits
        if limits is None:
            return None
        if self._group is None or not self._group.counts_memory:
            added = added_bytes(self._pid, self._inherited_bytes, limits.memory_bytes)
            self._added = added
            self._peak = max(self._peak, added)
            if added > limits.memory_bytes:
                return "memory"
        elif self.alone:
            if not self._peak_is_counted:
                self._peak = max(self._peak, self._group.used_bytes() - self._used_before)
            if self.memory_kills():
                return "memory"
        return "cpu" if self.cpu_seconds() > limits.cpu_seconds else None

    def cpu_seconds(self) -> float:
        """Return the processor time used so far by the whole tree."""
        if self.alone and self._group is not None and self._group.counts_cpu:
            return self._group.cpu_seconds() - self._cpu_before
        return cpu_seconds(process_tree(self._pid))

    def memory_kills(self) -> int:
        """Return how many processes of the server's children were killed for want of memory."""
        return self._group.memory_kills() - self._kills_before if self._group else 0

    def peak_bytes(self, resident_bytes: int) -> int:
        """Return the most memory that the child added, when all is over.

        Args:
            resident_bytes: its largest resident size, inherited pages included.
        """
        counted = self._group.peak_bytes() if self._group is not None and self.alone else None
        if self._peak_is_counted and counted is not None:
            return max(0, counted - self._used_before)
        return max(self._peak, resident_bytes - self._inherited_bytes, 0)


class Watches:
    """Makes a watch for each child of one server, and keeps the group's limits up to date.

    Args:
        group: the control group of the server, None when there is none.
    """

    def __init__(self, group: Group | None) -> None:
        self._group = group
        self._inherited_bytes = private_bytes(os.getpid())
        self._held_bytes = 0
        self.hold_anew()
        self._watched: dict[Watch, ChildLimits | None] = {}

    def hold_anew(self) -> None:
        """See what the server itself holds; to be called when it has no children."""
        self._held_bytes = self._group.held_bytes() if self._group else 0

    def begin(self, limits: ChildLimits | None) -> Watch:
        """Return a watch for the next child, whose memory is from now on allowed for."""
        watch = Watch(limits, self._group, self._inherited_bytes, alone=not self._watched)
        for other in self._watched:
            other.alone = False
        self._watched[watch] = limits
        self._set_limits()
        return watch

    def end(self, watch: Watch) -> None:
        """Forget a watch whose child is gone."""
        del self._watched[watch]

    def _set_limits(self) -> None:
        running = [limits for limits in self._watched.values() if limits is not None]
        if self._group is None or not running:
            return
        memory = self._held_bytes + _SLACK_BYTES + sum(each.memory_bytes for each in running)
        self._group.limit(memory, _OWN_PROCESSES + sum(each.processes for each in running))
