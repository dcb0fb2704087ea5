"""Checks that do not pass with the instructor's own answers: those tests are for a person.

What it guarantees:

- A check counts as failing when the instructor's notebook, graded as a student's, loses points by
  it, or when it ends in a fault; which, and what it said, is told.
- What was found once stands in the file of the test under `by-hand/`; importing again reads it
  there, so that nothing changes until that file is gone.

What it does not do: find checks that an untouched notebook passes; `gradlab verify` does.
"""

from __future__ import annotations

import contextlib
import re

from autograder.course import Layout, load_manifest
from autograder.grading.proof import specimens
from autograder.grading.report import Report
from autograder.importing.translating import BY_HAND, NOT_YET
from autograder.service.client import Place, grade
from autograder.service.protocol import Item, Order, Source, Tenant

_REASON = "does not pass with the instructor's answers"
_FAULT = re.compile(r"check \S+ of (?P<cell>\S+): (?P<said>.*)", re.DOTALL)
_MOST = 300  # characters of what a check said


def remembered(layout: Layout, assignment: str) -> dict[str, str]:
    """Return grade id -> reason, as earlier imports found them."""
    found = {}
    for path in sorted((layout.solutions / assignment / BY_HAND).glob("*.py")):
        if path.is_symlink() or not path.is_file():
            continue
        reason = path.read_text("utf-8").split("\n", 1)[0].removeprefix(f"{NOT_YET}the test ")
        if reason.startswith(_REASON):
            found[path.stem] = reason.removesuffix(".")
    return found


def failing(layout: Layout, assignment: str, place: Place) -> dict[str, str]:
    """Return grade id -> reason of the checks that fail with the instructor's answers.

    After a fault, which ends the grading, that one alone is told.

    Raises:
        CourseError: the source of the assignment breaks the rules.
        ServiceError: the grading service cannot be used.
    """
    manifest = load_manifest(layout, assignment)
    solved = next(one for one in specimens(manifest) if one.full)
    order = Order(
        Tenant.of(layout),
        assignment,
        "gradlab import",
        [Item(solved.label, Source.SPECIMEN, solved.to_bytes())],
        with_reports=True,
    )
    found: dict[str, str] = {}
    with contextlib.closing(grade(order, place)) as events:
        for event in events:
            if event.result is None:
                continue
            if not event.result.is_graded:
                fault = _FAULT.search(event.result.fault)
                if fault and fault["cell"] in manifest.checks:
                    found[fault["cell"]] = _reason("fault", fault["said"])
                continue
            for cell in Report.from_bytes(event.body).cells:
                wrong = [check for check in cell.checks if check.verdict != "passed"]
                if wrong:
                    found[cell.grade_id] = _reason(str(wrong[0].verdict), wrong[0].message)
    return found


def _reason(verdict: str, said: str) -> str:
    words = " ".join(said.split())
    cut = f"{words[:_MOST]} …" if len(words) > _MOST else words
    return f"{_REASON} ({verdict}: {cut})"
