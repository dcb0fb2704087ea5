"""The warm server's program: enter the isolation, import, then fork per request.

Started by `ForkServer` or `Nursery` with `python -P -s -m autograder.sandbox.zygote CONTROL OWNER`.

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
import logging
import os
import select
import signal
import socket
import sys
import tempfile
import traceback
from collections.abc import Callable, Sequence
from typing import Any, Final

from autograder.linux import cgroups, hugepages, kernel, landlock, seccomp
from autograder.sandbox import child, filesystem, namespaces, server
from autograder.sandbox.policy import Policy
from autograder.sandbox.usage import Watches
from autograder.wire.late_compiler import put_off_compiler

_MOST_CHARACTERS: Final = 8000


def _resolve(name: str) -> Callable[..., object]:
    module, _, function = name.partition(":")
    return getattr(importlib.import_module(module), function)  # type: ignore[no-any-return]


def _warm(configuration: dict[str, Any]) -> tuple[child.EntryPoint, list[int]]:
    """Return what children call, and the memory that is still in small pages."""
    sys.path.extend(configuration["python_path"])
    entry = _resolve(configuration["entry"])
    if configuration["warm"]:
        _resolve(configuration["warm"])(configuration["argument"])
    # every fork would make these locks anew, page after page; nobody holds one here
    logging._at_fork_reinit_lock_weakset.clear()  # type: ignore[attr-defined]
    gc.collect()
    gc.freeze()
    return entry, hugepages.use_huge_pages()


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
        layers = ["limits", "seccomp"] if confinement.system_calls else ["limits"]
        if confinement.landlock_version:
            layers.append("landlock")
        if group is not None:
            layers += [f"cgroup-{name}" for name in sorted(group.controllers)]
        if confinement.in_namespaces:
            layers.append("namespaces")
            try:
                own = namespaces.finish_server(confinement.policy)
            except OSError as error:  # parts of the present /proc are covered: a container
                _tell(control, "refused", f"view: {error}.")
                return
    entry, small = _warm(configuration)
    if confinement is not None and confinement.in_namespaces:
        filesystem.seal_view()
    server.send(control, {"event": "ready", "pid": os.getpid(), "layers": layers})
    server.Server(control, owner, entry, confinement, own, Watches(group), small).serve()


def _fail(control: socket.socket) -> None:
    """Tell why the server cannot serve."""
    _tell(control, "failed", traceback.format_exc()[-_MOST_CHARACTERS:])


def _tell(control: socket.socket, event: str, detail: str) -> None:
    with contextlib.suppress(OSError):
        server.send(control, {"event": event, "detail": detail})


def _build_and_serve(
    control: socket.socket,
    configuration: dict[str, Any],
    confinement: child.Confinement,
    group: cgroups.Group,
) -> None:
    """Be the process between the supervisor and the server, which is pid 1 of its namespace."""
    kernel.die_with_parent()
    group.join()
    try:
        namespaces.enter_for_server(confinement.policy)
    except OSError as error:
        _tell(control, "refused", f"namespaces: {error}.")
        os._exit(1)
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


def _nurse(control: socket.socket, owner: int, libraries: Sequence[str]) -> None:
    """Import what all servers share, and fork a server for each request until the owner is gone."""
    for name in libraries:
        importlib.import_module(name)
    if "torch" in sys.modules:
        put_off_compiler()  # here, because it looks through all objects, which forks then share
    gc.collect()
    gc.freeze()
    hugepages.use_huge_pages()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the servers here
    server.send(control, {"event": "ready"})
    poll = select.poll()
    poll.register(control, select.POLLIN)
    poll.register(owner, select.POLLIN)
    while owner not in [ready for ready, _event in poll.poll()]:
        if not _nurse_one(control, owner):
            return


def _nurse_one(control: socket.socket, owner: int) -> bool:
    """Answer one request; returns False when nobody asks any more."""
    try:
        data, fds = server.receive(control)
    except ConnectionResetError:
        return False
    if not data:
        return False
    request = json.loads(data)
    given: tuple[int, ...] = ()
    try:
        pid = os.fork()
        if pid == 0:
            control.close()
            os.close(owner)
            _hatch(request["environment"], *fds)
        given = (os.pidfd_open(pid),)
        answer = {"event": "forked"}
    except OSError as error:
        answer = {"event": "failed", "detail": str(error)}
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # gone in the meantime
        server.send(control, answer, given)
    for descriptor in (*given, *fds):
        os.close(descriptor)
    return True


def _hatch(environment: dict[str, str], control: int, owner: int, log: int) -> None:
    """Become a warm server in a fork of the nursery. Never returns."""
    code = 1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        for standard in (1, 2):
            os.dup2(log, standard)
        os.close(log)
        os.environ.clear()
        os.environ.update(environment)
        tempfile.tempdir = None
        code = _become_server(socket.socket(fileno=control), owner)
    finally:
        os._exit(code)


def main() -> None:
    """Read the configuration and become the server, or the nursery of servers."""
    control_number, owner = int(sys.argv[1]), int(sys.argv[2])
    if not kernel.address_randomization_is_off():
        with contextlib.suppress(OSError):
            kernel.turn_address_randomization_off()
            os.execv(sys.executable, sys.orig_argv)  # noqa: S606 - the same program again
    control = socket.socket(fileno=control_number)
    os.set_inheritable(control_number, False)
    os.set_inheritable(owner, False)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's Ctrl-C is the owner's business
    sys.exit(_become_server(control, owner))


def _become_server(control: socket.socket, owner: int) -> int:
    """Serve until the owner is gone; returns the exit status."""
    try:
        data, fds = server.receive(control)
        request = json.loads(data)
        if request["event"] == "preload":
            _nurse(control, owner, request["libraries"])
            return 0
        configuration = json.loads(server.read_all(fds[0]))
        os.close(fds[0])
        if configuration["policy"] is None:
            _serve(control, owner, configuration, None, None)
            return 0
        policy = Policy.from_json(configuration["policy"]).of_server(os.getpid())
        filtering = "seccomp" in configuration["layers"]
        if filtering and not seccomp.is_available():
            _tell(control, "refused", "seccomp: the kernel or the architecture has no filter.")
            return 1
        code = seccomp.program(policy.denied_calls, policy.socket_families) if filtering else b""
        confinement = child.Confinement(
            policy,
            "namespaces" in configuration["layers"],
            seccomp.Filter(code) if filtering else None,
            landlock.version(),
        )
        if confinement.in_namespaces:
            _supervise(control, owner, configuration, confinement)
        else:
            kernel.adopt_orphans()
            _serve(control, owner, configuration, confinement, None)
    except BaseException:  # noqa: BLE001 - reported to the owner
        _fail(control)
        return 1
    return 0


if __name__ == "__main__":
    main()
