"""Limits of one submission, as plain data that every layer can read.

What it guarantees:

- Every limit has its unit in its name, is positive, and is checked when the object is made.
- It can be written to and read from JSON and TOML without loss.

What it does not do: enforce anything. `autograder.sandbox` and `autograder.student` do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields


class LimitError(ValueError):
    """A limit is unknown, of the wrong type, or not positive."""


@dataclass(frozen=True)
class Limits:
    """What one submission may use, from its first cell to its last check.

    Args:
        cell_seconds: wall time of one notebook cell.
        notebook_seconds: wall time of all cells together.
        call_seconds: wall time of one call that a check makes into the student's namespace.
        check_seconds: wall time of one check, all its calls together.
        checks_seconds: wall time that all checks together wait for the student's code.
        cpu_seconds: processor time of the whole submission.
        memory_bytes: memory beyond what the warm server itself needs.
        processes: processes and threads alive at once.
        open_files: file descriptors of one process.
        scratch_bytes: what may be written to the private scratch folder.
        output_bytes: outputs kept of one cell; the rest is cut and said to be cut.
    """

    cell_seconds: float = 30.0
    notebook_seconds: float = 120.0
    call_seconds: float = 20.0
    check_seconds: float = 60.0
    checks_seconds: float = 300.0
    cpu_seconds: float = 240.0
    memory_bytes: int = 1_500_000_000
    processes: int = 64
    open_files: int = 128
    scratch_bytes: int = 64_000_000
    output_bytes: int = 200_000

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            wants_int = field.type == "int"
            if isinstance(value, bool) or not isinstance(value, int if wants_int else (int, float)):
                kind = "a whole number" if wants_int else "a number"
                raise LimitError(f"limit {field.name} is {value!r}; expected {kind}")
            if not 0 < value < float("inf"):
                raise LimitError(f"limit {field.name} is {value!r}; expected a positive number")

    @classmethod
    def from_mapping(cls, values: Mapping[str, object]) -> Limits:
        """Read limits from TOML or JSON; what is not named keeps its default.

        Raises:
            LimitError: a name is unknown or a value is of the wrong type or not positive.
        """
        known = {field.name for field in fields(cls)}
        unknown = sorted(set(values) - known)
        if unknown:
            raise LimitError(f"unknown limit {unknown[0]!r}; known are {', '.join(sorted(known))}")
        return cls(**values)  # type: ignore[arg-type]  # checked in __post_init__

    def to_mapping(self) -> dict[str, float | int]:
        """Return the limits as a plain mapping, in the order of the fields."""
        return dict(vars(self))
