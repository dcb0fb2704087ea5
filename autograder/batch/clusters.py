"""Where the workers are: a scheduler that runs already, or a cluster for the time of one batch.

What it guarantees:

- Who can speak to a dask scheduler can run code on all its workers. So the way there is TLS with
  certificates on both sides; without, only a given scheduler on this machine itself is accepted.
- A cluster that is started here ends with the batch, however the batch ends. Its certificates are
  made for it alone, unless some are given.

What it does not do: start or look after anything when a scheduler's address is given.
"""

from __future__ import annotations

import contextlib
import ipaddress
import math
import os
import shlex
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

NO_DASHBOARD = {"dashboard": False, "dashboard_address": "127.0.0.1:0"}
_CONNECT_SECONDS = 30.0
_HOW_TLS = (
    "Start scheduler and workers with --protocol tls and --tls-ca-file, --tls-cert, --tls-key, and "
    "give gradlab the same kind of files: --tls-ca, --tls-cert and --tls-key, or GRADLAB_TLS_CA, "
    "GRADLAB_TLS_CERT and GRADLAB_TLS_KEY"
)


class ClusterRefused(ValueError):
    """What was asked for cannot be done, or would not be safe; the message says what to give."""


class ClusterKind(StrEnum):
    """What a cluster is started with."""

    LOCAL = "local"
    SLURM = "slurm"
    KUBERNETES = "kubernetes"


@dataclass(frozen=True)
class Tls:
    """The files with which this side proves itself and knows the other side.

    Args:
        authority: certificates (PEM) that sign the other side's.
        certificate: our certificate.
        key: its key.
    """

    authority: Path
    certificate: Path
    key: Path

    @classmethod
    def given(cls, authority: str | None, certificate: str | None, key: str | None) -> Tls | None:
        """Return the files, `None` when none is named.

        Raises:
            ClusterRefused: some are named and some not, or one cannot be read.
        """
        named = {"--tls-ca": authority, "--tls-cert": certificate, "--tls-key": key}
        missing = [option for option, value in named.items() if not value]
        if len(missing) == len(named):
            return None
        if missing:
            raise ClusterRefused(f"TLS needs three files; {' and '.join(missing)} is not given")
        for option, value in named.items():
            if not os.access(str(value), os.R_OK):
                raise ClusterRefused(f"{option} is {value!r}, which cannot be read")
        return cls(*(Path(str(value)).resolve() for value in named.values()))

    def security(self) -> Any:
        """Return them as dask's settings, which then accept encrypted ways only."""
        from distributed.security import Security

        sides = ("client", "scheduler", "worker")
        certificates = {f"tls_{side}_cert": str(self.certificate) for side in sides}
        keys = {f"tls_{side}_key": str(self.key) for side in sides}
        return Security(
            require_encryption=True, tls_ca_file=str(self.authority), **certificates, **keys
        )


@dataclass(frozen=True)
class ClusterSettings:
    """What a cluster is asked for; each field is also read from `GRADLAB_<FIELD>`.

    Args:
        cluster_cores: submissions at once on one worker.
        cluster_memory: memory of one worker, all its submissions included.
        cluster_wait: seconds that there may be no worker at all.
        slurm_partition: Slurm's partition; its default when empty.
        slurm_account: Slurm's account.
        slurm_walltime: the most that a Slurm job may take.
        slurm_interface: network interface of scheduler and workers, such as `ib0`.
        slurm_shared: a folder that nodes share, for the certificates; not needed with own ones.
        slurm_directives: further `#SBATCH` options, as on a command line: `--gres=gpu:1`.
        slurm_logs: a folder for the workers' logs; without, they are not kept.
        slurm_python: the interpreter on the nodes; that of this process when empty.
        kubernetes_image: container image with gradlab in it.
        kubernetes_namespace: namespace of the cluster.
        kubernetes_plain: `1` to accept that dask-kubernetes knows no TLS.
    """

    cluster_cores: int = 1
    cluster_memory: str = "4GB"
    cluster_wait: float = 600.0
    slurm_partition: str = ""
    slurm_account: str = ""
    slurm_walltime: str = "02:00:00"
    slurm_interface: str = ""
    slurm_shared: str = "~"
    slurm_directives: str = ""
    slurm_logs: str = ""
    slurm_python: str = ""
    kubernetes_image: str = ""
    kubernetes_namespace: str = ""
    kubernetes_plain: str = ""

    def __post_init__(self) -> None:
        if self.cluster_cores < 1:
            raise ClusterRefused(f"GRADLAB_CLUSTER_CORES is {self.cluster_cores}; expected 1 up")
        if not 0 < self.cluster_wait < math.inf:
            raise ClusterRefused(f"GRADLAB_CLUSTER_WAIT is {self.cluster_wait:g}; expected seconds")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> ClusterSettings:
        """Return the settings that the environment gives.

        Raises:
            ClusterRefused: one is not of its kind.
        """
        given: dict[str, Any] = {}
        for field in fields(cls):
            name = f"GRADLAB_{field.name.upper()}"
            text = environment.get(name)
            if text:
                kind: Any = type(getattr(cls, field.name))
                try:
                    given[field.name] = kind(text)
                except ValueError as error:
                    raise ClusterRefused(f"{name} is {text!r}; expected {kind.__name__}") from error
        return cls(**given)

    def check(self, kind: ClusterKind) -> None:
        """See whether a cluster of a kind can be asked for.

        Raises:
            ClusterRefused: something is missing here; the message says what to do.
        """
        if kind is ClusterKind.SLURM and shutil.which("sbatch") is None:
            raise ClusterRefused(
                "there is no program sbatch here; run gradlab where Slurm jobs can be submitted"
            )
        if kind is not ClusterKind.KUBERNETES:
            return
        if not self.kubernetes_image:
            raise ClusterRefused(
                "GRADLAB_KUBERNETES_IMAGE is not set; expected an image with this gradlab in it"
            )
        if self.kubernetes_plain != "1":
            raise ClusterRefused(
                "dask-kubernetes knows no TLS: every pod that reaches the workers can run code on "
                "them and read the checks. Where that network is yours alone, set "
                "GRADLAB_KUBERNETES_PLAIN=1; otherwise run a scheduler with TLS, and use "
                "--scheduler."
            )


