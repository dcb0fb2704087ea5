"""A fork of the standby becomes the command that a caller asked for.

What it guarantees:

- It has the caller's arguments, environment, working directory, umask, descriptors and, as far as
  it may, resource limits; of the standby's descriptors it keeps those it was given.
- It is in a session of its own, so that no terminal's signals reach it but those passed on.
- It never returns into the standby's code, and it ends when the standby does.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import io
import json
import os
import resource
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any, Final

from autograder.sandbox import kernel
from autograder.sandbox.process import readable
from autograder.sandbox.server import read_all
from autograder.standby.lending import Borrower, borrow_from

_FIRST: Final = 3
_ASIDE: Final = 64
_EXIT_BROKEN_OUTPUT: Final = 120  # as the interpreter has it
SIGNALS: Final = (
    signal.SIGINT,
    signal.SIGTERM,
    signal.SIGHUP,
    signal.SIGQUIT,
    signal.SIGTSTP,
    signal.SIGCHLD,
)


def become(
    run: Callable[[], None],
    standby: int,
    belongings: list[int],
    nursery: socket.socket,
    loans: socket.socket,
    stamp: str,
) -> None:
    """Be the command in a fork of the standby, made with `SIGNALS` blocked. Never returns.

    Args:
        run: the command line, on `sys.argv`.
        standby: pidfd of the standby.
        belongings: the caller's, as `client` sent them.
        nursery: where servers are forked.
        loans: where servers are borrowed.
        stamp: of the code that runs.
    """
    code = 1
    try:
        kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
        if readable(standby, time.monotonic()):
            os._exit(1)
        os.setsid()
        caller = json.loads(read_all(belongings[0]))
        numbers = _keep(belongings[1:4], [nursery.detach(), loans.detach(), standby], belongings[4])
        _resemble(caller)
        borrow_from(
            Borrower(
                socket.socket(fileno=numbers[0]),
                numbers[2],
                socket.socket(fileno=numbers[1]),
                stamp,
            )
        )
        code = _exit_code(run)
    finally:
        os._exit(code & 0xFF)


def _keep(standard: list[int], others: list[int], folder: int) -> list[int]:
    """Make the caller's descriptors 0-2, go to its folder, and number `others` from 3."""
    os.fchdir(folder)
    aside = [fcntl.fcntl(one, fcntl.F_DUPFD_CLOEXEC, _ASIDE) for one in others]
    for number, one in enumerate(standard):
        os.dup2(one, number)
    kept = [os.dup2(one, _FIRST + n, inheritable=False) for n, one in enumerate(aside)]
    kernel.close_range(_FIRST + len(kept))
    return kept


def _resemble(caller: dict[str, Any]) -> None:
    """Take over what is not a descriptor."""
    for one in SIGNALS:
        signal.signal(one, signal.SIG_IGN if one in caller["ignored"] else signal.SIG_DFL)
    if signal.SIGINT not in caller["ignored"]:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    os.umask(caller["umask"])
    for number, soft, hard in caller["limits"]:
        with contextlib.suppress(ValueError, OSError):  # it may not raise what the standby has
            resource.setrlimit(number, (soft, hard))
    os.environ.clear()
    os.environ.update(caller["environment"])
    time.tzset()
    tempfile.tempdir = None
    sys.argv[:] = caller["argv"]
    for number, (encoding, errors, by_line, at_once) in enumerate(caller["streams"]):
        buffer = os.fdopen(number, "wb" if number else "rb", closefd=False)
        stream = io.TextIOWrapper(
            buffer, encoding, errors, line_buffering=by_line, write_through=at_once
        )
        name = ("stdin", "stdout", "stderr")[number]
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def _exit_code(run: Callable[[], None]) -> int:
    """Run the command to its end as the interpreter would, and return its exit status."""
    code = 0
    try:
        run()
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001  # as the interpreter does
        sys.excepthook(*sys.exc_info())
        code = 1
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        return _EXIT_BROKEN_OUTPUT
    return code
