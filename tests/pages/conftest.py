"""A course that nobody serves, with its reader."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.course import Layout
from autograder.pages.courses import CourseReader
from autograder.people import Course

from .scene import Scene, write_course


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """Return a course with two assignments, both released, and nothing handed in."""
    from autograder.course import load_manifest
    from autograder.gradebook import GradebookWriter

    root = tmp_path / "course"
    write_course(root)
    monkeypatch.delenv("GRADLAB_DB_URL", raising=False)
    made = Scene(Layout(root, tmp_path / "home"))
    made.release("clipping", "tiny")
    with GradebookWriter(made.layout) as writer:
        for name in ("clipping", "tiny"):
            writer.register(load_manifest(made.layout, name))
    return made


@pytest.fixture
def reader(scene: Scene) -> CourseReader:
    """Return what pages read the course with."""
    return CourseReader(Course(scene.layout, scene.layout.course_id, (), scene.layout.home / "r"))
