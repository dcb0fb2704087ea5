"""`load_manifest`: the notebook's text becomes the manifest, or everything wrong is said."""

from __future__ import annotations

import pytest

from autograder.course import (
    Role,
    SourceError,
    UnknownAssignmentError,
    assignment_names,
    load_manifest,
)


def test_roles_points_and_types_follow_the_markers(workshop):
    """Each cell has the role, type and points that its marker says."""
    manifest = load_manifest(workshop.layout, "doubling")
    assert [(c.role, c.cell_type, c.points) for c in manifest.cells] == [
        (Role.GIVEN, "markdown", 0),
        (Role.GIVEN, "code", 0),
        (Role.ANSWER, "code", 0),
        (Role.GRADED, "code", 2),
        (Role.ESSAY, "markdown", 1.5),
    ]
    assert manifest.max_points == 3.5
    assert manifest.title == "Doubling"
    assert manifest.limits.cell_seconds == 5
    assert manifest.checks == {"doubling": workshop.folder / "checks/test_doubling.py"}
    assert manifest.files == {"data/words.txt": workshop.folder / "data/words.txt"}


def test_solutions_become_indented_stubs(workshop):
    """A region becomes a stub where it stood; the instructor's text keeps it."""
    manifest = load_manifest(workshop.layout, "doubling")
    assert manifest.cell("double").source == (
        "def double(x):\n    # YOUR CODE HERE\n    raise NotImplementedError()"
    )
    assert "range(2)" in manifest.cell("double").solution
    assert manifest.cell("why").source == "YOUR ANSWER HERE"


def test_an_answer_without_markers_is_a_stub_as_a_whole(workshop):
    """Forgetting the markers never releases the solution."""
    workshop.change("notebook.py", "    ### BEGIN SOLUTION\n", "")
    workshop.change("notebook.py", "    ### END SOLUTION\n", "")
    manifest = load_manifest(workshop.layout, "doubling")
    assert manifest.cell("double").source == "# YOUR CODE HERE\nraise NotImplementedError()"


def test_magics_lose_their_comment_sign(workshop):
    """Jupytext's commented magics are magics in the notebook."""
    cell = load_manifest(workshop.layout, "doubling").cells[1]
    assert cell.source == "%matplotlib inline\nimport math"


def test_inserting_a_cell_changes_no_other_id(workshop):
    """Derived ids depend on a cell's own text, and equal texts get different ids."""
    before = [cell.cell_id for cell in load_manifest(workshop.layout, "doubling").cells]
    text = (workshop.folder / "notebook.py").read_text()
    workshop.write("notebook.py", "# %% [markdown]\n# New\n\n# %% [markdown]\n# New\n\n" + text)
    after = [cell.cell_id for cell in load_manifest(workshop.layout, "doubling").cells]
    assert after[2:] == before
    assert len(set(after)) == len(after)


def test_names_are_the_folders_with_a_notebook(workshop):
    """A folder without notebook text is no assignment."""
    (workshop.layout.solutions / "empty").mkdir()
    assert assignment_names(workshop.layout) == ["doubling"]


@pytest.mark.parametrize("name", ["nothing", "../solutions/doubling", ""])
def test_an_unknown_assignment_names_the_known(workshop, name):
    """A name that is none of the course's is refused, paths included."""
    with pytest.raises(UnknownAssignmentError, match="known: doubling"):
        load_manifest(workshop.layout, name)


