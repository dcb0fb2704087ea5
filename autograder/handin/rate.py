"""How often one person may ask: a bucket for each that fills again evenly.

What it guarantees:

- Who asks too often is told when to come again, and loses nothing by waiting.
- Each person has a bucket of their own: nobody's requests are refused for another's.

What it does not do: limit those who grade, whose collecting asks once or twice per submission.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

MINUTE_SECONDS = 60.0
MOST_BUCKETS = 100_000


@dataclass
class _Bucket:
    left: float
    at: float


class Rates:
    """Everybody's buckets.

    Args:
        per_minute: how many requests one person may make in a minute; at once, as many.
        now: a clock that never goes back, in seconds.
    """

    def __init__(self, per_minute: int, now: Callable[[], float]) -> None:
        self._most = float(per_minute)
        self._now = now
        self._buckets: dict[str, _Bucket] = {}

    def take(self, name: str) -> float:
        """Count one request; return 0, or after how many seconds there is room for it."""
        now = self._now()
        bucket = self._buckets.pop(name, None) or _Bucket(self._most, now)
        self._buckets[name] = bucket  # the newest last
        while len(self._buckets) > MOST_BUCKETS:
            del self._buckets[next(iter(self._buckets))]
        per_second = self._most / MINUTE_SECONDS
        bucket.left = min(self._most, bucket.left + (now - bucket.at) * per_second)
        bucket.at = now
        if bucket.left >= 1:
            bucket.left -= 1
            return 0.0
        return (1 - bucket.left) / per_second
