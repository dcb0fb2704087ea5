"""The request for a dask cluster on Kubernetes.

What it guarantees: the request is one that dask-kubernetes' own resource definition accepts;
workers run gradlab's image, one submission per core, without dashboards.
What it does not do: encrypt. The operator of dask-kubernetes writes `tcp://` addresses and knows no
certificates, so the way between the pods is as private as the cluster's network is; that must be
accepted in so many words.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Mapping
from typing import Any

from autograder.batch.clusters import ClusterSettings

_PASSED_ON = ("GRADLAB_ISOLATION", "OMP_NUM_THREADS")


def cluster_request(
    workers: int, settings: ClusterSettings, name: str, environment: Mapping[str, str]
) -> dict[str, Any]:
    """Return the `DaskCluster` resource.

    Args:
        workers: how many pods.
        settings: image, cores and memory of each.
        name: of the cluster.
        environment: what is set there.
    """
    from dask_kubernetes.operator import make_cluster_spec

    cores = settings.cluster_cores
    memory = settings.cluster_memory.replace("B", "")
    command = ["dask", "worker", "--nthreads", str(cores), "--memory-limit", "0", "--no-dashboard"]
    request: dict[str, Any] = make_cluster_spec(
        name=name,
        image=settings.kubernetes_image,
        n_workers=workers,
        env=dict(environment),
        resources={
            "requests": {"cpu": str(cores), "memory": memory},
            "limits": {"memory": memory},
        },
        worker_command=command,
    )
    worker = request["spec"]["worker"]["spec"]["containers"][0]
    worker["args"] = [*command, "--name", "$(DASK_WORKER_NAME)"]
    worker["ports"] = []
    scheduler = request["spec"]["scheduler"]["spec"]["containers"][0]
    scheduler["resources"] = {"requests": {"cpu": "1", "memory": "1G"}}
    return request


def start(workers: int, settings: ClusterSettings) -> Any:
    """Ask Kubernetes for a cluster; it ends when what is returned is closed."""
    from dask_kubernetes.operator import KubeCluster

    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    name = f"gradlab-{uuid.uuid4().hex[:10]}"
    return KubeCluster(
        custom_cluster_spec=cluster_request(workers, settings, name, environment),
        namespace=settings.kubernetes_namespace or None,
        quiet=True,
    )
