"""Grading on submit as a process beside the exchange: `python -m autograder.feedback.service`.

The hub starts it, as a service without an address. When it crashes it is there again in a moment.

What it guarantees: its end loses nothing, whenever it comes; so it is not waited for.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import logging
import os
import socket
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from autograder.course.layout import Layout
from autograder.feedback.course import FeedbackCourse
from autograder.feedback.grader import LOOK_SECONDS, OnSubmit
from autograder.handin.worker import keep
from autograder.linux.kernel import die_with_parent
from autograder.service.course import layout_of
from autograder.service.protocol import Tenant

LOCK = ".lock"
VARIABLE = "GRADLAB_SERVED_FEEDBACK"


def to_text(layouts: Sequence[Layout], *, follows_collect: bool) -> str:
    """Return what `courses_from` reads."""
    tenants = [asdict(Tenant.of(layout)) for layout in layouts]
    return json.dumps({"courses": tenants, "follows_collect": follows_collect})


def courses_from(text: str) -> list[FeedbackCourse]:
    """Return the courses that the hub's configuration names."""
    value = json.loads(text)
    return [
        FeedbackCourse(layout_of(Tenant(**one)), follows_collect=value["follows_collect"])
        for one in value["courses"]
    ]


def serve(_sockets: Sequence[socket.socket] = ()) -> None:
    """Grade what is handed in, until a signal ends the process."""
    courses = courses_from(os.environ[VARIABLE])
    with contextlib.ExitStack() as stack:
        for course in courses:
            stack.enter_context(_alone(course.layout.attempts))
        grader = OnSubmit(courses)
        logging.getLogger("gradlab.feedback").info("grading what is handed in")
        while True:
            grader.look()
            time.sleep(LOOK_SECONDS)


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Wait until no process of another hub writes outcomes there, and let none."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK).open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def main() -> None:
    """Serve as the environment says."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    die_with_parent()  # a hub that was killed leaves none of its own
    raise SystemExit(keep(serve, ()))


if __name__ == "__main__":
    main()
