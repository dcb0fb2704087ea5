"""What can go wrong in the hub, one class per cause."""

from __future__ import annotations


class HubError(Exception):
    """Root of all errors of this package; the message says what to do."""


class SettingsError(HubError, ValueError):
    """Settings are missing, malformed or unsafe; the message lists every one."""


class RosterError(HubError, ValueError):
    """A roster cannot be read or has mistakes; the message lists every one with its line."""


class ProxyError(HubError):
    """The reverse proxy is not installed and cannot be."""


class ServeError(HubError):
    """The hub could not be started."""


class ExchangeFault(HubError):
    """nbgrader's exchange refused what was asked of it."""
