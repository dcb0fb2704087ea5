"""The jobs of one course, with a fake gradebook and a grader that runs nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from autograder.course import CourseError, Layout
from autograder.course.manifest import Manifest
from autograder.grading import GraderFault, Preparer, Report
from autograder.grading.prepare import Prepared
from autograder.grading.report import CellReport
from autograder.grading.store import ReportStore
from autograder.records import Log
from autograder.service.protocol import Item, Order, Origin, Source, Tenant

from ..batch.conftest import CHECKS, FakeGrader, submission
from .inside import MemoryRecorder, Ran, batch_order, run_order


class RecorderThatBreaks(MemoryRecorder):
    """A gradebook whose disk fills up at the second write."""

    def record(self, student_id: str, *rest: object) -> None:
        """Break."""
        if self.writes:
            raise OSError(28, "No space left on device")
        super().record(student_id, *rest)  # type: ignore[arg-type]


class Forgetful(MemoryRecorder):
    """A gradebook with a mistake in it."""

    def record(self, student_id: str, *rest: object) -> None:
        """Fail for one student."""
        if student_id == "bob":
            raise KeyError("size")
        super().record(student_id, *rest)  # type: ignore[arg-type]


class Bench:
    """A course, its submissions, and how to grade them again."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.recorder = MemoryRecorder(layout)
        self.known: list[Mapping[str, CellReport]] = []

    def submit(self, student: str, data: bytes | None) -> Path:
        """Put a submission into the submitted folder; without data a folder without a notebook."""
        path = self.layout.submitted / student / "tiny" / "tiny.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        if data is not None:
            path.write_bytes(data)
        return path

    def grade(
        self, preparer: Preparer, prepared: Prepared, known: Mapping[str, CellReport]
    ) -> Report:
        """Grade without running anything."""
        self.known.append(known)
        return FakeGrader(preparer).run(prepared)

    def run(self, **rest: object) -> Ran:
        """Grade all that was submitted."""
        order = batch_order(self.layout, "tiny", **rest)
        return run_order(order, self.grade, self.layout, lambda *_: self.recorder)


@pytest.fixture
def bench(layout: Layout, manifest: Manifest) -> Bench:
    """Two good submissions and one that is no notebook."""
    made = Bench(layout)
    made.submit("ada", submission(manifest, 3))
    made.submit("bob", submission(manifest, 4))
    made.submit("eve", b"{")
    return made


def test_each_submission_has_one_result_and_is_recorded_once(bench: Bench) -> None:
    """Good and bad submissions alike."""
    ran = bench.run()
    assert ran.origins == {"ada": "graded", "bob": "graded", "eve": "graded"}
    assert "JSON is damaged" in ran.answers["eve"].result.refusal
    assert sorted(ran.answers) == sorted(bench.recorder.writes) == ["ada", "bob", "eve"]


def test_who_is_late_is_said(bench: Bench) -> None:
    """By the deadline that the gradebook knows, and by the time that the submission has."""
    moment = datetime(2026, 5, 4, 12, 30, tzinfo=UTC).replace(tzinfo=None)
    bench.recorder.due = moment - timedelta(hours=1)
    stamp = bench.layout.submitted / "bob" / "tiny" / "timestamp.txt"
    stamp.write_text("2026-05-04 12:30:00.000000 UTC")
    late = {name: answer.result.late for name, answer in bench.run().answers.items()}
    assert late == {"ada": False, "bob": True, "eve": False}


def test_running_again_does_nothing(bench: Bench) -> None:
    """Unchanged submissions run no code, write no row and no line."""
    bench.run()
    ran, stored = len(bench.known), sorted(ReportStore(bench.layout.graded))
    assert set(bench.run().origins.values()) == {"unchanged"}
    assert len(bench.known) == ran
    assert len(bench.recorder.writes) == 3
    assert sorted(ReportStore(bench.layout.graded)) == stored


def test_a_lost_gradebook_is_filled_from_the_store(bench: Bench) -> None:
    """When the database was lost, grades come back without running student code."""
    bench.run()
    before, ran = bench.recorder.rows, len(bench.known)
    bench.recorder = MemoryRecorder(bench.layout)
    assert bench.run().origins["ada"] == "stored"
    assert bench.recorder.rows == before
    assert len(bench.known) == ran


def test_fresh_grades_again(bench: Bench) -> None:
    """What is stored is not looked at when a fresh grade is asked for."""
    bench.run()
    ran = len(bench.known)
    assert bench.run(fresh=True).origins["ada"] == "graded"
    assert len(bench.known) == ran + 2
    assert bench.known[ran:] == [{}, {}]


def test_a_changed_submission_is_graded_again(bench: Bench, manifest: Manifest) -> None:
    """Only the student who submitted anew is graded."""
    bench.run()
    bench.submit("ada", submission(manifest, 5))
    assert bench.run().origins == {"ada": "graded", "bob": "unchanged", "eve": "unchanged"}


def test_only_the_named_students_are_graded(bench: Bench) -> None:
    """Another name is an error that says so, before anything is graded."""
    assert set(bench.run(students=("bob",)).origins) == {"bob"}
    with pytest.raises(CourseError, match="'zoe' has no collected submission"):
        bench.run(students=("ada", "zoe"))


def test_a_changed_check_concerns_its_own_cell_only(bench: Bench) -> None:
    """After one check file changed, the other cell's result is handed on as known."""
    bench.run()
    path = bench.layout.solutions / "tiny" / "checks" / "test_twice.py"
    path.write_text(CHECKS["twice"].replace("1000", "2000"))
    bench.known.clear()
    bench.run()
    assert [set(known) for known in bench.known] == [{"size"}, {"size"}]


