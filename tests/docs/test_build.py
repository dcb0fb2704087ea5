"""The worked example of the documentation works; `make docs` builds the pages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_tutorial_exercise_builds_and_is_proved(make_course: Any) -> None:
    """The exercise that the instructor's tutorial prints passes its own proof, as printed."""
    course = make_course(DOCS / "tutorial" / "softmax_course" / "solutions", ["softmax"])
    built = course.run("gradlab build softmax")
    assert built.returncode == 0, built.stderr
    assert "softmax: built, 6 cells, 1 graded, 6 points" in built.stdout
    proved = course.run("gradlab verify softmax")
    assert proved.returncode == 0, proved.stdout + proved.stderr
    printed = (DOCS / "tutorial" / "instructor.md").read_text(encoding="utf-8")
    lines = proved.stdout.strip().splitlines()
    assert lines[-1] == "13 of 13 as expected"
    for line in lines:
        assert line in printed


def test_tutorial_prints_the_refusal_that_build_gives(make_course: Any) -> None:
    """The message that the instructor's tutorial shows for disagreeing points is the real one."""
    course = make_course(DOCS / "tutorial" / "softmax_course" / "solutions", ["softmax"])
    notebook = course.folder / "solutions" / "softmax" / "notebook.py"
    text = notebook.read_text(encoding="utf-8")
    notebook.write_text(text.replace('"points": 4', '"points": 5'), encoding="utf-8")
    refused = course.run("gradlab build softmax")
    assert refused.returncode == 2
    printed = (DOCS / "tutorial" / "instructor.md").read_text(encoding="utf-8")
    assert refused.stderr.replace(f"{course.folder}/", "").strip() in printed
