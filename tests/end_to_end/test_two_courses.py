"""Two courses on one hub, in a browser: a student of both, and people where they do not belong."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from ..serving import ROOT, Served

pytestmark = [pytest.mark.browser, pytest.mark.slow]

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
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Return a hub with two courses, one with a data directory of its own."""
    folder = tmp_path_factory.mktemp("two")
    write_course(folder / "vision", "Means in images")
    write_course(folder / "text", "Means in texts")
    settings = folder / "gradlab.toml"
    settings.write_text(SETTINGS.format(folder=folder))
    variables = {"GRADLAB_SETTINGS": str(settings)}
    with Served(folder / "vision", folder / "home", variables) as hub:
        yield hub


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
    page = people.lab("alice")
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

    page.once("dialog", lambda dialog: dialog.accept())  # nothing is answered
    row(page, "fetched").get_by_role("button", name="Submit").click()
    expect(row(page, "submitted")).to_have_count(1)
    picture(page, "two-3-vision-submitted")
    switch(page, "text")
    expect(row(page, "fetched")).to_have_count(1)
    expect(row(page, "submitted")).to_have_count(0)


def call(page: Page, path: str, method: str = "GET") -> Any:
    """Ask formgrader's API as its pages do; return what it answers."""
    script = """async ([url, method]) => {
        const xsrf = document.cookie.match(/_xsrf=([^;]+)/);
        const headers = {"X-XSRFToken": xsrf ? decodeURIComponent(xsrf[1]) : ""};
        const answer = await fetch(url, {method, headers});
        return answer.status === 200 ? await answer.json() : answer.status;
    }"""
    return page.evaluate(script, [f"/services/vision/formgrader/api/{path}", method])


def test_every_page_of_formgrader_can_be_used(
    hub: Any, people: Any, axe: Any, picture: Any
) -> None:
    """All of its pages, down to grading one submission by hand, have no serious finding."""
    page = people.formgrader("ines")
    page.wait_for_url("**/manage_assignments")
    assert call(page, f"assignment/{ASSIGNMENT}/collect", "POST")["success"]
    hub.run("--course", "vision", "grade", ASSIGNMENT)
    (notebook,) = call(page, f"submitted_notebooks/{ASSIGNMENT}/{ASSIGNMENT}")
    base = f"{hub.url}services/vision/formgrader"
    for path in (
        "manage_assignments", f"manage_submissions/{ASSIGNMENT}",
        "gradebook", f"gradebook/{ASSIGNMENT}", f"gradebook/{ASSIGNMENT}/{ASSIGNMENT}",
        "manage_students", "manage_students/alice", f"manage_students/alice/{ASSIGNMENT}",
    ):  # fmt: skip
        page.goto(f"{base}/{path}")
        expect(page.locator("#main-table")).not_to_contain_text("Loading")
        expect(page.locator("#main-table tr").first).to_be_visible()
        expect(page.locator("#main-table")).not_to_contain_text("None, None")
        axe(page)
        picture(page, f"two-4-{path.replace('/', '-')}")

    page.goto(f"{base}/gradebook/{ASSIGNMENT}/{ASSIGNMENT}")
    eye = page.get_by_role("button", name="Show the name").first
    eye.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("alice", exact=True)).to_be_visible()
    page.goto(f"{base}/submissions/{notebook['id']}")
    expect(page.locator(".MathJax").first).to_be_visible()
    axe(page)
    points = page.get_by_label("Points of why", exact=True)
    points.fill("1.5")
    with page.expect_response("**/formgrader/api/grade/*"):
        points.blur()
    comment = page.get_by_label("Comment on why", exact=True)
    comment.fill(r"Good: $\sum_i x_i = n \bar{x}$.")
    with page.expect_response("**/formgrader/api/comment/*"):
        comment.blur()
    picture(page, "two-5-manual-grading")
    page.reload()
    expect(points).to_have_value("1.5")
    (notebook,) = call(page, f"submitted_notebooks/{ASSIGNMENT}/{ASSIGNMENT}")
    assert notebook["written_score"] == 1.5
    for step in ("generate_feedback", "release_feedback"):
        assert call(page, f"assignment/{ASSIGNMENT}/{step}", "POST")["success"]


