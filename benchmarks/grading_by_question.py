"""How long a grader waits for the next answer, in a class of so many essays.

A hub with a course of one essay, all its answers handed in, and a TA in Chromium who grades some of
them by two keys each. Three things are counted: what the browser waited for the server (`server`:
the answer is saved, the next one found, its page received), until the next page can be worked with
as the browser has it (`page`: its script listens), and all from key to drawn answer as the program
that presses the keys sees it (`drawn`; its own share is in there). Prints one JSON object.

    python -m benchmarks.grading_by_question --essays 300 --graded 30
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from autograder.course import Layout
from autograder.feedback.rubrics import Item, Rubric, Rubrics
from autograder.records import Log
from tests.pages.scene import ROOT, Scene, clipping_report, write_course
from tests.serving import Served

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
    page.wait_for_url(lambda url: url != before, wait_until="load")
    drawn = time.perf_counter()
    timing = page.evaluate("performance.getEntriesByType('navigation')[0].toJSON()")
    return {
        "server": timing["responseEnd"] - timing["startTime"],
        "page": timing["domContentLoadedEventEnd"] - timing["startTime"],
        "drawn": 1000 * (drawn - begin),
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
            browser = play.chromium.launch(
                executable_path=shutil.which("chromium"), args=["--no-sandbox"]
            )
            page = browser.new_page()
            page.goto(hub.url)
            page.fill("#username_input", "tom")
            page.fill("#password_input", hub.password)
            page.click("#login_submit")
            page.wait_for_url(lambda url: "/login" not in url)
            course = "services/pages/deep-learning/_staff/grade/clipping/why"
            page.goto(f"{hub.url}{course}")
            found = [graded(page) for _ in range(count)]
            browser.close()
    numbers = {
        f"{name}_{which}_ms": round(value, 1)
        for name in ("server", "page", "drawn")
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
