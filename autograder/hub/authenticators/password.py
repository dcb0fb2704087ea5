"""Accounts of the rosters with one password for all: drawn for a demo, or set for a workshop.

What it guarantees:

- Only names that are in a course get in, and only with the password; comparison takes constant
  time.
- A demo's password is drawn for the data directory, never shipped, never a default.

What it does not do: serve demo accounts anywhere but on loopback; `HubSettings` refuses that.
"""

from __future__ import annotations

import hmac
from typing import Any

from jupyterhub.auth import Authenticator
from traitlets import Unicode

from autograder.hub.authenticators.members import Members


class _OnePassword(Authenticator):  # type: ignore[misc]  # jupyterhub ships no types
    """Compare what was typed with the one password."""

    password = Unicode(help="The password of every account.").tag(config=True)

    async def authenticate(
        self,
        handler: Any,  # noqa: ARG002 (jupyterhub passes it)
        data: dict[str, str],
    ) -> str | None:
        """Return the account's name when the password is right."""
        offered = data.get("password", "").encode("utf-8", "surrogateescape")
        right = hmac.compare_digest(offered, self.password.encode())
        return data.get("username", "") if self.password and right else None


class PasswordAuthenticator(Members, _OnePassword):
    """Let everybody who is in a course in with one password."""


class DemoAuthenticator(PasswordAuthenticator):
    """The same, with the password that the console shows."""
