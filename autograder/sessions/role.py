"""What a session is by its person's role, the same for every backend.

What it guarantees:

- JupyterLab shows what the person's strongest role uses, and a new home opens with the list of
  assignments, whatever the session runs on.

It needs one thing of a session: the folder `config` of the data directory at `config_seen`. Local
sessions and units get it bound there, images (`deploy/docker/build.sh`) and nodes of a cluster have
a copy.

What it does not do: protect anything. Every role's folder can be read by all; rights are the hub's.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

from traitlets import HasTraits, Unicode

from autograder.people.roles import strongest
from autograder.sessions.confine import CONFIG
from autograder.sessions.given import START


class RoleMixin(HasTraits):  # type: ignore[misc]  # traitlets is not looked at
    """Give a session the configuration of its person's role; before a class of spawners."""

    config_seen = Unicode(
        CONFIG, help="Where sessions see the Jupyter configuration of all roles."
    ).tag(config=True)
    user: Any

    def get_env(self) -> dict[str, str]:
        """Return the environment of the server."""
        env: dict[str, str] = super().get_env()
        role = strongest(group.name for group in self.user.groups)
        folder = str(PurePosixPath(str(self.config_seen), role))
        return env | {"JUPYTER_CONFIG_PATH": folder, "JUPYTER_PATH": folder}

    def server_command(self, python: str) -> list[str]:
        """Return the command of the server with an interpreter of the session's."""
        return [python, start_program(str(self.config_seen))]


def start_program(config_seen: str = CONFIG) -> str:
    """Return the program that starts a server, as a session sees it."""
    return str(PurePosixPath(config_seen, START))
