"""The hub: settings, accounts, notebook servers, formgrader as a service, and their supervision."""

from autograder.hub.settings import HubSettings
from autograder.people.authenticators.settings import is_loopback
from autograder.settings.errors import (
    ExchangeFault,
    HubError,
    ProxyError,
    ServeError,
    SettingsError,
)

__all__ = [
    "ExchangeFault",
    "HubError",
    "HubSettings",
    "ProxyError",
    "ServeError",
    "SettingsError",
    "is_loopback",
]
