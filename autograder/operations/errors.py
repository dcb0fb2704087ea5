"""What can go wrong in running the hub, one class per cause."""

from __future__ import annotations

from autograder.settings.errors import HubError


class ArchiveError(HubError):
    """A backup cannot be written or read, or is not to be trusted."""


class RestoreRefused(HubError):
    """Restoring would destroy something, or somebody is using it."""


class UpgradeFailed(HubError):
    """A database could not be upgraded; it is as it was."""
