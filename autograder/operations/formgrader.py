"""Formgrader's handlers with a name: the log of events says which person pressed a button.

What it guarantees:

- While one of formgrader's requests is served, lines of the log name the hub's account that sent
  it and the address that it came from, as the hub and its proxy told.
- A score or comment that a person enters by hand has its own line, with what was there before and
  a hash of the answer that it is given for.
- Points by hand, or a due date that is moved, change what being late costs at once.
- Points by hand are numbers from 0 to the cell's points, whatever a program sends; names are clean.

How: each of formgrader's handlers gets a `prepare` that says who acts
(`autograder.formgrader.server` puts them together).

What it does not do: change what a button does.
"""

from __future__ import annotations

import contextlib
import logging
import math
from typing import Any

from nbgrader.api import MissingEntry
from nbgrader.server_extensions.formgrader import apihandlers
from tornado.web import HTTPError

from autograder.course import CourseError
from autograder.course.layout import Layout
from autograder.gradebook import GradebookError, GradebookWriter
from autograder.gradebook.by_hand import answer_of
from autograder.operations.client_address import HEADER, address_of
from autograder.people.roster import clean_name
from autograder.records import Actor, Event, Log, LogError
from autograder.records.actor import enter

_LOG = logging.getLogger(__name__)
VIA = "formgrader"
MOST_EXTRA = 1_000.0
_NUMBER_CHARACTERS = 40
LOG = "gradlab_log"  # our key in the server's settings
LAYOUT = "gradlab_layout"


class _Named:
    """Says who acts, once the hub has said it."""

    async def prepare(self: Any) -> None:
        await super().prepare()  # type: ignore[misc]  # the handler's
        user = self.current_user
        if user is not None:
            address = address_of(self.request)
            # what goes on to the exchange in this person's name says the same, and no more
            self.request.headers[HEADER] = address.replace(" via ", ", ")
            enter(Actor(str(user.username), address, VIA))


class _Checked(_Named):
    """Hands nbgrader's handler a body that was checked."""

    _checked: dict[str, Any] | None = None

    def get_json_body(self: Any) -> dict[str, Any]:
        """Return what the request sends.

        Raises:
            HTTPError: 400, it is no JSON object.
        """
        if self._checked is None:
            given = super().get_json_body()  # type: ignore[misc]  # the handler's
            if not isinstance(given, dict):
                raise HTTPError(400, "expected a JSON object")
            self._checked = given
        checked: dict[str, Any] = self._checked
        return checked


class _ByHand(_Checked):
    """Writes a line for what a person enters."""

    def note(self: Any, find: Any, key: str, fields: tuple[str, ...]) -> None:
        with contextlib.suppress(MissingEntry):  # the handler itself answers that
            row = find(key)
            given = self.get_json_body()
            before = {field: getattr(row, field) for field in fields}
            after = {field: given.get(field) for field in fields}
            if before != after:
                self.settings[LOG].record(
                    Event.MANUAL,
                    course=self.settings[LAYOUT].course_id,
                    assignment=row.assignment.name,
                    student=row.student.id,
                    cell=row.name,
                    answer=answer_of(
                        self.settings[LAYOUT],
                        row.student.id,
                        row.assignment.name,
                        row.notebook.name,
                        row.name,
                    ),
                    before=before,
                    **after,
                )


class _Grade(_ByHand, apihandlers.GradeHandler):  # type: ignore[misc]  # nbgrader has no types
    """A score by hand."""

    def put(self, grade_id: str) -> Any:
        if self.current_user is not None:
            with contextlib.suppress(MissingEntry):  # the handler itself answers that
                most = self.gradebook.find_grade_by_id(grade_id).max_score
                body = self.get_json_body()
                body["manual_score"] = points_by_hand(body.get("manual_score"), most)
                body["extra_credit"] = points_by_hand(body.get("extra_credit"), MOST_EXTRA)
            fields = ("manual_score", "extra_credit")
            self.note(self.gradebook.find_grade_by_id, grade_id, fields)
        super().put(grade_id)
        row = self.gradebook.find_grade_by_id(grade_id)
        settle(self.settings[LAYOUT], row.assignment.name, row.student.id)


class _Comment(_ByHand, apihandlers.CommentHandler):  # type: ignore[misc]  # no types
    """A comment by hand."""

    def put(self, grade_id: str) -> Any:
        if self.current_user is not None:
            self.note(self.gradebook.find_comment_by_id, grade_id, ("manual_comment",))
        return super().put(grade_id)


class _Assignment(_Named, apihandlers.AssignmentHandler):  # type: ignore[misc]  # no types
    """A due date."""

    def put(self, assignment_id: str) -> Any:
        super().put(assignment_id)
        settle(self.settings[LAYOUT], assignment_id.strip())


class _Student(_Checked, apihandlers.StudentHandler):  # type: ignore[misc]  # no types
    """Somebody's name."""

    def put(self, student_id: str) -> Any:
        if self.current_user is not None:
            body = self.get_json_body()
            for field in ("first_name", "last_name", "email"):
                body[field] = clean_name(str(body.get(field) or "")) or None
        return super().put(student_id)


_OWN = {
    apihandlers.GradeHandler: _Grade,
    apihandlers.CommentHandler: _Comment,
    apihandlers.AssignmentHandler: _Assignment,
    apihandlers.StudentHandler: _Student,
}


def points_by_hand(value: Any, most: float) -> float | None:
    """Return points that a person entered; formgrader's page sends them as text.

    Raises:
        HTTPError: 400, they are no number from 0 to `most`.

    >>> points_by_hand("1.5", 2.0), points_by_hand(None, 2.0)
    (1.5, None)
    """
    if value is None or value == "":
        return None
    try:
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise ValueError
        if isinstance(value, str) and len(value) > _NUMBER_CHARACTERS:
            raise ValueError
        points = float(value)
    except (ValueError, OverflowError):
        points = math.nan
    if not 0 <= points <= most:  # false of what is no number, too
        raise HTTPError(400, f"points are a number from 0 to {most:g}; nothing was changed")
    return points


def settle(layout: Layout, assignment: str, student: str = "") -> None:
    """Let what being late costs follow a change that is in the gradebook already."""
    try:
        with GradebookWriter(layout) as writer:
            writer.settle([student] if student else None, assignment)
    except (GradebookError, CourseError, LogError) as error:  # the next batch does it
        _LOG.warning("penalties of %s are as before: %s", assignment, error)


def open_log(web_app: Any) -> Layout:
    """Give the server the course's log of events; return the course."""
    layout = Layout.find()
    web_app.settings[LOG] = Log(layout.log)
    web_app.settings[LAYOUT] = layout
    return layout


def named(handler: type) -> type:
    """Return one of formgrader's handlers that says who acts before it does."""
    return _OWN.get(handler) or type(handler.__name__, (_Named, handler), {})
