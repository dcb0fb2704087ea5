"""The tutorial *Bring your nbgrader course*: what it says to do leads where it says."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import nbgrader
import pytest
from typer.testing import CliRunner

from autograder.cli._app import build_app

PAGE = Path(__file__).parents[2] / "docs/tutorial/bring.md"
QUICKSTART = Path(nbgrader.__file__).parent / "docs/source/user_guide/source"


@pytest.mark.slow
def test_the_tutorial_leads_where_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Import, the one check by hand, verify."""
    text = PAGE.read_text()
    shutil.copytree(QUICKSTART, tmp_path / "course101" / "source")
    course = tmp_path / "mine"
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> tuple[int, str]:
        shown = "$ gradlab " + " ".join(words)
        assert shown in text, shown
        done = CliRunner().invoke(build_app(), list(words))
        return done.exit_code, done.output

    assert run("new", "course", "mine")[0] == 0
    monkeypatch.chdir(course)
    assert run("import", "--check", "../course101/source/ps1")[0] == 1
    status, said = run("import", "../course101/source/ps1")
    assert status == 1
    assert "check: 3 with 2.5 points; by hand: 1 with 0.5 points; kept: 5 with 10 points" in said
    assert "4 of 4 as expected" in said
    folder = course / "solutions" / "ps1_problem1"
    [check] = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    (folder / "checks" / "test_sum_of_squares_uses_squares.py").write_text(check)
    answer, test = re.findall(r"```text\n(# %% .*?)```", text, re.DOTALL)
    notebook = (folder / "notebook.py").read_text()
    notebook, changed = re.subn(r'# %% .*"grade_id": "sum_of_squares",.*\n', answer, notebook)
    assert changed == 1
    last = "assert sum_of_squares(11) == 506\n"
    assert last in notebook
    (folder / "notebook.py").write_text(notebook.replace(last, f"{last}\n{test}"))
    (folder / "by-hand" / "sum_of_squares_uses_squares.py").unlink()
    assert run("build")[0] == 0
    status, said = run("verify", "ps1_problem1")
    assert (status, "2 of 2 as expected" in said) == (0, True), said
