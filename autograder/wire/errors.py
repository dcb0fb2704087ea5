"""The root error of the wire.

What it guarantees: whatever the other side sends, the wire raises `WireError` or a subclass of it.
What it does not do: describe failures of the student's own code; `wire.namespace` does.
"""

from __future__ import annotations


class WireError(Exception):
    """A message between the two sides could not be written, read or accepted."""


class Untransferable(WireError):
    """A value cannot travel as plain data: a sparse tensor, an object array, a cycle, too much."""
