"""What the tests of the documentation share: where it is, and how its commands are read."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
BINARIES = Path(sys.executable).parent
COMMAND_SECONDS = 600
_BLOCK = re.compile(r"^( *)```console\n(.*?)^\1```", re.MULTILINE | re.DOTALL)


def pages() -> list[Path]:
    """Return every page that people read."""
    tops = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
    written = [page for page in DOCS.rglob("*.md") if "_build" not in page.parts]
    return [*tops, *sorted(written)]


def commands(page: Path) -> Iterator[str]:
    """Yield each command that a page shows after a `$`."""
    for _, block in _BLOCK.findall(page.read_text(encoding="utf-8")):
        for line in block.splitlines():
            if line.strip().startswith("$ "):
                yield line.strip().removeprefix("$ ")


class Course:
    """A copy of some assignments, with a data directory of its own."""

    def __init__(self, folder: Path, solutions: Path, names: list[str]) -> None:
        self.folder = folder
        for name in names:
            shutil.copytree(solutions / name, folder / "solutions" / name)
        for name in ("jupyterhub_config.py", "nbgrader_config.py"):
            shutil.copy(ROOT / name, folder / name)

    def run(self, command: str) -> subprocess.CompletedProcess[str]:
        """Run a command line in the course's folder, as with the environment active."""
        kept = {name: text for name, text in os.environ.items() if not name.startswith("GRADLAB_")}
        path = os.pathsep.join([str(BINARIES), os.environ.get("PATH", os.defpath)])
        return subprocess.run(
            ["bash", "-c", command],
            cwd=self.folder,
            env={**kept, "PATH": path, "GRADLAB_HOME": str(self.folder / "var")},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=COMMAND_SECONDS,
        )


@pytest.fixture
def make_course(tmp_path: Path) -> object:
    """Return what copies assignments into a course of their own."""
    return lambda solutions, names: Course(tmp_path, solutions, names)
