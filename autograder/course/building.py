"""Build what students receive, and nbgrader's source tree, from `solutions/`.

What it guarantees:

- Nothing is written for a source that is refused; the others are built all the same. A file is
  replaced as a whole or not at all.
- The same source gives the same bytes; what is already right is not written again.
- The folder of an assignment holds what was built and nothing else: stale files go.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from autograder.course.layout import Layout
from autograder.course.linting import lint
from autograder.course.manifest import Manifest
from autograder.course.notebooks import notebook_bytes, release_notebook, solution_notebook
from autograder.course.problems import SourceError
from autograder.course.source import assignment_names, foreign_folders, load_manifest
from autograder.records import write_whole


@dataclass(frozen=True)
class Built:
    """What building one assignment did, or with `check` would do.

    Args:
        manifest: the assignment.
        folder: where it was built to.
        changed: names of files that are new or different.
        removed: names of files that no longer belong.
    """

    manifest: Manifest
    folder: Path
    changed: tuple[str, ...]
    removed: tuple[str, ...]

    @property
    def is_current(self) -> bool:
        """Return whether everything was already as built."""
        return not (self.changed or self.removed)


Told = Callable[[SourceError], None]


def build(
    layout: Layout,
    names: Iterable[str] | None = None,
    *,
    check: bool = False,
    refused: Told | None = None,
) -> list[Built]:
    """Build assignments (all by default) into `layout.assignments`.

    Args:
        layout: the course.
        names: which ones; `None` for all.
        check: write nothing, only say what would change.
        refused: told of each source that is refused; without it, that is raised at the end.

    Raises:
        UnknownAssignmentError: a name is none of the course's; nothing was built.
        SourceError: sources are refused, with all problems of all; the others were built.
    """
    built = []
    refusals: list[SourceError] = []
    for manifest in _accepted(layout, names, refusals.append):
        content = _with_files(manifest, notebook_bytes(release_notebook(manifest)))
        built.append(_place(manifest, layout.assignments / manifest.assignment, content, check))
    _tell(refusals, refused)
    return built


def build_source(layout: Layout, names: Iterable[str] | None = None) -> list[Built]:
    """Build nbgrader's source tree into `layout.source`: instructor's notebooks, public files.

    No check, case or other private file is in it, because nbgrader copies every file that lies
    beside a notebook to students.

    Raises:
        UnknownAssignmentError, SourceError: as `build`.
    """
    built = []
    refusals: list[SourceError] = []
    for manifest in _accepted(layout, names, refusals.append):
        content = _with_files(manifest, notebook_bytes(solution_notebook(manifest)))
        built.append(_place(manifest, layout.source / manifest.assignment, content, check=False))
    _tell(refusals, None)
    return built


def _accepted(layout: Layout, names: Iterable[str] | None, refused: Told) -> list[Manifest]:
    wanted = assignment_names(layout) if names is None else list(dict.fromkeys(names))
    manifests: list[Manifest] = []
    if names is None and (foreign := foreign_folders(layout)):
        refused(SourceError(foreign))
    for name in wanted:
        try:
            manifest = load_manifest(layout, name)
            if problems := lint(manifest):
                raise SourceError(problems)
        except SourceError as refusal:
            refused(refusal)
        else:
            manifests.append(manifest)
    return manifests


def _tell(refusals: list[SourceError], refused: Told | None) -> None:
    if refusals and refused is None:
        raise SourceError(problem for refusal in refusals for problem in refusal.problems)
    for refusal in refusals:
        assert refused is not None
        refused(refusal)


def _with_files(manifest: Manifest, notebook: bytes) -> dict[str, bytes]:
    content = {name: path.read_bytes() for name, path in manifest.files.items()}
    return {**content, manifest.notebook_name: notebook}


def _place(manifest: Manifest, folder: Path, content: Mapping[str, bytes], check: bool) -> Built:
    present = {
        str(path.relative_to(folder)): path
        for path in sorted(folder.rglob("*"))
        if not path.is_dir() and ".ipynb_checkpoints" not in path.parts
    }
    changed = tuple(
        sorted(
            name
            for name, data in content.items()
            if name not in present or present[name].read_bytes() != data
        )
    )
    removed = tuple(sorted(set(present) - set(content)))
    if not check:
        for name in changed:
            write_whole(folder / name, content[name], mode=0o644)
        for name in removed:
            present[name].unlink()
        for path in sorted(folder.rglob("*"), reverse=True):
            if path.name == ".ipynb_checkpoints":
                shutil.rmtree(path)
            elif path.is_dir() and not any(path.iterdir()):
                path.rmdir()
    return Built(manifest, folder, changed, removed)
