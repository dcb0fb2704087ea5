"""Read Otter's master notebooks: questions, solutions and tests between cells of delimiters.

What it guarantees:

- A question is its answer cells and, for its tests, one graded cell with a check for each of them.
  A manual question is a cell that a person grades.
- A test that shows a value is the question whether that value comes: its output in the notebook
  says which, when it is plain data. `# HIDDEN` tests are hidden.
- Lines of solutions stand between our markers; Otter's own prompts are left out, and said.

What it does not do: read YAML. Of the settings it takes the plain `key: value` lines that it needs.
"""

from __future__ import annotations

import ast
import math
import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from autograder.course.solution import BEGIN, END
from autograder.importing.foreign import (
    ForeignCell,
    ForeignNotebook,
    Part,
    RawCell,
    Test,
    title_of,
)
from autograder.importing.surroundings import NotPython, parse

_DELIMITER = re.compile(
    r"#\s*(?:(?P<way>BEGIN|END)\s+(?P<what>QUESTION|SOLUTION|PROMPT|TESTS?)|ASSIGNMENT CONFIG)\s*$"
)
_LINE = re.compile(r"(?P<code>.*\S)\s*#\s*SOLUTION(?:\s+NO\s+PROMPT)?\s*$")
_BLOCK = re.compile(r"#\s*(?P<way>BEGIN|END)\s+SOLUTION(?:\s+NO\s+PROMPT)?\s*$")
_PROMPT = re.compile(r'(?:"""|\'\'\')\s*#\s*(?P<way>BEGIN|END)\s+PROMPT\s*$')
_CONFIG = re.compile(r'(?:"""|\'\'\')\s*#\s*(?P<way>BEGIN|END)\s+TEST\s+CONFIG\s*$')
_HIDDEN = re.compile(r"#\s*HIDDEN\s*$")
_SETTING = re.compile(r"\s*(?P<key>\w+)\s*:\s*(?P<value>.*\S)?\s*$")


def is_otter(cells: Sequence[RawCell]) -> bool:
    """Return whether a cell is a delimiter of Otter's."""
    return any(_delimiter(cell) is not None for cell in cells)


def read_otter(path: Path, cells: list[RawCell]) -> ForeignNotebook:
    """Return what the delimiters make of the cells."""
    reading = _Reading()
    for cell in cells:
        reading.take(cell)
    reading.end_question()
    title = reading.title or title_of(path, cells)
    return ForeignNotebook(
        path, title, tuple(reading.cells), tuple(reading.notes), tuple(reading.files)
    )


def _delimiter(cell: RawCell) -> re.Match[str] | None:
    if cell.cell_type == "code":
        return None
    lines = [line for line in cell.source.split("\n") if line.strip()]
    return _DELIMITER.match(lines[0].strip()) if lines else None


@dataclass
class _Question:
    name: str
    points: float | None
    manual: bool
    answers: list[int] = field(default_factory=list)  # places in the list of cells
    tests: list[Test] = field(default_factory=list)
    number: int = 0  # of the first test's cell