def test_feedback_has_its_formulas_without_the_internet(
    hub: Any, people: Any, chromium: Browser, axe: Any, picture: Any
) -> None:
    """JupyterLab, which runs no script of it, and a browser without a network show the page."""
    page = people.contexts["alice"].pages[0]  # a second window would begin without the list
    switch(page, "vision")
    row(page, "submitted").get_by_role("button", name="Fetch Feedback").click()
    page.get_by_text("view feedback").click()
    page.locator(".jp-DirListing-item", has_text=".html").dblclick()
    shown = page.frame_locator(".jp-HTMLViewer iframe")
    expect(shown.locator("math[display=block]")).to_be_visible()
    expect(shown.locator("body")).to_contain_text("Score: 1.5 / 5.0")
    assert "$" not in shown.locator("body").inner_text()
    picture(page, "two-6-feedback-in-jupyterlab")

    (released,) = (hub.home / "courses/vision/feedback/alice" / ASSIGNMENT).glob("*.html")
    context = chromium.new_context(offline=True)
    alone = context.new_page()
    asked: list[str] = []
    alone.on("request", lambda request: asked.append(request.url))
    alone.goto(released.as_uri())
    expect(alone.locator("math[display=block]")).to_be_visible()
    assert alone.locator("math").count() >= 3  # the comment has one, too
    assert alone.locator("script").count() == 0
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    axe(alone, "moderate")  # nbgrader's template has no landmarks
    picture(alone, "two-7-feedback-offline")
    context.close()


def test_a_student_of_one_course_sees_nothing_of_the_other(hub: Any, people: Any) -> None:
    """The exchange names and gives a student the courses that they are in, whatever is asked."""
    page = people.lab("bob")
    open_assignments(page)
    expect(page.locator("#course_list_default")).to_have_text("vision")
    script = """async (path) => (await fetch(path, {headers: {"X-XSRFToken":
        decodeURIComponent(document.cookie.match(/_xsrf=([^;]+)/)[1])}})).json()"""
    assert page.evaluate(script, "/user/bob/courses")["value"] == ["vision"]
    assert page.evaluate(script, "/user/bob/assignments?course_id=text")["value"] == []


NOT_YOURS = "This is not for your account"
NOT_THERE = "There is no such page"
REFUSED = [
    ("alice", "services/vision/formgrader/manage_assignments", 403, NOT_YOURS),
    ("alice", "services/text/formgrader/gradebook", 403, NOT_YOURS),
    ("alice", "user/bob/lab", 403, NOT_YOURS),  # it runs
    ("alice", "user/otto/lab", 404, NOT_THERE),  # it does not
    ("alice", "hub/spawn/bob", 404, NOT_THERE),
    ("alice", "hub/admin", 403, NOT_YOURS),
    ("alice", "services/operations/metrics", 401, "a token is needed"),
    ("alice", "services/exchange/api/me", 401, "token of the hub"),
    ("bob", "services/text/formgrader/manage_assignments", 403, NOT_YOURS),
    ("otto", "services/vision/formgrader/manage_assignments", 403, NOT_YOURS),
    ("tom", "services/text/formgrader/manage_assignments", 403, NOT_YOURS),
    ("tom", "user/alice/lab", 403, NOT_YOURS),
    ("ines", "user/alice/lab", 403, NOT_YOURS),
    ("ines", "hub/admin", 403, NOT_YOURS),
]


@pytest.mark.parametrize(("name", "path", "status", "words"), REFUSED)
def test_people_are_refused_where_they_do_not_belong(
    name: str, path: str, status: int, words: str, hub: Any, people: Any, axe: Any, picture: Any
) -> None:
    """Formgrader, others' servers, other courses, operations: a page that everybody can read."""
    page = people.window(name)
    page.wait_for_load_state("load")
    answer = page.goto(f"{hub.url}{path}")
    assert answer is not None
    assert answer.status == status
    expect(page.locator("body")).to_contain_text(words)
    if status != 401:  # those are for programs
        expect(page.locator("h1").last).to_contain_text(words)
        axe(page)
    picture(page, f"two-8-refused-{name}-{path.replace('/', '-')}")
