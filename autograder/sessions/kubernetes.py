"""A person's notebook server as a pod of Kubernetes.

What it guarantees:

- A pod asks for one whole GPU, one MIG slice or one share, as its lease says, by the resource's
  name; without a lease for none, and shows none.
- It has no token of Kubernetes, no capabilities, no way to more privileges, and is not root.

What it does not do: choose the device. Kubernetes does; the lease counts against the declared
inventory, so that queue, budgets and reservations hold. Nor keep pods from each other's ports:
that is the cluster's network policy (Zero to JupyterHub's chart has one).
"""

from __future__ import annotations

from typing import Any

from kubespawner import KubeSpawner
from traitlets import Dict

from autograder.gpu import Lease, Profile
from autograder.sessions.limits import Limited
from autograder.sessions.mixin import GpuMixin
from autograder.sessions.role import RoleMixin

SHARED_MEMORY = "1Gi"  # PyTorch's data loaders hand batches over there
NO_DEVICE = {"CUDA_VISIBLE_DEVICES": "", "NVIDIA_VISIBLE_DEVICES": "void"}


class PodSpawner(GpuMixin, RoleMixin, Limited, KubeSpawner):  # type: ignore[misc]  # kubespawner ships no types
    """Start `jupyterhub-singleuser` in a pod."""

    kind_resource = Dict(help="What a device is called, by its kind.").tag(config=True)

    def use(self, profile: Profile, lease: Lease | None) -> None:
        """Put the device into the pod's request."""
        self.limit(profile)
        if lease is None:
            self.extra_resource_limits = {}
            return
        name = str(self.kind_resource[str(profile.kind)]).replace("{profile}", lease.device.mig)
        self.extra_resource_limits = {name: "1"}

    def lease_environment(self, lease: Lease | None) -> dict[str, str]:
        """Name the lease and its part of the memory; the device, only Kubernetes knows."""
        return NO_DEVICE if lease is None else lease.environment_elsewhere()


def confined(user: int, group: int) -> dict[str, Any]:
    """Return the traits that take privileges away from pods."""
    return {
        "uid": user,
        "gid": group,
        "fs_gid": group,
        "privileged": False,
        "allow_privilege_escalation": False,
        "automount_service_account_token": False,
        "container_security_context": {
            "capabilities": {"drop": ["ALL"]},
            "runAsNonRoot": True,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "extra_pod_config": {"enableServiceLinks": False},
    }


def storage(home: str, *, lasting: bool) -> dict[str, list[dict[str, Any]]]:
    """Return the volumes of a pod and where they are mounted."""
    source: dict[str, Any] = (
        {"persistentVolumeClaim": {"claimName": "{pvc_name}"}} if lasting else {"emptyDir": {}}
    )
    memory = {"medium": "Memory", "sizeLimit": SHARED_MEMORY}
    return {
        "volumes": [{"name": "home", **source}, {"name": "shm", "emptyDir": memory}],
        "volume_mounts": [
            {"name": "home", "mountPath": home},
            {"name": "shm", "mountPath": "/dev/shm"},  # noqa: S108 - the pod's own
        ],
    }
