"""Demo accounts: the names of the settings, one random password per data directory.

What it guarantees:

- Only listed names get in, and only with the password; comparison takes constant time.
- The password is drawn for the data directory, never shipped, never a default.

What it does not do: serve anywhere but on loopback; `HubSettings` refuses that.
"""

from __future__ import annotations

import hmac
from typing import Any

from jupyterhub.auth import Authenticator
from traitlets import Unicode


class DemoAuthenticator(Authenticator):  # type: ignore[misc]  # jupyterhub ships no types
    """Let the listed accounts in with one password."""

    password = Unicode(help="The password of every demo account.").tag(config=True)

    async def authenticate(
        self,
        handler: Any,  # noqa: ARG002 (jupyterhub passes it)
        data: dict[str, str],
    ) -> str | None:
        """Return the account's name when it is listed and the password is right."""
        name = data.get("username", "")
        offered = data.get("password", "").encode("utf-8", "surrogateescape")
        right = hmac.compare_digest(offered, self.password.encode())
        return name if self.password and right and name in self.allowed_users else None
