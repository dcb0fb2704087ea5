"""From a notebook of another system to the files of `solutions/<assignment>/`.

What it guarantees:

- No point is lost: each graded cell's tests become a hidden check, or its points go to the answer
  above it, which a person then grades; `Outcome` says which and why.
- What could not be kept as it was is a note. Tests that wait for a person are under `by-hand/`.
- The same notebook gives the same bytes; nothing is run and nothing is written here.

Solution lines that the notebook shows elsewhere as well stay shown, as in its own system:
`may_repeat` names them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path, PurePosixPath

from autograder.course.settings import PRIVATE
from autograder.course.solution import BEGIN, END
from autograder.course.source import check_file_name
from autograder.importing.asking import Unconvertible
from autograder.importing.converting import Converted, convert
from autograder.importing.emitting import Cell, cell_text, check_file, quoted
from autograder.importing.enclosing import enclosed
from autograder.importing.finding import Found, plain_name
from autograder.importing.foreign import ForeignCell, ForeignNotebook, Part
from autograder.importing.libraries import needed
from autograder.importing.repeating import repeated
from autograder.importing.surroundings import NotPython, Surroundings, bound_names, parse
from autograder.records.files import NotRegularError, TooLargeError, read_regular

BY_HAND = "by-hand"
NOT_YET = "# Not a check yet: "
MOST_FILE_BYTES = 64 << 20
MOST_BYTES = 512 << 20  # all files of an assignment
_ABSENT = "# The tests of this cell are not shown."
_WAITS = "*A person looks at this exercise and gives its points.*"
_PICTURE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,80}")


class Way(StrEnum):
    """What became of a graded cell."""

    CHECK = "check"
    HAND = "by hand"
    KEPT = "kept"  # it was graded by hand before, too
    NO_POINTS = "no points"


@dataclass(frozen=True)
class Outcome:
    """What became of one graded cell.

    Args:
        grade_id: its name here; of a test that a person grades, of the cell that has its points.
        points: what it is worth.
        way: which way it took.
        cell: number of the cell in the notebook.
        line: line in that cell which is the reason, 0 when none is.
        reason: why it is not a check; empty for checks.
    """

    grade_id: str
    points: float
    way: Way
    cell: int
    line: int = 0
    reason: str = ""


@dataclass(frozen=True)
class Translated:
    """All that one notebook becomes.

    Args:
        assignment: its name.
        origin: the notebook file.
        files: name under `solutions/<assignment>/` -> content.
        outcomes: of the graded cells, in order.
        notes: what else was changed or left out, with the cell.
    """

    assignment: str
    origin: Path
    files: Mapping[str, bytes]
    outcomes: tuple[Outcome, ...]
    notes: tuple[str, ...]

    @property
    def waits(self) -> bool:
        """Return whether a person should do something."""
        return any(one.way is Way.HAND for one in self.outcomes)


def translate(
    found: Found, foreign: ForeignNotebook, failing: Mapping[str, str] | None = None
) -> Translated:
    """Return what a notebook becomes.

    Args:
        found: the file.
        foreign: what it holds.
        failing: grade id here -> why its test cannot be a check after all, though it reads as one;
            as `autograder.importing.proving` finds it.
    """
    return _Translation(found, foreign, failing or {}).run()


@dataclass
class _Translation:
    found: Found
    foreign: ForeignNotebook
    failing: Mapping[str, str]
    cells: list[Cell] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    content: dict[str, bytes] = field(default_factory=dict)
    around: Surroundings = field(default_factory=Surroundings)
    names: set[str] = field(default_factory=set)
    answered: set[str] = field(default_factory=set)

    def run(self) -> Translated:
        self.notes.extend(
            f"cell {number}: {text}" if number else text for number, text in self.foreign.notes
        )
        if self.found.several > 1:
            self.notes.append(
                f"one of {self.found.several} notebooks of its folder; each is an assignment"
            )
        for cell in self.foreign.cells:
            self._add(cell)
        public = self._files()
        total = sum(cell.points for cell in self.cells)
        self.content["assignment.toml"] = self._settings(public, total).encode()
        self.content["notebook.py"] = "\n\n".join(map(cell_text, self.cells)).encode() + b"\n"
        return Translated(
            self.found.assignment,
            self.foreign.path,
            dict(sorted(self.content.items())),
            tuple(self.outcomes),
            tuple(self.notes),
        )

    # --- cells

    def _add(self, cell: ForeignCell) -> None:
        made = Cell(cell.cell_type, self._with_pictures(cell), cell.number)
        way = {
            Part.GIVEN: self._given,
            Part.ANSWER: self._answer,
            Part.TEST: self._test,
            Part.ESSAY: self._essay,
            Part.TASK: self._essay,
        }[cell.part]
        way(cell, made)
        if cell.cell_type == "code":
            is_answer = cell.part in (Part.ANSWER, Part.ESSAY)
            self.around.add(made.source, is_answer=is_answer)
            if is_answer:
                self.answered.update(_bound(made.source))

    def _given(self, cell: ForeignCell, made: Cell) -> None:
        self.cells.append(made)
        for name in sorted(self.answered & set(_bound(made.source))) if made.source else ():
            if cell.cell_type == "code":
                self.notes.append(
                    f"cell {cell.number}: binds {name!r}, which an answer above it defines; "
                    "gradlab build refuses that: put the code into a function"
                )

    def _answer(self, cell: ForeignCell, made: Cell) -> None:
        if cell.cell_type != "code":
            self.cells.append(made)
            self._wait(
                cell,
                "an answer in text that has no points cannot be filled in here; give it points",
            )
            return
        made.grade_id, made.solution = self._name(cell, "answer"), True
        self.cells.append(made)

    def _essay(self, cell: ForeignCell, made: Cell) -> None:
        if not cell.points:
            if cell.cell_type == "code":
                self._answer(cell, made)
                return
            self.cells.append(made)
            self._wait(cell, "a text without points cannot be filled in here; give it points")
            return
        if cell.cell_type == "raw":
            made.cell_type = "markdown"
        if cell.part is Part.TASK and BEGIN not in made.source.split("\n"):
            made.source += f"\n\n{BEGIN}\n{END}"
        made.grade_id, made.points = self._name(cell, "essay"), cell.points
        made.grade = made.solution = True
        self.cells.append(made)
        self.outcomes.append(Outcome(made.grade_id, cell.points, Way.KEPT, cell.number))

    def _wait(self, cell: ForeignCell, reason: str) -> None:
        name = cell.grade_id or f"cell {cell.number}"
        self.outcomes.append(Outcome(name, 0.0, Way.HAND, cell.number, 0, reason))

    def _test(self, cell: ForeignCell, made: Cell) -> None:
        grade_id = self._name(cell, "test")
        made.source = made.source if made.source.strip() else _ABSENT
        clash = self.answered & set(_bound(made.source))
        if not cell.points:
            self.outcomes.append(Outcome(grade_id, 0.0, Way.NO_POINTS, cell.number))
            hidden = any(test.hidden for test in cell.tests)
            if hidden or clash:
                self._keep(grade_id, cell, "it is worth no points")
                self.notes.append(
                    f"cell {cell.number}: worth no points; kept whole in {BY_HAND}/{grade_id}.py"
                )
            self._self_check(made, clash)
            return
        try:
            if grade_id in self.failing:
                raise Unconvertible(0, self.failing[grade_id])
            if cell.by_hand:
                raise Unconvertible(0, cell.by_hand)
            checks = self._checks(cell, grade_id)
        except Unconvertible as refused:
            if clash:
                self.notes.append(
                    f"cell {cell.number}: not shown any more, for it binds {_listed(clash)}, which "
                    f"an answer above it defines; kept in {BY_HAND}/{grade_id}.py"
                )
            else:
                self.cells.append(made)
            self._by_hand(cell, grade_id, refused)
            return
        self._self_check(made, clash)
        made.grade_id, made.grade, made.points = grade_id, True, cell.points
        self.content[f"checks/{check_file_name(grade_id)}"] = check_file(made, checks).encode()
        self.outcomes.append(Outcome(grade_id, cell.points, Way.CHECK, cell.number))

    def _self_check(self, made: Cell, clash: set[str]) -> None:
        """Add a visible test; put it into a function when it binds what an answer defines."""
        if clash:
            function = enclosed(made.source, clash)
            what = "put into a function" if function else "not shown any more"
            self.notes.append(
                f"cell {made.number}: {what}, for it binds {_listed(clash)}, which an answer above "
                "it defines"
            )
            made.source = function or _ABSENT
        self.cells.append(made)

    def _checks(self, cell: ForeignCell, grade_id: str) -> list[Converted]:
        base = check_file_name(grade_id).removesuffix(".py")
        about = "The tests of this exercise, hidden ones included."
        around = replace(
            self.around, **{key: value.copy() for key, value in vars(self.around).items()}
        )
        made = []
        for number, test in enumerate(cell.tests, start=1):
            name = base if len(cell.tests) == 1 else f"{base}_{number}"
            try:
                if test.by_hand:
                    raise Unconvertible(0, test.by_hand)
                made.append(convert(test, name, about, around))
            except Unconvertible as refused:
                if len(cell.tests) == 1 and not test.name:
                    raise
                which = test.name or f"number {number}"
                line = 0 if test.name else refused.line  # of a piece that nobody sees
                raise Unconvertible(line, f"({which}) {refused.reason}") from refused
            visible = "\n".join(
                line
                for n, line in enumerate(test.source.split("\n"), start=1)
                if n not in test.hidden
            )
            around.add(visible, is_answer=False)
        return made

    def _by_hand(self, cell: ForeignCell, grade_id: str, refused: Unconvertible) -> None:
        """Give a test's points to the answer above it, else to a text of its own."""
        place = next((one for one in reversed(self.cells) if one.solution), None)
        if place is None:
            source = f"{_WAITS}\n\n{BEGIN}\n{END}"
            place = Cell("markdown", source, cell.number, grade_id, solution=True)
            self.cells.append(place)
        place.grade = True
        place.points += cell.points
        self._keep(grade_id, cell, f"the test {refused.reason}")
        where = "" if place.grade_id == grade_id else f"; its points are those of {place.grade_id}"
        reason = f"{refused.reason}{where}"
        self.outcomes.append(
            Outcome(grade_id, cell.points, Way.HAND, cell.number, refused.line, reason)
        )

    def _keep(self, grade_id: str, cell: ForeignCell, why: str) -> None:
        parts = [
            f"{NOT_YET}{' '.join(why.split())}.",
            *(f"# {test.name}\n{test.source}" if test.name else test.source for test in cell.tests),
        ]
        self.content[f"{BY_HAND}/{grade_id}.py"] = ("\n\n".join(parts) + "\n").encode()

    def _name(self, cell: ForeignCell, word: str) -> str:
        base = plain_name(cell.grade_id or f"{word}_{cell.number}", word)
        name, repeated = base, 2
        while name.replace("-", "_") in self.names:
            name, repeated = f"{base}_{repeated}", repeated + 1
        self.names.add(name.replace("-", "_"))
        if cell.grade_id and name != cell.grade_id:
            self.notes.append(f"cell {cell.number}: {cell.grade_id!r} is called {name} here")
        return name

    # --- files

    def _with_pictures(self, cell: ForeignCell) -> str:
        source = cell.source
        for number, (name, data) in enumerate(sorted(cell.pictures.items()), start=1):
            suffix = PurePosixPath(name).suffix.lower()
            kept = suffix if re.fullmatch(r"\.[a-z0-9]{1,5}", suffix) else ".png"
            stem = f"cell{cell.number}" + (f"-{number}" if len(cell.pictures) > 1 else "")
            target = f"images/{stem}{kept}"
            self.content[target] = data
            source = source.replace(f"attachment:{name}", target)
        return source

    def _files(self) -> list[str]:
        """Read the files that come along; return the names of all that students get."""
        public = [name for name in self.content if name.startswith("images/")]
        said = "\n".join(cell.source for cell in self.cells)
        total = 0
        for name, path in self.found.files.items():
            is_named = name in self.foreign.files or _is_mentioned(name, said)
            if self.found.only_mentioned and not is_named:
                continue
            parts = PurePosixPath(name).parts
            if parts[0] in {*PRIVATE, BY_HAND} or name in self.content or "\\" in name:
                self.notes.append(f"{name!r} is left out: the name has a meaning here")
                continue
            try:
                data = read_regular(path, min(MOST_FILE_BYTES, MOST_BYTES - total))
            except (TooLargeError, NotRegularError, OSError) as error:
                self.notes.append(f"{name!r} is left out: {error.strerror or error}")
                continue
            total += len(data)
            self.content[name] = data
            public.append(name)
        return sorted(public)

    def _settings(self, public: Iterable[str], total: float) -> str:
        lines = [f"title = {quoted(self.foreign.title)}"]
        if total:
            lines.append(f"points = {total!r}")
        tables = {
            "files": public,
            "libraries": self._libraries(public),
            "may_repeat": self._repeats(public),
        }
        for key, values in tables.items():
            if values := list(values):
                lines += [f"{key} = [", *(f"    {quoted(one)}," for one in values), "]"]
        return "\n".join(lines) + "\n"

    def _repeats(self, public: Iterable[str]) -> list[str]:
        """Return the solution lines that stay shown elsewhere, as in the notebook's own system."""
        found = dict(repeated(self.cells, [self.content[name] for name in public]))
        self.notes.extend(
            f"cell {number}: shown elsewhere as before: {text!r}" for text, number in found.items()
        )
        return [*found]

    def _libraries(self, public: Iterable[str]) -> list[str]:
        """Return the libraries that the notebook, and modules beside it, import."""
        texts = [cell.source for cell in self.cells if cell.cell_type == "code"]
        texts += [test.source for cell in self.foreign.cells for test in cell.tests]
        names = [PurePosixPath(name) for name in public]
        beside = {name.parts[0].removesuffix(".py") for name in names if name.suffix == ".py"}
        for name in names:
            if name.suffix == ".py":
                texts.append(self.content[str(name)].decode("utf-8", "replace"))
        return needed(texts, beside)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


def _bound(source: str) -> list[str]:
    try:
        return list(bound_names(parse(source).body))
    except NotPython:
        return []


def _is_mentioned(name: str, text: str) -> bool:
    path = PurePosixPath(name)
    if path.suffix == ".py" and re.search(rf"\b(import|from)\s+{re.escape(path.stem)}\b", text):
        return True
    return re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w-])", text) is not None
