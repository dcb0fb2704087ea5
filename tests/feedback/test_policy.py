"""When hand-ins are graded, and which one counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from autograder.course.feedback import Count, Feedback, Show, When
from autograder.course.problems import SourceError
from autograder.course.settings import read_settings
from autograder.feedback.policy import HandIn, counting, moments
from autograder.settings.errors import SettingsError

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def minutes(feedback: Feedback, *at: float, due: float | None = None, **of: HandIn) -> list[object]:
    """Return after how many minutes hand-ins of these minutes are graded."""
    hand_ins = [of.get(f"n{n}", HandIn(NOON + x * MINUTE)) for n, x in enumerate(at, start=1)]
    deadline = None if due is None else NOON + due * MINUTE
    found = moments(feedback, hand_ins, deadline)
    return [None if one is None else (one - NOON) / MINUTE for one in found]


def test_the_pause_grows_and_ends_at_its_last_value() -> None:
    """The first two verdicts come at once; then 1, 2, 4 … 30 minutes lie between them."""
    assert minutes(Feedback(), *[0.0] * 9) == [0, 0, 1, 3, 7, 15, 30, 60, 90]


def test_who_takes_their_time_never_waits() -> None:
    """A pause that is over is over."""
    assert minutes(Feedback(), 0, 10, 20, 30, 40) == [0, 10, 20, 30, 40]


def test_the_deadline_ends_pauses_of_what_came_in_time_only() -> None:
    """Late versions are paced as before: late work may count, too."""
    paced = Feedback(pause=(30.0,))
    assert minutes(paced, 0, 1, 2, 11, 12, due=10) == [0, 10, 10, 40, 70]


def test_over_the_limit_is_graded_at_the_deadline_or_by_staff() -> None:
    """Nothing that was handed in is lost."""
    two = Feedback(attempts=2, pause=())
    assert minutes(two, 0, 1, 2, 11, due=10) == [0, 1, 10, None]
    assert minutes(two, 0, 1, 2) == [0, 1, None]


def test_feedback_at_the_deadline_comes_then_and_late_work_is_paced() -> None:
    """Without a deadline staff grade."""
    then = Feedback(when=When.DEADLINE, pause=(5.0,))
    assert minutes(then, 0, 1, 12, 13, due=10) == [10, 10, 15, 20]
    assert minutes(then, 0, 1) == [None, None]


def test_the_same_content_and_what_cannot_be_read_use_no_attempt() -> None:
    """The same content never waits longer than what it is the same as."""
    two = Feedback(attempts=2, pause=(3.0,))
    same, unread = HandIn(NOON + MINUTE, same_as=1), HandIn(NOON + 2 * MINUTE, is_free=True)
    assert minutes(two, 0, 1, 2, 4, 5, n2=same, n3=unread) == [0, 1, 3, 4, None]


def test_last_counts_or_the_best_in_time() -> None:
    """Of equally good ones the newest; a late one only where none was in time."""
    due = NOON + 10 * MINUTE
    hand_ins = [HandIn(NOON + n * MINUTE, points=p) for n, p in enumerate((2.0, 5.0, 5.0, 1.0))]
    hand_ins += [HandIn(NOON + 20 * MINUTE, points=9.0), HandIn(NOON + 21 * MINUTE)]
    assert counting(Feedback(), hand_ins, due) == 6
    best = Feedback(count=Count.BEST)
    assert counting(best, hand_ins, due) == 3
    assert counting(best, hand_ins, None) == 5
    assert counting(best, hand_ins[4:], due) == 2
    assert counting(best, [], due) == 0


def test_an_assignment_changes_what_it_names() -> None:
    """The rest stays the course's."""
    course = Feedback(show=Show.HINTS, attempts=5)
    changed = course.changed_by({"when": "release", "pause": [0, 2.5], "count": "best"})
    assert changed == Feedback(When.RELEASE, Show.HINTS, 5, (0.0, 2.5), Count.BEST)


def test_every_mistake_is_said() -> None:
    """With what was expected."""
    with pytest.raises(SettingsError) as caught:
        Feedback().changed_by({"whn": 1, "when": "now", "pause": 5, "attempts": "2x"})
    for said in ("'whn'", "'submit' or 'deadline'", "a list of minutes", "a whole number"):
        assert said in str(caught.value)
    for table in ({"attempts": -1}, {"pause": [-1]}, {"pause": [1e9]}, {"pause": ["nan"]}):
        with pytest.raises(SettingsError):
            Feedback().changed_by(table)


def test_a_build_names_mistakes_with_their_line(tmp_path: Path) -> None:
    """In the author's file."""
    path = tmp_path / "assignment.toml"
    path.write_text('title = "T"\n\n[feedback]\nshow = "all"\n')
    with pytest.raises(SourceError, match=r"assignment.toml:3: \[feedback\]: show is 'all'"):
        read_settings(tmp_path)
    path.write_text('title = "T"\n\n[feedback]\nshow = "points"\n')
    assert read_settings(tmp_path).feedback == {"show": "points"}
