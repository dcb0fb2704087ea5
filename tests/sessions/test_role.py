"""What a session is by role and from its first moment, the same for every backend."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from autograder.course import Layout
from autograder.people.roles import Role, groups_of
from autograder.sessions import backends
from autograder.sessions.backend_settings import (
    DockerSettings,
    KubernetesSettings,
    SlurmSettings,
    SpawnerSettings,
)
from autograder.sessions.folders import HubFolders
from autograder.sessions.given import EXTENSION, START

from .backend_spawners import made

BACKENDS: dict[str, dict[str, Any]] = {
    "systemd": {},
    "docker": {"docker": DockerSettings(image="gradlab-session:1")},
    "kubernetes": {"kubernetes": KubernetesSettings(image="gradlab-session:1")},
    "slurm": {"slurm": SlurmSettings(python="/software/bin/python")},
}
NODE = '#!/bin/sh\ntouch "$(dirname "$0")/asked"\nexit 1\n'
PLAIN = """
import sys, jupyterlab.labapp, jsonschema
print('rfc3987_syntax.syntax_helpers' in sys.modules)
"""
LAST = """
import os, sys, types
def serve():
    import jupyter_server.serverapp, jsonschema
    print("rfc3987_syntax.syntax_helpers" in sys.modules, "jupyterlab.labapp" in sys.modules)
    print(os.environ["PATH"])
    print(jsonschema.Draft202012Validator({"format": "date"}).is_valid("2026-12-01"))
sys.modules["jupyterhub.singleuser"] = types.SimpleNamespace(main=serve)
"""


@pytest.fixture
def spawner_of(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that gives environment and command of a backend for some groups."""
    monkeypatch.setattr(backends.shutil, "which", lambda program: f"/usr/bin/{program}")
    kubespawner = pytest.importorskip("kubespawner.spawner")
    monkeypatch.setattr(kubespawner, "load_config", lambda **_: None)

    async def asked(settings: SpawnerSettings, groups: tuple[str, ...]) -> Any:
        spawner = made(settings, layout, "daemon", groups)  # who has an account everywhere
        environment = spawner.get_env()
        if settings.backend == "kubernetes":
            await spawner.api.api_client.close()
        is_slurm = settings.backend == "slurm"
        command = spawner.cmd_formatted_for_batch().split() if is_slurm else spawner.cmd
        return environment, command

    def make(backend: str, groups: tuple[str, ...] = ()) -> Any:
        network = {} if backend == "systemd" else {"hub_address": "0.0.0.0", "hub_port": 8081}
        settings = SpawnerSettings(backend=backend, **network, **BACKENDS[backend])
        return asyncio.run(asked(settings, groups))

    return make


@pytest.mark.parametrize("backend", sorted(BACKENDS))
@pytest.mark.parametrize("role", list(Role))
def test_every_backend_names_the_configuration_of_the_role(
    spawner_of: Any, backend: str, role: Role
) -> None:
    """What JupyterLab shows follows from the person's groups, wherever the session runs."""
    environment, _ = spawner_of(backend, groups_of("dl", role))
    assert environment["JUPYTER_CONFIG_PATH"] == f"/etc/gradlab/{role}"
    assert environment["JUPYTER_PATH"] == f"/etc/gradlab/{role}"


@pytest.mark.parametrize("backend", sorted(BACKENDS))
def test_every_backend_starts_the_same_program(spawner_of: Any, backend: str) -> None:
    """The program is where the configuration is."""
    _, command = spawner_of(backend)
    assert f"/etc/gradlab/{START}" in command


def test_all_that_an_image_needs_is_in_one_folder(layout: Layout) -> None:
    """Configuration, extension and client for each role, and the program; readable by all."""
    folders = HubFolders(layout)
    folders.make()
    wanted = [
        "jupyter_server_config.json", "labconfig/page_config.json", "nbgrader_config.py",
        f"labextensions/{EXTENSION}/package.json", "python/gradlab_exchange/client.py",
    ]  # fmt: skip
    files = [folders.configs / START, *(folders.config(r) / one for r in Role for one in wanted)]
    assert all(file.stat().st_mode & 0o004 for file in files)
    assert os.access(folders.configs / START, os.X_OK), "batchspawner starts what is a program"


def run_start(layout: Layout, home: Path, path: str) -> list[str]:
    """Run the program as a session does, with something else in the place of the server."""
    folders = HubFolders(layout)
    folders.make()
    program = folders.configs / START
    code = f"{LAST}\nimport runpy\nrunpy.run_path({str(program)!r}, run_name='__main__')"
    done = subprocess.run(
        [sys.executable, "-c", code], env={"HOME": str(home), "PATH": path},
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_what_takes_long_and_is_never_used_is_left_out(layout: Layout, tmp_path: Path) -> None:
    """Neither the grammar of addresses nor yarn's settings; everything else works as before."""
    (tmp_path / "node").write_text(NODE)
    (tmp_path / "node").chmod(0o755)
    path = f"{tmp_path}:/usr/bin:/bin"
    plain = subprocess.run(
        [sys.executable, "-c", PLAIN],
        env={"HOME": str(tmp_path), "PATH": path}, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert plain.stdout.strip() == "True", "there is nothing to leave out any more"
    assert (tmp_path / "asked").exists(), "there is nothing to leave out any more"
    (tmp_path / "asked").unlink()
    assert run_start(layout, tmp_path, path) == ["False True", path, "True"]
    assert not (tmp_path / "asked").exists()


def test_a_new_home_opens_with_the_assignments_and_others_stay(
    layout: Layout, tmp_path: Path
) -> None:
    """Whoever closed the list of assignments does not find it open again."""
    new, known = tmp_path / "new", tmp_path / "known"
    (known / ".jupyter").mkdir(parents=True)
    new.mkdir()
    for home in (new, known):
        run_start(layout, home, "/usr/bin:/bin")
    [workspace] = (new / ".jupyter" / "lab" / "workspaces").iterdir()
    shown = json.loads(workspace.read_text())["data"]["layout-restorer:data"]["main"]["current"]
    assert "assignment-list" in shown
    assert list((known / ".jupyter").iterdir()) == []
    workspace.unlink()
    run_start(layout, new, "/usr/bin:/bin")
    assert not workspace.exists()
