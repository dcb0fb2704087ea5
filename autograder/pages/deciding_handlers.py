"""What the team does from the first page, over HTTP; for everybody else there is nothing there.

    POST _staff/grade-all         have what is not graded graded, of one assignment or of all
    POST _staff/release           build an assignment and put it where people fetch it
    POST _staff/release-results   show everybody results that are held back
    POST _staff/extend            give people more time, or take it back

What it guarantees: a role that may not do it gets a 403, whatever its page showed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from tornado.web import HTTPError

from autograder.formgrader.rights import Action
from autograder.pages.courses import CourseReader
from autograder.pages.deciding import Deciding, Refused
from autograder.pages.request import Page
from autograder.pages.staff_handlers import EXTENSION, Class, show_staff


class DecidingPage(Page):
    """A button of the first page."""

    action: Action

    def initialize(  # type: ignore[override]  # tornado hands it what the route has
        self, classes: Mapping[str, Class], deciding: Mapping[str, Deciding], **given: Any
    ) -> None:
        """Take what reads and changes each course, too."""
        super().initialize(**given)
        self.classes = classes
        self.deciding = deciding

    async def post(self, course: str) -> None:
        """Do it and go back, or say why not."""
        reader = self.staff_course(course)
        if self.action not in self.rights(course):
            raise HTTPError(403, f"your role does not {self.action}")
        try:
            await self.act(self.deciding[course])
        except Refused as error:
            self.set_status(422)
            given = {name: self.get_body_argument(name, "", strip=False) for name in EXTENSION}
            await show_staff(self, reader, self.classes[course], str(error), given)
        else:
            self.back(reader)

    def back(self, reader: CourseReader) -> None:
        """Go to the first page."""
        self.redirect(f"{self.site.prefix}{quote(reader.id)}/_staff/#happened", status=303)

    async def act(self, deciding: Deciding) -> None:
        """Do it.

        Raises:
            Refused: it cannot be done.
        """
        raise NotImplementedError


class GradeAll(DecidingPage):
    """Have what is not graded graded."""

    action = Action.AUTOGRADE

    async def act(self, deciding: Deciding) -> None:
        """Begin it; progress is on the page."""
        names = [name for name in self.get_body_arguments("assignment") if name]
        await self.run(deciding.grade_all, names, self.actor)


class Release(DecidingPage):
    """Release an assignment."""

    action = Action.RELEASE

    async def act(self, deciding: Deciding) -> None:
        """Do it."""
        name = self.get_body_argument("assignment", "")
        await self.run(deciding.release, name, self.actor)


class ReleaseResults(DecidingPage):
    """Show everybody the results of an assignment that holds them back."""

    action = Action.FEEDBACK

    async def act(self, deciding: Deciding) -> None:
        """Do it."""
        name = self.get_body_argument("assignment", "")
        await self.run(deciding.release_results, name, self.actor)


class Extend(DecidingPage):
    """Give people more time."""

    action = Action.EXTEND

    async def act(self, deciding: Deciding) -> None:
        """Do it."""
        students, name, until, reason = (self.get_body_argument(one, "") for one in EXTENSION)
        await self.run(deciding.extend, students, name, until, reason, self.actor)


def routes(
    base: str, given: dict[str, Any], classes: Mapping[str, Class]
) -> list[tuple[str, type[Page], dict[str, Any]]]:
    """Return the buttons; arguments as those of `staff_handlers.routes`."""
    deciding = {name: Deciding(one.overview) for name, one in classes.items()}
    here = {**given, "classes": classes, "deciding": deciding}
    return [
        (f"{base}_staff/grade-all", GradeAll, here),
        (f"{base}_staff/release", Release, here),
        (f"{base}_staff/release-results", ReleaseResults, here),
        (f"{base}_staff/extend", Extend, here),
    ]
