"""Read a repository of GitHub Classroom: modules that students fill in, and pytest's tests of them.

What it guarantees:

- The modules that the tests import become cells: what a student writes is an answer, the rest is
  given. An answer's solution is that of `solution/<module>.py`, else the module's own when it is no
  stub; where there is none, its tests are left for a person, and the reason says so.
- Each entry of `.github/classroom/autograding.json` is a graded cell with its points; without that
  file each file of tests is one, with a point for each test.
- Nothing is imported or run; links are not followed.

What it does not do: know the other ways of grading there (a program's output, make, other
languages); such an entry is left for a person.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from autograder.importing.foreign import (
    MOST_CHARACTERS,
    ForeignCell,
    ForeignNotebook,
    ImportRefused,
    Part,
    RawCell,
    Test,
    title_of,
)
from autograder.importing.modules import Definition, Module, read_module
from autograder.importing.pytests import PytestFile, read_pytests
from autograder.records.files import NotRegularError, TooLargeError, read_regular

AUTOGRADING = ".github/classroom/autograding.json"
_SOLUTIONS = ("solution", "solutions", ".solution")
_META = frozenset(
    {"conftest.py", "license", "license.md", "makefile", "pyproject.toml", "pytest.ini",
     "readme.md", "requirements.txt", "setup.cfg", "setup.py", "tox.ini"}
)  # fmt: skip
_TEST_FILE = re.compile(r"test_\w+\.py|\w+_test\.py")
_MOST_FILES = 200  # of tests


def is_repository(folder: Path) -> bool:
    """Return whether a folder has tests of pytest, or Classroom's settings."""
    return _is_plain(folder / AUTOGRADING) or bool(_test_files(folder))


def public_files(folder: Path, files: Mapping[str, Path]) -> dict[str, Path]:
    """Return the files that students get beside the notebook: no tests, solutions or modules."""
    modules = {f"{name}.py" for one in _read_tests(folder) for name in one.modules}
    return {
        name: path
        for name, path in files.items()
        if not (
            _TEST_FILE.fullmatch(path.name)
            or PurePosixPath(name).parts[0] in (*_SOLUTIONS, "tests", "test")
            or name.lower() in _META
            or name in modules
        )
    }


def read_classroom(folder: Path) -> ForeignNotebook:
    """Return what a repository holds, as a notebook.

    Raises:
        ImportRefused: its tests import no module of it.
    """
    return _Reading(folder).run()


@dataclass(frozen=True)
class _Entry:
    """What is graded together."""

    name: str
    points: float
    tests: tuple[Test, ...]
    uses: frozenset[str] = frozenset()


@dataclass
class _Reading:
    folder: Path
    cells: list[ForeignCell] = field(default_factory=list)
    notes: list[tuple[int, str]] = field(default_factory=list)

    def run(self) -> ForeignNotebook:
        tests = _read_tests(self.folder)
        modules = list(self._modules(tests))
        if not modules:
            raise ImportRefused(
                f"{self.folder}: its tests import no module of this repository (name.py beside "
                "tests/); name the repository's own folder"
            )
        readme = self._readme()
        if readme:
            self._add("markdown", Part.GIVEN, readme)
        definitions = [one for module in modules for one in module.definitions]
        entries = list(self._entries(tests, {one.name for one in definitions if one.name}))
        unsolved = {one.name: one for one in definitions if one.is_answer and not one.is_solved}
        last = {name: place for place, one in enumerate(definitions) for name in one.binds}
        for place, one in enumerate(definitions):
            part = Part.ANSWER if one.is_answer else Part.GIVEN
            self._add("code", part, one.source, one.name if one.is_answer else "")
            for entry in entries:
                after = max((last[name] for name in entry.uses), default=len(definitions) - 1)
                if after == place:
                    self._add_tests(entry, unsolved)
        for module in modules:
            self.notes.extend((0, note) for note in module.notes)
        path = self.folder / f"{self.folder.resolve().name}.ipynb"
        title = title_of(path, [RawCell(1, "markdown", readme, {}, {})])
        return ForeignNotebook(self.folder, title, tuple(self.cells), tuple(self.notes))

    def _add(self, kind: str, part: Part, source: str, name: str = "") -> None:
        self.cells.append(ForeignCell(len(self.cells) + 1, kind, part, source, name))

    def _add_tests(self, entry: _Entry, unsolved: Mapping[str, Definition]) -> None:
        by_hand = ""
        if missing := sorted(entry.uses & unsolved.keys()):
            module = unsolved[missing[0]].module
            by_hand = (
                f"asks for {', '.join(missing)}, whose solution is not in the repository: put the "
                f"solved {module}.py into solution/ and import again"
            )
        shown = "\n\n\n".join(_shown(test) for test in entry.tests if not test.by_hand)
        self.cells.append(
            ForeignCell(
                len(self.cells) + 1,
                "code",
                Part.TEST,
                shown,
                f"{entry.name}_points" if entry.name in self._names() else entry.name,
                entry.points,
                entry.tests,
                by_hand=by_hand,
            )
        )

    def _names(self) -> set[str]:
        return {cell.grade_id for cell in self.cells}

    def _readme(self) -> str:
        for path in sorted(self.folder.glob("*.md")):
            if path.name.lower() == "readme.md" and _is_plain(path):
                return _read(path)[:MOST_CHARACTERS].strip()
        return ""

    def _modules(self, tests: Sequence[PytestFile]) -> Iterator[Module]:
        wanted: dict[str, set[str]] = {}
        for one in tests:
            for module, names in one.modules.items():
                wanted.setdefault(module, set()).update(names)
        for name, asked in wanted.items():
            path = self.folder / f"{name}.py"
            if not _is_plain(path):
                continue
            places = [self.folder / folder / path.name for folder in _SOLUTIONS]
            solved = next(filter(_is_plain, places), None)
            yield read_module(name, _read(path), _read(solved) if solved else "", asked)

    def _entries(self, tests: Sequence[PytestFile], known: set[str]) -> Iterator[_Entry]:
        path = self.folder / AUTOGRADING
        if not _is_plain(path):
            for one in tests:
                yield from _entry(one.name, float(len(one.tests)), one.select("", ""), known)
            return
        try:
            listed = json.loads(_read(path))["tests"]
            entries = [(str(one["name"]), one) for one in listed]
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise ImportRefused(f"{path}: is no list of tests: {error!r}") from error
        run: list[Test] = []
        for name, one in entries:
            points = _points(one.get("points"))
            if points is None:
                self.notes.append((0, f"{name!r}: points are {one.get('points')!r}; taken as 0"))
            command = str(one.get("run", ""))
            chosen = _chosen(command, tests)
            run += [test for test, _ in chosen or ()]
            if chosen is None:
                reason = (
                    f"is the command {command!r}, which is no plain call of pytest for tests here"
                )
                yield _Entry(_word(name), points or 0.0, (Test("", by_hand=reason),))
                continue
            yield from _entry(_word(name), points or 0.0, chosen, known)
        for one in tests:
            self.notes.extend(
                (0, f"{one.path}: {test.name} is left out; nothing in {AUTOGRADING} runs it")
                for test, _ in one.tests
                if test not in run
            )


