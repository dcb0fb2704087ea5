"""Write a wrong case: what somebody answered, and what it must lose.

What it guarantees: the case is read back as it was meant, or nothing is left of it.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from autograder.course.cases import ANSWERS_NAME, EXPECT_NAME, VERDICTS, load_cases
from autograder.course.manifest import Manifest
from autograder.course.problems import CourseError, SourceError
from autograder.records import write_whole

NAME = re.compile(r"[a-z][a-z0-9_-]{0,79}")


def write_wrong_case(
    manifest: Manifest,
    name: str,
    summary: str,
    answers: Mapping[str, str],
    cell: str,
    points: float,
    checks: Mapping[str, str],
) -> Path:
    """Write `submissions/<name>/` and return it.

    Args:
        manifest: the assignment.
        name: of the case.
        summary: what is wrong, in one sentence.
        answers: code cells that it fills in, by id.
        cell: the graded cell that loses.
        points: that it gets there.
        checks: how each check of it ends.

    Raises:
        CourseError: the name is taken or none, or what was written would be another case.
    """
    if not NAME.fullmatch(name):
        raise CourseError(f"{name!r} is no name of a case; expected as in forgets_the_bias")
    folder = manifest.folder / "submissions" / name
    if folder.exists():
        raise CourseError(f"{folder} is there already")
    if not summary.strip() or not answers:
        raise CourseError("a case needs a summary, one sentence, and an answer")
    text = "\n".join(f'# %% grade_id="{one}"\n{code.rstrip()}\n' for one, code in answers.items())
    lost = [check for check in checks if checks[check] in VERDICTS]
    expect = [
        f"summary = {json.dumps(summary.strip(), ensure_ascii=False)}", 'kind = "wrong"', "",
        f"[cells.{cell}]", f"points = {points:g}", "", f"[cells.{cell}.checks]",
        *(f"{check if check.isidentifier() else json.dumps(check)} = {json.dumps(checks[check])}"
          for check in lost),
    ]  # fmt: skip
    try:
        write_whole(folder / ANSWERS_NAME, text.encode(), mode=0o644)
        write_whole(folder / EXPECT_NAME, ("\n".join(expect) + "\n").encode(), mode=0o644)
        (case,) = (one for one in load_cases(manifest) if one.name == name)
        if {one: code.strip() for one, code in case.answers.items()} != {
            one: code.strip() for one, code in answers.items()
        } or case.expected[cell].checks != dict(checks):
            raise CourseError("the answer cannot be written as a case: it would be read otherwise")
    except (CourseError, SourceError, OSError, ValueError):
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder
