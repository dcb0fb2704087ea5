"""How exercises went, what wrong answers are like, and who fell silent."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from autograder.course import load_cases, load_manifest
from autograder.feedback.losses import Losses
from autograder.gradebook.spreadsheet import table
from autograder.grading.report import (
    CellReport,
    CheckReport,
    ExecutedCell,
    Repair,
    Report,
    Verdict,
)
from autograder.pages.courses import CourseReader
from autograder.pages.exercises import ExercisesReader
from autograder.pages.items import ItemsReader
from autograder.pages.items_handlers import COLUMNS, all_lines, lines
from autograder.pages.misconceptions import known_of
from autograder.pages.overview import ClassReader
from autograder.pages.silence import silent
from autograder.pages.staff_handlers import Class

from .scene import EVIL, Scene

NOW = datetime.now(UTC).replace(microsecond=0)
PASSED, FAILED, ERROR, LIMIT = Verdict
RIGHT = "def double(x):\n    return 2 * x\n"
WRONG = {
    "triples": "def double(x):\n    return 3 * x\n",
    "squares": "def double(x):\n    return x * x\n",
    "says_nothing": "def double(x):\n    2 * x\n",
}
CHECK = '''\
"""Doubling (grade cell `doubling`, 3 points)."""


def test_doubles(student):
    assert student.double(3) == 6


def test_zero(student):
    assert student.double(0) == 0
'''


def tiny(code: str, *verdicts: Verdict, repairs: Sequence[Repair] = ()) -> Report:
    """Return the report of an answer to the exercise of `tiny`."""
    verdicts = verdicts or (PASSED, PASSED)
    checks = tuple(
        CheckReport(name, verdict)
        for name, verdict in zip(("test_doubles", "test_zero"), verdicts, strict=True)
    )
    key = hashlib.sha256(f"{code}{verdicts}{repairs}".encode()).hexdigest()
    return Report(
        "tiny", key, 1, "none", cells=(CellReport("doubling", 3.0, checks),),
        repairs=tuple(repairs),
        notebook=(
            ExecutedCell("intro", "markdown", "# Tiny"), ExecutedCell("double", "code", code),
            ExecutedCell("doubling", "code", "assert double(2) == 4"),
        ),
    )  # fmt: skip


@pytest.fixture
def of_class(scene: Scene, reader: CourseReader, monkeypatch: pytest.MonkeyPatch) -> ClassReader:
    """Return what reads the class of a course whose `tiny` has three named wrong cases."""
    folder = scene.layout.solutions / "tiny"
    (folder / "checks" / "test_doubling.py").write_text(CHECK)
    for name, code in WRONG.items():
        case = folder / "submissions" / name
        case.mkdir(parents=True)
        (case / "answers.py").write_text(f'# %% grade_id="double"\n{code}')
        said = 'test_doubles = "failed"'
        (case / "expect.toml").write_text(
            f'summary = "It {name.replace("_", " ")}."\nkind = "wrong"\n\n[cells.doubling]\n'
            f"points = 1.5\n\n[cells.doubling.checks]\n{said}\n"
        )
    made = ClassReader(reader)
    monkeypatch.setattr(made, "service", list)
    return made


def grade(scene: Scene, student: str, *reports: Report) -> None:
    """Hand in and grade, the last one now."""
    for number, report in enumerate(reports):
        at = NOW - timedelta(hours=len(reports) - number)
        scene.grade(scene.hand_in(student, "tiny", at, f"{student}{number}".encode()), report)


def test_attempts_until_all_of_it_is_right(
    scene: Scene, reader: CourseReader, of_class: ClassReader
) -> None:
    """The first attempt at which nothing is lost; later ones and repetitions do not count."""
    wrong, right = tiny(WRONG["triples"], FAILED, PASSED), tiny(RIGHT)
    mended = tiny("# mine\n" + RIGHT, repairs=[Repair("locked-cell-restored", "double", "x")])
    grade(scene, "ada", right)
    grade(scene, "bob", wrong, right, wrong)
    grade(scene, "eve", wrong, wrong, mended)
    grade(scene, "dan", wrong)
    grade(
        scene, "gus", *(tiny(f"x = {n}\n{WRONG['triples']}", ERROR, ERROR) for n in range(5)), right
    )
    found = ExercisesReader(reader, of_class).exercises(reader.assignment("tiny"))
    (exercise,) = found.exercises
    assert (exercise.students, list(exercise.at_attempt)) == (5, [1, 2, 0, 1])
    assert (exercise.right, exercise.repairs) == (4, 1)
    assert dict(found.repairs) == {"locked-cell-restored": 1}
    assert exercise.said == (
        "All of it right: 1 at the first attempt, 2 at the second attempt, "
        "1 at the fourth or a later attempt; 1 not yet."
    )


def test_wrong_answers_are_like_named_cases(
    scene: Scene, reader: CourseReader, of_class: ClassReader
) -> None:
    """By what is written, else by what is lost; of several that lose the same none is chosen."""
    grade(scene, "ada", tiny("def double(value):  # Ada's\n  return 3*value", FAILED, PASSED))
    grade(scene, "bob", tiny("def double(x):\n    return x ** 2", FAILED, PASSED))
    grade(scene, "eve", tiny("def double(x):\n    raise ValueError", ERROR, ERROR))
    grade(scene, "dan", tiny(RIGHT))
    reading = ExercisesReader(reader, of_class)
    (exercise,) = reading.exercises(reader.assignment("tiny")).exercises
    found = {one.names: (one.students, one.exact) for one in exercise.misconceptions}
    assert found == {("triples",): (1, 1), ("says_nothing", "squares", "triples"): (1, 0)}
    assert exercise.in_no_case == 1
    # what the proof saw tells more than what a case says
    manifest = load_manifest(scene.layout, "tiny")
    cases = {case.name: case for case in load_cases(manifest)}
    losses = Losses(scene.layout)
    losses.keep(
        manifest,
        {
            "triples": (cases["triples"], tiny("1", FAILED, PASSED)),
            "squares": (cases["squares"], tiny("2", FAILED, PASSED)),
            "says_nothing": (cases["says_nothing"], tiny("3", ERROR, ERROR)),
        },
    )
    (exercise,) = reading.exercises(reader.assignment("tiny")).exercises
    found = {one.names: (one.students, one.exact) for one in exercise.misconceptions}
    assert found == {
        ("triples",): (1, 1), ("squares", "triples"): (1, 0), ("says_nothing",): (1, 0),
    }  # fmt: skip
    assert exercise.in_no_case == 0
    # a case that is another one now was not seen
    (cases["says_nothing"].folder / "answers.py").write_text('# %% grade_id="double"\ndouble = 3\n')
    assert ("says_nothing", "doubling") not in losses.seen(manifest, load_cases(manifest))
    (scene.layout.home / "losses" / "tiny.json").write_text("[")
    assert losses.seen(manifest, load_cases(manifest)) == {}


def test_a_case_that_breaks_the_rules_hides_no_numbers(
    scene: Scene, reader: CourseReader, of_class: ClassReader
) -> None:
    """Its answers are then in no case."""
    (scene.layout.solutions / "tiny" / "submissions" / "triples" / "expect.toml").write_text("?")
    assert known_of(load_manifest(scene.layout, "tiny"), Losses(scene.layout)) == {}
    grade(scene, "ada", tiny(WRONG["triples"], FAILED, PASSED))
    found = ExercisesReader(reader, of_class).exercises(reader.assignment("tiny"))
    assert found.exercises[0].in_no_case == 1


def test_every_number_is_in_the_file_and_on_the_page(
    scene: Scene, reader: CourseReader, of_class: ClassReader, rendered: Callable[..., str]
) -> None:
    """One number a line; what somebody typed begins no formula and no element."""
    for number in range(12):
        grade(
            scene, f"s{number}", tiny(WRONG["triples"], FAILED, PASSED) if number else tiny(RIGHT)
        )
    grade(scene, "x", tiny("double = 1", ERROR, ERROR, repairs=[Repair(EVIL, "double", EVIL)]))
    assignment = reader.assignment("tiny")
    items = ItemsReader(reader, of_class).items(assignment)
    found = ExercisesReader(reader, of_class).exercises(assignment)
    rows = list(csv.DictReader(io.StringIO(table(COLUMNS, lines(items, found)))))
    numbers = {(one["check"] or one["exercise"], one["measure"]): one["value"] for one in rows}
    assert numbers["doubling", "wrong like triples"] == "11"
    assert numbers["doubling", "right first at attempt 1"] == "1"
    assert numbers["test_doubles", "failed"] == "11"
    assert numbers["", f"repair {EVIL}"] == "1"
    everything = Class(of_class, ItemsReader(reader, of_class), ExercisesReader(reader, of_class))
    assert all_lines(everything) == list(lines(items, found))
    text = rendered("items.html", items=items, found=found)
    assert "It triples." in text
    assert "<script>document" not in text


def due(scene: Scene, name: str, days: float) -> None:
    """Say when an assignment is due."""
    scene.set_due(name, NOW + timedelta(days=days))


def test_who_hands_in_nothing_twice_in_a_row_is_silent(
    scene: Scene, reader: CourseReader, of_class: ClassReader, rendered: Callable[..., str]
) -> None:
    """By their own deadline; who handed in late, or has more time, is not."""

    def names() -> list[str]:
        return [one.student for one in silent(reader, of_class.newest(), NOW)]

    roster = Path(scene.layout.home / "r")
    people = ("ada,student", "bob,student", "tom,assistant", "ines,instructor")
    roster.write_text("username,role\n" + "\n".join(people) + "\n")
    scene.hand_in("eve", "clipping", NOW - timedelta(days=5))
    assert names() == []  # nothing is due
    due(scene, "clipping", -6)
    due(scene, "tiny", 1)
    assert names() == []  # one is too few
    due(scene, "tiny", -1)
    assert names() == ["ada", "bob"]
    assert of_class.overview().silent == 2
    scene.hand_in("bob", "tiny", NOW)
    assert names() == ["ada"]
    (one,) = silent(reader, of_class.newest(), NOW)
    assert (one.missed, one.handed_in, one.due, one.last) == (
        [reader.assignment("clipping").title, "Tiny"], 0, 2, None,
    )  # fmt: skip
    assert "nothing at all" in rendered("silent.html", found=[one])
