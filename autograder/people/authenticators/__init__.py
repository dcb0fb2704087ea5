"""Ways to log in, by setting; whoever logs in gets the groups that the rosters say."""

from autograder.people.authenticators.settings import (
    LtiSettings,
    NativeSettings,
    OAuthSettings,
    PasswordSettings,
    Way,
    is_loopback,
    problems_of,
)

__all__ = [
    "LtiSettings",
    "NativeSettings",
    "OAuthSettings",
    "PasswordSettings",
    "Way",
    "is_loopback",
    "problems_of",
]
