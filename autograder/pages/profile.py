"""What somebody chose about how pages look to them: the zone of their clocks.

What it guarantees:

- One small file for each person, whatever their name; a damaged one counts as absent.
- A zone that is kept is one that there is.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from autograder.pages.words import is_zone
from autograder.records import write_whole

MOST_BYTES = 1_000


@dataclass(frozen=True)
class Profiles:
    """The profiles of everybody.

    Args:
        folder: made when the first one is kept.
    """

    folder: Path

    def zone(self, name: str) -> str:
        """Return the zone that somebody chose; empty for none."""
        try:
            with self._path(name).open("rb") as file:
                zone = json.loads(file.read(MOST_BYTES))["zone"]
        except (OSError, ValueError, KeyError, TypeError):
            return ""
        return zone if isinstance(zone, str) and is_zone(zone) else ""

    def keep_zone(self, name: str, zone: str) -> None:
        """Keep the zone that somebody chose; empty: none.

        Raises:
            ValueError: there is no such zone.
        """
        if zone and not is_zone(zone):
            raise ValueError(f"there is no time zone {zone[:60]!r}")
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(self._path(name), json.dumps({"name": name, "zone": zone}).encode())

    def _path(self, name: str) -> Path:
        digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
        return self.folder / f"{digest[:32]}.json"
