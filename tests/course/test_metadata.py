"""`[exercises.<grade_id>]` of assignment.toml: read and checked, and no part of what is graded."""

from __future__ import annotations

import pytest

from autograder.course import Kind, Metadata, SourceError, absent_needs, lint, load_manifest
from autograder.grading.keys import AssignmentDigest, Environment

TABLE = """
[exercises.doubling]
kind = "code"
goals = ["Doubles a number.", "Says why."]
minutes = 10
difficulty = 1
needs = []
source = "S4 p. 12"
"""
ESSAY = """
[exercises.why]
kind = "essay"
goals = ["Says why."]
minutes = 5
difficulty = 2
needs = ["doubling/doubling"]
source = "own"
"""
OTHER_NOTEBOOK = """\
# %% [markdown] nbgrader={"grade_id": "halving", "grade": true, "solution": true, "points": 1}
# ### BEGIN SOLUTION
# Half of four is two, whoever counts.
# ### END SOLUTION
"""
OTHER = """\
title = "Halving"

[exercises.halving]
kind = "essay"
goals = ["Halves."]
minutes = 5
difficulty = 1
source = "own"
"""


@pytest.fixture
def told(workshop):
    """The course of `workshop` with metadata of both exercises."""
    text = (workshop.folder / "assignment.toml").read_text()
    workshop.write("assignment.toml", text + TABLE + ESSAY)
    return workshop


def line_of(workshop, text):
    lines = (workshop.folder / "assignment.toml").read_text().splitlines()
    return next(number for number, line in enumerate(lines, start=1) if text in line)


def refused(workshop):
    with pytest.raises(SourceError) as caught:
        load_manifest(workshop.layout, "doubling")
    return caught.value.problems


def test_metadata_are_read(told):
    """Every key arrives, and needs are empty when none are given."""
    told.change("assignment.toml", "needs = []\n", "")
    manifest = load_manifest(told.layout, "doubling")
    assert manifest.metadata == {
        "doubling": Metadata(
            Kind.CODE, ("Doubles a number.", "Says why."), 10, 1, "S4 p. 12", needs=()
        ),
        "why": Metadata(Kind.ESSAY, ("Says why.",), 5, 2, "own", needs=("doubling/doubling",)),
    }
    assert lint(manifest) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('kind = "code"', 'kind = "coding"', "expected one of code, number, symbolic, choice,"),
        ('kind = "code"', 'kind = ["code"]', "kind is ['code']"),
        ('kind = "code"', 'kind = "essay"', "graded by checks"),
        ('kind = "essay"', 'kind = "number"', "graded by hand"),
        ("minutes = 10", "minutes = 0", "expected a whole number from 1 to 600"),
        ("minutes = 10", "minutes = 10.5", "minutes is 10.5"),
        ("minutes = 10", "minutes = true", "minutes is True"),
        ("difficulty = 1", "difficulty = 4", "expected one of 1, 2, 3"),
        ("difficulty = 1", 'difficulty = "1"', "difficulty is '1'"),
        ('goals = ["Doubles a number.", "Says why."]', "goals = []", "at least one"),
        ('goals = ["Doubles a number.", "Says why."]', 'goals = "Doubles"', "a list of sentences"),
        ('goals = ["Doubles a number.", "Says why."]', 'goals = [" "]', "a list of sentences"),
        ('source = "S4 p. 12"', "source = 4", "source is 4"),
        ('source = "S4 p. 12"', 'source = ""', "source is ''"),
        ("needs = []", 'needs = ["doubling"]', 'a list of "assignment/grade_id"'),
        ("needs = []", 'needs = ["../x/y"]', 'a list of "assignment/grade_id"'),
        ("needs = []", 'needs = ["a/b", "a/b"]', "each once"),
        ("needs = []", "needs = [1]", "needs is [1]"),
        ("minutes = 10", "minutes = 10\nhours = 1", "unknown key 'hours'"),
    ],
)
def test_a_wrong_key_is_refused_at_its_line(told, old, new, said):
    """Each key has its type and bounds; the problem stands where the author finds it."""
    path = told.change("assignment.toml", old, new)
    (problem,) = refused(told)
    assert (problem.file, problem.line) == (path, line_of(told, new.split("\n")[-1]))
    assert said in problem.message


@pytest.mark.parametrize("key", ["kind", "goals", "minutes", "difficulty", "source"])
def test_a_missing_key_is_refused_at_the_table(told, key):
    """All but the needs are said of every exercise that has a table."""
    lines = (told.folder / "assignment.toml").read_text().splitlines()
    start = lines.index("[exercises.why]")
    kept = [line for line in lines[start:] if not line.startswith(key)]
    told.write("assignment.toml", "\n".join(lines[:start] + kept))
    (problem,) = refused(told)
    assert (problem.line, f"no {key}" in problem.message) == (start + 1, True)


