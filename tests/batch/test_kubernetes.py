"""The request for a cluster on Kubernetes, held against the libraries that will read it.

No Kubernetes runs here: that the operator starts such a cluster is not tested.
"""

from typing import Any

import kubernetes
import pytest
from dask_kubernetes.operator._objects import DaskCluster
from dask_kubernetes.operator.controller.controller import (
    build_scheduler_deployment_spec,
    build_worker_deployment_spec,
)
from dask_kubernetes.operator.validation import validate_cluster_name

from autograder.batch.clusters import ClusterSettings
from autograder.batch.kubernetes import cluster_request

SETTINGS = ClusterSettings(
    cluster_cores=2, cluster_memory="8GiB", kubernetes_image="registry.example.org/gradlab:1"
)


@pytest.fixture
def request_object() -> dict[str, Any]:
    """A request for three workers."""
    return cluster_request(3, SETTINGS, "gradlab-1", {"GRADLAB_ISOLATION": "full"})


def kept_by_kubernetes(spec: dict[str, Any], model: str) -> Any:
    """What the client library's model keeps of an object."""
    client = kubernetes.client.ApiClient()
    return client.sanitize_for_serialization(client._ApiClient__deserialize(spec, model))


def test_the_pods_are_valid_and_nothing_in_them_is_unknown(request_object: dict[str, Any]) -> None:
    """Kubernetes' own models take both pod specs without dropping or changing a field."""
    for part in ("worker", "scheduler"):
        spec = request_object["spec"][part]["spec"]
        assert kept_by_kubernetes(spec, "V1PodSpec") == spec
    service = request_object["spec"]["scheduler"]["service"]
    assert kept_by_kubernetes(service, "V1ServiceSpec") == service


def test_the_operator_builds_pods_from_it(request_object: dict[str, Any]) -> None:
    """dask-kubernetes makes deployments with our image, command, limits and environment."""
    validate_cluster_name(request_object["metadata"]["name"])
    spec = request_object["spec"]
    worker = build_worker_deployment_spec(
        "group", "namespace", "gradlab-1", "uid", spec["worker"]["spec"], {}, {}
    )
    (container,) = worker["spec"]["template"]["spec"]["containers"]
    assert container["image"] == SETTINGS.kubernetes_image
    assert container["args"][:4] == ["dask", "worker", "--nthreads", "2"]
    assert "--no-dashboard" in container["args"]
    assert container["resources"]["limits"] == {"memory": "8Gi"}
    assert {"name": "GRADLAB_ISOLATION", "value": "full"} in container["env"]
    scheduler = build_scheduler_deployment_spec("gradlab-1", spec["scheduler"]["spec"], {}, {})
    (container,) = scheduler["spec"]["template"]["spec"]["containers"]
    assert container["image"] == SETTINGS.kubernetes_image


def test_the_number_of_workers_is_that_of_the_request(request_object: dict[str, Any]) -> None:
    """The resource object of dask-kubernetes reads it."""
    cluster = DaskCluster(request_object)
    assert cluster.name == "gradlab-1"
    assert cluster.spec.worker.replicas == 3
