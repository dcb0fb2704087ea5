"""`build`: files as built and no others, refused sources leave everything as it was."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import nbgrader
import pytest
from typer.testing import CliRunner

from autograder.cli import build_app
from autograder.course import (
    Layout,
    SourceError,
    assignment_names,
    build,
    build_source,
    load_cases,
    load_manifest,
    proof_gaps,
)

NBGRADERS_OWN = Path(nbgrader.__file__).parent / "docs/source/user_guide/source/ps1"
NBGRADERS_GRADED = (
    "correct_squares", "squares_invalid_input", "correct_sum_of_squares",
    "sum_of_squares_uses_squares",
)  # fmt: skip
COURSE = Layout(Path(__file__).parents[2], Path("/nonexistent"))


def tree(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_committed_assignments_are_as_built():
    """`assignments/` in the repository is exactly what `solutions/` gives."""
    differing = [one for one in build(COURSE, check=True) if not one.is_current]
    assert not differing, "run `gradlab build` and commit assignments/"
    assert [p.name for p in sorted(COURSE.assignments.iterdir())] == assignment_names(COURSE)


@pytest.mark.parametrize("name", assignment_names(COURSE))
def test_every_exercise_has_enough_cases(name):
    """Two right answers and three named misconceptions for each graded cell of the course."""
    manifest = load_manifest(COURSE, name)
    assert proof_gaps(manifest, load_cases(manifest)) == []


def test_building_again_changes_nothing(workshop):
    """The same source gives the same bytes, and a current file is not written again."""
    (first,) = build(workshop.layout)
    assert first.changed == ("data/words.txt", "doubling.ipynb")
    before = tree(workshop.layout.assignments)
    stamps = {p: p.stat().st_mtime_ns for p in workshop.layout.assignments.rglob("*.ipynb")}
    (second,) = build(workshop.layout)
    assert second.is_current
    assert tree(workshop.layout.assignments) == before
    assert {p: p.stat().st_mtime_ns for p in stamps} == stamps


def test_the_release_has_the_notebook_and_the_public_files_only(workshop):
    """Checks, cases, settings and the instructor's text never reach `assignments/`."""
    build(workshop.layout)
    assert set(tree(workshop.layout.assignments)) == {
        "doubling/data/words.txt",
        "doubling/doubling.ipynb",
    }


def test_the_source_tree_has_solutions_and_no_checks(workshop):
    """Nbgrader's source tree has the instructor's notebook and the public files only."""
    build_source(workshop.layout, ["doubling"])
    built = tree(workshop.layout.source)
    assert set(built) == {"doubling/data/words.txt", "doubling/doubling.ipynb"}
    assert b"BEGIN SOLUTION" in built["doubling/doubling.ipynb"]
    assert b"test_two" not in b"".join(built.values())


def test_stale_files_go(workshop):
    """A file that is no longer public does not stay behind."""
    build(workshop.layout)
    stale = workshop.layout.assignments / "doubling/old/stale.txt"
    stale.parent.mkdir()
    stale.write_text("old")
    (built,) = build(workshop.layout)
    assert built.removed == ("old/stale.txt",)
    assert not stale.parent.exists()


def test_a_refused_source_is_not_built_and_the_others_are(workshop):
    """One refused assignment is said with all its problems; nothing of it is written."""
    other = workshop.layout.solutions / "alone"
    other.mkdir()
    (other / "notebook.py").write_text("# %% [markdown]\n# Text\n")
    (other / "assignment.toml").write_text('title = "Alone"\n')
    workshop.change("notebook.py", "    ### END SOLUTION\n", "")
    with pytest.raises(SourceError):
        build(workshop.layout)
    assert set(tree(workshop.layout.assignments)) == {"alone/alone.ipynb"}


def test_a_folder_with_a_notebook_file_only_is_said_with_what_to_do(workshop, monkeypatch):
    """Whoever brings notebooks of nbgrader's reads which command makes a source of them."""
    folder = workshop.layout.solutions / "brought"
    shutil.copytree(NBGRADERS_OWN, folder)
    result = run(workshop, monkeypatch)
    assert result.exit_code == 2
    assert "gradlab import" in result.stderr
    assert "doubling: built" in result.stdout
    assert run(workshop, monkeypatch, "brought").exit_code == 2
    advice = re.search(r"gradlab (import .*ipynb)$", result.stderr, flags=re.MULTILINE)
    assert advice is not None
    moved = workshop.layout.root.parent / f"{workshop.layout.root.name}-brought"
    shutil.move(folder, moved)
    monkeypatch.chdir(moved)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("GRADLAB_COURSE", str(workshop.layout.root))
    imported = CliRunner().invoke(build_app(), [*shlex.split(advice[1]), "--no-verify"])
    assert imported.exit_code in (0, 1), imported.output
    said = {name for name in NBGRADERS_GRADED if name in imported.output}
    assert said == set(NBGRADERS_GRADED)
    result = run(workshop, monkeypatch)
    assert result.stdout.count(": built") + result.stdout.count(": current") == 3


def test_a_course_without_an_assignment_is_refused(workshop, monkeypatch):
    """Nothing to build is no success."""
    shutil.rmtree(workshop.folder)
    result = run(workshop, monkeypatch)
    assert result.exit_code == 2
    assert "a folder with a notebook.py" in result.stderr


def run(workshop, monkeypatch, *arguments):
    monkeypatch.setenv("GRADLAB_COURSE", str(workshop.layout.root))
    return CliRunner().invoke(build_app(), ["build", *arguments])


def test_the_command_says_what_it_built(workshop, monkeypatch):
    """`gradlab build` names each assignment with its cells and points, and exits with 0."""
    result = run(workshop, monkeypatch)
    assert result.exit_code == 0
    assert "doubling: built, 5 cells, 1 graded, 3.5 points" in result.stdout
    assert "doubling: current" in run(workshop, monkeypatch, "doubling").stdout


def test_check_fails_until_built(workshop, monkeypatch):
    """`--check` writes nothing, and exits with 1 while something differs."""
    result = run(workshop, monkeypatch, "--check")
    assert result.exit_code == 1
    assert not workshop.layout.assignments.exists()
    run(workshop, monkeypatch)
    assert run(workshop, monkeypatch, "--check").exit_code == 0


def test_a_refused_source_exits_with_2_and_says_where(workshop, monkeypatch):
    """Every problem is a line `file:line: message` on standard error."""
    path = workshop.change("checks/test_doubling.py", "2 points", "3 points")
    result = run(workshop, monkeypatch)
    assert result.exit_code == 2
    assert f"{path}:1: points disagree: 3 here, 2 in line 14" in result.stderr
    assert "refused: 1 problem; nothing was built" in result.stderr


def test_an_unknown_assignment_exits_with_2(workshop, monkeypatch):
    """A mistyped name is answered with those that there are."""
    result = run(workshop, monkeypatch, "trebling")
    assert result.exit_code == 2
    assert "known: doubling" in result.stderr


def test_a_missing_course_exits_with_2(tmp_path, monkeypatch):
    """Outside a course the command says what to set."""
    monkeypatch.setenv("GRADLAB_COURSE", str(tmp_path))
    result = CliRunner().invoke(build_app(), ["build"])
    assert result.exit_code == 2
    assert "GRADLAB_COURSE" in result.stderr
