"""Accounts of the rosters with one password for all: drawn for a demo, or set for a workshop.

What it guarantees:

- Only names that are in a course get in, and only with the password; comparison takes constant
  time.
- A demo's password is drawn for the data directory, never shipped, never a default.
- A demo hub does not start on an address that others reach: `HubSettings` refuses that in the
  settings, `DemoAuthenticator` whatever a site adds to `jupyterhub_config.py`.
"""

from __future__ import annotations

import hmac
from typing import Any
from urllib.parse import urlsplit

from jupyterhub.auth import Authenticator
from traitlets import Unicode

from autograder.people.authenticators.members import Members
from autograder.people.authenticators.settings import is_loopback
from autograder.settings.errors import SettingsError


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
    """The same, with the password that the console shows, on loopback only."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Look where the hub listens.

        Raises:
            SettingsError: others than this machine reach it.
        """
        super().__init__(*args, **kwargs)
        for name in ("bind_url", "hub_bind_url"):
            url = str(getattr(self.parent, name, ""))
            if url and not is_loopback(urlsplit(url).hostname or ""):
                raise SettingsError(
                    f"JupyterHub.{name} is {url!r} with demo accounts, whose password is printed "
                    "on the console; they are served on a loopback address only"
                )
