"""Write what was imported under `solutions/`, and nothing over what is there.

What it guarantees:

- A folder that exists and is not what would be written is left alone, unless it is to be replaced.
- Replacing writes the imported files and removes checks that belong to no cell any more; cases
  under `submissions/` stay.
- What is already right is not written again.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from autograder.course.layout import Layout
from autograder.importing.translating import BY_HAND, Translated
from autograder.records.files import write_whole


class State(StrEnum):
    """What placing an assignment did."""

    WRITTEN = "written"
    CURRENT = "current"
    EXISTS = "exists"  # and is different: left alone


def place(layout: Layout, made: Translated, *, replace: bool = False) -> State:
    """Write an assignment's folder; return what was done."""
    folder = layout.solutions / made.assignment
    stale = [
        path
        for pattern in ("checks/test_*.py", f"{BY_HAND}/*.py")
        for path in sorted(folder.glob(pattern))
        if path.relative_to(folder).as_posix() not in made.files
    ]
    changed = {name: data for name, data in made.files.items() if not _holds(folder / name, data)}
    if folder.is_dir() and not changed and not stale:
        return State.CURRENT
    if (folder.exists() or folder.is_symlink()) and not replace:
        return State.EXISTS
    for name, data in changed.items():
        write_whole(folder / name, data, mode=0o644)
    for path in stale:
        path.unlink()
    (folder / "submissions").mkdir(exist_ok=True)
    return State.WRITTEN


def _holds(path: Path, data: bytes) -> bool:
    return path.is_file() and not path.is_symlink() and path.read_bytes() == data
