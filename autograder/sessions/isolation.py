"""Whether people's notebook servers run isolated on this machine.

What it guarantees:

- `auto` is decided by a trial of the very program that confines sessions, not by guessing.
- `isolated` on a machine that cannot is an error, never a silent step down.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from autograder.hub.settings import HubSettings
from autograder.sessions.folders import HubFolders
from autograder.settings.errors import ServeError

TRIAL_SECONDS = 60


def are_isolated(settings: HubSettings, folders: HubFolders) -> bool:
    """Return whether sessions are to be isolated.

    Raises:
        ServeError: they have to be, and cannot be on this machine.
    """
    if settings.sessions == "shared":
        return False
    obstacle = obstacle_to_isolation(folders, with_files=settings.exchange.kind == "files")
    if obstacle and settings.sessions == "isolated":
        raise ServeError(
            f"sessions cannot be isolated on this machine: {obstacle}. Run 'gradlab doctor' to see "
            "what is missing, or set GRADLAB_HUB_SESSIONS=shared"
        )
    return not obstacle


def obstacle_to_isolation(folders: HubFolders, *, with_files: bool = True) -> str:
    """Return why a session cannot be isolated here; empty when it can.

    Args:
        folders: the hub's folders.
        with_files: whether sessions have the folder of an exchange of files.
    """
    layout = folders.layout
    exchange = ["--exchange", str(layout.exchange / layout.course_id)] if with_files else []
    with tempfile.TemporaryDirectory(prefix="trial-", dir=folders.hub) as home:
        command = [
            sys.executable, "-I", "-m", "autograder.sessions.confine", "--home", home, *exchange,
            "--config", str(folders.configs), "--", "/bin/sh", "-c", "exit 0",
        ]  # fmt: skip
        try:
            trial = subprocess.run(
                command, cwd=Path("/"), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                check=False, timeout=TRIAL_SECONDS,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return f"a trial did not end in {TRIAL_SECONDS} s"
    lines = (trial.stderr or trial.stdout).strip().splitlines()
    return "" if trial.returncode == 0 else (lines[-1] if lines else "a trial failed")
