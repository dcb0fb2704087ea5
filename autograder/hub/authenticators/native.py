"""Accounts with passwords of their own: people sign up, an approver lets them in.

What it guarantees:

- Nobody can take an approver's name: the accounts are made when the hub starts, with a password
  that is drawn for the data directory.
- A name that is in no course does not get in, approved or not.

What it does not do: keep passwords; `nativeauthenticator` does, hashed, in the hub's database.
"""

from __future__ import annotations

from typing import Any

from nativeauthenticator import NativeAuthenticator
from traitlets import List, Unicode

from autograder.hub.authenticators.members import Members


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

    async def check_allowed(self, username: str, model: Any = None) -> bool:
        """Return whether somebody may log in: approvers may without a course."""
        return username in self.approvers or await super().check_allowed(username, model)

    async def refresh_user(self, user: Any, handler: Any = None) -> Any:
        """Return somebody's groups anew; approvers stay without one."""
        answer = await super().refresh_user(user, handler)
        return answer or user.name in self.approvers
