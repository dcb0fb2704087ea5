"""Times in the reader's zone, and spans that are never rounded up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from autograder.pages import words
from autograder.pages.profile import Profiles
from autograder.pages.words import Clock

NOW = datetime(2026, 12, 1, 15, 50, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        ("Europe/Berlin", "Thu 3 Dec, 23:59"),
        ("America/New_York", "Thu 3 Dec, 17:59"),
        ("Pacific/Kiritimati", "Fri 4 Dec, 12:59"),
        ("Nowhere/Else", "Thu 3 Dec, 22:59"),
    ],
)
def test_a_deadline_is_in_the_person_s_zone(zone: str, said: str) -> None:
    """The same moment is another hour, even another day; an unknown zone is UTC."""
    due = datetime(2026, 12, 3, 22, 59, tzinfo=UTC)
    assert Clock(NOW, zone).short(due) == said


def test_another_year_is_said() -> None:
    """A deadline in January names its year in December, by the reader's calendar."""
    due = datetime(2027, 1, 7, 22, 59, tzinfo=UTC)
    assert Clock(NOW, "Europe/Berlin").long(due) == "Thursday 7 January 2027, 23:59"
    assert Clock(due, "Europe/Berlin").short(due) == "Thu 7 Jan, 23:59"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "less than a minute"),
        (59, "less than a minute"),
        (61, "1 minute"),
        (7199, "1 hour 59 minutes"),
        (86400 + 59, "1 day"),
        (2 * 86400 + 7 * 3600, "2 days 7 hours"),
        (9 * 86400 + 7 * 3600, "9 days"),
    ],
)
def test_spans(seconds: float, said: str) -> None:
    """Two units at most; hours say nothing when there are days enough."""
    assert words.span(seconds) == said


def test_nothing_is_left_of_what_is_past() -> None:
    """A deadline that is over has no time left."""
    assert Clock(NOW).left(NOW) == ""
    assert Clock(NOW).left(NOW + timedelta(hours=2)) == "2 hours left"


def test_a_profile_is_kept_for_any_name_and_only_with_a_zone_that_there_is(tmp_path: Path) -> None:
    """Names cannot leave the folder; a wrong zone is refused, a damaged file is none."""
    profiles = Profiles(tmp_path / "profiles")
    assert profiles.zone("alice") == ""
    for name in ("alice", "../../alice", "a" * 300, "al\x00ice"):
        profiles.keep_zone(name, "Asia/Tokyo")
        assert profiles.zone(name) == "Asia/Tokyo"
    assert {path.parent for path in tmp_path.rglob("*.json")} == {tmp_path / "profiles"}
    for wrong in ("Mars/Olympus", "../etc/passwd", "/etc/localtime", "<b>"):
        with pytest.raises(ValueError, match="no time zone"):
            profiles.keep_zone("alice", wrong)
    profiles.keep_zone("alice", "")
    assert profiles.zone("alice") == ""
    for path in (tmp_path / "profiles").iterdir():
        path.write_text('{"zone": 7')
    assert profiles.zone("../../alice") == ""


def test_the_machine_s_zone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By TZ, else by the link of the system; UTC where neither says anything known."""
    link = tmp_path / "localtime"
    monkeypatch.delenv("TZ", raising=False)
    assert words.zone_of_machine(link) == "UTC"
    (tmp_path / "zoneinfo" / "Europe").mkdir(parents=True)
    (tmp_path / "zoneinfo" / "Europe" / "Zurich").touch()
    link.symlink_to(tmp_path / "zoneinfo" / "Europe" / "Zurich")
    assert words.zone_of_machine(link) == "Europe/Zurich"
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    assert words.zone_of_machine(link) == "Asia/Tokyo"
