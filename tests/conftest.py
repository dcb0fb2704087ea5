"""What tests of several packages share: a PostgreSQL server and a Slurm of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from .slurm_server import SlurmServer

POSTGRES = Path("/usr/lib/postgresql")


def _postgres_programs() -> Path | None:
    found = sorted(POSTGRES.glob("*/bin/initdb")) if POSTGRES.is_dir() else []
    named = shutil.which("initdb")
    return found[-1].parent if found else Path(named).parent if named else None


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A PostgreSQL server of our own, on a socket in a temporary folder."""
    programs = _postgres_programs()
    if programs is None:
        pytest.skip("no PostgreSQL server here: install Debian's `postgresql`")
    with tempfile.TemporaryDirectory(prefix="gradlab-postgres-") as folder:
        yield from _served(programs, Path(folder))


def _served(programs: Path, folder: Path) -> Iterator[str]:
    account: dict = {}
    if os.geteuid() == 0:  # the server refuses to run as root
        shutil.chown(folder, "postgres")
        account = {"user": "postgres", "group": "postgres", "extra_groups": []}
    data, log = folder / "data", folder / "log"
    options = f"-k {folder} -c listen_addresses='' -c fsync=off"

    def run(*command: str) -> None:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=120, **account
        )
        assert done.returncode == 0, done.stdout + done.stderr

    run(str(programs / "initdb"), "-D", str(data), "-U", "gradlab", "-A", "trust", "-E", "UTF8")
    control = (str(programs / "pg_ctl"), "-D", str(data), "-w")
    run(*control, "-l", str(log), "-o", options, "start")
    try:
        yield f"postgresql+psycopg://gradlab@/postgres?host={folder}"
    finally:
        run(*control, "-m", "immediate", "stop")


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
