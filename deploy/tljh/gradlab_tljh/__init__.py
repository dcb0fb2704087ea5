"""gradlab as a plugin of The Littlest JupyterHub (TLJH).

    bootstrap.py --plugin git+https://github.com/your-org/gradlab#subdirectory=deploy/tljh

TLJH keeps its proxy, its certificates and its environments; log-in, sessions, courses, exchange and
formgrader are gradlab's. `GRADLAB_PACKAGE` says where gradlab itself is
installed from, as pip takes it.

What it guarantees:

- gradlab goes into the hub's environment only: the users' environment gets what a session needs,
  and never the reference models, which are the solutions.
- What an administrator has set with `tljh-config` is not changed.
"""

from __future__ import annotations

import os
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import pluggy

hookimpl = pluggy.HookimplMarker("tljh")

PREFIX = Path("/opt/tljh")
COURSE = "/srv/gradlab/course"
DATA = "/var/lib/gradlab"
SETTINGS = "/etc/gradlab/gradlab.toml"
SESSION_PACKAGES = (
    "ipywidgets",
    "jupyterhub>=5.2,<6",
    "jupyterlab>=4",
    "matplotlib",
    "nbgrader==0.9.6",
    "numpy>=2",
    "scikit-learn",
    "sympy",
    "torch==2.13.0",
)


@hookimpl
def tljh_extra_hub_pip_packages() -> list[str]:
    """Return what the hub's environment gets: gradlab with its hub and systemd extras."""
    package = os.environ.get("GRADLAB_PACKAGE", "gradlab")
    if package.startswith((".", "/")) or "://" in package:
        return [f"gradlab[hub,systemd,postgres] @ {package}"]
    return [f"{package}[hub,systemd,postgres]"]


@hookimpl
def tljh_extra_user_pip_packages() -> list[str]:
    """Return what the users' environment gets; no package of gradlab."""
    return list(SESSION_PACKAGES)


@hookimpl
def tljh_config_post_install(config: MutableMapping[str, Any]) -> None:
    """Set limits where the administrator has set none."""
    limits = config.setdefault("limits", {})
    limits.setdefault("memory", "8G")
    limits.setdefault("cpu", 2)


@hookimpl
def tljh_custom_jupyterhub_config(c: Any) -> None:
    """Put gradlab into TLJH's hub."""
    os.environ.setdefault("GRADLAB_COURSE", COURSE)
    os.environ.setdefault("GRADLAB_HOME", DATA)
    os.environ.setdefault("GRADLAB_SETTINGS", SETTINGS)
    from autograder.hub.embedding import embed

    embed(c)
    # Sessions are started from the users' environment, where gradlab is not.
    c.UnitSpawner.cmd[0] = str(PREFIX / "user" / "bin" / "python3")
