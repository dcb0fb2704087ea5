"""Keep a worker process running behind a socket that outlives it.

What it guarantees:

- When the worker dies it is started again at once; who connects meanwhile waits in the socket's
  queue and is refused nothing. The hub alone would notice after half a minute.
- A worker that dies at once every time is started ever more slowly, never in a busy loop.
- SIGTERM and SIGINT are passed on and end both; when the keeper dies, so does the worker.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Sequence

from autograder.linux.kernel import die_with_parent

FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 10.0
LONG_LIFE_SECONDS = 30.0
_LOG = logging.getLogger("gradlab.exchange")


def keep(serve: Callable[[Sequence[socket.socket]], None], sockets: Sequence[socket.socket]) -> int:
    """Run `serve` in a process of its own, again whenever it dies; return the exit status.

    Args:
        serve: gets the sockets; returns when a signal asked it to.
        sockets: bound and listening.
    """
    asked: list[int] = []
    worker = 0

    def pass_on(number: int, _frame: object) -> None:
        asked.append(number)
        if worker:
            os.kill(worker, number)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, pass_on)
    pause = FIRST_PAUSE_SECONDS
    while not asked:
        begun = time.monotonic()
        worker = os.fork()
        if worker == 0:
            _be_worker(serve, sockets)
        status = os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1])
        worker = 0
        if asked or status == 0:
            return 0
        _LOG.error("the worker ended with status %d; starting another", status)
        lived_long = time.monotonic() - begun > LONG_LIFE_SECONDS
        pause = FIRST_PAUSE_SECONDS if lived_long else min(2 * pause, LONGEST_PAUSE_SECONDS)
        time.sleep(pause)
    return 0


def _be_worker(
    serve: Callable[[Sequence[socket.socket]], None], sockets: Sequence[socket.socket]
) -> None:
    """Serve, and never return to the keeper's code."""
    status = 1
    try:
        die_with_parent()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        serve(sockets)
        status = 0
    except Exception:  # noqa: BLE001 (whatever it was, the keeper starts another)
        _LOG.exception("the worker failed")
    finally:
        sys.stderr.flush()
        os._exit(status)
