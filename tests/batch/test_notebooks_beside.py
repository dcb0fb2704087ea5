"""Which of several notebooks in one submission is graded, and that it is said."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from autograder.course.manifest import Manifest
from autograder.course.notebooks import notebook_bytes, release_notebook, submission_notebook
from autograder.grading import Preparer
from autograder.grading.submission import notebooks_beside

ONE = {"size_answer": "size = 3"}
TWO = ONE | {"twice_answer": "def twice(x):\n    return 2 * x"}


def answered(manifest: Manifest, answers: dict[str, str]) -> bytes:
    return notebook_bytes(submission_notebook(manifest, answers))


@pytest.fixture
def untouched(manifest: Manifest) -> bytes:
    return notebook_bytes(release_notebook(manifest))


def test_a_solved_copy_beside_an_untouched_notebook_is_graded(
    preparer: Preparer, manifest: Manifest, untouched: bytes
) -> None:
    """JupyterLab's `-Copy1` counts where the first one was left as it came or cannot be read."""
    copy = answered(manifest, ONE)
    for first, why in ((untouched, "was left as it came"), (b"{", "could not be read")):
        prepared = preparer.prepare("tiny", first, {"tiny-Copy1.ipynb": copy})
        assert prepared.notebook.source("size_answer") == "size = 3"
        (note,) = prepared.notebook.repairs
        assert note.message == f"'tiny.ipynb' {why}; 'tiny-Copy1.ipynb' was graded in its place."
        assert prepared.keys.report != preparer.prepare("tiny", copy).keys.report


def test_of_several_copies_the_fullest_counts_and_all_are_named(
    preparer: Preparer, manifest: Manifest, untouched: bytes
) -> None:
    """The one with the most answers, by name where they have as many."""
    beside = {
        "a.ipynb": answered(manifest, ONE),
        "b.ipynb": answered(manifest, TWO),
        "c.ipynb": untouched,
        "d.ipynb": b"no notebook",
    }
    prepared = preparer.prepare("tiny", untouched, beside)
    assert prepared.notebook.source("twice_answer").endswith("2 * x")
    assert prepared.notebook.repairs[-1].message.endswith(
        "With answers there are 'a.ipynb', 'b.ipynb'."
    )


def test_an_answered_notebook_counts_and_what_lies_beside_it_is_named(
    preparer: Preparer, manifest: Manifest, untouched: bytes
) -> None:
    """What is under the assignment's name counts; untouched and strange ones need no word."""
    first = answered(manifest, ONE)
    prepared = preparer.prepare("tiny", first, {"old.ipynb": answered(manifest, TWO)})
    assert prepared.notebook.cells == preparer.prepare("tiny", first).notebook.cells
    (note,) = prepared.notebook.repairs
    assert note.message == "'tiny.ipynb' was graded; 'old.ipynb' beside it was not looked at."
    silent = preparer.prepare(
        "tiny", first, {"x.ipynb": untouched, "y.ipynb": b"", "z.ipynb": b"["}
    )
    assert silent == preparer.prepare("tiny", first)


def test_only_ordinary_files_lie_beside(tmp_path: Path) -> None:
    """Links, pipes and folders are passed over, and so is what is too much."""
    for name in ("tiny", "a", "b"):
        (tmp_path / f"{name}.ipynb").write_text(name)
    (tmp_path / "link.ipynb").symlink_to("/etc/passwd")
    os.mkfifo(tmp_path / "pipe.ipynb")
    (tmp_path / "folder.ipynb").mkdir()
    found = notebooks_beside(tmp_path / "tiny.ipynb")
    assert found == {"a.ipynb": b"a", "b.ipynb": b"b"}
    for number in range(50):
        (tmp_path / f"{number:02}.ipynb").touch()
    assert len(notebooks_beside(tmp_path / "tiny.ipynb")) <= 11
