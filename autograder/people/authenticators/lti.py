"""Launches by LTI 1.3: the learning platform says who comes, from which course, in which role.

What it guarantees:

- The platform's context and roles become a role in the hub's course that the settings name; a
  context that they do not name gives nothing.
- A teaching assistant stays one, though platforms send the role of an instructor beside it.
- Somebody whom a roster knows by the platform's id gets the roster's account.

What it does not do: verify signatures, nonces and audiences; `ltiauthenticator` does.
"""

from __future__ import annotations

from typing import Any

from ltiauthenticator.lti13.auth import LTI13Authenticator
from traitlets import Dict, Unicode

from autograder.people.authenticators.members import Members
from autograder.people.roles import Role
from autograder.people.roster import Member

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
ASSISTANTS = ("#TeachingAssistant", "#TeachingAssistantGroup", "#Grader")
INSTRUCTORS = ("membership#Instructor", "membership#Administrator")
LEARNERS = ("membership#Learner", "membership#Member")


class LtiMembers(Members, LTI13Authenticator):  # type: ignore[misc]  # no types
    """Let in whom the platform sends, with the role that it says."""

    contexts = Dict(Unicode(), help="The hub's course of each context.").tag(config=True)

    def account(self, model: dict[str, Any]) -> str:
        """Return the roster's account for the platform's id, else the claim's."""
        known = self.book.account(str(model["auth_state"].get("sub", "")))
        return known or str(super().account(model))

    def learn(self, username: str, model: dict[str, Any]) -> None:
        """Note the role in the course that the launch came from."""
        claims = model["auth_state"]
        context = claims.get(f"{CLAIM}context") or {}
        course = self.contexts.get(str(context.get("id", "")))
        if course is None:
            self.log.warning("no course for the context %.200r of %s", context.get("id"), username)
            return
        role = role_of(claims.get(f"{CLAIM}roles") or [])
        self.book.claim(member_of(username, claims), {course: role})


def role_of(roles: list[str]) -> Role | None:
    """Return the role that the platform's names say.

    >>> context = "http://purl.imsglobal.org/vocab/lis/v2/membership"
    >>> str(role_of([f"{context}#Instructor", f"{context}/Instructor#TeachingAssistant"]))
    'assistant'
    """
    ours = [role for role in roles if "/membership" in role]
    if any(role.endswith(ASSISTANTS) for role in ours):
        return Role.ASSISTANT
    if any(role.endswith(INSTRUCTORS) for role in ours):
        return Role.INSTRUCTOR
    return Role.STUDENT if any(role.endswith(LEARNERS) for role in ours) else None


def member_of(username: str, claims: dict[str, Any]) -> Member:
    """Return somebody as the claims describe them."""
    return Member(
        username,
        Role.STUDENT,
        str(claims.get("given_name") or ""),
        str(claims.get("family_name") or ""),
        str(claims.get("email") or ""),
        str(claims.get("sub") or ""),
    )
