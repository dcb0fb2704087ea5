"""The whole way of one exercise, in a browser, on the real hub: from log-in to feedback."""

from __future__ import annotations

import os
import re
import signal
import socket
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from autograder.course import Layout, Role, load_manifest
from autograder.course.cases import instructor_answers
from autograder.records import Event, Log

from ..exchange_hub import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ASSIGNMENT = os.environ.get("GRADLAB_TEST_ASSIGNMENT", "convolution")
STUDENT = "alice"
LIST = "#nbgrader-assignment-list"
DRAWN = "img[src^='data:image/png']"


def assignment_row(page: Page, section: str) -> object:
    """Return the assignment's row in one section of the student's list."""
    return page.locator(f"#{section}_assignments_list .list_item", has_text=ASSIGNMENT).first


def fill_in(page: Page, answers: dict[str, str], cell_ids: list[str]) -> None:
    """Type each answer into its cell, moving through the notebook by keyboard."""
    notebook = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Notebook")
    notebook.locator(".jp-Cell").first.click()
    page.keyboard.press("Escape")
    here = 0
    for index, cell_id in enumerate(cell_ids):
        if cell_id not in answers:
            continue
        for _ in range(index - here):
            page.keyboard.press("j")
        here = index
        page.keyboard.press("Enter")
        page.keyboard.press("Control+A")
        page.keyboard.insert_text(answers[cell_id])
        page.keyboard.press("Escape")


def click_in_row(page: Page, column: str) -> None:
    """Press one of formgrader's buttons for the assignment, wait for its success, close it."""
    row = page.locator("tr", has=page.locator("td.name", has_text=ASSIGNMENT)).first
    row.locator(f"td.{column} a").click()
    message = page.locator(".modal.in .modal-body")
    expect(message).to_contain_text("uccess")
    page.locator(".modal.in .modal-footer button").last.click()
    expect(page.locator(".modal.in")).to_have_count(0)


