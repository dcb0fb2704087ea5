"""The progress bar and the summary table of a batch."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from autograder.batch.run import Origin, Result
from autograder.cli._console import printable


class _RateColumn(ProgressColumn):
    """Submissions per second: of late while grading, of the whole batch at its end."""

    def render(self, task: Task) -> Text:
        speed = task.completed / task.finished_time if task.finished_time else task.speed
        return Text(f"{speed:.1f}/s" if speed else "", style="cyan")


class RunProgress:
    """A bar with rate and time left on standard error, for anything that is done one by one.

    Args:
        what: named in front of the bar.
        total: how many there are.
        quiet: print nothing.
    """

    def __init__(self, what: str, total: int, *, quiet: bool) -> None:
        self._bar = _bar(quiet=quiet)
        self._task = self._bar.add_task(what, total=total)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def step(self) -> None:
        """Count one."""
        self._bar.advance(self._task)


class BatchProgress(RunProgress):
    """A bar with rate and time left on standard error; nothing when quiet.

    Args:
        assignment: named in front of the bar.
        total: number of submissions.
        quiet: print nothing, for machines that read the output.
    """

    def __init__(self, assignment: str, total: int, *, quiet: bool) -> None:
        super().__init__(f"grading {assignment}", total, quiet=quiet)
        self._assignment = assignment

    def advance(self, result: Result) -> None:
        """Count one result; say at once what went wrong with a submission."""
        self.step()
        if result.origin is Origin.FAULT:
            self.say(result.student, f"fault of ours, not graded: {result.fault}", "red")
        elif result.origin is Origin.UNUSABLE:
            self.say(result.student, result.fault, "red")
        elif result.report is not None and result.report.refusal:
            self.say(result.student, result.report.refusal)
        elif result.report is not None and result.report.limits_hit:
            self.say(result.student, " ".join(result.report.limits_hit))

    def print_summary(
        self, results: list[Result], submitted: int, *, interrupted: bool = False
    ) -> None:
        """Print the table of how many ended in which way."""
        from autograder.cli.grade import counts

        table = Table(title=f"{self._assignment}: {len(results)} of {submitted} submissions")
        numbers = counts(results)
        for name in numbers:
            table.add_column(name.replace("_", " "), justify="right")
        table.add_row(*(str(number) for number in numbers.values()))
        reports = [r.report for r in results if r.report is not None]
        console = Console()
        console.print(table)
        if reports:
            mean = sum(report.points for report in reports) / len(reports)
            console.print(f"mean {mean:.2f} of {reports[0].max_points:g} points")
        if interrupted:
            console.print("interrupted: run the command again to grade the rest")

    def say(self, student: str, text: str, style: str = "yellow") -> None:
        """Print a line about one student above the bar; nothing when quiet."""
        if not self._bar.disable:
            line = f"[{style}]{escape(printable(student))}[/]: {escape(printable(text))}"
            self._bar.console.print(line, soft_wrap=True)


def _bar(*, quiet: bool) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _RateColumn(),
        TimeRemainingColumn(),
        console=Console(file=sys.stderr),
        disable=quiet,
    )
