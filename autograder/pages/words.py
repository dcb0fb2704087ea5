"""Times, spans and points as people read them: absolute first, in the reader's own zone.

What it guarantees:

- A moment names its zone where the page's foot does not; a year is said where it is another one.
- What is left is never rounded up: "1 hour left" has at least an hour.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

UTC_NAME = "UTC"
_SECOND, _MINUTE, _HOUR, _DAY = 1, 60, 3600, 86400
_UNITS = ((_DAY, "day"), (_HOUR, "hour"), (_MINUTE, "minute"))


@dataclass(frozen=True)
class Clock:
    """The present, for somebody in a zone.

    Args:
        now: the present moment.
        zone: the name of the zone, such as `Europe/Berlin`.
        why: whose zone it is, in words for the foot of a page.
    """

    now: datetime
    zone: str = UTC_NAME
    why: str = ""

    def local(self, moment: datetime) -> datetime:
        """Return a moment as this person's clocks show it."""
        return moment.astimezone(zone_named(self.zone))

    def short(self, moment: datetime) -> str:
        """Return a moment in a list.

        >>> at = datetime.fromisoformat('2026-12-03T22:59+00:00')
        >>> Clock(at, "Europe/Berlin").short(at)
        'Thu 3 Dec, 23:59'
        """
        return self._said(moment, "%a", "%b")

    def long(self, moment: datetime) -> str:
        """Return a moment in a sentence."""
        return self._said(moment, "%A", "%B")

    def hour(self, moment: datetime) -> str:
        """Return a moment of today as hours and minutes, else with its day."""
        local = self.local(moment)
        today = local.date() == self.local(self.now).date()
        return f"{local:%H:%M}" if today else self.short(moment)

    def _said(self, moment: datetime, day: str, month: str) -> str:
        local = self.local(moment)
        year = f" {local.year}" if local.year != self.local(self.now).year else ""
        return f"{local:{day}} {local.day} {local:{month}}{year}, {local:%H:%M}"

    def left(self, moment: datetime) -> str:
        """Return how long it is until then; empty when it is past."""
        seconds = (moment - self.now).total_seconds()
        return f"{span(seconds)} left" if seconds > 0 else ""


def span(seconds: float) -> str:
    """Return a span in its two largest units, rounded down.

    >>> span(2 * 86400 + 7 * 3600 + 59), span(3599), span(20)
    ('2 days 7 hours', '59 minutes', 'less than a minute')
    """
    rest, parts = int(seconds), []
    for size, unit in _UNITS:
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count} {unit}{'' if count == 1 else 's'}")
        elif parts:
            break
    # minutes say nothing when days are left
    if seconds >= 3 * _DAY:
        parts = parts[:1]
    return " ".join(parts[:2]) or "less than a minute"


def span_of(extension: timedelta) -> str:
    """Return how much longer somebody has."""
    return span(extension.total_seconds())


def points(value: float) -> str:
    """Return points without needless zeros.

    >>> points(7.0), points(5.5), points(1 / 3)
    ('7', '5.5', '0.33')
    """
    return f"{value:.2f}".rstrip("0").rstrip(".") if value else "0"


def counted(number: int, one: str, many: str = "") -> str:
    """Return a number of things.

    >>> counted(1, "check"), counted(2, "check")
    ('1 check', '2 checks')
    """
    return f"{number} {one if number == 1 else many or one + 's'}"


def listed(words: Sequence[str]) -> str:
    """Return words joined as in a sentence."""
    return ", ".join(words[:-1]) + " and " + words[-1] if len(words) > 1 else "".join(words)


@cache
def zone_names() -> tuple[str, ...]:
    """Return the zones that somebody can choose, in order."""
    names = {
        name
        for name in available_timezones()
        if "/" in name and not name.startswith(("Etc/", "posix/", "right/", "SystemV/", "US/"))
    }
    return (UTC_NAME, *sorted(names))


def is_zone(name: str) -> bool:
    """Return whether there is a zone of this name."""
    return name == UTC_NAME or name in available_timezones()


def zone_named(name: str) -> ZoneInfo:
    """Return a zone; UTC when the machine does not know it."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo(UTC_NAME)


def zone_of_machine(link: Path = Path("/etc/localtime")) -> str:
    """Return the zone of the machine's clock."""
    named = os.environ.get("TZ", "").removeprefix(":")
    if named and is_zone(named):
        return named
    target = str(link.resolve()) if link.exists() else ""
    name = target.partition("zoneinfo/")[2]
    return name if is_zone(name) and not name.startswith("Etc/") else UTC_NAME
