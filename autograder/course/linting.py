"""Refuse a source that is well formed but wrong: leaks, check files, cases, overwritten answers.

What it guarantees:

- No line that `strip_solution` takes away and that tells something (`autograder.course.leaks`) is
  left anywhere in the release: not in another cell, not in a public file. `may_repeat` in
  `assignment.toml` names the lines that given text may show too.
- Metadata are whole, and what exercises need can be done before (`autograder.course.needs`).
- Every problem has its file and line; all are reported at once.

What it does not do: run anything. Whether checks and cases agree is `gradlab verify`'s to prove.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from autograder.course.cases import load_cases
from autograder.course.check_file import read_check_file
from autograder.course.leaks import Line, Vocabulary, haystack
from autograder.course.manifest import Cell, Manifest, Role
from autograder.course.needs import metadata_problems
from autograder.course.percent import read_cells, read_text
from autograder.course.problems import Problem, SourceError
from autograder.course.settings import SETTINGS_NAME, line_of, read_settings
from autograder.course.solution import findings, solution_lines
from autograder.course.source import NOTEBOOK_NAME


def lint(manifest: Manifest) -> list[Problem]:
    """Return what is wrong with an assignment whose manifest could be read, in order."""
    problems = [
        *_code(manifest),
        *_overwritten(manifest),
        *_leaks(manifest),
        *_stray_notebooks(manifest),
        *metadata_problems(manifest),
    ]
    for cell in manifest.graded:
        problems.extend(read_check_file(manifest.checks[cell.cell_id], cell).problems)
    try:
        load_cases(manifest)
    except SourceError as refused:
        problems.extend(refused.problems)
    return sorted(set(problems))


def _code(manifest: Manifest) -> Iterator[Problem]:
    path = manifest.folder / NOTEBOOK_NAME
    for cell in manifest.cells:
        if cell.cell_type != "code":
            continue
        for text, whose in ((cell.source, "student's"), (cell.solution, "instructor's")):
            if any(line.lstrip().startswith(("%", "!")) for line in text.split("\n")):
                continue  # IPython's own syntax is not Python's
            try:
                compile(text, str(path), "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
            except SyntaxError as error:
                message = f"the {whose} version of this cell is not Python: {error.msg}"
                yield Problem(path, cell.line + (error.lineno or 0), message)
                break


def _overwritten(manifest: Manifest) -> Iterator[Problem]:
    """Find self-checks that bind an answer's name: the hidden checks would judge theirs instead."""
    path = manifest.folder / NOTEBOOK_NAME
    answered: dict[str, Cell] = {}
    for cell in manifest.cells:
        if cell.cell_type != "code":
            continue
        names = _bound_names(cell.solution)
        if cell.role in (Role.ANSWER, Role.ESSAY):
            answered.update(dict.fromkeys(names, cell))
            continue
        for name, line in names.items():
            if name in answered:
                message = (
                    f"binds {name!r}, which the answer {answered[name].cell_id!r} defines (line "
                    f"{answered[name].line}); put the code into a function"
                )
                yield Problem(path, cell.line + line, message)


def _bound_names(source: str) -> dict[str, int]:
    """Return the names that a cell binds at its top level, with the line of each in the cell."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return {}
    names: dict[str, int] = {}
    pending: list[ast.AST] = list(tree.body)
    while pending:
        node = pending.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.setdefault(node.name, node.lineno)
            continue
        if isinstance(node, ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp):
            continue
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.setdefault(node.id, node.lineno)
        pending.extend(ast.iter_child_nodes(node))
    return names


def _leaks(manifest: Manifest) -> Iterator[Problem]:
    path = manifest.folder / NOTEBOOK_NAME
    allowed = {haystack(line): line for line in read_settings(manifest.folder).may_repeat}
    secrets: dict[str, _Secret] = {}
    for cell in manifest.cells:
        if cell.role in (Role.ANSWER, Role.ESSAY):
            lines = solution_lines(cell.solution)
            for text in lines:
                line = Line.read(text, is_code=cell.cell_type == "code")
                secrets.setdefault(line.pattern, _Secret(line, cell, is_whole=len(lines) == 1))
    for pattern, text in allowed.items():
        if pattern not in secrets:
            settings = manifest.folder / SETTINGS_NAME
            message = f"may_repeat names {text!r}, which is no solution line; take it out"
            yield Problem(settings, line_of(settings, "may_repeat"), message)
        secrets.pop(pattern, None)
    places = [(cell.source, path, cell.line) for cell in manifest.cells]
    for name, file in manifest.files.items():
        try:
            text = read_text(file)
        except SourceError:
            continue  # no text, so it cannot hold a line of text
        places.append((text, file, 0))
        for finding in findings(text, is_answer=False):
            yield Problem(file, finding.line + 1, f"public file {name!r}: {finding.message}")
    shown = [
        (secret, text, file, offset)
        for text, file, offset in places
        for whole in [haystack(text)]
        for pattern, secret in secrets.items()
        if pattern in whole
    ]
    if not shown:
        return
    vocabulary = _vocabulary(manifest)
    for secret, text, file, offset in shown:
        if vocabulary.tells(secret.line, is_whole=secret.is_whole):
            yield _leak(secret, text, file, offset)


@dataclass(frozen=True)
class _Secret:
    line: Line
    owner: Cell
    is_whole: bool


def _vocabulary(manifest: Manifest) -> Vocabulary:
    """Return the words of all notebooks beside the assignment's own."""
    texts = [cell.solution for cell in manifest.cells]
    for path in sorted(manifest.folder.parent.glob(f"*/{NOTEBOOK_NAME}")):
        if path.parent != manifest.folder:
            with suppress(SourceError):  # told when that one is built
                texts.extend(cell.source for cell in read_cells(path))
    return Vocabulary(texts)


def _leak(secret: _Secret, text: str, file: Path, offset: int) -> Problem:
    pattern, owner = secret.line.pattern, secret.owner
    lines = enumerate(text.split("\n"), start=1)
    line = next((number for number, t in lines if pattern in haystack(t)), 0)
    message = (
        f"a solution line of {owner.cell_id!r} (line {owner.line}) would be released here: "
        f"{secret.line.text!r}; reword it, or name it in may_repeat of {SETTINGS_NAME}"
    )
    return Problem(file, offset + line, message)


def _stray_notebooks(manifest: Manifest) -> Iterator[Problem]:
    for path in sorted(manifest.folder.rglob("*.ipynb")):
        outputs = 0
        try:
            cells = json.loads(path.read_bytes())["cells"]
            outputs = sum(bool(cell.get("outputs")) for cell in cells)
        except (ValueError, KeyError, TypeError, AttributeError, OSError):
            pass
        with_outputs = f" with outputs in {outputs} cells" if outputs else ""
        message = f"a notebook file{with_outputs} among the sources; notebooks are text here"
        yield Problem(path, 0, f"{message}, write {NOTEBOOK_NAME}")
