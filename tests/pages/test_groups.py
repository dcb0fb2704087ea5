"""Groups of like answers: who is in which, and one comment or decision for all."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest
from typer.testing import CliRunner

from autograder.cli import build_app
from autograder.course import CourseError, load_cases, load_manifest
from autograder.feedback.learning import learn
from autograder.feedback.requests import RequestError
from autograder.gradebook.by_hand import MarkChanged, give
from autograder.pages.courses import Assignment, CourseReader
from autograder.pages.exercises import ExercisesReader
from autograder.pages.groups import Group, Groups, filled_in
from autograder.pages.overview import ClassReader
from autograder.records import Actor, Event, Log, acting

from .scene import EVIL, Scene
from .test_exercises import (
    ERROR,
    FAILED,
    NOW,
    PASSED,
    RIGHT,
    WRONG,
    of_class,
    tiny,
)

__all__ = ["of_class"]

TRIPLES = tiny("def double(n):  # Ada's\n    '''Mine.'''\n    return 3 * n", FAILED, PASSED)


@pytest.fixture
def groups(scene: Scene, reader: CourseReader, of_class: ClassReader) -> Groups:
    """Return the groups of three who triple, two who fail otherwise, and one who is right."""
    for student, report in {
        "ada": TRIPLES,
        "bob": tiny(WRONG["triples"], FAILED, PASSED),
        "eve": tiny(f"# {EVIL}\n{WRONG['triples']}", FAILED, PASSED),
        "dan": tiny(WRONG["triples"], ERROR, ERROR),
        "gus": tiny("def double(x):\n    return 2 + x", FAILED, PASSED),
        "zoe": tiny(RIGHT),
    }.items():
        scene.grade(scene.hand_in(student, "tiny", NOW, student.encode()), report, record=True)
    return Groups(reader, of_class, ExercisesReader(reader, of_class))


@pytest.fixture
def assignment(reader: CourseReader) -> Assignment:
    """Return the assignment."""
    return reader.assignment("tiny")


def triples(groups: Groups, assignment: Assignment) -> Group:
    return groups.groups(assignment, "doubling")[0]


def decide(groups: Groups, assignment: Assignment, points: str, comment: str = "", *,
           is_over: bool = False) -> int:  # fmt: skip
    """Decide as somebody who has just read the group."""
    group = triples(groups, assignment)
    version = groups.given(assignment, "doubling", group).version
    with acting(Actor("tom")):
        return groups.decide(
            assignment, "doubling", group, points, comment, version, is_over=is_over
        )


def test_a_group_has_the_same_checks_and_the_same_program(
    groups: Groups, assignment: Assignment
) -> None:
    """The largest first, what is right last; a named mistake has its name."""
    found = groups.groups(assignment, "doubling")
    assert [sorted(one.keys) for one in found] == [
        ["ada", "bob", "eve"], *sorted((["dan"], ["gus"]), key=lambda who: next(
            one.id for one in found if sorted(one.keys) == who)), ["zoe"],
    ]  # fmt: skip
    assert found[0].mistakes == ("It triples.",)
    assert [one.is_right for one in found] == [False, False, False, True]
    example = groups.example(assignment, "doubling", TRIPLES.key)
    assert example is not None
    assert "Ada's" in example.code[0]
    assert groups.groups(assignment, "nothing") == []


def test_one_comment_and_one_decision_for_all(
    scene: Scene, reader: CourseReader, groups: Groups, assignment: Assignment
) -> None:
    """The comment stands at the answer, points at the check's cell; twice is once."""
    assert decide(groups, assignment, "", "Twice, not three times.") == 3
    assert reader.comments("tiny", "double") == dict.fromkeys(
        ("ada", "bob", "eve"), "Twice, not three times."
    )
    assert {mark.manual for _, mark in reader.of_cell("tiny", "doubling").values()} == {None}
    assert decide(groups, assignment, "", "Twice, not three times.") == 0
    assert decide(groups, assignment, "2,5", "Nearly.") == 3
    marks = {who: mark.manual for who, (_, mark) in reader.of_cell("tiny", "doubling").items()}
    assert marks == dict.fromkeys(("ada", "bob", "eve"), 2.5) | dict.fromkeys(("dan", "gus", "zoe"))
    assert reader.comments("tiny", "double")["bob"] == "Twice, not three times.\n\nNearly."
    lines = list(Log(scene.layout.log).lines(Event.MANUAL))
    assert {one["who"] for one in lines} == {"tom"}
    assert len({one["group"] for one in lines}) == 1
    assert all(one["answer"] for one in lines)


def test_points_of_a_person_stay_unless_it_is_said(
    scene: Scene, reader: CourseReader, groups: Groups, assignment: Assignment
) -> None:
    """Somebody read that one answer."""
    moment, mark = reader.of_cell("tiny", "doubling")["bob"]
    assert moment is not None
    give(scene.layout, "bob", "tiny", "doubling", 3.0, seen=mark, submitted_at=moment)
    assert decide(groups, assignment, "1") == 2
    assert reader.of_cell("tiny", "doubling")["bob"][1].manual == 3.0
    assert decide(groups, assignment, "1", is_over=True) == 1
    assert reader.of_cell("tiny", "doubling")["bob"][1].manual == 1.0


