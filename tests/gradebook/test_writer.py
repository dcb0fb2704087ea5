"""The writer against real gradebooks, seen through nbgrader's own API."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from nbgrader.api import Gradebook
from nbgrader.plugins import BasePlugin
from sqlalchemy import event, text
from traitlets.config import Config

from autograder.gradebook import GradebookWriter, MismatchError, RegistrationError
from autograder.grading.decisions import Counts, Void, answer_digest
from autograder.grading.report import CellReport, Verdict
from autograder.records import Event, Log, LogError

MOMENT = datetime(2026, 5, 4, 12, 30, 15, 250, tzinfo=UTC)
PASSED, FAILED, ERROR, LIMIT = Verdict.PASSED, Verdict.FAILED, Verdict.ERROR, Verdict.LIMIT


def fresh(gradebook: Gradebook) -> Gradebook:
    """Forget what nbgrader's session has read before."""
    gradebook.db.expire_all()
    return gradebook


def grade(gradebook: Gradebook, cell: str, student: str = "ada"):
    return fresh(gradebook).find_grade(cell, "doubling", "doubling", student)


def comment(gradebook: Gradebook, cell: str, student: str = "ada"):
    return fresh(gradebook).find_comment(cell, "doubling", "doubling", student)


def by_person(gradebook: Gradebook, row, **values) -> None:
    """Enter values as formgrader does."""
    for name, value in values.items():
        setattr(row, name, value)
    gradebook.db.commit()


def test_rows_of_a_report(writer, gradebook, manifest, reports):
    """Points per cell, the essay left to a person, and the moment of submission are in nbgrader."""
    report = reports(doubling=(PASSED, FAILED), halving=(PASSED,))
    written = writer.write("ada", manifest, report, MOMENT)
    assert grade(gradebook, "doubling").auto_score == 1.5
    assert grade(gradebook, "halving").auto_score == 2.0
    assert grade(gradebook, "why").auto_score is None
    assert grade(gradebook, "why").needs_manual_grade
    assert not grade(gradebook, "doubling").needs_manual_grade
    submission = gradebook.find_submission("doubling", "ada")
    assert (submission.score, submission.max_score) == (3.5, 6.5)
    assert submission.timestamp == MOMENT.replace(tzinfo=None)
    assert submission.needs_manual_grade
    assert (written.score, written.needs_manual_grade) == (3.5, True)


def test_moments_are_stored_in_utc(writer, gradebook, manifest, reports):
    """A moment with a time zone is stored as nbgrader stores it: UTC without one."""
    local = MOMENT.astimezone(timezone(timedelta(hours=5)))
    writer.write("ada", manifest, reports(), local)
    stored = gradebook.find_submission("doubling", "ada").timestamp
    assert stored == MOMENT.replace(tzinfo=None)


@pytest.mark.parametrize("verdict", [FAILED, ERROR, LIMIT])
def test_only_passed_checks_earn(writer, gradebook, manifest, reports, verdict):
    """Every verdict but passed is worth nothing."""
    writer.write("ada", manifest, reports(doubling=(verdict, verdict)), None)
    assert grade(gradebook, "doubling").auto_score == 0.0
    assert grade(gradebook, "doubling").failed_tests


def test_untouched_answers_are_no_response(writer, gradebook, manifest, reports):
    """An untouched essay is 0 without a person, and untouched answers get nbgrader's comment."""
    report = reports(essay=None, answers={"double": manifest.cell("double").source})
    writer.write("ada", manifest, report, None)
    essay = grade(gradebook, "why")
    assert (essay.auto_score, essay.needs_manual_grade) == (0.0, False)
    assert comment(gradebook, "why").auto_comment == "No response."
    assert comment(gradebook, "double").auto_comment == "No response."
    assert comment(gradebook, "halve").auto_comment is None