@dataclass
class _Reading:
    cells: list[ForeignCell] = field(default_factory=list)
    notes: list[tuple[int, str]] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    title: str = ""
    question: _Question | None = None
    region: str = ""

    def take(self, cell: RawCell) -> None:
        delimiter = _delimiter(cell)
        if delimiter is None:
            if cell.source.strip() or cell.pictures:
                self._content(cell)
        elif delimiter["what"] is None:
            self._settings(cell)
        elif delimiter["what"] == "QUESTION":
            self.end_question()
            if delimiter["way"] == "BEGIN":
                self._begin_question(cell)
        else:
            is_begun = delimiter["way"] == "BEGIN"
            self.region = delimiter["what"].rstrip("S") if is_begun else ""

    def end_question(self) -> None:
        question, self.question, self.region = self.question, None, ""
        if question is None:
            return
        points = 1.0 if question.points is None else question.points
        if question.manual:
            self._person_grades(question, points)
            points = 0.0
        if question.tests:
            self._add_tests(question, points)
        elif not question.manual:
            self.notes.append(
                (question.number, f"question {question.name!r} has no tests and is not manual")
            )

    def _person_grades(self, question: _Question, points: float) -> None:
        if not question.answers:
            self.notes.append((question.number, f"question {question.name!r} has no answer"))
            return
        place = question.answers[0]
        old = self.cells[place]
        name = question.name
        self.cells[place] = ForeignCell(
            old.number, old.cell_type, Part.ESSAY, old.source, name, points, (), old.pictures
        )

    def _add_tests(self, question: _Question, points: float) -> None:
        tests = question.tests
        given = [test.points for test in tests if test.points is not None]
        if question.points is None and len(given) == len(tests) and points:
            points = sum(given)
        elif given and not (len(given) == len(tests) and math.isclose(sum(given), points)):
            tests = [Test(test.source, test.hidden, None, test.hint) for test in tests]
            self.notes.append(
                (question.number, "the points of its tests do not add up; all count the same")
            )
        shown = "\n".join(test.source for test in tests if not test.hidden)
        name = f"{question.name}_tests" if question.manual else question.name
        self.cells.append(
            ForeignCell(question.number, "code", Part.TEST, shown, name, points, tuple(tests))
        )

    def _begin_question(self, cell: RawCell) -> None:
        settings = _plain_settings(cell.source)
        points: float | None = None
        if "points" in settings:
            try:
                points = float(settings["points"])
            except ValueError:
                points = math.nan
            if not (math.isfinite(points) and points >= 0):
                self.notes.append((cell.number, "its points are no plain number; taken as 1"))
                points = None
        name = settings.get("name", f"q{cell.number}")
        manual = settings.get("manual", "").lower() in ("true", "yes")
        self.question = _Question(name, points, manual, number=cell.number)

    def _settings(self, cell: RawCell) -> None:
        lines = cell.source.split("\n")
        self.title = _plain_settings(cell.source).get("name", "")
        inside = False
        for line in lines:
            setting = _SETTING.fullmatch(line)
            if setting is not None:
                inside = setting["key"] == "files" and not setting["value"]
            elif inside and line.strip().startswith("-"):
                self.files.append(line.strip().lstrip("- ").strip("\"'"))

    def _content(self, cell: RawCell) -> None:
        if self.region == "PROMPT":
            self.notes.append((cell.number, "a prompt of Otter's is left out; a stub stands there"))
        elif self.region == "TEST" and self.question and cell.cell_type == "code":
            if not self.question.tests:
                self.question.number = cell.number
            self.question.tests.append(self._test(cell))
        else:
            source, is_marked = (
                self._with_markers(cell) if cell.cell_type == "code" else (cell.source, False)
            )
            is_answer = is_marked or self.region == "SOLUTION"
            part = Part.ANSWER if is_answer else Part.GIVEN
            if self.question and is_answer:
                self.question.answers.append(len(self.cells))
            self.cells.append(
                ForeignCell(cell.number, cell.cell_type, part, source, "", 0.0, (), cell.pictures)
            )

    def _with_markers(self, cell: RawCell) -> tuple[str, bool]:
        """Return the code with solutions between our markers, and whether it has any."""
        kept: list[str] = []
        inside_prompt = False
        is_marked = False
        for line in cell.source.split("\n"):
            indent = line[: len(line) - len(line.lstrip())]
            prompt, block = _PROMPT.fullmatch(line.strip()), _BLOCK.fullmatch(line.strip())
            if prompt or inside_prompt:
                inside_prompt = prompt is None or prompt["way"] == "BEGIN"
            elif block:
                is_marked = True
                kept.append(indent + (BEGIN if block["way"] == "BEGIN" else END))
            elif whole := _LINE.fullmatch(line):
                is_marked = True
                if kept and kept[-1] == indent + END:
                    kept.pop()
                else:
                    kept.append(indent + BEGIN)
                kept += [whole["code"], indent + END]
            else:
                kept.append(line)
        return "\n".join(kept), is_marked

    def _test(self, cell: RawCell) -> Test:
        kept: list[str] = []
        settings: list[str] = []
        inside = is_hidden = False
        for line in cell.source.split("\n"):
            marker = _CONFIG.fullmatch(line.strip())
            if marker:
                inside = marker["way"] == "BEGIN"
            elif inside:
                settings.append(line)
            elif _HIDDEN.fullmatch(line.strip()):
                is_hidden = True
            else:
                kept.append(line)
        said = _plain_settings("\n".join(settings))
        is_hidden |= said.get("hidden", "").lower() in ("true", "yes")
        source = self._asserted("\n".join(kept).strip("\n"), cell)
        lines = frozenset(range(1, source.count("\n") + 2)) if is_hidden else frozenset()
        try:
            points = float(said["points"]) if "points" in said else None
        except ValueError:
            points = None
        if points is not None and not (math.isfinite(points) and points > 0):
            points = None
        return Test(source, lines, points, said.get("failure_message", ""))

    def _asserted(self, source: str, cell: RawCell) -> str:
        """Return a test whose shown value, or whose function, is an assertion."""
        try:
            body = parse(source).body
        except NotPython:
            return source
        if len(body) == 1 and isinstance(body[0], ast.FunctionDef):
            lines = source.split("\n")[body[0].body[0].lineno - 1 :]
            return textwrap.dedent("\n".join(lines))  # its arguments are the notebook's names
        last = body[-1] if body else None
        if not isinstance(last, ast.Expr) or not cell.output.strip():
            return source
        try:
            value = ast.literal_eval(cell.output.strip())
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            self.notes.append((cell.number, "the output of this test is no plain data"))
            return source
        shown = ast.unparse(last.value)
        claim = f"assert {shown}" if value is True else f"assert ({shown}) == {value!r}"
        return "\n".join([*source.split("\n")[: last.lineno - 1], claim])


def _plain_settings(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in text.split("\n"):
        setting = _SETTING.fullmatch(line)
        if setting is not None and setting["value"]:
            found.setdefault(setting["key"], setting["value"].strip("\"'"))
    return found
