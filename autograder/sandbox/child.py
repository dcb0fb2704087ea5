"""What happens in a forked child between the fork and the entry point.

What it guarantees:

- The entry point runs only when every layer that was promised is in force; otherwise the child
  reports a fault over its status socket and ends.
- The child holds the given descriptors, numbered from 3, and 0-2 on /dev/null; nothing else.
- It never returns into the server's code.

What it does not do: choose what is promised (`zygote` does, once).
"""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
import sys
import tempfile
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from autograder.linux import kernel, landlock
from autograder.linux.seccomp import Filter
from autograder.sandbox import namespaces
from autograder.sandbox.filesystem import TEMPORARY
from autograder.sandbox.policy import SCRATCH, Policy

EntryPoint = Callable[[list[int], bytes], object]

_FIRST: Final = 3
_ASIDE: Final = 1000
EXIT_RAISED: Final = 70
EXIT_UNCONFINED: Final = 71


@dataclass(frozen=True)
class ChildLimits:
    """The part of a submission's limits that is set on its processes."""

    cpu_seconds: float
    memory_bytes: int
    processes: int
    open_files: int
    scratch_bytes: int


@dataclass(frozen=True)
class Confinement:
    """The layers that the server brought up, applied to every child.

    Args:
        policy: what is allowed.
        in_namespaces: whether the server is in its namespaces, so that children enter theirs.
        system_calls: the filter to install; None leaves it out.
        landlock_version: 0 leaves Landlock out.
    """

    policy: Policy
    in_namespaces: bool
    system_calls: Filter | None
    landlock_version: int


def set_resource_limits(limits: ChildLimits, *, confined: bool) -> None:
    """Set the limits that the kernel counts for each process (or, for processes, each user)."""
    seconds = int(limits.cpu_seconds) + 2  # the watch is finer; this holds should it fail
    wanted = {
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_CORE: 1,  # none to a file, as 0; and unlike 0 none to a program of the host
        resource.RLIMIT_NOFILE: limits.open_files,
    }
    if confined:
        wanted |= {
            resource.RLIMIT_NPROC: limits.processes,
            resource.RLIMIT_FSIZE: limits.scratch_bytes,
            resource.RLIMIT_MSGQUEUE: 0,
            resource.RLIMIT_SIGPENDING: 256,
            resource.RLIMIT_NICE: 0,
            resource.RLIMIT_RTPRIO: 0,
        }
    for kind, value in wanted.items():
        hard = resource.getrlimit(kind)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (value, value))


def _arrange_descriptors(fds: Sequence[int], *, silent: bool) -> list[int]:
    """Number `fds` from 3 and close everything else; `silent` takes away 0-2, too."""
    null = os.open("/dev/null", os.O_RDWR)
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    soft = _ASIDE + len(fds) + 8
    resource.setrlimit(
        resource.RLIMIT_NOFILE, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard)
    )
    for standard in range(_FIRST if silent else 1):
        os.dup2(null, standard)
    aside = [_ASIDE + index for index in range(len(fds))]
    for fd, place in zip(fds, aside, strict=True):
        os.dup2(fd, place, inheritable=False)
    final = [_FIRST + index for index in range(len(fds))]
    for place, number in zip(aside, final, strict=True):
        os.dup2(place, number, inheritable=False)
    kernel.close_range(_FIRST + len(fds))
    return final


def _be_first_to_go() -> None:
    """When the machine is out of memory, let the kernel choose this process."""
    descriptor = os.open("/proc/self/oom_score_adj", os.O_WRONLY)
    try:
        os.write(descriptor, b"1000")
    finally:
        os.close(descriptor)


def _landlock(confinement: Confinement, course: str | None, scratch: str) -> None:
    devices = ["/dev", *confinement.policy.view.devices]
    writable = [scratch]
    if confinement.in_namespaces:
        readable = ["/"]
        writable.append(TEMPORARY)  # a link into the scratch, or a mount of it
    else:
        view = confinement.policy.view
        shown = [bind.source for bind in view.binds] + list(view.copies)
        shown += [folder for name, folder in view.courses if name == course]
        readable = [p for p in (*shown, "/etc", "/dev", "/proc") if Path(p).exists()]
    landlock.restrict(
        readable,
        writable,
        [device for device in devices if Path(device).exists()],
        network=confinement.policy.network,
        abi=confinement.landlock_version,
    )


def confine(
    confinement: Confinement, limits: ChildLimits, course: str | None, scratch: str | None
) -> None:
    """Apply every layer to this process, in the only order that works.

    Args:
        confinement: the layers.
        limits: for the process and its descendants.
        course: the assignment to show at `/course`; needs namespaces.
        scratch: a folder made for this child, where there are no namespaces.
    """
    if scratch is None:
        namespaces.enter_for_child(confinement.policy, limits.scratch_bytes, course)
        scratch = SCRATCH
    else:
        os.environ |= {"HOME": scratch, "TMPDIR": scratch}
        tempfile.tempdir = scratch
        os.chdir(scratch)
        if os.geteuid() == 0:
            namespaces.become_user(confinement.policy.outside_uid)
    set_resource_limits(limits, confined=True)
    _be_first_to_go()
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    kernel.drop_capabilities()
    if confinement.landlock_version:
        _landlock(confinement, course, scratch)
    if confinement.system_calls is not None:
        confinement.system_calls.install()


def run(
    entry: EntryPoint,
    payload: bytes,
    fds: Sequence[int],
    status: socket.socket,
    limits: ChildLimits | None,
    confinement: Confinement | None,
    course: str | None,
    scratch: str | None,
) -> None:
    """Be the child: confine, call the entry point, exit. Never returns."""
    code = EXIT_UNCONFINED
    status_number = status.detach()
    try:
        kernel.die_with_parent()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD, signal.SIGPIPE):
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.umask(0o022)
        numbers = _arrange_descriptors([*fds, status_number], silent=confinement is not None)
        status_number = numbers.pop()
        if confinement is not None:
            assert limits is not None
            confine(confinement, limits, course, scratch)
        elif limits is not None:
            set_resource_limits(limits, confined=False)
        os.close(status_number)
        code = EXIT_RAISED
        entry(numbers, payload)
        code = 0
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    except BaseException:  # noqa: BLE001 - nothing may unwind into the server
        text = traceback.format_exc()
        if code == EXIT_UNCONFINED:
            fault = json.dumps({"event": "fault", "detail": text[-4000:]}).encode()
            os.write(status_number, fault)
        else:
            sys.stderr.write(text)
            sys.stderr.flush()
    finally:
        os._exit(code & 0xFF)
