"""Run a person's notebook server where it sees its own home and nothing else of the course.

    python -I -m autograder.sessions.confine --home HOME --config CONFIG
        [--exchange FILES] [--device NODE]… -- COMMAND…

What it guarantees:

- The command sees the system read-only, its home and its Jupyter configuration; not the course's
  folder, the data directory, other homes, or other people's processes.
- Of the machine's devices it sees the harmless ones and those that are named.
- Of an exchange of files, when there is one, it reads what is released, puts submissions in, and
  reads feedback whose name it knows; it can list neither submissions nor feedback, and change
  nothing that is there. The exchange over the network needs none of that.
- The network stays on, because the hub is reached by it.
- The command never runs with less than that: what cannot be put in force ends this program.
- When this program ends, everything it started ends.

What it does not do: keep people from writing a submission in another's name into an exchange of
files, or limit the disk.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from autograder.linux import kernel, landlock, seccomp
from autograder.linux.cgroups import Group
from autograder.sandbox import filesystem, namespaces
from autograder.sandbox.policy import SCRATCH, Bind, Policy, View, interpreter_binds
from autograder.sessions.session_limits import DENIED, SessionLimits, wait_and_watch

FAMILIES = (socket.AF_UNIX, socket.AF_INET, socket.AF_INET6, socket.AF_NETLINK)
SCRATCH_BYTES = 1_000_000_000
TERMINALS = "/dev/pts"
# Where the session sees what is its own; it learns nothing of the host's folders.
HOMES = "/home"
EXCHANGE = "/exchange"
CONFIG = "/etc/gradlab"
PRIVATE_PACKAGES = ("autograder", "reference")
EXIT_UNCONFINED = 71
_SUBMIT = (
    landlock.READ_FILE | landlock.WRITE_FILE | landlock.TRUNCATE | landlock.MAKE_FOLDERS_AND_FILES
)


@dataclass(frozen=True)
class Session:
    """What one person's server needs to see.

    Args:
        home: the person's home; writable.
        exchange: the course's folder in an exchange of files; `None` for the one over the network.
        config: the folder of all roles' Jupyter configuration.
        devices: nodes below /dev that it may use besides the harmless ones: its GPU's.
    """

    home: Path
    exchange: Path | None
    config: Path
    devices: tuple[str, ...] = ()

    @property
    def inside_home(self) -> str:
        """Return the home as the session sees it."""
        return f"{HOMES}/{self.home.name}"

    @property
    def course(self) -> str:
        """Return the course's folder in an exchange of files as the session sees it."""
        assert self.exchange is not None
        return f"{EXCHANGE}/{self.exchange.name}"

    def environment(self) -> dict[str, str]:
        """Return what the environment has to say in the session."""
        said = {
            "HOME": self.inside_home,
            "TMPDIR": f"{SCRATCH}/.tmp",
            "MPLCONFIGDIR": f"{self.inside_home}/.cache/matplotlib",
            # kernels' sockets lie here: no other session sees it, and their names stay short
            "JUPYTER_RUNTIME_DIR": f"{SCRATCH}/.run",
        }
        return said if self.exchange is None else said | {"GRADLAB_EXCHANGE": EXCHANGE}

    def policy(self, empty: Path) -> Policy:
        """Return the policy.

        Args:
            empty: a folder with an empty folder `folder` and an empty file `file`, which hide what
                is not to be seen and hold the place of what is mounted later.
        """
        folder, file = str(empty / "folder"), str(empty / "file")
        hidden = [
            Bind(folder, str(path))
            for path in (Path(entry, name) for entry in sys.path for name in PRIVATE_PACKAGES)
            if path.is_relative_to(sys.prefix) and path.is_dir()
        ]
        binds = (
            *interpreter_binds(),
            *hidden,
            Bind(str(self.config), CONFIG),
            *_name_service(),
            *self._exchange_binds(),
            Bind(str(self.home), self.inside_home, writable=True),
            Bind(folder, TERMINALS),
            Bind(file, "/dev/ptmx"),
        )
        return Policy(
            view=View(binds=binds, devices=("/dev/tty", *self.devices)),
            network=True,
            socket_families=tuple(int(family) for family in FAMILIES),
        )

    def _exchange_binds(self) -> tuple[Bind, ...]:
        if self.exchange is None:
            return ()
        return (
            Bind(str(self.exchange.parent), EXCHANGE, writable=True),
            Bind(str(self.exchange / "outbound"), f"{self.course}/outbound"),
            Bind(str(self.exchange / "feedback"), f"{self.course}/feedback"),
        )

    def restrict(self, policy: Policy) -> None:
        """Allow only what a person's server does with each folder."""
        readable = [
            bind.target for bind in policy.view.binds if not bind.target.startswith(EXCHANGE)
        ]
        further = {}
        if self.exchange is not None:
            readable.append(f"{self.course}/outbound")
            further = {
                f"{self.course}/feedback": landlock.READ_FILE,
                f"{self.course}/inbound": _SUBMIT,
            }
        landlock.restrict(
            [*readable, "/etc", "/proc", "/var"],
            [self.inside_home, SCRATCH],
            ["/dev"],
            network=True,
            further=further,
        )


