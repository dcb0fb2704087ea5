"""`gradlab demo`: a class plays through the course, from submission to released feedback.

Exit status: 0 done, 1 nbgrader or the course refused, 3 a fault of ours while grading.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from autograder.demo.classroom import Distribution
    from autograder.demo.play import Work

EXIT_FAILED = 1
BAR_WIDTH = 24


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("demo")(_demo)


def _demo(
    students: Annotated[int, typer.Option(min=1, max=2000, help="How many play.")] = 30,
    assignment: Annotated[
        list[str] | None, typer.Option(help="Only this one; may be repeated [default: all].")
    ] = None,
    seed: Annotated[int, typer.Option(help="Another number, another class.")] = 1,
    jobs: Annotated[int | None, typer.Option("--jobs", "-j", min=1)] = None,
) -> None:
    """Let a class submit varied answers; collect, grade, release feedback, show the scores.

    Works on the data directory of the course, whether its hub runs or not. The work of others in
    the course is neither collected nor graded, nor does it get feedback.
    """
    from rich.console import Console

    from autograder.course import CourseError
    from autograder.gradebook import GradebookError
    from autograder.hub import HubError

    console = Console(highlight=False)
    try:
        _play(console, students, assignment or [], seed, jobs)
    except (HubError, CourseError, GradebookError) as error:
        Console(stderr=True, highlight=False).print(str(error), markup=False, soft_wrap=True)
        raise typer.Exit(EXIT_FAILED) from None


def _play(console: Console, size: int, wanted: list[str], seed: int, jobs: int | None) -> None:
    from datetime import UTC, datetime

    from rich.progress import track

    from autograder.cli.grade import grade
    from autograder.course import Layout, assignment_names, load_manifest
    from autograder.demo.classroom import Classroom
    from autograder.demo.play import STUDENTS, hand_in, make_class
    from autograder.handin.course_exchange import CourseExchange
    from autograder.hub.serving import release_course
    from autograder.sessions.folders import HubFolders

    layout = Layout.find()
    HubFolders(layout).make()
    release_course(layout, lambda line: console.print(f"[dim]·[/] {line}", soft_wrap=True))
    names = wanted or assignment_names(layout)
    now = datetime.now(UTC)
    room = Classroom(layout)
    exchange = CourseExchange(layout, STUDENTS)
    people = make_class(size, seed)
    room.enroll(people)
    played: dict[str, list[Work]] = {}
    for name in names:
        due = room.due(name, now)
        works = list(hand_in(load_manifest(layout, name), people, seed))
        for work in track(works, f"submitting {name}", console=console, transient=True):
            room.submit(name, work, due)
        played[name] = works
        exchange.collect(name)
    for name in names:
        handed_in = [work.student.student_id for work in played[name] if work.data is not None]
        grade(name, handed_in, jobs, fresh=False, as_json=False)
    for name in names:
        with console.status(f"feedback of {name}"):
            exchange.generate_feedback(name)
            exchange.release_feedback(name)
    for name in names:
        _print_distribution(console, room.distribution(load_manifest(layout, name)))
    _print_kinds(console, [work for works in played.values() for work in works])
    console.print(
        f"\nAll of it is in formgrader: log in as an instructor, "
        f"services/{layout.course_id}/formgrader",
        soft_wrap=True,
    )


def _print_distribution(console: Console, scores: Distribution) -> None:
    from rich.table import Table

    waiting = f"; {scores.manual:g} points wait for a person" if scores.manual else ""
    console.print(
        f"\n[bold]{scores.assignment}[/]: {len(scores.scores)} graded, {scores.late} late, mean "
        f"{scores.mean:.1f}, median {scores.median:.1f} of {scores.max_score:g} points{waiting}",
        soft_wrap=True,
    )
    table = Table(box=None, show_header=False)
    highest = max(scores.bins) or 1
    for index, count in enumerate(scores.bins):
        low, high = index * 100 // len(scores.bins), (index + 1) * 100 // len(scores.bins)
        bar = "█" * round(BAR_WIDTH * count / highest)
        table.add_row(f"{low:3d}–{high} %", f"[cyan]{bar}[/]", str(count) if count else "")
    console.print(table)


def _print_kinds(console: Console, works: list[Work]) -> None:
    counts: dict[str, int] = {}
    for work in works:
        counts[work.kind.value] = counts.get(work.kind.value, 0) + 1
    text = ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))
    console.print(f"\nWhat was handed in: {text}", soft_wrap=True)
