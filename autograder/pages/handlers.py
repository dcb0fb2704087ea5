"""The pages over HTTP, below the service's prefix.

    GET  /                       one's courses, or the one course
    GET  /COURSE/                *My work*
    GET  /COURSE/events/         the same, sent again whenever it changes
    GET  /COURSE/A?attempt=N     one assignment: what became of an attempt, of the newest one
    GET  /COURSE/A/events        the same, sent again whenever it changes
    GET  /COURSE/A/N/notebook    the notebook as it ran in an attempt
    GET  /COURSE/A/N/files       what was handed in
    GET  /COURSE/A/N/receipt     its receipt
    POST /COURSE/A/N/requests    ask for another look at something of an attempt
    POST /_zone                  choose the zone in which times are shown
    GET  /_static/…              style, script, icon
    GET  /health                 that it runs

Staff's pages are `staff_handlers`, `items_handlers`, `group_handlers`, `deciding_handlers` and
`question_handlers`.

What it does not do: find out who asks, or what a browser may do with the answer (`request`).
"""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import quote, urlsplit

from jupyterhub.services.auth import HubOAuthCallbackHandler
from tornado.web import Application, HTTPError, RequestHandler, StaticFileHandler

from autograder.feedback import Attempt
from autograder.feedback.requests import Request, RequestError, Subject
from autograder.gradebook.marks import Dates
from autograder.gradebook.math_style import MATH_STYLE
from autograder.pages import (
    deciding_handlers,
    group_handlers,
    items_handlers,
    question_handlers,
    staff_handlers,
)
from autograder.pages.courses import CourseReader, is_name
from autograder.pages.events import News, follow
from autograder.pages.request import STATIC, Page, Site
from autograder.pages.result import Result, result_of
from autograder.pages.standing import row_of, work_of
from autograder.people.roles import hand_in_scope
from autograder.records import acting
from gradlab_exchange.names import RESERVED

_NAME = r"([^/]+)"


class Health(RequestHandler):  # type: ignore[misc]  # tornado's types are skipped
    """That the service runs; needs no log-in."""

    def get(self) -> None:
        """Say so."""
        self.finish({"status": "ok"})


class Callback(HubOAuthCallbackHandler):  # type: ignore[misc]  # jupyterhub ships no types
    """The end of a log-in."""

    def initialize(self, hub: Any) -> None:
        """Take the hub."""
        self.hub_auth = hub


class Static(StaticFileHandler):  # type: ignore[misc]  # tornado's types are skipped
    """Style, script and icon; they hold nothing of anybody."""

    def set_extra_headers(self, _path: str) -> None:
        """Let a browser ask anew whether they changed, and guess no type."""
        self.set_header("Cache-Control", "no-cache")
        self.set_header("X-Content-Type-Options", "nosniff")


class Home(Page):
    """One's courses."""

    async def get(self) -> None:
        """List them, or go to the only one."""
        courses = self.own_courses
        if len(courses) == 1:
            self.redirect(f"{self.site.prefix}{courses[0].id}/")
            return
        self.show("courses.html", courses=courses)


class MyWork(Page):
    """Where each assignment of a course stands."""

    async def get(self, course: str) -> None:
        """Show it."""
        reader = self.course(course)
        work = await self.run(work_of, reader, self.caller.name, self.clock(reader))
        self.show(
            "work.html", reader, clock=work.clock, work=work,
            events=self.events_address(work.mark), address=self.hub_address,
            takes_tokens="" if reader.follows_collect else hand_in_scope(course),
        )  # fmt: skip


class WorkEvents(Page):
    """*My work*, sent again whenever it changes."""

    async def get(self, course: str) -> None:
        """Send it."""
        reader = self.course(course)

        def look() -> News:
            work = work_of(reader, self.caller.name, self.clock(reader))
            is_live = any(row.is_live for row in work.rows)
            return News(work.mark, work.said, is_live, work.next_moment, {"work": work})

        await follow(self, reader, "work_list.html", look)


