"""Sessions in pods: the manifests, held against the models of both client libraries.

No Kubernetes runs here: that a cluster starts such a pod is not tested.
"""

from __future__ import annotations

import asyncio
from typing import Any

import kubernetes
import kubernetes_asyncio
import kubespawner.spawner
import pytest

from autograder.course import Layout
from autograder.gpu import Kind
from autograder.hub import SettingsError
from autograder.sessions.backend_settings import KubernetesSettings, SpawnerSettings

from .backend_spawners import CPU, TOKEN, granted, made

SETTINGS = SpawnerSettings(
    backend="kubernetes",
    hub_address="0.0.0.0",
    hub_port=8081,
    memory="8G",
    cpus=2,
    kubernetes=KubernetesSettings(
        image="registry.example.org/gradlab-session:1",
        namespace="course",
        node_selector=("nvidia.com/gpu.product=NVIDIA-H200",),
    ),
)


@pytest.fixture(autouse=True)
def no_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no cluster whose address and account could be read."""
    monkeypatch.setattr(kubespawner.spawner, "load_config", lambda **_: None)


@pytest.fixture
def pod_of(layout: Layout) -> Any:
    """Return a function that gives the manifest of a session's pod, and of its storage."""

    async def asked(profile: Any, lease: Any, name: str) -> tuple[dict[str, Any], dict[str, Any]]:
        spawner = made(SETTINGS, layout, name)
        client = spawner.api.api_client
        spawner.use(*granted(Kind.WHOLE))  # an earlier start, of which nothing may be left
        spawner.lease = lease
        spawner.use(profile, lease)
        pod = await spawner.get_pod_manifest()
        assert isinstance(pod, kubernetes_asyncio.client.V1Pod)
        claim = client.sanitize_for_serialization(spawner.get_pvc_manifest())
        pod = client.sanitize_for_serialization(pod)
        await client.close()
        return pod, claim

    def manifest(
        profile: Any, lease: Any, name: str = "alice"
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        return asyncio.run(asked(profile, lease, name))

    return manifest


def container(pod: dict[str, Any]) -> dict[str, Any]:
    (one,) = pod["spec"]["containers"]
    return dict(one)


@pytest.mark.parametrize(
    ("kind", "resource"),
    [
        (Kind.WHOLE, "nvidia.com/gpu"),
        (Kind.MIG, "nvidia.com/mig-1g.10gb"),
        (Kind.SHARE, "nvidia.com/gpu.shared"),
    ],
)
def test_a_pod_asks_for_what_its_lease_is(pod_of: Any, kind: Kind, resource: str) -> None:
    """Exactly one of that resource, and no other device."""
    pod, _ = pod_of(*granted(kind))
    limits = container(pod)["resources"]["limits"]
    assert {name: n for name, n in limits.items() if "nvidia" in name} == {resource: "1"}


def test_pytorch_is_told_the_part_of_a_share(pod_of: Any) -> None:
    """The hub does not see a pod's processes: what it can do is to tell PyTorch."""
    for kind, part in ((Kind.SHARE, "per_process_memory_fraction:0.2500"), (Kind.WHOLE, None)):
        one = container(pod_of(*granted(kind))[0])
        variables = {entry["name"]: entry.get("value", "") for entry in one["env"]}
        assert variables.get("PYTORCH_CUDA_ALLOC_CONF") == part
        assert variables["GRADLAB_GPU_LEASE"] == "lease-1"
        assert "CUDA_VISIBLE_DEVICES" not in variables, "which device, only Kubernetes knows"


def test_without_a_lease_a_pod_shows_no_device(pod_of: Any) -> None:
    """Also where the image says `NVIDIA_VISIBLE_DEVICES=all`, as CUDA's images do."""
    one = container(pod_of(CPU, None)[0])
    variables = {entry["name"]: entry.get("value", "") for entry in one["env"]}
    assert variables["NVIDIA_VISIBLE_DEVICES"] == "void"
    assert set(one["resources"]["limits"]) == {"cpu", "memory"}


def test_a_pod_is_limited_and_without_privileges(pod_of: Any) -> None:
    """Not root, no capability, no privilege to gain, no token of Kubernetes."""
    pod, _ = pod_of(*granted(Kind.WHOLE))
    one, spec = container(pod), pod["spec"]
    limits = one["resources"]["limits"]
    assert (limits["memory"], limits["cpu"]) == (8 << 30, 2.0)
    assert one["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "runAsGroup": 100,
        "runAsNonRoot": True,
        "runAsUser": 1000,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert spec["automountServiceAccountToken"] is False
    assert spec["enableServiceLinks"] is False
    assert spec["nodeSelector"] == {"nvidia.com/gpu.product": "NVIDIA-H200"}
    assert not any("hostPath" in volume for volume in spec["volumes"])


def test_the_models_of_both_libraries_keep_every_field(pod_of: Any) -> None:
    """Nothing in a pod or its storage is unknown to Kubernetes' own models."""
    client = kubernetes.client.ApiClient()
    pod, claim = pod_of(*granted(Kind.MIG))
    for amounts in container(pod)["resources"].values():
        # Kubernetes takes numbers for quantities, as kubespawner sends them; this model does not
        amounts.update({name: str(amount) for name, amount in amounts.items()})
    for manifest, model in ((pod, "V1Pod"), (claim, "V1PersistentVolumeClaim")):
        kept = client._ApiClient__deserialize(manifest, model)
        assert client.sanitize_for_serialization(kept) == manifest
    assert claim["spec"]["resources"]["requests"]["storage"] == "10Gi"


def test_names_of_people_become_names_of_kubernetes(pod_of: Any) -> None:
    """Two people never share a pod or a home, whatever they are called."""
    names = set()
    for person in ("alice", "Alice@example.org", "alice-example-org", "ä" * 40):
        pod, claim = pod_of(CPU, None, name=person)
        for one in (pod, claim):
            name = one["metadata"]["name"]
            assert len(name) <= 63
            assert name.strip("abcdefghijklmnopqrstuvwxyz0123456789-") == ""
            names.add(name)
    assert len(names) == 8
    _, claim = pod_of(CPU, None)
    assert claim["metadata"]["name"] == "gradlab-home-alice"
    assert claim["metadata"]["labels"]["component"] == "singleuser-storage"


def test_the_only_secret_in_a_pod_is_its_own_token(
    pod_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the hub's environment nothing goes in."""
    monkeypatch.setenv("GRADLAB_DB_URL", "postgresql://grader:secret@db/course")
    monkeypatch.setenv("PATH", "/hub/secret")
    variables = {e["name"]: e.get("value", "") for e in container(pod_of(CPU, None)[0])["env"]}
    assert not [name for name, value in variables.items() if "secret" in value]
    holders = {name for name, value in variables.items() if TOKEN in value}
    assert holders == {"JUPYTERHUB_API_TOKEN", "JPY_API_TOKEN"}


def test_mistakes_are_said_at_once() -> None:
    """Each setting that Kubernetes would refuse later is refused now."""
    with pytest.raises(SettingsError) as refused:
        KubernetesSettings(namespace="Not_A_Namespace", storage="10 GB", gpu_resource="gpu", user=0)
    assert str(refused.value).count("\n- ") == 4
