"""Groups of like answers over HTTP, for staff; for everybody else there is nothing there.

    GET  _staff/groups/A/Q      the groups of a graded cell
    GET  _staff/groups/A/Q/G    one of them, its first answer or that of number `n`
    POST _staff/groups/A/Q/G    a comment or points for all of it

What it guarantees: what was typed is not lost: where it could not be taken the page has it again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import quote

from tornado.web import HTTPError

from autograder.course import CourseError
from autograder.feedback.requests import RequestError
from autograder.formgrader.rights import Action
from autograder.gradebook import GradebookError
from autograder.gradebook.by_hand import MarkChanged
from autograder.pages.courses import Assignment, is_name
from autograder.pages.groups import Example, Given, Group, Groups
from autograder.pages.request import Page
from autograder.pages.staff_handlers import Class
from autograder.records import LogError, acting

_TYPED = ("points", "comment", "over")
_NUMBER_CHARACTERS = 6


class GroupsPage(Page):
    """A page about groups of answers."""

    def initialize(  # type: ignore[override]  # tornado hands it what the route has
        self, groups: Mapping[str, Groups], **given: Any
    ) -> None:
        """Take each course's groups, too."""
        super().initialize(**given)
        self.groups = groups

    async def found(
        self, course: str, name: str, cell: str
    ) -> tuple[Groups, Assignment, list[Group]]:
        """Return the groups of a graded cell of a course that the person grades.

        Raises:
            HTTPError: 404, there is no such cell.
        """
        reader = self.staff_course(course)
        groups = self.groups[course]
        assignment: Assignment | None = (
            await self.run(reader.assignment, name) if is_name(name) else None
        )
        manifest = assignment.manifest if assignment else None
        if assignment is None or manifest is None or cell not in manifest.checks:
            raise HTTPError(404)
        return groups, assignment, await self.run(groups.groups, assignment, cell)

    def address(self, groups: Groups, assignment: Assignment, cell: str) -> str:
        """Return the address of the groups of a cell."""
        names = "/".join(quote(one, safe="") for one in (assignment.name, cell))
        return f"{self.site.prefix}{quote(groups.course.id)}/_staff/groups/{names}"


class GroupsHandler(GroupsPage):
    """The groups of a graded cell."""

    async def get(self, course: str, name: str, cell: str) -> None:
        """Show them."""
        groups, assignment, found = await self.found(course, name, cell)
        root = self.address(groups, assignment, cell)
        self.show(
            "groups.html", groups.course, assignment=assignment, cell=cell, found=found, root=root
        )


class GroupHandler(GroupsPage):
    """One group."""

    async def get(self, course: str, name: str, cell: str, group: str) -> None:
        """Show it."""
        groups, assignment, found = await self.found(course, name, cell)
        await self._show(groups, assignment, cell, found, group)

    async def _show(
        self, groups: Groups, assignment: Assignment, cell: str, found: list[Group], name: str, *,
        problem: str = "", is_stale: bool = False,
    ) -> None:  # fmt: skip
        group = _group(found, name)
        keys = sorted(group.keys.values())  # an order that says nothing of anybody
        asked = self.get_query_argument("n", "1")[:_NUMBER_CHARACTERS]
        number = min(max(int(asked), 1), len(keys)) if asked.isdecimal() else 1

        def look() -> tuple[Example | None, Given]:
            example = groups.example(assignment, cell, keys[number - 1])
            return example, groups.given(assignment, cell, group)

        example, given = cast("tuple[Example | None, Given]", await self.run(look))
        root = self.address(groups, assignment, cell)
        self.show(
            "group.html", groups.course, assignment=assignment, cell=cell, group=group,
            example=example, given=given, number=number, problem=problem, is_stale=is_stale,
            typed={one: self.get_body_argument(one, "", strip=False) for one in _TYPED},
            root=root, here=f"{root}/{group.id}", done=self.get_query_argument("done", "")[:6],
        )  # fmt: skip

    async def post(self, course: str, name: str, cell: str, group: str) -> None:
        """Do it for all of the group."""
        groups, assignment, found = await self.found(course, name, cell)
        one = _group(found, group)
        if Action.GRADE not in self.rights(course):
            raise HTTPError(403, f"your role does not {Action.GRADE}")
        points, comment, over = (self.get_body_argument(field, "", strip=False) for field in _TYPED)
        version, actor = self.get_body_argument("version", ""), self.actor

        def work() -> int:
            with acting(actor):
                return groups.decide(
                    assignment, cell, one, points, comment, version, is_over=bool(over)
                )

        try:
            done = await self.run(work)
        except MarkChanged:
            self.set_status(409)
            found = await self.run(groups.groups, assignment, cell)
            await self._show(groups, assignment, cell, found, group, is_stale=True)
        except (RequestError, CourseError, GradebookError, LogError) as error:
            self.set_status(422)
            await self._show(groups, assignment, cell, found, group, problem=str(error))
        else:
            root = self.address(groups, assignment, cell)
            self.redirect(f"{root}/{one.id}?done={done}", status=303)


def _group(found: list[Group], name: str) -> Group:
    group = next((one for one in found if one.id == name), None)
    if group is None:
        raise HTTPError(404)
    return group


def routes(
    base: str, given: dict[str, Any], classes: Mapping[str, Class]
) -> list[tuple[str, type[Page], dict[str, Any]]]:
    """Return these pages; arguments as those of `staff_handlers.routes`."""
    groups = {
        name: Groups(one.overview.course, one.overview, one.exercises)
        for name, one in classes.items()
    }
    here = {**given, "groups": groups}
    cell = f"{base}_staff/groups/([^/]+)/([^/]+)"
    return [(cell, GroupsHandler, here), (f"{cell}/([0-9a-f]{{16}})", GroupHandler, here)]
