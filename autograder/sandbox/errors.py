"""What can go wrong in the sandbox, one class per cause.

These are faults of ours or of the machine. What a student's code does is never an exception
here: it is an `Exit`.
"""

from __future__ import annotations


class SandboxError(Exception):
    """Root of all errors of the sandbox."""


class IsolationRefused(SandboxError):
    """The machine offers less isolation than the caller insists on."""


class ServerFailed(SandboxError):
    """The warm server could not be started, or died and could not be started again."""


class SpawnFailed(SandboxError):
    """The warm server could not fork or confine a child."""


class PolicyError(SandboxError):
    """A policy contradicts itself or names what does not exist."""
