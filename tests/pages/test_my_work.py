"""Where somebody's assignments stand, and what is next."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from autograder.pages.courses import CourseReader
from autograder.pages.standing import work_of
from autograder.pages.words import Clock
from autograder.pages.work import Row, Work, late_in_words
from autograder.records import Event, Log

from .scene import EVIL, Scene, clipping_report

NOW = datetime.now(UTC).replace(microsecond=0)


def work(reader: CourseReader, person: str = "alice") -> Work:
    """Return what a person's page shows."""
    return work_of(reader, person, Clock(NOW))


def row(reader: CourseReader, name: str, person: str = "alice") -> Row:
    """Return one row of it."""
    return next(one for one in work(reader, person).rows if one.assignment.name == name)


def test_an_assignment_goes_from_not_fetched_to_waiting_for_a_person(
    scene: Scene, reader: CourseReader
) -> None:
    """Each state has its word; points are there with the verdict, and what waits is apart."""
    assert row(reader, "clipping").told.word == "Not fetched"
    scene.store.mark_fetched("alice", "clipping")
    assert row(reader, "clipping").told.word == "In work"
    name = scene.hand_in("alice", "clipping", NOW - timedelta(minutes=5))
    assert row(reader, "clipping").told.word == "In the queue"
    scene.know(name, running=True)
    assert row(reader, "clipping").told.word == "Being graded"
    assert row(reader, "clipping").score is None
    scene.know(name, running=False)
    scene.grade(name, clipping_report("a" * 64), record=True)
    found = row(reader, "clipping")
    assert found.told.word == "Waits for a person"
    assert found.score is not None
    assert (found.score.got, found.score.most, found.score.waiting, found.score.lost) == (
        1,
        6,
        2,
        3,
    )
    scene.score("why", 1.5)
    found = row(reader, "clipping")
    assert found.told.word == "Graded"
    assert found.score is not None
    assert (found.score.got, found.score.waiting) == (2.5, 0)


def test_points_by_hand_are_of_the_hand_in_they_were_given_for(
    scene: Scene, reader: CourseReader
) -> None:
    """A newer hand-in waits again, and is not given the older one's points."""
    first = scene.hand_in("alice", "clipping", NOW - timedelta(hours=3), b"1")
    scene.grade(first, clipping_report("a" * 64), record=True)
    scene.score("why", 2.0)
    second = scene.hand_in("alice", "clipping", NOW - timedelta(hours=2), b"2")
    scene.grade(second, clipping_report("b" * 64, better=True))
    found = row(reader, "clipping")
    assert found.score is not None
    assert (found.score.got, found.score.waiting) == (2, 2)


def test_refused_and_faulty_hand_ins_say_so(scene: Scene, reader: CourseReader) -> None:
    """A refusal is the student's to mend, and next; a fault of ours is not."""
    scene.hand_in("alice", "clipping", NOW, b"x", key="a" * 64, points=0.0, max_points=6.0,
                  refusal=f"no JSON {EVIL}")  # fmt: skip
    scene.hand_in("alice", "tiny", NOW, b"y", fault="OSError: secret")
    words = {one.assignment.name: one.told.word for one in work(reader).rows}
    assert words["clipping"] == "Not graded"
    assert words["tiny"].startswith("Handed in")
    assert row(reader, "clipping").score is None
    following = work(reader).next
    assert following.row is not None
    assert following.row.assignment.name == "clipping"


def test_what_is_due_first_is_next(scene: Scene, reader: CourseReader) -> None:
    """Of what is not handed in, the earliest deadline that is not past; rows are in that order."""
    scene.set_due("tiny", NOW + timedelta(days=1))
    scene.set_due("clipping", NOW + timedelta(hours=5))
    found = work(reader)
    assert [one.assignment.name for one in found.rows] == ["clipping", "tiny"]
    assert found.next.row is found.rows[0]
    scene.set_due("clipping", NOW - timedelta(hours=5))
    found = work(reader)
    assert found.next.row is found.rows[1]
    scene.hand_in("alice", "tiny", NOW)
    following = work(reader).next
    assert following.row is not None
    assert following.row.assignment.name == "clipping"
    assert "late" in following.text


