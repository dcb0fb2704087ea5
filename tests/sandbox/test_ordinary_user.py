"""The same isolation without root, and what is left where namespaces are not allowed.

When the tests run as root, the server is started as user 61000. The interpreter may lie below a
folder that only root can enter (/root); a mount namespace of the test makes it, and nothing
else, reachable at its own path.
"""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.linux import kernel, seccomp

from .conftest import SMALL, needs_version_2

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
    assert answers["forks"] == SMALL.processes - 1
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


def without_calls(*numbers):
    """In a forked process: have an older kernel, which does not know these calls."""
    load, equal, done, allow = 0x20, 0x15, 0x06, 0x7FFF0000
    listing = [seccomp.Instruction(load, 0)]
    listing += [seccomp.Instruction(equal, number, "unknown") for number in numbers]
    listing.append(seccomp.Instruction(done, allow))
    listing.append(seccomp.Instruction(done, 0x00050000 | errno.ENOSYS, label="unknown"))
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    seccomp.Filter(seccomp.assemble(listing)).install()


def hidden(path):
    """In a forked process of root: cover a folder, for this process and its children."""
    kernel.unshare(kernel.CLONE_NEWNS)
    kernel.mount("none", "/", "", kernel.MS_REC | kernel.MS_PRIVATE)
    kernel.mount("tmpfs", path, "tmpfs")


LANDLOCK, MOUNT_SETATTR, SECCOMP = 444, 442, 317  # numbers of x86_64
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root covers what others see")
needs_numbers = pytest.mark.skipif(os.uname().machine != "x86_64", reason="numbers of x86_64")


@needs_numbers
@pytest.mark.parametrize("user", ["root", "ordinary"])
def test_a_kernel_without_landlock_is_enough(user):
    """It is the second of two walls: all the rest holds, and `doctor` names what is missing."""

    def prepare():
        if user == "ordinary":
            become_ordinary()
        without_calls(LANDLOCK)

    answers = run(prepare, "full")
    assert answers["missing"]["landlock"].startswith("boot a kernel of 5.13")
    assert (answers["probed"], answers["level"]) == ("full", "full")
    assert "landlock" not in answers["layers"]
    assert "No such file" in answers["outside"]
    assert answers["bomb"] == "memory"


@needs_root
def test_root_without_control_groups_has_the_watch():
    """Where no group can be made, memory is watched and the level is the same."""
    answers = run(lambda: hidden("/sys/fs/cgroup"), "full")
    assert answers["level"] == "full"
    assert not [name for name in answers["layers"] if name.startswith("cgroup")]
    assert "GRADLAB_CGROUP" in answers["missing"]["cgroup-memory"]
    assert (answers["bomb"], answers["processes"]) == ("memory", 3)
    assert answers["forks"] == SMALL.processes - 1


@needs_numbers
def test_a_kernel_that_cannot_make_mounts_read_only_is_refused():
    """`mount_setattr` came with 5.12; without it the view cannot be built."""
    answers = run(lambda: without_calls(MOUNT_SETATTR), "full")
    assert answers["probed"] == "partial:view"
    assert "mount_setattr" in answers["refused"]
    assert "gradlab doctor" in answers["refused"]


@needs_numbers
def test_a_kernel_without_a_filter_is_refused():
    """Not even `partial` does without it."""
    for allow in ("full", "partial"):
        answers = run(lambda: without_calls(SECCOMP), allow)
        assert answers["probed"] == "partial:seccomp"
        assert "seccomp" in answers["refused"]


@needs_root
def test_a_container_that_masks_proc_is_told_so():
    """As Docker does by default: an ordinary user there cannot have a private /proc."""

    def prepare():
        hidden("/proc/sys")
        become_ordinary()

    answers = run(prepare, "full")
    assert answers["probed"] == "partial:view"
    assert "systempaths=unconfined" in answers["missing"]["view"]
    assert "view: " in answers["refused"]
    assert "gradlab doctor" in answers["refused"]
    answers = run(prepare, "partial")
    assert answers["level"] == "partial:namespaces"
    assert "PermissionError" in answers["socket"]