def test_what_was_not_read_is_not_decided(
    scene: Scene, groups: Groups, assignment: Assignment, reader: CourseReader
) -> None:
    """A newer hand-in, or other points, make it another group; who left it gets nothing."""
    group = triples(groups, assignment)
    version = groups.given(assignment, "doubling", group).version
    name = scene.hand_in("bob", "tiny", NOW.replace(year=NOW.year + 1), b"new")
    for words in (("1", "so"), ("", "so")):
        with pytest.raises(MarkChanged):
            groups.decide(assignment, "doubling", group, *words, version)
    scene.grade(name, tiny(f"{RIGHT}# better"), record=True)
    assert decide(groups, assignment, "1") == 2
    assert "bob" not in triples(groups, assignment).keys
    for points, comment in (("", " "), ("4", ""), ("x", ""), ("nan", "")):
        with pytest.raises(RequestError):
            decide(groups, assignment, points, comment)
    assert filled_in(assignment, "doubling") == "double"


def test_a_report_that_is_not_in_the_gradebook_is_left_out(
    scene: Scene, groups: Groups, assignment: Assignment
) -> None:
    """Points belong to the answer that the gradebook has."""
    name = scene.hand_in("ida", "tiny", NOW, b"ida")
    scene.grade(name, tiny(f"\n\n{WRONG['triples']}", FAILED, PASSED))
    group = triples(groups, assignment)
    assert "ida" in group.keys
    assert "ida" not in groups.given(assignment, "doubling", group).marks
    assert decide(groups, assignment, "1") == 3


def test_pages_show_what_students_wrote_as_text(
    groups: Groups, assignment: Assignment, rendered: Callable[..., str]
) -> None:
    """Nothing that somebody typed is an element of the page."""
    found = groups.groups(assignment, "doubling")
    frame = {"assignment": assignment, "cell": "doubling", "root": "/r"}
    assert "It triples." in rendered("groups.html", found=found, **frame)
    for group in found:
        for key in group.keys.values():
            text = rendered(
                "group.html", group=group, example=groups.example(assignment, "doubling", key),
                given=groups.given(assignment, "doubling", group), number=1, problem="",
                is_stale=False, typed={"points": EVIL, "comment": EVIL, "over": ""}, done="",
                **frame,
            )  # fmt: skip
            assert "<script>document" not in text
            assert ("gradlab cases add" in text) == bool(group.answer.lost)


def test_a_group_becomes_a_named_wrong_case(
    scene: Scene, groups: Groups, assignment: Assignment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without anybody's words; from then on such answers are known by its name."""
    key = next(
        one.keys["gus"] for one in groups.groups(assignment, "doubling") if "gus" in one.keys
    )
    for name, value in scene.layout.to_environment().items():
        monkeypatch.setenv(name, value)
    words = ("--cell", "doubling", "--summary", 'Adds "two".')

    def run(*said: str) -> tuple[int, str]:
        done = CliRunner().invoke(build_app(), ["cases", "add", *said])
        return done.exit_code, done.output

    status, said = run(key[:16], "adds_two", *words)
    assert (status, "gradlab verify tiny" in said) == (0, True), said
    manifest = load_manifest(scene.layout, "tiny")
    case = next(one for one in load_cases(manifest) if one.name == "adds_two")
    assert (case.summary, case.kind, case.expected["doubling"].points) == (
        'Adds "two".', "wrong", 1.5,
    )  # fmt: skip
    assert case.answers == {"double": "def double(x):\n    return 2 + x"}
    assert any(one.mistakes == ('Adds "two".',) for one in groups.groups(assignment, "doubling"))
    for report, name, why in (
        (key[:16], "adds_two", "is there already"),
        (key[:16], "../x", "no name of a case"),
        ("0" * 16, "other", "no report begins"),
    ):
        status, said = run(report, name, *words)
        assert (status, why in said) == (2, True), said
    assert not (manifest.folder / "submissions" / "other").exists()


@pytest.mark.usefixtures("of_class")
def test_a_case_has_nobody_s_words_and_is_read_as_it_was_meant(scene: Scene) -> None:
    """Own cells come along; text that would begin another cell, or be no Python, does not."""
    learn(scene.layout, TRIPLES, "doubling", "triples_again", "It triples.")
    folder = scene.layout.solutions / "tiny" / "submissions"
    assert "Ada" not in (folder / "triples_again" / "answers.py").read_text()
    with pytest.raises(CourseError, match="cannot be read as Python"):
        learn(scene.layout, tiny("def double(x", FAILED, PASSED), "doubling", "odd", "It is odd.")
    assert not (folder / "odd").exists()
    text = 'x = """\n# %% grade_id="double"\n"""\ndef double(x): return f"""{x}\n# %% no"""'
    with contextlib.suppress(CourseError):  # refused, or read as it was meant
        learn(scene.layout, tiny(text, FAILED, PASSED), "doubling", "odd", "It is odd.")
    load_cases(load_manifest(scene.layout, "tiny"))
    for report, cell, why in ((tiny(RIGHT), "doubling", "full marks"), (TRIPLES, "x", "no graded")):
        with pytest.raises(CourseError, match=why):
            learn(scene.layout, report, cell, "none", "None.")