class AssignmentPage(Page):
    """What concerns one assignment of the person's."""

    async def found(self, course: str, assignment: str, number: int | None) -> Result:
        """Return what became of an attempt of the person's; `None`: of the newest.

        Raises:
            HTTPError: 404, there is no such course, assignment or attempt of theirs.
        """
        reader = self.course(course)
        result = await self.run(self._look, reader, assignment, number)
        if result is None:
            raise HTTPError(404)
        return cast("Result", result)

    def _look(self, reader: CourseReader, assignment: str, number: int | None) -> Result | None:
        person = self.caller.name
        if not is_name(assignment) or not reader.concerns(person, assignment):
            return None
        dates = reader.dates(person).get(assignment, Dates())
        row = row_of(reader, person, assignment, self.clock(reader), dates)
        return result_of(reader, person, row, number)


class AssignmentHandler(AssignmentPage):
    """One assignment."""

    async def get(self, course: str, assignment: str) -> None:
        """Show it."""
        asked = self.get_query_argument("attempt", "")
        number = attempt_number(asked) if asked else None
        result = await self.found(course, assignment, number)
        self.show(
            "assignment.html",
            self.course(course),
            result=result,
            refused=None,
            events="" if number is not None else self.events_address(result.mark),
        )


@dataclass(frozen=True)
class Refused:
    """A text that was not taken: it is shown again, with why."""

    cell: str
    check: str
    text: str
    why: str


class AskHandler(AssignmentPage):
    """A request for another look at a check or an essay."""

    async def post(self, course: str, assignment: str, number: str) -> None:
        """Write it down, and go back to what it is about."""
        result = await self.found(course, assignment, attempt_number(number))
        cell, check = (self.get_body_argument(name, "") for name in ("cell", "check"))
        attempt = result.attempt
        if attempt is None or not result.may_ask(cell, check):
            raise HTTPError(404)
        text = self.get_body_argument("text", "", strip=False)
        reader, actor = self.course(course), self.actor
        subject = Subject(self.caller.name, assignment, attempt.submission.timestamp, cell, check)

        def ask() -> Request:
            with acting(actor):
                most = result.feedback.requests
                return reader.requests.ask(subject, attempt.number, attempt.key, text, most)

        try:
            request = await self.run(ask)
        except RequestError as error:
            self.set_status(422)
            refused = Refused(cell, check, text, str(error))
            self.show("assignment.html", reader, result=result, refused=refused, events="")
            return
        page = f"{self.site.prefix}{quote(reader.id)}/{quote(assignment)}"
        self.redirect(f"{page}?attempt={attempt.number}#request-{request.id}", status=303)


class AssignmentEvents(AssignmentPage):
    """The newest attempt of an assignment, sent again whenever it changes."""

    async def get(self, course: str, assignment: str) -> None:
        """Send it."""
        await self.found(course, assignment, None)
        reader = self.course(course)

        def look() -> News:
            result = self._look(reader, assignment, None)
            if result is None:
                raise HTTPError(404)
            return News(
                result.mark,
                result.said,
                result.is_live,
                result.next_moment,
                {"result": result, "refused": None},
            )

        await follow(self, reader, "result.html", look)


class NotebookHandler(AssignmentPage):
    """The notebook as it ran in an attempt, for a sandboxed frame."""

    async def get(self, course: str, assignment: str, number: str) -> None:
        """Show it."""
        result = await self.found(course, assignment, attempt_number(number))
        if not result.has_notebook or result.attempt is None:
            raise HTTPError(404)
        report = await self.run(self.course(course).report, result.attempt)
        if report is None:
            raise HTTPError(404)
        await self.show_notebook(course, result.row.assignment, result.attempt.number, report)


class Files(AssignmentPage):
    """What was handed in."""

    async def get(self, course: str, assignment: str, number: str) -> None:
        """Send it as it came: the one file, or several in an archive."""
        result = await self.found(course, assignment, attempt_number(number))
        assert result.attempt is not None, "an attempt of this number was found"
        name, data = await self.run(handed_in, self.course(course), result.attempt)
        self.download(name, data)


