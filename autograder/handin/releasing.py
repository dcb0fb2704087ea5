"""Release an assignment from a page: what the course's source gives now, where people fetch it.

What it guarantees:

- What people fetch is all of the old or all of the new; a source that is refused changes nothing.
- The log says who released it, before it is there.

What it does not do: touch copies that people fetched before.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from autograder.course import build, build_source, load_manifest
from autograder.course.layout import Layout
from autograder.gradebook import GradebookWriter
from autograder.handin.storage import CourseStore
from autograder.records import Event, Log

_FOLDER_MODE = 0o755  # others fetch it where the exchange is a folder


def release(layout: Layout, store: CourseStore, assignment: str) -> None:
    """Build an assignment and put it where people fetch it, in place of what was there.

    Raises:
        CourseError: its source is refused.
        GradebookError: the gradebook cannot learn its cells.
        LogError, OSError: it cannot be written.
    """
    (built,) = build(layout, [assignment])
    build_source(layout, [assignment])
    with GradebookWriter(layout) as writer:
        writer.register(load_manifest(layout, assignment))
    target = store.outbound / assignment
    with tempfile.TemporaryDirectory(dir=store.folder, prefix=".releasing-") as workshop:
        new = Path(workshop) / "new"
        shutil.copytree(built.folder, new, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
        new.chmod(_FOLDER_MODE)
        Log(store.log).record(Event.RELEASE, course=store.course, assignment=assignment)
        if target.exists():
            target.rename(Path(workshop) / "old")
        new.rename(target)


def is_current(layout: Layout, outbound: Path, assignment: str) -> bool:
    """Return whether what people fetch is what was built last; so it is where nothing was built."""
    released, built = outbound / assignment, layout.assignments / assignment
    return all(
        _same(path, released / path.relative_to(built))
        for path in built.rglob("*")
        if path.is_file() and ".ipynb_checkpoints" not in path.parts
    )


def _same(one: Path, other: Path) -> bool:
    try:
        return one.read_bytes() == other.read_bytes()
    except OSError:
        return False
