"""The topic `[gpu]` of the settings: which profiles people choose from."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from autograder.gpu import CPU_ONLY, Profile
from autograder.hub.loading import refuse, setting


@dataclass(frozen=True)
class GpuSettings:
    """GPUs of the hub's sessions and of grading runs.

    Args:
        profiles: the choices of the start page, one `[[gpu.profile]]` each, the first is the
            default; none: CPU only, and no start page.
    """

    profiles: tuple[Profile, ...] = setting((), table="profile")

    def __post_init__(self) -> None:
        """Check every field.

        Raises:
            SettingsError: one or more are wrong; the message lists all.
        """
        times = Counter(profile.name for profile in self.profiles)
        refuse(f"profile {name!r} is there more than once" for name in times if times[name] > 1)

    @property
    def choices(self) -> tuple[Profile, ...]:
        """Return the profiles; CPU only where none is set."""
        return self.profiles or (CPU_ONLY,)
