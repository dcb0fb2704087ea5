"""`gradlab preview`: the release as a page, each graded cell with its checks and hints."""

from __future__ import annotations

from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from typer.testing import CliRunner

from autograder.cli import build_app
from autograder.course import Kind, Layout
from autograder.course.starting import start_exercise


@pytest.fixture
def layout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Layout:
    """Return a course with one assignment of three exercises."""
    (tmp_path / "solutions").mkdir()
    layout = Layout(tmp_path, tmp_path / "var")
    for kind in (Kind.CODE, Kind.SYMBOLIC, Kind.ESSAY):
        start_exercise(layout, "first", f"my_{kind}", kind)
    monkeypatch.setenv("GRADLAB_COURSE", str(tmp_path))
    return layout


def _preview(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(build_app(["preview"]), ["preview", *words])
    return result.exit_code, result.output


def test_checks_and_hints_stand_beside_the_cell_and_no_solution_is_shown(
    layout: Layout, tmp_path: Path
) -> None:
    """A graded cell has its checks with weight, summary and hint; others have none."""
    target = tmp_path / "pages" / "first.html"
    status, said = _preview("first", "--to", str(target))
    assert status == 0, said
    page = target.read_text()
    (graded,) = [
        section
        for section in BeautifulSoup(page, "html.parser").find_all("section", class_="graded")
        if "my_code" in section.aside.h2.text
    ]
    first, second = graded.aside.find_all("li")
    assert first.code.text == "test_drawn_numbers"
    assert "(1) Two to seven drawn numbers." in first.text
    assert "Hint: What does your function do with one number" in second.text
    assert "x - x.mean()" not in page
    assert "Model answer" not in page
    assert "<math" in page


def test_what_an_author_writes_is_text(layout: Layout, tmp_path: Path) -> None:
    """Markup in a hint, a title or given text acts nowhere."""
    folder = layout.solutions / "first"
    hint = "<script>alert(1)</script>"
    check = folder / "checks" / "test_my_symbolic.py"
    check.write_text(check.read_text().replace("TODO: a question", f"{hint} a question"))
    notebook = folder / "notebook.py"
    notebook.write_text(notebook.read_text().replace("what this assignment", f"{hint} what"))
    settings = folder / "assignment.toml"
    settings.write_text(settings.read_text().replace('title = "', f'title = "{hint}'))
    target = tmp_path / "first.html"
    assert _preview("first", "--to", str(target))[0] == 0
    assert "<script" not in target.read_text()


def test_a_refused_or_unknown_assignment_is_told(layout: Layout, tmp_path: Path) -> None:
    """With status 2, and no page."""
    (layout.solutions / "first" / "checks" / "test_my_code.py").write_text('"""Nothing."""\n')
    target = tmp_path / "first.html"
    assert _preview("first", "--to", str(target))[0] == 2
    assert _preview("second", "--to", str(target))[0] == 2
    assert not target.exists()
