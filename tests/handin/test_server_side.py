"""nbgrader's tools on the server work on what came over the network, and the other way round."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

import pytest

from autograder.course import Layout
from autograder.handin.course_exchange import CourseExchange
from autograder.handin.exchange import Exchange
from autograder.handin.identity import Caller
from autograder.handin.settings import ExchangeSettings
from autograder.handin.storage import CourseStore
from autograder.hub.serving import release_course
from autograder.sessions.folders import HubFolders


# when it releases feedback, nbgrader misspells `authenticator` and leaves a file to the collector
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore:Passing unrecognized arguments:DeprecationWarning")
def test_both_ways_meet_in_the_same_folders(layout: Layout) -> None:
    """What the server releases is given out; what students send, the server's tools collect."""
    HubFolders(layout).make()
    release_course(layout, lambda _line: None)
    course = layout.course_id
    store = CourseStore(course, layout.exchange / course, layout.log)
    exchange = Exchange({course: store}, ExchangeSettings(), lambda: datetime.now(UTC))
    alice = Caller("alice", frozenset({f"nbgrader-{course}"}))
    released = exchange.assignment(alice, course, "tiny")
    assert "tiny.ipynb" in dict(released.files)
    work = dict(released.files)["tiny.ipynb"].read_bytes() + b"\n"
    said: dict[str, Any] = {
        "kind": "submission", "assignment": "tiny", "key": "k" * 32,
        "files": [{"path": "tiny.ipynb", "size": len(work),
                   "sha256": hashlib.sha256(work).hexdigest()}],
    }  # fmt: skip
    upload = exchange.begin(alice, course, said, exchange.clock())["upload"]
    uploads, found = exchange.open_upload(alice, course, upload, 0)
    uploads.part(found).write_bytes(work)
    receipt = exchange.finish(uploads, found, exchange.clock())["receipt"]
    CourseExchange(layout).collect("tiny")
    collected = layout.submitted / "alice" / "tiny"
    assert (collected / "tiny.ipynb").read_bytes() == work
    assert (collected / "timestamp.txt").read_text() == receipt["timestamp"]
    feedback = layout.feedback / "alice" / "tiny"
    feedback.mkdir(parents=True)
    (feedback / "tiny.html").write_text("3 of 3")
    for mark in ("timestamp.txt", "submission_secret.txt"):
        (feedback / mark).write_bytes((collected / mark).read_bytes())
    CourseExchange(layout).release_feedback("tiny")
    ((name, page),) = exchange.feedback(alice, course, "tiny", receipt["timestamp"]).files
    assert (name, page.read_text()) == ("tiny.html", "3 of 3")
