"""A student's pages in a browser: read, followed, attacked, on a desk, a phone and in the dark."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from autograder.course import Layout
from autograder.pages.courses import CourseReader
from autograder.people import Course
from autograder.records import Event, Log

from ..pages.scene import EVIL, ROOT, Scene, clipping_report, tiny_report, write_course
from ..serving import Served

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PAGES = "services/pages/deep-learning/"
NOW = datetime.now(UTC).replace(microsecond=0)
NO_GRADING = """
c.JupyterHub.services = [
    one for one in c.JupyterHub.services if one["name"] != "grading-on-submit"
]
"""
LOOKS = {"desk": (1280, "light"), "dark": (1280, "dark"), "phone": (390, "light")}


def reader_of(scene: Scene) -> CourseReader:
    """Return what pages read the course with."""
    return CourseReader(Course(scene.layout, scene.layout.course_id, (), scene.layout.home / "r"))


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Return a hub whose students have handed in, and which grades nothing."""
    root = tmp_path_factory.mktemp("work") / "course"
    write_course(root)
    text = (ROOT / "jupyterhub_config.py").read_text()
    (root / "jupyterhub_config.py").write_text(text + NO_GRADING)
    variables = {"GRADLAB_HUB_GRADING_SERVICE": "false"}
    with Served(root, root.parent / "home", variables) as hub:
        yield hub


@pytest.fixture(scope="module")
def scene(hub: Served) -> Scene:
    """Return what people handed in."""
    made = Scene(Layout.find(environment=hub.environment))
    first = made.hand_in("alice", "clipping", NOW - timedelta(days=3), b'{"a": 1}')
    made.grade(first, clipping_report("a" * 64))
    second = made.hand_in("alice", "clipping", NOW - timedelta(days=2), b'{"a": 2}')
    made.grade(second, clipping_report("b" * 64, better=True), record=True)
    made.set_due("clipping", NOW - timedelta(days=1))
    made.extend("alice", timedelta(days=3))
    made.comment("why", f"Good, the idea is right.\n{EVIL}")
    made.set_due("tiny", NOW + timedelta(days=2, hours=7))
    made.store.mark_fetched("alice", "tiny")
    made.hand_in("bob", "clipping", NOW - timedelta(hours=1), b"no json", key="c" * 64,
                 points=0.0, max_points=6.0, refusal=f"No JSON: line 212. {EVIL}")  # fmt: skip
    return made


@pytest.fixture(scope="module")
def alice(people: Any, scene: Scene) -> Page:
    """Return the window of a student with two attempts."""
    page: Page = people.login("alice")
    return page


