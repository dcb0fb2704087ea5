"""A tiny course with a class of a dozen, graded in this process by the real engine."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine
from sqlalchemy import text as sql

from autograder.course import Layout, load_manifest, notebook_bytes, submission_notebook
from autograder.gradebook.recorder import Gradebook
from autograder.grading import Preparer
from autograder.grading.replay import graded_lines
from autograder.grading.store import ReportStore
from autograder.records import Log
from autograder.sandbox import Nursery
from autograder.service.course import Answer
from autograder.service.pool import Pool
from autograder.service.protocol import Origin, Result

from ..service.inside import batch_order, run_order, through

ASSIGNMENT = "tiny"
STUDENTS = 12
NOTEBOOK = '''# %% nbgrader={"grade_id": "size_answer", "solution": true}
size = 0
### BEGIN SOLUTION
size = 3
### END SOLUTION

# %% nbgrader={"grade_id": "size", "grade": true, "points": 2}
print(size)

# %% nbgrader={"grade_id": "twice_answer", "solution": true}
def twice(x):
    """Return twice x."""
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION


# %% nbgrader={"grade_id": "twice", "grade": true, "points": 1}
twice(1)
'''
CHECKS = {
    "size": '''"""Size (grade cell `size`, 2 points)."""

from autograder.checking import assert_number, points


@points(1)
def test_size(student):
    assert_number(student["size"], 3)
''',
    "twice": '''"""Twice (grade cell `twice`, 1 point)."""

from autograder.checking import assert_number, points


@points(1)
def test_twice(student, rng):
    x = int(rng.integers(10, 1000))
    assert_number(student.twice(x), 2 * x)
''',
}


def make_course(folder: Path) -> Layout:
    """Write the course and its submissions: right, wrong, failing and refused ones."""
    layout = Layout(folder / "course", folder / "home")
    solutions = layout.solutions / ASSIGNMENT
    (solutions / "checks").mkdir(parents=True)
    (solutions / "notebook.py").write_text(NOTEBOOK)
    (solutions / "assignment.toml").write_text('title = "Tiny"\n')
    for name, text in CHECKS.items():
        (solutions / "checks" / f"test_{name}.py").write_text(text)
    manifest = load_manifest(layout, ASSIGNMENT)
    for number in range(STUDENTS):
        data = b"no notebook"
        if number != 5:
            code = (
                "time.sleep(0.05)\n    return 2 * x",
                "return x + x",
                "return x",
                "raise KeyError(x)",
            )[number % 4]
            imports = "import time, os" if number % 4 < 2 else "import time"  # os: checked in forks
            answers = {
                "size_answer": f"size = {3 - (number % 5 == 1)}  # student {number}",
                "twice_answer": f"{imports}\ndef twice(x):\n    {code}",
            }
            data = notebook_bytes(submission_notebook(manifest, answers))
        place = layout.submitted / f"s{number:02d}" / ASSIGNMENT
        place.mkdir(parents=True)
        (place / f"{ASSIGNMENT}.ipynb").write_bytes(data)
    return layout


def with_fresh_home(layout: Layout, home: Path, database: str = "") -> Layout:
    """Return the course with a data directory in which nothing is graded yet."""
    shutil.copytree(layout.submitted, home / "submitted")
    return Layout(layout.root, home, database=database)


@dataclass
class Ran:
    """What one run of a batch brought: student -> result."""

    results: dict[str, Result] = field(default_factory=dict)

    @property
    def faults(self) -> list[str]:
        """Return the faults of ours."""
        return [one.fault for one in self.results.values() if one.origin is Origin.FAULT]

    @property
    def origins(self) -> set[Origin]:
        """Return where the results came from."""
        return {one.origin for one in self.results.values()}


def run_batch(
    layout: Layout,
    preparer: Preparer,
    on_result: Callable[[object], None] = lambda _result: None,
    nursery: Nursery | None = None,
    **writer: Any,
) -> Ran:
    """Grade the class as the grading service does, in this process; on one pair."""
    ran = Ran()

    def noted(name: str, answer: Answer) -> None:
        ran.results[name] = answer.result
        on_result(answer)

    def gradebook(layout: Layout, say: Callable[[str], None]) -> Gradebook:
        return Gradebook(layout, **{"say": say, **writer})

    pool = Pool(1, nursery=nursery)
    try:
        run_order(
            batch_order(layout, ASSIGNMENT),
            through(pool),
            layout,
            gradebook,
            noted,
            preparer.isolation,
        )
    finally:
        pool.close()
    return ran


ROWS = {
    "grades": """
        select student.id, cell.name, grade.auto_score, grade.manual_score, grade.extra_credit,
            grade.needs_manual_grade
        from grade
        join submitted_notebook sn on sn.id = grade.notebook_id
        join submitted_assignment sa on sa.id = sn.assignment_id
        join student on student.id = sa.student_id
        join base_cell cell on cell.id = grade.cell_id
    """,
    "comments": """
        select sa.student_id, cell.name, comment.auto_comment, comment.manual_comment
        from comment
        join submitted_notebook sn on sn.id = comment.notebook_id
        join submitted_assignment sa on sa.id = sn.assignment_id
        join base_cell cell on cell.id = comment.cell_id
    """,
    "submissions": """
        select sa.student_id, sa.timestamp, sa.extension, sn.flagged, sn.late_submission_penalty
        from submitted_assignment sa
        join submitted_notebook sn on sn.assignment_id = sa.id
    """,
    "students": "select id, first_name, last_name, email from student",
    "assignments": "select name, duedate from assignment",
    "cells": """
        select cell.name, cell.type, grade_cells.max_score
        from base_cell cell left join grade_cells on grade_cells.id = cell.id
    """,
}  # all that a gradebook says of a class, without keys, which are drawn by chance


def outcome(layout: Layout) -> dict[str, Any]:
    """Return all that grading leaves behind and must not depend on how it went."""
    engine = create_engine(layout.database_url)
    with engine.connect() as connection:
        rows = {
            name: sorted((tuple(row) for row in connection.execute(sql(query))), key=repr)
            for name, query in ROWS.items()
        }
    engine.dispose()
    store = ReportStore(layout.graded)
    reports = {key: store.report_bytes(key) for key in store}
    notebooks = {
        str(path.relative_to(layout.autograded)): path.read_bytes()
        for path in layout.autograded.glob(f"*/{ASSIGNMENT}/*")
        if path.name != "submission_secret.txt"  # drawn by chance
    }
    return rows | {"reports": reports, "notebooks": notebooks}


def logged_keys(layout: Layout) -> set[tuple[str, str]]:
    """Return student and report key of every line of the log about a graded submission."""
    return {(line["student"], line["key"]) for line in graded_lines(Log(layout.log))}


def report_keys(layout: Layout) -> set[tuple[str, str]]:
    """Return student and report key of every autograded notebook."""
    found = set()
    for path in layout.autograded.glob(f"*/{ASSIGNMENT}/*.ipynb"):
        metadata = json.loads(path.read_bytes())["metadata"]
        found.add((path.parents[1].name, metadata["gradlab"]["key"]))
    return found
