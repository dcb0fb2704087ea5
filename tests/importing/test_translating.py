"""Notebooks become folders that build, with every cell, point and file accounted for."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.course import Layout, Role, lint, load_manifest
from autograder.importing import (
    ImportRefused,
    State,
    Translated,
    Way,
    find,
    place,
    read,
    translate,
)

from ..foreign_notebooks import answer, essay, given, graded, task, write_notebook

Imported = Callable[..., Translated]
SQUARE = answer("def f(x):\n    ### BEGIN SOLUTION\n    return x * x\n    ### END SOLUTION", "f")
HIDDEN = "assert f(2) == 4\n### BEGIN HIDDEN TESTS\nassert f(3) == 9\n### END HIDDEN TESTS"


def test_whole_notebook_is_accepted(imported: Imported, layout: Layout) -> None:
    """Solutions, tests, essays, tasks, given cells, zero points: what is written builds."""
    made = imported(
        given("# Squares\n\nText with % and # %%", "markdown"),
        given("%matplotlib inline\n# %% no marker\nimport numpy as np\n!ls"),
        SQUARE,
        graded(HIDDEN, "Square Test", 2.5),
        graded("assert f(0) == 0", "nothing", 0),
        essay("Why?\n### BEGIN MARK SCHEME\nBecause.\n### END MARK SCHEME", "why", 1),
        task("Draw it.", "draw", 2),
        answer("x = 1", "x"),
        graded("import os\nassert os.getcwd() == x", "where", 1),
    )
    assert place(layout, made) is State.WRITTEN
    manifest = load_manifest(layout, "hw")
    assert lint(manifest) == []
    assert manifest.title == "Squares"
    assert [(c.cell_id, c.role, c.points) for c in manifest.cells if c.role is not Role.GIVEN] == [
        ("f", Role.ANSWER, 0),
        ("square_test", Role.GRADED, 2.5),
        ("why", Role.ESSAY, 1),
        ("draw", Role.ESSAY, 2),
        ("x", Role.ESSAY, 1),
    ]
    assert (
        manifest.cells[1].source == "%matplotlib inline\n# # %% no marker\nimport numpy as np\n!ls"
    )
    assert manifest.cells[3].source == "assert f(2) == 4"
    assert "Because." not in manifest.cell("why").source
    check = manifest.checks["square_test"].read_text()
    assert "assert student.f(3) == 9\n" in check
    assert [(o.grade_id, o.way, o.line) for o in made.outcomes] == [
        ("square_test", Way.CHECK, 0),
        ("nothing", Way.NO_POINTS, 0),
        ("why", Way.KEPT, 0),
        ("draw", Way.KEPT, 0),
        ("where", Way.HAND, 1),
    ]
    assert "assert os.getcwd() == x" in made.files["by-hand/where.py"].decode()


def test_hidden_tests_reach_no_student(imported: Imported) -> None:
    """Neither of a check, nor of a test that waits for a person, nor of one without points."""
    by_hand = HIDDEN.replace("assert f(3)", "import os\nassert f(3)")
    made = imported(SQUARE, graded(HIDDEN, "a"), graded(by_hand, "b"), graded(HIDDEN, "c", 0))
    assert "f(3)" not in made.files["notebook.py"].decode()
    assert "HIDDEN" not in made.files["notebook.py"].decode()
    assert {"checks/test_a.py", "by-hand/b.py", "by-hand/c.py"} <= set(made.files)


def test_points_of_a_test_by_hand_are_those_of_the_answer_above(imported: Imported) -> None:
    """Two such tests of one answer add up; without any answer a text of its own has them."""
    nothing = "import os\nassert os"
    made = imported(
        graded(nothing, "first", 3), SQUARE, graded(nothing, "a", 1), graded(nothing, "b", 2)
    )
    text = made.files["notebook.py"].decode()
    assert '# %% nbgrader={"grade_id": "f", "grade": true, "solution": true, "points": 3}' in text
    assert '"grade_id": "first", "grade": true, "solution": true, "points": 3' in text
    assert "points = 6.0" in made.files["assignment.toml"].decode()


def test_names_are_made_plain_and_unique(imported: Imported) -> None:
    """Names come from strangers: no path, no doubled id, no clash of check files."""
    made = imported(
        SQUARE,
        graded("assert f(1) == 1", "../../etc"),
        graded("assert f(1) == 1", "a-b"),
        graded("assert f(1) == 1", "a_b"),
        graded("assert f(1) == 1", "1"),
    )
    assert [one.grade_id for one in made.outcomes] == ["etc", "a-b", "a_b_2", "test_1"]
    assert any("'../../etc' is called etc here" in note for note in made.notes)


def test_attached_pictures_become_files(imported: Imported, layout: Layout) -> None:
    """A text shows the same picture; the attachment's name is no path."""
    text = given("![](attachment:../a.png)", "markdown")
    text["attachments"] = {"../a.png": {"image/png": base64.b64encode(b"picture").decode()}}
    made = imported(text, SQUARE, graded("assert f(1) == 1"))
    place(layout, made)
    assert load_manifest(layout, "hw").files["images/cell1.png"].read_bytes() == b"picture"
    assert "![](images/cell1.png)" in made.files["notebook.py"].decode()


