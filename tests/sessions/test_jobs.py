"""The script of a Slurm job, without a Slurm; `test_slurm` runs it for real."""

from __future__ import annotations

import asyncio
import os
import pwd
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from autograder.course import Layout
from autograder.gpu import Kind, Profile
from autograder.hub import SettingsError
from autograder.sessions.backend_settings import SlurmSettings, SpawnerSettings

from .backend_spawners import CPU, TOKEN, granted, made, session_python


@pytest.fixture
def script_of(layout: Layout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that gives the script of a session."""
    for name in ("sbatch", "squeue", "scancel", "srun"):
        (tmp_path / name).write_text('#!/bin/sh\necho "$0 $@"\n')
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    def script(
        profile: Any,
        lease: Any,
        name: str = "alice",
        memory: str = "4G",
        cpus: float = 1.5,
        **given: Any,
    ) -> str:
        slurm = SlurmSettings(**{"accounts": "hub", "python": sys.executable} | given)
        settings = SpawnerSettings(backend="slurm", memory=memory, cpus=cpus, slurm=slurm)
        spawner = made(settings, layout, name)
        # an earlier start, of which nothing may be left
        earlier = Profile("earlier", kind=Kind.WHOLE, cpus=64, memory_gib=64)
        spawner.use(earlier, granted(Kind.WHOLE)[1])
        spawner.user_options = {"gres": "gpu:8", "memory": "1T", "prologue": "touch /tmp/x"}
        spawner.lease = lease
        spawner.use(profile, lease)
        return str(asyncio.run(spawner._get_batch_script(**spawner.user_options)))

    return script


@pytest.mark.parametrize(
    ("kind", "gres"), [(Kind.WHOLE, "gpu:1"), (Kind.MIG, "gpu:1g.10gb:1"), (Kind.SHARE, "shard:1")]
)
def test_a_job_asks_for_what_its_lease_is(script_of: Any, kind: Kind, gres: str) -> None:
    """The lease's kind, the limits and the hours; nothing of what the person sent."""
    text = script_of(*granted(kind))
    assert ("PYTORCH_CUDA_ALLOC_CONF" in text) is (kind is Kind.SHARE), "passed on by name"
    for option in (f"--gres={gres}", "--mem=4096M", "--cpus-per-task=2", "--time=120"):
        assert f"#SBATCH {option}\n" in text
    assert "gpu:8" not in text
    assert "touch" not in text


def test_a_profile_may_say_what_it_needs(script_of: Any) -> None:
    """A cluster with several kinds of GPUs names them by profile."""
    text = script_of(*granted(Kind.WHOLE), gres=("my-whole=gpu:h200:1",))
    assert "#SBATCH --gres=gpu:h200:1\n" in text


def test_a_profile_may_have_limits_of_its_own(script_of: Any) -> None:
    """They win over those of all sessions, for this start."""
    text = script_of(Profile("big", cpus=8, memory_gib=0.5), None)
    assert "#SBATCH --mem=512M\n" in text
    assert "#SBATCH --cpus-per-task=8\n" in text
    assert "#SBATCH --mem=4096M\n" in script_of(CPU, None)


def test_without_limits_a_job_asks_for_none(script_of: Any) -> None:
    """Slurm's own defaults count; nothing is left of the start before."""
    text = script_of(CPU, None, memory="", cpus=0)
    assert "--mem" not in text
    assert "--cpus-per-task" not in text


@pytest.fixture
def job_of_person(layout: Layout, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Return a function that gives the spawner of a person whose jobs are their account's."""
    for name in ("sbatch", "squeue", "scancel"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    slurm = SlurmSettings(python="/software/session/bin/python")
    settings = SpawnerSettings(backend="slurm", slurm=slurm)
    return lambda name: made(settings, layout, name)


def test_a_job_belongs_to_the_person(job_of_person: Any) -> None:
    """Slurm's programs run as their account, by sudo, and the job starts in their home."""
    spawner = job_of_person("daemon")
    values = spawner.get_req_subvars()
    assert spawner.exec_prefix == "sudo -E -u daemon"
    assert values["homedir"] == pwd.getpwnam("daemon").pw_dir
    assert "--allow-root" not in spawner.cmd_formatted_for_batch()


def test_who_has_no_system_account_is_told_so(
    job_of_person: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Before waiting for a device; the person learns whom to ask, the administrator what to do."""
    spawner = job_of_person("nobody-of-that-name")
    with pytest.raises(Exception, match="no system account 'nobody-of-that-name'") as refused:
        asyncio.run(spawner.run_pre_spawn_hook())
    assert "Ask the staff" in str(refused.value)
    assert 'accounts = "hub"' in caplog.text
    with pytest.raises(type(refused.value)):
        spawner.get_env()


def test_without_a_lease_a_job_asks_for_no_device(script_of: Any) -> None:
    """Nothing is left of the start before."""
    text = script_of(CPU, None)
    assert "--gres" not in text
    assert "--time" not in text


def test_the_token_is_in_no_script(script_of: Any) -> None:
    """Slurm keeps scripts where its administrators read them; variables are passed by name."""
    text = script_of(CPU, None)
    assert TOKEN not in text
    assert "JUPYTERHUB_API_TOKEN" in text


@pytest.mark.parametrize("name", ["../bob", "a b", "$(id)", "x\n#SBATCH --uid=0", "-o", ""])
def test_what_is_no_account_starts_nothing(script_of: Any, name: str) -> None:
    """A name that a shell or Slurm could read as something else is refused."""
    with pytest.raises(Exception, match="cannot be the name"):
        script_of(CPU, None, name=name)


def test_a_session_does_not_start_beside_the_solutions(script_of: Any, tmp_path: Path) -> None:
    """The script ends where the interpreter has gradlab, and serves where it has not."""
    clean = session_python(tmp_path / "session")
    for python, status in ((Path(sys.executable), 78), (clean, 0)):
        (tmp_path / "job").write_text(script_of(CPU, None, python=str(python)))
        done = subprocess.run(["bash", str(tmp_path / "job")], capture_output=True, text=True)
        assert done.returncode == status, done.stderr
        assert ("srun --export=ALL" in done.stdout) is (status == 0)


@pytest.mark.parametrize("first", ["batchspawner", "autograder.sessions.slurm"])
def test_batchspawners_own_handler_is_in_no_table_of_the_hub(first: str) -> None:
    """Whichever is imported first, the hub serves our handler at that address, once."""
    code = (
        f"import {first}, batchspawner, batchspawner.api, autograder.sessions.slurm as ours\n"
        "from jupyterhub.app import JupyterHub\n"
        "from jupyterhub.apihandlers import default_handlers\n"
        "hub = JupyterHub()\n"
        "hub.authenticator = hub.authenticator_class(parent=hub)\n"
        "hub.init_handlers()\n"
        "tables = [*hub.handlers, *default_handlers]\n"
        "served = [one for one in tables if 'batchspawner' in str(one[0])]\n"
        "print([one[1] is ours.PortHandler for one in served])\n"
        "print(any(issubclass(one[1], batchspawner.api.BatchSpawnerAPIHandler) for one in tables))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.stdout.split("\n")[:2] == ["[True, True]", "False"], done.stderr


def test_mistakes_are_said_at_once() -> None:
    """What `sbatch` would read as another option is refused, each in its line."""
    with pytest.raises(SettingsError) as refused:
        SlurmSettings(
            accounts="root", partition="a b", gres=("x",), options=("--wrap=id; id", "echo"),
            python="python", listen="-", addresses=("node",),
        )  # fmt: skip
    assert str(refused.value).count("\n- ") == 8
    with pytest.raises(SettingsError, match=r"slurm\.python is needed"):
        SpawnerSettings(backend="slurm")
