"""Staff's pages over HTTP, below a course's address; for everybody else there is nothing there.

    GET  _staff/                      the course at a glance
    GET  _staff/events/               the same, sent again whenever it changes
    GET  _staff/requests              who asks for another look, and what became of it
    GET  _staff/requests/R            one request, with the check's detail
    POST _staff/requests/R            answer it
    GET  _staff/requests/R/events     what was written, sent again whenever it changes
    GET  _staff/requests/R/notebook   the notebook as it ran

What it guarantees:

- Whether somebody grades the course is the hub's word at each request; who does not gets the 404 of
  a page that is not there. Voiding a check, which concerns everybody, takes an instructor.
- What was typed is not lost: where it could not be taken the page has it again.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self, cast
from urllib.parse import quote

from tornado.web import HTTPError

from autograder.course import CourseError
from autograder.feedback.requests import Answer, Request, RequestChanged, RequestError
from autograder.formgrader.rights import Action
from autograder.gradebook import GradebookError
from autograder.pages.asked import Asked, Then, answer, asked_of
from autograder.pages.courses import CourseReader
from autograder.pages.events import News, follow
from autograder.pages.exercises import ExercisesReader
from autograder.pages.items import ItemsReader
from autograder.pages.overview import ClassReader
from autograder.pages.request import VIA, Page
from autograder.pages.todo import notices
from autograder.pages.words import points
from autograder.pages.work import digest
from autograder.records import Actor, LogError, acting
from autograder.service.client import ServiceError, grade
from autograder.service.protocol import Order, Priority, Result, Tenant

_LOG = logging.getLogger("gradlab.pages")
EXTENSION = ("students", "assignment", "until", "reason")  # the fields of its form
NOTHING_TYPED = dict.fromkeys(EXTENSION, "")


@dataclass(frozen=True)
class Class:
    """What reads a course's class; each keeps what it read."""

    overview: ClassReader
    items: ItemsReader
    exercises: ExercisesReader

    @classmethod
    def of(cls, reader: CourseReader) -> Self:
        """Return what reads this course's."""
        overview = ClassReader(reader)
        return cls(overview, ItemsReader(reader, overview), ExercisesReader(reader, overview))


class ClassPage(Page):
    """A page about the class."""

    def initialize(  # type: ignore[override]  # tornado hands it what the route has
        self, classes: Mapping[str, Class], **given: Any
    ) -> None:
        """Take what reads each course's class, too."""
        super().initialize(**given)
        self.classes = classes


class StaffHandler(ClassPage):
    """The course at a glance."""

    async def get(self, course: str) -> None:
        """Show it."""
        reader = self.staff_course(course)
        await show_staff(self, reader, self.classes[course])


async def show_staff(
    page: Page, reader: CourseReader, of_class: Class, problem: str = "",
    given: Mapping[str, str] | None = None,
) -> None:  # fmt: skip
    """Answer with the course at a glance.

    Args:
        page: who asks.
        reader: the course.
        of_class: reads its class.
        problem: why something was not done; empty: nothing was asked.
        given: what was typed for it.
    """
    overview = await page.run(of_class.overview.overview)
    address = f"{page.site.prefix}{quote(reader.id)}/_staff/"
    page.show(
        "staff.html", reader, overview=overview, problem=problem, given=given or NOTHING_TYPED,
        notices=notices(overview, page.rights(reader.id)),
        events=page.events_address(overview.mark, address), here=address,
    )  # fmt: skip


class StaffEvents(ClassPage):
    """The course at a glance, sent again whenever it changes."""

    async def get(self, course: str) -> None:
        """Send it."""
        reader, of_class = self.staff_course(course), self.classes[course].overview
        rights = self.rights(course)

        def look() -> News:
            overview = of_class.overview()
            is_live = bool(overview.batches)
            values = {"overview": overview, "notices": notices(overview, rights)}
            return News(overview.mark, overview.said, is_live, values=values)

        await follow(self, reader, "staff_list.html", look, of_class.version)


class RequestsHandler(Page):
    """All requests of a course."""

    async def get(self, course: str) -> None:
        """Show them."""
        reader = self.staff_course(course)
        found = await self.run(reader.requests.all)
        names = {one.subject.assignment for one in found}
        known = {name: await self.run(reader.assignment, name) for name in names}
        self.show("requests.html", reader, requests=found, assignments=known)


class OneRequest(Page):
    """What concerns one request."""

    async def found(self, course: str, name: str) -> tuple[CourseReader, Asked]:
        """Return a request of a course that the person grades.

        Raises:
            HTTPError: 404, there is none.
        """
        reader = self.staff_course(course)
        asked = await self.run(_look, reader, name)
        if asked is None:
            raise HTTPError(404)
        return reader, cast("Asked", asked)


def _look(reader: CourseReader, name: str) -> Asked | None:
    request = reader.requests.find(name)
    return None if request is None else asked_of(reader, request)


