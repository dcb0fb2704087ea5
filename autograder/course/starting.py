"""Start an exercise or a course from templates that are accepted as they are, holes marked.

A template is one text file of this package's folder `templates`. A line `==> PATH` begins each file
that it makes; `{{id}}` and `{{title}}` stand for what is started.

What it guarantees:

- What is written passes `gradlab build`; where it would not, nothing is left changed.
- Nothing that exists is overwritten: notebook and settings are added to, other files are new.

What it does not do: fill the holes. They are marked with `TODO`; `holes` finds them.
"""

from __future__ import annotations

import keyword
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from autograder.course.building import build
from autograder.course.layout import Layout
from autograder.course.linting import lint
from autograder.course.manifest import Kind, Manifest
from autograder.course.percent import read_text
from autograder.course.problems import CourseError, SourceError
from autograder.course.settings import SETTINGS_NAME
from autograder.course.source import ASSIGNMENT_NAME, NOTEBOOK_NAME, read_assignment
from autograder.records import write_whole

HOLE = "TODO"
EXERCISE_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")
_GROWS = (NOTEBOOK_NAME, SETTINGS_NAME)
_BEGIN = re.compile(r"^==> (?P<path>\S+)\n", re.MULTILINE)
_POINTS = re.compile(r"^points\s*=\s*[\d.]+", re.MULTILINE)
EXAMPLES: Mapping[Kind, str] = {
    Kind.CODE: "centred",
    Kind.NUMBER: "layer_size",
    Kind.SYMBOLIC: "slope",
    Kind.CHOICE: "no_rate",
    Kind.TRACE: "three_steps",
    Kind.TRAIN: "learn_line",
    Kind.ESSAY: "why_not_linear",
}
"""The exercises of a new course, one in each of its assignments."""


class StartError(CourseError):
    """Something cannot be started as it was asked for."""


@dataclass(frozen=True)
class Hole:
    """A place that the author has to fill.

    Args:
        file: where it is.
        line: 1-based.
        text: the line.
    """

    file: Path
    line: int
    text: str


def template(name: str, values: Mapping[str, str]) -> dict[str, str]:
    """Return the files that a template makes: relative path -> text.

    Args:
        name: of the template, such as `exercises/code`.
        values: what stands for each placeholder, by its name without braces.
    """
    text = files("autograder.course").joinpath("templates", f"{name}.txt").read_text("utf-8")
    for placeholder, value in values.items():
        text = text.replace("{{" + placeholder + "}}", value)
    parts = _BEGIN.split(text)  # what is before the first, then path and text in turn
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def start_exercise(layout: Layout, assignment: str, name: str, kind: Kind) -> list[Path]:
    """Add an exercise to an assignment, which is started too when there is none of that name.

    Args:
        layout: the course.
        assignment: its name.
        name: of the exercise: its grade id, and of the student's function or variable.
        kind: what a student does.

    Returns:
        The files that were written.

    Raises:
        StartError: a name is of no use or taken, or a file of that name exists.
        SourceError: the assignment is one that build refuses.
    """
    if not EXERCISE_NAME.fullmatch(name) or keyword.iskeyword(name):
        raise StartError(
            f"exercise {name!r}: a lower-case letter, then lower-case letters, digits and _, "
            "41 at most, and no word of Python's own: the student's function is named so"
        )
    if not ASSIGNMENT_NAME.fullmatch(assignment):
        raise StartError(f"assignment {assignment!r}: expected {ASSIGNMENT_NAME.pattern}")
    folder = layout.solutions / assignment
    before: dict[Path, str] = {}
    if (folder / NOTEBOOK_NAME).exists():
        manifest = _accepted(folder)
        if name in (taken := {cell.cell_id for cell in manifest.cells}):
            raise StartError(f"{folder / NOTEBOOK_NAME} has a cell {name!r} already")
        if f"{name}_answer" in taken:
            raise StartError(f"{folder / NOTEBOOK_NAME} has a cell '{name}_answer' already")
        before = {folder / file: read_text(folder / file) for file in _GROWS}
    elif folder.exists() and any(folder.iterdir()):
        raise StartError(f"{folder} exists and has no {NOTEBOOK_NAME}")
    title = name.replace("_", " ").capitalize()
    made = template(f"exercises/{kind}", {"id": name, "title": title})
    for path in made:
        if path not in _GROWS and (folder / path).exists():
            raise StartError(f"{folder / path} exists already")
    heading = assignment.replace("_", " ").replace("-", " ").capitalize()
    fresh = template("assignment", {"title": heading})
    texts = {
        folder / path: (before.get(folder / path, fresh[path]).rstrip("\n") + "\n\n" + text)
        if path in _GROWS
        else text
        for path, text in made.items()
    }
    _write(folder, texts, before)
    return sorted(texts)


