"""`gradlab requests`: who asks for another look at a check or an essay, and what became of it.

Exit status: 0 done, 1 the log cannot be read.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from autograder.feedback.requests import Request


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("requests")(_requests)


def _requests(
    assignment: Annotated[
        str, typer.Argument(metavar="[ASSIGNMENT]", help="Only of this assignment.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print all of it as JSON.")] = False,
) -> None:
    """List the requests of students, those that wait for an answer first.

    They are answered on the page Requests of the course.
    """
    from autograder.cli._operations import failure_exit
    from autograder.course import Layout
    from autograder.feedback.requests import Requests
    from autograder.records import Log

    with failure_exit():
        layout = Layout.find()
        found = [
            one
            for one in Requests(Log(layout.log), layout.course_id).all()
            if assignment in ("", one.subject.assignment)
        ]
    if as_json:
        typer.echo(json.dumps({"requests": [_plain(one) for one in found], "count": _count(found)}))
        return
    for one in found:
        about = f"{one.subject.cell} {one.subject.check}".strip()
        typer.echo(
            f"{one.standing:<9} {one.subject.student:<24} {one.subject.assignment:<20} "
            f"attempt {one.attempt:<3} {about}"
        )
        first, *more = next(post.text for post in one.posts if not post.is_staff).splitlines()
        typer.echo(f"          {first[:100]}{' …' if more or len(first) > 100 else ''}")
    for name, count in _count(found).items():
        said = ", ".join(f"{number} {standing}" for standing, number in count.items() if number)
        typer.echo(f"{name}: {said}")


def _count(found: list[Request]) -> dict[str, dict[str, int]]:
    """Return how many requests each assignment has, by how far they are."""
    from autograder.feedback.requests import Standing

    names = sorted({one.subject.assignment for one in found})
    return {
        name: {
            str(standing): sum(
                one.subject.assignment == name and one.standing is standing for one in found
            )
            for standing in Standing
        }
        for name in names
    }


def _plain(request: Request) -> dict[str, Any]:
    """Return a request as plain JSON values."""
    subject = request.subject
    return {
        "id": request.id,
        "student": subject.student,
        "assignment": subject.assignment,
        "attempt": request.attempt,
        "timestamp": subject.timestamp,
        "cell": subject.cell,
        "check": subject.check,
        "key": request.key,
        "state": str(request.standing),
        "posts": [
            {
                "who": post.who,
                "when": post.when.isoformat(),
                "is_staff": post.is_staff,
                "text": post.text,
                "note": post.note,
            }
            for post in request.posts
        ],
    }
