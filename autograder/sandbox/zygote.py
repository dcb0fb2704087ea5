"""The warm server's program: enter the isolation, import, then fork per request.

Started by `ForkServer` with `python -P -s -m autograder.sandbox.zygote CONTROL OWNER`.

What it guarantees:

- Memory addresses and hashes are fixed, so that what depends on them repeats.
- In isolation, modules of the entry point are imported from within the view, by a process that
  never held anything that is not in its configuration.
- It ends with its owner, and all its children with it.

What it does not do: hold secrets. Its whole input is the configuration datagram.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
import traceback
from collections.abc import Callable
from typing import Any

from autograder.sandbox import (
    cgroups,
    child,
    filesystem,
    hugepages,
    kernel,
    landlock,
    namespaces,
    seccomp,
    server,
)
from autograder.sandbox.policy import Policy
from autograder.sandbox.usage import Watches


def _resolve(name: str) -> Callable[..., object]:
    module, _, function = name.partition(":")
    return getattr(importlib.import_module(module), function)  # type: ignore[no-any-return]


def _warm(configuration: dict[str, Any]) -> child.EntryPoint:
    sys.path.extend(configuration["python_path"])
    entry = _resolve(configuration["entry"])
    if configuration["warm"]:
        _resolve(configuration["warm"])(configuration["argument"])
    gc.collect()
    gc.freeze()
    hugepages.use_huge_pages()
    return entry


def _serve(
    control: socket.socket,
    owner: int | None,
    configuration: dict[str, Any],
    confinement: child.Confinement | None,
    group: cgroups.Group | None,
) -> None:
    """Warm up, say so, and serve."""
    layers: list[str] = []
    own: int | None = None
    if confinement is not None:
        layers = ["seccomp", "limits"]
        if confinement.landlock_version:
            layers.append("landlock")
        if group is not None:
            layers += [f"cgroup-{name}" for name in sorted(group.controllers)]
        if confinement.in_namespaces:
            layers.append("namespaces")
            own = namespaces.finish_server(confinement.policy)
    entry = _warm(configuration)
    if confinement is not None and confinement.in_namespaces:
        filesystem.seal_view()
    server.send(control, {"event": "ready", "pid": os.getpid(), "layers": layers})
    server.Server(control, owner, entry, confinement, own, Watches(group)).serve()


def _fail(control: socket.socket) -> None:
    """Tell why the server cannot serve."""
    with contextlib.suppress(OSError):
        server.send(control, {"event": "failed", "detail": traceback.format_exc()[-8000:]})


def _build_and_serve(
    control: socket.socket,
    configuration: dict[str, Any],
    confinement: child.Confinement,
    group: cgroups.Group,
) -> None:
    """Be the process between the supervisor and the server, which is pid 1 of its namespace."""
    kernel.die_with_parent()
    group.join()
    namespaces.enter_for_server(confinement.policy)
    pid = os.fork()
    if pid:
        control.close()
        _pid, status = os.waitpid(pid, 0)
        os._exit(min(1, status))
    kernel.die_with_parent()
    _serve(control, None, configuration, confinement, group)


def _supervise(
    control: socket.socket,
    owner: int,
    configuration: dict[str, Any],
    confinement: child.Confinement,
) -> None:
    """Run the server in namespaces and end it with the owner."""
    kernel.adopt_orphans()
    group = cgroups.make_group()
    pid = os.fork()
    if pid == 0:
        try:
            _build_and_serve(control, configuration, confinement, group)
        except BaseException:  # noqa: BLE001 - reported to the owner
            _fail(control)
            os._exit(1)
        os._exit(0)
    control.close()
    builder = os.pidfd_open(pid)
    poll = select.poll()
    for descriptor in (builder, owner):
        poll.register(descriptor, select.POLLIN)
    poll.poll()
    with contextlib.suppress(ProcessLookupError):
        signal.pidfd_send_signal(builder, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        while True:  # the builder, then the server that became ours
            os.waitpid(-1, 0)
    group.remove()


def main() -> None:
    """Read the configuration and become the server."""
    control_number, owner = int(sys.argv[1]), int(sys.argv[2])
    if not kernel.address_randomization_is_off():
        with contextlib.suppress(OSError):
            kernel.turn_address_randomization_off()
            os.execv(sys.executable, sys.orig_argv)  # noqa: S606 - the same program again
    control = socket.socket(fileno=control_number)
    os.set_inheritable(control_number, False)
    os.set_inheritable(owner, False)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's Ctrl-C is the owner's business
    try:
        _data, fds = server.receive(control)
        configuration = json.loads(server.read_all(fds[0]))
        os.close(fds[0])
        if configuration["policy"] is None:
            _serve(control, owner, configuration, None, None)
            return
        policy = Policy.from_json(configuration["policy"])
        confinement = child.Confinement(
            policy,
            configuration["namespaces"],
            seccomp.Filter(seccomp.program(policy.denied_calls, policy.socket_families)),
            landlock.version(),
        )
        if confinement.in_namespaces:
            _supervise(control, owner, configuration, confinement)
        else:
            _serve(control, owner, configuration, confinement, None)
    except BaseException:  # noqa: BLE001 - reported to the owner
        _fail(control)
        sys.exit(1)


if __name__ == "__main__":
    main()