def check_address(address: str, tls: Tls | None) -> str:
    """Return the address of a scheduler in full.

    Raises:
        ClusterRefused: nobody could know who is at the other end, or it is no address.
    """
    full = address if "://" in address else f"{'tls' if tls else 'tcp'}://{address}"
    try:
        parts = urlsplit(full)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port = "", None
    if not host or port is None or parts.scheme not in ("tcp", "tls"):
        raise ClusterRefused(f"scheduler address {address!r}; expected tls://HOST:PORT")
    if parts.scheme == "tls" and tls is None:
        raise ClusterRefused(f"the scheduler {full} speaks TLS. {_HOW_TLS}.")
    if parts.scheme == "tcp" and tls is not None:
        raise ClusterRefused(
            f"the scheduler address {full} says no TLS, but TLS files are given; write tls://"
        )
    if parts.scheme == "tcp" and not _is_this_machine(host):
        raise ClusterRefused(
            f"the way to {full} is not protected: whoever reaches that scheduler runs code on its "
            f"workers, and reads the checks. {_HOW_TLS}, and write tls://{parts.netloc}."
        )
    return full


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@contextmanager
def scheduler_client(address: str, tls: Tls | None) -> Iterator[Any]:
    """Return a client of the scheduler at an address that `check_address` returned.

    Raises:
        OSError: it cannot be reached.
    """
    from distributed import Client

    security = tls.security() if tls else None
    try:
        client = Client(address, security=security, timeout=_CONNECT_SECONDS, set_as_default=False)
    except TimeoutError as error:
        raise OSError(f"no scheduler answers at {address}") from error
    with client:
        yield client


@contextmanager
def cluster_client(
    kind: ClusterKind, slots: int, settings: ClusterSettings, tls: Tls | None = None
) -> Iterator[Any]:
    """Start a cluster, return a client of it, and end the cluster afterwards.

    Args:
        kind: what starts it.
        slots: how many submissions run at once.
        settings: what is asked for.
        tls: certificates to use; by default some are made for this cluster.

    Raises:
        ClusterRefused: a setting is missing.
        OSError: it cannot be started.
    """
    from distributed import Client

    with contextlib.ExitStack() as stack:
        cluster = stack.enter_context(_start(kind, slots, settings, tls))
        client = Client(cluster, timeout=_CONNECT_SECONDS, set_as_default=False)
        stack.enter_context(client)
        yield client


def _start(kind: ClusterKind, slots: int, settings: ClusterSettings, tls: Tls | None) -> Any:
    jobs = math.ceil(slots / settings.cluster_cores)
    security: Any = tls.security() if tls else True
    if kind is ClusterKind.LOCAL:
        return _local(slots, settings, security)
    if kind is ClusterKind.SLURM:
        return _slurm(jobs, settings, security)
    from autograder.batch import kubernetes

    return kubernetes.start(jobs, settings)


def _local(slots: int, settings: ClusterSettings, security: Any) -> Any:
    from distributed import LocalCluster

    cores = min(settings.cluster_cores, slots)
    return LocalCluster(
        n_workers=math.ceil(slots / cores),
        threads_per_worker=cores,
        processes=True,
        host="127.0.0.1",
        security=security,
        dashboard_address=None,
        scheduler_kwargs=NO_DASHBOARD,
        worker_dashboard_address=None,
        memory_limit=0,  # the limits of submissions are the sandbox's business
    )


def _slurm(jobs: int, settings: ClusterSettings, security: Any) -> Any:
    from dask_jobqueue import SLURMCluster

    logs = [] if settings.slurm_logs else [f"--output={os.devnull}", f"--error={os.devnull}"]
    cluster = SLURMCluster(
        queue=settings.slurm_partition or None,
        account=settings.slurm_account or None,
        walltime=settings.slurm_walltime,
        job_extra_directives=[*logs, *map(shlex.quote, shlex.split(settings.slurm_directives))],
        job_name="gradlab",
        cores=settings.cluster_cores,
        processes=1,
        memory=settings.cluster_memory,
        python=settings.slurm_python or None,
        interface=settings.slurm_interface or None,
        security=security,
        protocol="tls://",
        shared_temp_directory=str(Path(settings.slurm_shared).expanduser()),
        log_directory=settings.slurm_logs or None,
        worker_extra_args=["--no-dashboard"],
        scheduler_options=NO_DASHBOARD,
    )
    cluster.scale(jobs=jobs)

    async def submitted() -> None:
        await cluster

    try:
        cluster.sync(submitted)
    except Exception as error:  # what sbatch said, in an error of dask-jobqueue's choice
        cluster.close()
        raise OSError(f"Slurm takes no job: {' '.join(str(error).split())}") from error
    return cluster
