"""`course.toml`: what a course has decided, every mistake said, and what late work costs."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.course.problems import CourseError
from autograder.course.rules import CourseRules, LatePolicy, Unit, read_rules

DAY = 86_400


def test_without_a_file_everything_has_its_default(tmp_path: Path) -> None:
    """Late work costs nothing, and the machine's zone counts."""
    rules = read_rules(tmp_path)
    assert rules == CourseRules()
    assert rules.late.is_free
    assert rules.zone is None


def test_a_file_that_changed_is_read_again(tmp_path: Path) -> None:
    """A long-lived process sees what was written."""
    file = tmp_path / "course.toml"
    file.write_text('[course]\ntimezone = "Europe/Zurich"\n[late]\npercent = 10\n')
    assert read_rules(tmp_path).late == LatePolicy(percent=10)
    assert str(read_rules(tmp_path).zone) == "Europe/Zurich"
    file.write_text('[late]\npercent = 2.5\nper = "hour"\nfloor_percent = 50\n')
    assert read_rules(tmp_path).late == LatePolicy(percent=2.5, per=Unit.HOUR, floor_percent=50)


def test_every_mistake_is_said_at_once(tmp_path: Path) -> None:
    """With the table it stands in, and what was expected."""
    (tmp_path / "course.toml").write_text(
        '[course]\ntimezone = "Mars/Olympus"\n[late]\npercent = 200\nper = "week"\nfloor = 1\n[x]\n'
    )
    with pytest.raises(CourseError) as caught:
        read_rules(tmp_path)
    said = str(caught.value)
    for part in ("course.toml", "Mars/Olympus", "'hour' or 'day'", "'floor' is no setting", "'x'"):
        assert part in said, part
    (tmp_path / "course.toml").write_text("[late]\npercent = 200\ngrace_minutes = nan\n")
    with pytest.raises(CourseError, match=r"percent is 200(.|\n)*0 to 100") as caught:
        read_rules(tmp_path)
    assert "grace_minutes is nan" in str(caught.value)
    (tmp_path / "course.toml").write_text("[late")
    with pytest.raises(CourseError, match=r"course\.toml"):
        read_rules(tmp_path)


@pytest.mark.parametrize(
    ("policy", "late", "left", "penalty"),
    [
        (LatePolicy(), 100 * DAY, 0, 0.0),
        (LatePolicy(percent=10), 0, 0, 0.0),
        (LatePolicy(percent=10), 1, 0, 1.0),
        (LatePolicy(percent=10), DAY, 0, 1.0),
        (LatePolicy(percent=10), DAY + 1, 0, 2.0),
        (LatePolicy(percent=10), 30 * DAY, 0, 10.0),
        (LatePolicy(percent=10, floor_percent=40), 30 * DAY, 0, 6.0),
        (LatePolicy(percent=10, grace_minutes=10), 600, 0, 0.0),
        (LatePolicy(percent=10, grace_minutes=10), 601, 0, 1.0),
        (LatePolicy(percent=1, per=Unit.HOUR), 3 * 3_600 + 1, 0, 0.4),
        (LatePolicy(percent=10, late_days=3), 2 * DAY + 1, 3, 0.0),
        (LatePolicy(percent=10, late_days=3), 2 * DAY + 1, 2, 1.0),
        (LatePolicy(percent=10, late_days=3), 2 * DAY + 1, 0, 3.0),
    ],
)
def test_what_late_work_costs(policy: LatePolicy, late: int, left: int, penalty: float) -> None:
    """Started units, after the grace and the late days that are left, down to the floor."""
    assert policy.penalty(10.0, late, left) == pytest.approx(penalty)
    assert policy.penalty(-2.0, late, left) == 0.0


def test_late_days_are_used_whole_and_only_behind_the_grace() -> None:
    """A minute is a day, a minute of grace is none."""
    policy = LatePolicy(grace_minutes=1, late_days=5)
    assert [policy.days_used(late, 5) for late in (60, 61, DAY, DAY + 1, 9 * DAY)] == [
        0, 1, 1, 2, 5,
    ]  # fmt: skip
