"""Read `assignment.toml`: an assignment's title, limits, public files, and what exercises are for.

What it guarantees:

- Every key is known and of the right type; a public file exists, is a plain file inside the
  assignment's folder, and is none of the private ones.

Keys: `title` (needed), `points` (the total, compared with the cells'), `files` (public files beside
the notebook), `may_repeat` (solution lines that given text may show too), `libraries` (needed
beyond gradlab's own, see `autograder.course.libraries`), `[limits]`, `[exercises.<grade_id>]` (see
`autograder.course.metadata`), `[feedback]` (see `autograder.course.feedback`).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from autograder.course.feedback import Feedback
from autograder.course.libraries import refused
from autograder.course.manifest import Metadata
from autograder.course.metadata import read_metadata
from autograder.course.percent import read_text
from autograder.course.problems import Problem, SourceError
from autograder.settings.errors import SettingsError
from autograder.wire.limits import LimitError, Limits

SETTINGS_NAME = "assignment.toml"
PRIVATE = frozenset({"notebook.py", SETTINGS_NAME, "mutants.toml", "checks", "submissions"})
_TYPES: Mapping[str, tuple[type, ...]] = {
    "title": (str,),
    "points": (int, float),
    "files": (list,),
    "may_repeat": (list,),
    "libraries": (list,),
    "limits": (dict,),
    "exercises": (dict,),
    "feedback": (dict,),
}


@dataclass(frozen=True)
class Settings:
    """What `assignment.toml` says."""

    title: str
    points: float | None = None
    files: Mapping[str, Path] = field(default_factory=dict)
    may_repeat: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)
    metadata: Mapping[str, Metadata] = field(default_factory=dict)
    feedback: Mapping[str, Any] = field(default_factory=dict)


def read_toml(path: Path) -> dict[str, Any]:
    """Return a TOML file's content.

    Raises:
        SourceError: the file is missing or is not TOML.
    """
    text = read_text(path)
    try:
        tables = tomllib.loads(text)
        str(tables)  # a number of thousands of digits cannot be shown, so no message could name it
    except (ValueError, RecursionError) as error:
        raise SourceError([Problem(path, 0, f"is not TOML: {error}")]) from error
    return tables


def line_of(path: Path, fragment: str) -> int:
    """Return the first line of a file that starts with the fragment, 0 when none does."""
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        if line.strip().startswith(fragment):
            return number
    return 0


def read_settings(folder: Path) -> Settings:
    """Return the settings of an assignment's folder.

    Raises:
        SourceError: something in the file is wrong; all of it is said.
    """
    path = folder / SETTINGS_NAME
    raw = read_toml(path)
    problems: list[Problem] = []

    def complain(fragment: str, message: str) -> None:
        problems.append(Problem(path, line_of(path, fragment), message))

    for key, value in list(raw.items()):
        if key not in _TYPES:
            complain(key, f"unknown key {key!r}; known are {', '.join(_TYPES)}")
        elif not isinstance(value, _TYPES[key]) or isinstance(value, bool):
            complain(key, f"{key} is {value!r}; expected {_TYPES[key][0].__name__}")
            del raw[key]
    title = raw.get("title", "")
    if not (isinstance(title, str) and title.strip()):
        complain("title", 'no title; write title = "…"')
    limits = Limits()
    try:
        limits = Limits.from_mapping(raw.get("limits", {}))
    except (LimitError, TypeError) as error:
        complain("[limits]", str(error))
    files: dict[str, Path] = {}
    for name in raw.get("files", []):
        reason = _refuse_file(folder, name)
        if reason:
            complain("files", f"public file {name!r} {reason}")
        else:
            files[name] = folder / name
    repeat = raw.get("may_repeat", [])
    if not all(isinstance(line, str) for line in repeat):
        complain("may_repeat", f"may_repeat is {repeat!r}; expected a list of lines")
    libraries = raw.get("libraries", [])
    for reason in filter(None, map(refused, libraries)):
        complain("libraries", reason)
    metadata = read_metadata(raw.get("exercises", {}), path, problems)
    feedback = raw.get("feedback", {})
    try:
        Feedback().changed_by(feedback)
    except SettingsError as error:
        for said in str(error).split("\n- ")[1:]:
            complain("[feedback]", f"[feedback]: {said}")
    if problems:
        raise SourceError(problems)
    return Settings(
        title,
        raw.get("points"),
        files,
        tuple(repeat),
        tuple(libraries),
        limits,
        metadata,
        feedback,
    )


def _refuse_file(folder: Path, name: object) -> str:
    if not isinstance(name, str) or not name or "\\" in name:
        return "is no relative path with '/'"
    parts = PurePosixPath(name)
    if parts.is_absolute() or str(parts) != name or any(p.startswith(".") for p in parts.parts):
        return "is no plain relative path inside the assignment's folder"
    if parts.parts[0] in PRIVATE or name.endswith(".ipynb"):
        return "is private; a student must not receive it"
    path = folder / name
    if (
        not path.is_file()
        or path.is_symlink()
        or not path.resolve().is_relative_to(folder.resolve())
    ):
        return "does not exist as a plain file in the assignment's folder"
    return ""
