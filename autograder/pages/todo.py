"""What needs the team, as sentences: what is, what it means, and the one thing to do about it.

What it guarantees:

- What is ours to mend comes first, then who waits for a person, then what is to be begun.
- Nobody is shown a button that their role may not press.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from autograder.formgrader.rights import Action
from autograder.pages.overview import AssignmentRow, Overview
from autograder.pages.words import counted, listed

_NAMED = 3  # students, in a sentence


@dataclass(frozen=True)
class Notice:
    """Something that needs the team.

    Args:
        icon: its shape.
        kind: its colour's class; may be empty.
        fact: what is, in a sentence.
        meaning: what it means, and what to do where no button does it; may be empty.
        label: of the button; empty for none.
        link: where it leads, below the course's `_staff/`.
        form: where it is sent instead.
        assignment: what it sends; empty: all.
    """

    icon: str
    kind: str
    fact: str
    meaning: str = ""
    label: str = ""
    link: str = ""
    form: str = ""
    assignment: str = ""


def notices(overview: Overview, rights: Collection[Action]) -> list[Notice]:
    """Return what needs somebody with these rights."""
    rows = overview.rows
    found: list[Notice] = []
    if faults := sum(row.faults for row in rows):
        found.append(
            Notice(
                "error", "is-error", f"{counted(faults, 'hand-in')} could not be graded.",
                "That is a fault of ours, costs nobody points and is tried again. "
                + _each(rows, "faults"),
            )
        )  # fmt: skip
    found += [
        Notice(
            "error", "is-error", f"The source of {row.assignment.title} is refused.",
            "Nothing of it can be graded. gradlab build says what is wrong, and where.",
        )
        for row in rows
        if row.assignment.manifest is None and row.is_open
    ]  # fmt: skip
    if asked := sum(row.requests for row in rows):
        wait = "waits" if asked == 1 else "wait"
        fact = f"{counted(asked, 'request')} for another look {wait} for an answer."
        found.append(
            Notice("talk", "is-waits", fact, _each(rows, "requests"), "Answer", "requests")
        )
    if waiting := sum(row.waiting for row in rows):
        fact = (
            f"{counted(waiting, 'submission')} {'waits' if waiting == 1 else 'wait'} for a person."
        )
        meaning = _each(rows, "waiting")
        found.append(Notice("person", "is-waits", fact, meaning, "Grade by question", "grade/"))
    if overview.ungraded > faults and not overview.batches:
        few = overview.ungraded == 1
        fact = f"{counted(overview.ungraded, 'hand-in')} {'has' if few else 'have'} no verdict yet."
        can = Action.AUTOGRADE in rights
        found.append(
            Notice(
                "in", "", fact, _each(rows, "ungraded"),
                f"Grade all {overview.ungraded}" if can and not few else "Grade it" if can else "",
                form="grade-all" if can else "",
            )
        )  # fmt: skip
    for row in rows:
        if row.refused:
            one = len(row.refused) == 1
            verb = "handed in a file" if one else "handed in files"
            found.append(
                Notice(
                    "note", "", f"{_some(row.refused)} {verb} that could not be run for "
                    f"{row.assignment.title}.",
                    f"{'The student was' if one else 'They were'} told why, and can hand in again. "
                    "After the deadline that takes an extension.",
                )
            )  # fmt: skip
        if row.is_held and row.graded and not (row.ungraded or row.waiting):
            can = Action.FEEDBACK in rights
            found.append(
                Notice(
                    "lock", "",
                    f"Results of {row.assignment.title} are held back, and all is graded.",
                    "Students see points and messages when they are released."
                    + ("" if can else " An instructor does that."),
                    "Release results" if can else "", form="release-results" if can else "",
                    assignment=row.assignment.name,
                )
            )  # fmt: skip
        if row.is_open and not row.is_current:
            can = Action.RELEASE in rights
            found.append(
                Notice(
                    "note", "", f"{row.assignment.title} has changed since it was released.",
                    "Who fetched it before keeps what they have."
                    + ("" if can else " An instructor releases it again."),
                    "Release again" if can else "", form="release" if can else "",
                    assignment=row.assignment.name,
                )
            )  # fmt: skip
    if overview.silent:
        fact = f"{counted(overview.silent, 'student')} fell silent."
        meaning = "Nothing handed in for the last two assignments that were due, or more."
        found.append(Notice("note", "", fact, meaning, "See who", "silent"))
    return found


def _each(rows: Iterable[AssignmentRow], what: str) -> str:
    numbers = [(row.assignment.title, getattr(row, what)) for row in rows]
    return ", ".join(f"{title}: {number}" for title, number in numbers if number) + "."


def _some(names: Sequence[str]) -> str:
    if len(names) <= _NAMED:
        return listed(names)
    return f"{', '.join(names[:_NAMED])} and {len(names) - _NAMED} more"
