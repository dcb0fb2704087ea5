"""Units of the hub and its backup, checked by systemd's own programs; no systemd runs here."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from .conftest import DEPLOY

UNITS = sorted(path for path in (DEPLOY / "systemd").iterdir() if path.suffix != ".toml")
pytestmark = pytest.mark.skipif(
    not shutil.which("systemd-analyze"), reason="needs Debian's systemd"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the units as on a machine where gradlab is installed."""
    for unit in UNITS:
        program = tmp_path / "gradlab"
        text = unit.read_text().replace("/opt/gradlab/bin/gradlab", str(program))
        (tmp_path / unit.name).write_text(text)
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)
    return tmp_path


def verify(folder: Path) -> str:
    """Return what `systemd-analyze verify` says about our units."""
    ours = [str(folder / unit.name) for unit in UNITS]
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *ours], capture_output=True, text=True
    )
    return "\n".join(line for line in done.stderr.splitlines() if "gradlab" in line)


def test_systemd_has_nothing_to_say(folder: Path) -> None:
    """No unknown setting, no missing program; and it would say so."""
    assert verify(folder) == ""
    broken = folder / "gradlab.service"
    broken.write_text(broken.read_text().replace("ProtectHome", "ProtectHomes"))
    assert "ProtectHomes" in verify(folder)


@pytest.mark.parametrize(("unit", "most"), [("gradlab", 7.5), ("gradlab-backup", 5.0)])
def test_services_are_not_more_exposed_than_said(folder: Path, unit: str, most: float) -> None:
    """Systemd's own measure, from 0 to 10; the hub starts other units, and so needs more."""
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", "--no-pager", f"{folder}/{unit}.service"],
        capture_output=True,
        text=True,
    )
    found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", done.stdout)
    assert found is not None, done.stderr
    assert float(found[1]) <= most


def test_the_timer_is_a_time() -> None:
    """Systemd reads it as each night."""
    text = (DEPLOY / "systemd" / "gradlab-backup.timer").read_text()
    found = re.search(r"^OnCalendar=(.+)$", text, re.MULTILINE)
    assert found is not None
    done = subprocess.run(["systemd-analyze", "calendar", found[1]], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
