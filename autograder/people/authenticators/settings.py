"""How people log in: one topic for each way, `[password]`, `[native]`, `[lti]`, `[oauth]`.

What it guarantees:

- Addresses of other servers are https, unless they are on this machine.
- A shared password is too long to be guessed over a network; a secret is never shown.
- What a way needs is demanded only where that way is chosen (`problems_of`).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from autograder.people.roles import Role
from autograder.settings.loading import refuse, setting

PASSWORD_CHARACTERS = 12
PASSWORD_DIFFERENT = 6


class Way(StrEnum):
    """How people log in."""

    DEMO = "demo"
    PASSWORD = "password"  # noqa: S105 (a name)
    NATIVE = "native"
    LTI = "lti13"
    OAUTH = "oauth"


@dataclass(frozen=True)
class PasswordSettings:
    """One password for all accounts of the rosters, such as for an afternoon's workshop.

    Args:
        password: the password; at least 12 characters, 6 of them different.
    """

    password: str = setting("", secret=True)

    def __post_init__(self) -> None:
        """Check every field."""
        few = len(set(self.password)) < PASSWORD_DIFFERENT
        short = len(self.password) < PASSWORD_CHARACTERS
        wanted = f"{PASSWORD_CHARACTERS} characters, {PASSWORD_DIFFERENT} of them different"
        weak = self.password and (few or short)
        refuse([f"password is too weak; expected at least {wanted}"] if weak else [])


@dataclass(frozen=True)
class NativeSettings:
    """Accounts with passwords of their own, which people sign up for and somebody approves.

    Args:
        approvers: accounts that approve others; made at the first start, with a printed password.
        password_characters: the least that a password must have.
        attempts: wrong passwords after which an account waits.
        wait_seconds: how long it waits.
    """

    approvers: tuple[str, ...] = ()
    password_characters: int = 12
    attempts: int = 5
    wait_seconds: int = 300

    def __post_init__(self) -> None:
        """Check every field."""
        problems = []
        if self.password_characters < 8:
            problems.append(f"password_characters is {self.password_characters}; expected 8 or up")
        problems += [
            f"{name} is {getattr(self, name)}; expected 1 or up"
            for name in ("attempts", "wait_seconds")
            if getattr(self, name) < 1
        ]
        refuse(problems)


@dataclass(frozen=True)
class LtiContext:
    """A course of the learning platform that is a course of this hub.

    Args:
        id: the context's id as the platform sends it.
        course: the hub's course.
    """

    id: str
    course: str


@dataclass(frozen=True)
class LtiSettings:
    """Launches from a learning platform by LTI 1.3.

    Args:
        issuer: the platform's issuer.
        authorize_url: its authorization address.
        jwks_url: its public keys.
        client_ids: this tool's ids at the platform.
        username_claim: the claim that names the account; `custom_x` for a custom parameter.
        contexts: which of its courses are which of the hub's.
    """

    issuer: str = ""
    authorize_url: str = ""
    jwks_url: str = ""
    client_ids: tuple[str, ...] = ()
    username_claim: str = "email"
    contexts: tuple[LtiContext, ...] = setting((), table="context")

    def __post_init__(self) -> None:
        """Check every field."""
        refuse(_url_problems(self, "issuer", "authorize_url", "jwks_url"))


@dataclass(frozen=True)
class OAuthClaim:
    """A group of the identity provider that is a role in a course.

    Args:
        value: the group's name.
        course: the hub's course.
        role: `student`, `assistant` or `instructor`.
    """

    value: str
    course: str
    role: Role = Role.STUDENT


@dataclass(frozen=True)
class OAuthSettings:
    """Log-in at an identity provider by OAuth 2 or OpenID Connect.

    Args:
        title: the provider's name on the button.
        client_id: this hub's id at the provider.
        client_secret: this hub's secret at the provider.
        authorize_url: where browsers are sent.
        token_url: where the code is exchanged.
        userdata_url: where claims are read.
        callback_url: this hub's address for the answer; `<hub>/hub/oauth_callback` when empty.
        scopes: what is asked for.
        username_claim: the claim that names the account.
        groups_claim: the claim that lists groups.
        claims: which groups are which roles in which courses.
    """

    title: str = "single sign-on"
    client_id: str = ""
    client_secret: str = setting("", secret=True)
    authorize_url: str = ""
    token_url: str = ""
    userdata_url: str = ""
    callback_url: str = ""
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    username_claim: str = "preferred_username"
    groups_claim: str = "groups"
    claims: tuple[OAuthClaim, ...] = setting((), table="claim")

    def __post_init__(self) -> None:
        """Check every field."""
        refuse(_url_problems(self, "authorize_url", "token_url", "userdata_url", "callback_url"))


def problems_of(
    way: Way,
    password: PasswordSettings,
    native: NativeSettings,
    lti: LtiSettings,
    oauth: OAuthSettings,
) -> list[str]:
    """Return what the chosen way lacks."""
    needed: Mapping[Way, tuple[str, object, tuple[str, ...]]] = {
        Way.PASSWORD: ("password", password, ("password",)),
        Way.NATIVE: ("native", native, ("approvers",)),
        Way.LTI: ("lti", lti, ("issuer", "authorize_url", "jwks_url", "client_ids")),
        Way.OAUTH: (
            "oauth",
            oauth,
            ("client_id", "client_secret", "authorize_url", "token_url", "userdata_url"),
        ),
    }
    if way not in needed:
        return []
    table, topic, names = needed[way]
    return [
        f"authenticator {str(way)!r} needs {name} in [{table}]"
        for name in names
        if not getattr(topic, name)
    ]


def is_loopback(host: str) -> bool:
    """Return whether an address can be reached from this machine only.

    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def url_problem(url: str) -> str:
    """Return what is wrong with another server's address; empty when it is fit."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return "expected an address"
    if parts.scheme not in ("http", "https") or not host:
        return "expected an address that begins with https://"
    if parts.username or parts.password:
        return "expected an address without account and password"
    if parts.scheme == "http" and not is_loopback(host):
        return "expected https: tokens and names would cross the network in the clear"
    return ""


def _url_problems(topic: object, *names: str) -> list[str]:
    return [
        f"{name} is {url!r}; {problem}"
        for name in names
        if (url := getattr(topic, name)) and (problem := url_problem(url))
    ]
