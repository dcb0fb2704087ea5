"""Where people's notebook servers run: `[spawner]` of the settings file and a table per backend.

What it guarantees:

- What the chosen backend needs is there, and nothing in any table could be read as an option of
  another kind by the program that it is given to (a shell, `sbatch`, `systemd-run`).
- Every mistake of a table is said at once.

What it does not do: look whether the backend's library or program is installed (`backends`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from autograder.settings.loading import refuse

BACKENDS = ("local", "systemd", "docker", "kubernetes", "slurm")
ACCOUNTS = ("person", "hub")
PULL_POLICIES = ("never", "ifnotpresent", "always")
LOOPBACK = "127.0.0.1"
_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
_MEMORY = re.compile(r"([0-9]+)([KMGT]?)")
_IMAGE = re.compile(r"[a-z0-9][A-Za-z0-9._:/@-]*")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_RESOURCE = re.compile(r"[a-z0-9][a-z0-9.-]*/[A-Za-z0-9][A-Za-z0-9_.-]*")
_WORD = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:,/@%+-]*")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.:-]*[A-Za-z0-9])?")
_PATH = re.compile(r"/[A-Za-z0-9_.+/-]*")


@dataclass(frozen=True)
class SystemdSettings:
    """`[spawner.systemd]`: a transient unit for each session.

    Args:
        accounts: `dynamic` gives each session an account of systemd's own with its home under
            `/var/lib`; `person` uses the system account of the person's name.
        slice: the slice that all sessions are in; its limits count for all together.
        tasks: how many processes and threads a session may have.
        hidden_paths: what no session may see, beside the course.
    """

    accounts: str = "dynamic"
    slice: str = "gradlab.slice"
    tasks: int = 512
    hidden_paths: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check every field.

        Raises:
            SettingsError: one or more are wrong; the message lists all.
        """
        problems = [*_one_of("accounts", self.accounts, ("dynamic", "person"))]
        if not re.fullmatch(r"[A-Za-z0-9_-]+\.slice", self.slice):
            problems.append(f"slice is {self.slice!r}; expected a name that ends in '.slice'")
        problems += _at_least("tasks", self.tasks, 32)
        problems += [
            f"hidden_paths has {path!r}; expected an absolute path without blanks"
            for path in self.hidden_paths
            if not _PATH.fullmatch(path)
        ]
        refuse(problems)


@dataclass(frozen=True)
class DockerSettings:
    """`[spawner.docker]`: a container for each session.

    Args:
        image: the image of a session; `deploy/docker/session.Dockerfile` makes one.
        network: the Docker network that hub and sessions share.
        home_volume: the volume that holds a person's home; `{username}` stands for the person.
        home: where the image expects the home.
        pull: when the image is pulled.
        processes: how many processes and threads a session may have.
        user: the account in the container, as number or number:number; empty for the image's own.
    """

    image: str = ""
    network: str = "gradlab"
    home_volume: str = "gradlab-home-{username}"
    home: str = "/home/jovyan"
    pull: str = "ifnotpresent"
    processes: int = 512
    user: str = "1000:100"

    def __post_init__(self) -> None:
        """Check every field.

        Raises:
            SettingsError: one or more are wrong; the message lists all.
        """
        problems = [*_image(self.image), *_one_of("pull", self.pull, PULL_POLICIES)]
        if self.network in ("", "host", "none") or not _WORD.fullmatch(self.network):
            problems.append(
                f"network is {self.network!r}; expected the name of a network of Docker; on the "
                "host's own, sessions would reach every service of the machine"
            )
        if "{username}" not in self.home_volume:
            problems.append(
                f"home_volume is {self.home_volume!r}; expected a name with '{{username}}' in it; "
                "without, all people would share one home"
            )
        problems += _path("home", self.home)
        problems += _at_least("processes", self.processes, 32)
        if self.user and not re.fullmatch(r"[1-9][0-9]*(:[0-9]+)?", self.user):
            problems.append(f"user is {self.user!r}; expected a number or number:number, not root")
        refuse(problems)


