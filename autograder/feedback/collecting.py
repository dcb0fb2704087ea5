"""Put the hand-in that counts where staff find it: nbgrader's submitted folder.

What it guarantees: it has the files that Collect would have brought; a person's folder there is the
old one or the new one. The log says it, as for a press of *Collect*.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from autograder.course.layout import Layout
from autograder.gradebook.autograded import TIMESTAMP_NAME, read_small
from autograder.handin.storage import CourseStore, Submission
from autograder.records import Actor, Event, Log
from gradlab_exchange.content import replace_folder

MOST_BYTES = 200  # of a file with a time


def folder_of(layout: Layout, submission: Submission) -> Path:
    """Return where what was collected of a student for an assignment lies."""
    return layout.submitted / submission.student / submission.assignment


def is_collected(layout: Layout, submission: Submission) -> bool:
    """Tell whether a hand-in is what was collected last."""
    stamp = read_small(folder_of(layout, submission) / TIMESTAMP_NAME, MOST_BYTES)
    return stamp is not None and stamp.strip() == submission.timestamp.encode()


def collect(layout: Layout, store: CourseStore, submission: Submission, actor: Actor) -> None:
    """Collect a hand-in, unless it is what was collected last.

    Raises:
        OSError: it cannot be read or written.
        LogError: the log cannot be written.
    """
    if is_collected(layout, submission):
        return
    target = folder_of(layout, submission)
    bundle = store.handed_in(submission)
    Log(store.log).record(
        Event.COLLECT,
        course=store.course,
        assignment=submission.assignment,
        student=submission.student,
        actor=actor,
        submission=submission.folder.name,
    )
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".collecting-") as workshop:
        new = target.parent / workshop / "new"
        for name, path in bundle.files:
            (new / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, new / name, follow_symlinks=False)
        new.mkdir(exist_ok=True)
        replace_folder(new, target)
