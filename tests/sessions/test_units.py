"""Sessions as units: what `systemd-run` is called with, and what systemd's own checker says of it.

No systemd runs here: `systemd-run` is a program that writes down its arguments. That systemd puts
the properties in force is not tested.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import systemdspawner.systemd

from autograder.course import Layout
from autograder.gpu import Kind
from autograder.hub import SettingsError
from autograder.sessions.backend_settings import SpawnerSettings, SystemdSettings
from autograder.sessions.systemd import processes_of

from .backend_spawners import CPU, TOKEN, granted, made

SETTINGS = SpawnerSettings(backend="systemd", memory="4G", cpus=1.5)
PROGRAMS = {
    "systemd-run": '#!/bin/sh\nprintf "%s\\n" "$@" > "$RECORD/run"\n',
    "systemctl": (
        '#!/bin/sh\ncase "$1" in --version) echo "systemd 252 (252)";; '
        'is-active) test -e "$RECORD/run";; is-failed) false;; esac\n'
    ),
}


@pytest.fixture
def arguments_of(layout: Layout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that starts a session and gives the arguments of `systemd-run`."""
    for name, text in PROGRAMS.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("RECORD", str(tmp_path))
    monkeypatch.setattr(systemdspawner.systemd, "RUN_ROOT", str(tmp_path / "run-root"))

    def start(
        profile: Any, lease: Any, settings: SpawnerSettings = SETTINGS, name: str = "alice"
    ) -> list[str]:
        spawner = made(settings, layout, name)
        spawner.lease = lease
        spawner.use(profile, lease)
        base = super(type(spawner).__mro__[1], spawner)  # the library's start, behind the mixin
        address, port = asyncio.run(base.start())
        assert (address, port > 0) == ("127.0.0.1", True)
        recorded = tmp_path / "run"
        lines = recorded.read_text().splitlines()
        recorded.unlink()
        return lines

    return start


def properties(arguments: list[str]) -> list[tuple[str, str]]:
    """Return the properties that are among the arguments."""
    given = [one.removeprefix("--property=") for one in arguments if one.startswith("--property=")]
    return [(name, value) for name, _, value in (one.partition("=") for one in given)]


@pytest.mark.parametrize("kind", [Kind.WHOLE, Kind.MIG, Kind.SHARE])
def test_a_unit_reaches_the_nodes_of_its_lease_only(arguments_of: Any, kind: Kind) -> None:
    """A closed list of devices: the lease's own, and what CUDA needs."""
    profile, lease = granted(kind)
    given = properties(arguments_of(profile, lease))
    assert dict(given)["DevicePolicy"] == "closed"
    allowed = [value for name, value in given if name == "DeviceAllow"]
    assert allowed == [f"{node} rw" for node in lease.nodes]
    assert set(lease.device.nodes) <= {value.removesuffix(" rw") for value in allowed}


def test_without_a_lease_a_unit_has_devices_of_its_own(arguments_of: Any) -> None:
    """Its /dev has no GPU in it."""
    given = properties(arguments_of(CPU, None))
    assert dict(given)["PrivateDevices"] == "yes"
    assert not [name for name, _ in given if name == "DeviceAllow"]


def test_a_unit_is_limited_and_does_not_see_the_course(arguments_of: Any, layout: Layout) -> None:
    """Limits, no privileges, and neither solutions nor data directory."""
    arguments = arguments_of(CPU, None)
    given = dict(properties(arguments))
    assert (int(given["MemoryMax"]), given["MemorySwapMax"]) == (4 << 30, "0")
    assert (given["CPUQuota"], given["TasksMax"]) == ("150%", "512")
    assert (given["NoNewPrivileges"], given["ProtectSystem"]) == ("yes", "strict")
    hidden = [v for name, v in properties(arguments) if name == "InaccessiblePaths"]
    assert hidden[:2] == [f"-{layout.solutions}", f"-{layout.home}"]
    packages = {Path(path.removeprefix("-")) for path in hidden[2:]}
    assert {package.name for package in packages} == {"autograder", "reference"}
    assert all(package.is_dir() for package in packages)
    assert "--slice=gradlab.slice" in arguments


@pytest.mark.parametrize("name", ["docker", "private", "../../etc", "a b", "%h"])
def test_no_name_of_a_person_leads_to_anothers_folder(arguments_of: Any, name: str) -> None:
    """Somebody called like a folder of /var/lib, or like a path, gets one of their own."""
    given = dict(properties(arguments_of(CPU, None, name=name)))
    state = given["StateDirectory"]
    assert state.startswith("gradlab-")
    assert not set(state) - set("abcdefghijklmnopqrstuvwxyz0123456789-_")


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs Debian's systemd")
@pytest.mark.parametrize("kind", [Kind.CPU, Kind.MIG])
def test_systemd_knows_every_property(arguments_of: Any, kind: Kind, tmp_path: Path) -> None:
    """`systemd-analyze verify` has nothing to say about a unit with the same properties."""
    profile, lease = (CPU, None) if kind is Kind.CPU else granted(kind)
    lines = [f"{name}={value}" for name, value in properties(arguments_of(profile, lease))]
    unit = tmp_path / "session.service"
    for extra, good in (([], True), (["DeviceAlow=/dev/null rw"], False)):
        text = ["[Service]", "ExecStart=/bin/true", *lines, *extra]
        unit.write_text("\n".join(text) + "\n")
        done = subprocess.run(
            ["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True
        )
        said = [line for line in done.stderr.splitlines() if "session.service" in line]
        assert (not said) is good, done.stderr


def test_the_token_is_in_a_private_file_and_no_argument(
    arguments_of: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Arguments are seen by everybody on the machine; of the hub's environment little goes in."""
    monkeypatch.setenv("GRADLAB_DB_URL", "postgresql://grader:secret@db/course")
    arguments = arguments_of(CPU, None)
    assert TOKEN not in " ".join(arguments)
    file = Path(dict(properties(arguments))["EnvironmentFile"])
    assert file.stat().st_mode & 0o777 == 0o400
    assert file.is_relative_to(tmp_path)
    text = file.read_text()
    assert TOKEN in text
    assert "secret" not in text


def test_the_processes_of_a_unit_are_those_in_its_control_group(tmp_path: Path) -> None:
    """By them a share's memory is counted: whatever a session started, and nothing of others."""
    for pid, group in (
        ("10", "0::/gradlab.slice/gradlab-alice-session.service"),
        ("11", "4:memory:/x\n1:name=systemd:/gradlab.slice/gradlab-alice-session.service/below"),
        ("12", "0::/gradlab.slice/gradlab-alice-session.service.d"),
        ("13", "0::/gradlab.slice/gradlab-alice2-session.service"),
    ):
        (tmp_path / pid).mkdir()
        (tmp_path / pid / "cgroup").write_text(group)
    (tmp_path / "14").mkdir()
    (tmp_path / "self").mkdir()
    assert processes_of("gradlab-alice-session.service", tmp_path) == {10, 11}
    assert os.getpid() not in processes_of("gradlab-alice-session.service")


def test_mistakes_are_said_at_once() -> None:
    """Each setting that systemd would refuse later is refused now."""
    with pytest.raises(SettingsError) as refused:
        SystemdSettings(accounts="root", slice="gradlab", tasks=1, hidden_paths=("relative",))
    assert str(refused.value).count("\n- ") == 4
