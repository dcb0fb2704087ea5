"""What tests of the service share: a tiny course, a class, a running service."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder.course import Layout

from ..batch.conftest import layout, manifest, preparer  # noqa: F401  # fixtures here, too
from ..robustness.course import make_course
from .commands import Running


@pytest.fixture
def shared(own_grading_service: Path) -> Running:
    """The service of all tests; it runs when a command has asked for it."""
    return Running(own_grading_service)


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    """A service of this test alone, started by the first command of it; gone at the end."""
    folder = tmp_path / "service"
    monkeypatch.setenv("GRADLAB_SERVICE", str(folder))
    running = Running(folder)
    yield running
    if running.is_up:
        assert running.stop() == []
        left = {path.name for path in folder.iterdir()}
        assert left <= {"lock", "starting", "log", "queue.db"}, left


@pytest.fixture(scope="module")
def classroom(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    """The tiny course with its class."""
    return make_course(tmp_path_factory.mktemp("classroom"))
