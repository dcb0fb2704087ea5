"""What every request for a page goes through: who asks, what a browser may do with the answer.

What it guarantees:

- Who asks, and their groups, is the hub's word of this moment: never of a cache, a header or a
  field.
- What a page sends has the hub's XSRF token, and so has what a script fetches: nothing that runs
  in somebody's notebook server, which shares the hub's origin, can act or read for them.
- A page runs and loads files of this service, and nothing else; nobody frames it. What is not there
  and what is not the person's own is the same 404.

What it does not do: know what a page shows (`handlers`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jupyterhub.services.auth import HubOAuthenticated
from tornado.web import HTTPError, RequestHandler

from autograder.course.headings import words_of
from autograder.course.manifest import Manifest
from autograder.feedback import State
from autograder.feedback.requests import MOST_CHARACTERS, Standing
from autograder.formgrader.rights import MAY, Action
from autograder.gradebook.safe_text import plain_text
from autograder.grading.report import Report
from autograder.handin.errors import Forbidden
from autograder.handin.identity import Caller, caller_from
from autograder.operations.client_address import address_of
from autograder.pages import words
from autograder.pages.courses import Assignment, CourseReader
from autograder.pages.profile import Profiles
from autograder.pages.result import answers_in_words
from autograder.pages.streams import Streams
from autograder.pages.words import Clock
from autograder.pages.work import counted_points, late_in_words
from autograder.people.roles import Role
from autograder.records import Actor
from autograder.service.figures import Figures, lacks_figures, with_figures

VIA = "pages"
HERE = Path(__file__).parent
TEMPLATES = HERE / "templates"
STATIC = HERE / "static"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
STATES = {
    State.WAITING: "not graded yet", State.QUEUED: "in the queue", State.RUNNING: "being graded",
    State.GRADED: "graded", State.REFUSED: "refused", State.FAULT: "our fault",
    State.UNSEEN: "not shown yet",
}  # fmt: skip
# the shape and the colour of a request's standing
STANDINGS = {
    Standing.OPEN: ("talk", "is-waits"), Standing.ANSWERED: ("talk", ""),
    Standing.ACCEPTED: ("done", "is-passed"), Standing.DECLINED: ("none", ""),
}  # fmt: skip
_SAID = {
    403: ("This is not for your account", "Your role does not open this page."),
    404: (
        "There is no such page",
        "The address may be mistyped, or what was there is gone or belongs to somebody else.",
    ),
    429: (
        "Too many pages at once",
        "Close some of the pages of this course that update themselves, then load this one again.",
    ),
    503: (
        "The hub does not answer",
        "It may be starting. Wait a little and load this page again. Nothing is lost.",
    ),
}
_FAULT = (
    "This page could not be made",
    (
        "The fault is ours and costs nobody points. Load it again in a moment; if it stays, tell "
        "your instructor."
    ),
)


@dataclass(frozen=True)
class Site:
    """What all pages know.

    Args:
        prefix: what all addresses begin with; ends with a slash.
        hub_prefix: of the hub's own pages; ends with a slash.
        courses: all courses of the hub, by id.
        zone: of the hub, for whom nobody chose another.
        profiles: what people chose.
        streams: the pages that update themselves.
        threads: where files and gradebooks are read.
        figures: draws what a notebook showed.
    """

    prefix: str
    hub_prefix: str
    courses: Mapping[str, CourseReader]
    zone: str
    profiles: Profiles
    streams: Streams
    threads: ThreadPoolExecutor
    figures: Figures

    def templates(self) -> Environment:
        """Return the templates, which escape whatever they are given."""
        environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.filters |= {
            "points": words.points, "path": lambda text: quote(str(text), safe=""),
            "counted": words.counted, "span": words.span_of, "seconds": words.span,
            "answers": answers_in_words, "worth": counted_points, "late": late_in_words,
            "state": STATES.__getitem__,
            "standing": STANDINGS.__getitem__, "words": words_of, "plain": plain_text,
            "points_or_nothing": lambda value: "" if value is None else words.points(value),
            "services": lambda text: f"{text.removesuffix('/').rpartition('/')[0]}/",
        }  # fmt: skip
        environment.globals |= {
            "Action": Action, "prefix": self.prefix, "hub": self.hub_prefix,
            "most_characters": MOST_CHARACTERS,
        }  # fmt: skip
        return environment


class Page(HubOAuthenticated, RequestHandler):  # type: ignore[misc]  # neither has types
    """A page for somebody who has logged in."""

    caller: Caller

    def initialize(self, site: Site, hub: Any, templates: Environment) -> None:
        """Take what the application has."""
        self.site = site
        self.hub = hub
        self.hub_auth = hub
        self.templates = templates
        self._gone = asyncio.Event()

    def set_default_headers(self) -> None:
        """Let a browser run, load and frame nothing of others, and keep nothing."""
        self.set_header("Content-Security-Policy", POLICY)
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Referrer-Policy", "same-origin")
        self.set_header("Cross-Origin-Opener-Policy", "same-origin")
        self.set_header("Cache-Control", "no-store")
        self.clear_header("Server")

    @property
    def hub_address(self) -> str:
        """The hub's address as this browser has it."""
        told = self.request.headers.get("X-Forwarded-Proto", "").partition(",")[0].strip()
        scheme = told if told in ("http", "https") else self.request.protocol
        return f"{scheme}://{self.request.host}{self.site.hub_prefix.removesuffix('hub/')}"

    def on_connection_close(self) -> None:
        """Remember that nobody listens any more."""
        self._gone.set()

    async def left(self, seconds: float) -> bool:
        """Wait; return whether the browser went meanwhile."""
        try:
            await asyncio.wait_for(self._gone.wait(), seconds)
        except TimeoutError:
            return False
        return True

    def get_current_user(self) -> Any:
        """Return nobody: `prepare` finds out, without a cache."""
        return None

    async def prepare(self) -> None:
        """Find out who asks; a browser that has not logged in is sent to do so.

        Raises:
            HTTPError: 403: without the hub's XSRF token, or without a course; 503: no hub.
        """
        self.check_xsrf_cookie()
        model = await self.asked_afresh()
        if model is None:
            if self.request.method in ("GET", "HEAD") and self.is_navigation:
                self.redirect(self.get_login_url())
                return
            raise HTTPError(403, "you are not logged in; load the page again")
        try:
            self.caller = caller_from(model, {})
        except Forbidden as error:
            raise HTTPError(403, "pages are for people") from error
        if not self.hub.check_scopes(self.hub.access_scopes, model):
            raise HTTPError(403, "you are in no course yet: ask its instructor to add you")

    async def asked_afresh(self) -> Mapping[str, Any] | None:
        """Return the hub's word of now about whoever sent this request; `None`: nobody.

        Raises:
            HTTPError: 503, the hub does not answer.
        """
        token = self.hub.get_token(self)
        if not token:
            return None
        try:
            model: Mapping[str, Any] | None = await self.hub.user_for_token(
                token, use_cache=False, session_id=self.hub.get_session_id(self), sync=False
            )
        except HTTPError as error:
            raise HTTPError(503, "the hub does not answer") from error
        return model

    @property
    def is_navigation(self) -> bool:
        """Whether a person loads this, and no script; old browsers do not say."""
        mode: str = self.request.headers.get("Sec-Fetch-Mode", "navigate")
        return mode == "navigate"

    def course(self, course: str) -> CourseReader:
        """Return a course of the person's.

        Raises:
            HTTPError: 404, there is none, or they are not in it.
        """
        found = self.site.courses.get(course)
        if found is None or not self.caller.takes_part(course):
            raise HTTPError(404)
        return found

    def staff_course(self, course: str) -> CourseReader:
        """Return a course that the person grades.

        Raises:
            HTTPError: 404, there is none, or they do not.
        """
        found = self.course(course)
        if not self.caller.is_grader(course):
            raise HTTPError(404)
        return found

    def rights(self, course: str) -> frozenset[Action]:
        """Return what the person may do as staff of a course."""
        if self.caller.is_instructor(course):
            return MAY[Role.INSTRUCTOR]
        return MAY[Role.ASSISTANT if self.caller.is_grader(course) else Role.STUDENT]

    @property
    def own_courses(self) -> list[CourseReader]:
        """Return the courses of the person."""
        return [one for name, one in self.site.courses.items() if self.caller.takes_part(name)]

    def clock(self, course: CourseReader | None = None) -> Clock:
        """Return the present in the person's zone, else in the course's."""
        now = datetime.now(UTC)
        if own := self.site.profiles.zone(self.caller.name):
            return Clock(now, own, "the zone that you chose")
        if course is not None and course.zone:
            return Clock(now, course.zone, "the zone of the course")
        return Clock(now, self.site.zone, "the zone of this server")

    async def run(self, work: Callable[..., Any], *arguments: Any) -> Any:
        """Run what reads files or the gradebook in a thread."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.site.threads, lambda: work(*arguments))

    def show(self, template: str, course: CourseReader | None = None, **values: Any) -> None:
        """Answer with a page."""
        clock = values.pop("clock", None) or self.clock(course)
        text = self.templates.get_template(template).render(
            **self.frame(course),
            clock=clock,
            zones=words.zone_names(),
            **{"here": self.request.path, **values},
        )
        self.set_header("Content-Type", "text/html; charset=UTF-8")
        self.finish(text.encode("utf-8", "replace"))

    def fragment(self, template: str, course: CourseReader, **values: Any) -> str:
        """Return a part of a page, as it is sent again."""
        text = self.templates.get_template(template).render(
            **self.frame(course), clock=self.clock(course), here=self.request.path, **values
        )
        return text.encode("utf-8", "replace").decode()

    def events_address(self, mark: str, path: str = "") -> str:
        """Return where this page, or that at a path, hears of changes since it had this mark."""
        token = quote(self.xsrf_token.decode(), safe="")
        path = path or self.request.path
        return f"{path}{'events/' if path.endswith('/') else '/events'}?_xsrf={token}&seen={mark}"

    async def show_notebook(
        self, course: str, assignment: Assignment, number: int, report: Report
    ) -> None:
        """Answer with the notebook of a report as it ran, for a sandboxed frame."""
        if lacks_figures(cell.outputs for cell in report.notebook):
            layout = self.course(course).layout
            drawn = await self.site.figures.soon(layout, report.assignment, report.key)
            report = with_figures(report, drawn)
        cells, policy = await self.run(_cells_of, report, assignment.manifest)
        self.set_header("Content-Security-Policy", policy)
        text = self.templates.get_template("notebook.html").render(
            title=assignment.title, number=number, cells=cells,
            left_out=len(report.notebook) - len(cells),
        )  # fmt: skip
        self.set_header("Content-Type", "text/html; charset=UTF-8")
        self.finish(text.encode("utf-8", "replace"))

    @property
    def actor(self) -> Actor:
        """Return who acts, as the log of events names them."""
        return Actor(self.caller.name, address_of(self.request), VIA)

    def download(self, name: str, data: bytes) -> None:
        """Answer with a file, which no browser opens by itself."""
        plain = "".join(
            one if one.isascii() and (one.isalnum() or one in "._-") else "_" for one in name
        )
        self.set_header("Content-Type", "application/octet-stream")
        self.set_header("Content-Security-Policy", "sandbox; default-src 'none'")
        self.set_header(
            "Content-Disposition",
            f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}",
        )
        self.finish(data)

    def frame(self, course: CourseReader | None) -> dict[str, Any]:
        """Return what the bar and the foot of every page need."""
        known = hasattr(self, "caller")
        is_grader = known and course is not None and self.caller.is_grader(course.id)
        return {
            "xsrf": self.xsrf_token.decode() if known else "",
            "person": self.caller.name if known else "",
            "course": course,
            "is_grader": is_grader,
            "rights": self.rights(course.id) if known and course is not None else frozenset(),
            "open_requests": course.requests.waiting if course is not None and is_grader else 0,
            "several": known and len(self.own_courses) > 1,
            "by_course": len(self.site.courses) > 1,  # how sessions lay out what was fetched
        }

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Say in words what went wrong, and where to go."""
        title, text = _SAID.get(status_code, _FAULT)
        reason = getattr(kwargs.get("exc_info", (None, None))[1], "log_message", None) or ""
        if status_code == HTTPStatus.FORBIDDEN and "XSRF" in reason.upper():
            title, text = (
                "This page was loaded too long ago",
                "Go back, load the page again, and send it once more. Nothing was changed.",
            )
        elif status_code == HTTPStatus.FORBIDDEN and reason:
            text = f"{reason[:1].upper()}{reason[1:]}."
        known = hasattr(self, "caller")
        clock = self.clock() if known else Clock(datetime.now(UTC), self.site.zone)
        self.show("problem.html", None, clock=clock, title=title, text=text)

    def log_exception(self, kind: Any, value: Any, trace: Any) -> None:
        """Log errors of ours; a refusal is none."""
        if not isinstance(value, HTTPError) or value.status_code >= 500:
            super().log_exception(kind, value, trace)


def _cells_of(report: Report, manifest: Manifest | None) -> tuple[list[Any], str]:
    """Return a notebook's cells as they are shown, and the policy of the page.

    What draws them takes a second to load, which the start of the service, and so that of the hub,
    need not wait for.
    """
    from autograder.pages import notebook

    return notebook.cells_of(report, manifest), notebook.POLICY
