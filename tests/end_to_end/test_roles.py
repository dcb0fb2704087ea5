"""What each role sees in a browser, and that all of it can be read and used by everybody."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

COURSE = "services/deep-learning/formgrader"
PAGES = ("manage_assignments", "gradebook", "manage_students")


def table(page: Page) -> None:
    """Wait until formgrader's table is filled."""
    expect(page.locator("#main-table")).not_to_contain_text("Loading")


def press(page: Page, path: str) -> int:
    """Send what a button sends, though the page shows none; return the answer's status."""
    script = """async (url) => {
        const xsrf = document.cookie.match(/_xsrf=([^;]+)/);
        const headers = {"X-XSRFToken": xsrf ? decodeURIComponent(xsrf[1]) : ""};
        return (await fetch(url, {method: "POST", headers})).status;
    }"""
    return int(page.evaluate(script, f"/{COURSE}/api/{path}"))


def test_log_in_page_and_wrong_password(hub: Any, chromium: Any, axe: Any, picture: Any) -> None:
    """The log-in page can be used by keyboard alone, and says what was wrong."""
    page = chromium.new_page()
    page.goto(hub.url)
    expect(page.locator("#username_input")).to_be_visible()
    axe(page)
    page.locator("#username_input").focus()
    page.keyboard.type("alice")
    page.keyboard.press("Tab")
    page.keyboard.type("wrong")
    page.keyboard.press("Enter")
    expect(page.locator("body")).to_contain_text("Invalid username or password")
    axe(page)
    picture(page, "roles-1-log-in-refused")
    page.close()


def test_assistant_grades_and_does_not_release(
    hub: Any, people: Any, axe: Any, picture: Any
) -> None:
    """A TA's pages have what grading needs, no button for more; the server refuses it as well."""
    page = people.login("tom")
    expect(page).to_have_url(f"{hub.url}services/pages/deep-learning/_staff/")
    for name in PAGES:
        page.goto(f"{hub.url}{COURSE}/{name}")
        table(page)
        picture(page, f"roles-2-assistant-{name}")
        axe(page)
    page.goto(f"{hub.url}{COURSE}/manage_assignments")
    table(page)
    expect(page.locator("td.collect a").first).to_be_visible()
    for column in ("release", "assign", "edit", "generate-feedback", "release-feedback"):
        expect(page.locator(f"td.{column}").first).to_be_hidden()
    expect(page.get_by_text("Add new assignment...", exact=True)).to_be_hidden()
    expect(page.locator("header")).to_contain_text("You are assistant")
    assert press(page, "assignment/convolution/unrelease") == 403
    assert press(page, "assignment/convolution/collect") == 200


def test_instructor_has_all_buttons_with_names(
    hub: Any, people: Any, axe: Any, picture: Any
) -> None:
    """An instructor finds every button by its name, with the keyboard, also in the dialogs."""
    page = people.login("ines")
    for name in PAGES:
        page.goto(f"{hub.url}{COURSE}/{name}")
        table(page)
        axe(page)
    page.goto(f"{hub.url}{COURSE}/manage_assignments")
    table(page)
    expect(page.get_by_role("link", name="Release convolution")).to_be_visible()
    edit = page.get_by_role("link", name="Edit convolution")
    edit.focus()
    page.keyboard.press("Enter")
    dialog = page.locator(".modal.in")
    expect(dialog).to_be_visible()
    axe(page)
    picture(page, "roles-3-instructor-dialog")
    page.goto(f"{hub.url}{COURSE}/nothing")
    expect(page.locator("h1")).to_contain_text("Not here")
    axe(page)


def test_student_is_refused_readably(hub: Any, people: Any, axe: Any, picture: Any) -> None:
    """A student's own pages are fit for everybody, and the refusal says what it is."""
    page = people.lab("alice")
    expect(page.locator("#progress-bar, #jp-main-dock-panel, .jp-LabShell").first).to_be_visible()
    if page.locator("#progress-bar").count():
        axe(page)
        picture(page, "roles-4-spawning")
    page.goto(f"{hub.url}hub/home")
    expect(page.locator("#start, #stop").first).to_be_visible()
    axe(page)
    picture(page, "roles-5-home")
    answer = page.goto(f"{hub.url}{COURSE}/manage_assignments")
    assert answer is not None
    assert answer.status == 403
    expect(page.locator("h1")).to_contain_text("This is not for your account")
    axe(page)
    picture(page, "roles-6-refused")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("alice", ["Assignment List"]),
        ("tom", ["Assignment List"]),
        ("ines", ["Assignment List", "Create assignment"]),
    ],
)
def test_jupyterlab_shows_what_the_role_uses(
    name: str, shown: list[str], hub: Any, people: Any, picture: Any
) -> None:
    """The menu of nbgrader has the tools of the role; formgrader is a page of its own for all."""
    page = people.window(name)
    page.wait_for_load_state("load")
    page.goto(f"{hub.url}hub/spawn")  # leads on to a server that runs already
    expect(page.locator("#jp-top-panel")).to_be_visible()
    page.locator(".lm-MenuBar-item", has_text="Nbgrader").click()
    expect(page.get_by_role("menuitem", name=shown[-1])).to_be_visible()
    items = page.locator(".lm-Menu-item:not(.lm-mod-hidden) .lm-Menu-itemLabel")
    assert [text for text in items.all_inner_texts() if text] == shown
    picture(page, f"roles-7-lab-{name}")