@dataclass(frozen=True)
class KubernetesSettings:
    """`[spawner.kubernetes]`: a pod for each session.

    Args:
        image: the image of a session.
        namespace: the namespace of the pods; empty for the hub's own.
        storage: the size of a person's home, such as `10Gi`; empty for homes that do not last.
        storage_class: the class of that storage; empty for the cluster's default.
        gpu_resource: what a whole GPU is called.
        mig_resource: what a MIG slice is called; `{profile}` stands for the MIG profile.
        share_resource: what a share of a GPU is called (the device plugin's time slicing or MPS).
        node_selector: labels of nodes that take sessions, `name=value`.
        tolerate: keys of taints that sessions tolerate, such as `nvidia.com/gpu`.
        priority_class: the priority class of the pods.
        home: where the image expects the home.
        user: the account in the container; not root.
        group: the group in the container, which owns the home.
    """

    image: str = ""
    namespace: str = ""
    storage: str = "10Gi"
    storage_class: str = ""
    gpu_resource: str = "nvidia.com/gpu"
    mig_resource: str = "nvidia.com/mig-{profile}"
    share_resource: str = "nvidia.com/gpu.shared"
    node_selector: tuple[str, ...] = ()
    tolerate: tuple[str, ...] = ("nvidia.com/gpu",)
    priority_class: str = ""
    home: str = "/home/jovyan"
    user: int = 1000
    group: int = 100

    def __post_init__(self) -> None:
        """Check every field.

        Raises:
            SettingsError: one or more are wrong; the message lists all.
        """
        problems = [*_image(self.image), *_path("home", self.home)]
        for name in ("namespace", "storage_class", "priority_class"):
            value = getattr(self, name)
            if value and not _LABEL.fullmatch(value):
                problems.append(f"{name} is {value!r}; expected a name as Kubernetes has them")
        if self.storage and not re.fullmatch(r"[1-9][0-9]*(Mi|Gi|Ti)", self.storage):
            problems.append(f"storage is {self.storage!r}; expected a size such as '10Gi'")
        resources = {
            "gpu_resource": self.gpu_resource,
            "mig_resource": self.mig_resource.replace("{profile}", "1g.10gb"),
            "share_resource": self.share_resource,
        }
        problems += [
            f"{name} is {value!r}; expected a resource such as 'nvidia.com/gpu'"
            for name, value in resources.items()
            if not _RESOURCE.fullmatch(value)
        ]
        problems += [*_pairs_problems("node_selector", self.node_selector)]
        problems += _at_least("user", self.user, 1)
        problems += _at_least("group", self.group, 1)
        refuse(problems)

    @property
    def node_labels(self) -> dict[str, str]:
        """Return the labels of nodes that take sessions."""
        return dict(_pairs(self.node_selector))


@dataclass(frozen=True)
class SlurmSettings:
    """`[spawner.slurm]`: a Slurm job for each session.

    Args:
        accounts: `person` submits as the person's system account, by `sudo`; `hub` runs all
            sessions under the hub's own account, which does not keep people apart.
        partition: the partition; empty for Slurm's default.
        account: the account that is charged.
        qos: the quality of service.
        reservation: a reservation of Slurm's.
        whole_gres: what a whole GPU is called in `--gres`.
        mig_gres: what a MIG slice is called; `{profile}` stands for the MIG profile.
        share_gres: what a share of a GPU is called.
        gres: what a profile of one's own needs, `profile=gres`; wins over the three above.
        options: further options of `sbatch`, one each, such as `--constraint=a100`.
        python: the interpreter on the nodes, with `deploy/slurm/session-requirements.txt` and
            without gradlab, which has the solutions.
        homes: where homes are on the nodes when `accounts` is `hub`; empty for those of the data
            directory.
        listen: the address of a node's interface on which sessions listen.
        addresses: how the hub reaches nodes whose name does not resolve, `node=address`.
    """

    accounts: str = "person"
    partition: str = ""
    account: str = ""
    qos: str = ""
    reservation: str = ""
    whole_gres: str = "gpu:1"
    mig_gres: str = "gpu:{profile}:1"
    share_gres: str = "shard:1"
    gres: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    python: str = ""
    homes: str = ""
    listen: str = "0.0.0.0"  # noqa: S104 - the hub must reach a node whose address is not known yet
    addresses: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check every field.

        Raises:
            SettingsError: one or more are wrong; the message lists all.
        """
        problems = [*_one_of("accounts", self.accounts, ACCOUNTS)]
        words = ("partition", "account", "qos", "reservation", "whole_gres", "share_gres")
        values = {name: getattr(self, name) for name in words}
        values["mig_gres"] = self.mig_gres.replace("{profile}", "1g.10gb")
        problems += [
            f"{name} is {value!r}; expected one word as `sbatch` takes it"
            for name, value in values.items()
            if value and not _WORD.fullmatch(value)
        ]
        problems += [*_pairs_problems("gres", self.gres)]
        problems += [*_pairs_problems("addresses", self.addresses)]
        problems += [
            f"options has {option!r}; expected one option of sbatch such as '--constraint=a100'"
            for option in self.options
            if not re.fullmatch(r"--[a-z][a-z-]*(=[A-Za-z0-9_.:,/@%+&|-]+)?", option)
        ]
        for name in ("python", "homes"):
            if getattr(self, name):
                problems += _path(name, getattr(self, name))
        if not _HOST.fullmatch(self.listen):
            problems.append(f"listen is {self.listen!r}; expected an address")
        refuse(problems)

    @property
    def profile_gres(self) -> dict[str, str]:
        """Return what profiles of one's own need."""
        return dict(_pairs(self.gres))

    @property
    def node_addresses(self) -> dict[str, str]:
        """Return the addresses of nodes whose name does not resolve."""
        return dict(_pairs(self.addresses))