def _entry(
    name: str, points: float, tests: Sequence[tuple[Test, frozenset[str]]], known: set[str]
) -> Iterator[_Entry]:
    if tests:
        uses = frozenset[str]().union(*(names for _, names in tests)) & known
        yield _Entry(name, points, tuple(test for test, _ in tests), uses)


def _chosen(command: str, tests: Sequence[PytestFile]) -> list[tuple[Test, frozenset[str]]] | None:
    """Return the tests that a call of pytest runs; None for any other command."""
    words = command.split()
    while words[:1] and words[0] in ("python", "python3", "-m"):
        words.pop(0)
    if words[:1] != ["pytest"] or any(mark in command for mark in ";|&<>$`"):
        return None
    keyword, named = "", []
    rest = iter(words[1:])
    for word in rest:
        if word == "-k":
            keyword = next(rest, "").strip("'\"")
            if not re.fullmatch(r"\w+", keyword):
                return None
        elif not word.startswith("-"):
            named.append(word.removeprefix("./"))
    found = []
    for one in tests:
        for place in named or [one.path]:
            file, _, function = place.partition("::")
            if file == one.path or one.path.startswith(f"{file.rstrip('/')}/"):
                found += one.select(function.split("::")[-1], keyword)
    return found or None


def _shown(test: Test) -> str:
    body = "\n".join(f"    {line}" if line.strip() else "" for line in test.source.split("\n"))
    return f"def {test.name}():\n{body}\n\n\n{test.name}()"


def _word(name: str) -> str:
    return re.sub(r"\W+", "_", name.lower()).strip("_") or "tests"


def _points(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) and value >= 0 else None


def _read_tests(folder: Path) -> list[PytestFile]:
    return [
        read_pytests(path.relative_to(folder).as_posix(), _read(path))
        for path in _test_files(folder)
    ]


def _test_files(folder: Path) -> list[Path]:
    inside = [folder / name for name in ("tests", "test") if not (folder / name).is_symlink()]
    places = [folder.glob("*.py"), *(place.rglob("*.py") for place in inside)]
    found = [
        path
        for place in places
        for path in sorted(place)
        if _TEST_FILE.fullmatch(path.name) and _is_plain(path)
    ]
    if len(found) > _MOST_FILES:
        raise ImportRefused(f"{folder}: {len(found)} files of tests; at most {_MOST_FILES}")
    return found


def _is_plain(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _read(path: Path) -> str:
    try:
        text = read_regular(path, MOST_CHARACTERS).decode()
    except (TooLargeError, NotRegularError, OSError, UnicodeDecodeError) as error:
        raise ImportRefused(f"{path}: cannot be read as text: {error}") from error
    return text.replace("\r\n", "\n").replace("\0", "")
