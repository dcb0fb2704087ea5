"""Two courses on one hub, in a browser: a student of both, and people where they do not belong."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
ASSIGNMENT = "means"  # both courses have one of this name
NOTEBOOK = r"""
# %% [markdown]
# # {title}
#
# The mean is $\bar{{x}} = \frac{{1}}{{n}} \sum_{{i=1}}^n x_i$, and the variance
#
# $$ s^2 = \frac{{1}}{{n}} \sum_{{i=1}}^n (x_i - \bar{{x}})^2 . $$

# %% nbgrader={{"grade_id": "mean", "solution": true}}
def mean(values):
    ### BEGIN SOLUTION
    return sum(values) / len(values)
    ### END SOLUTION

# %% nbgrader={{"grade_id": "mean_is_right", "grade": true, "points": 3}}
assert mean([1, 2, 3]) == 2

# %% [markdown] nbgrader={{"grade_id": "why", "solution": true, "grade": true, "points": 2}}
# ### BEGIN SOLUTION
# Since $\sum_i (x_i - \bar{{x}}) = 0$.
# ### END SOLUTION
"""
CHECK = '''\
"""The mean (grade cell `mean_is_right`, 3 points)."""


def test_mean(student):
    assert student.mean([2, 4]) == 3
'''
SETTINGS = """\
[[course]]
id = "vision"
title = "Computer vision"
root = "{folder}/vision"
students = ["alice", "bob"]
assistants = ["tom"]
instructors = ["ines"]

[[course]]
id = "text"
title = "Text mining"
root = "{folder}/text"
data = "{folder}/elsewhere"
students = ["alice", "tom"]
instructors = ["otto"]
"""


def write_course(root: Path, title: str) -> None:
    """Write a course with one assignment, which has formulas and an essay."""
    solution = root / "solutions" / ASSIGNMENT
    (solution / "checks").mkdir(parents=True)
    (solution / "notebook.py").write_text(NOTEBOOK.format(title=title))
    (solution / "assignment.toml").write_text(f'title = "{title}"\n')
    (solution / "checks" / "test_mean_is_right.py").write_text(CHECK)
    for name in ("jupyterhub_config.py", "nbgrader_config.py"):
        shutil.copy(ROOT / name, root)


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory, make_hub: Any) -> Iterator[Any]:
    """Return a hub with two courses, one with a data directory of its own."""
    folder = tmp_path_factory.mktemp("two")
    write_course(folder / "vision", "Means in images")
    write_course(folder / "text", "Means in texts")
    settings = folder / "gradlab.toml"
    settings.write_text(SETTINGS.format(folder=folder))
    hub = make_hub(
        folder,
        {"GRADLAB_SETTINGS": str(settings), "GRADLAB_COURSE": str(folder / "vision")},
    )
    hub.start()
    try:
        yield hub
    finally:
        hub.stop()


@pytest.fixture(scope="module")
def people(chromium: Browser, hub: Any, make_people: Any) -> Iterator[Any]:
    people = make_people(chromium, hub)
    yield people
    people.close()


def row(page: Page, section: str) -> Locator:
    """Return the assignment's row in one section of the student's list."""
    items = page.locator(f"#{section}_assignments_list .list_item", has_text=ASSIGNMENT)
    return items.filter(has=page.get_by_role("button"))


def switch(page: Page, course: str) -> None:
    """Choose a course in the list of assignments, as a person does."""
    expect(page.locator("#course_list_dropdown")).to_be_enabled()
    page.locator("#course_list_dropdown").click()
    page.locator("#course_list").get_by_text(course, exact=True).click()
    expect(page.locator("#course_list_default")).to_have_text(course)
    expect(page.locator("#course_list_dropdown")).to_be_enabled()


def open_assignments(page: Page) -> None:
    """Show the list of assignments, which is there already or in the menu."""
    expect(page.locator("#jp-top-panel")).to_be_visible()
    expect(page.locator("#course_list_default")).not_to_have_text("Loading, please wait...")


def test_a_student_of_two_courses(hub: Any, people: Any, picture: Any) -> None:
    """Each course's list has its own; assignments of one name are fetched beside each other."""
    page = people.login("alice")
    open_assignments(page)
    expect(page.locator("#course_list_default")).to_have_text("text")
    expect(row(page, "released")).to_have_count(1)
    row(page, "released").get_by_role("button", name="Fetch").click()
    expect(row(page, "fetched")).to_have_count(1)
    expect(row(page, "released")).to_have_count(0)
    picture(page, "two-1-text-fetched")

    switch(page, "vision")
    expect(row(page, "released")).to_have_count(1)
    expect(row(page, "fetched")).to_have_count(0)
    picture(page, "two-2-vision-not-fetched")
    row(page, "released").get_by_role("button", name="Fetch").click()
    expect(row(page, "fetched")).to_have_count(1)
    home = hub.home / "homes" / "alice"
    for course, words in (("vision", "Means in images"), ("text", "Means in texts")):
        assert words in (home / course / ASSIGNMENT / f"{ASSIGNMENT}.ipynb").read_text()

    row(page, "fetched").get_by_role("button", name="Submit").click()
    expect(row(page, "submitted")).to_have_count(1)
    picture(page, "two-3-vision-submitted")
    switch(page, "text")
    expect(row(page, "fetched")).to_have_count(1)
    expect(row(page, "submitted")).to_have_count(0)
