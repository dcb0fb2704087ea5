"""A server extension beside formgrader: the audit trail names the person who pressed a button.

What it guarantees:

- While one of formgrader's requests is served, audit lines name the hub's account that sent it and
  the address that it came from, as the hub and its proxy told.
- A score or comment that a person enters by hand has its own line, with what was there before.

How: formgrader's own handlers, each with a `prepare` that says who acts, are added to the server
before formgrader adds the same ones; the server takes the first that fits. Extensions are loaded in
alphabetical order, which `load_jupyter_server_extension` checks.

What it does not do: change what a button does.
"""

from __future__ import annotations

import contextlib
from typing import Any

from jupyter_server.utils import url_path_join
from nbgrader.api import MissingEntry
from nbgrader.server_extensions.formgrader import apihandlers

from autograder.audit import Action, Actor, AuditTrail
from autograder.audit.actor import enter
from autograder.course.layout import Layout

VIA = "formgrader"
TRAIL = "gradlab_audit_trail"  # our key in the server's settings
COURSE = "gradlab_course_id"


class _Named:
    """Says who acts, once the hub has said it."""

    async def prepare(self: Any) -> None:
        await super().prepare()  # type: ignore[misc]  # the handler's
        user = self.current_user
        if user is not None:
            enter(Actor(str(user.username), str(self.request.remote_ip), VIA))


class _ByHand(_Named):
    """Writes a line for what a person enters."""

    def note(self: Any, find: Any, key: str, fields: tuple[str, ...]) -> None:
        with contextlib.suppress(MissingEntry):  # the handler itself answers that
            row = find(key)
            given = self.get_json_body() or {}
            before = {field: getattr(row, field) for field in fields}
            after = {field: given.get(field) for field in fields}
            if before != after:
                self.settings[TRAIL].record(
                    Action.MANUAL,
                    course=self.settings[COURSE],
                    assignment=row.assignment.name,
                    student=row.student.id,
                    cell=row.name,
                    before=before,
                    **after,
                )


class _Grade(_ByHand, apihandlers.GradeHandler):  # type: ignore[misc]  # nbgrader has no types
    """A score by hand."""

    def put(self, grade_id: str) -> Any:
        if self.current_user is not None:
            fields = ("manual_score", "extra_credit")
            self.note(self.gradebook.find_grade_by_id, grade_id, fields)
        return super().put(grade_id)


class _Comment(_ByHand, apihandlers.CommentHandler):  # type: ignore[misc]  # no types
    """A comment by hand."""

    def put(self, grade_id: str) -> Any:
        if self.current_user is not None:
            self.note(self.gradebook.find_comment_by_id, grade_id, ("manual_comment",))
        return super().put(grade_id)


_OWN = {apihandlers.GradeHandler: _Grade, apihandlers.CommentHandler: _Comment}


def load_jupyter_server_extension(server: Any) -> None:
    """Add formgrader's handlers with a name to each request.

    Raises:
        RuntimeError: formgrader was loaded already, so that its handlers would come first.
    """
    if "nbgrader_formgrader" in server.web_app.settings:
        raise RuntimeError(f"{__name__} has to be loaded before formgrader")
    layout = Layout.find()
    server.web_app.settings[TRAIL] = AuditTrail(layout.audit)
    server.web_app.settings[COURSE] = layout.course_id
    base = server.web_app.settings["base_url"]
    server.web_app.add_handlers(
        ".*$",
        [
            (url_path_join(base, pattern.lstrip("/")), _OWN.get(handler) or _named(handler))
            for pattern, handler in apihandlers.default_handlers
        ],
    )


def _named(handler: type) -> type:
    return type(handler.__name__, (_Named, handler), {})
