"""Accounts with passwords of their own: people sign up, an approver lets them in.

What it guarantees:

- Nobody can take an approver's name: the accounts are made when the hub starts, with a password
  that is drawn for the data directory.
- A name that is in no course does not get in, approved or not.

`nativeauthenticator` 1.3 was written for JupyterHub 5: its log-in handler asks for a timer that
JupyterHub 6 has no more, and cannot show the hub's own error page. `LogIn` gives it both.

What it does not do: keep passwords; `nativeauthenticator` does, hashed, in the hub's database.
"""

from __future__ import annotations

from typing import Any

from jupyterhub.handlers import BaseHandler
from nativeauthenticator import NativeAuthenticator
from nativeauthenticator.handlers import LoginHandler
from traitlets import List, Unicode

from autograder.people.authenticators.members import Members


class _Timer:
    """Measures nothing."""

    def timer(self, _name: str) -> _Timer:
        return self

    def start(self) -> _Timer:
        return self

    def stop(self, *, send: bool) -> None:
        del send


class LogIn(LoginHandler):  # type: ignore[misc]  # no types
    """The log-in page, on JupyterHub 6 as well."""

    statsd = _Timer()

    def render_template(self, name: str, **values: Any) -> Any:
        """Render a page; an error is the hub's own page, not another log-in page."""
        return BaseHandler.render_template(self, name, **values)


class NativeMembers(Members, NativeAuthenticator):  # type: ignore[misc]  # no types
    """Let in who has signed up, was approved, and is in a course."""

    approvers = List(Unicode(), help="Accounts that approve others.").tag(config=True)
    first_password = Unicode(help="The approvers' password until they change it.").tag(config=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Make the approvers' accounts."""
        super().__init__(*args, **kwargs)
        for name in self.approvers:
            if not self.user_exists(name):
                self.create_user(name, self.first_password)
                info = self.get_user(name)
                assert info is not None, f"the first password of {name} was refused"
                info.is_authorized = True
                self.db.commit()

    def get_handlers(self, app: Any) -> list[tuple[str, type]]:
        """Return the pages, with our log-in page."""
        pages = super().get_handlers(app)
        return [(path, LogIn if page is LoginHandler else page) for path, page in pages]

    async def check_allowed(self, username: str, model: Any = None) -> bool:
        """Return whether somebody may log in: approvers may without a course."""
        return username in self.approvers or await super().check_allowed(username, model)

    async def refresh_user(self, user: Any, handler: Any = None) -> Any:
        """Return somebody's groups anew; approvers stay without one."""
        answer = await super().refresh_user(user, handler)
        return answer or user.name in self.approvers
