"""The same isolation without root, and what is left where namespaces are not allowed.

When the tests run as root, the server is started as user 61000. The interpreter may lie below a
folder that only root can enter (/root); a mount namespace of the test makes it, and nothing
else, reachable at its own path.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.sandbox import kernel

from .conftest import needs_version_2

HERE = Path(__file__).parent
USER = 61_000


def become_ordinary():
    """In a forked process: be an ordinary user who can reach the interpreter."""
    if os.geteuid() != 0:
        return
    kernel.unshare(kernel.CLONE_NEWNS)
    kernel.mount("none", "/", "", kernel.MS_REC | kernel.MS_PRIVATE)
    interpreter = Path(sys.base_prefix)
    top = Path(*interpreter.parts[:2])
    if not top.stat().st_mode & 0o001:
        kernel.mount(str(interpreter), "/mnt", "", kernel.MS_BIND)
        kernel.mount("tmpfs", str(top), "tmpfs", 0, "mode=755")
        interpreter.mkdir(parents=True)
        kernel.mount("/mnt", str(interpreter), "", kernel.MS_BIND)
    os.setgroups([])
    os.setresgid(USER, USER, USER)
    os.setresuid(USER, USER, USER)
    kernel.prctl(kernel.PR_SET_DUMPABLE, 1)


def without_namespaces():
    """As `become_ordinary`, where the kernel allows no further user namespace."""
    kernel.unshare(kernel.CLONE_NEWUSER)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{USER} {USER} 1")
    Path("/proc/self/gid_map").write_text(f"{USER} {USER} 1")
    Path("/proc/sys/user/max_user_namespaces").write_text("0")
    kernel.drop_capabilities()


def run(prepare, allow):
    """Run `as_user.py` after `prepare`; returns its answers."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(HERE), "HOME": "/tmp"}
    # stdlib's preexec_fn is safe here: the test has no other threads
    result = subprocess.run(
        [sys.executable, str(HERE / "as_user.py"), allow],
        preexec_fn=prepare,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        cwd="/",
    )
    assert result.returncode == 0, result.stderr[-3000:]
    print(result.stdout)
    return json.loads(result.stdout)


def test_an_ordinary_user_has_full_isolation():
    """Unprivileged user namespaces give the same view and filter; memory is watched."""
    answers = run(become_ordinary, "full")
    assert answers["probed"] == "full"
    assert answers["level"] == "full"
    assert "work" in answers["root"] or "home" in answers["root"] or "root" in answers["root"]
    assert "boot" not in answers["root"]
    assert "CapEff:\t0000000000000000" in answers["status"]
    assert "Uid:\t1000" in answers["status"]
    assert answers["pid"] == 1
    assert "PermissionError" in answers["socket"]
    assert "No such file" in answers["outside"]
    assert answers["write"] == "x"
    assert answers["scratch"] == "/scratch"
    assert answers["bomb"] == "memory"
    assert answers["processes"] == 3


@needs_version_2
def test_an_ordinary_user_has_control_groups_where_one_is_delegated(version_2_group):
    """A group that belongs to the user, as `systemd-run --user --scope -p Delegate=yes` gives."""

    def prepare():
        (version_2_group / "cgroup.procs").write_text(str(os.getpid()))
        for name in (".", "cgroup.procs", "cgroup.subtree_control"):
            os.chown(version_2_group / name, USER, USER)
        become_ordinary()

    answers = run(prepare, "full")
    assert answers["level"] == "full"
    assert {"cgroup-memory", "cgroup-pids", "cgroup-cpu", "cgroup-cpuacct"} <= set(
        answers["layers"]
    )
    assert answers["bomb"] == "memory"


@pytest.fixture
def forbid():
    """Prepare an ordinary user who may not make user namespaces."""

    def prepare():
        become_ordinary()
        without_namespaces()

    return prepare


def test_less_than_full_is_refused_unless_allowed(forbid):
    """Without namespaces nothing starts by default, and the message says what to do."""
    answers = run(forbid, "full")
    assert answers["probed"].startswith("partial:user,pid,mount,ipc,uts,network,view")
    assert "gradlab doctor" in answers["refused"]
    assert "GRADLAB_ISOLATION=partial" in answers["refused"]


def test_partial_isolation_is_what_is_left(forbid):
    """With `partial`, the filter, Landlock, limits and the watcher still hold."""
    answers = run(forbid, "partial")
    assert answers["level"] == "partial:namespaces"
    assert {"seccomp", "limits"} <= set(answers["layers"])
    assert "PermissionError" in answers["socket"]
    assert answers["write"] == "x"
    assert answers["bomb"] == "memory"
    assert answers["processes"] == 1
    assert not Path(answers["scratch"]).exists()
    if "landlock" in answers["layers"]:
        assert "PermissionError" in answers["outside"]
