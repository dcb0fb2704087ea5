"""Otter's master notebooks become the same assignments."""

from __future__ import annotations

from collections.abc import Callable

from autograder.course import Layout, Role, lint, load_manifest
from autograder.importing import State, Translated, Way, place

from ..foreign_notebooks import Cell, given, raw, shown

Imported = Callable[..., Translated]


def question(settings: str, *cells: Cell) -> list[Cell]:
    return [raw(f"# BEGIN QUESTION\n{settings}"), *cells, raw("# END QUESTION")]


def between(what: str, *cells: Cell) -> list[Cell]:
    return [raw(f"# BEGIN {what}"), *cells, raw(f"# END {what}")]


SQUARE = given(
    "def square(x):\n    y = x * x # SOLUTION\n    return y # SOLUTION\n"
    '""" # BEGIN PROMPT\ndef square(x):\n    ...\n""" # END PROMPT'
)


def test_master_notebook_is_accepted(imported: Imported, layout: Layout) -> None:
    """Questions with shown values, asserts, hidden tests and functions; a manual one; settings."""
    made = imported(
        raw("# ASSIGNMENT CONFIG\nname: Squares and Roots\nfiles:\n  - data.csv\n"),
        given("# Squares", "markdown"),
        *question(
            "name: q1\npoints: 2",
            given("**Question 1.** Square it.", "markdown"),
            *between("SOLUTION", SQUARE),
            *between(
                "TESTS",
                shown("square(3)", "9"),
                shown("# HIDDEN\nsquare(4) == 16", "True"),
                given("def test_it(square):\n    assert square(1) == 1, 'One.'"),
            ),
        ),
        *question(
            "name: q2\nmanual: true\npoints: 3",
            *between("SOLUTION", given("Because.", "markdown")),
        ),
    )
    assert place(layout, made) is State.WRITTEN
    manifest = load_manifest(layout, "hw")
    assert lint(manifest) == []
    assert manifest.title == "Squares and Roots"
    assert [(c.role, c.points) for c in manifest.cells if c.role is not Role.GIVEN] == [
        (Role.ANSWER, 0),
        (Role.GRADED, 2),
        (Role.ESSAY, 3),
    ]
    assert manifest.cells[2].source == (
        "def square(x):\n    # YOUR CODE HERE\n    raise NotImplementedError()"
    )
    assert "Because" not in manifest.cell("q2").source
    assert manifest.cell("q1").source == "assert (square(3)) == 9\nassert square(1) == 1, 'One.'"
    check = manifest.checks["q1"].read_text()
    assert "assert student.square(4) == 16\n" in check
    assert check.count("def test_q1_") == 3
    assert [one.way for one in made.outcomes] == [Way.CHECK, Way.KEPT]


def test_points_of_tests_are_kept_when_they_add_up(imported: Imported) -> None:
    """They are what each check is worth; otherwise all count the same, which is said."""
    tests = between(
        "TESTS",
        given(
            '""" # BEGIN TEST CONFIG\npoints: 1\nfailure_message: No.\n""" # END TEST CONFIG\n'
            "assert square(1) == 1"
        ),
        given(
            '""" # BEGIN TEST CONFIG\npoints: 3\nhidden: true\n""" # END TEST CONFIG\n'
            "assert square(2) == 4"
        ),
    )
    made = imported(*question("name: q1", *between("SOLUTION", SQUARE), *tests))
    check = made.files["checks/test_q1.py"].decode()
    assert "@points(1.0)\n@hint('No.')\n" in check
    assert "4 points" in check
    assert "square(2)" not in made.files["notebook.py"].decode()
    made = imported(*question("name: q1\npoints: 2", *between("SOLUTION", SQUARE), *tests))
    assert "@points" not in made.files["checks/test_q1.py"].decode()
    assert any("do not add up" in note for note in made.notes)


def test_output_that_is_no_plain_data_waits_for_a_person(imported: Imported) -> None:
    """A drawing or a table cannot be compared; the question's points go to its answer."""
    made = imported(
        *question(
            "name: q1",
            *between("SOLUTION", SQUARE),
            *between("TESTS", shown("square(3)", "<Axes: >"), shown("square(2)", "4")),
        )
    )
    assert [(one.way, one.points) for one in made.outcomes] == [(Way.HAND, 1)]
    assert "(number 1)" in made.outcomes[0].reason
    assert any("no plain data" in note for note in made.notes)
