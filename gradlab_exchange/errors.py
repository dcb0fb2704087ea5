"""What can go wrong with the exchange, one class per cause."""

from __future__ import annotations


class ExchangeProblem(Exception):
    """Root of all errors of this package; the message says what to do."""


class NameRefused(ExchangeProblem):
    """A course, an assignment, a person or a file has a name that the exchange does not take."""


class ManifestRefused(ExchangeProblem):
    """The list of files is malformed or beyond the limits."""


class Unreachable(ExchangeProblem):
    """The exchange did not answer, however often it was tried."""


class Corrupted(ExchangeProblem):
    """What arrived is not what was announced."""


class Refused(ExchangeProblem):
    """The exchange said no.

    Args:
        status: HTTP status.
        message: the exchange's own words.
    """

    def __init__(self, status: int, message: str) -> None:
        """Keep the status beside the message."""
        super().__init__(message)
        self.status = status
