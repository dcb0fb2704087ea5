"""`gradlab grade --preview`: who would gain or lose by which check, before anything is written."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from autograder.course.layout import Layout
    from autograder.grading.preview import Change
    from autograder.service.protocol import Event


@dataclass(frozen=True)
class Outcome:
    """What grading now would do to one student's grade.

    Args:
        student: who.
        recorded: points of the last grade on record; `None` when there is none.
        now: points now; `None` when it cannot be graded.
        changes: checks that come out otherwise; none when the recorded report is not kept.
        fault: why it cannot be graded.
    """

    student: str
    recorded: float | None
    now: float | None
    changes: tuple[Change, ...] = ()
    fault: str = ""


def outcomes(layout: Layout, assignment: str, events: Iterable[Event]) -> Iterator[Outcome]:
    """Return one outcome for each submission that was graded, without recording it."""
    from autograder.grading.preview import changes
    from autograder.grading.report import Report
    from autograder.grading.store import ReportStore

    store = ReportStore(layout.graded)
    lines = _recorded(layout, assignment)
    for event in events:
        if event.kind != "done" or event.result is None:
            continue
        line = lines.get(event.name)
        before = None if line is None else store.find(str(line["key"]))
        recorded = None if line is None else float(line["points"])
        if before is not None:
            recorded = before.points  # as graded; what people decided comes on top of both
        if event.result.points is None:
            yield Outcome(event.name, recorded, None, fault=event.result.fault)
            continue
        differing = () if before is None else tuple(changes(before, Report.from_bytes(event.body)))
        yield Outcome(event.name, recorded, event.result.points, differing)


def show(found: list[Outcome], *, as_json: bool) -> None:
    """Print the outcomes: those that differ, and how many do not."""
    if as_json:
        typer.echo(json.dumps([asdict(outcome) for outcome in found]))
        return
    same = 0
    for outcome in found:
        if outcome.fault:
            typer.echo(f"{outcome.student}: cannot be graded: {outcome.fault}")
        elif outcome.recorded is None:
            typer.echo(f"{outcome.student}: {outcome.now:g} points, none recorded")
        elif outcome.recorded == outcome.now and not outcome.changes:
            same += 1
        else:
            assert outcome.now is not None
            gain = outcome.now - outcome.recorded
            typer.echo(f"{outcome.student}: {outcome.recorded:g} -> {outcome.now:g} ({gain:+g})")
            for change in outcome.changes:
                typer.echo(
                    f"  {change.grade_id}.{change.check}: {change.was or 'absent'} -> "
                    f"{change.now or 'absent'}"
                )
    typer.echo(f"{same} of {len(found)} as recorded. Nothing was written.")


def _recorded(layout: Layout, assignment: str) -> dict[str, dict[str, Any]]:
    """Return the last line about each student's report."""
    from autograder.grading.replay import graded_lines
    from autograder.records import Log

    lines = graded_lines(Log(layout.log))
    return {str(line["student"]): dict(line) for line in lines if line["assignment"] == assignment}
