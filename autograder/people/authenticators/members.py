"""Whoever logs in, by whatever way, gets the groups that the rosters say, now and from then on.

What it guarantees:

- Nobody gets in who is in no course, unless a setting names them.
- Groups follow the rosters while people are logged in: within `REFRESH_SECONDS`, with every
  request, cookie or token. Whoever left all courses is logged out.
- Groups are set by this alone; nobody can give them by the hub's interface.

What it does not do: check who somebody is; the classes that it is mixed into do.
"""

from __future__ import annotations

from typing import Any

from jupyterhub.auth import Authenticator
from traitlets import Any as AnyTrait

from autograder.people.membership import Membership
from autograder.people.settings import ACCOUNT

REFRESH_SECONDS = 20


class Members(Authenticator):  # type: ignore[misc]  # jupyterhub ships no types
    """Let in who is in a course, with the groups of their roles."""

    membership = AnyTrait(help="Who is in which course.").tag(config=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Take over the groups."""
        super().__init__(*args, **kwargs)
        self.manage_groups = True
        self.any_allow_config = True

    @property
    def book(self) -> Membership:
        """Return who is in which course."""
        book = self.membership
        assert isinstance(book, Membership)
        return book

    def learn(self, username: str, model: dict[str, Any]) -> None:
        """Note what the provider said about somebody; nothing in general."""

    def account(self, model: dict[str, Any]) -> str:
        """Return the account of somebody whom the provider has sent."""
        return str(self.normalize_username(model["name"]))

    async def authenticate(self, handler: Any, data: Any = None, **kwargs: Any) -> Any:
        """Return the account with its groups."""
        answer = await super().authenticate(handler, data, **kwargs)
        if not answer:
            return None
        model = dict(answer) if isinstance(answer, dict) else {"name": answer}
        name = self.account(model)
        if not ACCOUNT.fullmatch(name):
            self.log.warning("account %r is not fit for folders and groups", name)
            return None
        self.learn(name, model)
        return model | {"name": name, "groups": self.book.groups(name)}

    async def check_allowed(self, username: str, model: Any = None) -> bool:
        """Return whether somebody may log in."""
        del model
        return bool(self.book.groups(username)) or username in self.admin_users

    async def refresh_user(self, user: Any, handler: Any = None) -> Any:
        """Return somebody's groups anew; `False` for somebody who is out."""
        del handler
        groups = self.book.groups(user.name)
        known = sorted(group.name for group in user.groups)
        if not groups and not known and user.name not in self.admin_users:
            return False
        return True if groups == known else {"name": user.name, "groups": groups}
