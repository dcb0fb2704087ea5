"""What is started from a template is accepted as it is, and nothing that exists is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.course import Kind, Layout, SourceError, build, load_cases, load_manifest
from autograder.course.rules import read_rules
from autograder.course.starting import (
    EXERCISE_NAME,
    StartError,
    holes,
    start_course,
    start_exercise,
)


@pytest.fixture
def empty(tmp_path: Path) -> Layout:
    """Return a course without assignments."""
    (tmp_path / "solutions").mkdir()
    return Layout(tmp_path, tmp_path / "var")


@pytest.fixture
def every_kind(empty: Layout) -> Layout:
    """Return a course with one assignment that has an exercise of each kind."""
    for kind in Kind:
        start_exercise(empty, "first", f"my_{kind}", kind)
    return empty


def test_every_kind_is_built_with_its_metadata_and_cases(every_kind: Layout) -> None:
    """Each kind but the essay has two right and two wrong cases, each with a verdict of its own."""
    (built,) = build(every_kind)
    assert {one.kind for one in built.manifest.metadata.values()} == set(Kind)
    assert len(built.manifest.worth_points) == len(Kind)
    cases = load_cases(built.manifest)
    for kind in set(Kind) - {Kind.ESSAY}:
        mine = [case.kind for case in cases if f"my_{kind}_answer" in case.answers]
        assert sorted(mine) == ["right", "right", "wrong", "wrong"]


def test_holes_are_marked_in_notebook_checks_and_settings(every_kind: Layout) -> None:
    """An author finds each place by its line."""
    found = holes(every_kind.solutions / "first")
    assert {hole.file.name for hole in found} >= {"notebook.py", "assignment.toml"}
    assert {f"test_my_{kind}.py" for kind in set(Kind) - {Kind.ESSAY}} <= {
        hole.file.name for hole in found
    }
    first = found[0]
    assert first.file.read_text().splitlines()[first.line - 1].strip() == first.text


def test_an_exercise_is_added_behind_what_is_there(empty: Layout) -> None:
    """The notebook's text stays, and a total that the author wrote grows."""
    start_exercise(empty, "first", "one", Kind.CODE)
    folder = empty.solutions / "first"
    settings = folder / "assignment.toml"
    settings.write_text(settings.read_text().replace("\n\n", "\npoints = 2\n\n", 1))
    before = (folder / "notebook.py").read_text()
    start_exercise(empty, "first", "two", Kind.NUMBER)
    assert (folder / "notebook.py").read_text().startswith(before)
    assert "points = 3\n" in settings.read_text()
    assert load_manifest(empty, "first").max_points == 3


@pytest.mark.parametrize("name", ["", "Big", "2nd", "a-b", "lambda", "../x", "a" * 42, "x\n"])
def test_names_that_are_no_names_of_functions_are_refused(empty: Layout, name: str) -> None:
    """Nothing is written."""
    with pytest.raises(StartError, match="exercise"):
        start_exercise(empty, "first", name, Kind.CODE)
    assert not any(empty.solutions.iterdir())


def test_a_taken_name_and_a_foreign_file_are_refused(empty: Layout) -> None:
    """What exists stays as it is."""
    start_exercise(empty, "first", "one", Kind.CODE)
    folder = empty.solutions / "first"
    stray = folder / "submissions" / "wrong_two_one_step" / "answers.py"
    stray.parent.mkdir()
    stray.write_text('# %% grade_id="one_answer"\none = None\n')
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with pytest.raises(StartError, match="already"):
        start_exercise(empty, "first", "one", Kind.NUMBER)
    with pytest.raises(StartError, match="already"):
        start_exercise(empty, "first", "two", Kind.TRAIN)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_what_would_be_refused_is_taken_back(empty: Layout) -> None:
    """Given text that shows a line of the new solution would make a leak."""
    start_exercise(empty, "first", "one", Kind.NUMBER)
    folder = empty.solutions / "first"
    notebook = folder / "notebook.py"
    line = "# w -= 0.2 * np.mean(error * x)"
    notebook.write_text(notebook.read_text() + f"\n# %% [markdown]\n# Such as:\n#\n{line}\n")
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with pytest.raises(SourceError, match="would be released"):
        start_exercise(empty, "first", "two", Kind.TRAIN)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    assert not any("two" in path.name for path in folder.rglob("*"))


def test_a_refused_assignment_is_added_to_only_once_it_is_mended(empty: Layout) -> None:
    """What is wrong with it is said, and nothing of the new exercise is written."""
    start_exercise(empty, "first", "one", Kind.NUMBER)
    (empty.solutions / "first" / "checks" / "test_one.py").write_text('"""No check."""\n')
    with pytest.raises(SourceError, match="has no check"):
        start_exercise(empty, "first", "two", Kind.CODE)
    assert not (empty.solutions / "first" / "checks" / "test_two.py").exists()


def test_names_fit_in_grade_ids() -> None:
    """The longest name has an answer cell that is a grade id."""
    assert EXERCISE_NAME.fullmatch("a" * 41)


def test_a_course_has_an_assignment_of_each_kind_and_is_built(tmp_path: Path) -> None:
    """It is current, its rules can be read, and nothing is left beside it."""
    layout = start_course(tmp_path / "vision")
    built = build(layout, check=True)
    assert all(one.is_current for one in built)
    kinds = [meta.kind for one in built for meta in one.manifest.metadata.values()]
    assert sorted(kinds) == sorted(Kind)
    assert read_rules(layout.root).late.is_free
    assert (layout.root / ".github" / "workflows" / "verify.yml").is_file()
    assert "gradlab verify" in (layout.root / "README.md").read_text()
    assert [path.name for path in tmp_path.iterdir()] == ["vision"]


def test_a_course_is_not_started_over_what_is_there(tmp_path: Path) -> None:
    """A folder with a file in it, and a file, stay as they are; an empty folder is taken."""
    folder = tmp_path / "vision"
    folder.mkdir()
    (folder / "mine.txt").write_text("mine")
    for place in (folder, folder / "mine.txt"):
        with pytest.raises(StartError):
            start_course(place)
    assert [path.name for path in folder.iterdir()] == ["mine.txt"]
    assert [path.name for path in tmp_path.iterdir()] == ["vision"]
    (tmp_path / "empty").mkdir()
    assert (start_course(tmp_path / "empty").solutions / "example_code").is_dir()
