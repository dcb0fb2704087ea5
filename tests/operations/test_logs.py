"""The log of the hub and all that it starts."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from autograder.hub import SettingsError
from autograder.operations.logs import LineFormat, LogPump
from autograder.operations.settings import OperationsSettings

NOW = datetime(2026, 5, 4, tzinfo=UTC)


def pump(log: Path, command: str, **settings: object) -> None:
    made = LogPump(log, OperationsSettings(**settings))  # type: ignore[arg-type]
    process = subprocess.Popen(["/bin/bash", "-c", command], stdout=made.write_end)
    made.start()
    assert process.wait(60) == 0
    made.finish(60)


def test_rotation_loses_no_line_and_bounds_the_space(tmp_path: Path) -> None:
    """All lines that fit into the kept files are there, in order, and no file grows beyond it."""
    log = tmp_path / "log"
    pump(log, "seq 1 4000", log_bytes=10_000, log_files=3)
    files = [log.with_name(f"log.{number}") for number in (3, 2, 1)] + [log]
    assert all(file.stat().st_size <= 10_000 for file in files if file.exists())
    lines = "".join(file.read_text() for file in files if file.exists()).split()
    assert lines == [str(number) for number in range(4001 - len(lines), 4001)]
    assert len(lines) > 3000


def test_a_line_without_end_is_bounded(tmp_path: Path) -> None:
    """A process that never ends a line cannot make the log grow without limit."""
    log = tmp_path / "log"
    pump(log, "head -c 3000000 /dev/zero | tr '\\0' x; echo; echo end", log_bytes=20_000)
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) < 150_000
    assert log.read_text().splitlines()[-1] == "end"


@pytest.mark.parametrize(
    ("raw", "level", "source", "message"),
    [
        (b"[I 2026-05-04 12:00:00.123 JupyterHub app:3352] up\n", "info", "JupyterHub", "up"),
        (b"[W 2026-05-04 12:00:00.123 LabApp] odd\n", "warning", "LabApp", "odd"),
        (b"12:00:00.123 [ConfigProxy] \x1b[32minfo\x1b[39m: on\n", "info", "ConfigProxy", "on"),
        (b"[E 2026-05-04 12:00:00,123 gradlab.health] no\n", "error", "gradlab.health", "no"),
    ],
)
def test_marks_of_programs_become_fields(raw: bytes, level: str, source: str, message: str) -> None:
    """Level and source of each program's own format are read; what follows unmarked keeps them."""
    form = LineFormat(as_json=True)
    line = json.loads(form.line(raw, NOW))
    assert (line["level"], line["source"], line["message"]) == (level, source, message)
    following = json.loads(form.line(b"  File \xff x\n", NOW))
    assert (following["level"], following["source"]) == (level, source)


def test_a_full_disk_does_not_stop_the_hub() -> None:
    """Lines are lost, and what writes them goes on."""
    pump(Path("/dev/full"), "seq 1 20000")


def test_every_mistake_of_the_settings_is_said() -> None:
    """All that is wrong is in one message."""
    with pytest.raises(SettingsError) as caught:
        OperationsSettings(log_format="xml", log_bytes=1, idle_seconds=5, starts_at_once=0)
    for part in ("xml", "log_bytes", "idle_seconds is 5", "starts_at_once"):
        assert part in str(caught.value)