def test_a_shared_file_of_the_checks_concerns_every_cell(bench: Bench) -> None:
    """A file beside the checks is used by them, so nothing is known any more when it changes."""
    bench.run()
    (bench.layout.solutions / "tiny" / "checks" / "shapes.py").write_text("SIZE = 3\n")
    bench.known.clear()
    bench.run()
    assert [set(known) for known in bench.known] == [set(), set()]


def test_a_fault_of_ours_is_no_score(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """When no server starts, nothing is recorded but the refusal, and the faults are said."""

    def fails(*_: object) -> Report:
        raise GraderFault("the servers do not start")

    monkeypatch.setattr(bench, "grade", fails)
    ran = bench.run()
    assert ran.origins == {"ada": "fault", "bob": "fault", "eve": "graded"}
    assert ran.faults == ["the servers do not start"] * 2
    assert not ran.answers["ada"].result.is_graded
    assert set(bench.recorder.rows) == {"eve"}
    lines = [(line["event"], line["student"]) for line in Log(bench.layout.log).lines()]
    assert sorted(lines) == [("fault", "ada"), ("fault", "bob")]


def test_what_nobody_foresaw_concerns_one_submission(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mistake of ours in reading or writing one is its fault; the others have their grades."""
    honest = Preparer.prepare

    def prepare(self: Preparer, assignment: str, data: bytes, *rest: object) -> Prepared:
        if data == b"{":
            raise RecursionError("too deep")
        return honest(self, assignment, data)

    bench.recorder = Forgetful(bench.layout)
    monkeypatch.setattr(Preparer, "prepare", prepare)
    ran = bench.run()
    assert ran.origins == {"ada": "graded", "bob": "fault", "eve": "fault"}
    assert ran.answers["eve"].result.fault == "RecursionError: too deep"
    assert set(bench.recorder.rows) == {"ada"}
    monkeypatch.undo()
    bench.recorder = MemoryRecorder(bench.layout)
    assert bench.run().origins == {"ada": "stored", "bob": "stored", "eve": "graded"}


def test_a_full_disk_stops_and_running_again_completes(bench: Bench) -> None:
    """Nobody's code is run for nothing; once there is room, the same grades are there."""
    bench.recorder = RecorderThatBreaks(bench.layout)
    ran = bench.run()
    assert ran.origins == {"ada": "graded", "bob": "fault"}
    assert "No space" in ran.faults[0]
    bench.recorder = MemoryRecorder(bench.layout)
    bench.run()
    rows = bench.recorder.rows
    bench.recorder = MemoryRecorder(bench.layout)
    bench.run(fresh=True)
    assert bench.recorder.rows == rows


def test_an_unreadable_submission_is_refused_with_its_reason(bench: Bench) -> None:
    """A submission that could not even be read gets a report that says why."""
    bench.submit("mal", None)
    ran = bench.run()
    assert "There is no tiny.ipynb" in ran.report("mal").refusal
    assert ran.report("mal").points == 0


def test_what_is_not_to_run_is_said_and_its_report_taken(bench: Bench, manifest: Manifest) -> None:
    """A cluster's part: what is needed goes out prepared, what comes back is checked."""
    ran = bench.run(run=False)
    assert ran.origins == {"ada": "needed", "bob": "needed", "eve": "graded"}
    assert bench.known == []
    reports = {
        name: run_order(
            Order(
                Tenant.of(bench.layout),
                "tiny",
                "elsewhere",
                [Item(name, Source.PREPARED, ran.answers[name].body)],
                with_reports=True,
            ),
            bench.grade,
            bench.layout,
        ).answers[name]
        for name in ("ada", "bob")
    }
    answered = [Item("ada", Source.ANSWERED, reports["ada"].body)]
    answered += [Item("bob", Source.ANSWERED, reports["ada"].body)]
    recorded = bench.run(collected=False, items=answered)
    assert recorded.origins == {"ada": "graded", "bob": "fault"}
    assert "a report of" in recorded.faults[0]
    assert set(bench.recorder.rows) == {"ada", "eve"}


def test_a_file_that_is_read_when_it_is_accepted(bench: Bench, tmp_path: Path) -> None:
    """Whatever it is: a notebook is graded, anything else is refused; nothing is recorded."""
    notebook = bench.layout.submitted / "ada" / "tiny" / "tiny.ipynb"
    for path, is_refused in ((notebook, False), (tmp_path, True), (tmp_path / "none", True)):
        item = Item("", Source.FILE, str(path).encode())
        order = Order(Tenant.of(bench.layout), "tiny", "a test", [item])
        result = run_order(order, bench.grade, bench.layout).answers[""].result
        assert (bool(result.refusal), result.origin) == (is_refused, Origin.GRADED)
    assert not bench.layout.graded.exists()
    assert not bench.layout.log.exists()


def test_the_same_submission_has_the_same_key_in_another_place(
    layout: Layout, manifest: Manifest, tmp_path: Path
) -> None:
    """Keys depend on content, not on where the course lies or who asks."""
    import shutil

    other = Layout(tmp_path / "elsewhere", tmp_path / "home2")
    shutil.copytree(layout.root, other.root)
    data = submission(manifest, 3)
    first = Preparer(layout, "full").prepare("tiny", data)
    second = Preparer(other, "full").prepare("tiny", data)
    assert first.keys == second.keys


def test_the_seed_depends_on_what_students_do_not_see(layout: Layout, manifest: Manifest) -> None:
    """Another private solution gives another seed, with everything public unchanged."""
    data = submission(manifest, 3)
    first = Preparer(layout, "full").prepare("tiny", data)
    path = layout.solutions / "tiny" / "notebook.py"
    path.write_text(path.read_text().replace("return 2 * x", "return x + x"))
    second = Preparer(layout, "full").prepare("tiny", data)
    assert first.keys.seed != second.keys.seed