def test_visible_test_that_binds_an_answer_s_name_is_enclosed(
    imported: Imported, layout: Layout
) -> None:
    """A build refuses a self-check that overwrites an answer; so one is enclosed, or not shown."""
    patched = "def f(x):\n    raise ValueError\ndel f"
    made = imported(
        answer("y = 4\ndef g():\n    return y"),
        graded("y = 2\nassert g() == 4", "enclosed"),
        graded("y = y + 1\nassert g() == y", "unshown"),
        SQUARE,
        graded(patched, "patched"),
        graded("y = y\nassert y", "nothing", 0),
    )
    place(layout, made)
    manifest = load_manifest(layout, "hw")
    assert lint(manifest) == []
    assert manifest.cell("enclosed").source.startswith("def self_check():\n    y = 2\n")
    assert manifest.cell("unshown").source == "# The tests of this cell are not shown."
    assert patched in made.files["by-hand/patched.py"].decode()
    assert patched not in made.files["notebook.py"].decode()
    assert sum("not shown any more" in note for note in made.notes) == 3


def test_line_that_was_shown_before_stays_shown(imported: Imported, layout: Layout) -> None:
    """The notebook's own release shows it: refusing it as a leak would help nobody."""
    line = "energy = mass * speed ** 2 - offset / 3"
    made = imported(
        given(f"Remember: {line}", "markdown"),
        answer(f"mass = speed = offset = 3\n### BEGIN SOLUTION\n{line}\n### END SOLUTION"),
        graded("assert energy == 26"),
    )
    place(layout, made)
    assert lint(load_manifest(layout, "hw")) == []
    assert line in made.files["assignment.toml"].decode()


def test_files_of_a_folder_come_along(tmp_path: Path, layout: Layout) -> None:
    """A source tree: data and modules come along; several notebooks are several assignments."""
    source = tmp_path / "course-of-others" / "source"
    cells = [SQUARE, graded("assert f(1) == 1")]
    write_notebook(source / "ps1" / "Problem 1.ipynb", cells)
    write_notebook(source / "ps1" / "problem2.ipynb", cells)
    write_notebook(source / "ps2" / "only.ipynb", cells)
    write_notebook(source / "ps2" / ".ipynb_checkpoints" / "only.ipynb", cells)
    (source / "ps2" / "data").mkdir()
    (source / "ps2" / "data" / "a.csv").write_text("1,2\n")
    (source / "ps2" / "helper.py").write_text("x = 1\n")
    (source / "ps2" / "notebook.py").write_text("x = 1\n")
    (source / "ps2" / ".secret").write_text("x")
    (source / "ps2" / "link.txt").symlink_to("/etc/passwd")
    found = find([source.parent])
    assert [one.assignment for one in found] == ["ps1_problem_1", "ps1_problem2", "ps2"]
    assert [one.assignment for one in find([source / "ps2"])] == ["ps2"]
    made = [translate(one, read(one.notebook)) for one in found]
    assert any("one of 2 notebooks" in note for note in made[0].notes)
    assert any("'notebook.py' is left out" in note for note in made[2].notes)
    place(layout, made[2])
    assert sorted(load_manifest(layout, "ps2").files) == ["data/a.csv", "helper.py"]


