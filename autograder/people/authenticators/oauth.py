"""Log-in at an identity provider: its groups become roles in the hub's courses.

What it guarantees:

- Each log-in sets the role in every course that a claim of the settings is about: a group that
  somebody has left no longer counts.
- Of several groups of one course the one with most rights counts.

What it does not do: speak the protocol; `oauthenticator` does, with PKCE and state.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from oauthenticator.generic import GenericOAuthenticator
from traitlets import List, Unicode

from autograder.people.authenticators.lti import member_of
from autograder.people.authenticators.members import Members
from autograder.people.authenticators.settings import OAuthClaim
from autograder.people.roles import Role

ORDER = tuple(Role)


class OAuthMembers(Members, GenericOAuthenticator):  # type: ignore[misc]  # no types
    """Let in whom the provider knows and who is in a course."""

    groups_claim = Unicode(help="The claim that lists groups.").tag(config=True)
    claims = List(help="Which groups are which roles in which courses.").tag(config=True)

    def learn(self, username: str, model: dict[str, Any]) -> None:
        """Note the roles that the groups say."""
        claims = (model.get("auth_state") or {}).get(self.user_auth_state_key) or {}
        groups = claims.get(self.groups_claim) or []
        named = {groups} if isinstance(groups, str) else set(groups)
        roles = roles_of(named, self.claims)
        if roles:
            self.book.claim(member_of(username, claims), roles)


def roles_of(groups: set[str], claims: Iterable[OAuthClaim]) -> dict[str, Role | None]:
    """Return the role in each course that a claim is about."""
    roles: dict[str, Role | None] = {}
    for claim in claims:
        found = roles.setdefault(claim.course, None)
        if claim.value in groups and (
            found is None or ORDER.index(claim.role) > ORDER.index(found)
        ):
            roles[claim.course] = claim.role
    return roles