DOUBLE = '# %% nbgrader={"grade_id": "double", "solution": true}'
GRADED = '# %% nbgrader={"grade_id": "doubling", "grade": true, "points": 2}'
NOTEBOOK_REFUSALS = {
    "duplicate": (GRADED, GRADED.replace('"doubling"', '"double"'), 14, "already that of the cell"),
    "no points": (GRADED, GRADED.replace(', "points": 2', ""), 14, "points is None"),
    "zero points": (GRADED, GRADED.replace("2}", "0}"), 14, "points is 0"),
    "negative points": (GRADED, GRADED.replace("2}", "-1}"), 14, "points is -1"),
    "true points": (GRADED, GRADED.replace("2}", "true}"), 14, "points is True"),
    "text points": (GRADED, GRADED.replace("2}", '"2"}'), 14, "points is '2'"),
    "points on an answer": (DOUBLE, DOUBLE.replace("}", ', "points": 1}'), 8, "not graded"),
    "no id": (GRADED, '# %% nbgrader={"grade": true, "points": 2}', 14, "needs a name"),
    "bad id": (DOUBLE, DOUBLE.replace('"double"', '"Dou ble"'), 8, "grade_id is 'Dou ble'"),
    "unknown key": (DOUBLE, DOUBLE.replace("}", ', "max": 2}'), 8, "unknown nbgrader key 'max'"),
    "a task": (DOUBLE, DOUBLE.replace("}", ', "task": true}'), 8, "make it an essay"),
    "unknown metadata": (DOUBLE, DOUBLE + " otter=1", 8, "take otter=… out of the marker"),
    "a title": ("# %%\n#", "# %% Setup\n#", 4, "'Setup' in the cell's marker"),
    "not boolean": (DOUBLE, DOUBLE.replace("true", "1"), 8, "expected true or false"),
    "locked answer": (DOUBLE, DOUBLE.replace("}", ', "locked": true}'), 8, "locked is true"),
    "graded text": (
        f"{GRADED}\nassert",
        GRADED.replace("%%", "%% [markdown]") + "\n# assert",
        14,
        "graded by hand",
    ),
    "no end": ("    ### END SOLUTION\n", "", 10, "without an '### END SOLUTION'"),
    "no begin": ("    ### BEGIN SOLUTION\n", "", 11, "without a '### BEGIN SOLUTION'"),
    "nested": (
        "    return sum",
        "    ### BEGIN SOLUTION\n    return sum",
        11,
        "already open",
    ),
    "misspelt": ("    ### BEGIN SOLUTION\n", "    # begin solution\n", 10, "resembles a marker"),
    "marker in given text": ("import math\n", "import math\n### END SOLUTION\n", 7, "outside"),
    "hidden tests": (
        "assert double(2) == 4",
        "### BEGIN HIDDEN TESTS\n1",
        15,
        "the cell's check file",
    ),
    "mark scheme": ("import math\n", "import math\n### BEGIN MARK SCHEME\n", 7, "essay's solution"),
    "text before a cell": ("# %% [markdown]\n# # D", "x = 1\n# %% [markdown]\n# # D", 1, "before"),
    "unreadable metadata": (DOUBLE, DOUBLE.replace("true", "True"), 8, "is not JSON"),
    "uncommented text": ("# # Doubling", "# # Doubling\nText", 3, "every line starts with '#'"),
}


@pytest.mark.parametrize("case", NOTEBOOK_REFUSALS)
def test_a_broken_notebook_is_refused_at_its_line(workshop, case):
    """Each broken rule is refused with the notebook's path, the line and the reason."""
    old, new, line, message = NOTEBOOK_REFUSALS[case]
    path = workshop.change("notebook.py", old, new)
    with pytest.raises(SourceError) as refused:
        load_manifest(workshop.layout, "doubling")
    found = [p for p in refused.value.problems if message in p.message]
    assert [(p.file, p.line) for p in found] == [(path, line)], str(refused.value)


def test_a_graded_cell_without_checks_is_refused(workshop):
    """A graded cell whose check file is missing is named with its line and the file to write."""
    (workshop.folder / "checks/test_doubling.py").unlink()
    with pytest.raises(SourceError, match=r"notebook\.py:14: .* write checks/test_doubling\.py"):
        load_manifest(workshop.layout, "doubling")


def test_checks_without_a_graded_cell_are_refused(workshop):
    """A check file that no graded cell owns is refused by its path."""
    path = workshop.write("checks/test_tripling.py", "")
    with pytest.raises(SourceError) as refused:
        load_manifest(workshop.layout, "doubling")
    assert [p.file for p in refused.value.problems] == [path]


