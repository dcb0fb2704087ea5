"""`gradlab grade`: grade all submissions of an assignment into the gradebook."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from autograder.batch.run import Result


def register(app: typer.Typer) -> None:
    """Add the verb to the application."""
    app.command("grade")(grade)


def grade(
    assignment: Annotated[str, typer.Argument(help="The assignment to grade.")],
    student: Annotated[
        list[str] | None, typer.Option(help="Grade only this student; may be repeated.")
    ] = None,
    jobs: Annotated[
        int | None, typer.Option("--jobs", "-j", min=1, help="How many run at once.")
    ] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Grade again what is graded and unchanged.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Grade the collected submissions of an assignment into the gradebook.

    Unchanged submissions are not graded again. Interrupting leaves a consistent state; running the
    command again goes on where it stopped. Exit code 0 when all were graded, 3 when some have a
    fault of ours.
    """
    from autograder.batch.journal import Journal
    from autograder.batch.local import LocalBackend
    from autograder.batch.run import Batch, Origin
    from autograder.batch.store import ReportStore
    from autograder.cli._console import OUR_FAULT, failure_exit
    from autograder.cli._progress import BatchProgress
    from autograder.cli._submissions import find_submissions
    from autograder.course import Layout
    from autograder.gradebook import GradebookWriter
    from autograder.grading import Grader, Preparer, isolation_level

    with failure_exit():
        layout = Layout.find()
        preparer = Preparer(layout, isolation_level())
        manifest = preparer.manifest(assignment)
        submissions = find_submissions(layout, manifest, student or [])
        workers = min(jobs or os.cpu_count() or 1, max(1, len(submissions)))
        backend = LocalBackend(lambda: Grader(preparer, [assignment]), workers)
        results: list[Result] = []
        interrupted = False
        with (
            GradebookWriter(layout) as writer,
            BatchProgress(assignment, len(submissions), quiet=as_json) as progress,
        ):
            writer.register(manifest)
            batch = Batch(
                preparer, backend, ReportStore(layout.reports), Journal(layout.journal), writer
            )

            def on_result(result: Result) -> None:
                results.append(result)
                progress.advance(result)

            try:
                batch.run(assignment, submissions, on_result, fresh=fresh)
            except KeyboardInterrupt:
                interrupted = True
        if as_json:
            typer.echo(json.dumps(summary(assignment, results, len(submissions))))
        else:
            progress.print_summary(results, len(submissions))
        if interrupted:
            raise typer.Exit(130)
        if any(result.origin is Origin.FAULT for result in results):
            raise typer.Exit(OUR_FAULT)


def summary(assignment: str, results: list[Result], submitted: int) -> dict[str, object]:
    """Return what the batch did, as plain JSON values."""
    students = [
        {
            "student": result.student,
            "origin": str(result.origin),
            "points": result.report.points if result.report else None,
            "max_points": result.report.max_points if result.report else None,
            "refusal": result.report.refusal if result.report else "",
            "repairs": len(result.report.repairs) if result.report else 0,
            "late": result.late,
            "fault": result.fault,
        }
        for result in sorted(results, key=lambda result: result.student)
    ]
    head = {"assignment": assignment, "submitted": submitted, "students": students}
    return head | counts(results)


def counts(results: list[Result]) -> dict[str, int]:
    """Return how many submissions ended in which way."""
    reports = [result.report for result in results if result.report is not None]
    return {
        "graded": sum(str(result.origin) in ("graded", "stored") for result in results),
        "unchanged": sum(str(result.origin) == "unchanged" for result in results),
        "failed_to_run": sum(bool(report.refusal or report.limits_hit) for report in reports),
        "repaired": sum(bool(report.repairs) and not report.refusal for report in reports),
        "late": sum(result.late for result in results),
        "faults": sum(result.report is None for result in results),
    }
