r"""What an assignment and its exercises are called, as people read it in the notebook.

What it guarantees:

- Every cell that earns points has a title, and cells under one heading have the same one.
- A title is plain text: no TeX, no marks of emphasis, no number of points.
"""

from __future__ import annotations

import re

from autograder.course.manifest import Manifest

_HEADING = re.compile(r"^#{2,3}[ \t]+(.+?)[ \t#]*$", re.MULTILINE)
_FIRST = re.compile(r"^#[ \t]+(.+?)[ \t#]*$", re.MULTILINE)
_POINTS = re.compile(r"\s*\(\s*[\d.]+\s+points?\s*\)\s*$", re.IGNORECASE)
_EXERCISE = re.compile(r"^exercise\s+(\w+)\s*[★☆]*\s*[·:.-]*\s*", re.IGNORECASE)
_NUMBER = re.compile(r"^(\d+)\.\s+")
_MARKS = re.compile(r"[*_`$\\{}]")


def title_and_subject(title: str) -> tuple[str, str]:
    """Return what an assignment is called, and what it is about.

    >>> title_and_subject("Recurrent networks: gradients through time")
    ('Recurrent networks', 'Gradients through time')
    >>> title_and_subject("Zoo")
    ('Zoo', '')
    """
    name, _, subject = title.partition(": ")
    subject = subject.strip()
    return name.strip() or title, subject[:1].upper() + subject[1:]


def subject_of(manifest: Manifest) -> str:
    """Return what an assignment is about, by the notebook's own first heading; may be empty."""
    for cell in manifest.cells:
        if cell.cell_type == "markdown" and (found := _FIRST.search(cell.source)):
            return title_and_subject(_MARKS.sub("", found[1]))[1]
    return ""


def plain_heading(heading: str) -> str:
    """Return a heading as a title.

    >>> plain_heading("Exercise 2 ★ · the *general* rule (4 points)")
    '2 · The general rule'
    >>> plain_heading("3. Gradient clipping by norm")
    '3 · Gradient clipping by norm'
    """
    text = _POINTS.sub("", heading)
    number = ""
    if found := _EXERCISE.match(text) or _NUMBER.match(text):
        number, text = f"{found[1]} · ", text[found.end() :]
    text = _MARKS.sub("", text).strip()
    return f"{number}{text[:1].upper()}{text[1:]}" if text else heading.strip()


def exercise_titles(manifest: Manifest) -> dict[str, str]:
    """Return the title of each cell that earns points: that of the heading above it."""
    titles: dict[str, str] = {}
    heading = ""
    worth = {cell.cell_id for cell in manifest.worth_points}
    for cell in manifest.cells:
        if cell.cell_type == "markdown":
            for found in _HEADING.finditer(_without_code(cell.source)):
                heading = plain_heading(found[1])
        if cell.cell_id in worth:
            titles[cell.cell_id] = heading or words_of(cell.cell_id)
    return titles


def words_of(name: str) -> str:
    """Return the name of a cell or a check as words.

    >>> words_of("test_norm_equals_threshold[3-4]")
    'Norm equals threshold (3-4)'
    """
    base, bracket, rest = name.removeprefix("test_").partition("[")
    text = base.replace("_", " ").replace("-", " ").strip() or name
    return f"{text[:1].upper()}{text[1:]}" + (f" ({rest.removesuffix(']')})" if bracket else "")


def _without_code(source: str) -> str:
    return re.sub(r"^(```|~~~).*?^\1", "", source, flags=re.MULTILINE | re.DOTALL)
