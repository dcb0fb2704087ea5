"""A course with an exchange, hand-ins without a network, and a clock that tests set."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta

import pytest

from autograder.course import Layout
from autograder.feedback import FeedbackCourse
from autograder.feedback.outcomes import History
from gradlab_exchange.manifest import FileEntry, Manifest
from gradlab_exchange.names import TIMESTAMP_FORMAT
from gradlab_exchange.receipt import Receipt

NOON = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)


class Desk:
    """A course whose hand-ins a test puts there as the exchange does."""

    def __init__(self, layout: Layout) -> None:
        self.now = NOON
        self.layout = layout
        self.course = FeedbackCourse(layout, clock=lambda: self.now)
        self.course.store.make()

    def move(self, **by: float) -> None:
        """Let time pass."""
        self.now += timedelta(**by)

    def set_feedback(self, text: str) -> None:
        """Write the assignment's settings."""
        path = self.layout.solutions / "tiny" / "assignment.toml"
        path.write_text(f'title = "Tiny"\n\n[feedback]\n{text}\n')

    def hand_in(self, data: bytes, student: str = "alice", *, receipt: bool = True) -> str:
        """Store a submission of one notebook; return its folder's name."""
        timestamp = self.now.strftime(TIMESTAMP_FORMAT)
        number = hashlib.sha256(f"{student}{timestamp}".encode()).hexdigest()[:16]
        name = f"{student}+tiny+{timestamp}+{number}"
        folder = self.course.store.inbound / name
        folder.mkdir()
        (folder / "tiny.ipynb").write_bytes(data)
        (folder / "timestamp.txt").write_text(timestamp)
        (folder / "submission_secret.txt").write_text(number * 8)
        if receipt:
            entry = FileEntry("tiny.ipynb", len(data), hashlib.sha256(data).hexdigest())
            digest = Manifest((entry,)).digest
            moment = self.now.isoformat()
            stored = Receipt(
                number, "deep-learning", "tiny", student, timestamp, moment, moment, digest,
                (entry,),
            )  # fmt: skip
            path = self.course.store.receipts / student / "tiny" / f"{timestamp}.json"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(stored.to_json() | {"keys": []}))
        return name

    def know(self, name: str, **changes: object) -> None:
        """Write down what became of a hand-in."""
        student = name.partition("+")[0]
        history: History = self.course.outcomes.read(student, "tiny")
        self.course.outcomes.write(student, "tiny", history.having(name, **changes))


@pytest.fixture
def desk(layout: Layout) -> Desk:
    made = Desk(layout)
    yield made
    made.course.close()
