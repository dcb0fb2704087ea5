"""Build what students receive, and nbgrader's source tree, from `solutions/`.

What it guarantees:

- Nothing is written for a source that is refused; a file is replaced as a whole or not at all.
- The same source gives the same bytes; what is already right is not written again.
- The folder of an assignment holds what was built and nothing else: stale files go.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from autograder.course.layout import Layout
from autograder.course.lint import lint
from autograder.course.manifest import Manifest
from autograder.course.notebooks import notebook_bytes, release_notebook, solution_notebook
from autograder.course.problems import Problem, SourceError
from autograder.course.source import assignment_names, load_manifest


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


def build(
    layout: Layout, names: Iterable[str] | None = None, *, check: bool = False
) -> list[Built]:
    """Build assignments (all by default) into `layout.assignments`.

    Args:
        layout: the course.
        names: which ones; `None` for all.
        check: write nothing, only say what would change.

    Raises:
        UnknownAssignmentError: a name is none of the course's.
        SourceError: a source is refused; nothing was built, all problems of all are said.
    """
    built = []
    for manifest in _accepted(layout, names):
        content = _with_files(manifest, notebook_bytes(release_notebook(manifest)))
        built.append(_place(manifest, layout.assignments / manifest.assignment, content, check))
    return built


def build_source(layout: Layout, names: Iterable[str] | None = None) -> list[Built]:
    """Build nbgrader's source tree into `layout.source`: instructor's notebooks, public files.

    No check, case or other private file is in it, because nbgrader copies every file that lies
    beside a notebook to students.

    Raises:
        UnknownAssignmentError, SourceError: as `build`.
    """
    built = []
    for manifest in _accepted(layout, names):
        content = _with_files(manifest, notebook_bytes(solution_notebook(manifest)))
        built.append(_place(manifest, layout.source / manifest.assignment, content, check=False))
    return built


def _accepted(layout: Layout, names: Iterable[str] | None) -> list[Manifest]:
    wanted = assignment_names(layout) if names is None else list(dict.fromkeys(names))
    manifests: list[Manifest] = []
    problems: list[Problem] = []
    for name in wanted:
        try:
            manifest = load_manifest(layout, name)
        except SourceError as refused:
            problems.extend(refused.problems)
            continue
        problems.extend(lint(manifest))
        manifests.append(manifest)
    if problems:
        raise SourceError(problems)
    return manifests


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
            _replace(folder / name, content[name])
        for name in removed:
            present[name].unlink()
        for path in sorted(folder.rglob("*"), reverse=True):
            if path.name == ".ipynb_checkpoints":
                shutil.rmtree(path)
            elif path.is_dir() and not any(path.iterdir()):
                path.rmdir()
    return Built(manifest, folder, changed, removed)


def _replace(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    partial.write_bytes(data)
    os.replace(partial, path)  # noqa: PTH105  # the atomic replacement is meant
