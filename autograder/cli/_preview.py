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
        kept: whether the recorded grade would stay.
    """

    student: str
    recorded: float | None
    now: float | None
    changes: tuple[Change, ...] = ()
    fault: str = ""
    kept: bool = False


def outcomes(
    layout: Layout, assignment: str, events: Iterable[Event], never_lower: bool | None = None
) -> Iterator[Outcome]:
    """Return one outcome for each submission that was graded, without recording it.

    Args:
        layout: the course.
        assignment: its name.
        events: of the order.
        never_lower: whether recorded grades stay that would be lower; as in `Order`.
    """
    from autograder.grading.decisions import Decisions
    from autograder.grading.preview import changes
    from autograder.grading.report import Report
    from autograder.grading.store import ReportStore
    from autograder.records import Log

    decisions = Decisions(Log(layout.log))
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
        report = Report.from_bytes(event.body)
        differing = () if before is None else tuple(changes(before, report))
        is_kept = never_lower is not False and bool(decisions.instead(event.name, report))
        is_less = recorded is not None and report.points < recorded
        is_kept = is_kept or bool(never_lower and is_less)
        yield Outcome(event.name, recorded, report.points, differing, kept=is_kept)


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
            said = f"{outcome.recorded:g} -> {outcome.now:g} ({gain:+g})"
            if outcome.kept:
                said = f"keeps {outcome.recorded:g} ({outcome.now:g} now)"
            typer.echo(f"{outcome.student}: {said}")
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
