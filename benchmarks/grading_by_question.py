"""How long a grader waits for the next answer, in a class of so many essays.

A hub with a course of one essay, all its answers handed in, and a TA in Chromium who grades some of
them by two keys each. What is counted begins with the key and ends when the next page can be worked
with (its script listens) and when its answer is drawn, too; beside it what the browser waited for
the server's answers. Prints one JSON object.

    python -m benchmarks.grading_by_question --essays 300 --graded 30
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect, sync_playwright

from autograder.course import Layout
from autograder.feedback.rubrics import Item, Rubric, Rubrics
from autograder.records import Log
from tests.pages.scene import ROOT, Scene, clipping_report, write_course
from tests.serving import Served

CHROMIUM = "/usr/bin/chromium"
NO_GRADING = """
c.JupyterHub.services = [
    one for one in c.JupyterHub.services if one["name"] != "grading-on-submit"
]
"""


def hand_in(scene: Scene, essays: int) -> None:
    """Have a class hand in an essay each, with a rubric to grade it by."""
    at = datetime.now(UTC).replace(microsecond=0)
    for number in range(essays):
        name = scene.hand_in(f"student-{number:03}", "clipping", at, b"%d" % number)
        key = hashlib.sha256(b"essay %d" % number).hexdigest()
        scene.grade(name, clipping_report(key), record=True)
    items = [Item.new("Keeps the direction", 1.0), Item.new("Names a cliff", 0.5)]
    rubrics = Rubrics(Log(scene.layout.log), scene.layout.course_id)
    rubrics.change(("clipping", "why"), Rubric(), items)


def graded(page: Page) -> dict[str, float]:
    """Grade one answer by keys; return milliseconds."""
    page.keyboard.press("1")
    before, begin = page.url, time.perf_counter()
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: url != before, wait_until="domcontentloaded")
    ready = time.perf_counter()
    page.wait_for_load_state()
    drawn = time.perf_counter()
    timing = page.evaluate("performance.getEntriesByType('navigation')[0].toJSON()")
    return {
        "ready": 1000 * (ready - begin), "drawn": 1000 * (drawn - begin),
        "server": timing["responseEnd"] - timing["startTime"],
    }  # fmt: skip


def measured(essays: int, count: int) -> dict[str, Any]:
    """Serve the course, grade, and return what was measured."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "course"
        write_course(root)
        text = (ROOT / "jupyterhub_config.py").read_text()
        (root / "jupyterhub_config.py").write_text(text + NO_GRADING)
        variables = {"GRADLAB_HUB_GRADING_SERVICE": "false"}
        with Served(root, root.parent / "home", variables) as hub, sync_playwright() as play:
            hand_in(Scene(Layout.find(environment=hub.environment)), essays)
            browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            page = browser.new_page()
            page.goto(hub.url)
            page.fill("#username_input", "tom")
            page.fill("#password_input", hub.password)
            page.click("#login_submit")
            expect(page.get_by_role("link", name="Open JupyterLab")).to_be_visible()
            course = "services/pages/deep-learning/_staff/grade/clipping/why"
            page.goto(f"{hub.url}{course}")
            found = [graded(page) for _ in range(count)]
            browser.close()
    numbers = {
        f"{name}_{which}_ms": round(value, 1)
        for name in ("ready", "drawn", "server")
        for which, value in (
            ("median", statistics.median(one[name] for one in found)),
            ("most", max(one[name] for one in found)),
        )
    }
    return {"essays": essays, "graded": count, "keys_each": 2, **numbers,
            "cores": os.cpu_count(), "load": os.getloadavg()[0]}  # fmt: skip


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--essays", type=int, default=300)
    parser.add_argument("--graded", type=int, default=30)
    asked = parser.parse_args()
    print(json.dumps(measured(asked.essays, asked.graded), indent=1))


if __name__ == "__main__":
    main()
