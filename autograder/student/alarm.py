"""Wall-time limits inside the student's process, by SIGALRM.

What it guarantees: code that runs Python bytecode is interrupted by `TimeLimit` soon after its
seconds, again and again when it catches that; a `tick` runs now and then meanwhile.
What it does not do: stop code that sits in one long C call or that disarms the signal; the trusted
side has its own deadline for that.
"""

from __future__ import annotations

import contextlib
import signal
import time
from collections.abc import Callable, Iterator

_TICK_SECONDS = 0.25


class TimeLimit(BaseException):
    """The code took longer than it may; no `except Exception` catches this."""


class Alarm:
    """One timer for the process.

    Args:
        tick: called from the signal handler every quarter of a second while code runs.
    """

    def __init__(self, tick: Callable[[], None]) -> None:
        self._tick = tick
        self._deadline = float("inf")
        self._message = ""
        self.fired = False
        signal.signal(signal.SIGALRM, self._handle)

    @contextlib.contextmanager
    def limit(self, seconds: float, what: str) -> Iterator[None]:
        """Interrupt the body after some seconds; `what` begins the message."""
        self.fired = False
        self._message = f"{what} took longer than {seconds:g} seconds"
        self._deadline = time.monotonic() + seconds
        first = min(_TICK_SECONDS, max(seconds, 0.001))
        signal.setitimer(signal.ITIMER_REAL, first, _TICK_SECONDS)
        try:
            yield
        finally:
            self.disarm()

    def disarm(self) -> None:
        """Let what follows take its time."""
        self._deadline = float("inf")
        signal.setitimer(signal.ITIMER_REAL, 0)

    def _handle(self, _signal: int, _frame: object) -> None:
        if time.monotonic() >= self._deadline:
            self.fired = True
            raise TimeLimit(self._message)
        self._tick()
