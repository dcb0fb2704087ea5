"""A grade is computed again from its line in the log, to the byte, or it is said why not."""

from __future__ import annotations

import json
import shutil
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from autograder.course import (
    Layout,
    assignment_names,
    instructor_answers,
    load_manifest,
    notebook_bytes,
    submission_notebook,
)
from autograder.grading import Preparer
from autograder.grading.grader import Grader
from autograder.grading.isolation import isolation_level
from autograder.grading.kept import Kept, Origins
from autograder.grading.keys import keys_of
from autograder.grading.prepare import Prepared, Refusal
from autograder.grading.repair import repair
from autograder.grading.replay import ReplayError, find_line, prepared_again, present_keys
from autograder.grading.report import Report
from autograder.grading.store import ReportStore
from autograder.grading.submission import (
    MAX_SOURCE_CHARACTERS,
    MAX_SOURCES_CHARACTERS,
    SubmittedCell,
    SubmittedNotebook,
)
from autograder.records import Event, Log
from autograder.records.store import MOST_BYTES
from autograder.sandbox import Nursery

ROOT = Path(__file__).parents[2]
NOTEBOOK = """# %% nbgrader={"grade_id": "size_answer", "solution": true}
size = 0
### BEGIN SOLUTION
size = 3
### END SOLUTION

# %% nbgrader={"grade_id": "size", "grade": true, "points": 2}
print(size)
"""
CHECK = '''"""Size (grade cell `size`, 2 points)."""

from autograder.checking import assert_number, points


@points(1)
def test_size(student):
    assert_number(student["size"], 3)
'''


@dataclass
class Course:
    """A course in which submissions are graded and written into the log."""

    layout: Layout
    nursery: Nursery
    name: str = "tiny"

    @property
    def preparer(self) -> Preparer:
        """Return the course as it is now."""
        return Preparer(self.layout, isolation_level())

    @property
    def log(self) -> Log:
        """Return its log."""
        return Log(self.layout.log)

    def grade(self, student: str, data: bytes) -> Report:
        """Grade as a batch does."""
        preparer = self.preparer
        prepared = preparer.prepare(self.name, data)
        if isinstance(prepared, Refusal):
            report = preparer.refusal_report(prepared)
        else:
            with Grader(preparer, [self.name], self.nursery) as grader:
                report = grader.run(prepared)
        ReportStore(self.layout.graded).store(preparer, prepared, report)
        self.log.record(Event.GRADED, course="dl", student=student, **report.facts())
        return report

    def again(self, target: str) -> bytes:
        """Replay; return the bytes."""
        line = find_line(self.log, target)
        preparer = self.preparer
        prepared = prepared_again(preparer, line)
        if isinstance(prepared, Refusal):
            report = preparer.refusal_report(prepared)
        else:
            with Grader(preparer, [self.name], self.nursery) as grader:
                report = grader.run(prepared)
        assert report.digest() == line["report"]
        return report.to_bytes()

    def answer(self, text: str) -> bytes:
        """Return a submission."""
        manifest = load_manifest(self.layout, self.name)
        return notebook_bytes(submission_notebook(manifest, {"size_answer": text}))


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    """Imports torch once."""
    with Nursery() as nursery:
        yield nursery


@pytest.fixture
def course(tmp_path: Path, nursery: Nursery) -> Course:
    """A course of one cell."""
    root = tmp_path / "course"
    folder = root / "solutions" / "tiny"
    (folder / "checks").mkdir(parents=True)
    (folder / "notebook.py").write_text(NOTEBOOK)
    (folder / "assignment.toml").write_text('title = "Tiny"\n')
    (folder / "checks" / "test_size.py").write_text(CHECK)
    return Course(Layout(root, root / "var"), nursery)


def test_a_grade_is_replayed_by_key_and_by_line(course: Course) -> None:
    """What the student has submitted since then changes nothing."""
    first = course.grade("ada", course.answer("size = 3  # \u00fc"))
    second = course.grade("ada", course.answer("size = 4"))
    assert (first.points, second.points) == (2, 0)
    assert course.again("2") == course.again(first.key) == first.to_bytes()
    assert course.again(second.key[:12]) == course.again("3") == second.to_bytes()


def test_what_a_version_before_graded_is_replayed(course: Course) -> None:
    """From its journal and from what it kept, which was the submission without the report."""
    report = course.grade("ada", course.answer("size = 3"))
    (line,) = course.log.lines()
    line = {
        "when": line["when"],
        "event": "graded",
        "student": "ada",
        "assignment": "tiny",
    } | report.facts()
    course.log.path.unlink()
    course.log.path.with_name("journal.jsonl").write_text(json.dumps(line) + "\n")
    path = ReportStore(course.layout.graded).path(report.key)
    kept = zlib.decompressobj().decompress(path.read_bytes())
    path.write_bytes(zlib.compress(kept, 1))
    assert course.again(report.key) == course.again("journal:1") == report.to_bytes()
    assert present_keys(course.log) == {report.key}
    course.log.record(Event.RELEASE, course="dl")
    assert course.again(report.key) == report.to_bytes()


