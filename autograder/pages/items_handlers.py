"""What staff learn about exercises and about the class, over HTTP; nobody else finds anything.

    GET  _staff/items/A           how the exercises and checks of an assignment behave
    GET  _staff/items/A/numbers   all of it as a CSV file
    GET  _staff/numbers           the same of all assignments
    GET  _staff/silent            who fell silent

What it does not do: change anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tornado.web import HTTPError

from autograder.gradebook.spreadsheet import table
from autograder.grading.report import Verdict
from autograder.pages.courses import Assignment, CourseReader, is_name
from autograder.pages.exercises import Exercises
from autograder.pages.items import Items
from autograder.pages.request import Page
from autograder.pages.silence import silent
from autograder.pages.staff_handlers import Class, ClassPage

COLUMNS = ("assignment", "exercise", "check", "measure", "value", "of")
Line = tuple[str, str, str, str, float | str | None, int | None]


class ItemsPage(ClassPage):
    """What concerns the items of an assignment."""

    async def found(self, course: str, assignment: str) -> tuple[CourseReader, Items, Exercises]:
        """Return how an assignment's items behave.

        Raises:
            HTTPError: 404, there is no such assignment.
        """
        reader, of_class = self.staff_course(course), self.classes[course]
        if not is_name(assignment) or not await self.run(of_class.overview.knows, assignment):
            raise HTTPError(404)
        known: Assignment = await self.run(reader.assignment, assignment)
        items = await self.run(of_class.items.items, known)
        return reader, items, await self.run(of_class.exercises.exercises, known)


class ItemsHandler(ItemsPage):
    """How the exercises and checks of an assignment behave."""

    async def get(self, course: str, assignment: str) -> None:
        """Show it."""
        reader, items, found = await self.found(course, assignment)
        self.show("items.html", reader, items=items, found=found)


class Numbers(ItemsPage):
    """All numbers of an assignment."""

    async def get(self, course: str, assignment: str) -> None:
        """Send them."""
        reader, items, found = await self.found(course, assignment)
        text = table(COLUMNS, lines(items, found))
        self.download(f"{reader.id}-{assignment}-items.csv", text.encode("utf-8-sig", "replace"))


class AllNumbers(ClassPage):
    """All numbers of all assignments."""

    async def get(self, course: str) -> None:
        """Send them."""
        reader = self.staff_course(course)
        found = await self.run(all_lines, self.classes[course])
        text = table(COLUMNS, found)
        self.download(f"{reader.id}-items.csv", text.encode("utf-8-sig", "replace"))


def all_lines(of_class: Class) -> list[Line]:
    """Return each number of all assignments that somebody handed in, in the order of the course."""
    rows = [row for row in of_class.overview.overview().rows if row.handed_in]
    return [
        line
        for row in rows
        for line in lines(
            of_class.items.items(row.assignment), of_class.exercises.exercises(row.assignment)
        )
    ]


def lines(items: Items, found: Exercises) -> Iterator[Line]:
    """Return each number of an assignment in a line of its own."""
    name = items.assignment.name
    for one in found.exercises:
        head, of = (name, one.cell, ""), one.students
        yield (*head, "students", of, None)
        for number, count in enumerate(one.at_attempt, start=1):
            or_later = " or later" if number == len(one.at_attempt) else ""
            yield (*head, f"right first at attempt {number}{or_later}", count, of)
        yield (*head, "not right yet", of - one.right, of)
        yield (*head, "repaired", one.repairs, of)
        for wrong in one.misconceptions:
            names = " or ".join(wrong.names)
            yield (*head, f"wrong like {names}", wrong.students, of)
            yield (*head, f"wrote what {names} has", wrong.exact, of)
        yield (*head, "wrong like no named case", one.in_no_case, of)
    for item in items.items:
        head = (name, item.cell, item.code)
        for verdict, count in zip(Verdict, item.counts, strict=True):
            yield (*head, str(verdict), count, item.total)
        yield (*head, "discrimination", item.discrimination, item.total)
        for number, share in enumerate(item.fifths, start=1):
            yield (*head, f"share that passes in fifth {number} from weak to strong", share, None)
        if item.flag:
            yield (*head, "flag", item.flag, None)
    for code, count in found.repairs.items():
        yield (name, "", "", f"repair {code}", count, items.students)


class SilentHandler(ClassPage):
    """Who fell silent."""

    async def get(self, course: str) -> None:
        """Show them."""
        reader, of_class = self.staff_course(course), self.classes[course]
        newest = await self.run(of_class.overview.newest)
        found = await self.run(silent, reader, newest, self.clock(reader).now)
        self.show("silent.html", reader, found=found)


def routes(
    base: str, given: dict[str, Any], classes: Mapping[str, Class]
) -> list[tuple[str, type[Page], dict[str, Any]]]:
    """Return these pages; arguments as those of `staff_handlers.routes`."""
    here = {**given, "classes": classes}
    return [
        (f"{base}_staff/items/([^/]+)", ItemsHandler, here),
        (f"{base}_staff/items/([^/]+)/numbers", Numbers, here),
        (f"{base}_staff/numbers", AllNumbers, here),
        (f"{base}_staff/silent", SilentHandler, here),
    ]
