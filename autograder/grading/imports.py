"""What a check file imports of ours, file by file, without importing it.

What it guarantees:

- Every module of the reference and of `autograder.checking` that an `import` of the file names, and
  every one that those name, is found; a name that a package hands on is followed to the module that
  has it. A text that only looks like an import counts as one.
- Nothing is run, and a file that has not changed is read once.

What it does not do: see imports that are made at run time, or of the libraries (their versions are
in the key).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Final

import autograder

_OURS: Final = ("reference", "autograder.checking")
_IMPORT: Final = re.compile(
    r"^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import[ \t]*(\([^)]*\)|[^\n#;]+)|import[ \t]+([^\n#;]+))",
    re.MULTILINE,
)
_COMMENT: Final = re.compile(r"#[^\n]*")


def imported_by(path: Path) -> dict[str, str]:
    """Return the modules of ours that a file needs: name -> hash of its file.

    Args:
        path: of a check file.
    """
    found: dict[str, str] = {}
    waiting = [*_read(path)[1]]
    while waiting:
        module, name = waiting.pop()
        module, file = _place(module, name)
        if file is not None and module not in found:
            digest, imports = _read(file)
            found[module] = digest
            waiting += imports
    return dict(sorted(found.items()))


def _place(module: str, name: str) -> tuple[str, Path | None]:
    """Return where a name of a module is: itself a module, handed on from one, or of the module."""
    if name and (file := _file(f"{module}.{name}")) is not None:
        return f"{module}.{name}", file
    file = _file(module)
    if name and file is not None and file.name == "__init__.py":
        for origin, other in _read(file)[1]:
            if other == name:
                return _place(origin, name)
    return module, file


def _read(path: Path) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return the hash of a file and what it imports of ours: module and name, "" for all of it."""
    status = path.stat()
    return _read_once(str(path), status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=4096)
def _read_once(path: str, _mtime: int, _size: int) -> tuple[str, tuple[tuple[str, str], ...]]:
    data = Path(path).read_bytes()
    text = data.decode("utf-8", "replace").replace("\\\n", "")
    return hashlib.sha256(data).hexdigest(), tuple(sorted({*_imports(text)}))


def _imports(text: str) -> Iterator[tuple[str, str]]:
    """Return what is imported of ours; a parser would take too long for a small command."""
    for module, names, whole in _IMPORT.findall(text):
        if not module:
            modules = (part.split()[0] for part in whole.split(",") if part.strip())
            yield from ((name, "") for name in modules if _is_ours(name))
        elif _is_ours(module):
            plain = _COMMENT.sub("", names).strip("()")
            given = (part.split()[0] for part in plain.split(",") if part.strip())
            yield from ((module, name.replace("*", "")) for name in given)


def _is_ours(module: str) -> bool:
    return any(module == ours or module.startswith(f"{ours}.") for ours in _OURS)


@lru_cache(maxsize=4096)
def _file(module: str) -> Path | None:
    """Return the file of a module of ours, `None` when there is no such module."""
    place = Path(autograder.__file__).parent.parent.joinpath(*module.split("."))
    for file in (place.with_suffix(".py"), place / "__init__.py"):
        if file.is_file():
            return file
    return None
