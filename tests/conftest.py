"""What tests of several packages share: a PostgreSQL server, a Slurm, and how examples are drawn.

Hypothesis draws the same examples in every run, so that a run of CI says something about a change
and not about luck. `make proof` draws others: `--hypothesis-profile proof --hypothesis-seed N`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import create_engine, text

from .postgres_server import PostgresServer, postgres_programs
from .slurm_server import SlurmServer

# No deadline: how long one example takes is the machine's doing.
settings.register_profile("ci", derandomize=True, deadline=None)
settings.register_profile("proof", deadline=None, print_blob=True)
settings.load_profile("ci")


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
