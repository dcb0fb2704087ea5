"""A played class at nbgrader's real exchange."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from nbgrader.api import Gradebook
from typer.testing import CliRunner

from autograder.cli import build_app
from autograder.course import Layout, load_manifest
from autograder.demo.classroom import Classroom, Distribution
from autograder.demo.play import Kind, Student, hand_in, make_class
from autograder.handin.course_exchange import CourseExchange
from autograder.hub.serving import release_course
from autograder.sessions.folders import HubFolders


def test_release_and_collection_go_through_nbgrader(layout: Layout) -> None:
    """What students hand in arrives in the course's folder, byte for byte, once for each."""
    HubFolders(layout).make()
    said: list[str] = []
    release_course(layout, said.append)
    assert "released tiny" in said
    exchange = CourseExchange(layout)
    assert exchange.is_released("tiny")
    assert exchange.is_current("tiny")
    room = Classroom(layout)
    people = make_class(12, 3)
    room.enroll(people)
    due = room.due("tiny", datetime.now(UTC))
    works = list(hand_in(load_manifest(layout, "tiny"), people, 3))
    for work in works:
        room.submit("tiny", work, due)
    for work in works:  # again: nobody hands in twice
        room.submit("tiny", work, due)
    inbound = layout.exchange / layout.course_id / "inbound"
    assert len(list(inbound.iterdir())) == sum(work.data is not None for work in works)
    exchange.collect("tiny")
    for work in works:
        arrived = layout.submitted / work.student.student_id / "tiny" / "tiny.ipynb"
        if work.kind is Kind.NOTHING:
            assert not arrived.exists()
        else:
            assert arrived.read_bytes() == work.data


def test_releasing_again_says_what_differs(layout: Layout) -> None:
    """A changed assignment is not slipped under students' hands; that it changed is said."""
    HubFolders(layout).make()
    release_course(layout, lambda _line: None)
    released = CourseExchange(layout).outbound / "tiny" / "tiny.ipynb"
    before = released.read_bytes()
    source = layout.solutions / "tiny" / "notebook.py"
    source.write_text(source.read_text().replace("# # Tiny", "# # Very tiny"))
    said: list[str] = []
    release_course(layout, said.append)
    assert released.read_bytes() == before
    assert any("changed since it was released" in line for line in said)


def test_due_date_of_the_instructor_is_kept(layout: Layout) -> None:
    """The play sets a due date only where there is none."""
    HubFolders(layout).make()
    release_course(layout, lambda _line: None)
    wanted = datetime(2031, 5, 1, 12)  # noqa: DTZ001 (nbgrader stores UTC without saying so)
    with Gradebook(layout.database_url, layout.course_id) as gradebook:
        gradebook.update_or_create_assignment("tiny", duedate=wanted)
    assert Classroom(layout).due("tiny", datetime.now(UTC)) == wanted.replace(tzinfo=UTC)


@pytest.mark.filterwarnings("ignore:Passing unrecognized arguments:DeprecationWarning")
# when it releases feedback, nbgrader misspells `authenticator` and leaves a file to the collector
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_the_work_of_others_is_left_alone(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    """A real student is not collected, graded, made late or sent feedback by a play."""
    HubFolders(layout).make()
    release_course(layout, lambda _line: None)
    room = Classroom(layout)
    manifest = load_manifest(layout, "tiny")
    real = replace(next(hand_in(manifest, make_class(1, 3), 3)), student=Student("ada", "", "", 1))
    room.submit("tiny", real, datetime.now(UTC))
    early = replace(real, student=Student("bob", "", "", 1))
    room.submit("tiny", early, datetime.now(UTC))
    CourseExchange(layout, "bob").collect("tiny")
    monkeypatch.setenv("GRADLAB_COURSE", str(layout.root))
    monkeypatch.setenv("GRADLAB_HOME", str(layout.home))
    done = CliRunner().invoke(build_app(), ["demo", "--students", "12", "--assignment", "tiny"])
    assert done.exit_code == 0, done.output
    played = {
        work.student.student_id
        for work in hand_in(manifest, make_class(12, 1), 1)
        if work.data is not None
    }
    assert {path.parent.name for path in layout.submitted.glob("*/tiny")} == {"bob", *played}
    graded = {path.parent.name for path in layout.autograded.glob("*/tiny")}
    assert graded == played
    sent = [path.name for path in (layout.exchange / layout.course_id / "feedback").iterdir()]
    assert len(sent) == len(graded)
    with Gradebook(layout.database_url, layout.course_id) as gradebook:
        assert gradebook.find_assignment("tiny").duedate is None


def test_distribution_counts_every_score_once() -> None:
    """The bins hold all scores; full marks are in the last bin."""
    distribution = Distribution("tiny", (0.0, 0.0, 4.9, 5.0, 10.0), 10.0, late=0)
    assert sum(distribution.bins) == 5
    assert distribution.bins[0] == 2
    assert distribution.bins[4] == 1
    assert distribution.bins[5] == 1
    assert distribution.bins[-1] == 1
