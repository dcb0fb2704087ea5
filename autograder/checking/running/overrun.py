"""What the checks of one submission may use of the machine, and where they were when they stopped.

What it guarantees:

- The limits are ours and stand here alone; they are the same for every assignment.
- A check is stopped whatever it does: where Python still runs, by an exception in the check; inside
  a library that does not return, by a signal that ends the process; from outside, by the grader.
- Whoever watches the process from outside can read which check runs (`Place`).

What it does not do: decide whose fault it is. The grader does.
"""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import FrameType
from typing import Self

from autograder.wire.limits import Limits

MESSAGE = (
    "Checking this answer took more time or memory than any answer may need, and was stopped. Look "
    "at the size, the nesting and the length of what you hand over or return."
)
_GRACE_SECONDS = (
    5.0  # of processor time, for the exception to be raised, before the signal that ends
)
_PLACE_BYTES = 1024


class CheckTimeout(BaseException):
    """A check did not end in its time; no `except Exception` of an author holds it up."""


@dataclass(frozen=True)
class CheckLimits:
    """What one check process may use.

    Args:
        memory_bytes: beyond what the warm server itself needs.
        check_seconds: processor time of one check, the student's code not counted.
        cpu_seconds: processor time of all checks together.
        wall_seconds: all of it, waiting for the student's code included.
    """

    memory_bytes: int = 2_000_000_000
    check_seconds: float = 60.0
    cpu_seconds: float = 300.0
    wall_seconds: float = 1800.0

    def half(self) -> Self:
        """Return the limits into which a check with right answers must fit."""
        return replace(
            self,
            memory_bytes=self.memory_bytes // 2,
            check_seconds=self.check_seconds / 2,
            cpu_seconds=self.cpu_seconds / 2,
            wall_seconds=self.wall_seconds / 2,
        )

    def of_process(self) -> Limits:
        """Return what the warm server watches."""
        return Limits(memory_bytes=self.memory_bytes, cpu_seconds=self.cpu_seconds, open_files=1024)


class Place:
    """Which check runs now: a note in shared memory that outlives the process that writes it.

    Args:
        descriptor: of the memory.
    """

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    @classmethod
    def make(cls) -> Self:
        """Return a new, empty one."""
        return cls(os.memfd_create("place", os.MFD_CLOEXEC))

    def note(self, grade_id: str, name: str) -> None:
        """Write down that a check begins."""
        data = json.dumps([grade_id, name[:200]]).encode()
        os.pwrite(self.descriptor, data.ljust(_PLACE_BYTES), 0)

    def read(self) -> tuple[str, str]:
        """Return graded cell and name of the check that began last; empty when none did."""
        data = os.pread(self.descriptor, _PLACE_BYTES, 0).strip()
        grade_id, name = json.loads(data) if data else ("", "")
        return str(grade_id), str(name)

    def close(self) -> None:
        """Forget it."""
        os.close(self.descriptor)


@contextmanager
def processor_time(seconds: float) -> Iterator[None]:
    """Bound the processor time of a block: by `CheckTimeout`, else by the end of the process."""

    def ring(_number: int, _frame: FrameType | None) -> None:
        raise CheckTimeout(f"the check used more than {seconds:g} s of processor time")

    before = signal.signal(signal.SIGPROF, ring)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds + _GRACE_SECONDS)  # its signal ends a process
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def is_out_of_memory(error: BaseException) -> bool:
    """Say whether an exception means that memory could not be had."""
    return isinstance(error, MemoryError) or (
        isinstance(error, RuntimeError) and "DefaultCPUAllocator" in str(error)
    )
