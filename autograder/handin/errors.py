"""What the service refuses, with the status that says so."""

from __future__ import annotations

from typing import Any

from autograder.settings.errors import HubError


class ExchangeRefusal(HubError):
    """Root of what the service answers instead of doing what was asked.

    Args:
        message: for the person.
        details: plain values for the client.
    """

    status = 400

    def __init__(self, message: str, **details: Any) -> None:
        """Keep the details beside the message."""
        super().__init__(message)
        self.details = details


class Malformed(ExchangeRefusal):
    """The request is none."""

    status = 400


class Stranger(ExchangeRefusal):
    """The hub knows nobody with this token."""

    status = 401


class Forbidden(ExchangeRefusal):
    """This person may not do that."""

    status = 403


class Missing(ExchangeRefusal):
    """There is no such thing."""

    status = 404


class OutOfStep(ExchangeRefusal):
    """The upload or download stands elsewhere than the client thinks; `offset` says where."""

    status = 409


class Replaced(ExchangeRefusal):
    """A newer upload took this one's place."""

    status = 410


class TooMuch(ExchangeRefusal):
    """Beyond a limit."""

    status = 413


class Exists(ExchangeRefusal):
    """It is there already, and nobody said to replace it."""

    status = 412


class Altered(ExchangeRefusal):
    """What arrived is not what was announced."""

    status = 422


class SetAside(ExchangeRefusal):
    """An upload can become nothing, whatever is wrong with it; it lies aside for a person."""

    status = 422


class TooOften(ExchangeRefusal):
    """One person asks too often; `retry_after` says for how many seconds to wait."""

    status = 429


class HubAway(ExchangeRefusal):
    """The hub did not say whose a token is; clients try again."""

    status = 503


class NoSpace(ExchangeRefusal):
    """The server's disk is full or fails."""

    status = 507
