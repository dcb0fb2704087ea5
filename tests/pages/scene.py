"""A course with everything that a student's pages have to show, some of it meant to do harm.

Nothing is graded here: reports are written as grading writes them.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import struct
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import create_engine, update

from autograder.course import Layout, load_manifest
from autograder.feedback.outcomes import Outcomes
from autograder.gradebook import GradebookWriter
from autograder.gradebook.schema import (
    assignments,
    base_cells,
    comments,
    grades,
    submissions,
)
from autograder.grading.report import (
    CellReport,
    CheckReport,
    ExecutedCell,
    Repair,
    Report,
    Verdict,
)
from autograder.grading.store import ReportStore
from autograder.handin.storage import CourseStore
from gradlab_exchange.manifest import FileEntry, Manifest
from gradlab_exchange.names import TIMESTAMP_FORMAT
from gradlab_exchange.receipt import Receipt

ROOT = Path(__file__).parents[2]
EVIL = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
TITLE = 'Clipping <b>& more</b>: gradients "through" time'
NOTEBOOK = """\
# %% [markdown]
# # Clipping
#
# ## Exercise 1 ★ · by *norm* (4 points)

# %% nbgrader={"grade_id": "clip", "solution": true}
def clip(x):
    ### BEGIN SOLUTION
    return min(x, 1)
    ### END SOLUTION

# %% nbgrader={"grade_id": "clipping", "grade": true, "points": 4}
assert clip(2) == 1

# %% [markdown]
# ## Exercise 2 · in your own words (2 points)

# %% [markdown] nbgrader={"grade_id": "why", "grade": true, "solution": true, "points": 2}
# ### BEGIN SOLUTION
# Because it keeps the direction.
# ### END SOLUTION
"""
CHECK = '''\
"""Clipping (grade cell `clipping`, 4 points)."""


def test_clips(student):
    assert student.clip(3) == 1
'''
SHORT = """\
# %% [markdown]
# # Tiny: one line
#
# ## 1. Doubling

# %% nbgrader={"grade_id": "double", "solution": true}
def double(x):
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION

# %% nbgrader={"grade_id": "doubling", "grade": true, "points": 3}
assert double(2) == 4
"""
SHORT_CHECK = '''\
"""Doubling (grade cell `doubling`, 3 points)."""


def test_doubles(student):
    assert student.double(3) == 6
'''
TRIPLES = "def double(number):\n    return 3 * number\n"
PASSED, FAILED, ERROR, LIMIT = Verdict


def write_course(root: Path) -> None:
    """Write a course with two assignments; only `clipping` has an essay."""
    for name, title, notebook, cell, check in (
        ("clipping", TITLE, NOTEBOOK, "clipping", CHECK),
        ("tiny", "Tiny", SHORT, "doubling", SHORT_CHECK),
    ):
        folder = root / "solutions" / name
        (folder / "checks").mkdir(parents=True)
        (folder / "notebook.py").write_text(notebook)
        quoted = title.replace('"', '\\"')
        settings = f'title = "{quoted}"\n\n[feedback]\nshow = "hints"\n'
        (folder / "assignment.toml").write_text(settings)
        (folder / "checks" / f"test_{cell}.py").write_text(check)
    case = root / "solutions" / "tiny" / "submissions" / "wrong_triples"
    case.mkdir(parents=True)
    (case / "answers.py").write_text(f'# %% grade_id="double"\n{TRIPLES}')


def picture() -> str:
    """Return a small PNG in base64."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    rows = b"".join(b"\x00" + bytes([x * 12 % 256 for x in range(90)]) for _ in range(20))
    head = struct.pack(">IIBBBBB", 30, 20, 8, 2, 0, 0, 0)
    parts = (chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b""))
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"".join(parts)).decode()


def clipping_report(key: str, *, better: bool = False, empty: bool = False) -> Report:
    """Return a report with a check of each verdict, and things that are meant to do harm."""
    checks = (
        CheckReport("test_short_ones_stay", PASSED, message="as expected"),
        CheckReport(
            "test_norm_equals_threshold", PASSED if better else FAILED,
            message=f"The norm is 3.2. {EVIL}",
            hint="Scale the whole gradient by threshold / norm.",
        ),
        CheckReport(
            "test_direction_is_kept", ERROR, hint="Look at the sign.",
            message="clip raised ValueError: x\x1b[31m is\u202e bad",
        ),
        CheckReport(
            "test_ends", LIMIT, message="clip took longer than 10 s and was stopped.",
            hint="THIS HINT IS ABOUT SOMETHING ELSE",
        ),
    )  # fmt: skip
    essay = (
        "YOUR ANSWER HERE" if empty else f"Because $|g|_2$ is kept.\n\n{EVIL}\n\n[x](javascript:1)"
    )
    outputs = (
        {"output_type": "stream", "name": "stdout", "text": "loss 0.1\n" * 3 + EVIL},
        {"output_type": "display_data", "data": {"image/png": picture()}, "metadata": {}},
        {"output_type": "display_data", "data": {"text/html": f"<b>x</b>{EVIL}"}, "metadata": {}},
        {
            "output_type": "error", "ename": "ValueError", "evalue": "no",
            "traceback": ["\x1b[31mValueError\x1b[0m: no"],
        },
    )  # fmt: skip
    return Report(
        assignment="clipping",
        key=key,
        seed=1,
        isolation="none",
        cells=(CellReport("clipping", 4.0, checks), CellReport("why", 2.0, manual=True)),
        repairs=(
            Repair("locked-cell-restored", "clipping", f"A locked cell was put back. {EVIL}"),
        ),
        limits_hit=("Cell 2 took longer than 10 s and was stopped.",),
        notebook=(
            ExecutedCell(
                "intro", "markdown", "# Clipping\n\n## Formula\n\n$$ a_i = \\frac{1}{2} $$\n"
            ),
            ExecutedCell("clip", "code", f"def clip(x):\n    return x  # {EVIL}\n", outputs, 1),
            ExecutedCell("clipping", "code", "assert clip(2) == 1", (), 2),
            ExecutedCell("why", "markdown", essay),
            ExecutedCell("own", "raw", EVIL),
        ),
    )


