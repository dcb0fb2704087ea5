"""gradlab in a hub that another distribution configured: TLJH's hooks, Zero to JupyterHub's hub."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pluggy
import pytest
from traitlets.config import Config

from autograder.hub import HubSettings, SettingsError
from autograder.hub.embedding import embed
from autograder.people.authenticators.settings import NativeSettings
from autograder.sessions.backend_settings import KubernetesSettings, SpawnerSettings

from .conftest import DEPLOY

KUBERNETES = HubSettings(
    authenticator="native",
    native=NativeSettings(approvers=("ada",)),
    students=(),
    assistants=(),
    instructors=("ada",),
    spawner=SpawnerSettings(
        backend="kubernetes",
        hub_address="0.0.0.0",
        hub_port=8081,
        kubernetes=KubernetesSettings(image="session:1"),
    ),
)
specification = pluggy.HookspecMarker("tljh")


class Hooks:
    """The hooks of TLJH (tljh/hooks.py) with their arguments."""

    @specification
    def tljh_extra_user_conda_packages(self) -> Any: ...
    @specification
    def tljh_extra_user_conda_channels(self) -> Any: ...
    @specification
    def tljh_extra_user_pip_packages(self) -> Any: ...
    @specification
    def tljh_extra_hub_pip_packages(self) -> Any: ...
    @specification
    def tljh_extra_apt_packages(self) -> Any: ...
    @specification
    def tljh_custom_jupyterhub_config(self, c: Any) -> Any: ...
    @specification
    def tljh_config_post_install(self, config: Any) -> Any: ...
    @specification
    def tljh_post_install(self) -> Any: ...
    @specification
    def tljh_new_user_create(self, username: Any) -> Any: ...


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the environment name a course."""
    (tmp_path / "course" / "solutions").mkdir(parents=True)
    monkeypatch.setenv("GRADLAB_COURSE", str(tmp_path / "course"))
    monkeypatch.setenv("GRADLAB_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("GRADLAB_DB_URL", raising=False)


@pytest.fixture
def tljh(monkeypatch: pytest.MonkeyPatch) -> Iterator[pluggy.PluginManager]:
    """Return TLJH's plugin manager with our plugin."""
    monkeypatch.syspath_prepend(str(DEPLOY / "tljh"))
    manager = pluggy.PluginManager("tljh")
    manager.add_hookspecs(Hooks)
    import gradlab_tljh

    manager.register(gradlab_tljh)
    yield manager
    del sys.modules["gradlab_tljh"]


def theirs() -> Config:
    """Return a configuration as such a distribution fills it."""
    c = Config()
    c.JupyterHub.hub_bind_url = "http://:8081"
    c.JupyterHub.db_url = "sqlite:///jupyterhub.sqlite"
    c.JupyterHub.authenticator_class = "nativeauthenticator.NativeAuthenticator"
    c.JupyterHub.services = [{"name": "culler"}]
    c.JupyterHub.load_roles = [{"name": "culler"}]
    c.ConfigurableHTTPProxy.should_start = False
    c.ConfigurableHTTPProxy.api_url = "http://proxy-api:8001"
    return c


@pytest.mark.usefixtures("course")
def test_the_other_distribution_keeps_what_is_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Proxy and database are untouched; services are beside ours, where it reaches them."""
    monkeypatch.setenv("GRADLAB_SERVICES_ADDRESS", "10.0.0.7")
    c = theirs()
    embed(c, KUBERNETES)
    before = theirs()
    assert c.ConfigurableHTTPProxy == before.ConfigurableHTTPProxy
    for name in ("hub_bind_url", "db_url"):
        assert c.JupyterHub[name] == before.JupyterHub[name]
    for name in ("bind_url", "cookie_secret_file", "cleanup_servers"):
        assert name not in c.JupyterHub
    assert c.JupyterHub.services[0] == {"name": "culler"}
    ours = c.JupyterHub.services[1:]
    served = [service for service in ours if "url" in service]
    assert served
    assert all(service["url"].startswith("http://10.0.0.7:") for service in served)
    for service in served:
        assert not [v for v in service["environment"].values() if v.startswith("http://127.")]
    assert c.JupyterHub.load_roles[0] == {"name": "culler"}
    assert c.JupyterHub.spawner_class.__name__ == "PodSpawner"
    assert {"GRADLAB_COURSE_ID", "GRADLAB_EXCHANGE_URL"} <= set(c.PodSpawner.environment)


@pytest.mark.usefixtures("course")
def test_nobody_logs_in_to_such_a_hub_with_the_demos_password() -> None:
    """It is printed on a console, and the hub is on a public address."""
    with pytest.raises(SettingsError, match="authenticator is 'demo'"):
        embed(theirs(), HubSettings())


def test_every_hook_is_one_of_tljhs(tljh: pluggy.PluginManager) -> None:
    """Names and arguments fit; pluggy finds no hook that TLJH does not call."""
    tljh.check_pending()
    (plugin,) = tljh.get_plugins()
    assert len(tljh.get_hookcallers(plugin) or []) == 4


def test_no_solution_comes_into_the_users_environment(tljh: pluggy.PluginManager) -> None:
    """Gradlab is installed for the hub alone."""
    (hub,) = tljh.hook.tljh_extra_hub_pip_packages()
    (users,) = tljh.hook.tljh_extra_user_pip_packages()
    assert hub == ["gradlab[hub,systemd,postgres]"]
    assert not [one for one in users if "gradlab" in one]


def test_gradlab_comes_from_where_it_is_said(
    tljh: pluggy.PluginManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder or an address works as pip takes it."""
    monkeypatch.setenv("GRADLAB_PACKAGE", "git+https://git.example.org/gradlab")
    (hub,) = tljh.hook.tljh_extra_hub_pip_packages()
    assert hub == ["gradlab[hub,systemd,postgres] @ git+https://git.example.org/gradlab"]


def test_what_an_administrator_set_stays(tljh: pluggy.PluginManager) -> None:
    """Limits are set where there are none."""
    config: dict[str, Any] = {"limits": {"memory": "2G"}}
    tljh.hook.tljh_config_post_install(config=config)
    assert config == {"limits": {"memory": "2G", "cpu": 2}}


@pytest.mark.usefixtures("course")
def test_the_plugin_configures_tljhs_hub(
    tljh: pluggy.PluginManager, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Sessions are our units, started from the users' environment."""
    settings = tmp_path / "gradlab.toml"
    settings.write_text((DEPLOY / "tljh" / "gradlab.toml").read_text())
    monkeypatch.setenv("GRADLAB_SETTINGS", str(settings))
    for name in ("systemd-run", "systemctl"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    c = theirs()
    tljh.hook.tljh_custom_jupyterhub_config(c=c)
    assert c.JupyterHub.spawner_class.__name__ == "UnitSpawner"
    assert c.UnitSpawner.cmd == ["/opt/tljh/user/bin/python3", "/etc/gradlab/start_server.py"]
    assert c.JupyterHub.authenticator_class.__name__ == "NativeMembers"
