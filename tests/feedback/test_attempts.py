"""What became of each hand-in, derived from what lies there."""

from __future__ import annotations

import os
from datetime import timedelta

from typer.testing import CliRunner

from autograder.cli import build_app
from autograder.feedback import State, attempts_of, version_of
from autograder.feedback.collecting import collect
from autograder.gradebook.database import Database
from autograder.gradebook.schema import assignments
from autograder.records import Actor, Store

from .conftest import NOON, Desk


def states(desk: Desk) -> list[str]:
    """Return the states of alice's attempts."""
    return [str(one.state) for one in attempts_of(desk.course, "alice", "tiny")]


def set_due(desk: Desk, **after_noon: float) -> None:
    """Give the assignment a deadline in the gradebook."""
    layout = desk.layout
    database = Database(layout.database_url, layout.course_id, layout.home, lambda _: None)
    due = (NOON + timedelta(**after_noon)).replace(tzinfo=None)
    new = database.insert(assignments).values(
        id="a", name="tiny", course_id=layout.course_id, duedate=due
    )
    with database.transaction() as connection:
        connection.execute(
            new.on_conflict_do_update(index_elements=["name"], set_={"duedate": due})
        )
    database.close()


def test_nobody_handed_in_nothing(desk: Desk) -> None:
    """An empty list, and a version."""
    assert attempts_of(desk.course, "alice", "tiny") == []
    assert version_of(desk.course, "alice") == version_of(desk.course, "alice")


def test_each_hand_in_is_an_attempt_with_its_receipt(desk: Desk) -> None:
    """Oldest first; the newest counts; another student's are not among them."""
    desk.hand_in(b"one")
    desk.hand_in(b"hers", "bob")
    desk.move(seconds=5)
    desk.hand_in(b"two")
    first, second = attempts_of(desk.course, "alice", "tiny")
    assert (first.number, first.counts, second.number, second.counts) == (1, False, 2, True)
    assert second.receipt is not None
    assert second.receipt.timestamp == second.submission.timestamp
    assert (second.handed_in_at - first.handed_in_at).total_seconds() == 5


def test_states_follow_what_is_known(desk: Desk) -> None:
    """From the queue to a verdict, a refusal, or a fault of ours that shows no detail."""
    name = desk.hand_in(b"one")
    assert states(desk) == ["queued"]
    desk.know(name, running=True)
    assert states(desk) == ["running"]
    desk.know(name, running=False, fault="OSError: no space", faults=1)
    (one,) = attempts_of(desk.course, "alice", "tiny")
    assert (one.state, one.detail) == (State.FAULT, "OSError: no space")
    assert "OSError" not in one.text
    desk.know(name, key="ab", points=2.0, max_points=3.0, waits=1.0)
    (one,) = attempts_of(desk.course, "alice", "tiny")
    assert (one.state, one.points, one.max_points, one.waits) == (State.GRADED, 2.0, 3.0, 1.0)
    desk.know(name, refusal="no JSON")
    (one,) = attempts_of(desk.course, "alice", "tiny")
    assert (one.state, one.text, one.uses) == (State.REFUSED, "no JSON", False)


def test_a_pause_is_said_and_ends_by_itself(desk: Desk) -> None:
    """Nothing has to be written for it to end."""
    for data in (b"one", b"two", b"three"):
        desk.hand_in(data)
        desk.move(seconds=1)
    third = attempts_of(desk.course, "alice", "tiny")[2]
    assert (third.state, third.grade_at) == (State.WAITING, NOON + timedelta(seconds=61))
    desk.move(minutes=1)
    assert states(desk) == ["queued"] * 3


def test_identical_content_has_the_earlier_verdict_and_uses_no_attempt(desk: Desk) -> None:
    """By its files at once; by its report's key when only outputs differ."""
    first = desk.hand_in(b"one")
    desk.move(seconds=1)
    desk.hand_in(b"one")
    desk.move(seconds=1)
    third = desk.hand_in(b"one, run again")
    desk.know(first, key="ab", points=2.0)
    desk.know(third, key="ab", points=2.0)
    found = attempts_of(desk.course, "alice", "tiny")
    assert [(one.same_as, one.uses, one.points) for one in found] == [
        (0, True, 2.0), (1, False, 2.0), (1, False, 2.0),
    ]  # fmt: skip


