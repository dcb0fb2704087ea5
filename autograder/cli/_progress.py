"""Progress bars, and the summary table of a batch; what draws is imported when it draws."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Self

from autograder.service.protocol import Origin, Result

if TYPE_CHECKING:
    from rich.progress import Progress


class RunProgress:
    """A bar with rate and time left on standard error, for anything that is done one by one.

    Args:
        what: named in front of the bar.
        total: how many there are; `None` when that is not known yet.
        quiet: print nothing, for machines that read the output.
    """

    def __init__(self, what: str, total: int | None = None, *, quiet: bool) -> None:
        self._bar = None if quiet else _bar()
        if self._bar is not None:
            self._task = self._bar.add_task(what, total=total)

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def begin(self, total: int) -> None:
        """Say how many there are."""
        if self._bar is not None:
            self._bar.update(self._task, total=total)

    def step(self) -> None:
        """Count one."""
        if self._bar is not None:
            self._bar.advance(self._task)


class BatchProgress(RunProgress):
    """The bar of a batch, and lines about single submissions above it.

    Args:
        assignment: named in front of the bar.
        quiet: print only what concerns the whole batch, such as what it waits for.
    """

    def __init__(self, assignment: str, *, quiet: bool) -> None:
        super().__init__(f"grading {assignment}", quiet=quiet)
        self._assignment = assignment

    def advance(self, student: str, result: Result) -> None:
        """Count one result; say at once what went wrong with a submission."""
        self.step()
        if result.origin is Origin.FAULT:
            self.say(f"fault of ours, not graded: {result.fault}", student, "red")
        elif result.origin is Origin.UNUSABLE:
            self.say(result.fault, student, "red")
        elif result.refusal:
            self.say(result.refusal, student)
        elif result.limits_hit:
            self.say(" ".join(result.limits_hit), student)

    def say(self, text: str, student: str = "", style: str = "yellow") -> None:
        """Print a line above the bar, perhaps about one student."""
        from autograder.cli._console import printable

        if self._bar is None:
            if not student:
                print(printable(text), file=sys.stderr, flush=True)
        else:
            from rich.markup import escape

            whose = f"[{style}]{escape(printable(student))}[/]: " if student else ""
            self._bar.console.print(whose + escape(printable(text)), soft_wrap=True)

    def print_summary(
        self, results: Mapping[str, Result], submitted: int, *, interrupted: bool = False
    ) -> None:
        """Print the table of how many ended in which way."""
        from rich.console import Console
        from rich.table import Table

        from autograder.cli.grade import counts

        table = Table(title=f"{self._assignment}: {len(results)} of {submitted} submissions")
        numbers = counts(list(results.values()))
        for name in numbers:
            table.add_column(name.replace("_", " "), justify="right")
        table.add_row(*(str(number) for number in numbers.values()))
        points = [one.points for one in results.values() if one.points is not None]
        console = Console()
        console.print(table)
        if points:
            most = next(one.max_points for one in results.values() if one.is_graded)
            console.print(f"mean {sum(points) / len(points):.2f} of {most:g} points")
        if interrupted:
            console.print("interrupted: run the command again to grade the rest")


def _bar() -> Progress:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    from autograder.cli._rate import RateColumn

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        RateColumn(),
        TimeRemainingColumn(),
        console=Console(file=sys.stderr),
    )
