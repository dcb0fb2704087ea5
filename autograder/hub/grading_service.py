"""The grading service under the hub, for as long as the hub runs.

What it guarantees: it ends with the hub, also when the hub's process dies without a word.

What it does not do: start one where one runs already (the unit `gradlab-grader.service`, or what a
command at the console started); nor another when it has ended: the next command does.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from autograder.service.client import PROGRAM

STOP_SECONDS = 20.0


@contextlib.contextmanager
def grading_service(log: Path) -> Iterator[None]:
    """Run `gradlab grader`, as long as the context lasts.

    Args:
        log: gets what it says.
    """
    with log.open("ab") as words:
        process = subprocess.Popen(
            [sys.executable, "-m", PROGRAM, "1", "0"],
            cwd="/",
            env=dict(os.environ),
            stdin=subprocess.PIPE,
            stdout=words,
            stderr=words,
            start_new_session=True,
        )
    try:
        yield
    finally:
        assert process.stdin is not None
        process.stdin.close()  # its sign to end; the kernel gives it when this process is killed
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
