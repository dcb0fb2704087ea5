"""Check files collected once by pytest, used as a library without its terminal and its files.

What it guarantees:

- Each check belongs to one graded cell of one assignment; a file that could not be collected, or
  that holds no check, is a problem of its cell alone.
- Checks find the fixtures `student`, `generator`, `rng` and `seed`, which are those of the check
  that runs now (`Plugin.current`).

What it does not do: read the repository's pytest settings, conftest files or installed plugins.
"""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
import torch
from _pytest.config import Config, get_config
from _pytest.main import Session

from autograder.checking.errors import CheckFault
from autograder.checking.marks import hint_of, weight_of
from autograder.checking.student import Student
from autograder.checking.text import cause_text, trace_text

_NOT_NEEDED = (
    "cacheprovider", "capture", "debugging", "doctest", "faulthandler", "junitxml", "legacypath",
    "logging", "pastebin", "setuponly", "setupplan", "skipping", "stepwise", "subtests", "terminal",
    "threadexception", "tmpdir", "unittest", "unraisableexception", "warnings",
)  # fmt: skip


@dataclass
class Check:
    """One check, its points and the author's hint."""

    item: pytest.Function
    name: str
    weight: float
    hint: str


@dataclass
class Collection:
    """All checks of all assignments, collected.

    Args:
        plugin: through which what happens in a check is seen.
        checks: (assignment, grade id) -> its checks.
        problems: (assignment, grade id) -> why the file could not be collected: in one line, and
            the author's lines of the traceback.
    """

    plugin: Plugin
    checks: dict[tuple[str, str], list[Check]] = field(default_factory=dict)
    problems: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)


class Plugin:
    """Our side of pytest: the fixtures, and which files could not be collected."""

    def __init__(self) -> None:
        self.collect_failures: dict[Path, BaseException] = {}
        self.current: Current | None = None

    def pytest_exception_interact(
        self, node: pytest.Item | pytest.Collector, call: pytest.CallInfo[object]
    ) -> None:
        """Keep what a file raised that could not be collected."""
        if call.excinfo is not None:
            raised = call.excinfo.value
            wrapped = isinstance(raised, pytest.Collector.CollectError) and raised.__cause__
            self.collect_failures[node.path] = wrapped or raised

    @pytest.fixture
    def seed(self) -> int:
        """Return the check's own seed."""
        return self._now().seed

    @pytest.fixture
    def generator(self) -> torch.Generator:
        """Return a torch generator, freshly seeded for this check."""
        return torch.Generator().manual_seed(self._now().seed)

    @pytest.fixture
    def rng(self) -> np.random.Generator:
        """Return a numpy generator, freshly seeded for this check."""
        return np.random.default_rng(self._now().seed)

    @pytest.fixture
    def student(self) -> Student:
        """Return the student's namespace."""
        return self._now().connect()

    def _now(self) -> Current:
        if self.current is None:
            raise CheckFault("a fixture was asked for outside of a check")
        return self.current


@dataclass
class Current:
    """The check that runs now."""

    seed: int
    connect: Callable[[], Student]


def collect(assignments: Mapping[str, Mapping[str, Path]]) -> Collection:
    """Import the check files and collect their checks.

    Args:
        assignments: assignment -> grade id -> check file.

    Raises:
        CheckFault: pytest itself could not be set up.
    """
    owners = {
        path.resolve(): (assignment, grade_id)
        for assignment, files in assignments.items()
        for grade_id, path in files.items()
    }
    plugin = Plugin()
    collection = Collection(plugin)
    if not owners:
        return collection
    session = _session(plugin, sorted(owners))
    for item in session.items:
        owner = owners.get(item.path.resolve())
        if owner is None or not isinstance(item, pytest.Function):
            continue
        name = item.nodeid.split("::", 1)[1]
        cases = sum(
            other.path == item.path and getattr(other, "originalname", "") == item.originalname
            and other.parent is item.parent
            for other in session.items
        )  # fmt: skip
        weight = weight_of(item.function) / max(1, cases)
        check = Check(item, name, weight, hint_of(item.function))
        collection.checks.setdefault(owner, []).append(check)
    for path, error in plugin.collect_failures.items():
        owner = owners.get(path.resolve())
        if owner is not None:
            collection.problems[owner] = (cause_text(error, path), trace_text(error, path.parent))
    for path, owner in owners.items():
        if owner not in collection.checks and owner not in collection.problems:
            collection.problems[owner] = (f"{path.name} has no check (no function test_*)", "")
    return collection


def _session(plugin: Plugin, paths: Sequence[Path]) -> Session:
    root = Path(os.path.commonpath([path.parent for path in paths]))
    arguments = [
        f"--rootdir={root}", "-c", os.devnull, "--noconftest", "--import-mode=importlib",
        "--assert=plain", *[part for name in _NOT_NEEDED for part in ("-p", f"no:{name}")],
    ]  # fmt: skip
    with _without_environment("PYTEST_ADDOPTS", "PYTEST_PLUGINS"):
        config: Config = get_config(arguments, [plugin])
        config.pluginmanager.register(plugin, "gradlab")
        try:
            config = config.pluginmanager.hook.pytest_cmdline_parse(
                pluginmanager=config.pluginmanager, args=arguments
            )
            config._do_configure()
            session = Session.from_config(config)
            config.hook.pytest_sessionstart(session=session)
            # not `perform_collect`: it lists every folder from the root down to each file
            modules = [pytest.Module.from_parent(session, path=path) for path in paths]
            session.items = [item for module in modules for item in session.genitems(module)]
        except (pytest.UsageError, Session.Failed, Session.Interrupted) as error:
            raise CheckFault(
                f"the checks cannot be collected: {error}", traceback.format_exc()
            ) from error
    return session


@contextmanager
def _without_environment(*names: str) -> Iterator[None]:
    kept = {name: os.environ.pop(name) for name in names if name in os.environ}
    before = os.environ.get("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    try:
        yield
    finally:
        os.environ.update(kept)
        if before is None:
            del os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"]
