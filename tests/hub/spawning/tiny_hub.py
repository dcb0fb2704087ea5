"""The configuration of a real hub whose servers are tiny, with one whole GPU declared.

`GRADLAB_TEST_*` variables say where; everything that is tested is the product's own.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from jupyterhub.auth import DummyAuthenticator
from jupyterhub.spawner import SimpleLocalProcessSpawner

from autograder.gpu import DeclaredDevice, Kind, Profile
from autograder.hub import proxy
from autograder.hub.configuration import free_port
from autograder.hub.spawning import GpuSettings, keeper, notices
from autograder.hub.spawning.desk import Desk
from autograder.hub.spawning.mixin import GpuMixin

c = get_config()  # type: ignore[name-defined]  # noqa: F821
home = Path(os.environ["GRADLAB_TEST_HOME"])


class TinySpawner(GpuMixin, SimpleLocalProcessSpawner):
    """Tiny servers."""


settings = GpuSettings(
    devices=(DeclaredDevice("Declared GPU", 24, count=1),),
    profiles=(
        Profile("cpu"),
        Profile("whole", kind=Kind.WHOLE, hours=1),
        Profile("brief", kind=Kind.WHOLE, hours=5 / 3600),
    ),
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
    {"name": "tester", "services": ["tester"], "scopes": ["admin:users", "admin:servers"]}
]
c.GpuMixin.gpu = settings
c.GpuMixin.desk = desk
hub.extra_handlers.extend(notices.handlers(desk))
keeper.start(desk)