def test_what_people_entered_survives(writer, gradebook, manifest, reports):
    """Manual scores, extra credit and comments stay; the cell asks for another look."""
    writer.write("ada", manifest, reports(), MOMENT)
    by_person(gradebook, grade(gradebook, "why"), manual_score=1.0, needs_manual_grade=False)
    by_person(gradebook, grade(gradebook, "doubling"), manual_score=0.5, extra_credit=0.25)
    by_person(gradebook, comment(gradebook, "why"), manual_comment="Nicely put.")
    written = writer.write("ada", manifest, reports(doubling=(FAILED,), key="other"), MOMENT)
    assert grade(gradebook, "why").manual_score == 1.0
    assert grade(gradebook, "why").needs_manual_grade
    assert grade(gradebook, "doubling").score == 0.75
    assert grade(gradebook, "doubling").auto_score == 0.0
    assert comment(gradebook, "why").comment == "Nicely put."
    assert written.score == gradebook.find_submission("doubling", "ada").score == 3.75


def test_writing_again_makes_no_new_rows(writer, gradebook, manifest, reports):
    """A resubmission replaces: the same submission, notebook and grades, with new values."""
    writer.write("ada", manifest, reports(), MOMENT)
    before = gradebook.find_submission_notebook("doubling", "doubling", "ada").id
    later = MOMENT + timedelta(hours=1)
    writer.write("ada", manifest, reports(doubling=(FAILED,), key="second"), later)
    notebook = fresh(gradebook).find_submission_notebook("doubling", "doubling", "ada")
    assert notebook.id == before
    assert len(notebook.grades) == 3
    assert len(notebook.comments) == 3
    assert notebook.assignment.timestamp == later.replace(tzinfo=None)


def test_unknown_moment_keeps_the_known_one(writer, gradebook, manifest, reports):
    """As in nbgrader, a missing timestamp does not erase the one in the gradebook."""
    writer.write("ada", manifest, reports(), MOMENT)
    writer.write("ada", manifest, reports(), None)
    assert gradebook.find_submission("doubling", "ada").timestamp == MOMENT.replace(tzinfo=None)


def test_refused_submission_is_zero(writer, gradebook, manifest, reports):
    """A refusal earns nothing, needs no person, and its comment says where the reason stands."""
    writer.write("ada", manifest, reports.refused("The file is empty."), MOMENT)
    submission = gradebook.find_submission("doubling", "ada")
    assert submission.score == 0.0
    assert not submission.needs_manual_grade
    assert "could not be read" in comment(gradebook, "why").auto_comment


class Tenth(BasePlugin):
    """Takes a tenth of the score for each day."""

    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return score * 0.1 * total_seconds_late / 86400


def test_late_policy_of_nbgraders_configuration(layout, gradebook, writer, manifest, reports):
    """The plugin class set for nbgrader decides the penalty; it is capped at the score."""
    writer.register(manifest)
    gradebook.find_assignment("doubling").duedate = (MOMENT - timedelta(days=2)).replace(
        tzinfo=None
    )
    gradebook.db.commit()
    config = Config({"AssignLatePenalties": {"plugin_class": Tenth}})
    with GradebookWriter(layout, config) as strict:
        written = strict.write("ada", manifest, reports(), MOMENT)
        assert written.late_seconds == 2 * 86400
        assert written.penalty == pytest.approx(1.0)
        assert fresh(gradebook).find_submission("doubling", "ada").late_submission_penalty == (
            pytest.approx(1.0)
        )
        strict.write("ada", manifest, reports(), MOMENT + timedelta(days=100))
        assert fresh(gradebook).find_submission("doubling", "ada").late_submission_penalty == 5.0
        gradebook.grant_extension("doubling", "ada", days=300)
        assert strict.write("ada", manifest, reports(), MOMENT).late_seconds == 0.0
        notebook = fresh(gradebook).find_submission_notebook("doubling", "doubling", "ada")
        assert notebook.late_submission_penalty is None
        due, extended = strict.deadlines("doubling")
        assert extended == {"ada": due + timedelta(days=300)}


