"""What `gradlab prune` removes, and what it leaves."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from autograder.cli import build_app
from autograder.course import Layout
from autograder.course.manifest import Manifest
from autograder.gradebook.recorder import Gradebook
from autograder.grading.replay import present_keys
from autograder.grading.store import ReportStore
from autograder.records import Event, Log
from autograder.records.prune import prune
from autograder.service.protocol import Item, Source

from ..batch.conftest import FakeGrader, submission
from ..service.inside import MemoryRecorder, batch_order, run_order

OLD_SECONDS = 400 * 86_400


class Course:
    """The tiny course, graded by a grader that runs nothing into a real gradebook."""

    def __init__(self, layout: Layout, manifest: Manifest) -> None:
        self.layout = layout
        self.manifest = manifest
        self.log = Log(layout.log)
        self.store = ReportStore(layout.graded)

    def grade(self, student: str, size: int, *, record: bool = True) -> str:
        """Grade an answer; return the report's key."""
        item = Item(student, Source.GIVEN, submission(self.manifest, size))
        order = batch_order(self.layout, "tiny", collected=False, items=[item])
        ran = run_order(
            order,
            lambda preparer, prepared, _known: FakeGrader(preparer).run(prepared),
            self.layout,
            Gradebook if record else lambda layout, _say: MemoryRecorder(layout),
        )
        if not record:
            facts = ran.report(student).facts()
            self.log.record(Event.GRADED, course="dl", assignment="tiny", student=student, **facts)
        return ran.answers[student].result.key

    def is_whole(self, key: str) -> bool:
        """Tell whether what the report was computed from is there."""
        return self.store.find_kept(key) is not None

    def files(self) -> set[Path]:
        """Return all that `prune` may remove."""
        return {path for path in self.store.files.folder.rglob("*") if path.is_file()}

    def age(self) -> None:
        """Let all of it be old."""
        moment = time.time() - OLD_SECONDS
        for path in self.files():
            os.utime(path, (moment, moment))


@pytest.fixture
def course(layout: Layout, manifest: Manifest) -> Course:
    return Course(layout, manifest)


@pytest.fixture
def run(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, int]]:
    """Run the verb; return what it says."""
    monkeypatch.setenv("GRADLAB_COURSE", str(layout.root))
    monkeypatch.setenv("GRADLAB_HOME", str(layout.home))

    def verb(*options: str) -> dict[str, int]:
        done = CliRunner().invoke(build_app(), ["prune", "--json", *options])
        assert done.exit_code == 0, done.output
        said: dict[str, int] = json.loads(done.stdout)
        return said

    return verb


def test_only_what_replaced_grades_need_is_removed(
    course: Course, run: Callable[..., dict[str, int]]
) -> None:
    """The newest grade of everybody stays whole, also when another's old one was the same."""
    first = course.grade("ada", 1)
    second = course.grade("ada", 2)
    shared = course.grade("bob", 4)
    assert course.grade("cyd", 4) == shared
    course.grade("cyd", 5)
    course.age()
    lines = course.layout.log.read_bytes()
    said = run()
    assert said["removed"] == 2  # its report, and the name of its run
    assert not course.is_whole(first)
    assert course.is_whole(second)
    assert course.is_whole(shared)
    assert course.layout.log.read_bytes() == lines
    assert len(course.files()) == said["kept"]
    assert run() == said | {"removed": 0, "size_bytes": 0}


def test_a_dry_run_says_the_same_and_removes_nothing(
    course: Course, run: Callable[..., dict[str, int]]
) -> None:
    """What it counts is what then goes."""
    course.grade("ada", 1)
    course.grade("ada", 2)
    course.age()
    before = course.files()
    said = run("--dry-run")
    assert course.files() == before
    assert run() == said
    gone = before - course.files()
    assert len(gone) == said["removed"] == 2


def test_what_was_used_lately_stays(course: Course, run: Callable[..., dict[str, int]]) -> None:
    """Also an old answer that was handed in once more and replaced again."""
    first = course.grade("ada", 1)
    course.grade("ada", 2)
    course.age()
    course.grade("ada", 1)
    course.grade("ada", 2)
    assert run()["removed"] == 0
    assert course.is_whole(first)
    course.age()
    assert run("--days", "500")["removed"] == 0
    assert run("--days", "300")["removed"] == 2


def test_a_grade_in_the_gradebook_stays_whatever_the_log_says(
    course: Course, run: Callable[..., dict[str, int]]
) -> None:
    """A crash can leave a newer line whose grade was never recorded."""
    recorded = course.grade("ada", 1)
    course.grade("ada", 2, record=False)
    course.age()
    assert run()["removed"] == 0
    assert course.is_whole(recorded)
    pruned = prune(course.store.files, present_keys(course.log), time.time())
    assert pruned.removed == 2


def test_parts_of_files_that_a_killed_batch_left_go(
    course: Course, run: Callable[..., dict[str, int]]
) -> None:
    """When they are old enough to be nobody's any more."""
    key = course.grade("ada", 1)
    (course.store.path(key).parent / ".abc.part").write_bytes(b"half")
    assert run()["kept"] == 3
    course.age()
    assert run() == {"removed": 1, "size_bytes": 4, "kept": 2}


def test_an_empty_course_has_nothing_to_remove(run: Callable[..., dict[str, int]]) -> None:
    """And nothing is made."""
    assert run() == {"removed": 0, "size_bytes": 0, "kept": 0}
