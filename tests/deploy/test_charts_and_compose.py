"""Values for Kubernetes and the compose file, held against the schemas of those who read them."""

from __future__ import annotations

import copy
from typing import Any

import jsonschema
import kubernetes
import pytest
import yaml

from .conftest import DEPLOY, loaded, schema

COMPOSE = ("docker/compose.yaml", "docker/compose.gpu.yaml")


def refused(value: Any, name: str) -> list[str]:
    """Return what a schema says against a value."""
    return [
        f"{error.json_path}: {error.message}"
        for error in jsonschema.Draft7Validator(schema(name)).iter_errors(value)
    ]


def merged(defaults: Any, values: Any) -> Any:
    """Return values over a chart's defaults, as Helm merges them before it checks them."""
    if not isinstance(defaults, dict) or not isinstance(values, dict):
        return values
    return defaults | {name: merged(defaults.get(name), value) for name, value in values.items()}


def test_the_chart_takes_the_values() -> None:
    """Zero to JupyterHub's own schema, which refuses keys that the chart does not know."""
    values = merged(schema("z2jh-defaults"), loaded("kubernetes/values.yaml"))
    settings = (DEPLOY / "kubernetes" / "gradlab.toml").read_text()
    values["hub"]["extraFiles"]["gradlab"]["stringData"] = settings  # as --set-file does
    assert refused(values, "z2jh-values") == []
    wrong = copy.deepcopy(values)
    wrong["hub"]["extraVolume"] = []
    assert refused(wrong, "z2jh-values")


def test_the_python_in_the_values_is_python() -> None:
    """It compiles, and imports what is there."""
    code = loaded("kubernetes/values.yaml")["hub"]["extraConfig"]["gradlab"]
    compile(code, "extraConfig", "exec")
    exec(code.split("embed(c)")[0])


def test_volumes_are_objects_of_kubernetes() -> None:
    """Each has the fields of the client library's model, and the values name them."""
    claims = list(yaml.safe_load_all((DEPLOY / "kubernetes/volumes.yaml").read_text()))
    client = kubernetes.client.ApiClient()
    for claim in claims:
        kept = client._ApiClient__deserialize(claim, "V1PersistentVolumeClaim")
        assert client.sanitize_for_serialization(kept) == claim
    volumes = loaded("kubernetes/values.yaml")["hub"]["extraVolumes"]
    named = {volume["persistentVolumeClaim"]["claimName"] for volume in volumes}
    assert named == {claim["metadata"]["name"] for claim in claims}


@pytest.mark.parametrize("path", COMPOSE)
def test_the_compose_file_is_one(path: str) -> None:
    """The Compose Specification's own schema, which refuses keys that it does not know."""
    value = loaded(path)
    assert refused(value, "compose-spec") == []
    wrong = copy.deepcopy(value)
    wrong["services"]["hub"]["privilege"] = True
    assert refused(wrong, "compose-spec")


def test_the_hub_has_neither_dockers_socket_nor_privileges() -> None:
    """Only the gate has the socket, in a network that sessions are not in."""
    value = loaded("docker/compose.yaml")
    holders = {
        name
        for name, service in value["services"].items()
        if any("docker.sock" in volume for volume in service.get("volumes", []))
    }
    assert holders == {"docker-gate"}
    assert "gradlab" not in value["services"]["docker-gate"]["networks"]
    assert value["networks"]["gate"]["internal"] is True
    for service in value["services"].values():
        assert not service.get("privileged")
        assert "no-new-privileges:true" in service["security_opt"]