@dataclass(frozen=True)
class SpawnerSettings:
    """`[spawner]`: where people's notebook servers run.

    Args:
        backend: what starts them: `local`, `systemd`, `docker`, `kubernetes` or `slurm`.
        hub_address: where the hub listens for the sessions.
        hub_port: the port there; 0 for a free one.
        hub_name: the name or address by which sessions reach the hub; empty for `hub_address`.
        keep: whether sessions go on while the hub is stopped, and are found again after.
        memory: the most memory of a session whose profile does not say, such as `4G`; empty for no
            limit.
        cpus: the most processors of such a session; 0 for no limit.
        systemd: settings of that backend, as are the following.
    """

    backend: str = "local"
    hub_address: str = LOOPBACK
    hub_port: int = 0
    hub_name: str = ""
    keep: bool = False
    memory: str = ""
    cpus: float = 0.0
    systemd: SystemdSettings = field(default_factory=SystemdSettings)
    docker: DockerSettings = field(default_factory=DockerSettings)
    kubernetes: KubernetesSettings = field(default_factory=KubernetesSettings)
    slurm: SlurmSettings = field(default_factory=SlurmSettings)

    def __post_init__(self) -> None:
        """Check every field, and what the chosen backend needs.

        Raises:
            SettingsError: one or more are wrong; the message lists all.
        """
        refuse(self._problems())

    def _problems(self) -> Iterator[str]:
        yield from _one_of("backend", self.backend, BACKENDS)
        for name in ("hub_address", "hub_name"):
            value = getattr(self, name)
            if (value or name == "hub_address") and not _HOST.fullmatch(value):
                yield f"{name} is {value!r}; expected a host's name or address"
        if not 0 <= self.hub_port <= 65535:
            yield f"hub_port is {self.hub_port}; expected a number from 0 to 65535"
        if self.keep and not self.hub_port:
            yield "keep is on without hub_port; sessions find the hub again at the same port only"
        if self.memory and not _MEMORY.fullmatch(self.memory):
            yield f"memory is {self.memory!r}; expected a number with K, M, G or T, such as '4G'"
        if self.cpus < 0:
            yield f"cpus is {self.cpus}; expected 0 or more"
        if self.backend == "slurm" and not self.slurm.python:
            yield (
                "slurm.python is needed with this backend; expected the path of an interpreter on "
                "the nodes, with a session's packages and without gradlab"
            )
        if self.backend in ("docker", "kubernetes"):
            if not getattr(self, self.backend).image:
                yield f"{self.backend}.image is needed with this backend; expected an image's name"
            if self.hub_address == LOOPBACK:
                yield (
                    f"hub_address is {LOOPBACK}, which no session of this backend can reach; "
                    "expected the address of an interface that the sessions reach"
                )
            if not self.hub_port:
                yield "hub_port is needed with this backend"

    @property
    def memory_bytes(self) -> int | None:
        """Return the most memory of a session whose profile does not say.

        >>> SpawnerSettings(memory="4G").memory_bytes
        4294967296
        """
        match = _MEMORY.fullmatch(self.memory)
        return int(match[1]) * _UNITS[match[2]] if match else None


def _one_of(name: str, value: str, known: tuple[str, ...]) -> Iterator[str]:
    if value not in known:
        yield f"{name} is {value!r}; expected {' or '.join(repr(one) for one in known)}"


def _at_least(name: str, value: int, least: int) -> list[str]:
    return [] if value >= least else [f"{name} is {value}; expected at least {least}"]


def _image(value: str) -> Iterator[str]:
    if value and not _IMAGE.fullmatch(value):
        yield f"image is {value!r}; expected an image's name such as 'gradlab-session:1'"


def _path(name: str, value: str) -> Iterator[str]:
    if not _PATH.fullmatch(value):
        yield f"{name} is {value!r}; expected an absolute path without blanks"


def _pairs(texts: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for text in texts:
        name, _, value = text.partition("=")
        yield name, value


def _pairs_problems(name: str, texts: tuple[str, ...]) -> Iterator[str]:
    for text, (key, value) in zip(texts, _pairs(texts), strict=True):
        if not _WORD.fullmatch(key) or not _WORD.fullmatch(value):
            yield f"{name} has {text!r}; expected name=value without blanks"