def tiny_report(strength: int) -> Report:
    """Return the report of one of thirty students, stronger the greater the number."""
    checks = [
        CheckReport("test_doubles", PASSED if strength > 8 else FAILED),
        CheckReport("test_doubles_negative", PASSED if strength > 20 else ERROR),
        CheckReport("test_keeps_type", (PASSED, FAILED, PASSED, LIMIT)[strength % 4]),
        CheckReport("test_of_nothing", PASSED if strength != 3 else FAILED),
    ]
    key = hashlib.sha256(b"tiny %d" % strength).hexdigest()
    factor = 2 if strength > 8 else 3 if strength % 2 else "x"
    code = f"def double(x):  # {strength}\n    return {factor} * x  # {EVIL}\n"
    return Report(
        "tiny", key, 1, "none", cells=(CellReport("doubling", 3.0, tuple(checks)),),
        notebook=(
            ExecutedCell("double", "code", code), ExecutedCell("doubling", "code", "assert True"),
        ),
    )  # fmt: skip


class Scene:
    """What people handed in of a course that is served or not."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.store = CourseStore(layout.course_id, layout.exchange / layout.course_id, layout.log)
        self.store.make()
        self.outcomes = Outcomes(layout.attempts)

    def release(self, *names: str) -> None:
        """Put assignments where people fetch them."""
        for name in names:
            folder = self.store.outbound / name
            folder.mkdir(exist_ok=True)
            (folder / f"{name}.ipynb").write_text('{"cells": []}')

    def hand_in(
        self, student: str, assignment: str, at: datetime, data: bytes = b"{}", **known: object
    ) -> str:
        """Store a submission with its receipt; `known` is what became of it."""
        timestamp = at.astimezone(UTC).strftime(TIMESTAMP_FORMAT)
        number = hashlib.sha256(f"{student}{assignment}{timestamp}".encode()).hexdigest()[:16]
        name = f"{student}+{assignment}+{timestamp}+{number}"
        folder = self.store.inbound / name
        folder.mkdir()
        (folder / f"{assignment}.ipynb").write_bytes(data)
        (folder / "timestamp.txt").write_text(timestamp)
        entry = FileEntry(f"{assignment}.ipynb", len(data), hashlib.sha256(data).hexdigest())
        digest = Manifest((entry,)).digest
        receipt = Receipt(
            number, self.layout.course_id, assignment, student, timestamp, at.isoformat(),
            at.isoformat(), digest, (entry,),
        )  # fmt: skip
        path = self.store.receipts / student / assignment / f"{timestamp}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(receipt.to_json() | {"keys": []}))
        if known:
            self.know(name, **known)
        return name

    def know(self, name: str, **known: object) -> None:
        """Write down what became of a hand-in."""
        student, assignment, *_ = name.split("+")
        history = self.outcomes.read(student, assignment)
        self.outcomes.write(student, assignment, history.having(name, **known))

    def grade(self, name: str, report: Report, *, record: bool = False) -> None:
        """Store a report of a hand-in; `record`: in the gradebook, too."""
        student, assignment, timestamp, _ = name.split("+")
        kept = io.BytesIO(b"{}").getvalue()
        ReportStore(self.layout.graded).files.put(report.key, kept, report.to_bytes(), "")
        waits = sum(cell.max_points for cell in report.cells if cell.manual)
        self.know(
            name, key=report.key, points=report.points, max_points=report.max_points, waits=waits
        )
        if record:
            at = datetime.fromisoformat(timestamp.rpartition(" ")[0])
            with GradebookWriter(self.layout) as writer:
                manifest = load_manifest(self.layout, assignment)
                writer.register(manifest)
                writer.record(student, manifest, report, at)

    def set_due(self, assignment: str, due: datetime) -> None:
        """Give an assignment a deadline."""
        naive = due.astimezone(UTC).replace(tzinfo=None)
        self._execute(
            update(assignments).where(assignments.c.name == assignment).values(duedate=naive)
        )

    def extend(self, student: str, by: timedelta) -> None:
        """Extend all that a student has in the gradebook."""
        self._execute(
            update(submissions).where(submissions.c.student_id == student).values(extension=by)
        )

    def score(self, cell: str, points: float) -> None:
        """Give points by hand to everybody's answer of a cell."""
        self._execute(
            update(grades)
            .where(grades.c.cell_id.in_(_cells(cell)))
            .values(manual_score=points, needs_manual_grade=False)
        )

    def comment(self, cell: str, text: str) -> None:
        """Write a comment on everybody's answer of a cell."""
        self._execute(
            update(comments).where(comments.c.cell_id.in_(_cells(cell))).values(manual_comment=text)
        )

    def _execute(self, statement: object) -> None:
        engine = create_engine(self.layout.database_url)
        with engine.begin() as connection:
            done = connection.execute(statement)  # type: ignore[call-overload]
            assert done.rowcount, statement
        engine.dispose()


def _cells(name: str) -> object:
    from sqlalchemy import select

    return select(base_cells.c.id).where(base_cells.c.name == name)