def _name_service() -> tuple[Bind, ...]:
    """Return what a session needs to find addresses of names, where the host can."""
    path = Path("/etc/resolv.conf").resolve()
    return (Bind(str(path), "/etc/resolv.conf"),) if path.is_file() else ()


def own_home(home: Path, uid: int) -> None:
    """Give a home to the user that the session runs as; only root has to and can."""
    if os.geteuid() != 0 or home.stat().st_uid == uid:
        return
    for folder, names, files in os.walk(home):
        for name in (*names, *files):
            os.chown(Path(folder, name), uid, uid, follow_symlinks=False)
    os.chown(home, uid, uid)


def run(session: Session, command: list[str], limits: SessionLimits) -> int:
    """Run the command in the session's view; return its exit status."""
    kernel.adopt_orphans()
    group = limits.group()
    try:
        return _run(session, command, limits, group)
    finally:
        if group is not None:
            group.remove()


def _run(session: Session, command: list[str], limits: SessionLimits, group: Group | None) -> int:
    with tempfile.TemporaryDirectory(prefix="gradlab-empty-") as folder:
        empty = Path(folder)
        empty.chmod(0o755)
        (empty / "folder").mkdir()
        (empty / "file").touch()
        policy = session.policy(empty)
        if limits.cores:
            policy = replace(policy, denied_calls=(*policy.denied_calls, *DENIED))
        own_home(session.home, policy.outside_uid)
        builder = os.fork()
        if builder == 0:
            if group is not None:
                group.join()
            limits.bind_to_processors(session.home.name)
            _never_return(lambda: _build(session, policy, command, limits))
        _pass_on_signals(builder)
        if limits.memory_bytes and not (group is not None and group.counts_memory):
            return _exit_code(wait_and_watch(builder, limits))
        return _wait_for(builder)


def _build(session: Session, policy: Policy, command: list[str], limits: SessionLimits) -> int:
    """Be the process that enters the namespaces; its child is their pid 1."""
    kernel.die_with_parent()
    namespaces.enter_for_server(policy)
    first = os.fork()
    if first == 0:
        _never_return(lambda: _init(session, policy, command, limits))
    _pass_on_signals(first)
    return _wait_for(first)


def _init(session: Session, policy: Policy, command: list[str], limits: SessionLimits) -> int:
    """Be pid 1: finish the view, start the command, bury the dead."""
    kernel.die_with_parent()
    filesystem.mount_proc(policy.view, first=True)
    filesystem.mount_scratch(SCRATCH_BYTES, policy.scratch_inodes)
    kernel.mount("devpts", TERMINALS, "devpts", kernel.MS_NOSUID, "newinstance,ptmxmode=0666")
    kernel.mount(f"{TERMINALS}/ptmx", "/dev/ptmx", "", kernel.MS_BIND)
    code = seccomp.program(policy.denied_calls, policy.socket_families)
    filter_ = seccomp.Filter(code)
    server = os.fork()
    if server == 0:
        os.setsid()
        os.environ.update(session.environment())
        os.umask(0o077)
        os.chdir(session.inside_home)
        kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
        kernel.drop_capabilities()
        session.restrict(policy)
        limits.count_processes()
        filter_.install()
        os.execv(command[0], command)  # noqa: S606 (no shell is meant)
    _pass_on_signals(server)
    return _wait_for(server)


def _never_return(action: object) -> None:
    code = EXIT_UNCONFINED
    try:
        assert callable(action)
        code = action()
    except Exception as error:  # noqa: BLE001 (whatever it is, it ends here and must be said)
        print(f"the session cannot be isolated: {error!r}", file=sys.stderr, flush=True)
    finally:
        os._exit(code)


def _pass_on_signals(pid: int) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda received, _frame: os.kill(pid, received))


def _wait_for(child: int) -> int:
    """Wait until `child` has ended, and for whatever else ends before it."""
    while True:
        pid, status = os.waitpid(-1, 0)
        if pid == child:
            return _exit_code(status)


def _exit_code(status: int) -> int:
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


def main() -> None:
    """Read the command line and run the session."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("home", "config"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--exchange", type=Path)
    parser.add_argument("--device", action="append", default=[])
    parser.add_argument("--memory", type=int, default=0, help="bytes; 0: no limit")
    parser.add_argument("--cores", type=float, default=0.0)
    parser.add_argument("--processes", type=int, default=0)
    parser.add_argument("command", nargs=argparse.REMAINDER)
    given = parser.parse_args()
    command = given.command[1:] if given.command[:1] == ["--"] else given.command
    exchange = given.exchange.resolve() if given.exchange is not None else None
    session = Session(given.home.resolve(), exchange, given.config.resolve(), tuple(given.device))
    sys.exit(run(session, command, SessionLimits(given.memory, given.cores, given.processes)))


if __name__ == "__main__":
    main()