def test_two_graded_cells_cannot_share_a_check_file(workshop):
    """`a-b` and `a_b` have the same check file, so one of them is refused."""
    extra = "\n# %%%% nbgrader={'grade_id': '%s', 'grade': true, 'points': 1}\npass\n".replace(
        "'", '"'
    )
    workshop.write(
        "notebook.py", (workshop.folder / "notebook.py").read_text() + extra % "a-b" + extra % "a_b"
    )
    workshop.write("checks/test_a_b.py", "")
    with pytest.raises(SourceError, match=r"'a-b' and 'a_b' share test_a_b\.py"):
        load_manifest(workshop.layout, "doubling")


SETTINGS_REFUSALS = {
    "total": ("points = 3.5", "points = 4", 2, "add up to 3.5"),
    "no title": ('title = "Doubling"', 'title = " "', 1, "no title"),
    "unknown key": ("points = 3.5", "pints = 3.5", 2, "unknown key 'pints'"),
    "wrong type": ("points = 3.5", 'points = "3.5"', 2, "expected int"),
    "unknown limit": ("cell_seconds", "cell_minutes", 5, "unknown limit 'cell_minutes'"),
    "private file": ("data/words.txt", "checks/test_doubling.py", 3, "is private"),
    "file outside": ("data/words.txt", "../../etc/passwd", 3, "no plain relative path"),
    "absolute file": ("data/words.txt", "/etc/passwd", 3, "no plain relative path"),
    "missing file": ("data/words.txt", "data/none.txt", 3, "does not exist"),
    "notebook file": ("data/words.txt", "data/x.ipynb", 3, "is private"),
    "not TOML": ("points = 3.5", "points =", 0, "is not TOML"),
    "long number": ("points = 3.5", f"points = {'9' * 5_000}", 0, "is not TOML"),
    "long hexadecimal": ("points = 3.5", f"points = 0x{'f' * 5_000}", 0, "is not TOML"),
    "nested": ("points = 3.5", f"points = {'[' * 5_000}{']' * 5_000}", 0, "is not TOML"),
}


@pytest.mark.parametrize("case", SETTINGS_REFUSALS)
def test_broken_settings_are_refused_at_their_line(workshop, case):
    """Each broken setting is refused with file, line and reason."""
    old, new, line, message = SETTINGS_REFUSALS[case]
    path = workshop.change("assignment.toml", old, new)
    with pytest.raises(SourceError) as refused:
        load_manifest(workshop.layout, "doubling")
    found = [p for p in refused.value.problems if message in p.message]
    assert [(p.file, p.line) for p in found] == [(path, line)], str(refused.value)


def test_a_linked_public_file_is_refused(workshop):
    """A symbolic link could publish any file of the machine, so none is followed."""
    (workshop.folder / "data/words.txt").unlink()
    (workshop.folder / "data/words.txt").symlink_to(workshop.folder / "notebook.py")
    with pytest.raises(SourceError, match="does not exist as a plain file"):
        load_manifest(workshop.layout, "doubling")


def test_all_problems_are_said_at_once(workshop):
    """An author sees everything that is wrong in one run."""
    workshop.change("notebook.py", GRADED, GRADED.replace("2}", "0}"))
    workshop.change("notebook.py", "    ### END SOLUTION\n", "")
    workshop.change("assignment.toml", "[limits]", "[limit]")
    with pytest.raises(SourceError) as refused:
        load_manifest(workshop.layout, "doubling")
    assert len(refused.value.problems) == 3


def test_an_assignment_folder_with_a_bad_name_is_refused(workshop):
    """The name becomes file names and hub names, so it keeps to a small alphabet."""
    workshop.folder.rename(workshop.layout.solutions / "Dou bling")
    with pytest.raises(SourceError, match="name 'Dou bling'"):
        load_manifest(workshop.layout, "Dou bling")


def test_what_nbgrader_and_editors_write_is_understood(workshop):
    """Metadata of a notebook that nbgrader or an editor saved says nothing else than ours."""
    before = load_manifest(workshop.layout, "doubling").cells
    workshop.change(
        "notebook.py",
        '"grade": true, "points": 2}',
        '"grade": true, "points": 2, "locked": false, "schema_version": 3, "solution": false, '
        '"task": false, "cell_type": "code", "checksum": "0f"} tags=["x"] deletable=false '
        'slideshow={"slide_type": "slide"} jp-MarkdownHeadingCollapsed=true',
    )
    assert load_manifest(workshop.layout, "doubling").cells == before
