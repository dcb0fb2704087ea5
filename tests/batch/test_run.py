"""One batch, with a fake gradebook and a grader that runs nothing."""

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from autograder.batch import Batch, LocalBackend, Origin, Result, Submission
from autograder.course import Layout
from autograder.course.manifest import Manifest
from autograder.grading import Preparer, Report
from autograder.grading.prepare import Prepared
from autograder.grading.report import ExecutedCell
from autograder.grading.store import ReportStore
from autograder.records import Log

from .conftest import CHECKS, FakeGrader, GraderThatNeverStarts, json_lines, submission


class MemoryRecorder:
    """A gradebook in memory."""

    def __init__(self) -> None:
        self.rows: dict[str, Report] = {}
        self.writes: list[str] = []

    @contextlib.contextmanager
    def remembering(self, assignment: str) -> Iterator[None]:
        yield

    def decided(self, report: Report) -> Report:
        return report

    def is_recorded(self, student_id: str, report: Report, submitted_at: datetime | None) -> bool:
        return self.rows.get(student_id) == report

    def record(
        self, student_id: str, manifest: Manifest, report: Report, submitted_at: datetime | None
    ) -> None:
        self.rows[student_id] = report
        self.writes.append(student_id)


class RecorderThatBreaks(MemoryRecorder):
    """A gradebook whose disk fills up at the second write."""

    def record(
        self, student_id: str, manifest: Manifest, report: Report, submitted_at: datetime | None
    ) -> None:
        if self.writes:
            raise OSError(28, "No space left on device")
        super().record(student_id, manifest, report, submitted_at)


class Bench:
    """Everything a batch needs, and how to run it again."""

    def __init__(self, layout: Layout, grader: type[FakeGrader] = FakeGrader) -> None:
        self.layout = layout
        self.recorder = MemoryRecorder()
        self.grader = grader
        self.graders: list[FakeGrader] = []

    def run(self, submissions: list[Submission], *, fresh: bool = False) -> dict[str, Result]:
        preparer = Preparer(self.layout, "full")

        def make(_nursery: object) -> FakeGrader:
            self.graders.append(self.grader(preparer))
            return self.graders[-1]

        results: dict[str, Result] = {}

        def keep(result: Result) -> None:
            assert result.student not in results
            results[result.student] = result

        batch = Batch(
            preparer,
            LocalBackend(make, 2),  # type: ignore[arg-type]
            ReportStore(self.layout.graded),
            Log(self.layout.log),
            self.recorder,
        )
        batch.run("tiny", submissions, keep, fresh=fresh)
        return results


@pytest.fixture
def bench(layout: Layout) -> Bench:
    return Bench(layout)


@pytest.fixture
def three(manifest: Manifest) -> list[Submission]:
    """Two good submissions and one that is no notebook."""
    return [
        Submission("ada", submission(manifest, 3)),
        Submission("bob", submission(manifest, 4), late=True),
        Submission("eve", b"{"),
    ]


def origins(results: dict[str, Result]) -> dict[str, str]:
    return {student: str(result.origin) for student, result in sorted(results.items())}


def test_each_submission_has_one_result_and_one_line(bench: Bench, three: list[Submission]) -> None:
    """Good and bad submissions are recorded, and each has its line."""
    results = bench.run(three)
    assert origins(results) == {"ada": "graded", "bob": "graded", "eve": "graded"}
    assert results["eve"].report
    assert "JSON is damaged" in results["eve"].report.refusal
    assert results["bob"].late
    assert sorted(bench.recorder.writes) == ["ada", "bob", "eve"]
    assert not bench.layout.log.exists()  # the recorder writes the lines of what it records


def test_a_result_can_be_kept_without_its_notebook(layout: Layout, manifest: Manifest) -> None:
    """What a summary needs stays; outputs, which may be megabytes for each student, go."""
    cells = (ExecutedCell("size", "code", "print(9)", ({"output_type": "stream"},), 1),)
    preparer = Preparer(layout, "full")
    prepared = preparer.prepare("tiny", submission(manifest, 3))
    report = replace(FakeGrader(preparer).run(prepared), notebook=cells)
    kept = Result("ada", Origin.GRADED, report, late=True).without_notebook()
    assert kept == Result("ada", Origin.GRADED, replace(report, notebook=()), late=True)
    assert Result("bob", Origin.FAULT, None, "why").without_notebook().report is None


def test_running_again_does_nothing(bench: Bench, three: list[Submission]) -> None:
    """Unchanged submissions start no grader, write no row and no line."""
    bench.run(three)
    made = len(bench.graders)
    results = bench.run(three)
    assert set(origins(results).values()) == {"unchanged"}
    assert len(bench.graders) == made
    assert len(bench.recorder.writes) == 3
    assert not bench.layout.log.exists()