def test_an_extension_is_the_person_s_own(scene: Scene, reader: CourseReader) -> None:
    """It moves their deadline, and with it what is late."""
    scene.set_due("clipping", NOW - timedelta(hours=5))
    for person in ("alice", "bob"):
        name = scene.hand_in(person, "clipping", NOW - timedelta(hours=1), person.encode())
        scene.grade(name, clipping_report("a" * 64), record=True)
    scene.extend("alice", timedelta(days=1))
    mine, theirs = row(reader, "clipping"), row(reader, "clipping", "bob")
    assert mine.dates.extension == timedelta(days=1)
    assert mine.attempts[0].handed_in_at < (mine.dates.deadline or NOW)
    assert mine.punctuality(mine.attempts[0]) == "in time"
    assert theirs.punctuality(theirs.attempts[0]) == "4 hours late"


def test_an_extension_of_ours_is_there_before_any_hand_in(
    scene: Scene, reader: CourseReader
) -> None:
    """It is a row of the log, with its reason; one that was taken back leaves none."""
    scene.set_due("tiny", NOW + timedelta(hours=1))
    log = Log(scene.layout.log)
    given: dict[str, object] = {"course": "deep-learning", "assignment": "tiny", "student": "alice"}
    log.record(Event.EXTEND, seconds=86400, until=None, reason="illness", **given)
    found = row(reader, "tiny").dates
    assert (found.extension, found.reason) == (timedelta(days=1), "illness")
    assert row(reader, "tiny", "bob").dates.extension == timedelta()
    log.record(Event.EXTEND, seconds=None, until=None, reason="", **given)
    assert row(reader, "tiny").dates.extension == timedelta()


def test_late_days_are_counted_as_penalties_count_them(scene: Scene, reader: CourseReader) -> None:
    """Of the attempt that counts, in the order of due dates; grace uses none."""
    rules = "[late]\ngrace_minutes = 10\npercent = 10\nlate_days = 3\n"
    (scene.layout.root / "course.toml").write_text(rules)
    scene.set_due("clipping", NOW - timedelta(days=4))
    scene.set_due("tiny", NOW - timedelta(minutes=9))
    assert work(reader).late_days_left == 3
    scene.hand_in("alice", "clipping", NOW - timedelta(days=2, hours=1))
    scene.hand_in("alice", "tiny", NOW)
    found = work(reader)
    assert (found.late_days, found.late_days_left) == ({"clipping": 2}, 1)
    assert found.rows[1].punctuality(found.rows[1].attempts[0]) == "in time"
    assert "Up to 10 minutes late is in time." in late_in_words(found.policy)


def test_everything_done_leaves_nothing_next(scene: Scene, reader: CourseReader) -> None:
    """While it is graded, nothing is asked for; points that can still be earned are next."""
    names = [scene.hand_in("alice", one, NOW) for one in ("clipping", "tiny")]
    assert work(reader).next.row is None
    assert work(reader).total is None
    scene.grade(names[0], clipping_report("a" * 64))
    following = work(reader).next
    assert following.row is not None
    assert "3 of 6 points can still be earned" in following.text


def test_what_is_taken_back_stays_for_who_handed_it_in(scene: Scene, reader: CourseReader) -> None:
    """Nobody else sees it, and odd folders are no assignments."""
    scene.hand_in("alice", "tiny", NOW)
    for folder in ("clipping", "tiny"):
        (scene.store.outbound / folder).rename(scene.layout.home / folder)
    (scene.store.outbound / "<b>odd").mkdir()
    assert [one.assignment.name for one in work(reader).rows] == ["tiny"]
    assert work(reader, "bob").rows == []


def test_a_broken_source_leaves_the_row(scene: Scene, reader: CourseReader) -> None:
    """Title and points are unknown then; nothing fails."""
    (scene.layout.solutions / "tiny" / "assignment.toml").write_text("title = 7\n")
    found = row(reader, "tiny")
    assert (found.assignment.title, found.assignment.max_points) == ("tiny", None)


@pytest.mark.parametrize("known", [{}, {"running": True}, {"fault": "x"}])
def test_a_mark_changes_with_the_state_alone(
    scene: Scene, reader: CourseReader, known: dict[str, object]
) -> None:
    """Time alone changes no mark; what becomes known does."""
    name = scene.hand_in("alice", "tiny", NOW)
    before = work(reader).mark
    assert work_of(reader, "alice", Clock(NOW + timedelta(hours=1))).mark == before
    scene.know(name, **known)
    assert (work(reader).mark != before) is bool(known)