class ReceiptHandler(AssignmentPage):
    """The receipt of an attempt."""

    async def get(self, course: str, assignment: str, number: str) -> None:
        """Send it."""
        result = await self.found(course, assignment, attempt_number(number))
        if result.attempt is None or result.attempt.receipt is None:
            raise HTTPError(404)
        receipt = result.attempt.receipt
        data = json.dumps(receipt.to_json(), indent=1).encode()
        self.download(f"receipt-{receipt.number}.json", data)


def attempt_number(text: str) -> int:
    """Return the number of an attempt that an address names.

    Raises:
        HTTPError: 404, it is none.
    """
    if not (text.isascii() and text.isdecimal() and len(text) < 7):
        raise HTTPError(404)
    return int(text)


def handed_in(course: CourseReader, attempt: Attempt) -> tuple[str, bytes]:
    """Return what somebody handed in, with a name for it.

    Raises:
        HTTPError: 404, its files are gone.
    """
    bundle = course.store.handed_in(attempt.submission)
    files = [(name, path) for name, path in bundle.files if name not in RESERVED]
    try:
        if len(files) == 1 and "/" not in files[0][0]:
            return files[0][0], files[0][1].read_bytes()
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
            for name, path in files:
                packed.write(path, name)
    except OSError as error:
        raise HTTPError(404) from error
    return f"{attempt.submission.assignment}-attempt-{attempt.number}.zip", archive.getvalue()


class Zone(Page):
    """In which zone somebody sees times."""

    async def post(self) -> None:
        """Keep it, and go back."""
        try:
            self.site.profiles.keep_zone(self.caller.name, self.get_body_argument("zone", ""))
        except ValueError as error:
            raise HTTPError(400, str(error)) from error
        here = urlsplit(self.get_body_argument("here", ""))
        inside = here.path.startswith(self.site.prefix) and "\\" not in here.path
        self.redirect(here.path if inside else self.site.prefix, status=303)


class Nothing(Page):
    """Any other address."""

    async def prepare(self) -> None:
        """Find out who asks, then say so.

        Raises:
            HTTPError: 404.
        """
        await super().prepare()
        if not self._finished:
            raise HTTPError(404)


def application(site: Site, hub: Any, cookie_secret: str) -> Application:
    """Return the web application.

    Args:
        site: what all pages know.
        hub: the hub's log-in for services.
        cookie_secret: what cookies are signed with.
    """
    given = {"site": site, "hub": hub, "templates": site.templates()}
    base = site.prefix
    classes = {name: staff_handlers.Class.of(one) for name, one in site.courses.items()}
    return Application(
        [
            (base, Home, given),
            (f"{base}health", Health),
            (f"{base}oauth_callback", Callback, {"hub": hub}),
            (f"{base}_static/({MATH_STYLE.name})", Static, {"path": str(MATH_STYLE.parent)}),
            (f"{base}_static/(.*)", Static, {"path": str(STATIC)}),
            (f"{base}_zone", Zone, given),
            *staff_handlers.routes(f"{base}{_NAME}/", given, classes),
            *items_handlers.routes(f"{base}{_NAME}/", given, classes),
            *group_handlers.routes(f"{base}{_NAME}/", given, classes),
            *deciding_handlers.routes(f"{base}{_NAME}/", given, classes),
            *question_handlers.routes(f"{base}{_NAME}/", given, site.courses),
            (f"{base}{_NAME}/", MyWork, given),
            (f"{base}{_NAME}/events/", WorkEvents, given),
            (f"{base}{_NAME}/{_NAME}", AssignmentHandler, given),
            (f"{base}{_NAME}/{_NAME}/events", AssignmentEvents, given),
            (f"{base}{_NAME}/{_NAME}/{_NAME}/notebook", NotebookHandler, given),
            (f"{base}{_NAME}/{_NAME}/{_NAME}/files", Files, given),
            (f"{base}{_NAME}/{_NAME}/{_NAME}/receipt", ReceiptHandler, given),
            (f"{base}{_NAME}/{_NAME}/{_NAME}/requests", AskHandler, given),
        ],
        default_handler_class=Nothing,
        default_handler_args=given,
        cookie_secret=cookie_secret,
    )
