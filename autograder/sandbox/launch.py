"""What a warm server is to be, as data: entry points and how far its children are confined."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from autograder.sandbox.errors import IsolationRefused
from autograder.sandbox.policy import Graphics, Policy, student_policy, with_graphics


@dataclass(frozen=True)
class Isolation:
    """How far the children are confined.

    Args:
        policy: what they may see and do.
        allow: the least level to accept: "full", "partial" or "none"; by default what
            `GRADLAB_ISOLATION` says, else "full".
    """

    policy: Policy
    allow: str = field(default_factory=lambda: os.environ.get("GRADLAB_ISOLATION") or "full")

    def __post_init__(self) -> None:
        if self.allow not in ("full", "partial", "none"):
            raise IsolationRefused(
                f"GRADLAB_ISOLATION is {self.allow!r}; expected full, partial or none"
            )


@dataclass(frozen=True)
class Launch:
    """What a warm server is to be.

    Args:
        entry: "module:function", called in each child as `entry(fds, payload)`.
        warm: "module:function", called once as `warm(argument)` before the first fork, or "".
        argument: what `warm` is told.
        isolation: None is the trusted side: no confinement.
        environment: further environment variables; they win over the fixed ones.
        python_path: folders added to the module search path.
    """

    entry: str
    warm: str = ""
    argument: str = ""
    isolation: Isolation | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    python_path: tuple[str, ...] = ()


def student_launch(
    public_folder_by_assignment: Mapping[str, Path] | None = None,
    argument: str = "",
    *,
    allow: str | None = None,
    secret_folders: Iterable[Path] = (),
    graphics: Graphics | None = None,
) -> Launch:
    """Return the launch of the student side, confined by `student_policy`."""
    policy = student_policy(public_folder_by_assignment, secret_folders=secret_folders)
    if graphics is not None:
        policy = with_graphics(policy, graphics)
    isolation = Isolation(policy) if allow is None else Isolation(policy, allow)
    return Launch(
        "autograder.student.server:serve", "autograder.student.server:warm", argument, isolation
    )
