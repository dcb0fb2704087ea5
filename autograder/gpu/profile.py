"""What a person chooses on the start page: CPU only, a share of a GPU, a whole GPU, a MIG slice."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from autograder.gpu.errors import refuse

NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")


class Kind(StrEnum):
    """What a profile takes."""

    CPU = "cpu"
    SHARE = "share"
    WHOLE = "whole"
    MIG = "mig"


@dataclass(frozen=True)
class Profile:
    """One choice of the start page.

    Args:
        name: its name in settings, forms and on the command line.
        title: its name for people; made of the name when empty.
        kind: what it takes.
        model: only devices whose model contains this text; any when empty.
        mig: for `mig`: the slice as NVIDIA names it, such as `1g.10gb`; any when empty.
        hours: a session ends after so many hours, with notice; 0: no limit.
        cpus: the most processors of a session, where the backend limits them; 0: as all sessions.
        memory_gib: the most main memory of a session, likewise.
        cost: how many hours of a budget one hour takes.
        groups: the hub's groups that may choose it; everybody when empty.
        description: a sentence for the start page.
    """

    name: str
    title: str = ""
    kind: Kind = Kind.CPU
    model: str = ""
    mig: str = ""
    hours: float = 0.0
    cpus: float = 0.0
    memory_gib: float = 0.0
    cost: float = 1.0
    groups: tuple[str, ...] = ()
    description: str = ""

    def __post_init__(self) -> None:
        """Check every field.

        Raises:
            GpuSettingsError: one or more are wrong; the message lists all.
        """
        problems = []
        if not NAME.fullmatch(self.name):
            problems.append(
                f"name is {self.name!r}; expected a lower-case letter, then lower-case letters, "
                "digits or '-', at most 32 characters"
            )
        if self.kind is Kind.CPU and (self.model or self.mig):
            problems.append(f"profile {self.name!r} takes no GPU; model and mig mean nothing")
        if self.mig and self.kind is not Kind.MIG:
            problems.append(f"mig is {self.mig!r}, but kind is {str(self.kind)!r}; expected 'mig'")
        problems += [
            f"{name} is {value}; expected at least 0"
            for name, value in (
                ("hours", self.hours),
                ("cpus", self.cpus),
                ("memory_gib", self.memory_gib),
                ("cost", self.cost),
            )
            if not value >= 0
        ]
        refuse(problems)

    @property
    def takes_gpu(self) -> bool:
        """Whether a session of this profile needs a lease."""
        return self.kind is not Kind.CPU

    @property
    def label(self) -> str:
        """Return its name for people."""
        return self.title or self.name.replace("-", " ").capitalize()


CPU_ONLY = Profile("cpu", "CPU only", description="Enough for most exercises; starts at once.")
