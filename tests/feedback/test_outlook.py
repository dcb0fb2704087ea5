"""What is said with a receipt: by the server as data, by the client in words."""

from __future__ import annotations

import hashlib
from datetime import UTC
from typing import Any

import pytest

from autograder.feedback.outlook import ahead, outlook
from autograder.handin.exchange import Exchange, Grading
from autograder.handin.identity import Caller
from autograder.handin.service import Said, ServedCourse
from autograder.handin.settings import ExchangeSettings
from gradlab_exchange.ahead import of_exchange
from gradlab_exchange.manifest import FileEntry, Manifest
from gradlab_exchange.outlook import words

from .conftest import Desk
from .test_attempts import set_due


def said(desk: Desk, name: str) -> str:
    """Return the words about one of alice's hand-ins."""
    found = outlook(desk.course, "alice", "tiny", name.split("+")[2])
    assert found is not None
    return words(found, UTC)


def test_each_hand_in_is_answered_in_words(desk: Desk) -> None:
    """In time or late, which attempt, and when its verdict comes."""
    desk.set_feedback("pause = [0, 60]\nattempts = 4")
    first = desk.hand_in(b"one")
    assert said(desk, first) == "Received 12:00 UTC, attempt 1; graded at once."
    set_due(desk, minutes=30)
    assert said(desk, first) == "Received 12:00 UTC, in time, attempt 1; graded at once."
    desk.move(minutes=1)
    desk.hand_in(b"two")
    desk.move(minutes=1)
    third = desk.hand_in(b"three")
    assert said(desk, third).endswith("attempt 3; graded at 12:30, at the deadline.")
    desk.move(minutes=1)
    same = desk.hand_in(b"one")
    assert "attempt 4 with the answers of attempt 1, whose verdict it has" in said(desk, same)
    desk.move(minutes=60)
    late = desk.hand_in(b"four")
    assert said(desk, late) == (
        "Received 13:03 UTC, late, attempt 5; graded at 13:30, when the pause ends."
    )
    desk.move(seconds=1)
    over = desk.hand_in(b"five")
    assert "over the limit of 4; graded when your instructor grades." in said(desk, over)


def test_what_is_shown_later_is_said(desk: Desk) -> None:
    """At the release, or another day."""
    desk.set_feedback('when = "release"')
    name = desk.hand_in(b"one")
    assert said(desk, name).endswith("you see the verdict when feedback is released.")
    desk.set_feedback('when = "deadline"')
    assert said(desk, name).endswith("graded when your instructor grades.")
    set_due(desk, days=3)
    assert said(desk, name).endswith("graded at 12:00 on 24 November, at the deadline.")


def digest(data: bytes) -> str:
    """Return what a client calls one notebook's content."""
    entry = FileEntry("tiny.ipynb", len(data), hashlib.sha256(data).hexdigest())
    return Manifest((entry,)).digest


def test_before_a_hand_in_is_said_what_would_become_of_it(desk: Desk) -> None:
    """Late, unchanged since some attempt, over the limit; in the zone of the course."""
    desk.set_feedback("attempts = 2")
    (desk.layout.root / "course.toml").write_text('[course]\ntimezone = "Europe/Zurich"\n')

    def warned(data: bytes) -> list[str]:
        return of_exchange(ahead(desk.course, "alice", "tiny", digest(data)))

    assert warned(b"one") == []
    desk.hand_in(b"one")
    assert warned(b"one") == [
        "Nothing has changed since attempt 1, which is stored with its receipt."
    ]
    desk.move(minutes=1)
    desk.hand_in(b"two")
    assert warned(b"one") == ["It is what attempt 1 was: it would get that verdict."]
    (over,) = warned(b"three")
    assert over.startswith("All 2 attempts are used")
    set_due(desk, minutes=2)
    desk.move(minutes=5)
    late, _over = warned(b"three")
    assert late == "The deadline was 21 November, 13:02 CET: it would be late."
    assert ahead(desk.course, "bob", "tiny", digest(b"one"))["same_as"] == 0


@pytest.mark.parametrize(
    "damaged",
    [
        {}, {"received_at": 3}, {"received_at": "today", "attempt": 1},
        {"received_at": "2026-11-21T16:47:03+00:00", "attempt": [], "grading": "pause"},
        {"received_at": "2026-11-21T16:47:03+00:00", "attempt": 1, "grading": "pause"},
    ],
)  # fmt: skip
def test_other_words_are_no_error(damaged: dict[str, Any]) -> None:
    """The submission is stored, whatever an exchange of another version says."""
    assert words(damaged, UTC) == ""


def test_what_fails_costs_no_receipt(desk: Desk) -> None:
    """The exchange answers with the receipt alone."""

    class Failing(Grading):
        """The gradebook is gone."""

        def outlook(self, course: str, receipt: Any) -> Any:
            """Fail."""
            raise RuntimeError("no gradebook")

        ahead = outlook

    class Speaking(Grading):
        """All is well."""

        def outlook(self, course: str, receipt: Any) -> Any:
            """Say something."""
            return {"attempt": 1}

    stores = {"deep-learning": desk.course.store}
    done = {"receipt": {"student": "alice"}}
    failing = Exchange(stores, ExchangeSettings(), lambda: desk.now, Failing())
    assert failing._with_outlook("deep-learning", done) == done
    alice = Caller("alice", frozenset({"nbgrader-deep-learning"}))
    assert failing.ahead(alice, "deep-learning", "tiny", "") == {}
    speaking = Exchange(stores, ExchangeSettings(), lambda: desk.now, Speaking())
    assert speaking._with_outlook("deep-learning", done)["outlook"] == {"attempt": 1}


def test_the_service_says_it_for_its_courses(desk: Desk) -> None:
    """And nothing for others."""
    name = desk.hand_in(b"one")
    store = desk.course.store
    say = Said([ServedCourse("deep-learning", store.folder, store.log, "", desk.layout)])
    receipt = {"student": "alice", "assignment": "tiny", "timestamp": name.split("+")[2]}
    found = say.outlook("deep-learning", receipt)
    assert found is not None
    assert (found["attempt"], found["grading"]) == (1, "at once")
    assert say.outlook("statistics", receipt) is None