class RequestHandler(OneRequest):
    """One request."""

    async def get(self, course: str, name: str) -> None:
        """Show it."""
        reader, asked = await self.found(course, name)
        self._show(reader, asked)

    def _show(
        self, reader: CourseReader, asked: Asked, *, problem: str = "", is_stale: bool = False
    ) -> None:
        given = {
            name: self.get_body_argument(name, "", strip=False)
            for name in ("text", "points", "then")
        }
        self.show(
            "request.html", reader, asked=asked, problem=problem, is_stale=is_stale, given=given,
            events=self.events_address(mark_of(asked)),
        )  # fmt: skip

    async def post(self, course: str, name: str) -> None:
        """Answer it, and show what it is then."""
        reader, asked = await self.found(course, name)
        try:
            then = Then(self.get_body_argument("then", ""))
        except ValueError:
            self.set_status(422)
            self._show(reader, asked, problem="Choose what to do with it; nothing was done.")
            return
        if then is Then.VOID and Action.VOID not in self.rights(course):
            raise HTTPError(403, "a check is voided for everybody, which takes an instructor")
        text, given, version = (
            self.get_body_argument(name, "", strip=False) for name in ("text", "points", "version")
        )
        actor = self.actor

        def work() -> None:
            with acting(actor):
                if then is Then.AGAIN:
                    begin_again(reader, asked, version, text, actor)
                else:
                    answer(reader, asked, then, text, given, version)

        try:
            await self.run(work)
        except RequestChanged:
            self.set_status(409)
            reader, asked = await self.found(course, name)
            self._show(reader, asked, is_stale=True)
        except (RequestError, CourseError, GradebookError, LogError) as error:
            self.set_status(422)
            self._show(reader, asked, problem=str(error))
        else:
            self.redirect(
                f"{self.site.prefix}{quote(reader.id)}/_staff/requests/{asked.request.id}",
                status=303,
            )


class RequestEvents(OneRequest):
    """The thread of a request, sent again whenever it changes."""

    async def get(self, course: str, name: str) -> None:
        """Send it."""
        reader, _ = await self.found(course, name)

        def look() -> News:
            asked = _look(reader, name)
            if asked is None:
                raise HTTPError(404)
            said = f"This request is {asked.request.standing}."
            return News(mark_of(asked), said, is_live=False, values={"asked": asked})

        def version() -> str:
            request = reader.requests.find(name)
            return "" if request is None else str(request.version)

        await follow(self, reader, "request_thread.html", look, version)


class RequestNotebook(OneRequest):
    """The notebook as it ran, for a sandboxed frame."""

    async def get(self, course: str, name: str) -> None:
        """Show it."""
        _, asked = await self.found(course, name)
        if asked.report is None or not asked.report.notebook:
            raise HTTPError(404)
        await self.show_notebook(course, asked.assignment, asked.request.attempt, asked.report)


def mark_of(asked: Asked) -> str:
    """Return a text that changes when what is shown of a request does."""
    return digest(f"{asked.version} {asked.report.key if asked.report else ''}")


def begin_again(reader: CourseReader, asked: Asked, version: str, text: str, actor: Actor) -> None:
    """Have the submission graded again; a row of the request says what came out.

    It runs on when the page is closed; a service that ends meanwhile leaves the request as it was.

    Raises:
        RequestChanged: it is not what was read.
        RequestError: grading takes another hand-in.
    """
    if version != asked.version:
        raise RequestChanged(asked.request.id)
    if not asked.can_be_graded_again:
        raise RequestError("Grading takes the hand-in that counts, and this is another one.")
    begun = Answer(None, text, "It is being graded again.")
    request = reader.requests.answer(asked.request, begun, whatever_it_is=True)
    work = threading.Thread(
        target=_grade_again, args=(reader, request, actor), name="grade again", daemon=True
    )
    work.start()


def _grade_again(reader: CourseReader, request: Request, actor: Actor) -> None:
    subject = request.subject
    order = Order(
        Tenant.of(reader.layout), subject.assignment, VIA, priority=Priority.WAITED_FOR,
        collected=True, students=(subject.student,), record=True, fresh=True,
        actor=(actor.name, actor.address, actor.via),
    )  # fmt: skip
    note = "Grading again failed. That is a fault of ours; the points are as before."
    try:
        for event in grade(order):
            if event.result is not None:
                note = _in_words(event.result) or note
    except (CourseError, ServiceError) as error:
        _LOG.warning("grading again of %s: %s", ascii(subject), error)
    try:
        with acting(actor):
            reader.requests.answer(request, Answer(None, "", note), whatever_it_is=True)
    except (LogError, RequestChanged) as error:
        _LOG.warning("what grading again gave is in no request: %s", error)


def _in_words(result: Result) -> str:
    if result.fault or result.points is None:
        return ""
    return (
        f"It was graded again: checks give {points(result.points)} of "
        f"{points(result.max_points or 0.0)} points."
    )


def routes(
    base: str, given: dict[str, Any], classes: Mapping[str, Class]
) -> list[tuple[str, type[Page], dict[str, Any]]]:
    """Return staff's pages.

    Args:
        base: the pattern of a course's address; ends with a slash.
        given: what each handler takes.
        classes: what reads the class of each course, by id.
    """
    of_class = {**given, "classes": classes}
    one = f"{base}_staff/requests/([^/]+)"
    return [
        (f"{base}_staff/", StaffHandler, of_class),
        (f"{base}_staff/events/", StaffEvents, of_class),
        (f"{base}_staff/requests", RequestsHandler, given),
        (one, RequestHandler, given),
        (f"{one}/events", RequestEvents, given),
        (f"{one}/notebook", RequestNotebook, given),
    ]
