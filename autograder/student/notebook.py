"""Running a notebook's cells one after another in the shell.

What it guarantees: each cell gives a status, its outputs and its execution count, whatever it
raises; a failing cell does not stop the next one; a cell that takes too long is interrupted.
Between the answer of a cell and the next cell the caller may do what it likes, such as branch.
What it does not do: survive code that ends the process; the trusted side notices that.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from typing import Any

from autograder.student.alarm import Alarm, TimeLimit
from autograder.student.shell import GradingShell
from autograder.wire.limits import Limits


class Notebook:
    """The cells of one submission, in one shell.

    Args:
        shell: in which they run.
        alarm: that interrupts them.
        limits: of one cell and of all together.
    """

    def __init__(self, shell: GradingShell, alarm: Alarm, limits: Limits) -> None:
        self._shell = shell
        self._alarm = alarm
        self._limits = limits

    def run_cells(self, sources: list[str]) -> Iterator[dict[str, Any]]:
        """Run cells as long as there is time; yield the fields of each one's answer."""
        end = time.monotonic() + self._limits.notebook_seconds
        for index, source in enumerate(sources):
            seconds = min(self._limits.cell_seconds, end - time.monotonic())
            answer = self._run_cell(source, seconds) if seconds > 0 else {"status": "not-run"}
            yield {"cell": index, **answer}

    def _run_cell(self, source: str, seconds: float) -> dict[str, Any]:
        shell = self._shell
        capture = shell.capture
        capture.begin(self._limits.output_bytes)
        count = shell.execution_count
        raised: BaseException | None = None
        succeeded = False
        try:
            with self._alarm.limit(seconds, "the cell"):
                result = shell.run_cell(source, store_history=True)
                succeeded = bool(result.success)
                raised = result.error_before_exec or result.error_in_exec
        except BaseException as error:  # noqa: BLE001 - the alarm, or a hostile callback
            raised = error
            shell.show_error(error)
        status = "ok" if succeeded else "error"
        note = ""
        if isinstance(raised, TimeLimit):
            status, note = "limit", f"the cell was stopped: {raised}"
        return {
            "status": status,
            "outputs": capture.finish(),
            "execution_count": count if shell.execution_count != count else None,
            "note": note,
        }


def seed_everything(seed: int) -> None:
    """Seed the generators that a notebook uses without naming one."""
    import numpy as np
    import torch

    random.seed(seed)
    np.random.seed(seed % (1 << 32))  # the global generator is what notebooks use
    if torch.cuda.is_initialized():  # type: ignore[no-untyped-call]  # torch leaves it untyped
        torch.manual_seed(seed)
    else:  # asking every kind of device costs milliseconds in a fork
        torch.default_generator.manual_seed(seed)
