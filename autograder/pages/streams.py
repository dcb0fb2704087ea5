"""How many pages of one person may update themselves at a time, and for how long.

What it guarantees:

- A person has so many open streams and no more, whatever they open.
- A stream has an end, whatever happens; a browser opens another one where there is still something
  to wait for.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator


class TooMany(Exception):
    """A person has as many streams as they may."""


class Streams:
    """The open streams.

    Args:
        each: how many one person may have; a browser has few connections for all that it does.
        look_seconds: how often a stream looks for something new while it is graded.
        idle_seconds: how often it does while nothing is.
        ask_seconds: how often it asks the hub whether its person is still logged in.
        most_seconds: how long it lasts.
    """

    def __init__(
        self,
        each: int = 3,
        look_seconds: float = 0.4,
        idle_seconds: float = 3.0,
        ask_seconds: float = 10.0,
        most_seconds: float = 900.0,
    ) -> None:
        self.each = each
        self.look_seconds = look_seconds
        self.idle_seconds = idle_seconds
        self.ask_seconds = ask_seconds
        self.most_seconds = most_seconds
        self._open: Counter[str] = Counter()

    @contextlib.contextmanager
    def one_of(self, person: str) -> Iterator[None]:
        """Hold a stream of this person's for as long as the context lasts.

        Raises:
            TooMany: they have enough.
        """
        if self._open[person] >= self.each:
            raise TooMany(person)
        self._open[person] += 1
        try:
            yield
        finally:
            self._open[person] -= 1
            if not self._open[person]:
                del self._open[person]