def test_a_verdict_that_may_not_be_seen_is_not_there(desk: Desk) -> None:
    """Before the deadline, before the release, and when the settings cannot be read."""
    name = desk.hand_in(b"one")
    desk.know(name, key="ab", points=2.0)
    set_due(desk, hours=1)
    desk.set_feedback('when = "deadline"')
    (one,) = attempts_of(desk.course, "alice", "tiny")
    assert (one.state, one.key, one.points) == (State.WAITING, "", None)
    assert one.grade_at == NOON + timedelta(hours=1)
    desk.set_feedback('when = "release"')
    (one,) = attempts_of(desk.course, "alice", "tiny")
    assert (one.state, one.key, one.points) == (State.UNSEEN, "", None)
    desk.set_feedback('when = "?"')
    assert states(desk) == ["unseen"]
    store = desk.course.store
    (submission,) = store.submissions("alice")
    store.feedback_file(submission, "tiny").write_text("page")
    desk.set_feedback('when = "release"')
    assert states(desk) == ["graded"]


def test_late_is_said(desk: Desk) -> None:
    """By the student's deadline, and the course's grace."""
    set_due(desk, seconds=-1)
    desk.hand_in(b"one")
    assert attempts_of(desk.course, "alice", "tiny")[0].is_late
    (desk.layout.root / "course.toml").write_text("[late]\ngrace_minutes = 1\n")
    assert not attempts_of(desk.course, "alice", "tiny")[0].is_late


def test_the_version_changes_with_each_hand_in_and_each_outcome(desk: Desk) -> None:
    """And with nobody else's."""
    seen = [version_of(desk.course, "alice")]
    name = desk.hand_in(b"one")
    seen.append(version_of(desk.course, "alice"))
    for number in range(3):
        desk.know(name, faults=number)
        seen.append(version_of(desk.course, "alice"))
    assert len(set(seen)) == 5
    other = desk.hand_in(b"hers", "bob")
    desk.know(other, key="ab")
    assert version_of(desk.course, "alice") == seen[-1]


def test_what_is_known_survives_damage_as_nothing(desk: Desk) -> None:
    """A damaged record is as none."""
    name = desk.hand_in(b"one")
    desk.know(name, key="ab")
    (desk.layout.attempts / "alice" / "tiny.json").write_bytes(b'{"format": 1, "hand_ins": [')
    assert states(desk) == ["queued"]


def test_hand_ins_of_an_exchange_of_files_wait_until_they_are_collected(desk: Desk) -> None:
    """They have no receipt."""
    desk.course.follows_collect = True
    desk.hand_in(b"one", receipt=False)
    (one,) = attempts_of(desk.course, "alice", "tiny")
    assert (one.state, one.grade_at, one.receipt) == (State.WAITING, None, None)
    collect(desk.layout, desk.course.store, one.submission, Actor("ines"))
    assert states(desk) == ["queued"]


def test_reports_of_attempts_survive_tidying_up(desk: Desk) -> None:
    """`gradlab prune` removes what nobody sees any more, and no earlier attempt's report."""
    name = desk.hand_in(b"one")
    store = Store(desk.layout.graded)
    seen, unseen = "ab" * 32, "cd" * 32
    for key in (seen, unseen):
        store.put(key, b"", b"\n")
        os.utime(store.path(key), (0, 0))
    desk.know(name, key=seen)
    done = CliRunner().invoke(build_app(), ["prune"])
    assert done.exit_code == 0, done.output
    assert (store.path(seen).exists(), store.path(unseen).exists()) == (True, False)


def test_where_nothing_is_graded_on_submit_staff_grade(desk: Desk) -> None:
    """Turned on again, it leaves to staff what came meanwhile."""
    desk.hand_in(b"one")
    assert states(desk) == ["queued"]
    desk.course.end()
    (one,) = attempts_of(desk.course, "alice", "tiny")
    assert (one.state, one.grade_at) == (State.WAITING, None)
    desk.move(minutes=1)
    desk.course.begin()
    desk.hand_in(b"two")
    assert states(desk) == ["waiting", "queued"]
