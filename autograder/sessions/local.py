"""A person's notebook server as a local process, without a system account.

What it guarantees:

- Each person has a home under the data directory and starts in it.
- With `isolated` it runs behind `autograder.sessions.confine`: its own home, a read-only system,
  the network, with an exchange of files that too, and nothing else.
- An isolated server with a GPU sees the nodes of its own device and no other's.
- The server's environment holds nothing of the course's inside: of the hub's own environment only
  the search path, the language and the virtual environment are passed on.

What it does not do: without `isolated`, separate people from each other or from the course.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
from jupyterhub.spawner import LocalProcessSpawner
from traitlets import Bool, Unicode

from autograder.gpu import Lease, Profile
from autograder.operations.line import WaitsInLine
from autograder.sessions.mixin import GpuMixin, spawn_error
from autograder.sessions.role import RoleMixin

KEPT_VARIABLES = ("LANG", "LC_ALL", "PATH", "TZ", "VIRTUAL_ENV")
MOST_PROCESSES = 2048  # of one session, threads counted: a guard against endless forking


class LocalSpawner(GpuMixin, RoleMixin, WaitsInLine, LocalProcessSpawner):  # type: ignore[misc]  # jupyterhub ships no types
    """Start `jupyterhub-singleuser` in the person's home under the data directory."""

    homes = Unicode(help="The folder of all homes.").tag(config=True)
    isolated = Bool(help="Whether to confine the server.").tag(config=True)
    exchange = Unicode(help="The course's folder in the exchange of files; empty: none.").tag(
        config=True
    )
    config_given = Unicode(help="The folder of all roles' Jupyter configuration.").tag(config=True)

    @property
    def home(self) -> Path:
        """Return the person's home."""
        return Path(str(self.homes), str(self.user.name))

    def user_env(self, env: dict[str, str]) -> dict[str, str]:
        """Add what the person's own processes need."""
        env["USER"] = env["LOGNAME"] = self.user.name
        env["HOME"] = str(self.home)
        env["SHELL"] = "/bin/bash"
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

    _nodes: tuple[str, ...] = ()

    def _confinement(self) -> list[str]:
        if not self.isolated:
            return []
        # -I: nothing in the person's home may be imported by the program that confines them
        program = [sys.executable, "-I", "-m", "autograder.sessions.confine"]
        exchange = ["--exchange", self.exchange] if self.exchange else []
        devices = [word for node in self._nodes for word in ("--device", node)]
        return [
            *program, "--home", str(self.home), *exchange,
            "--config", str(self.config_given), *devices, *self._limits(), "--",
        ]  # fmt: skip

    def _limits(self) -> list[str]:
        memory, cores = int(self.mem_limit or 0), float(self.cpu_limit or 0)
        limits = {"--memory": memory, "--cores": cores, "--processes": MOST_PROCESSES}
        return [word for name, value in limits.items() if value for word in (name, f"{value}")]

    def use(self, profile: Profile, lease: Lease | None) -> None:
        """Show an isolated session the nodes of its device; the neighbours' are not there.

        Raises:
            SpawnException: the device's own nodes are gone.
        """
        super().use(profile, lease)
        self._nodes = ()
        if lease is None:
            return
        gone = [node for node in lease.device.nodes if not Path(node).exists()]
        if gone:
            self.log.error("%s: no %s on this machine", self._log_name, ", ".join(gone))
            raise spawn_error("The GPU that was yours has gone; try again, or tell the staff.")
        self._nodes = tuple(node for node in lease.nodes if Path(node).exists())

    def session_processes(self) -> frozenset[int]:
        """Return the server and everything below it."""
        try:
            server = psutil.Process(self.pid) if self.pid else None
            below = server.children(recursive=True) if server is not None else []
        except psutil.NoSuchProcess:
            return frozenset()
        return frozenset(one.pid for one in (server, *below) if one is not None)

    async def start(self) -> tuple[str, int]:
        """Make the home, then start the server."""
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.cmd = [*self._confinement(), *self.server_command(sys.executable)]
        if os.geteuid() == 0 and not self.isolated:
            self.cmd.append("--allow-root")  # Jupyter asks root to say that root is meant
        address: tuple[str, int] = await super().start()
        return address
