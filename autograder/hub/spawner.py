"""A person's notebook server as a local process, without a system account.

What it guarantees:

- Each person has a home under the data directory and starts in it.
- The server's environment holds nothing of the course's inside: of the hub's own environment only
  the search path, the language and the virtual environment are passed on.

What it does not do: separate people from each other; see `autograder.hub.sessions` for that.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from jupyterhub.spawner import LocalProcessSpawner
from traitlets import Unicode

from autograder.hub.home import make_home

KEPT_VARIABLES = ("LANG", "LC_ALL", "PATH", "TZ", "VIRTUAL_ENV")


class LocalSpawner(LocalProcessSpawner):  # type: ignore[misc]  # jupyterhub ships no types
    """Start `jupyterhub-singleuser` in the person's home under the data directory."""

    homes = Unicode(help="The folder of all homes.").tag(config=True)
    jupyter_config = Unicode(help="The Jupyter configuration folder of a student.").tag(config=True)

    @property
    def home(self) -> Path:
        """Return the person's home."""
        return Path(str(self.homes), str(self.user.name))

    def user_env(self, env: dict[str, str]) -> dict[str, str]:
        """Add what the person's own processes need."""
        env["USER"] = env["LOGNAME"] = self.user.name
        env["HOME"] = str(self.home)
        env["SHELL"] = "/bin/bash"
        env["JUPYTER_CONFIG_PATH"] = self.jupyter_config
        env["MPLCONFIGDIR"] = str(self.home / ".cache" / "matplotlib")
        return env

    def make_preexec_fn(self, name: str) -> Callable[[], None]:
        """Return what runs in the new process before the server: enter the home."""
        assert name == self.user.name
        home = str(self.home)

        def enter_home() -> None:
            os.umask(0o077)
            os.chdir(home)

        return enter_home

    async def start(self) -> tuple[str, int]:
        """Make the home, then start the server."""
        make_home(self.home)
        address: tuple[str, int] = await super().start()
        return address
