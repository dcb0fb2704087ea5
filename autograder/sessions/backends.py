"""Configure the chosen backend: all that `[spawner]` says, in JupyterHub's terms.

What it guarantees:

- A backend's library is imported only when the backend is chosen; without it, the message names
  what to install.
- A session gets its own hub token and the addresses it needs. Of the hub's environment only the
  search path, the language and the time zone go further, and only to backends on the same files.

What it does not do: the local backend (`autograder.sessions.local`).
"""

from __future__ import annotations

import importlib
import importlib.util
import shutil
import sys
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from autograder.course.layout import Layout
from autograder.sessions.backend_settings import SpawnerSettings
from autograder.sessions.confine import PRIVATE_PACKAGES
from autograder.sessions.folders import HubFolders
from autograder.sessions.role import start_program
from autograder.settings.errors import ServeError

IN_AN_IMAGE = ("python3", start_program())


@dataclass(frozen=True)
class Backend:
    """What a backend needs.

    Args:
        module: our module.
        spawner: the class in it.
        library: the library that it builds on.
        extra: gradlab's extra that installs the library.
        programs: what has to be on the search path.
    """

    module: str
    spawner: str
    library: str
    extra: str
    programs: tuple[str, ...] = ()


BACKENDS = MappingProxyType(
    {
        "systemd": Backend(
            "systemd", "UnitSpawner", "systemdspawner", "systemd", ("systemd-run", "systemctl")
        ),
        "docker": Backend("docker", "ContainerSpawner", "dockerspawner", "docker"),
        "kubernetes": Backend("kubernetes", "PodSpawner", "kubespawner", "kubernetes"),
        "slurm": Backend(
            "slurm", "JobSpawner", "batchspawner", "slurm", ("sbatch", "squeue", "scancel")
        ),
    }
)


def spawner_class(name: str) -> type[Any]:
    """Return the class that starts sessions with a backend.

    Raises:
        ServeError: its library or a program is not installed.
    """
    backend = BACKENDS[name]
    try:
        importlib.import_module(backend.library)
    except ImportError as error:
        raise ServeError(
            f"sessions are to run with {name}, and {error.name or backend.library} is not "
            f"installed: pip install 'gradlab[{backend.extra}]'"
        ) from error
    missing = [program for program in backend.programs if not shutil.which(program)]
    if missing:
        raise ServeError(
            f"sessions are to run with {name}, and {', '.join(missing)} cannot be found: install "
            f"{name}'s programs on the hub's machine, or choose another [spawner] backend"
        )
    module = importlib.import_module(f"autograder.sessions.{backend.module}")
    found: type[Any] = getattr(module, backend.spawner)
    return found


def configure_backend(c: Any, settings: SpawnerSettings, layout: Layout) -> None:
    """Fill `c` for the chosen backend, which is not `local`.

    Raises:
        ServeError: the backend's library or a program is not installed.
    """
    spawner = spawner_class(settings.backend)
    c.JupyterHub.spawner_class = spawner
    own = c[spawner.__name__]
    own.default_url = "/lab"
    own.environment = {"GRADLAB_COURSE_ID": layout.course_id}
    own.memory_bytes = settings.memory_bytes or 0
    own.cpus = settings.cpus
    {"systemd": _systemd, "docker": _docker, "kubernetes": _kubernetes, "slurm": _slurm}[
        settings.backend
    ](own, settings, layout)


def _systemd(own: Any, settings: SpawnerSettings, layout: Layout) -> None:
    systemd = settings.systemd
    folders = HubFolders(layout)
    own.cmd = [sys.executable, start_program()]
    own.env_keep = ["LANG", "LC_ALL", "PATH", "TZ"]
    own.dynamic_users = systemd.accounts == "dynamic"
    own.unit_name_template = (
        "{USERNAME}-session" if own.dynamic_users else "gradlab-{USERNAME}-session"
    )
    own.isolate_tmp = True
    own.disable_user_sudo = True
    own.slice = systemd.slice
    own.tasks = systemd.tasks
    own.default_shell = "/bin/bash"
    own.config_given = str(folders.configs)
    private = [str(layout.solutions), str(layout.home), *private_packages()]
    own.hidden_paths = [*private, *systemd.hidden_paths]


def private_packages() -> list[str]:
    """Return where our packages lie that no student may read; the reference is the solutions."""
    specs = [importlib.util.find_spec(name) for name in PRIVATE_PACKAGES]
    return [place for spec in specs if spec for place in spec.submodule_search_locations or ()]


def _docker(own: Any, settings: SpawnerSettings, _layout: Layout) -> None:
    docker = settings.docker
    own.image = docker.image
    own.pull_policy = docker.pull
    own.cmd = list(IN_AN_IMAGE)
    own.network_name = docker.network
    own.volumes = {docker.home_volume: docker.home}
    own.notebook_dir = docker.home
    own.prefix = "gradlab"
    own.processes = docker.processes
    own.remove = True
    if docker.user:
        own.extra_create_kwargs = {"user": docker.user}


def _kubernetes(own: Any, settings: SpawnerSettings, _layout: Layout) -> None:
    kubernetes = importlib.import_module("autograder.sessions.kubernetes")
    said = settings.kubernetes
    own.image = said.image
    own.cmd = list(IN_AN_IMAGE)
    own.notebook_dir = own.working_dir = said.home
    if said.namespace:
        own.namespace = said.namespace
    own.pod_name_template = "gradlab-{user_server}"
    own.pvc_name_template = "gradlab-home-{user_server}"
    own.storage_pvc_ensure = bool(said.storage)
    if said.storage:
        own.storage_capacity = said.storage
    if said.storage_class:
        own.storage_class = said.storage_class
    own.kind_resource = {
        "whole": said.gpu_resource,
        "mig": said.mig_resource,
        "share": said.share_resource,
    }
    own.node_selector = said.node_labels
    own.tolerations = [
        {"key": key, "operator": "Exists", "effect": "NoSchedule"} for key in said.tolerate
    ]
    own.priority_class_name = said.priority_class
    for name, value in kubernetes.confined(said.user, said.group).items():
        setattr(own, name, value)
    for name, value in kubernetes.storage(said.home, lasting=bool(said.storage)).items():
        setattr(own, name, value)


def _slurm(own: Any, settings: SpawnerSettings, layout: Layout) -> None:
    slurm = settings.slurm
    folders = HubFolders(layout)
    own.as_person = slurm.accounts == "person"
    own.homes = slurm.homes or str(folders.homes)
    own.listen = slurm.listen
    own.kind_gres = {
        "whole": slurm.whole_gres,
        "mig": slurm.mig_gres,
        "share": slurm.share_gres,
    }
    own.profile_gres = slurm.profile_gres
    own.daemon_resolver = slurm.node_addresses
    own.req_partition = slurm.partition
    own.req_account = slurm.account
    own.req_qos = slurm.qos
    own.req_reservation = slurm.reservation
    own.req_options = "\n".join(f"#SBATCH {option}" for option in slurm.options)
    own.env_keep = ["LANG", "LC_ALL", "PATH", "SLURM_CONF", "TZ"]
    own.python = slurm.python
    if slurm.accounts == "hub":  # the hub's account reads the hub's folder
        own.config_seen = str(folders.configs)
