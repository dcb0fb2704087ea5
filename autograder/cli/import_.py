"""`gradlab import`: notebooks and repositories of other systems become assignments of this course.

Exit status: 0 all tests are checks now and the instructor's notebooks have full marks, 1 something
waits for a person, 2 nothing was imported or an input is refused, 3 a fault of ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from autograder.course import Layout
    from autograder.importing import Outcome, Translated

EXIT_WAITS = 1
EXIT_REFUSED = 2


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("import")(_import)


def _import(
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="PATH…",
            help="Notebooks, folders of them, a course's source folder, a Classroom repository.",
        ),
    ],
    replace: Annotated[
        bool, typer.Option("--replace", help="Write over assignments that are there already.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; only say what each cell would become.")
    ] = False,
    unproved: Annotated[
        bool,
        typer.Option("--no-verify", help="Do not grade the notebooks at the end."),
    ] = False,
) -> None:
    """Bring nbgrader's or Otter's notebooks, or a Classroom repository, into this course.

    Nothing of them is run meanwhile.
    """
    from rich.console import Console

    from autograder.cli._console import failure_exit, say
    from autograder.course import Layout
    from autograder.importing import (
        ImportRefused,
        State,
        failing,
        find,
        read,
        remembered,
        translate,
    )
    from autograder.importing import place as put
    from autograder.service.client import Place

    console = Console()
    is_whole = True
    sound: list[str] = []
    outcomes: list[Outcome] = []
    with failure_exit(), Place() as place:
        layout = Layout.find()
        found = find(paths)
        refused = 0
        for one in found:
            try:
                foreign = read(one.notebook)
                tried = {} if replace else remembered(layout, one.assignment)
                made = translate(one, foreign, tried)
            except ImportRefused as refusal:
                say(str(refusal))
                refused += 1
                continue
            state = None if check else put(layout, made, replace=replace)
            if state is State.EXISTS:
                say(
                    f"solutions/{made.assignment} is there already and differs; nothing of it was "
                    "changed: see --replace"
                )
                is_whole = False
            elif state is not None:
                is_sound = _is_built(layout, made.assignment)
                is_whole &= is_sound
                while is_sound and not unproved and (new := failing(layout, one.assignment, place)):
                    if new.keys() <= tried.keys():
                        break
                    tried |= new
                    made = translate(one, foreign, tried)
                    put(layout, made, replace=True)
                    is_sound = _is_built(layout, made.assignment)
                if is_sound:
                    sound.append(made.assignment)
            _show(console, made, str(state or "not written"))
            is_whole &= not made.waits
            outcomes.extend(made.outcomes)
        console.print(_summary(outcomes), soft_wrap=True)
        if refused == len(found):
            raise typer.Exit(EXIT_REFUSED)
    if sound and not unproved:
        is_whole &= _is_proved(sound)
    if refused or not is_whole:
        raise typer.Exit(EXIT_WAITS)


def _is_built(layout: Layout, assignment: str) -> bool:
    """Build an assignment; return whether it can be graded, after saying why not."""
    from autograder.cli._console import say
    from autograder.course import SourceError, build
    from autograder.course.libraries import lacking, sentence

    try:
        (built,) = build(layout, [assignment])  # grading takes the public files from there
    except SourceError as refusal:
        say(str(refusal))
        return False
    if missing := [*lacking(built.manifest.libraries)]:
        say(sentence(assignment, missing))
    return not missing


def _show(console: Console, made: Translated, state: str) -> None:
    from rich.markup import escape
    from rich.table import Table

    from autograder.cli._console import printable
    from autograder.importing import Way

    styles = {Way.CHECK: "green", Way.HAND: "yellow"}
    title = f"{made.assignment} ({state}) from {printable(str(made.origin))}"
    table = Table("cell", "grade id", "points", "way", "why", title=escape(title))
    for one in made.outcomes:
        where = f"{one.cell}, line {one.line}" if one.line else str(one.cell)
        way = f"[{styles[one.way]}]{one.way}[/]" if one.way in styles else str(one.way)
        reason = escape(printable(one.reason))
        table.add_row(where, escape(printable(one.grade_id)), f"{one.points:g}", way, reason)
    console.print(table)
    for note in made.notes:
        console.print(f"  {escape(printable(note))}", soft_wrap=True)


def _summary(outcomes: Sequence[Outcome]) -> str:
    from autograder.importing import Way

    parts = []
    for way in Way:
        found = [one.points for one in outcomes if one.way is way]
        if found:
            parts.append(f"{way}: {len(found)} with {sum(found):g} points")
    return "; ".join(parts) or "no graded cell"


def _is_proved(assignments: Sequence[str]) -> bool:
    """Return whether `gradlab verify` finds all as expected; what is not, it says."""
    from autograder.cli._console import DIFFERENT, say
    from autograder.cli.verify import verify

    try:
        verify(list(assignments))
    except typer.Exit as ended:
        if ended.exit_code != DIFFERENT:
            raise
        say("what is not as expected above: mend the check, or let a person grade the exercise")
        return False
    return True
