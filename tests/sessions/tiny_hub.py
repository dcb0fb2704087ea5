"""The configuration of a real hub whose servers are tiny, with declared GPUs of three models.

`GRADLAB_TEST_*` variables say where; everything that is tested is the product's own.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from jupyterhub.app import JupyterHub
from jupyterhub.auth import DummyAuthenticator
from jupyterhub.spawner import SimpleLocalProcessSpawner

from autograder.gpu import (
    Budget,
    DeclaredDevice,
    Kind,
    Lease,
    Priority,
    Profile,
    Reservation,
    Usage,
)
from autograder.gpu.desk import Desk
from autograder.hub import proxy
from autograder.hub.configuration import free_port
from autograder.sessions import GpuSettings, notices
from autograder.sessions.keeper import Hub, Keeper
from autograder.sessions.mixin import GpuMixin

c = get_config()  # type: ignore[name-defined]  # noqa: F821
home = Path(os.environ["GRADLAB_TEST_HOME"])


class TinySpawner(GpuMixin, SimpleLocalProcessSpawner):
    """Tiny servers."""


class FileMeter:
    """Reads how busy somebody's GPU is from a file of the test's."""

    def read(self, lease: Lease, processes: frozenset[int] | None) -> Usage:
        try:
            return Usage(gpu_percent=float((home / f"busy-{lease.owner}").read_text()))
        except (FileNotFoundError, ValueError):
            return Usage()


settings = GpuSettings(
    devices=(
        DeclaredDevice("Declared GPU", 24, count=1),
        DeclaredDevice("Reserved GPU", 24, count=1),
        DeclaredDevice("Metered GPU", 24, count=2),
    ),
    profiles=(
        Profile("cpu"),
        Profile("whole", kind=Kind.WHOLE, model="Declared", hours=1),
        Profile("brief", kind=Kind.WHOLE, model="Declared", hours=5 / 3600),
        Profile("lab", kind=Kind.WHOLE, model="Reserved"),
        Profile("metered", kind=Kind.WHOLE, model="Metered"),
    ),
    priorities=(Priority("urgent", 1),),
    reservations=(
        Reservation("lab", "lab", 1, "2020-01-01T00:00+00:00", "2120-01-01T00:00+00:00"),
    ),
    budgets=(Budget("short", person_hours=4 / 3600),),
    idle_minutes=1 / 60,
    grace_minutes=4 / 60,
    watch_seconds=0.3,
)
desk = Desk.open(settings, home)
hub = c.JupyterHub
hub.bind_url = f"http://127.0.0.1:{os.environ['GRADLAB_TEST_PORT']}/"
hub.hub_bind_url = f"http://127.0.0.1:{free_port()}"
hub.db_url = f"sqlite:///{home / 'hub.sqlite'}"
hub.cookie_secret_file = str(home / "cookie-secret")
hub.cleanup_servers = False
hub.cleanup_proxy = True
hub.authenticator_class = DummyAuthenticator
c.DummyAuthenticator.allow_all = True
hub.spawner_class = TinySpawner
c.TinySpawner.cmd = [sys.executable, str(Path(__file__).parent / "tiny_server.py")]
c.TinySpawner.home_dir_template = str(home / "{username}")
c.ConfigurableHTTPProxy.command = proxy.command()
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{free_port()}"
c.ConfigurableHTTPProxy.auth_token = "test"
c.ConfigurableHTTPProxy.pid_file = str(home / "proxy.pid")
hub.services = [{"name": "tester", "api_token": os.environ["GRADLAB_TEST_TOKEN"]}]
hub.load_roles = [
    {
        "name": "tester",
        "services": ["tester"],
        "scopes": ["admin:users", "admin:servers", "admin:groups"],
    }
]
c.GpuMixin.gpu = settings
c.GpuMixin.desk = desk
hub.extra_handlers.extend(notices.handlers(desk))
keeper = Keeper(desk, Hub(JupyterHub.instance()), FileMeter())
task = asyncio.get_running_loop().create_task(keeper.run())  # as `keeper.start`, with the meter