def looked_at(page: Page, name: str, axe: Any, picture: Any) -> None:
    """Keep pictures of a page in each look, and check that everybody can read it."""
    for look, (width, scheme) in LOOKS.items():
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        picture(page, f"work-{name}-{look}")
        axe(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.set_viewport_size({"width": 1280, "height": 900})
    page.emulate_media(color_scheme="light")


def test_log_in_leads_to_my_work(alice: Page, hub: Any, axe: Any, picture: Any) -> None:
    """Where each assignment stands, and the next thing to do on top, with a way to JupyterLab."""
    expect(alice).to_have_url(f"{hub.url}{PAGES}")
    following = alice.locator(".panel-next")
    expect(following).to_contain_text("Tiny")
    expect(following).to_contain_text("2 days 6 hours left")
    row = alice.get_by_role("row", name="Clipping")
    expect(row).to_contain_text("Waits for a person")
    expect(row).to_contain_text("2 of 6, 2 wait")
    expect(row).to_contain_text("Extended by 3 days")
    link = following.get_by_role("link", name="Go on in JupyterLab")
    expect(link).to_have_attribute("href", "/hub/user-redirect/lab/tree/tiny/tiny.ipynb")
    looked_at(alice, "list", axe, picture)


def test_one_result_says_why_and_what_to_do(alice: Page, hub: Any, axe: Any, picture: Any) -> None:
    """Verdicts by shape, word and colour; an essay that waits; what was mended; the notebook."""
    alice.goto(f"{hub.url}{PAGES}clipping")
    for verdict in ("passed", "failed", "error", "limit"):
        shapes = alice.locator(f".is-{verdict} use[href='#i-{verdict}']")
        assert shapes.count() >= 1
    essay = alice.locator(".exercise", has_text="In your own words")
    expect(essay).to_contain_text("It is not counted as 0")
    expect(essay.locator(".points")).to_have_text("2 wait")
    expect(alice.locator("summary", has_text="was mended before grading")).to_be_visible()
    frame = alice.frame_locator("iframe.ran")
    alice.locator("iframe.ran").scroll_into_view_if_needed()
    expect(frame.locator(".cell-answer").first).to_contain_text("def clip(x)")
    expect(frame.locator("math")).to_have_count(2)
    looked_at(alice, "result", axe, picture)
    alice.goto(f"{hub.url}{PAGES}clipping?attempt=1")
    expect(alice.locator("main")).to_contain_text("You are reading attempt 1")
    alice.goto(f"{hub.url}{PAGES}clipping/2/notebook")
    picture(alice, "work-notebook")


def test_nothing_that_was_written_runs(alice: Page, hub: Any) -> None:
    """Titles, messages, comments, cells and outputs are text, in pages and in the frame."""
    said: list[str] = []
    alice.on("dialog", lambda dialog: said.append(dialog.message))
    for path in ("", "clipping", "clipping?attempt=1", "clipping/2/notebook"):
        alice.goto(f"{hub.url}{PAGES}{path}")
        assert "owned" not in alice.title()
        assert alice.locator("main script, main [onerror]").count() == 0
        assert not said
    answer = alice.goto(f"{hub.url}{PAGES}clipping/2/notebook")
    assert answer is not None
    assert "sandbox" in answer.headers["content-security-policy"].split(";")[0]


def test_a_refusal_says_what_to_do(
    people: Any, scene: Scene, hub: Any, axe: Any, picture: Any
) -> None:
    """The next thing is to mend it; what arrived can be had back."""
    page = people.login("bob")
    expect(page.locator(".panel-next")).to_contain_text("Clipping")
    page.goto(f"{hub.url}{PAGES}clipping")
    expect(page.locator("main")).to_contain_text("What to do.")
    looked_at(page, "refused", axe, picture)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download what arrived").click()
    assert download.value.suggested_filename == "clipping.ipynb"
    assert download.value.path().read_bytes() == b"no json"


def test_what_is_another_person_s_is_not_there(people: Any, scene: Scene, hub: Any) -> None:
    """Bob has one attempt: alice's second one is nothing to him, nor has he a way to name it."""
    page = people.window("bob")
    for path in ("clipping?attempt=2", "clipping/2/notebook", "clipping/2/files",
                 "clipping/2/receipt", "clipping/1/notebook", "secret", "..%2fclipping",
                 "clipping/-1/files", "clipping/1e0/files"):  # fmt: skip
        answer = page.goto(f"{hub.url}{PAGES}{path}")
        assert answer is not None
        assert answer.status == 404, path
    receipt = page.request.get(f"{hub.url}{PAGES}clipping/1/receipt")
    assert json.loads(receipt.body())["student"] == "bob"


def test_a_page_updates_itself_while_it_is_graded(
    people: Any, scene: Scene, hub: Any, axe: Any, picture: Any
) -> None:
    """From the queue to the verdict without a touch, with a word for who listens."""
    page = people.login("carol")
    page.goto(f"{hub.url}{PAGES}clipping")
    expect(page.locator("main")).to_contain_text("Not fetched")
    name = scene.hand_in("carol", "clipping", datetime.now(UTC).replace(microsecond=0))
    expect(page.locator("main")).to_contain_text("In the queue")
    looked_at(page, "queued", axe, picture)
    scene.know(name, running=True)
    expect(page.locator("#news")).to_have_text("Being graded")
    scene.know(name, running=False)
    scene.grade(name, clipping_report("d" * 64))
    expect(page.locator(".big")).to_contain_text("1 of 6 points")
    expect(page.locator("#news")).to_contain_text("1 of 6 points")
    page.close()


def test_a_stream_ends_with_the_log_in_and_is_bounded(people: Any, scene: Scene, hub: Any) -> None:
    """A fourth page is refused its stream; after the log-out nothing more is sent."""
    page = people.window("carol")
    page.goto(f"{hub.url}{PAGES}tiny")
    address = page.locator("[data-events]").get_attribute("data-events")
    page.goto(f"{hub.url}hub/home")  # closes its own stream
    opened = page.evaluate("""async (address) => {
        window.readers = [];
        const statuses = [];
        for (let one = 0; one < 4; one += 1) {
            const answer = await fetch(address);
            statuses.push(answer.status);
            if (answer.ok) window.readers.push(answer.body.getReader());
        }
        return statuses;
    }""", address)  # fmt: skip
    assert opened == [200, 200, 200, 429]
    other = people.window("carol")
    other.goto(f"{hub.url}hub/logout")
    ended = page.evaluate("""async () => {
        const text = new TextDecoder();
        return Promise.all(window.readers.map(async (reader) => {
            let all = "";
            for (;;) {
                const part = await reader.read();
                if (part.done) return all;
                all += text.decode(part.value);
            }
        }));
    }""")
    assert all(one.rstrip().endswith("event: end\ndata:") for one in ended), ended
    answer = page.goto(f"{hub.url}{PAGES}tiny")
    assert answer is not None
    assert "/hub/login" in page.url


def test_a_forged_request_changes_and_reads_nothing(alice: Page, hub: Any) -> None:
    """Scripts of the same origin, as in a notebook, have no token; without one nothing is done."""
    alice.goto(f"{hub.url}hub/home")
    script = """async ([path, method]) => {
        const body = method === "POST" ? new URLSearchParams({zone: "Asia/Tokyo"}) : undefined;
        return (await fetch(path, {method, body})).status;
    }"""
    assert alice.evaluate(script, ["/services/pages/_zone", "POST"]) == 403
    for path in ("", "clipping", "clipping/events", "clipping/2/files"):
        assert alice.evaluate(script, [f"/{PAGES}{path}", "GET"]) == 403
    alice.goto(f"{hub.url}{PAGES}")
    expect(alice.locator(".foot > p")).not_to_contain_text("Asia/Tokyo")


def test_a_student_asks_and_staff_answer_with_points(
    people: Any, scene: Scene, alice: Page, hub: Any, axe: Any, picture: Any
) -> None:
    """From the check to the answer, which comes by itself; who is no staff finds nothing."""
    alice.goto(f"{hub.url}{PAGES}clipping")
    failed = alice.locator(".check", has_text="test_direction_is_kept")
    failed.locator("summary").click()
    failed.locator("textarea").fill(f"It raises for nan only. {EVIL}")
    looked_at(alice, "ask", axe, picture)
    failed.get_by_role("button", name="Ask for another look").click()
    expect(alice).to_have_url(re.compile(r"attempt=2#request-[0-9a-f]{16}$"))
    expect(alice.locator(".asked")).to_contain_text("open")
    expect(alice.locator(".asked")).to_contain_text(EVIL)
    name = alice.url.partition("#request-")[2]
    for path in (
        "_staff/",
        "_staff/items/clipping",
        "_staff/requests",
        f"_staff/requests/{name}",
        f"_staff/requests/{name}/notebook",
    ):
        answer = alice.goto(f"{hub.url}{PAGES}{path}")
        assert answer is not None
        assert answer.status == 404, path
    alice.goto(f"{hub.url}{PAGES}clipping")  # follows what becomes of it

    page = people.login("tom")
    page.goto(f"{hub.url}{PAGES}_staff/requests")
    expect(page.locator("h1 + p")).to_contain_text("1 waits for an answer")
    looked_at(page, "requests", axe, picture)
    page.get_by_role("link", name="alice on direction is kept").click()
    expect(page.locator(".staff-only")).to_contain_text("gradlab replay bbbbbbbbbbbbbbbb")
    expect(page.locator(".thread")).to_contain_text(EVIL)
    expect(page.get_by_label("void the check")).to_have_count(0)  # takes an instructor
    looked_at(page, "request", axe, picture)
    page.get_by_label("Text for the student").fill("You are right.")
    page.get_by_label("Accept").check()
    page.get_by_label("Points of the whole exercise").fill("3")
    scene.score("clipping", 2.5)  # somebody else, in formgrader
    page.get_by_role("button", name="Send").click()
    expect(page.locator("main")).to_contain_text("It changed while you wrote")
    expect(page.get_by_label("Text for the student")).to_have_value("You are right.")
    looked_at(page, "request-changed", axe, picture)
    page.get_by_label("Points of the whole exercise").fill("3")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".thread")).to_contain_text("3 of 4; before: 2.5")
    looked_at(page, "request-accepted", axe, picture)
    page.context.close()

    expect(alice.locator(".asked")).to_contain_text("accepted")
    expect(alice.locator(".asked")).to_contain_text("You are right.")
    expect(alice.locator(".asked")).not_to_contain_text("tom")
    expect(alice.locator(".big")).to_contain_text("3 of 6")
    looked_at(alice, "answered", axe, picture)


