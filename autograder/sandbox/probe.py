"""What this machine offers for isolation, layer by layer, with the reason and the remedy.

What it guarantees:

- Each layer is tried, not guessed from versions; every trial happens in a process of its own.
- The caller's process, its namespaces and groups stay as they are.

What it does not do: decide whether that is enough. `Isolation.allow` does, when a server starts.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from autograder.linux import cgroups, kernel, landlock, seccomp
from autograder.sandbox import filesystem, namespaces
from autograder.sandbox.policy import Policy, View, interpreter_binds

_PROBE_SECONDS: Final = 60
_IMPORTED: Final = ("encodings", "IPython", "msgpack", "numpy", "torch")
REQUIRED: Final = ("user", "pid", "mount", "ipc", "uts", "network", "view", "seccomp")

_NAMESPACES_REMEDY: Final = (
    "run as root, or allow unprivileged user namespaces: sysctl user.max_user_namespaces=10000, "
    "kernel.unprivileged_userns_clone=1 (Debian), kernel.apparmor_restrict_unprivileged_userns=0 "
    "(Ubuntu); in a container, add `--security-opt seccomp=unconfined --security-opt "
    "apparmor=unconfined --security-opt systempaths=unconfined`"
)
_CGROUP_REMEDY: Final = (
    "below systemd, run as a unit or scope with Delegate=yes (`systemd-run --scope -p "
    "Delegate=yes …`, with --user if you are not root), or name an empty delegated group in "
    "GRADLAB_CGROUP; until then memory is watched, and processors are shared process by process"
)


@dataclass(frozen=True)
class Layer:
    """One layer of isolation.

    Args:
        name: the layer.
        available: whether it works here.
        detail: what was found.
        remedy: what to do when it does not work, else "".
    """

    name: str
    available: bool
    detail: str
    remedy: str = ""


def _attempt(action: Callable[[], str]) -> tuple[bool, str]:
    """Run `action` in a forked process; returns whether it worked, and its words."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        worked, words = False, ""
        try:
            words = action()
            worked = True
        except BaseException as error:  # noqa: BLE001 - a probe reports, whatever it was
            words = f"{type(error).__name__}: {error}"
        with contextlib.suppress(OSError):
            os.write(write, json.dumps([worked, words]).encode()[:60_000])
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        text = pipe.read()
    os.waitpid(pid, 0)
    if not text:
        return False, "the probe was killed"
    worked, words = json.loads(text)
    return bool(worked), str(words)


def _user() -> str:
    if os.geteuid() == 0:
        namespaces.become_user(Policy().outside_uid)
        words = "started by root, runs as an unprivileged user"
    else:
        words = "unprivileged user namespaces"
    namespaces.enter_user_namespace(Policy().inside_uid)
    return words


def _namespace(flag: int) -> Callable[[], str]:
    def action() -> str:
        _user()
        kernel.unshare(flag)
        return "can be made"

    return action


def _view() -> str:
    policy = Policy(view=View(binds=interpreter_binds()))
    needed = [sys.executable, *_libraries()]
    namespaces.enter_for_server(policy)
    unseen = [path for path in needed if not Path(path).exists()]
    if unseen:
        raise OSError(f"{unseen[0]} cannot be seen in it, and it is needed to run student code")
    pid = os.fork()
    if pid == 0:
        try:
            filesystem.mount_proc(policy.view, first=True)
            os._exit(0)
        finally:
            os._exit(1)
    if os.waitpid(pid, 0)[1] != 0:
        raise OSError("a private /proc cannot be mounted: parts of the present one are masked")
    return "private root and /proc can be built"


def _libraries() -> list[str]:
    """Return where what runs notebooks is installed, as Python finds it."""
    found = (importlib.util.find_spec(name) for name in _IMPORTED)
    return [spec.origin for spec in found if spec is not None and spec.origin]


def _filter() -> str:
    if not seccomp.is_available():
        raise OSError(f"no filter for {os.uname().machine} on this kernel")
    policy = Policy()
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    seccomp.Filter(seccomp.program(policy.denied_calls, policy.socket_families)).install()
    try:
        kernel.unshare(kernel.CLONE_NEWUTS)
    except PermissionError:
        return f"{len(policy.denied_calls)} calls are refused"
    raise OSError("the filter was installed but has no effect")


def _landlock() -> str:
    version = landlock.version()
    if version < 1:
        raise OSError("the kernel has no Landlock, or it is not among its security modules")
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    landlock.restrict(["/usr"], [], abi=version)
    try:
        os.listdir("/")  # noqa: PTH208 - only whether it is refused
    except PermissionError:
        return f"version {version}"
    raise OSError("Landlock was applied but has no effect")


def _groups() -> tuple[str, ...]:
    group = cgroups.make_group()
    try:
        return tuple(group.controllers)
    finally:
        group.remove()


def _layers() -> list[Layer]:
    found = []

    def add(name: str, action: Callable[[], str], remedy: str) -> None:
        available, detail = _attempt(action)
        found.append(Layer(name, available, detail, "" if available else remedy))

    add("user", _user, _NAMESPACES_REMEDY)
    for name, flag in (
        ("pid", kernel.CLONE_NEWPID),
        ("mount", kernel.CLONE_NEWNS),
        ("ipc", kernel.CLONE_NEWIPC),
        ("uts", kernel.CLONE_NEWUTS),
        ("network", kernel.CLONE_NEWNET),
    ):
        add(name, _namespace(flag), _NAMESPACES_REMEDY)
    add("view", _view, _NAMESPACES_REMEDY)
    add("seccomp", _filter, "use a kernel with CONFIG_SECCOMP_FILTER on x86_64 or aarch64")
    add("landlock", _landlock, "boot a kernel of 5.13 or later with landlock in lsm=")
    controllers = _groups()
    for name in cgroups.CONTROLLERS:
        available = name in controllers
        detail = "a group can be made" if available else "no group can be made here"
        found.append(
            Layer(f"cgroup-{name}", available, detail, "" if available else _CGROUP_REMEDY)
        )
    return found


def probe() -> tuple[Layer, ...]:
    """Try every layer on this machine."""
    answer = subprocess.run(
        [sys.executable, "-P", "-m", "autograder.sandbox.probe"],
        capture_output=True,
        check=True,
        timeout=_PROBE_SECONDS,
    )
    return tuple(Layer(**layer) for layer in json.loads(answer.stdout))


def level_of(layers: tuple[Layer, ...]) -> str:
    """Return the level that a server would reach: "full", "partial:<missing,…>" or "none"."""
    missing = [layer.name for layer in layers if layer.name in REQUIRED and not layer.available]
    if not missing:
        return "full"
    return "none" if set(missing) >= set(REQUIRED) else f"partial:{','.join(missing)}"


if __name__ == "__main__":
    print(json.dumps([asdict(layer) for layer in _layers()]))
