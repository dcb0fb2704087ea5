"""Spawners made from settings as the hub makes them, without a hub around them."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from jupyterhub.objects import Hub
from traitlets.config import Config

from autograder.course import Layout
from autograder.gpu import Device, Kind, Lease, Profile, Purpose
from autograder.sessions.backend_settings import SpawnerSettings
from autograder.sessions.backends import configure_backend

TOKEN = "the-token-of-this-session"
WHOLE = Device("GPU-1f2e", "NVIDIA H200", 141 << 30, nodes=("/dev/nvidia3",))
SLICE = Device(
    "MIG-77aa",
    "NVIDIA H200",
    10 << 30,
    parent="GPU-1f2e",
    mig="1g.10gb",
    nodes=("/dev/nvidia3", "/dev/nvidia-caps/nvidia-cap21"),
)
SHARED = Device("GPU-9c9c", "NVIDIA L4", 24 << 30, shares=4, nodes=("/dev/nvidia0",))
CPU = Profile("cpu")


def session_python(folder: Path) -> Path:
    """Make an interpreter with all installed packages but gradlab, as a session's has to be."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    ours = Path(sysconfig.get_path("purelib"))
    (theirs,) = folder.glob("lib/python*/site-packages")
    # a folder that is named here is searched, but what it names in turn (gradlab) is not
    (theirs / "packages.pth").write_text(f"{ours}\n")
    return folder / "bin" / "python"


def granted(kind: Kind, hours: float = 2.0) -> tuple[Profile, Lease]:
    """Return a profile of a kind and a lease for it."""
    device = {Kind.WHOLE: WHOLE, Kind.MIG: SLICE, Kind.SHARE: SHARED}[kind]
    profile = Profile(f"my-{kind}", kind=kind, hours=hours)
    share = 2 if kind is Kind.SHARE else None
    lease = Lease(
        "lease-1", "alice", "", "deep-learning", profile.name, Purpose.SESSION, device, share, 0.0
    )
    return profile, lease


def made(
    settings: SpawnerSettings, layout: Layout, name: str = "alice", groups: tuple[str, ...] = ()
) -> Any:
    """Return the spawner of a person, configured by settings alone."""
    c = Config()
    configure_backend(c, settings, layout)
    user = SimpleNamespace(
        name=name, id=7, url=f"/user/{name}/", escaped_name=name, settings={}, server=None,
        groups=[SimpleNamespace(name=group) for group in groups],
    )  # fmt: skip
    hub = Hub(ip="127.0.0.1", port=8081, base_url="/hub/", connect_ip="hub")
    spawner = c.JupyterHub.spawner_class(config=c, user=user, hub=hub)
    spawner.api_token = TOKEN
    spawner.oauth_client_id = "jupyterhub-user-alice"
    spawner.port = 8888
    return spawner