def test_everything_works_without_scripts(
    chromium: Any, hub: Any, scene: Scene, picture: Any
) -> None:
    """Log in, read, and choose a zone; the page says how to load it again."""
    context: BrowserContext = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(hub.url)
    page.fill("#username_input", "alice")
    page.fill("#password_input", hub.password)
    page.click("#login_submit")
    page.locator("footer summary").click()
    page.select_option("#zone", "Asia/Tokyo")
    page.get_by_role("button", name="Use this zone").click()
    expect(page.locator(".foot > p")).to_contain_text("Asia/Tokyo, the zone that you chose")
    due = (NOW + timedelta(days=2, hours=7 + 9)).strftime("%H:%M")
    expect(page.locator(".panel-next time")).to_contain_text(due)
    name = scene.hand_in("alice", "tiny", datetime.now(UTC).replace(microsecond=0))
    page.goto(f"{hub.url}{PAGES}tiny")
    expect(page.get_by_role("link", name="load it again")).to_be_visible()
    picture(page, "work-without-scripts")
    scene.know(name, fault="x")
    page.get_by_role("link", name="load it again").click()
    expect(page.locator("main")).to_contain_text("a fault of ours")
    page.goto(f"{hub.url}{PAGES}clipping")
    failed = page.locator(".check", has_text="test_ends")
    failed.locator("summary").click()
    failed.locator("textarea").fill("It ends on my machine.")
    failed.get_by_role("button", name="Ask for another look").click()
    expect(page.locator(".asked", has_text="on my machine")).to_contain_text("open")
    context.close()


