"""A standby beside the hub for each course, so that what staff grade at the console is quick.

What it guarantees: a standby ends with the hub, also when the hub's process dies without a word.

What it does not do: restart one that ended by itself; grading works without.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from autograder.course import Layout
from autograder.sandbox import kernel

# The program that people start, not `-m`: modules are then looked for in the same places.
PROGRAM = Path(sys.executable).with_name("gradlab")
STOP_SECONDS = 20.0


@contextlib.contextmanager
def standing_by(layouts: Sequence[Layout], log: Path) -> Iterator[None]:
    """Run `gradlab standby` for each course, as long as the context lasts.

    Args:
        layouts: the courses.
        log: gets what they say.
    """
    parent = os.getpid()

    def follow_parent() -> None:
        kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)

    with contextlib.ExitStack() as stack:
        words = stack.enter_context(log.open("ab"))
        for layout in layouts:
            process = subprocess.Popen(
                [sys.executable, str(PROGRAM), "standby"],
                cwd=layout.root,
                env={**os.environ, **layout.to_environment()},
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=words,
                start_new_session=True,
                preexec_fn=follow_parent,  # safe: one call that takes no lock
            )
            stack.callback(_stop, process)
        yield


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
