"""A course with an exchange, hand-ins without a network, and a clock that tests set."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from autograder.course import Layout, load_manifest, notebook_bytes, submission_notebook
from autograder.feedback import FeedbackCourse
from autograder.feedback.outcomes import History
from gradlab_exchange.manifest import FileEntry, Manifest
from gradlab_exchange.names import TIMESTAMP_FORMAT
from gradlab_exchange.receipt import Receipt

NOON = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)


ESSAY = """
# %% [markdown] nbgrader={"grade_id": "why", "grade": true, "solution": true, "points": 2}
# ### BEGIN SOLUTION
# Because it is added to itself.
# ### END SOLUTION
"""
RIGHT, WRONG = "return x + x", "return 3 * x"


class Desk:
    """A course whose hand-ins a test puts there as the exchange does."""

    def __init__(self, layout: Layout) -> None:
        self.now = NOON
        self.layout = layout
        self.course = FeedbackCourse(layout, clock=lambda: self.now)
        self.course.store.make()
        self.clock = lambda: self.now.timestamp()

    def notebook(self, body: str, essay: str = "Because.", *, outputs: str = "") -> bytes:
        """Return a notebook with these answers, and perhaps an output in its first code cell."""
        manifest = load_manifest(self.layout, "tiny")
        answers = {"double": f"def double(x):\n    {body}", "why": essay}
        notebook = submission_notebook(manifest, answers)
        if outputs:
            cell = next(one for one in notebook["cells"] if one["cell_type"] == "code")
            cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": outputs}]
        return notebook_bytes(notebook)

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
def desk(layout: Layout) -> Iterator[Desk]:
    path = layout.solutions / "tiny" / "notebook.py"
    path.write_text(path.read_text() + ESSAY)
    made = Desk(layout)
    yield made
    made.course.close()
