"""`gradlab verify`: the author's proof that the exercises grade right and wrong answers rightly."""

from __future__ import annotations

from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the verb to the application."""
    app.command("verify")(verify)


def verify(
    assignments: Annotated[
        list[str] | None, typer.Argument(help="Assignments to prove; all when none is named.")
    ] = None,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, help="How many run at once.")] = 2,
    every_cell: Annotated[
        bool,
        typer.Option("--every-cell", help="Check a case also in the cells that it leaves alone."),
    ] = False,
    seeds: Annotated[
        int, typer.Option("--seeds", min=1, help="How many draws of random inputs each meets.")
    ] = 1,
) -> None:
    """Prove each assignment: full marks for the instructor, none untouched, each case as expected.

    A case is checked in the graded cells that it concerns: those whose exercise it answers, and
    those of which it expects anything but full marks. The instructor's notebook proves the others.
    An assignment whose instructor's notebook fails, or that has a fault of a check twice, is not
    tried further.

    Exit code 0 when all is as expected, 1 when something is not.
    """
    from rich.console import Console
    from rich.markup import escape

    from autograder.batch.backend import Job
    from autograder.batch.local import LocalBackend
    from autograder.cli._console import failure_exit, printable
    from autograder.course import CourseError, Layout, assignment_names
    from autograder.grading import GraderFault, Preparer, isolation_level
    from autograder.grading.grader import Grader
    from autograder.grading.mutation import Kept
    from autograder.grading.proof import differences, prepare_specimen, specimens
    from autograder.standby.lending import nursery

    console = Console()
    wrong: dict[str, bool] = {}
    with failure_exit():
        layout = Layout.find()
        names = assignments or assignment_names(layout)
        if not names:
            raise CourseError(f"no assignment in {layout.solutions}; a notebook.py makes one")
        preparer = Preparer(layout, isolation_level())
        known = {
            specimen.label: specimen
            for name in names
            for specimen in specimens(preparer.manifest(name), every_cell=every_cell, seeds=seeds)
        }
        work = [
            Job(label, *prepare_specimen(preparer, specimen)) for label, specimen in known.items()
        ]
        refused = [job for job in work if job.prepared.refusal]
        if refused:
            raise GraderFault(f"{refused[0].student}: {refused[0].prepared.refusal}")
        backend = LocalBackend(
            lambda shared: Grader(preparer, names, shared), min(jobs, len(work)), nursery()
        )
        said: dict[str, list[str]] = {}
        unsaid = list(known)  # said in this order, whichever ends first
        stopped: dict[str, int] = {}  # assignment -> how many are not tried
        faults: set[tuple[str, str]] = set()  # each is told once
        wanted = (job for job in work if job.prepared.assignment not in stopped)
        for outcome in backend.run(wanted):
            label = outcome.job.student
            assignment = outcome.job.prepared.assignment
            if assignment in stopped:
                continue
            is_repeated = (assignment, outcome.fault) in faults and not known[label].full
            if outcome.report is None:
                found = ["the same fault"] if is_repeated else [f"fault: {outcome.fault}"]
                faults.add((assignment, outcome.fault))
            else:
                found = differences(preparer, known[label], outcome.report)
            wrong[label] = bool(found)
            said[label] = [f"[red]{label}[/]: {escape(printable(sentence))}" for sentence in found]
            said[label] = said[label] or [f"[green]{label}[/]: as expected"]
            is_hopeless = known[label].full or is_repeated  # the others would tell nothing new
            if found and is_hopeless:
                left = [
                    other
                    for other in unsaid
                    if known[other].assignment == assignment
                    and other != label
                    and (other not in said or known[label].draw == 0)
                ]
                stopped[assignment] = len(left)
                said |= {other: [] for other in left}
                wrong |= dict.fromkeys(left, False)
                said[label].append(f"[yellow]{assignment}[/]: {len(left)} others are not tried")
            while unsaid and unsaid[0] in said:
                for line in said[unsaid.pop(0)]:
                    console.print(line, soft_wrap=True)
        right = len(work) - sum(stopped.values()) - sum(wrong.values())
        console.print(f"{right} of {len(work)} as expected")
        mutants = Kept(preparer)
        for name in names:
            if figure := mutants.figure(name):
                console.print(f"{name}: {figure}")
    if any(wrong.values()):
        raise typer.Exit(1)
