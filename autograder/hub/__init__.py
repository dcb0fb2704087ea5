"""The hub: settings, accounts, notebook servers, formgrader as a service, and their supervision."""

from autograder.hub.authenticators.settings import is_loopback
from autograder.hub.errors import (
    ExchangeFault,
    HubError,
    ProxyError,
    ServeError,
    SettingsError,
)
from autograder.hub.settings import HubSettings

__all__ = [
    "ExchangeFault",
    "HubError",
    "HubSettings",
    "ProxyError",
    "ServeError",
    "SettingsError",
    "is_loopback",
]
