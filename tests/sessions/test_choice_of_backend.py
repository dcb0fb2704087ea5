"""A backend is chosen by settings alone, and costs nothing where it is not chosen."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from traitlets.config import Config

from autograder.course import Layout
from autograder.hub import HubSettings, ServeError
from autograder.sessions.backends import BACKENDS, configure_backend, spawner_class

LIBRARIES = sorted(backend.library for backend in BACKENDS.values())


def test_no_backend_is_imported_before_it_is_chosen() -> None:
    """A laptop needs none of the libraries, and does not wait for their import."""
    program = (
        "import sys, autograder.hub.configuration; "
        f"print(sorted(set({LIBRARIES!r}) & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr


@pytest.mark.parametrize("name", sorted(BACKENDS))
def test_without_its_library_the_message_says_what_to_install(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The extra of that backend."""
    monkeypatch.setitem(sys.modules, BACKENDS[name].library, None)
    with pytest.raises(ServeError, match=rf"pip install 'gradlab\[{name}\]'"):
        spawner_class(name)


@pytest.mark.parametrize("name", ["slurm", "systemd"])
def test_without_its_programs_the_message_names_them(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Before the first person waits for a session."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ServeError, match=", ".join(BACKENDS[name].programs)):
        spawner_class(name)


def test_one_variable_chooses(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same settings with another backend, by the environment."""
    settings = HubSettings.load(
        {
            "GRADLAB_HUB_AUTHENTICATOR": "native",
            "GRADLAB_NATIVE_APPROVERS": "ada",
            "GRADLAB_HUB_INSTRUCTORS": "ada",
            "GRADLAB_SPAWNER_BACKEND": "docker",
            "GRADLAB_SPAWNER_HUB_ADDRESS": "0.0.0.0",
            "GRADLAB_SPAWNER_HUB_PORT": "8081",
            "GRADLAB_SPAWNER_DOCKER_IMAGE": "gradlab-session:1",
        }
    )
    c = Config()
    configure_backend(c, settings.spawner, layout)
    assert c.JupyterHub.spawner_class.__name__ == "ContainerSpawner"
    assert c.ContainerSpawner.image == "gradlab-session:1"
