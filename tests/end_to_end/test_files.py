"""nbgrader's exchange of files, in a browser: the same way as over the network, by its folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from ..serving import ROOT, Served
from .test_course import ASSIGNMENT, assignment_row, click_in_row

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Return a hub whose sessions see the exchange's folder."""
    root = Path(os.environ.get("GRADLAB_COURSE", ROOT))
    variables = {"GRADLAB_EXCHANGE_KIND": "files"}
    with Served(root, tmp_path_factory.mktemp("files") / "home", variables) as hub:
        yield hub


def test_from_fetching_to_feedback(hub: Any, people: Any, picture: Any) -> None:
    """A student hands in, a TA collects, it is graded, and the feedback comes back."""
    student = people.lab("alice")
    assignment_row(student, "released").get_by_role("button", name="Fetch").click()
    submit = assignment_row(student, "fetched").get_by_role("button", name="Submit")
    with student.expect_event("dialog") as asked:
        submit.click()
    question = f"Hand in {ASSIGNMENT} all the same?"
    assert asked.value.message == f"No question is answered yet.\n\n{question}"
    asked.value.dismiss()
    folder = hub.home / "homes" / "alice" / ASSIGNMENT
    (folder / f"{ASSIGNMENT}.ipynb").rename(folder / "mine.ipynb")
    with student.expect_event("dialog") as asked:
        submit.click()
    assert asked.value.message.startswith(f"There is no {ASSIGNMENT}.ipynb in the folder. The only")
    asked.value.dismiss()
    (folder / "mine.ipynb").rename(folder / f"{ASSIGNMENT}.ipynb")
    assert not list((hub.home / "exchange" / "deep-learning" / "inbound").iterdir())
    with student.expect_event("dialog") as asked:
        submit.click()
    asked.value.accept()
    expect(assignment_row(student, "submitted")).to_be_visible()
    picture(student, "files-1-submitted")
    (inbound,) = (hub.home / "exchange" / "deep-learning" / "inbound").iterdir()
    assert inbound.name.startswith(f"alice+{ASSIGNMENT}+")

    assistant = people.formgrader("tom")
    click_in_row(assistant, "collect")
    assert "1 of 1 submissions" in hub.run("grade", ASSIGNMENT)
    instructor = people.formgrader("ines")
    click_in_row(instructor, "generate-feedback")
    click_in_row(instructor, "release-feedback")

    student.locator("#refresh_assignments_list").click()
    submitted = assignment_row(student, "submitted")
    submitted.get_by_role("button", name="Fetch Feedback").click()
    submitted.get_by_text("view feedback").click()
    expect(student.locator(".jp-DirListing-item", has_text=".html")).to_be_visible()
    picture(student, "files-2-feedback")
