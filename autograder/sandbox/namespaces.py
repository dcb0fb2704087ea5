"""Entering namespaces: once for the warm server, and again, cheaply, for each of its children.

What it guarantees:

- The server and each child have user, pid, mount, ipc, uts and, unless the policy leaves the
  network on, network namespaces of their own; a child's cannot see the server's processes.
- Started by root, the server runs as the policy's unprivileged user; started by anybody else,
  as that user. No process inside ever has rights outside.
- A child ends with no capabilities in any namespace and can gain none.

What it does not do: build what the mount namespace shows (`filesystem`).
"""

from __future__ import annotations

import contextlib
import os
import socket
from pathlib import Path

from autograder.linux import kernel
from autograder.sandbox import filesystem
from autograder.sandbox.policy import Policy

_OUTER = kernel.CLONE_NEWPID | kernel.CLONE_NEWNS | kernel.CLONE_NEWIPC | kernel.CLONE_NEWUTS
_WARMING_BYTES = 256_000_000  # what imports may write before the first child
_CHILD = kernel.CLONE_NEWNS | kernel.CLONE_NEWIPC | kernel.CLONE_NEWUTS


def _write(path: str, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)


def enter_user_namespace(inside_uid: int) -> None:
    """Enter a user namespace where the present user has the number `inside_uid`."""
    uid, gid = os.geteuid(), os.getegid()
    kernel.unshare(kernel.CLONE_NEWUSER)
    _write("/proc/self/setgroups", "deny")
    _write("/proc/self/uid_map", f"{inside_uid} {uid} 1")
    _write("/proc/self/gid_map", f"{inside_uid} {gid} 1")


def become_user(uid: int) -> None:
    """Give up root for an ordinary user without groups."""
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    kernel.prctl(kernel.PR_SET_DUMPABLE, 1)  # else /proc/self belongs to root
    kernel.die_with_parent()  # a change of user clears it


def _network(policy: Policy) -> int:
    return 0 if policy.network else kernel.CLONE_NEWNET


def enter_for_server(policy: Policy) -> None:
    """Take this process into the view and new namespaces; its next child is their pid 1."""
    if os.geteuid() == 0:
        kernel.unshare(kernel.CLONE_NEWNS)
        filesystem.build_view(policy.view, policy.inside_uid, policy.outside_uid)
        become_user(policy.outside_uid)
        enter_user_namespace(policy.inside_uid)
    else:
        enter_user_namespace(policy.inside_uid)
        kernel.unshare(kernel.CLONE_NEWNS)
        filesystem.build_view(policy.view, policy.inside_uid, policy.inside_uid)
    kernel.unshare(_OUTER | _network(policy))


def finish_server(policy: Policy) -> int:
    """Complete the namespaces from inside, as their pid 1; returns the own pid namespace."""
    filesystem.mount_proc(policy.view, first=True)
    filesystem.mount_scratch(_WARMING_BYTES, policy.scratch_inodes)
    with contextlib.suppress(OSError):
        socket.sethostname("sandbox")
    return os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)


def fork_into_pid_namespace(own: int) -> int:
    """Fork a child that is pid 1 of a new pid namespace; the caller stays where it is.

    Entering the own namespace again undoes the last `unshare`; the usual way, a process in
    between, would copy the warm server's memory map twice.
    """
    kernel.setns(own, kernel.CLONE_NEWPID)
    kernel.unshare(kernel.CLONE_NEWPID)
    return kernel.fork()


def enter_for_child(policy: Policy, scratch_bytes: int, course: str | None) -> None:
    """Take a forked child into its namespaces, scratch and /proc; its last privileged step."""
    flags = _CHILD | _network(policy)
    if Path("/proc/self/ns/cgroup").exists():
        flags |= kernel.CLONE_NEWCGROUP
    kernel.unshare(flags)
    filesystem.enter_scratch(scratch_bytes, policy.scratch_inodes, course)
    filesystem.mount_proc(policy.view, first=False)
    enter_user_namespace(policy.inside_uid)
