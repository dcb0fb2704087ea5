"""Extensions and penalties: whatever changes lateness, gradebook and log follow."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from traitlets.config import Config

from autograder.course import Layout
from autograder.course.problems import CourseError
from autograder.gradebook import GradebookWriter
from autograder.gradebook.extensions import Extension, Extensions, read_extension
from autograder.records import Event, Log

DUE = datetime(2026, 10, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def course(layout: Layout, gradebook: Any, writer: GradebookWriter, manifest: Any) -> Layout:
    """One assignment with a due date, and ten percent a day."""
    (layout.root / "course.toml").write_text("[late]\npercent = 10\n")
    writer.register(manifest)
    gradebook.find_assignment("doubling").duedate = DUE.replace(tzinfo=None)
    gradebook.db.commit()
    return layout


def extend(
    course: Layout, student: str, extension: Extension | None, assignment: str = "doubling"
) -> None:
    taken_back = {"seconds": None, "until": None, "reason": ""}
    details = taken_back if extension is None else extension.to_json()
    Log(course.log).record(
        Event.EXTEND, course=course.course_id, assignment=assignment, student=student, **details
    )


def penalty_of(gradebook: Any, student: str) -> float:
    gradebook.db.expire_all()
    return float(gradebook.find_submission("doubling", student).late_submission_penalty or 0)


def test_an_extension_counts_before_and_after_the_work_is_there(
    course: Layout, writer: GradebookWriter, gradebook: Any, manifest: Any, reports: Any
) -> None:
    """The penalty follows; nbgrader's own row has the extension; each change is a line."""
    assert writer.write("ada", manifest, reports(), DUE + 2 * DAY).penalty == pytest.approx(1.0)
    extend(course, "bob", Extension(length=DAY))
    assert writer.deadlines("doubling")[1] == {"bob": DUE.replace(tzinfo=None) + DAY}
    assert writer.write("bob", manifest, reports(), DUE + 2 * DAY).penalty == pytest.approx(0.5)
    assert gradebook.find_submission("doubling", "bob").extension == DAY

    extend(course, "ada", Extension(until=DUE + 3 * DAY, reason="ill"))
    (late,) = writer.settle(["ada"])
    assert (late.seconds, late.penalty) == (0.0, 0.0)
    assert penalty_of(gradebook, "ada") == 0.0
    assert penalty_of(gradebook, "bob") == pytest.approx(0.5)
    changes = [
        (one["student"], one["penalty_before"], one["penalty"])
        for one in Log(course.log).lines(Event.PENALTY)
    ]
    assert changes == [("ada", 0.0, 1.0), ("bob", 0.0, 0.5), ("ada", 1.0, 0.0)]

    extend(course, "ada", None)
    writer.settle(["ada"])
    assert penalty_of(gradebook, "ada") == pytest.approx(1.0)
    assert gradebook.find_submission("doubling", "ada").extension is None


def test_a_due_date_that_is_moved_and_points_by_hand_change_the_penalty(
    course: Layout, writer: GradebookWriter, gradebook: Any, manifest: Any, reports: Any
) -> None:
    """An extension by length moves with it; the essay's points are part of the score."""
    writer.write("ada", manifest, reports(), DUE + 2 * DAY)
    notebook = gradebook.find_submission_notebook("doubling", "doubling", "ada")
    next(one for one in notebook.grades if one.cell.name == "why").manual_score = 1.5
    gradebook.db.commit()
    writer.settle()
    assert penalty_of(gradebook, "ada") == pytest.approx(0.2 * 6.5)
    gradebook.find_assignment("doubling").duedate = (DUE + DAY).replace(tzinfo=None)
    gradebook.db.commit()
    writer.settle(assignment="doubling")
    assert penalty_of(gradebook, "ada") == pytest.approx(0.1 * 6.5)


