"""A person's notebook server as a local process, without a system account.

What it guarantees:

- Each person has a home under the data directory and starts in it.
- With `isolated` it runs behind `autograder.hub.confine`: its own home, a read-only system, the
  network, with an exchange of files that too, and nothing else.
- The server's environment holds nothing of the course's inside: of the hub's own environment only
  the search path, the language and the virtual environment are passed on.

What it does not do: without `isolated`, separate people from each other or from the course.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

from jupyterhub.spawner import LocalProcessSpawner
from traitlets import Bool, Unicode

from autograder.hub.home import make_home
from autograder.hub.spawning.mixin import GpuMixin

KEPT_VARIABLES = ("LANG", "LC_ALL", "PATH", "TZ", "VIRTUAL_ENV")


class LocalSpawner(GpuMixin, LocalProcessSpawner):  # type: ignore[misc]  # jupyterhub ships no types
    """Start `jupyterhub-singleuser` in the person's home under the data directory."""

    homes = Unicode(help="The folder of all homes.").tag(config=True)
    isolated = Bool(help="Whether to confine the server.").tag(config=True)
    exchange = Unicode(help="The course's folder in the exchange of files; empty: none.").tag(
        config=True
    )
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
        if self.exchange:
            env["GRADLAB_EXCHANGE"] = str(Path(self.exchange).parent)
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

    def _confinement(self) -> list[str]:
        if not self.isolated:
            return []
        # -I: nothing in the person's home may be imported by the program that confines them
        program = [sys.executable, "-I", "-m", "autograder.hub.confine"]
        exchange = ["--exchange", self.exchange] if self.exchange else []
        return [
            *program, "--home", str(self.home), *exchange, "--config", self.jupyter_config, "--",
        ]  # fmt: skip

    async def start(self) -> tuple[str, int]:
        """Make the home, then start the server."""
        make_home(self.home)
        self.cmd = [*self._confinement(), *single_user_command(confined=self.isolated)]
        address: tuple[str, int] = await super().start()
        return address


def single_user_command(*, confined: bool = False) -> list[str]:
    """Return the command of a notebook server; Jupyter asks root to say that root is meant."""
    command = [sys.executable, "-P", "-m", "jupyterhub.singleuser"]
    return [*command, "--allow-root"] if os.geteuid() == 0 and not confined else command
