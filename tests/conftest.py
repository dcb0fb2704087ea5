"""What tests of several packages share: a PostgreSQL server and a Slurm of their own."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from .postgres_server import PostgresServer, postgres_programs
from .slurm_server import SlurmServer


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