def test_staff_see_the_same_bar(
    people: Any, scene: Scene, hub: Any, axe: Any, picture: Any
) -> None:
    """A TA's own work, the course at a glance, its checks, formgrader, and back."""
    page = people.login("tom")
    page.goto(f"{hub.url}{PAGES}")
    expect(page.locator("main")).to_contain_text("Not fetched")
    axe(page)
    page.get_by_role("link", name="Course", exact=True).click()
    row = page.get_by_role("row", name="Clipping")
    handed_in = row.locator("[data-label='Handed in']")
    before = int(handed_in.inner_text())
    looked_at(page, "course", axe, picture)
    scene.hand_in("dave", "clipping", datetime.now(UTC).replace(microsecond=0))
    Log(scene.layout.log).record(Event.SUBMIT, course=scene.layout.course_id, student="dave")
    expect(handed_in).to_have_text(str(before + 1))  # by itself
    row.get_by_role("link").click()
    expect(page.locator("h1")).to_contain_text("Checks of Clipping")
    expect(
        page.get_by_role("region", name="Each check").locator("svg.plot").first
    ).to_have_attribute("aria-label", re.compile("Short ones stay: [0-9]+ passed"))
    looked_at(page, "items", axe, picture)
    for number in range(30):
        name = scene.hand_in(f"student-{number:02}", "tiny", NOW - timedelta(hours=1))
        scene.grade(name, tiny_report(number))
    page.goto(f"{hub.url}{PAGES}_staff/items/tiny")
    checks = page.get_by_role("region", name="Each check")
    expect(checks.locator("svg.plot").first).to_have_attribute(
        "aria-label", re.compile("by fifths of the class from weak to strong: [0-9]+%")
    )
    expect(page.locator(".mistakes")).to_contain_text("wrong_triples")
    looked_at(page, "items-of-many", axe, picture)
    page.locator("#exercises").scroll_into_view_if_needed()
    picture(page, "work-items-exercises")
    with page.expect_download() as download:
        page.get_by_role("link", name="All numbers as CSV").click()
    text = download.value.path().read_text("utf-8-sig")
    assert "tiny,doubling,,wrong like wrong_triples,4,30" in text
    name = scene.hand_in("student-30", "tiny", NOW - timedelta(hours=1))
    scene.grade(name, tiny_report(1), record=True)
    page.goto(f"{hub.url}{PAGES}_staff/items/tiny")
    page.get_by_role("link", name="1 · Doubling").click()
    expect(page.locator("tbody tr")).not_to_have_count(0)
    looked_at(page, "groups", axe, picture)
    page.get_by_role("link", name="triples").first.click()
    expect(page.locator("pre").first).to_contain_text("return 3 * x")
    page.get_by_label("Comment to the students").fill(f"Twice. {EVIL}")
    page.get_by_label("Points of the exercise").fill("9")
    page.get_by_role("button", name="Write it for 1 student").click()
    expect(page.get_by_role("alert")).to_contain_text("a number from 0 to 3")
    looked_at(page, "group-refused", axe, picture)
    page.get_by_label("Points of the exercise").fill("0.5")
    page.get_by_role("button", name="Write it for 1 student").click()
    expect(page.locator("main")).to_contain_text("Written for 1 student")
    looked_at(page, "group", axe, picture)
    with closing(reader_of(scene)) as reader:
        assert reader.of_cell("tiny", "doubling")["student-30"][1].manual == 0.5
    forged = "address => fetch(address, {method: 'POST'}).then(answer => answer.status)"
    assert page.evaluate(forged, page.url) == 403
    scene.set_due("tiny", NOW - timedelta(days=1))
    gone = scene.hand_in("quiet", "before", NOW - timedelta(days=30))
    page.goto(f"{hub.url}{PAGES}_staff/")
    page.get_by_role("link", name="See who").click()
    expect(page.get_by_role("row", name="quiet")).to_contain_text("0 of 2 due")
    looked_at(page, "silent", axe, picture)
    shutil.rmtree(scene.store.inbound / gone)
    scene.set_due("tiny", NOW + timedelta(days=2, hours=7))
    page.get_by_role("link", name="Formgrader").click()
    expect(page.locator("header")).to_contain_text("You are assistant")
    page.get_by_role("link", name="My work").click()
    expect(page).to_have_url(f"{hub.url}{PAGES}")


