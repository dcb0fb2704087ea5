"""What tests of several packages share: a grading service, a PostgreSQL server, a Slurm.

Hypothesis draws the same examples in every run, so that a run of CI says something about a change
and not about luck. `make proof` draws others: `--hypothesis-profile proof --hypothesis-seed N`.
"""

from __future__ import annotations

import os
import select
import signal
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import create_engine, text

from autograder.service import place
from autograder.service.client import Place

from .postgres_server import PostgresServer, postgres_programs
from .slurm_server import SlurmServer
from .tiny_course import course_folder, layout, tiny

__all__ = ["course_folder", "layout", "tiny"]  # fixtures are found by being here

# No deadline: how long one example takes is the machine's doing.
settings.register_profile("ci", derandomize=True, deadline=None)
settings.register_profile("proof", deadline=None, print_blob=True)
settings.load_profile("ci")
SUMMED_SECONDS = 60  # what took less needs no table of where its time went


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in which folders the time went, waiting and fixtures included."""
    seconds: Counter[str] = Counter()
    tests: Counter[str] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                folder = "/".join(report.nodeid.split("/")[:2])
                seconds[folder] += report.duration
                tests[folder] += report.when == "call"
    if sum(seconds.values()) > SUMMED_SECONDS:
        terminalreporter.section("seconds by folder")
        for folder, sum_of in seconds.most_common():
            terminalreporter.line(f"{sum_of:7.0f} {folder} ({tests[folder]} tests)")


@pytest.fixture(scope="session", autouse=True)
def own_grading_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Let all commands of a session of tests share one service, which nobody else has."""
    state = tmp_path_factory.mktemp("state")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(state))
        patch.delenv("GRADLAB_SERVICE", raising=False)
        folder = place.folder_path()
        yield folder
        answer = Place(folder).ask("status")
        if answer is not None:
            service = os.pidfd_open(answer["pid"])
            signal.pidfd_send_signal(service, signal.SIGTERM)
            select.select([service], [], [], 30)
            os.close(service)


@pytest.fixture(scope="module", autouse=True)
def same_environment(own_grading_service: Path) -> Iterator[None]:
    """Undo what libraries do to the environment of the tests, as dask does."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL server of our own, on a socket in a temporary folder."""
    programs = postgres_programs()
    if programs is None:
        pytest.skip("no PostgreSQL server here: install Debian's `postgresql`")
    with tempfile.TemporaryDirectory(prefix="gradlab-postgres-") as folder:
        server = PostgresServer(programs, Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.stop()


@pytest.fixture(scope="session")
def postgres(postgres_server: PostgresServer) -> str:
    """The address of its database."""
    return postgres_server.url


@pytest.fixture
def empty_postgres(postgres: str) -> str:
    """An empty database on the server."""
    engine = create_engine(postgres)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()
    return postgres


@pytest.fixture
def slurm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SlurmServer]:
    """Return a running Slurm of one node with two GPUs that are plain files."""
    server = SlurmServer(tmp_path_factory.mktemp("slurm"))
    try:
        server.start()
        yield server
    finally:
        server.close()