def test_notebook_named_alone_takes_what_it_mentions(tmp_path: Path) -> None:
    """A folder of downloads is not given to students."""
    cells = [given("import helper\nopen('data.csv')"), SQUARE, graded("assert f(1) == 1")]
    path = write_notebook(tmp_path / "hw.ipynb", cells)
    for name in ("helper.py", "data.csv", "letter.txt"):
        (tmp_path / name).write_text("x = 1\n")
    [found] = find([path])
    made = translate(found, read(path))
    assert {"helper.py", "data.csv"} <= set(made.files)
    assert "letter.txt" not in made.files


def test_nothing_is_overwritten_and_twice_changes_nothing(
    imported: Imported, layout: Layout
) -> None:
    """What an author edited stays, unless it is to be replaced; cases stay in any case."""
    made = imported(SQUARE, graded("assert f(1) == 1"))
    assert place(layout, made) is State.WRITTEN
    assert place(layout, made) is State.CURRENT
    folder = layout.solutions / "hw"
    (folder / "submissions" / "wrong_one").mkdir()
    (folder / "notebook.py").write_text("# mine\n")
    assert place(layout, made) is State.EXISTS
    assert (folder / "notebook.py").read_text() == "# mine\n"
    (folder / "checks" / "test_old.py").write_text("")
    assert place(layout, made, replace=True) is State.WRITTEN
    assert not (folder / "checks" / "test_old.py").exists()
    assert (folder / "submissions" / "wrong_one").is_dir()
    assert place(layout, made) is State.CURRENT


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("no json", "is no notebook"),
        ("[]", "has no cells"),
        ('{"worksheets": []}', "open it in Jupyter"),
        ('{"cells": [1]}', "cell 1 is no code"),
        ('{"cells": [{"cell_type": "code", "source": [1]}]}', "cell 1 has no text"),
        ('{"cells": [{"cell_type": "code", "source": "\\ud800"}]}', "characters that are no text"),
        ('{"cells": [], "metadata": {"kernelspec": {"language": "R"}}}', "its language is 'R'"),
        ('{"cells": [{"cell_type": "code", "source": "x"}]}', "no cell has a grade id"),
        ("[" * 100_000, "is no notebook"),
    ],
)
def test_file_that_is_no_such_notebook_is_named(tmp_path: Path, text: str, said: str) -> None:
    """The message has the file and what to do."""
    path = tmp_path / "odd.ipynb"
    path.write_text(text)
    with pytest.raises(ImportRefused) as refused:
        read(path)
    assert said in str(refused.value)
    assert "odd.ipynb" in str(refused.value)


def test_path_without_notebook_is_refused(tmp_path: Path) -> None:
    """A folder, a text file, nothing at all."""
    (tmp_path / "a.txt").write_text("")
    for path in (tmp_path, tmp_path / "a.txt", tmp_path / "absent"):
        with pytest.raises(ImportRefused):
            find([path])


def test_libraries_beyond_gradlab_s_own_are_written(tmp_path: Path, layout: Layout) -> None:
    """As pip calls them; modules beside the notebook, Python's and gradlab's own are none."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "plots.py").write_text("import seaborn.axisgrid\n")
    path = write_notebook(
        tmp_path / "in" / "hw.ipynb",
        [
            given("import os, torch\nimport pandas as pd\nfrom plots import draw\nimport nbgrader"),
            answer("from sklearn.svm import SVC\nimport _hidden\nfrom . import x", "a"),
            graded("import cv2\nassert a == 1", "t"),
        ],
    )
    [found] = find([path])
    made = translate(found, read(path))
    place(layout, made)
    assert load_manifest(layout, "hw").libraries == ("opencv-python", "pandas", "seaborn")
