"""Limits on memory and processors: those of the profile, else those of `[spawner]`.

What it guarantees:

- Each start has the limits of its own profile; nothing of an earlier one is left.

What it does not do: enforce them. The backend does, from `mem_limit` and `cpu_limit`.
"""

from __future__ import annotations

from typing import Any

from traitlets import Float, HasTraits, Integer

from autograder.gpu import GIB, Profile


class Limited(HasTraits):  # type: ignore[misc]  # traitlets is not looked at
    """A spawner whose sessions are limited.

    Its `mem_limit` and `cpu_limit` are set before each start.
    """

    memory_bytes = Integer(0, help="The most memory of other profiles.").tag(config=True)
    cpus = Float(0.0, help="The most processors of other profiles.").tag(config=True)
    mem_limit: Any
    cpu_limit: Any

    def limit(self, profile: Profile) -> None:
        """Set the limits of a profile."""
        self.mem_limit = int(profile.memory_gib * GIB) or int(self.memory_bytes) or None
        self.cpu_limit = float(profile.cpus or self.cpus) or None
