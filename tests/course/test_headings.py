"""What assignments and exercises are called on pages."""

from __future__ import annotations

import pytest

from autograder.course import Layout, assignment_names, load_manifest
from autograder.course.headings import exercise_titles, plain_heading, words_of


@pytest.mark.parametrize(
    ("heading", "title"),
    [
        ("Exercise 10 · leaky *integrate*-and-fire (4 points)", "10 · Leaky integrate-and-fire"),
        ("Exercise 1 ★ · by hand (2 points)", "1 · By hand"),
        ("2. Why gradients explode", "2 · Why gradients explode"),
        ("The chain rule", "The chain rule"),
        ("Exercise 3", "Exercise 3"),
        ("$x_1$ and `y`", "X1 and y"),
        ("****", "****"),
    ],
)
def test_a_heading_becomes_a_plain_title(heading: str, title: str) -> None:
    """Number in front, no points, no marks; never empty."""
    assert plain_heading(heading) == title


def test_names_become_words() -> None:
    """A name without words stays."""
    assert words_of("test_impossible_settings_are_refused") == "Impossible settings are refused"
    assert words_of("___") == "___"


def test_every_cell_with_points_of_the_course_has_a_title() -> None:
    """The repository's own assignments."""
    layout = Layout.find()
    for name in assignment_names(layout):
        manifest = load_manifest(layout, name)
        titles = exercise_titles(manifest)
        assert list(titles) == [cell.cell_id for cell in manifest.worth_points]
        assert all(
            title and "points" not in title and "$" not in title for title in titles.values()
        )
