"""Isolation: a warm fork server whose children see little and can do less."""

from autograder.sandbox.errors import (
    IsolationRefused,
    PolicyError,
    SandboxError,
    ServerFailed,
    SpawnFailed,
)
from autograder.sandbox.forkserver import (
    Exit,
    ForkServer,
    Isolation,
    Launch,
    Process,
    student_launch,
)
from autograder.sandbox.policy import Bind, Policy, View, student_policy

__all__ = [
    "Bind",
    "Exit",
    "ForkServer",
    "Isolation",
    "IsolationRefused",
    "Launch",
    "Policy",
    "PolicyError",
    "Process",
    "SandboxError",
    "ServerFailed",
    "SpawnFailed",
    "View",
    "student_launch",
    "student_policy",
]
