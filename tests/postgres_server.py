"""A PostgreSQL server of our own, for every test that needs one; it can be stopped and started."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
from pathlib import Path

from sqlalchemy import create_engine, text

_INSTALLED = Path("/usr/lib/postgresql")


def postgres_programs() -> Path | None:
    """Return the folder of the server's programs, `None` where there is no server."""
    found = sorted(_INSTALLED.glob("*/bin/initdb")) if _INSTALLED.is_dir() else []
    named = shutil.which("initdb")
    return found[-1].parent if found else Path(named).parent if named else None


class PostgresServer:
    """A server with its data and its socket in one folder.

    Args:
        programs: the folder of its programs.
        folder: an empty folder; short, since a socket lies there.
    """

    def __init__(self, programs: Path, folder: Path) -> None:
        self._folder = folder
        self._programs = programs
        self._numbers = itertools.count(1)
        self._account: dict = {}
        if os.geteuid() == 0:  # the server refuses to run as root
            shutil.chown(folder, "postgres")
            self._account = {"user": "postgres", "group": "postgres", "extra_groups": []}
        data = ("-D", str(folder / "data"))
        self._control = (str(programs / "pg_ctl"), *data, "-w")
        self._run(str(programs / "initdb"), *data, "-U", "gradlab", "-A", "trust", "-E", "UTF8")

    @property
    def url(self) -> str:
        """Return the address of the database that is always there."""
        return self._url("postgres")

    def start(self) -> None:
        """Start it and wait until it answers."""
        options = f"-k {self._folder} -c listen_addresses='' -c fsync=off"
        self._run(*self._control, "-l", str(self._folder / "log"), "-o", options, "start")

    def stop(self) -> None:
        """End it at once, as a crash would: connections break, nothing is tidied up."""
        self._run(*self._control, "-m", "immediate", "stop")

    def new_database(self) -> str:
        """Make an empty database; return its address."""
        name = f"gradebook{next(self._numbers)}"
        engine = create_engine(self.url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        engine.dispose()
        return self._url(name)

    def _url(self, database: str) -> str:
        return f"postgresql+psycopg://gradlab@/{database}?host={self._folder}"

    def _run(self, *command: str) -> None:
        done = subprocess.run(
            command, cwd=self._folder, capture_output=True, text=True, timeout=120, **self._account
        )
        assert done.returncode == 0, done.stdout + done.stderr
