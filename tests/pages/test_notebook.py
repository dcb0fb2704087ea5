"""The notebook as it ran: whatever it holds, the frame runs and loads nothing."""

from __future__ import annotations

import re
import subprocess
import sys

from autograder.grading.report import ExecutedCell, Report
from autograder.pages.courses import CourseReader
from autograder.pages.notebook import MOST_CELLS, MOST_CHARACTERS, POLICY, cells_of

from .scene import EVIL, clipping_report


def html_of(report: Report, reader: CourseReader) -> str:
    """Return all fragments that are put on the page as they are."""
    found = []
    for cell in cells_of(report, reader.assignment("clipping").manifest):
        found += [cell.source] if hasattr(cell.source, "__html__") else []
        found += [one.content for one in cell.outputs if one.kind == "html"]
    return "\n".join(map(str, found))


def test_what_is_meant_to_do_harm_is_text(reader: CourseReader) -> None:
    """No element that acts, no handler, no link, no address of another place."""
    text = html_of(clipping_report("a" * 64), reader)
    assert "<script" not in text
    assert not re.search(r"<\w[^>]*\bon\w+\s*=", text)
    assert not re.search(r"<(?:img|iframe|form|a|svg|style|link|meta)\b", text)
    assert not re.search(r"<\w[^>]*\b(?:style|href|src)=", text)


def test_formulas_pictures_and_outputs_are_shown(reader: CourseReader) -> None:
    """MathML; a picture as data; a traceback without colours; what is whose."""
    cells = cells_of(clipping_report("a" * 64), reader.assignment("clipping").manifest)
    assert "<math" in str(cells[0].source)
    kinds = [one.kind for one in cells[1].outputs]
    assert kinds == ["text", "picture", "html", "error"]
    assert cells[1].outputs[1].content.startswith("data:image/png;base64,")
    assert "\x1b" not in cells[1].outputs[3].content
    labels = [cell.label for cell in cells]
    assert labels[1:] == ["Cell 2, your answer", "Cell 3, given", "Cell 4, your answer",
                          "Cell 5, your own"]  # fmt: skip
    assert cells[4].source == EVIL  # a text, which the template escapes


def test_a_page_has_an_end(reader: CourseReader) -> None:
    """Texts and their number are cut."""
    cell = ExecutedCell("x", "code", "a" * (MOST_CHARACTERS + 5))
    report = Report("clipping", "k", 1, "none", (), notebook=(cell,) * (MOST_CELLS + 3))
    cells = cells_of(report, None)
    assert len(cells) == MOST_CELLS
    assert str(cells[0].source).endswith("5 more characters")


def test_the_policy_lets_it_do_nothing() -> None:
    """An origin of its own, no script, no form, no other frame's window."""
    parts = [one.strip() for one in POLICY.split(";")]
    assert "sandbox" in parts
    assert "default-src 'none'" in parts
    assert "script-src" not in POLICY
    assert "form-action 'none'" in parts


def test_the_service_starts_without_what_draws_notebooks() -> None:
    """The hub's start waits for its services; nbconvert takes longer to load than all the rest."""
    script = "import sys, autograder.pages.service as one; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=120
    )
    loaded = set(done.stdout.split())
    assert "autograder.pages.handlers" in loaded
    assert not loaded & {"nbconvert", "nbformat", "bs4", "torch", "nbgrader", "jsonschema"}
