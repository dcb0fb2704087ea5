"""`gradlab void`: a row about a check that exists, or a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from autograder.cli import build_app
from autograder.course import Layout
from autograder.records import Event, Log

NOTEBOOK = """# %% nbgrader={"grade_id": "size_answer", "solution": true}
### BEGIN SOLUTION
size = 3
### END SOLUTION

# %% nbgrader={"grade_id": "size", "grade": true, "points": 2}
print(size)
"""
CHECK = '''"""Size (grade cell `size`, 2 points)."""


def test_size(student):
    assert student["size"] == 3
'''


@pytest.fixture
def layout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Layout:
    """A course with one check."""
    folder = tmp_path / "course" / "solutions" / "tiny"
    (folder / "checks").mkdir(parents=True)
    (folder / "notebook.py").write_text(NOTEBOOK)
    (folder / "assignment.toml").write_text('title = "Tiny"\n')
    (folder / "checks" / "test_size.py").write_text(CHECK)
    layout = Layout(tmp_path / "course", tmp_path / "home")
    for name, value in layout.to_environment().items():
        monkeypatch.setenv(name, value)
    return layout


def run(*words: str) -> Result:
    return CliRunner().invoke(build_app(), ["void", "tiny", *words, "--reason", "It is wrong."])


def test_a_row_is_written_and_said(layout: Layout) -> None:
    """With who, what and why; what puts it into force is named."""
    done = run("size", "test_size", "--counts", "none")
    assert done.exit_code == 0, done.output
    assert "gradlab grade tiny" in done.stdout
    (line,) = Log(layout.log).lines(Event.VOID)
    wanted = {"assignment": "tiny", "cell": "size", "check": "test_size", "counts": "none"}
    assert wanted.items() <= line.items()
    assert (line["reason"], line["course"]) == ("It is wrong.", layout.course_id)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("sizes", "test_size"), "there are size"),
        (("size", "test_sizes"), "there are test_size"),
        (("size", "test_size", "--counts", "double"), "full, none, as graded"),
    ],
)
def test_what_does_not_exist_is_refused(layout: Layout, words: tuple[str, ...], said: str) -> None:
    """And what there is, is named; nothing is written."""
    done = run(*words)
    assert done.exit_code == 2
    assert said in done.output
    assert not layout.log.exists()
