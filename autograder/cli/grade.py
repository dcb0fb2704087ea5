"""`gradlab grade`: grade all submissions of an assignment into the gradebook."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from autograder.batch.run import Result, Submission
    from autograder.course import Layout
    from autograder.gradebook.collected import Collected
    from autograder.grading import Preparer

_ELSEWHERE = "On other machines"


_FIRST_LOOKED_AT = 5  # submissions, before deciding to load torch early


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
    gpu: Annotated[
        str | None,
        typer.Option(
            metavar="PROFILE",
            help="Run student code with a GPU of this profile, shared out with people's sessions.",
        ),
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="Run on the workers of the dask scheduler at tls://HOST:PORT.",
            rich_help_panel=_ELSEWHERE,
        ),
    ] = None,
    cluster: Annotated[
        str | None,
        typer.Option(
            metavar="[local|slurm|kubernetes]",
            help="Start dask workers for this batch, --jobs submissions at once. Settings: "
            "GRADLAB_CLUSTER_CORES, _MEMORY, _WAIT; GRADLAB_SLURM_PARTITION, _ACCOUNT, _WALLTIME, "
            "_INTERFACE, _SHARED, _DIRECTIVES, _LOGS, _PYTHON; GRADLAB_KUBERNETES_IMAGE, "
            "_NAMESPACE, _PLAIN.",
            rich_help_panel=_ELSEWHERE,
        ),
    ] = None,
    tls_ca: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            envvar="GRADLAB_TLS_CA",
            help="Certificates that sign the scheduler's and the workers'.",
            rich_help_panel=_ELSEWHERE,
        ),
    ] = None,
    tls_cert: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            envvar="GRADLAB_TLS_CERT",
            help="This side's certificate.",
            rich_help_panel=_ELSEWHERE,
        ),
    ] = None,
    tls_key: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            envvar="GRADLAB_TLS_KEY",
            help="Its key.",
            rich_help_panel=_ELSEWHERE,
        ),
    ] = None,
) -> None:
    """Grade the collected submissions of an assignment into the gradebook.

    Unchanged submissions are not graded again. Interrupting leaves a consistent state; running the
    command again goes on where it stopped. Exit code 0 when all were graded, 2 when the name of a
    folder can be no student id, 3 when some have a fault of ours.
    """
    from contextlib import ExitStack

    from autograder.batch.run import Batch, Origin, Result
    from autograder.cli._console import OUR_FAULT, WRONG_INPUT, failure_exit, say
    from autograder.cli._graphics import leased
    from autograder.cli._place import Place
    from autograder.cli._progress import BatchProgress
    from autograder.course import Layout
    from autograder.grading import Preparer, isolation_level
    from autograder.grading.store import ReportStore
    from autograder.records import Log
    from autograder.sandbox import Graphics
    from autograder.standby.lending import nursery

    with failure_exit(), ExitStack() as stack:
        place = Place.of(scheduler, cluster, tls_ca, tls_cert, tls_key)
        layout = Layout.find()
        if gpu is not None and not place.is_here:
            raise typer.BadParameter("--gpu is for this machine; elsewhere the cluster has its own")
        lease = stack.enter_context(leased(gpu, layout, say))
        graphics = None if lease is None else Graphics(lease.nodes, lease.environment())
        device = "" if lease is None else lease.device.name
        preparer = Preparer(layout, isolation_level(), device)
        manifest = preparer.manifest(assignment)
        servers = nursery()
        if place.is_here and (fresh or _has_work(layout, preparer, assignment)):
            servers.begin()  # it imports torch while this process imports nbgrader
        leave_grammar_out()
        from autograder.gradebook import GradebookWriter
        from autograder.gradebook.collected import submissions

        results: list[Result] = []
        interrupted = False
        with GradebookWriter(layout, on_wait=say) as writer:
            writer.register(manifest)
            found = submissions(layout, assignment, writer.deadlines(assignment))
            collected = _wanted(found, student)
            workers = min(jobs or os.cpu_count() or 1, max(1, len(collected)))
            backend = place.backend(preparer, assignment, workers, say, servers, graphics)
            progress = BatchProgress(assignment, len(collected), quiet=as_json)
            batch = Batch(preparer, backend, ReportStore(layout.graded), Log(layout.log), writer)

            def on_result(result: Result) -> None:
                progress.advance(result)
                results.append(result.without_notebook())

            with progress:
                for one in collected:
                    if one.note:
                        progress.say(one.student_id, one.note)
                    if one.unusable:
                        on_result(Result(one.student_id, Origin.UNUSABLE, fault=one.unusable))
                try:
                    usable = (_submission(one) for one in collected if not one.unusable)
                    batch.run(assignment, usable, on_result, fresh=fresh)
                except KeyboardInterrupt:
                    interrupted = True
        if as_json:
            typer.echo(json.dumps(summary(assignment, results, len(collected))))
        else:
            progress.print_summary(results, len(collected), interrupted=interrupted)
        if interrupted:
            raise typer.Exit(130)
        if any(result.origin is Origin.FAULT for result in results):
            raise typer.Exit(OUR_FAULT)
        if any(result.origin is Origin.UNUSABLE for result in results):
            raise typer.Exit(WRONG_INPUT)


def leave_grammar_out() -> None:
    """Let jsonschema go without a validator of internationalised addresses.

    Notebooks have none of them, and building its grammar takes longer than all other imports.
    """
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # None: no module


def _has_work(layout: Layout, preparer: Preparer, assignment: str) -> bool:
    """Tell, from the first few submissions, whether student code will have to run."""
    from itertools import islice

    from autograder.grading.errors import Refused
    from autograder.grading.store import ReportStore
    from autograder.grading.submission import read_file

    store = ReportStore(layout.graded)
    paths = layout.submitted.glob(f"*/{assignment}/{assignment}.ipynb")
    for path in islice(paths, _FIRST_LOOKED_AT):
        try:
            prepared = preparer.prepare(assignment, read_file(path))
        except Refused:
            continue
        if not prepared.refusal and store.find(prepared.keys.report) is None:
            return True
    return False


def _wanted(found: list[Collected], students: list[str] | None) -> list[Collected]:
    """Return the submissions of the named students, of all when none is named."""
    from autograder.course import CourseError

    if not students:
        return found
    unknown = sorted(set(students) - {one.student_id for one in found})
    if unknown:
        raise CourseError(f"student {unknown[0]!r} has no collected submission of this assignment")
    return [one for one in found if one.student_id in students]


def _submission(one: Collected) -> Submission:
    """Read one collected submission; what cannot be read is refused for that student alone."""
    from autograder.batch.run import Submission
    from autograder.grading.errors import Refused
    from autograder.grading.submission import notebooks_beside, read_file

    data, refusal, beside = None, one.refusal, {}
    if one.notebook is not None:
        try:
            data = read_file(one.notebook)
            beside = notebooks_beside(one.notebook)
        except Refused as error:
            refusal = str(error)
    late = one.late_seconds > 0
    return Submission(one.student_id, data, refusal, one.submitted_at, late, beside)


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
        "faults": sum(str(result.origin) == "fault" for result in results),
        "unusable": sum(str(result.origin) == "unusable" for result in results),
    }
