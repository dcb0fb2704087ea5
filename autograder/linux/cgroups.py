"""Control groups, version 1 and 2: what counts and limits a submission as a whole.

What it guarantees:

- Groups are made inside the group that the caller is in (or `GRADLAB_CGROUP`), so its own limits
  go on to hold. Version 2 allows that only where no process is: those of a group that is delegated
  to us (by systemd, or by giving it to our user) move into a leaf beside the groups to be made.
- Each server with its children has one share of the processors, however many they are.
- All files are opened before privileges are dropped.
- Groups whose server is gone are removed when the next server starts.

What it does not do: watch. Without control groups `usage` measures resident memory instead.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

CONTROLLERS: Final = ("memory", "pids", "cpu", "cpuacct")
_REMOVALS: Final = 100
_SECONDS_BETWEEN_REMOVALS: Final = 0.02
_WRITTEN: Final = ("limit", "peak", "processes")
_PREFIX: Final = "gradlab"
_LEAF: Final = "gradlab-own"  # where the processes of a delegated group move to
_DELEGATED: Final = ("user.delegate", "trusted.delegate")  # attributes that systemd sets
_VERSION_2: Final = "cgroup2"
_GROUP_FILES: Final = {
    ("memory", 1): {
        "limit": "memory.limit_in_bytes",
        "used": "memory.usage_in_bytes",
        "stat": "memory.stat",
        "peak": "memory.max_usage_in_bytes",
        "kills": "memory.oom_control",
    },
    ("memory", 2): {
        "limit": "memory.max",
        "used": "memory.current",
        "stat": "memory.stat",
        "peak": "memory.peak",
        "kills": "memory.events",
    },
    ("pids", 1): {"processes": "pids.max"},
    ("pids", 2): {"processes": "pids.max"},
    ("cpu", 1): {},  # being in a group of its own is all that is wanted
    ("cpu", 2): {},
    ("cpuacct", 1): {"cpu": "cpuacct.usage"},
    ("cpuacct", 2): {"cpu": "cpu.stat"},
}


@dataclass(frozen=True)
class Base:
    """The folder in which groups for one controller can be made."""

    folder: Path
    version: int


def own_bases(mountinfo: str, own_groups: str, environment: Mapping[str, str]) -> dict[str, Base]:
    """Return where the present process's groups lie, for each controller.

    Args:
        mountinfo: the text of /proc/self/mountinfo.
        own_groups: the text of /proc/self/cgroup.
        environment: `GRADLAB_CGROUP` names a version 2 group to use instead.
    """
    own: dict[str, str] = {}
    for line in own_groups.splitlines():
        number, names, path = line.split(":", 2)
        for name in names.split(",") if number != "0" else ["version 2"]:
            own[name] = path
    bases: dict[str, Base] = {}
    for line in mountinfo.splitlines():
        left, _, right = line.partition(" - ")
        root, point = left.split()[3:5]
        kind, _source, options = right.split()[:3]
        if kind == "cgroup":
            for name in set(options.split(",")) & set(CONTROLLERS):
                bases[name] = Base(_below(Path(point), root, own.get(name, "/")), 1)
        elif kind == _VERSION_2:
            named = environment.get("GRADLAB_CGROUP")
            folder = Path(named) if named else _below(Path(point), root, own.get("version 2", "/"))
            if folder.name == _LEAF:
                folder = folder.parent
            for name in _controllers_of(folder):
                bases.setdefault(name, Base(folder, 2))
    return bases


def _below(point: Path, root: str, path: str) -> Path:
    if root != "/" and path.startswith(root):
        path = path[len(root) :]
    return point / path.lstrip("/")


def _controllers_of(folder: Path) -> list[str]:
    try:
        offered = (folder / "cgroup.controllers").read_text().split()
    except OSError:
        return []
    found = [name for name in ("memory", "pids", "cpu") if name in offered]
    return [*found, "cpuacct"] if found else []  # cpu.stat needs no controller


def enable(parent: Path, controllers: Iterable[str]) -> None:
    """Let groups inside a version 2 group be limited.

    Raises:
        OSError: it may not be done, or the group has processes and is not ours to rearrange.
    """
    control = parent / "cgroup.subtree_control"
    wanted = " ".join(f"+{name}" for name in controllers)
    for _ in range(_REMOVALS):
        try:
            control.write_text(wanted)
        except OSError as error:
            if error.errno != errno.EBUSY or not _is_delegated(parent):
                raise
            _move_into_leaf(parent)
        else:
            return
    control.write_text(wanted)


def _is_delegated(group: Path) -> bool:
    if os.geteuid() != 0:
        return group.stat().st_uid == os.geteuid()
    for name in _DELEGATED:
        with contextlib.suppress(OSError):
            return os.getxattr(group, name) == b"1"
    return False


def _move_into_leaf(group: Path) -> None:
    leaf = group / _LEAF
    leaf.mkdir(exist_ok=True)
    for pid in (group / "cgroup.procs").read_text().split():
        with contextlib.suppress(ProcessLookupError):  # it ended meanwhile
            (leaf / "cgroup.procs").write_text(pid)


def _start_time(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]


def server_name(pid: int) -> str:
    """Return the name of the groups of the server whose supervisor is `pid`."""
    namespace = os.stat("/proc/self/ns/pid").st_ino  # noqa: PTH116 - a link that is not followed
    return f"{_PREFIX}-{namespace}-{pid}-{_start_time(pid)}"


def remove_stale(folder: Path) -> None:
    """Remove groups of servers of this pid namespace that no longer exist."""
    namespace = os.stat("/proc/self/ns/pid").st_ino  # noqa: PTH116
    pattern = re.compile(rf"{_PREFIX}-{namespace}-(\d+)-(\d+)")
    for group in folder.glob(f"{_PREFIX}-{namespace}-*"):
        match = pattern.fullmatch(group.name)
        if match is None:
            continue
        try:
            alive = _start_time(int(match[1])) == match[2]
        except OSError:
            alive = False
        if not alive:
            remove(group)


def remove(group: Path) -> None:
    """Remove a group; the last of its processes may still be on their way out."""
    for _ in range(_REMOVALS):
        try:
            group.rmdir()
        except FileNotFoundError:
            return
        except OSError:
            time.sleep(_SECONDS_BETWEEN_REMOVALS)
        else:
            return


class Group:
    """The warm server and its children as the kernel counts them, one folder per controller.

    A child joins by being forked: moving a process between groups takes tens of milliseconds.

    Args:
        bases: where groups can be made, for each controller; what cannot be made is left out.
        name: the group's, unique on the machine.
    """

    def __init__(self, bases: Mapping[str, Base], name: str) -> None:
        self._folders: list[Path] = []
        self._join: list[int] = []
        self._files: dict[str, int] = {}
        self.controllers: list[str] = []
        for folder in {base.folder: None for base in bases.values()}:
            here = {c: base.version for c, base in bases.items() if base.folder == folder}
            try:
                self._make(folder, name, here)
            except OSError:
                continue
            self.controllers += here

    def _make(self, parent: Path, name: str, controllers: Mapping[str, int]) -> None:
        remove_stale(parent)
        if 2 in controllers.values():
            enable(parent, [name for name in controllers if name != "cpuacct"])
        folder = parent / name
        folder.mkdir()
        self._folders.append(folder)
        self._join.append(os.open(folder / "cgroup.procs", os.O_RDWR | os.O_CLOEXEC))
        for controller, version in controllers.items():
            for key, file in _GROUP_FILES[controller, version].items():
                with contextlib.suppress(OSError):  # memory.peak is younger than its siblings
                    mode = os.O_RDWR if key in _WRITTEN else os.O_RDONLY
                    self._files[key] = os.open(folder / file, mode | os.O_CLOEXEC)
        if controllers.get("memory") == 2:
            with contextlib.suppress(OSError):
                (folder / "memory.swap.max").write_text("0")

    @property
    def counts_memory(self) -> bool:
        """Whether the kernel limits memory."""
        return "limit" in self._files

    @property
    def counts_cpu(self) -> bool:
        """Whether the kernel counts processor time."""
        return "cpu" in self._files

    def join(self) -> None:
        """Put the calling process, the server to be, into the group."""
        for descriptor in self._join:
            os.write(descriptor, b"0")

    def limit(self, memory_bytes: int, processes: int) -> None:
        """Set what the server and its children together may use."""
        self._write("limit", memory_bytes)
        self._write("processes", processes)

    def held_bytes(self) -> int:
        """Return the memory in use that the kernel cannot simply drop."""
        stat = dict(line.split()[:2] for line in self._read("stat").splitlines())
        cached = int(stat.get("file", stat.get("cache", 0))) - int(stat.get("shmem", 0))
        return max(0, self.used_bytes() - max(0, cached))

    def used_bytes(self) -> int:
        """Return all memory counted."""
        return int(self._read("used") or 0)

    def forget_peak(self) -> bool:
        """Start looking for the peak anew; returns whether the kernel can (2: from 6.12 on)."""
        try:
            return self._write("peak", 0)
        except OSError:
            return False

    def peak_bytes(self) -> int | None:
        """Return the most memory used, None when the kernel does not tell."""
        text = self._read("peak").strip()
        return int(text) if text.isdigit() else None

    def memory_kills(self) -> int:
        """Return how many processes the kernel killed for want of memory, ever."""
        match = re.search(r"^oom_kill (\d+)", self._read("kills"), re.MULTILINE)
        return int(match[1]) if match else 0

    def cpu_seconds(self) -> float:
        """Return the processor time used, ever."""
        text = self._read("cpu")
        if text.startswith("usage_usec"):
            return int(text.split()[1]) / 1e6
        return int(text) / 1e9 if text else 0.0

    def remove(self) -> None:
        """Remove the group; to be called when nothing runs in it."""
        for folder in self._folders:
            remove(folder)

    def _read(self, key: str) -> str:
        descriptor = self._files.get(key)
        return os.pread(descriptor, 8192, 0).decode() if descriptor is not None else ""

    def _write(self, key: str, value: int) -> bool:
        """Write where there is such a file; returns whether there is."""
        descriptor = self._files.get(key)
        if descriptor is None:
            return False
        os.pwrite(descriptor, str(value).encode(), 0)
        return True


def make_group() -> Group:
    """Make the group of a server supervised by the calling process, as far as possible."""
    mountinfo = Path("/proc/self/mountinfo").read_text()
    bases = own_bases(mountinfo, Path("/proc/self/cgroup").read_text(), os.environ)
    return Group(bases, server_name(os.getpid()))
