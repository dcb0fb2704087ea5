"""`gradlab verify`: the author's proof that the exercises grade right and wrong answers rightly."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from autograder.course import Case, Layout
    from autograder.course.manifest import Manifest
    from autograder.grading.proof import Specimen
    from autograder.grading.report import Report
    from autograder.service.client import Place


_WHERE = re.compile(r":\d+(: CheckTimeout: )")  # a check that is too slow is stopped anywhere


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
        int | None,
        typer.Option(
            "--seeds",
            min=1,
            help="How many draws of random inputs each meets; by default 1, a wrong case 3.",
        ),
    ] = None,
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

    from autograder.cli._console import DIFFERENT, failure_exit, printable
    from autograder.course import CourseError, Layout, assignment_names, load_manifest
    from autograder.grading import Preparer
    from autograder.grading.mutation import Kept
    from autograder.grading.proof import specimens
    from autograder.service.client import Place

    console = Console()
    right = left = 0
    wrong: list[str] = []
    with failure_exit(), Place() as place:
        layout = Layout.find()
        names = assignments or assignment_names(layout)
        if not names:
            raise CourseError(f"no assignment in {layout.solutions}; a notebook.py makes one")
        for manifest in [load_manifest(layout, name) for name in names]:
            known = {
                one.label: one for one in specimens(manifest, every_cell=every_cell, seeds=seeds)
            }
            tried = 0
            for label, found in _proved(layout, manifest, known, jobs, place):
                tried += 1
                right += not found
                wrong += [label] if found else []
                for sentence in found:
                    console.print(f"[red]{label}[/]: {escape(printable(sentence))}", soft_wrap=True)
                if not found:
                    console.print(f"[green]{label}[/]: as expected", soft_wrap=True)
            if tried < len(known):
                left += len(known) - tried
                said = f"{len(known) - tried} others are not tried"
                console.print(f"[yellow]{manifest.assignment}[/]: {said}", soft_wrap=True)
        console.print(f"{right} of {right + len(wrong) + left} as expected")
        if wrong:
            console.print(f"[red]not as expected[/]: {', '.join(wrong)}", soft_wrap=True)
        mutants = Kept(Preparer(layout, place.isolation()))
        for name in names:
            if figure := mutants.figure(name):
                console.print(f"{name}: {figure}")
    if wrong:
        raise typer.Exit(DIFFERENT)


def _proved(
    layout: Layout, manifest: Manifest, known: Mapping[str, Specimen], jobs: int, place: Place
) -> Iterator[tuple[str, list[str]]]:
    """Yield, in order, what of each specimen is not as expected; end where others tell nothing new.

    Args:
        layout: the course.
        manifest: of the assignment.
        known: label -> specimen.
        jobs: how many run at once.
        place: the grading service.
    """
    import contextlib

    from autograder.feedback.losses import Losses
    from autograder.grading.proof import differences
    from autograder.grading.report import Report
    from autograder.service.client import grade
    from autograder.service.protocol import Item, Order, Priority, Source, Tenant

    order = Order(
        Tenant.of(layout),
        manifest.assignment,
        "gradlab verify",
        [Item(label, Source.SPECIMEN, one.to_bytes()) for label, one in known.items()],
        Priority.BATCH,
        most=jobs,
        with_reports=True,
    )
    said: dict[str, list[str]] = {}
    seen: dict[str, tuple[Case, Report]] = {}
    unsaid = list(known)
    faults: set[str] = set()  # each is told once
    with contextlib.closing(grade(order, place)) as events:
        for event in events:
            if event.result is None:
                continue
            specimen, fault = known[event.name], event.result.fault
            cause = _WHERE.sub(r"\1", fault)
            is_repeated = cause in faults and not specimen.full
            if event.result.is_graded:
                report = Report.from_bytes(event.body)
                found = differences(manifest, specimen, report)
                if specimen.case is not None and specimen.draw == 0:
                    seen[specimen.name] = specimen.case, report
            else:
                found = ["the same fault"] if is_repeated else [f"fault: {fault}"]
                faults.add(cause)
            said[event.name] = found
            is_hopeless = bool(found) and (specimen.full or is_repeated)
            if is_hopeless and specimen.full and specimen.draw == 0:
                said = {event.name: found}  # whatever the others were, it means nothing
            while unsaid and (unsaid[0] in said or is_hopeless):
                label = unsaid.pop(0)
                if label in said:
                    yield label, said[label]
            if is_hopeless:
                return
    with contextlib.suppress(OSError):  # pages of staff compare answers with it, where they can
        Losses(layout).keep(manifest, seen)