def test_late_policy_is_read_from_the_course(layout, gradebook, manifest, reports):
    """Without a given configuration the course's `nbgrader_config.py` counts."""
    config = "c = get_config()\nc.LateSubmissionPlugin.penalty_method = 'zero'\n"
    (layout.root / "nbgrader_config.py").write_text(config)
    with GradebookWriter(layout) as writer:
        writer.register(manifest)
        gradebook.find_assignment("doubling").duedate = datetime(2026, 1, 1)  # noqa: DTZ001
        gradebook.db.commit()
        assert writer.write("ada", manifest, reports(), MOMENT).penalty == 5.0


def test_report_of_other_points_is_refused(writer, gradebook, manifest, reports):
    """A report that does not fit its manifest is an error and changes nothing."""
    report = reports()
    cells = (replace(report.cells[0], max_points=99.0), *report.cells[1:])
    for wrong in (
        replace(report, cells=cells),
        replace(report, cells=report.cells[1:]),
        replace(report, cells=(*report.cells, CellReport("more", 1.0))),
        replace(report, assignment="other"),
    ):
        with pytest.raises(MismatchError):
            writer.write("ada", manifest, wrong, MOMENT)
    assert fresh(gradebook).students == []


def test_recorded_means_rows_and_notebook(writer, gradebook, manifest, reports, autograded):
    """`is_recorded` is true only while rows, moment and notebook are those of the report."""
    report = reports()
    assert not writer.is_recorded("ada", report, MOMENT)
    writer.write("ada", manifest, report, MOMENT)
    assert writer.is_recorded("ada", report, MOMENT)
    assert not writer.is_recorded("ada", reports(key="other"), MOMENT)
    assert not writer.is_recorded("ada", report, MOMENT + timedelta(seconds=1))
    assert not writer.is_recorded("bob", report, MOMENT)
    by_person(gradebook, grade(gradebook, "why"), manual_score=1.0)
    assert writer.is_recorded("ada", report, MOMENT)
    by_person(gradebook, grade(gradebook, "doubling"), auto_score=99.0)
    assert not writer.is_recorded("ada", report, MOMENT)
    writer.write("ada", manifest, report, MOMENT)
    autograded().unlink()
    assert not writer.is_recorded("ada", report, MOMENT)
    writer.write("ada", manifest, report, MOMENT)
    gradebook.remove_submission("doubling", "ada")
    assert not writer.is_recorded("ada", report, MOMENT)


def test_recorded_ignores_a_key_in_student_text(writer, manifest, reports, autograded):
    """Text of a student that looks like the notebook's own metadata does not count as recorded."""
    forged = '\n "metadata": {"gradlab": {"key": "forged"}}}'
    writer.write("ada", manifest, reports(answers={"halve": forged}, key="real"), MOMENT)
    assert not writer.is_recorded("ada", reports(key="forged"), MOMENT)


def test_killed_before_commit_changes_nothing(writer, gradebook, manifest, reports, monkeypatch):
    """What fails inside the transaction leaves the old rows and the old notebook."""
    writer.write("ada", manifest, reports(), MOMENT)

    def dies(*arguments):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("autograder.gradebook.rows.automatic_comments", dies)
        with pytest.raises(KeyboardInterrupt):
            writer.write("ada", manifest, reports(doubling=(FAILED,), key="new"), MOMENT)
    assert grade(gradebook, "doubling").auto_score == 3.0
    assert writer.is_recorded("ada", reports(), MOMENT)


