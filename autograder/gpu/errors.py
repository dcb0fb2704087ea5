"""What can go wrong with GPUs, one class per cause."""

from __future__ import annotations


class GpuError(Exception):
    """Root of all errors of this package; the message says what to do."""


class GpuSettingsError(GpuError, ValueError):
    """Settings about GPUs contradict themselves; the message lists every problem."""


class InventoryError(GpuError):
    """The GPUs of this machine cannot be told."""


class GpuRefused(GpuError):
    """This person may not have this now, and waiting would not help; the message is for them."""


def refuse(problems: list[str], title: str = "the settings of GPUs are wrong") -> None:
    """Raise what a settings dataclass raises, when there are problems.

    Raises:
        GpuSettingsError: there are; one line for each.
    """
    if problems:
        raise GpuSettingsError(f"{title}:\n- " + "\n- ".join(problems))
