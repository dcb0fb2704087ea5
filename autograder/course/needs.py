"""Hold the metadata of an assignment against its notebook and against the other assignments.

What it guarantees:

- When one exercise of an assignment has metadata, all have.
- What an exercise needs exists and can be done before it: in its own assignment it stands earlier,
  and no exercise needs itself by way of others.
- A course may have some of the assignments only: what is needed of one that it does not have is
  accepted, and `absent_needs` names it.

What it does not do: read the other assignments unless something is needed of them, or complain of
what is wrong with those.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from autograder.course.manifest import Manifest
from autograder.course.metadata import line_of_exercise
from autograder.course.problems import Problem, SourceError
from autograder.course.settings import SETTINGS_NAME
from autograder.course.source import NOTEBOOK_NAME, read_assignment


def metadata_problems(manifest: Manifest) -> Iterator[Problem]:
    """Yield what is wrong with the metadata of an assignment; nothing when it has none."""
    if not manifest.metadata:
        return
    notebook, settings = manifest.folder / NOTEBOOK_NAME, manifest.folder / SETTINGS_NAME
    course = _Course(manifest)
    for cell in manifest.worth_points:
        metadata = manifest.metadata.get(cell.cell_id)
        if metadata is None:
            message = (
                f"exercise {cell.cell_id!r} has no metadata, and others have; write "
                f"[exercises.{cell.cell_id}] into {SETTINGS_NAME}"
            )
            yield Problem(notebook, cell.line, message)
            continue
        for need in metadata.needs:
            if reason := course.refuse(cell.cell_id, need):
                line = line_of_exercise(settings, cell.cell_id, "needs")
                yield Problem(settings, line, f"exercise {cell.cell_id!r} needs {need!r}, {reason}")


def absent_needs(manifest: Manifest) -> list[tuple[str, str]]:
    """Return what is needed of assignments that the course does not have, and by whom."""
    return [
        (grade_id, need)
        for grade_id, metadata in manifest.metadata.items()
        for need in metadata.needs
        if not _folder(manifest, need.split("/")[0]).is_dir()
    ]


def _folder(manifest: Manifest, assignment: str) -> Path:
    return manifest.folder.parent / assignment


class _Course:
    """The exercises of a course, seen from one of its assignments.

    Args:
        manifest: that assignment; the others are read beside its folder when they are asked for.
    """

    def __init__(self, manifest: Manifest) -> None:
        self._own = manifest
        self._manifests: dict[str, Manifest | None] = {manifest.assignment: manifest}

    def refuse(self, grade_id: str, need: str) -> str:
        """Return why an exercise of the assignment cannot need another; empty when it can."""
        assignment, needed = need.split("/")
        manifest = self._read(assignment)
        if manifest is None:
            return ""
        ids = [cell.cell_id for cell in manifest.worth_points]
        if needed not in ids:
            return f"which there is not; {assignment} has {', '.join(ids) or 'no exercise'}"
        if manifest is self._own:
            is_earlier = ids.index(needed) < ids.index(grade_id)
            return "" if is_earlier else "which does not come before it"
        name = f"{self._own.assignment}/{grade_id}"
        return f"which needs {name!r} itself" if name in self._before(need) else ""

    def _before(self, name: str) -> set[str]:
        """Return all exercises that one needs, with those that these need."""
        found: set[str] = set()
        pending = [name]
        while pending:
            assignment, grade_id = pending.pop().split("/")
            manifest = self._read(assignment)
            metadata = manifest.metadata.get(grade_id) if manifest else None
            new = set(metadata.needs if metadata else ()) - found
            found |= new
            pending.extend(new)
        return found

    def _read(self, assignment: str) -> Manifest | None:
        """Return an assignment; `None` when there is none, or its source is refused when built."""
        if assignment not in self._manifests:
            try:
                manifest = read_assignment(_folder(self._own, assignment))
            except SourceError:
                self._manifests[assignment] = None
            else:
                self._manifests[assignment] = manifest
        return self._manifests[assignment]