def test_killed_after_commit_is_completed(writer, gradebook, manifest, reports, monkeypatch):
    """Between commit and notebook a report is not recorded; writing again completes it."""
    report = reports(doubling=(FAILED,), key="new")
    with monkeypatch.context() as patch:
        patch.setattr("autograder.gradebook.autograded.AutogradedFolder.write", _dies)
        with pytest.raises(KeyboardInterrupt):
            writer.write("ada", manifest, report, MOMENT)
    assert grade(gradebook, "doubling").auto_score == 0.0
    assert not writer.is_recorded("ada", report, MOMENT)
    writer.write("ada", manifest, report, MOMENT)
    assert writer.is_recorded("ada", report, MOMENT)


def _dies(*arguments):
    raise KeyboardInterrupt


def test_changed_manifest_is_registered_when_written(writer, gradebook, manifest, reports):
    """A new version of the assignment is taken up without being registered by hand."""
    writer.write("ada", manifest, reports(), MOMENT)
    cells = tuple(
        replace(cell, points=5.0) if cell.cell_id == "doubling" else cell for cell in manifest.cells
    )
    changed = replace(manifest, cells=cells)
    report = replace(
        reports(),
        cells=tuple(
            replace(cell, max_points=5.0) if cell.grade_id == "doubling" else cell
            for cell in reports().cells
        ),
    )
    writer.write("ada", changed, report, MOMENT)
    assert grade(gradebook, "doubling").auto_score == 5.0
    assert gradebook.find_assignment("doubling").max_score == 8.5


def test_removed_and_remade_assignment_is_registered_again(writer, gradebook, manifest, reports):
    """Keys that nbgrader threw away while the writer was open are not written to."""
    writer.register(manifest)
    gradebook.remove_notebook("doubling", "doubling")
    writer.write("ada", manifest, reports(), MOMENT)
    orphans = text(
        "SELECT count(*) FROM grade LEFT JOIN base_cell ON base_cell.id = grade.cell_id "
        "WHERE base_cell.id IS NULL"
    )
    assert fresh(gradebook).find_submission("doubling", "ada").score == 5.0
    assert gradebook.db.execute(orphans).scalar() == 0


@pytest.mark.parametrize("changed", ["cell added", "cell removed", "assignment removed"])
def test_keys_changed_outside_are_registered_again(writer, gradebook, manifest, reports, changed):
    """One cell more or less, or no assignment, is mended before anything is written."""
    writer.register(manifest)
    if changed == "cell added":
        gradebook.add_solution_cell("stray", "doubling", "doubling")
    elif changed == "cell removed":
        for table in ("grade_cells", "base_cell"):
            key = "SELECT id FROM base_cell WHERE name = 'halving'"
            gradebook.db.execute(text(f"DELETE FROM {table} WHERE id IN ({key})"))
        gradebook.db.commit()
    else:
        gradebook.remove_assignment("doubling")
    writer.write("ada", manifest, reports(), MOMENT)
    notebook = fresh(gradebook).find_notebook("doubling", "doubling")
    assert sorted(cell.name for cell in notebook.grade_cells) == ["doubling", "halving", "why"]
    assert sorted(cell.name for cell in notebook.solution_cells) == ["double", "halve", "why"]
    assert gradebook.find_submission("doubling", "ada").score == 5.0


def test_removed_cell_with_a_manual_score_is_kept(writer, gradebook, manifest, reports):
    """Removing a cell that a person scored is refused, by name, and nothing is changed."""
    writer.write("ada", manifest, reports(), MOMENT)
    cells = tuple(cell for cell in manifest.cells if cell.cell_id != "why")
    without = replace(manifest, cells=cells)
    by_person(gradebook, grade(gradebook, "why"), manual_score=1.0)
    with pytest.raises(RegistrationError, match="cell 'why'"):
        writer.register(without)
    assert grade(gradebook, "why").manual_score == 1.0
    by_person(gradebook, grade(gradebook, "why"), manual_score=None)
    writer.register(without)
    assert fresh(gradebook).find_submission("doubling", "ada").max_score == 5.0
    assert len(gradebook.find_submission_notebook("doubling", "doubling", "ada").grades) == 2


