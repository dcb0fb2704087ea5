"""A process by what no later process can be: its number, its start, the machine's boot.

What it does not do: see processes of other machines; a holder elsewhere counts as alive.
"""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from pathlib import Path

_START = 19  # field 22 of /proc/<pid>/stat, counted after the name, which may hold anything


@dataclass(frozen=True)
class Holder:
    """The process that a lease stands or falls with.

    Args:
        pid: its number.
        started: when it started, in clock ticks since the boot.
        boot: which boot.
        host: on which machine.
    """

    pid: int
    started: int
    boot: str
    host: str

    @classmethod
    def of(cls, pid: int) -> Holder | None:
        """Return the process with a number; `None` when there is none."""
        try:
            stat = Path(f"/proc/{pid}/stat").read_bytes()
        except OSError:
            return None
        fields = stat.rpartition(b")")[2].split()
        if fields[0] in (b"Z", b"X"):
            return None  # ended, only not yet buried
        return cls(pid, int(fields[_START]), _boot(), socket.gethostname())

    @classmethod
    def this(cls) -> Holder:
        """Return this process."""
        holder = cls.of(os.getpid())
        assert holder is not None
        return holder

    @classmethod
    def parse(cls, text: str) -> Holder | None:
        """Return what `str` gave; `None` for an empty text."""
        if not text:
            return None
        pid, started, boot, host = text.split(" ", 3)
        return cls(int(pid), int(started), boot, host)

    def __str__(self) -> str:
        return f"{self.pid} {self.started} {self.boot} {self.host}"

    def is_alive(self) -> bool:
        """Whether it still runs, as far as this machine can tell."""
        return self.host != socket.gethostname() or Holder.of(self.pid) == self


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return "-"