@pytest.mark.parametrize(
    ("old", "line"),
    [("[exercises.doubling]", "[exercises.double]"), ("[exercises.why]", '[exercises."setup-x"]')],
)
def test_an_unknown_exercise_is_refused(told, old, line):
    """An answer cell is none: exercises are the cells that earn points."""
    told.change("assignment.toml", old, line)
    (problem,) = refused(told)
    assert problem.line == line_of(told, line)
    assert "unknown exercise" in problem.message
    assert "known are doubling, why" in problem.message


@pytest.mark.parametrize("text", ["exercises = 3", "exercises = []", "exercises.doubling = 3"])
def test_what_is_no_table_is_refused(workshop, text):
    """And nothing else falls over it."""
    workshop.change("assignment.toml", "points = 3.5", f"points = 3.5\n{text}")
    (problem,) = refused(workshop)
    assert "expected" in problem.message


@pytest.mark.parametrize("key", ["files", "may_repeat", "limits"])
def test_a_number_where_a_list_belongs_is_one_sentence(workshop, key):
    """A key of the wrong type is refused, and not read any further."""
    text = (workshop.folder / "assignment.toml").read_text()
    kept = text.replace('files = ["data/words.txt"]\n', "").split("[limits]")[0]
    workshop.write("assignment.toml", f"{kept}{key} = 3\n")
    (problem,) = refused(workshop)
    assert f"{key} is 3" in problem.message


def test_one_exercise_with_metadata_wants_all(workshop):
    """An assignment without any is accepted; a forgotten exercise is named where it stands."""
    text = (workshop.folder / "assignment.toml").read_text()
    workshop.write("assignment.toml", text + TABLE)
    manifest = load_manifest(workshop.layout, "doubling")
    (problem,) = lint(manifest)
    assert (problem.file.name, problem.line) == ("notebook.py", manifest.cell("why").line)
    assert "[exercises.why]" in problem.message


@pytest.mark.parametrize(
    ("need", "said"),
    [
        ("doubling/why", "does not come before it"),
        ("doubling/doubling", "does not come before it"),
        ("doubling/double", "which there is not; doubling has doubling, why"),
        ("halving/third", "which there is not; halving has halving"),
    ],
)
def test_needs_exist_and_come_before(told, need, said):
    """A list of what to do before that nobody can follow helps no student."""
    told.write("../halving/notebook.py", OTHER_NOTEBOOK)
    told.write("../halving/assignment.toml", OTHER)
    told.change("assignment.toml", "needs = []", f'needs = ["{need}"]')
    (problem,) = lint(load_manifest(told.layout, "doubling"))
    assert problem.line == line_of(told, f'needs = ["{need}"]')
    assert said in problem.message


def test_what_another_course_has_may_be_needed(told):
    """Who takes one assignment of several into a course is not refused, and is told."""
    told.change("assignment.toml", "needs = []", 'needs = ["thirds/third"]')
    manifest = load_manifest(told.layout, "doubling")
    assert lint(manifest) == []
    assert absent_needs(manifest) == [("doubling", "thirds/third")]


def test_exercises_of_two_assignments_cannot_need_each_other(told):
    """Also not by way of a third; one direction alone is right."""
    told.write("../halving/notebook.py", OTHER_NOTEBOOK)
    told.write("../halving/assignment.toml", OTHER)
    told.change("assignment.toml", "needs = []", 'needs = ["halving/halving"]')
    assert lint(load_manifest(told.layout, "doubling")) == []
    told.write("../halving/assignment.toml", OTHER + 'needs = ["doubling/why"]\n')
    messages = [problem.message for problem in lint(load_manifest(told.layout, "doubling"))]
    assert messages == [
        "exercise 'doubling' needs 'halving/halving', which needs 'doubling/doubling' itself"
    ]


def test_another_refused_assignment_is_not_told_here(told):
    """Its own build tells what is wrong with it."""
    told.write("../halving/notebook.py", OTHER_NOTEBOOK)
    told.write("../halving/assignment.toml", "title = 3\n")
    told.change("assignment.toml", "needs = []", 'needs = ["halving/halving"]')
    assert lint(load_manifest(told.layout, "doubling")) == []


def test_metadata_change_no_key_of_a_report(workshop):
    """Who corrects an estimate grades nothing again, and no seed becomes another."""
    environment = Environment({}, "digest", "exact")
    before = AssignmentDigest.of(load_manifest(workshop.layout, "doubling"), environment)
    text = (workshop.folder / "assignment.toml").read_text()
    workshop.write("assignment.toml", text + TABLE + ESSAY)
    assert AssignmentDigest.of(load_manifest(workshop.layout, "doubling"), environment) == before