@pytest.fixture
def executed(writer) -> list[str]:
    """Every statement that SQLite executes for the writer, with its values."""
    statements: list[str] = []

    @event.listens_for(writer._database.engine, "checkout")
    def _note(connection, _record, _proxy):
        connection.set_trace_callback(statements.append)

    return statements


def test_cost_does_not_grow_with_the_gradebook(writer, manifest, reports, executed):
    """The hundredth student costs as many statements as the second."""
    writer.write("s000", manifest, reports(), MOMENT)
    counts = set()
    for number in range(1, 100):
        executed.clear()
        writer.write(f"s{number:03}", manifest, reports(key=str(number)), MOMENT)
        counts.add(len(executed))
    # begin, standing, student, submission, notebook, grades, comments, commit
    assert counts == {8}


def test_no_statement_looks_through_the_whole_gradebook(
    layout, writer, manifest, reports, executed
):
    """Writing a second time enters every table that grows with the class by an index."""
    writer.write("ada", manifest, reports(), MOMENT)
    executed.clear()
    writer.write("ada", manifest, reports(key="again"), MOMENT)
    connection = sqlite3.connect(layout.home / "gradebook.db")
    plans = [
        row[3]
        for statement in executed
        if statement not in ("BEGIN IMMEDIATE", "COMMIT")
        for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}")
    ]
    connection.close()
    assert sum("SEARCH grade " in plan for plan in plans) == 1
    growing = ("student", "submitted_assignment", "submitted_notebook", "grade", "comment")
    assert [plan for plan in plans if plan.startswith("SCAN") and plan.split()[1] in growing] == []


def test_each_grade_has_its_audit_line(layout, writer, manifest, reports):
    """A first grade and a second one are told apart, and the second says what was there before."""
    writer.write("ada", manifest, reports(), None)
    writer.write("ada", manifest, reports(doubling=[Verdict.FAILED]), None)
    writer.write("bob", manifest, reports.refused("no notebook"), None)
    trail = Log(layout.log)
    assert trail.check().problems == ()
    fields = ("event", "student", "points_before", "points")
    assert [tuple(line[field] for field in fields) for line in trail.lines()] == [
        ("grade", "ada", None, 5.0),
        ("regrade", "ada", 5.0, 2.0),
        ("grade", "bob", None, 0.0),
    ]


def test_without_an_audit_line_there_is_no_grade(layout, writer, gradebook, manifest, reports):
    """When the audit trail cannot be written the gradebook is left as it was."""
    writer.register(manifest)
    layout.log.mkdir()
    with pytest.raises(LogError):
        writer.write("ada", manifest, reports(), None)
    assert gradebook.students == []


def test_a_void_check_changes_the_points_of_whom_it_concerns(
    layout, writer, gradebook, manifest, reports
):
    """After the row both are recorded as before but for the points; taking back takes back."""
    half, whole = reports(doubling=(PASSED, FAILED)), reports(key="whole")
    for student, report in (("ada", half), ("bob", whole)):
        writer.write(student, manifest, report, MOMENT)
    check = half.cells[0].checks[1].name
    log = Log(layout.log)
    for counts, points, is_recorded in ((Counts.FULL, 3.0, False), (Counts.AS_GRADED, 1.5, False)):
        void = Void("doubling", check, counts, "The text was <b>wrong</b>.")
        log.record(Event.VOID, course="dl", assignment="doubling", **void.to_json())
        assert writer.is_recorded("ada", half, MOMENT) == is_recorded
        assert writer.is_recorded("bob", whole, MOMENT)
        writer.write("ada", manifest, half, MOMENT)
        assert grade(gradebook, "doubling").auto_score == points
        assert writer.is_recorded("ada", half, MOMENT)
        page = (layout.autograded / "ada" / "doubling" / "doubling.ipynb").read_text()
        assert ("The text was &lt;b&gt;wrong" in page) == (counts is Counts.FULL)
        (line,) = list(log.lines(Event.REGRADE))[-1:]
        assert (line["points"], line["report"]) == (points + 2.0, half.digest())