def test_late_days_are_used_in_the_order_of_due_dates(
    course: Layout, writer: GradebookWriter, gradebook: Any, manifest: Any, reports: Any
) -> None:
    """What is due first uses them, also when it comes last; an extension gives them back."""
    (course.root / "course.toml").write_text("[late]\npercent = 10\nlate_days = 3\n")
    gradebook.add_assignment("earlier", duedate=(DUE - 7 * DAY).replace(tzinfo=None))
    assert writer.write("ada", manifest, reports(), DUE + 2 * DAY).penalty == 0.0
    with sqlite3.connect(course.home / "gradebook.db") as rows:  # nbgrader's own way warns
        rows.execute(
            "INSERT INTO submitted_assignment (id, assignment_id, student_id, timestamp) "
            "SELECT 'early', id, 'ada', ? FROM assignment WHERE name = 'earlier'",
            [f"{DUE - 5 * DAY:%Y-%m-%d %H:%M:%S.%f}"],
        )
    late = {one.assignment: one for one in writer.settle()}
    assert (late["earlier"].days_used, late["doubling"].days_used) == (2, 1)
    assert penalty_of(gradebook, "ada") == pytest.approx(0.5)
    extend(course, "ada", Extension(length=DAY), "earlier")
    writer.settle()
    assert penalty_of(gradebook, "ada") == 0.0


def test_a_plugin_of_the_site_wins(
    course: Layout, gradebook: Any, manifest: Any, reports: Any
) -> None:
    """What nbgrader's configuration says counts instead of the course's file."""
    config = Config({"LateSubmissionPlugin": {"penalty_method": "zero"}})
    with GradebookWriter(course, config) as strict:
        assert strict.write("ada", manifest, reports(), DUE + DAY).penalty == 5.0
    config = Config({"LateSubmissionPlugin": {"penalty_method": "none"}})
    with GradebookWriter(course, config) as mild:
        assert mild.write("ada", manifest, reports(), DUE + DAY).penalty == pytest.approx(0.5)


def test_rules_that_are_wrong_stop_late_work_only(
    course: Layout, writer: GradebookWriter, gradebook: Any, manifest: Any, reports: Any
) -> None:
    """Unknown is never free of charge: nothing is written, and the mistake is said."""
    (course.root / "course.toml").write_text("[late]\npercent = 'ten'\n")
    with pytest.raises(CourseError, match="percent"):
        writer.write("ada", manifest, reports(), DUE + DAY)
    assert not list(gradebook.assignment_submissions("doubling"))


@pytest.mark.parametrize(
    ("text", "length", "until"),
    [
        ("90m", timedelta(minutes=90), None),
        (" 12h ", timedelta(hours=12), None),
        ("1w", timedelta(weeks=1), None),
        ("2026-12-24", None, datetime(2026, 12, 24, 23, 59, 59, tzinfo=UTC)),
        ("2026-12-24 18:00+02:00", None, datetime(2026, 12, 24, 16, tzinfo=UTC)),
    ],
)
def test_what_people_write(text: str, length: timedelta | None, until: datetime | None) -> None:
    """Lengths, days to their end, moments with an offset."""
    read = read_extension(text, UTC)
    assert read is not None
    assert (read.length, read.until) == (length, until)


@pytest.mark.parametrize(
    "text", ["", "3", "-3d", "0d", "9999w", "soon", "2026-13-01", "9999-12-31 23:00-12:00"]
)
def test_what_is_no_extension(text: str) -> None:
    """Each is refused with examples of what is one."""
    with pytest.raises(ValueError, match="expected"):
        read_extension(text, UTC)


def test_the_newest_row_counts_and_odd_rows_are_passed_over(course: Layout) -> None:
    """A row of another version changes nothing."""
    log = Log(course.log)
    extend(course, "ada", Extension(length=DAY))
    extend(course, "ada", Extension(length=2 * DAY))
    for odd in ({"seconds": "many"}, {"until": "soon"}, {"seconds": 10**30}):
        log.record(Event.EXTEND, course="c", assignment="doubling", student="ada", reason="", **odd)
    extensions = Extensions(log)
    assert extensions.of("doubling")["ada"].length == 2 * DAY
    assert extensions.is_ours("ada", "doubling")
    assert not extensions.is_ours("bob", "doubling")
