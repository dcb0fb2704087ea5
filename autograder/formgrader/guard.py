"""A check before each of formgrader's requests: who asks, in which role, and what they may.

What it guarantees:

- It runs on the server before nbgrader's handler does, for every route and every method; most of
  nbgrader's handlers know logged in or not, and nothing else.
- The role is the hub's word of the last seconds (`CACHE_SECONDS`), not the page's.
- A file of a submission is one in that submission's own folder; nbgrader would serve any file
  below the course's data directory. A configuration is never loaded from a path in the address,
  which nbgrader would, and would run it.
- A refusal is a page that says who may, and answers a program with JSON.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tornado.web import HTTPError, authenticated

from autograder.formgrader.rights import MAY, Action, action_of, may, role_of
from autograder.formgrader.safe_pages import begin, policy
from autograder.people.roles import Role

COURSE = "gradlab_course"
TITLE = "gradlab_course_title"
CACHE_SECONDS = 10


class Guard:
    """Goes before one of formgrader's handlers."""

    pattern = ""

    @property
    def role(self: Any) -> Role:
        """Return the role of whoever asks."""
        user = getattr(self, "_jupyter_current_user", None)  # the property raises before `prepare`
        if user is None:
            return Role.STUDENT
        return role_of(user.hub_user["scopes"], self.settings[COURSE])

    @property
    def content_security_policy(self: Any) -> str:
        """Return what a browser may run and load; drawn anew for each answer."""
        return policy(begin())

    async def prepare(self: Any) -> None:
        """Refuse what the role may not do.

        Raises:
            HTTPError: 403, with the reason.
        """
        await super().prepare()  # type: ignore[misc]  # the handler's
        if self._finished:
            return
        if self.current_user is None:
            authenticated(lambda _: None)(self)  # sends a browser to the log-in, refuses the rest
            return
        action = action_of(self.request.method, self.pattern)
        if not may(self.role, action):
            raise HTTPError(403, refusal(self.role, action))
        if self.get_query_arguments("path"):
            raise HTTPError(403, "the configuration is the course's own; no other is loaded")

    def render(self: Any, name: str, **values: Any) -> Any:
        """Render a page with the role and the course beside what nbgrader gives."""
        role = self.role
        return super().render(  # type: ignore[misc]  # the handler's
            name,
            role=str(role),
            may={action.name.lower(): action in MAY[role] for action in Action},
            course_title=self.settings[TITLE],
            course_id=self.settings[COURSE],
            hub_home=f"{self.hub_prefix}home",
            my_work=f"{self.base_url.rstrip('/').rpartition('/')[0]}/pages/{self.settings[COURSE]}/",
            **{key: value for key, value in values.items() if key != "course_id"},
        )

    @property
    def hub_prefix(self: Any) -> str:
        """Return the path of the hub's own pages."""
        return str(self.identity_provider.hub_auth.hub_prefix)

    def write_error(self: Any, status_code: int, **values: Any) -> None:
        """Say what went wrong: as JSON to a program, as a page to a person."""
        error = values.get("exc_info", (None, None))[1]
        reason = getattr(error, "log_message", None) or ""
        if "/formgrader/api/" in self.request.path:
            self.set_header("Content-Type", "application/json")
            self.finish(json.dumps({"message": reason or "error", "status": status_code}))
        elif status_code in (403, 404):
            self.set_header("Content-Type", "text/html; charset=UTF-8")
            self.finish(self.render("problem.tpl", base_url=self.base_url, error_code=status_code,
                                    reason=reason))  # fmt: skip
        else:
            super().write_error(status_code, **values)  # type: ignore[misc]  # the handler's


class OwnFiles(Guard):
    """Serves a submission's files out of that submission's folder only."""

    def parse_url_path(self: Any, url_path: str) -> str:
        """Return the file.

        Raises:
            HTTPError: 404, there is none there.
        """
        found = Path(super().parse_url_path(url_path))  # type: ignore[misc]  # the handler's
        submission = url_path.lstrip("/").split("/", 1)[0]
        row = self.gradebook.find_submission_notebook_by_id(submission)
        folder = Path(
            self.coursedir.format_path(
                self.coursedir.autograded_directory,
                row.student.id,
                row.assignment.assignment.name,
            )
        )
        if not found.resolve().is_relative_to(folder.resolve()):
            raise HTTPError(404, "there is no such file")
        return str(found)


def refusal(role: Role, action: Action | None) -> str:
    """Return why something is refused."""
    if action is None:
        return "nobody may do this here"
    able = [str(one) for one in Role if action in MAY[one]]
    return f"you are {role} here; to {action} takes {' or '.join(able)}"