def test_an_instructor_releases_and_extends(
    people: Any, scene: Scene, hub: Any, axe: Any, picture: Any
) -> None:
    """Each in a form that works without scripts; a TA has neither, and a forged one is refused."""
    (scene.store.outbound / "tiny" / "tiny.ipynb").write_text("old")
    scene.hand_in("dora", "clipping", NOW, b"dora")
    ines = people.login("ines")
    ines.goto(f"{hub.url}{PAGES}_staff/")
    expect(ines.get_by_role("button", name=re.compile("Grade (it|all)"))).to_be_visible()
    ines.get_by_label("Students", exact=True).fill("dora, nobody")
    ines.get_by_label("Assignment", exact=True).select_option("clipping")
    ines.get_by_label("How long").fill("2d")
    ines.get_by_label("Reason").fill(EVIL)
    ines.get_by_role("button", name="Extend").click()
    expect(ines.get_by_role("alert")).to_contain_text("Nobody in the course is called nobody")
    expect(ines.get_by_label("Reason")).to_have_value(EVIL)
    looked_at(ines, "course-refused", axe, picture)
    ines.get_by_label("Students", exact=True).fill("dora")
    ines.get_by_role("button", name="Extend").click()
    expect(ines.locator(".log")).to_contain_text("ines gave dora another deadline for Clipping")
    row = ines.get_by_role("row", name="Tiny")
    row.get_by_role("button", name="Release again").click()
    expect(ines.locator(".log")).to_contain_text("ines released Tiny")
    expect(row.get_by_role("button", name="Release again")).to_have_count(0)
    assert b"Doubling" in (scene.store.outbound / "tiny" / "tiny.ipynb").read_bytes()
    looked_at(ines, "course-of-an-instructor", axe, picture)
    ines.context.close()

    tom = people.login("tom")
    tom.goto(f"{hub.url}{PAGES}_staff/")
    expect(tom.locator("main")).to_contain_text("An instructor releases assignments")
    expect(tom.get_by_label("Students", exact=True)).to_have_count(0)
    forged = "address => fetch(address, {method: 'POST'}).then(answer => answer.status)"
    for form in ("grade-all", "release", "extend"):
        assert tom.evaluate(forged, f"/{PAGES}_staff/{form}") == 403
    tom.context.close()