def test_points_by_hand_wait_when_the_answer_is_another_one(
    layout, writer, gradebook, manifest, reports
):
    """They are set aside, said in the log, and not counted; for the same answer they stay."""
    first = reports()
    writer.write("ada", manifest, first, MOMENT)
    by_person(gradebook, grade(gradebook, "why"), manual_score=1.0, needs_manual_grade=False)
    by_person(gradebook, grade(gradebook, "doubling"), manual_score=0.5, extra_credit=0.25)
    log = Log(layout.log)
    for cell, points in (("why", {"manual_score": 1.0}), ("doubling", {"extra_credit": 0.25})):
        log.record(
            Event.MANUAL, course="dl", assignment="doubling", student="ada", cell=cell,
            answer=answer_digest(first, cell), **points,
        )  # fmt: skip
    writer.write("ada", manifest, replace(first, key="same"), MOMENT)
    assert grade(gradebook, "why").manual_score == 1.0
    written = writer.write("ada", manifest, reports(essay="Other words.", key="other"), MOMENT)
    why = grade(gradebook, "why")
    assert (why.manual_score, why.needs_manual_grade, why.score) == (None, True, 0.0)
    assert grade(gradebook, "doubling").score == 0.75
    assert written.score == gradebook.find_submission("doubling", "ada").score
    assert written.needs_manual_grade
    (line,) = list(log.lines(Event.REGRADE))[-1:]
    assert line["set_aside"] == {"why": {"manual_score": 1.0, "extra_credit": None}}


def test_a_recorded_grade_can_be_kept_from_falling(writer, gradebook, manifest, reports):
    """Who would have less for the same hand-in keeps the report, by a decision on record."""
    recorded, harder = reports(), reports(doubling=(FAILED,), key="harder")

    def instead(report, moment=MOMENT, **how):
        return writer.instead("ada", manifest, report, moment, **how)

    assert instead(harder, never_lower=True) == ""  # nothing is recorded
    writer.write("ada", manifest, recorded, MOMENT)
    assert instead(harder) == instead(recorded, never_lower=True) == ""
    later = MOMENT + timedelta(minutes=1)
    assert instead(harder, later, never_lower=True) == ""  # another hand-in may have less
    assert instead(harder, never_lower=True) == recorded.key
    assert instead(harder) == instead(harder, later) == recorded.key
    assert instead(reports(doubling=(FAILED,), key="third")) == ""
    assert instead(harder, never_lower=False) == instead(harder) == ""


def test_points_by_hand_count_when_a_grade_may_not_fall(writer, gradebook, manifest, reports):
    """A cell that a person scored loses nothing; what the others lose is not made up by it."""
    recorded = reports(halving=(FAILED,))
    writer.write("ada", manifest, recorded, MOMENT)
    other = reports(doubling=(FAILED,), halving=(PASSED,), key="other")
    by_person(gradebook, grade(gradebook, "doubling"), manual_score=3.0)
    assert writer.instead("ada", manifest, other, MOMENT, never_lower=True) == ""
    by_person(gradebook, grade(gradebook, "doubling"), manual_score=None)
    by_person(gradebook, grade(gradebook, "halving"), manual_score=2.0)
    assert writer.instead("ada", manifest, other, MOMENT, never_lower=True) == recorded.key


def test_a_grade_of_another_program_cannot_be_kept_and_is_not_lowered(
    writer, layout, manifest, reports
):
    """What no report of ours explains is an error with words."""
    writer.write("ada", manifest, reports(), MOMENT)
    (layout.autograded / "ada" / "doubling" / "doubling.ipynb").unlink()
    with pytest.raises(MismatchError, match="Grade without --never-lower"):
        writer.instead("ada", manifest, reports(doubling=(FAILED,)), MOMENT, never_lower=True)