def test_a_lost_gradebook_is_filled_from_the_store(bench: Bench, three: list[Submission]) -> None:
    """When the database was lost, grades come back without running student code."""
    bench.run(three)
    before, made = bench.recorder.rows, len(bench.graders)
    bench.recorder = MemoryRecorder()
    results = bench.run(three)
    assert origins(results)["ada"] == "stored"
    assert bench.recorder.rows == before
    assert len(bench.graders) == made


def test_fresh_grades_again(bench: Bench, three: list[Submission]) -> None:
    """What is stored is not looked at when a fresh grade is asked for."""
    bench.run(three)
    made = len(bench.graders)
    assert origins(bench.run(three, fresh=True))["ada"] == "graded"
    assert len(bench.graders) > made


def test_a_changed_submission_is_graded_again(
    bench: Bench, three: list[Submission], manifest: Manifest
) -> None:
    """Only the student who submitted anew is graded."""
    bench.run(three)
    three[0] = Submission("ada", submission(manifest, 5))
    assert origins(bench.run(three)) == {"ada": "graded", "bob": "unchanged", "eve": "unchanged"}


def test_a_changed_check_concerns_its_own_cell_only(bench: Bench, three: list[Submission]) -> None:
    """After one check file changed, the other cell's result is handed to the grader as known."""
    bench.run(three)
    path = bench.layout.solutions / "tiny" / "checks" / "test_twice.py"
    path.write_text(CHECKS["twice"].replace("1000", "2000"))
    bench.graders.clear()
    bench.run(three)
    known = [set(mapping) for grader in bench.graders for mapping in grader.known]
    assert known == [{"size"}, {"size"}]


def test_a_shared_file_of_the_checks_concerns_every_cell(
    bench: Bench, three: list[Submission]
) -> None:
    """A file beside the checks is used by them, so nothing is known any more when it changes."""
    bench.run(three)
    (bench.layout.solutions / "tiny" / "checks" / "shapes.py").write_text("SIZE = 3\n")
    bench.graders.clear()
    bench.run(three)
    assert [set(known) for grader in bench.graders for known in grader.known] == [set(), set()]


def test_a_fault_of_ours_is_no_score(layout: Layout, three: list[Submission]) -> None:
    """When no grader starts, nothing is recorded but the refusal, and the faults are said."""
    bench = Bench(layout, GraderThatNeverStarts)
    results = bench.run(three)
    assert origins(results) == {"ada": "fault", "bob": "fault", "eve": "graded"}
    assert results["ada"].report is None
    assert set(bench.recorder.rows) == {"eve"}
    events = [line["event"] for line in json_lines(layout.log)]
    assert events == ["begin", "fault", "fault"]


def test_what_nobody_foresaw_concerns_one_submission(
    layout: Layout, three: list[Submission], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mistake of ours in reading or writing one is its fault; the others have their grades."""
    honest = Preparer.prepare

    def prepare(self: Preparer, assignment: str, data: bytes, *rest: object) -> Prepared:
        if data == three[2].data:
            raise RecursionError("too deep")
        return honest(self, assignment, data)

    class Forgetful(MemoryRecorder):
        def record(self, student_id: str, *rest: object) -> None:
            if student_id == "bob":
                raise KeyError("size")
            super().record(student_id, *rest)  # type: ignore[arg-type]

    bench = Bench(layout)
    bench.recorder = Forgetful()
    monkeypatch.setattr(Preparer, "prepare", prepare)
    results = bench.run(three)
    assert origins(results) == {"ada": "graded", "bob": "fault", "eve": "fault"}
    assert results["eve"].fault == "RecursionError: too deep"
    assert results["bob"].report is None
    assert set(bench.recorder.rows) == {"ada"}
    monkeypatch.undo()
    bench.recorder = MemoryRecorder()
    assert origins(bench.run(three)) == {"ada": "stored", "bob": "stored", "eve": "graded"}


def test_a_full_disk_stops_and_running_again_completes(
    bench: Bench, three: list[Submission]
) -> None:
    """The batch ends with the error; once there is room, the same grades are there."""
    undisturbed = Bench(bench.layout)
    bench.recorder = RecorderThatBreaks()
    with pytest.raises(OSError, match="No space"):
        bench.run(three)
    bench.recorder = MemoryRecorder()
    bench.run(three)
    undisturbed.run(three, fresh=True)
    assert bench.recorder.rows == undisturbed.recorder.rows


def test_an_unreadable_submission_is_refused_with_its_reason(bench: Bench) -> None:
    """A submission that could not even be read gets a report that says why."""
    results = bench.run([Submission("mal", None, refusal="It is a directory.")])
    report = results["mal"].report
    assert report
    assert (report.refusal, report.points) == ("It is a directory.", 0)


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