def test_a_refusal_is_replayed(course: Course) -> None:
    """Without the bytes that could not be read."""
    report = course.grade("ada", b"no notebook")
    assert course.again(report.key) == report.to_bytes()
    stored = ReportStore(course.layout.graded).files.get(report.key)
    assert stored is not None
    assert b"no notebook" not in b"".join(stored)


def test_what_has_changed_is_named(course: Course) -> None:
    """Another answer is never given instead."""
    report = course.grade("ada", course.answer("size = 3"))
    folder = course.layout.solutions / "tiny"
    changes = {
        "checks/test_size.py": ("assert_number", "assert_number  # x", "checks of size"),
        "notebook.py": ("size = 3", "size = 2 + 1", "instructor's solution"),
        "assignment.toml": ("Tiny", 'Tiny"\n[limits]\ncell_seconds = 7 # "', "cells, its points"),
    }
    for name, (old, new, said) in changes.items():
        text = (folder / name).read_text()
        (folder / name).write_text(text.replace(old, new, 1))
        with pytest.raises(ReplayError, match=said):
            course.again(report.key)
        (folder / name).write_text(text)
    assert course.again(report.key) == report.to_bytes()
    shutil.rmtree(folder)
    with pytest.raises(ReplayError, match="course has changed"):
        course.again(report.key)


def test_other_versions_and_isolation_are_named(course: Course) -> None:
    """By name, with what was and what is."""
    now = Origins.of(course.preparer, "tiny")
    old = replace(now, versions={**now.versions, "torch": "1.0"}, isolation="none", environment="")
    assert old.changes(now) == [
        f"torch was 1.0, is {now.versions['torch']}",
        f"isolation was none, is {now.isolation}",
    ]
    assert "decides verdicts otherwise" in replace(now, environment="").changes(now)[0]
    assert now.changes(now) == []


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("3", "line 3"),
        ("2", "line 2"),
        ("journal:1", "line journal:1"),
        ("0", "line 0"),
        ("xyz", "neither"),
        ("0" * 64, "no line"),
        ("ab", "neither"),
    ],
)
def test_what_is_not_there_is_said(course: Course, target: str, said: str) -> None:
    """A line that is none, and a key of nothing."""
    course.log.record(Event.FAULT, course="dl", student="ada")
    with pytest.raises(ReplayError, match=said):
        find_line(course.log, target)


def test_a_damaged_file_counts_as_absent(course: Course) -> None:
    """Its place is named."""
    report = course.grade("ada", course.answer("size = 3"))
    path = ReportStore(course.layout.graded).path(report.key)
    for damage in (b"", path.read_bytes()[:50], b"x" * 100):
        path.write_bytes(damage)
        with pytest.raises(ReplayError, match="missing or damaged"):
            course.again(report.key)


def test_a_submission_of_the_longest_characters_can_be_read_again(course: Course) -> None:
    """As many emoji as a submission may have, 12 bytes each as they are kept, fit into the store.

    They are in it twice, with what was computed of them.
    """
    share = MAX_SOURCES_CHARACTERS // MAX_SOURCE_CHARACTERS
    manifest = load_manifest(course.layout, course.name)
    given = [SubmittedCell(c.cell_type, c.source, c.cell_id) for c in manifest.cells]
    emoji = SubmittedCell("markdown", "\U0001f600" * MAX_SOURCE_CHARACTERS)
    notebook = repair(manifest, SubmittedNotebook((*given, emoji)))
    digest = course.preparer.digest(course.name)
    prepared = Prepared(course.name, notebook, keys_of(digest, notebook))
    kept = Kept(prepared, Origins.of(course.preparer, course.name))
    data = kept.to_bytes()
    assert Kept.from_bytes(data) == kept
    assert 12 * MAX_SOURCE_CHARACTERS < len(data) < MOST_BYTES / (2 * share)


def test_what_is_kept_is_what_was_prepared(course: Course) -> None:
    """Half characters, repairs and all."""
    preparer = course.preparer
    prepared = preparer.prepare("tiny", course.answer("size = '\u2028\U0001f600'"))
    kept = Kept(prepared, Origins.of(preparer, "tiny"))
    assert Kept.from_bytes(kept.to_bytes()) == kept


@pytest.mark.slow
@pytest.mark.parametrize("name", assignment_names(Layout(ROOT, ROOT / "var")))
def test_grades_of_the_real_assignments_are_replayed(
    tmp_path: Path, nursery: Nursery, name: str
) -> None:
    """Half right ones, in a data directory of which nothing is left but the log and `graded`."""
    course = Course(Layout(ROOT, tmp_path / "home"), nursery, name)
    manifest = load_manifest(course.layout, name)
    answers = instructor_answers(manifest)
    half = dict(list(answers.items())[::2])
    report = course.grade("ada", notebook_bytes(submission_notebook(manifest, half)))
    assert {path.name for path in course.layout.home.iterdir()} == {"events.jsonl", "graded"}
    assert course.again(report.key) == report.to_bytes()
