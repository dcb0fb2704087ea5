"""GPUs, leases and queue as numbers, read from the allocator's file.

What it guarantees: the file is only read, and nobody is made to wait for it; where there is no GPU,
there are no numbers of leases.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from autograder.gpu import Device
from autograder.gpu.desk import FILE_NAME, look
from autograder.gpu.settings import GpuSettings
from autograder.operations.tail import Key

_READ_SECONDS = 5.0


def _kind(device: Device) -> Key:
    if device.is_mig:
        return ("slice",)
    return ("shared",) if device.shares > 1 else ("whole",)


class DeskReader:
    """Counts what the GPU desk of a data directory has.

    Args:
        home: the data directory.
        settings: the topic `[gpu]`; the inventory is looked at once.
    """

    def __init__(self, home: Path, settings: GpuSettings) -> None:
        self._file = home / FILE_NAME
        self._devices = Counter(_kind(one) for one in look(settings).devices)

    def devices(self) -> Mapping[Key, int]:
        """Return how many devices there are, by (kind,)."""
        return self._devices

    def leases(self) -> Mapping[Key, int]:
        """Return how many leases there are, by (course, purpose, profile)."""
        return self._count("lease")

    def waiting(self) -> Mapping[Key, int]:
        """Return how many requests wait, by (course, purpose, profile)."""
        return self._count("request")

    def _count(self, table: str) -> Mapping[Key, int]:
        if not self._file.is_file():
            return {}
        connection = sqlite3.connect(
            f"{self._file.absolute().as_uri()}?mode=ro", uri=True, timeout=_READ_SECONDS
        )
        try:
            rows = connection.execute(
                f"SELECT course, purpose, profile, count(*) FROM {table} GROUP BY 1, 2, 3"  # noqa: S608
            ).fetchall()
        finally:
            connection.close()
        return {(course, purpose, profile): number for course, purpose, profile, number in rows}
