"""What the exchange says with a receipt, in words: in time or not, which attempt, when graded.

What it guarantees: whatever an exchange of another version says, there are words or none, and no
error: the submission is stored already.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def words(
    outlook: Mapping[str, Any],
    zone: tzinfo | None = None,
    answered: tuple[int, int] = (0, 0),
) -> str:
    """Return one sentence about what was handed in; empty when nothing can be said.

    Args:
        outlook: what the exchange says.
        zone: in which times are said; by default the one that the exchange names.
        answered: how many questions are answered, and how many there are; nothing is said of none.

    >>> from datetime import UTC
    >>> words({"received_at": "2026-11-21T16:47:03+00:00", "attempt": 2, "due": None,
    ...        "grading": "now"}, UTC, (1, 3))
    'Received 16:47 UTC, attempt 2, 1 of 3 questions answered; graded at once.'
    """
    try:
        return _words(outlook, zone or zone_of(outlook), answered)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        return ""


def zone_of(outlook: Mapping[str, Any]) -> tzinfo | None:
    """Return the time zone that an exchange names; `None`, this machine's, where it names none."""
    name = outlook.get("zone")
    try:
        return ZoneInfo(name) if isinstance(name, str) and name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def moment(text: str, zone: tzinfo | None) -> str:
    """Return a moment in words.

    >>> moment("2026-11-21T16:47:03+00:00", ZoneInfo("Europe/Zurich"))
    '21 November, 17:47 CET'
    """
    at = datetime.fromisoformat(text).astimezone(zone)
    return f"{at.day} {at:%B}, {at:%H:%M} {at.tzname()}"


def _words(outlook: Mapping[str, Any], zone: tzinfo | None, answered: tuple[int, int]) -> str:
    received = datetime.fromisoformat(outlook["received_at"]).astimezone(zone)
    parts = [f"Received {received:%H:%M} {received.tzname()}"]
    if outlook.get("due"):
        parts.append("late" if outlook.get("late") else "in time")
    number = int(outlook["attempt"])
    same = int(outlook.get("same_as") or 0)
    limit = int(outlook.get("attempts") or 0)
    if same:
        parts.append(f"attempt {number} with the answers of attempt {same}, whose verdict it has")
    elif outlook.get("over"):
        parts.append(f"attempt {number}, over the limit of {limit}")
    else:
        parts.append(f"attempt {number}")
    changed, total = answered
    if total:
        parts.append(f"{changed} of {total} questions answered")
    return f"{', '.join(parts)}; {_grading(outlook, received, zone)}."


def _grading(outlook: Mapping[str, Any], received: datetime, zone: tzinfo | None) -> str:
    kind = outlook["grading"]
    if kind in ("pause", "deadline"):
        at = datetime.fromisoformat(outlook["grade_at"]).astimezone(zone)
        is_today = at.date() == received.date()
        said = f"{at:%H:%M}" if is_today else f"{at:%H:%M} on {at.day} {at:%B}"
        why = "when the pause ends" if kind == "pause" else "at the deadline"
        return f"graded at {said}, {why}"
    if kind == "staff":
        return "graded when your instructor grades"
    if kind == "release":
        return "graded; you see the verdict when feedback is released"
    return "graded at once"