def start_course(folder: Path) -> Layout:
    """Write a course: settings, and one small assignment of each kind, built; a git repository.

    Args:
        folder: new, or empty.

    Returns:
        Where its parts lie.

    Raises:
        StartError: the folder has something in it, or is none.
        OSError: it cannot be written; nothing of it is there then.
    """
    folder = folder.absolute()
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise StartError(f"{folder} exists and is no folder")
    if folder.exists() and any(folder.iterdir()):
        raise StartError(f"{folder} is not empty; a course starts in a folder of its own")
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=".gradlab-", dir=folder.parent))
    try:
        made.chmod(0o755)
        title = folder.name.replace("_", " ").replace("-", " ").capitalize()
        values = {"title": title, "version": version("gradlab")}
        for path, text in template("course", values).items():
            write_whole(made / path, text.encode(), mode=0o644)
        layout = Layout(made, made / "var")
        layout.solutions.mkdir()
        for kind, name in EXAMPLES.items():
            start_exercise(layout, f"example_{kind}", name, kind)
        build(layout)
        if shutil.which("git"):
            done = subprocess.run(["git", "init", "--quiet", made], capture_output=True, text=True)
            if done.returncode:
                raise StartError(f"git init: {done.stderr.strip()}")
        made.rename(folder)
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise
    return Layout(folder, folder / "var")


def holes(manifest_folder: Path) -> list[Hole]:
    """Return the places of an assignment's folder that are still to be filled, in order."""
    return [
        Hole(path, number, line.strip())
        for path in sorted(manifest_folder.rglob("*"))
        if path.suffix in (".py", ".toml") and path.is_file()
        for number, line in enumerate(read_text(path).splitlines(), start=1)
        if HOLE in line
    ]


def _accepted(folder: Path) -> Manifest:
    manifest = read_assignment(folder)
    if problems := lint(manifest):
        raise SourceError(problems)
    return manifest


def _write(folder: Path, texts: Mapping[Path, str], before: Mapping[Path, str]) -> None:
    """Write all files; take everything back when the assignment is not accepted with them."""
    settings = folder / SETTINGS_NAME
    try:
        for path, text in texts.items():
            write_whole(path, text.encode(), mode=0o644)
        if _POINTS.search(texts[settings].split("\n[", 1)[0]):
            # the author compares the total: it has grown with the exercise
            without = _POINTS.sub("", texts[settings], count=1)
            write_whole(settings, without.encode(), mode=0o644)
            total = read_assignment(folder).max_points
            whole = _POINTS.sub(f"points = {total:g}", texts[settings], count=1)
            write_whole(settings, whole.encode(), mode=0o644)
        _accepted(folder)
    except (SourceError, OSError):
        for path in texts:
            if path in before:
                write_whole(path, before[path].encode(), mode=0o644)
            else:
                path.unlink(missing_ok=True)
        for path in sorted({path.parent for path in texts}, reverse=True):
            if path.is_dir() and not any(path.iterdir()):
                path.rmdir()
        raise
