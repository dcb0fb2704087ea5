"""The autograded folders of submissions, written by several programs at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from autograder.course import Layout, Manifest
from autograder.gradebook.autograded import AutogradedFolder

MOMENT = datetime(2026, 5, 4, 12, 30, tzinfo=UTC)
TIMES = 150


def test_two_programs_write_one_folder_one_after_the_other(
    layout: Layout, manifest: Manifest
) -> None:
    """Neither removes what the other is about to put in place; whole notebooks come of it."""
    texts = [letter * 200_000 for letter in "ab"]

    def program(text: str) -> None:
        folder = AutogradedFolder(layout)  # with descriptors, and so locks, of its own
        for _ in range(TIMES):
            folder.write("ada", manifest, text, MOMENT)

    with ThreadPoolExecutor(2) as programs:
        list(programs.map(program, texts))
    folder = layout.autograded / "ada" / manifest.assignment
    assert (folder / manifest.notebook_name).read_text() in texts
    assert not list(folder.glob(".*"))
