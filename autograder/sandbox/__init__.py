"""Isolation: a warm fork server whose children see little and can do less."""

from autograder.sandbox.errors import (
    IsolationRefused,
    PolicyError,
    SandboxError,
    ServerFailed,
    SpawnFailed,
)
from autograder.sandbox.forkserver import ForkServer
from autograder.sandbox.launch import Isolation, Launch, student_launch
from autograder.sandbox.nursery import Nursery
from autograder.sandbox.policy import Bind, Graphics, Policy, View, student_policy
from autograder.sandbox.process import Exit, Process

__all__ = [
    "Bind",
    "Exit",
    "ForkServer",
    "Graphics",
    "Isolation",
    "IsolationRefused",
    "Launch",
    "Nursery",
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