def test_thirty_essays_are_graded_by_keys(
    people: Any, scene: Scene, alice: Page, hub: Any, axe: Any, picture: Any
) -> None:
    """Two keys an answer; then the rubric is changed, its preview read, and its scores written."""
    for number in range(30):
        name = scene.hand_in(f"essay-{number:02}", "clipping", NOW, b"%d" % number)
        key = hashlib.sha256(b"essay %d" % number).hexdigest()
        scene.grade(name, clipping_report(key), record=True)
    page = people.login("tom")
    page.goto(f"{hub.url}{PAGES}_staff/")
    page.get_by_role("link", name="Grade by question").click()
    looked_at(page, "questions", axe, picture)
    page.get_by_role("link", name="2 · In your own words").click()
    expect(page.locator("#answer")).to_contain_text("name hidden")
    one = page.url.partition(PAGES)[2]
    question = one.rpartition("/")[0]
    for path in ("_staff/grade/", question, f"{question}/rubric", one, f"{one}/text"):
        answer = alice.goto(f"{hub.url}{PAGES}{path}")
        assert answer is not None
        assert answer.status == 404, path
    forged = "address => fetch(address, {method: 'POST'}).then(answer => answer.status)"
    for path in (f"{question}/rubric", one):
        assert page.evaluate(forged, f"/{PAGES}{path}") == 403

    page.get_by_role("link", name="Change the rubric").click()
    for place, (text, points) in enumerate((("Keeps the direction", "1"), (EVIL, "0,5")), start=1):
        page.locator(f"#text-{place}").fill(text)
        page.locator(f"#points-{place}").fill(points)
    page.get_by_role("button", name="Show what changes").click()
    expect(page.locator("#preview")).to_have_text("No score changes")
    page.get_by_role("button", name="Keep it").click()
    # the comment once in words, then by its key
    page.wait_for_load_state()
    page.keyboard.press("1")
    page.keyboard.press("c")
    page.keyboard.type("What of a cliff?")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".kept button")).to_have_count(1)
    looked_at(page, "question", axe, picture)
    page.keyboard.press("1")
    expect(page.locator("#sum")).to_have_text("1")
    page.keyboard.press("Escape")
    page.keyboard.press("Shift+Digit1")
    expect(page.locator("#comment")).to_have_value("What of a cliff?")
    page.keyboard.press("0")
    expect(page.locator("#sum")).to_have_text("not graded")
    skipped = page.url
    page.keyboard.press("s")
    expect(page).not_to_have_url(skipped)
    page.wait_for_load_state()
    keys = graded = 0
    while page.locator("#grade").count():
        before = page.url
        for key in ("1" if graded % 3 else "2", "Enter"):
            page.keyboard.press(key)
            keys += 1
        expect(page).not_to_have_url(before)
        page.wait_for_load_state()
        graded += 1
    assert graded >= 30
    assert keys == 2 * graded
    expect(page.locator("main")).to_contain_text("No answer waits for you")
    looked_at(page, "question-done", axe, picture)
    assert page.title() != "owned"

    page.get_by_role("link", name="Change the rubric").click()
    page.locator("#points-1").fill("1.5")
    page.get_by_role("button", name="Show what changes").click()
    expect(page.locator("#preview")).to_contain_text("scores change")
    looked_at(page, "rubric", axe, picture)
    page.get_by_role("button", name="Keep it, and write").click()
    expect(page.locator("main")).to_contain_text("No answer waits for you")
    with closing(reader_of(scene)) as reader:
        points = Counter(mark.manual for _, mark in reader.of_cell("clipping", "why").values())
    assert points[1.5] + points[0.5] == graded + 1  # the one with the first comment
    assert points[1.5] > points[0.5] > 0
    page.context.close()


def test_a_page_that_is_not_there_says_so(alice: Page, hub: Any, axe: Any, picture: Any) -> None:
    """In words, with a way on."""
    alice.goto(f"{hub.url}services/pages/other/")
    expect(alice.locator("h1")).to_have_text("There is no such page")
    looked_at(alice, "nothing", axe, picture)


def test_somebody_hands_in_from_their_own_computer(
    people: Any, scene: Scene, hub: Any, axe: Any, picture: Any, tmp_path: Path
) -> None:
    """The page says which token; the hub's page makes it; the commands that are shown work."""
    page = people.login("carol")
    page.goto(f"{hub.url}{PAGES}")
    page.get_by_text("Hand in from your own computer").click()
    looked_at(page, "own-computer", axe, picture)
    permission, commands = page.locator("details[open] pre").all_inner_texts()
    page.locator("details[open]").get_by_role("link", name="the hub's page").click()
    page.fill("#token-scopes", permission)
    page.get_by_role("button", name="Request new API token").click()
    made = page.locator("#token-result")
    expect(made).to_be_visible()
    token = made.inner_text().strip()
    picture(page, "hub-token")

    notebook = {"cells": [], "metadata": {"gradlab": {"assignment": "tiny"}}, "nbformat": 4}
    (tmp_path / "NOTEBOOK.ipynb").write_text(json.dumps(notebook))
    for line in commands.strip().splitlines():
        verb, *arguments = line.split()[1:]
        done = subprocess.run(
            [sys.executable, "-m", "autograder", verb, *arguments],
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
            input=token if verb == "connect" else "",
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
    page.goto(f"{hub.url}{PAGES}")
    expect(page.get_by_role("row", name="Tiny")).to_contain_text("In the queue")
