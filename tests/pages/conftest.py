"""A course that nobody serves, with its reader."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from autograder.course import Layout
from autograder.formgrader.rights import MAY
from autograder.pages.courses import CourseReader
from autograder.pages.profile import Profiles
from autograder.pages.request import Site
from autograder.pages.streams import Streams
from autograder.pages.words import Clock
from autograder.people import Course
from autograder.people.roles import Role

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
def reader(scene: Scene) -> Iterator[CourseReader]:
    """Return what pages read the course with."""
    course = Course(scene.layout, scene.layout.course_id, (), scene.layout.home / "r")
    with closing(CourseReader(course)) as made:
        yield made


@pytest.fixture
def rendered(reader: CourseReader, tmp_path: Path) -> Callable[..., str]:
    """Return what draws a page of staff as it is sent: `rendered(template, role, **values)`."""
    site = Site(
        "/services/pages/", "/hub/", {reader.id: reader}, "UTC", Profiles(tmp_path), Streams(),
        None, None,  # type: ignore[arg-type]  # nothing runs, and nothing is drawn
    )  # fmt: skip
    templates = site.templates()

    def draw(template: str, role: Role = Role.INSTRUCTOR, **values: Any) -> str:
        frame = {
            "xsrf": "x", "person": "ines", "course": reader, "is_grader": True, "open_requests": 0,
            "rights": MAY[role], "several": False, "by_course": False,
            "clock": Clock(datetime.now(UTC)), "zones": ("UTC",), "here": "/h/",
        }  # fmt: skip
        return templates.get_template(template).render({**frame, **values})

    return draw