def test_from_log_in_to_feedback(hub: Any, people: Any, picture: Any, axe: Any) -> None:
    """A student's work comes back graded and explained, every step by the pages people use."""
    layout = Layout.find(environment=hub.environment)
    manifest = load_manifest(layout, ASSIGNMENT)
    answers = {
        name: text
        for name, text in instructor_answers(manifest).items()
        if manifest.cell(name).role in (Role.ANSWER, Role.ESSAY)
    }

    # the student fetches, works, validates and submits
    student = people.lab(STUDENT)
    assignment_row(student, "released").get_by_role("button", name="Fetch").click()
    downloaded = assignment_row(student, "fetched")
    expect(downloaded).to_be_visible()
    picture(student, "1-student-fetched")
    axe(student, within=LIST)
    downloaded.locator("a", has_text=ASSIGNMENT).first.click()
    student.locator("#nbgrader-assignment-list").get_by_text(ASSIGNMENT, exact=True).last.click()
    expect(student.locator(".jp-NotebookPanel .jp-Cell").first).to_be_visible()
    expect(student.locator("#jp-main-statusbar")).to_contain_text("Idle")
    picture(student, "2-student-notebook")
    fill_in(student, answers, [cell.cell_id for cell in manifest.cells])
    student.get_by_role("button", name="Validate").click()
    expect(student.locator(".jp-Dialog")).to_contain_text("Success")
    picture(student, "3-student-validated")
    student.locator(".jp-Dialog button").last.click()
    first = next(cell.cell_id for cell in manifest.cells if cell.cell_id in answers)
    late_thought = {first: answers[first] + "\n# not saved by hand"}
    fill_in(student, late_thought, [cell.cell_id for cell in manifest.cells])
    student.get_by_role("tab", name="Assignments").click()
    downloaded.get_by_role("button", name="Submit").click()
    expect(assignment_row(student, "submitted")).to_be_visible()
    said = student.locator(".Toastify__toast", has_text="Received")
    expect(said).to_contain_text(
        re.compile(rf"attempt 1, {len(answers)} of {len(answers)} questions answered; graded")
    )
    (stored,) = (layout.exchange / "deep-learning" / "inbound").glob(f"{STUDENT}+{ASSIGNMENT}+*")
    assert "# not saved by hand" in (stored / f"{ASSIGNMENT}.ipynb").read_text()
    picture(student, "4-student-submitted")
    axe(student, within=LIST)
    again = downloaded.get_by_role("button", name="Submit")
    with student.expect_event("dialog") as asked:
        again.click()
    assert asked.value.message == (
        "Nothing has changed since attempt 1, which is stored with its receipt.\n\n"
        f"Hand in {ASSIGNMENT} all the same?"
    )
    asked.value.dismiss()
    result = student.get_by_role("link", name=f"Result and receipts of {ASSIGNMENT}")
    expect(result).to_have_attribute("href", f"/services/pages/deep-learning/{ASSIGNMENT}")
    expect(again).to_have_accessible_description(re.compile(ASSIGNMENT))
    listed = student.locator(".jp-DirListing-item")
    listed.filter(has_text="receipts").dblclick()
    receipt = listed.filter(has_text=f"deep-learning {ASSIGNMENT}")
    receipt.dblclick()
    shown = student.locator(".jp-RenderedJSON")
    expect(shown).to_contain_text("timestamp")
    expect(shown).to_contain_text(STUDENT)
    picture(student, "4-student-receipt")
    student.get_by_role("tab", name="Assignments").click()

    # it is graded at once; whoever is used to collecting and grading may press there, too
    def events() -> list[tuple[str, str, str]]:
        lines = Log(layout.log).lines()
        of_student = [line for line in lines if line["student"] == STUDENT]
        return [(line["via"], line["who"], line["event"]) for line in of_student]

    wait_until(lambda: ("grading on submit", "gradlab", Event.GRADE) in events(), 120)

    # the instructor generates and releases feedback
    instructor = people.formgrader("ines")
    expect(instructor).to_have_url(f"{hub.url}services/deep-learning/formgrader/manage_assignments")
    assistant = people.formgrader("tom")
    click_in_row(assistant, "collect")
    click_in_row(instructor, "collect")
    assert "1 of 1 submissions" in hub.run("grade", ASSIGNMENT)
    instructor.reload()
    expect(instructor.locator("td.num-submissions", has_text="1")).to_have_count(1)
    picture(instructor, "5-instructor-graded")
    expect(instructor.locator("tfoot")).to_contain_text("gradlab new exercise NAME")
    expect(instructor.get_by_role("link", name="Add new assignment")).to_have_count(0)
    glance = instructor.get_by_role("link", name="Course", exact=True)
    expect(glance).to_have_attribute("href", "/services/pages/deep-learning/_staff/")
    click_in_row(instructor, "generate-feedback")
    click_in_row(instructor, "release-feedback")
    instructor.goto(
        f"{hub.url}services/deep-learning/formgrader/gradebook/{ASSIGNMENT}/{ASSIGNMENT}"
    )
    expect(instructor.locator("#formgrade_table, table").first).to_contain_text("alice")
    picture(instructor, "6-instructor-scores")
    instructor.get_by_role("link", name="Submission #1").click()
    expect(instructor.locator(DRAWN).first).to_be_visible()
    picture(instructor, "6-instructor-submission")

    # the student sees it
    student.locator("#refresh_assignments_list").click()
    submitted = assignment_row(student, "submitted")
    submitted.get_by_role("button", name="Fetch Feedback").click()
    submitted.get_by_text("view feedback").click()
    picture(student, "7-student-feedback-fetched")
    student.locator(".jp-DirListing-item", has_text=".html").dblclick()
    page = student.frame_locator(".jp-HTMLViewer iframe")
    automatic = sum(cell.points for cell in manifest.graded)
    score = f"Score: {automatic:.1f} / {manifest.max_points:.1f}"
    expect(page.locator("body")).to_contain_text(score)
    expect(page.locator(DRAWN).first).to_be_visible()
    picture(student, "8-student-feedback")

    student.goto(f"{hub.url}services/pages/deep-learning/{ASSIGNMENT}/1/notebook")
    expect(student.locator(DRAWN).first).to_be_visible()

    # each step is on record as what the hub knows the person by
    assert events() == [
        ("exchange", STUDENT, Event.SUBMIT),
        ("grading on submit", "gradlab", Event.COLLECT),
        ("grading on submit", "gradlab", Event.GRADE),
        ("exchange", "ines", Event.FEEDBACK),
    ]


def test_student_is_refused_at_formgrader(hub: Any, people: Any, picture: Any) -> None:
    """A student gets the hub's refusal at the course's service, and no formgrader of their own."""
    window = people.window(STUDENT)
    answer = window.goto(f"{hub.url}services/deep-learning/formgrader/")
    assert answer is not None
    assert answer.status == 403
    picture(window, "9-student-refused")
    answer = window.goto(f"{hub.url}user/{STUDENT}/formgrader")
    assert answer is not None
    assert answer.status == 404


def test_stopping_leaves_nothing_and_starting_keeps_everything(hub: Any) -> None:
    """After Ctrl-C no process and no port is left; after a start all work is where it was."""
    before = stored(hub.home)
    password = hub.password
    assert hub.stop(signal.SIGINT) == 0
    assert [process for process in hub.family if process.is_running()] == []
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", hub.port)) != 0
    hub.start()
    assert stored(hub.home) == before
    assert hub.password == password


def stored(home: Path) -> dict[str, object]:
    """Return what people would miss: their files and the scores."""
    files = sorted(
        str(path.relative_to(home))
        for folder in ("homes", "submitted", "autograded", "feedback", "exchange")
        for path in (home / folder).rglob("*.ipynb")
        if ".ipynb_checkpoints" not in path.parts
    )
    with sqlite3.connect(home / "gradebook.db") as database:
        scores = database.execute("select id, auto_score, manual_score from grade").fetchall()
    database.close()
    return {"files": files, "scores": sorted(scores)}
