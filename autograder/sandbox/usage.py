"""How much a child uses, and when that is too much."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Protocol
from autograder.sandbox.child import ChildLimits


class Watch(Protocol):
    """Observes one child."""

    def join(self) -> None:
        """In the child: enter whatever counts."""

    def started(self, pid: int) -> None:
        """In the server: the child is `pid`."""

    def exceeded(self) -> str | None:
        """Return "memory" or "cpu" when a limit is passed."""

    def out_of_memory(self) -> bool:
        """Return whether the kernel killed for want of memory."""

    def peak_bytes(self, resident: int) -> int:
        """Return the most memory used."""

    def close(self) -> None:
        """Let go."""


@dataclass
class Residents:
    """Watches."""

    limits: ChildLimits | None

    def join(self) -> None: ...
    def started(self, pid: int) -> None: ...
    def exceeded(self) -> str | None:
        return None

    def out_of_memory(self) -> bool:
        return False

    def peak_bytes(self, resident: int) -> int:
        return resident

    def close(self) -> None: ...
