"""Which notebooks the named paths hold, how their assignments are called, and what files they have.

What it guarantees:

- Nothing is read through a link; hidden folders and what programs leave behind are passed over.
- A name of an assignment is made of lower-case letters, digits, `_` and `-`, whatever the file is
  called; two notebooks never get the same.
- All plain files beside the notebooks of a named folder come along, as nbgrader gives them to
  students. Of a notebook that is named alone, come those that it mentions.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.importing.classroom import is_repository, public_files
from autograder.importing.foreign import ImportRefused

MOST_NOTEBOOKS = 500
MOST_FILES = 2_000  # beside one notebook
_PASSED_OVER = frozenset({"__pycache__", "node_modules", "venv"})
_OF_NBGRADER = frozenset({"autograded", "feedback", "gradebook.db", "release", "submitted"})
_MOST_LETTERS = 60


@dataclass(frozen=True)
class Found:
    """A notebook file to import.

    Args:
        assignment: what its assignment will be called.
        notebook: the file, or the folder of a repository of GitHub Classroom.
        files: those that may go along: name relative to the notebook's folder -> path.
        only_mentioned: whether only files that the notebook mentions go along.
        several: how many notebooks its folder has, each an assignment of its own.
    """

    assignment: str
    notebook: Path
    files: Mapping[str, Path]
    only_mentioned: bool = False
    several: int = 1


def find(paths: Sequence[Path]) -> list[Found]:
    """Return the notebooks in files and folders, in order.

    Raises:
        ImportRefused: a path is missing or holds no notebook.
    """
    found: list[Found] = []
    taken: set[str] = set()
    for path in paths:
        here = list(_in_path(path, taken))
        if not here:
            raise ImportRefused(
                f"{path}: no notebook (.ipynb) in it, and no tests of pytest; name a notebook, a "
                "folder of them, a course's source folder, or a repository with tests/"
            )
        found.extend(here)
    if len(found) > MOST_NOTEBOOKS:
        raise ImportRefused(f"{len(found)} notebooks; at most {MOST_NOTEBOOKS} at once")
    return found


def _in_path(path: Path, taken: set[str]) -> Iterator[Found]:
    if path.is_symlink() or not path.exists():
        raise ImportRefused(f"{path}: {'is a link' if path.is_symlink() else 'does not exist'}")
    if path.is_file():
        if path.suffix != ".ipynb":
            raise ImportRefused(f"{path}: is no notebook; its name does not end in .ipynb")
        folder = path.resolve().parent
        files = dict(_files(folder, 2))
        yield Found(_unique(path.stem, taken), path, files, only_mentioned=True)
        return
    root = path / "source" if (path / "source").is_dir() else path
    several = list(_folders(root))
    if not several and is_repository(path):
        files = public_files(path, dict(_files(path, None)))
        yield Found(_unique(path.resolve().name, taken), path, files)
        return
    for folder, notebooks in several:
        files = dict(_files(folder, None))
        for notebook in notebooks:
            is_tree = folder != root or root.resolve().parent.name == "source"
            name, own = notebook.stem, folder.resolve().name
            if is_tree:
                name = own if len(notebooks) == 1 else f"{own}_{notebook.stem}"
            yield Found(_unique(name, taken), notebook, files, several=len(notebooks))


def _folders(root: Path) -> Iterator[tuple[Path, list[Path]]]:
    for name, folders, files in os.walk(root):
        folder = Path(name)
        folders[:] = sorted(one for one in folders if _is_entered(folder / one))
        notebooks = [
            folder / one
            for one in sorted(files)
            if one.endswith(".ipynb") and not one.startswith(".") and _is_plain(folder / one)
        ]
        if notebooks:
            yield folder, notebooks


def _files(folder: Path, depth: int | None) -> Iterator[tuple[str, Path]]:
    """Yield the plain files beside notebooks; not those of folders that have notebooks."""
    count = 0
    for name, folders, files in os.walk(folder):
        here = Path(name)
        inside = here.relative_to(folder)
        is_other = here != folder and any(one.endswith(".ipynb") for one in files)
        is_deep = depth is not None and len(inside.parts) >= depth
        folders[:] = sorted(
            one for one in folders if not (is_other or is_deep) and _is_entered(here / one)
        )
        for one in sorted(files) if not is_other else ():
            if one.startswith(".") or one.endswith(".ipynb") or not _is_plain(here / one):
                continue
            count += 1
            if count > MOST_FILES:
                return
            yield (inside / one).as_posix(), here / one


def _is_entered(folder: Path) -> bool:
    name = folder.name
    passed = name.startswith(".") or name in _PASSED_OVER or name in _OF_NBGRADER
    return not passed and not folder.is_symlink()


def _is_plain(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _unique(name: str, taken: set[str]) -> str:
    base = plain_name(name, "assignment")
    made, repeated = base, 2
    while made in taken:
        made, repeated = f"{base}-{repeated}", repeated + 1
    taken.add(made)
    return made


def plain_name(name: str, word: str) -> str:
    """Return a name of lower-case letters, digits, `_` and `-`, with a letter first.

    Args:
        name: anything.
        word: what stands before a name that does not begin with a letter.
    """
    made = re.sub(r"[^a-z0-9_-]+", "_", name.lower()).strip("_")[:_MOST_LETTERS].rstrip("_-")
    if not re.match(r"[a-z]", made):
        made = f"{word}_{made}".rstrip("_")[:_MOST_LETTERS]
    return made
