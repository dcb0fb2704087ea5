"""Dockerfiles and scripts: what can be seen without building an image, which needs a network."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from .conftest import DEPLOY, ROOT

DOCKERFILES = ("hub", "session")
KNOWN = {
    "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "LABEL", "RUN", "USER", "WORKDIR",
}  # fmt: skip


def instructions(name: str) -> list[tuple[str, str]]:
    """Return the instructions of a Dockerfile."""
    text = (DEPLOY / "docker" / f"{name}.Dockerfile").read_text()
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    parts = [line.split(None, 1) for line in joined.splitlines() if line.strip()]
    return [(word.upper(), rest) for word, rest in parts]


@pytest.mark.parametrize("name", DOCKERFILES)
def test_a_dockerfile_says_what_docker_knows(name: str) -> None:
    """Known instructions, a base with its version, sources that are there."""
    given = instructions(name)
    assert {word for word, _ in given} <= KNOWN
    assert given[0][0] == "FROM"
    for word, rest in given:
        if word == "FROM":
            assert re.fullmatch(r"\S+:\d\S*", rest), rest
        if word == "COPY" and "--from" not in rest:
            *sources, _ = rest.split()
            assert all((ROOT / source).exists() for source in sources), sources


@pytest.mark.parametrize("name", DOCKERFILES)
def test_an_image_does_not_run_as_root(name: str) -> None:
    """The last account is a number, so that Kubernetes can check that it is not root."""
    accounts = [rest for word, rest in instructions(name) if word == "USER"]
    assert re.fullmatch(r"[1-9]\d*:\d+", accounts[-1])


def test_no_solution_is_in_a_sessions_image() -> None:
    """Only the requirements and what sessions are given are copied; neither has gradlab."""
    copied = [rest for word, rest in instructions("session") if word == "COPY"]
    assert copied == [
        "constraints.txt deploy/session-requirements.txt /tmp/requirements/",
        "--from=config . /etc/gradlab",
    ]
    wanted = (DEPLOY / "session-requirements.txt").read_text().splitlines()
    names = [line for line in wanted if line and not line.startswith("#")]
    assert "gradlab" not in names
    pinned = (ROOT / "constraints.txt").read_text().lower()
    assert all(f"\n{name}==" in pinned for name in names)


def test_what_is_private_is_in_no_image() -> None:
    """Docker is not even sent the data directory or the repository's history."""
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert {".git", ".venv", "var"} <= set(ignored)


@pytest.mark.parametrize("script", sorted(DEPLOY.rglob("*.sh")), ids=lambda path: path.name)
def test_scripts_are_free_of_known_mistakes(script: Path) -> None:
    """The shell reads them; shellcheck, where it is installed, has nothing to say."""
    assert subprocess.run(["sh", "-n", str(script)]).returncode == 0
    if checker := shutil.which("shellcheck"):
        done = subprocess.run([checker, str(script)], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout
