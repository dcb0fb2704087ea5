"""Grading on submit behind a real hub: from the student's press of a button to the verdict."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path

import pytest

from autograder.course import load_manifest, notebook_bytes, submission_notebook
from autograder.feedback import FeedbackCourse, State, attempts_of
from autograder.service.client import Place
from gradlab_exchange.outlook import words

from ..exchange_hub import COURSE, RealHub, content_of, folder_with, wait_until
from ..tiny_course import write_tiny

STUDENTS = tuple(f"student{number}" for number in range(12))
PATIENCE_SECONDS = 120.0


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealHub]:
    made = RealHub(tmp_path_factory.mktemp("hub"), students=STUDENTS, grades=True)
    write_tiny(made.layout(COURSE).root)
    made.start()
    try:
        yield made
    finally:
        made.stop()


@pytest.fixture(scope="module")
def course(hub: RealHub) -> Iterator[FeedbackCourse]:
    made = FeedbackCourse(hub.layout(COURSE))
    yield made
    made.close()


def hand_in(hub: RealHub, folder: Path, student: str, body: str) -> str:
    """Hand in an answer as a student's client does; return what is said."""
    manifest = load_manifest(hub.layout(COURSE), "tiny")
    notebook = submission_notebook(manifest, {"double": f"def double(x):\n    {body}"})
    work = folder_with(folder / student, {"tiny.ipynb": notebook_bytes(notebook)})
    with content_of(work) as content:
        _receipt, said = hub.client(student).submit_and_hear(COURSE, "tiny", content)
    return words(said, UTC)


def all_graded(course: FeedbackCourse, *students: str) -> bool:
    found = [attempts_of(course, student, "tiny")[-1] for student in students]
    return all(one.state is State.GRADED for one in found)


def test_who_hands_in_is_told_and_has_the_verdict(
    hub: RealHub, course: FeedbackCourse, tmp_path: Path
) -> None:
    """Nobody collects, grades or releases anything."""
    said = hand_in(hub, tmp_path, "student0", "return x + x")
    assert said.startswith("Received ")
    assert said.endswith(" UTC, attempt 1; graded at once.")
    wait_until(lambda: all_graded(course, "student0"), PATIENCE_SECONDS)
    (one,) = attempts_of(course, "student0", "tiny")
    assert (one.points, one.max_points) == (3.0, 3.0)
    assert one.receipt is not None


def test_none_is_lost_when_services_and_hub_are_killed_in_between(
    hub: RealHub, course: FeedbackCourse, tmp_path: Path
) -> None:
    """The grading service, the process that orders, and then the hub: each without a warning."""
    slow = "import time; time.sleep(0.5); return x + x"
    for student in STUDENTS[1:5]:
        hand_in(hub, tmp_path, student, slow)
    answer = Place().ask("status")
    assert answer is not None

    os.kill(answer["pid"], signal.SIGKILL)
    for student in STUDENTS[5:8]:
        hand_in(hub, tmp_path, student, slow)
    _keeper, worker = hub.service("autograder.feedback.service")
    worker.kill()
    for student in STUDENTS[8:10]:
        hand_in(hub, tmp_path, student, slow)
    wait_until(lambda: all_graded(course, *STUDENTS[1:10]), PATIENCE_SECONDS)
    for student in STUDENTS[10:]:
        hand_in(hub, tmp_path, student, slow)
    hub.stop(signal.SIGKILL)
    hub.start()
    wait_until(lambda: all_graded(course, *STUDENTS), PATIENCE_SECONDS)
    for student in STUDENTS:
        (one,) = attempts_of(course, student, "tiny")
        assert (one.points, one.state) == (3.0, State.GRADED), student
