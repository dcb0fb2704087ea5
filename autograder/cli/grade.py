"""`gradlab grade`: grade all submissions of an assignment into the gradebook."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from autograder.service.protocol import Result

_ELSEWHERE = "On other machines"


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
    preview: Annotated[
        bool,
        typer.Option("--preview", help="Say who would gain or lose by which check; write nothing."),
    ] = False,
    never_lower: Annotated[
        bool | None,
        typer.Option(
            "--never-lower/--lower",
            help="Keep the recorded grade of who would have less for the same hand-in now; --lower "
            "takes that back.",
        ),
    ] = None,
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
    from autograder.cli._console import OUR_FAULT, WRONG_INPUT, failure_exit, say
    from autograder.cli._progress import BatchProgress
    from autograder.course.layout import Layout
    from autograder.service.client import grade as grade_by_service
    from autograder.service.protocol import Order, Origin, Priority, Tenant

    with failure_exit():
        layout = Layout.find()
        order = Order(
            Tenant.of(layout),
            assignment,
            "gradlab grade",
            priority=Priority.BATCH,
            collected=True,
            students=tuple(student or ()),
            record=not preview,
            with_reports=preview,
            fresh=fresh,
            never_lower=never_lower,
            most=jobs or 0,
            gpu=gpu or "",
            settings=_settings() if gpu else {},
            actor=_actor(),
        )
        if scheduler is not None or cluster is not None:
            from autograder.cli._place import Place

            place = Place.of(scheduler, cluster, tls_ca, tls_cert, tls_key)
            if gpu is not None:
                raise typer.BadParameter(
                    "--gpu is for this machine; elsewhere the cluster has its own"
                )
            events = place.grade(order, jobs or os.cpu_count() or 1, say)
        else:
            events = grade_by_service(order)
        if preview:
            from autograder.cli._preview import outcomes, show

            show(
                sorted(outcomes(layout, assignment, events, never_lower), key=lambda o: o.student),
                as_json=as_json,
            )
            return
        results: dict[str, Result] = {}
        submitted = 0
        interrupted = False
        with BatchProgress(assignment, quiet=as_json) as progress:
            try:
                for event in events:
                    if event.kind == "accepted":
                        submitted = event.content
                        progress.begin(submitted)
                    elif event.kind == "note":
                        progress.say(event.content)
                    elif event.kind == "done":
                        assert event.result is not None
                        results[event.name] = event.result
                        progress.advance(event.name, event.result)
            except KeyboardInterrupt:
                interrupted = True
        results = {
            name: one for name, one in sorted(results.items()) if one.origin is not Origin.CANCELLED
        }
        if as_json:
            typer.echo(json.dumps(summary(assignment, results, submitted)))
        else:
            progress.print_summary(results, submitted, interrupted=interrupted)
        if interrupted:
            raise typer.Exit(130)
        origins = {one.origin for one in results.values()}
        if Origin.FAULT in origins:
            raise typer.Exit(OUR_FAULT)
        if Origin.UNUSABLE in origins:
            raise typer.Exit(WRONG_INPUT)


def _settings() -> dict[str, str]:
    """Return the variables that say which GPUs there are."""
    return {name: value for name, value in os.environ.items() if name.startswith("GRADLAB_")}


def _actor() -> tuple[str, str, str]:
    """Return who grades, as the audit trail names them."""
    from autograder.records.actor import present_actor

    actor = present_actor()
    return actor.name, actor.address, actor.via


def summary(assignment: str, results: Mapping[str, Result], submitted: int) -> dict[str, object]:
    """Return what the batch did, as plain JSON values."""
    students = [
        {
            "student": student,
            "origin": str(result.origin),
            "points": result.points,
            "max_points": result.max_points,
            "refusal": result.refusal,
            "repairs": result.repairs,
            "late": result.late,
            "fault": result.fault,
        }
        for student, result in results.items()
    ]
    head = {"assignment": assignment, "submitted": submitted, "students": students}
    return head | counts(list(results.values()))


def counts(results: Collection[Result]) -> dict[str, int]:
    """Return how many submissions ended in which way."""
    graded = [one for one in results if one.is_graded]
    return {
        "graded": sum(str(one.origin) in ("graded", "stored") for one in graded),
        "unchanged": sum(str(one.origin) == "unchanged" for one in graded),
        "kept": sum(str(one.origin) == "kept" for one in graded),
        "failed_to_run": sum(bool(one.refusal or one.limits_hit) for one in graded),
        "repaired": sum(bool(one.repairs) and not one.refusal for one in graded),
        "late": sum(one.late for one in results),
        "faults": sum(str(one.origin) == "fault" for one in results),
        "unusable": sum(str(one.origin) == "unusable" for one in results),
    }
