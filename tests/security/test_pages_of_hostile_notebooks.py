"""Notebooks made to wear out who shows them: formgrader for all, and the feedback of a whole class.

Each is written as a batch writes it and turned into both pages, in a process with little time.
"""

import subprocess
import sys

import pytest

MEMORY_BYTES = 4_000_000_000
SECONDS = 60  # of processor time; without bounds each takes minutes to days
PROGRAM = """
import resource
resource.setrlimit(resource.RLIMIT_AS, ({memory}, {memory}))
resource.setrlimit(resource.RLIMIT_CPU, ({seconds}, {seconds}))
from pathlib import Path
import nbformat
from nbconvert.exporters import HTMLExporter
from autograder.course import Layout, load_manifest
from autograder.gradebook.feedback import FeedbackExporter
from autograder.gradebook.notebook import AutogradedNotebook
from autograder.grading.prepare import blank_cells
from autograder.grading.report import ExecutedCell, Report

def shown(mime, text):
    return {{"output_type": "display_data", "metadata": {{}}, "data": {{mime: text}}}}

def printed(text):
    return {{"output_type": "stream", "name": "stdout", "text": text}}

def code(text, outputs=()):
    return ExecutedCell("x", "code", text, tuple(outputs), 1)

def essay(text):
    return ExecutedCell("x", "markdown", text)

manifest = load_manifest(Layout(Path({root!r}), Path("/nowhere")), "recurrent")
given = [ExecutedCell(c.cell_id, c.cell_type, c.source) for c in manifest.cells]
report = Report(assignment="recurrent", key="key", seed=1, isolation="full", versions={{}},
                cells=blank_cells(manifest), notebook=(*given, *{cells}))
text = AutogradedNotebook(manifest).text(report)
for exporter in (HTMLExporter(sanitize_html=True), FeedbackExporter(sanitize_html=True)):
    page, _ = exporter.from_notebook_node(nbformat.reads(text, as_version=4))
print(len(page))
"""
BOMBS = {
    "honest": "[code('x = 1', [printed('1')]), essay('# So $x$ is 1.')]",
    "blank-lines": r"[code('x = 1' + '\n ' * 450_000)] * 8",
    "blank-lines-of-blanks": r"[code((' ' * 50 + '\n') * 19_000)] * 8",
    "named-characters": r"[code('\'\\N{' * 240_000)] * 8",
    "brackets": "[code('(' * 900_000)] * 8",
    "environments": r"[essay('\\begin{a}' * 100_000)] * 8",
    "stars": "[essay('**a ' * 240_000)] * 8",
    "formulas": "[essay('$x$ ' * 240_000)] * 8",
    "tables": r"[essay('|a|b|\n|-|-|\n' + '|a|b|\n' * 150_000)] * 8",
    "nested-html": "[code('1', [shown('text/html', '<ul><li>' * 12_000)] * 2)] * 50",
    "misnested-html": "[code('1', [shown('text/html', '<b><p></b></p>' * 7_000)] * 2)] * 50",
    "markdown-outputs": r"[code('1', [shown('text/markdown', '\\begin{a}' * 20_000)])] * 50",
    "colours": r"[code('1', [printed('\x1b[m' * 60_000)])] * 50",
}


@pytest.mark.slow
@pytest.mark.parametrize("bomb", BOMBS)
def test_page_of_any_notebook_is_made_within_seconds(layout, bomb):
    """The autograded notebook, formgrader's page and the feedback are there in bounded time."""
    program = PROGRAM.format(
        memory=MEMORY_BYTES, seconds=SECONDS, root=str(layout.root), cells=BOMBS[bomb]
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    assert 10_000 < int(done.stdout) < 50_000_000
