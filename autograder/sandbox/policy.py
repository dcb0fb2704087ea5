"""What a confined process may see and do, as frozen data.

What it guarantees:

- A policy can be read, compared, composed (`dataclasses.replace`) and tested without a sandbox.
- It travels as JSON: `to_json` and `from_json` are inverse to each other.
- Nothing is writable that is not named as writable; everything not named in the view is absent.

What it does not do: apply anything. `namespaces`, `filesystem`, `landlock`, `seccomp` and
`cgroups` do, each for its layer.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Final, Literal

from autograder.sandbox.errors import PolicyError

_MOST_LINKS: Final = 40  # as the kernel follows

SCRATCH: Final = "/scratch"
COURSE: Final = "/course"
COURSES: Final = "/courses"
OUTSIDE_UIDS: Final = 4_096  # up to 65279, all in the range that systemd keeps for such users
FONT_CACHE: Final = "/var/cache/matplotlib"
_OWN_PACKAGES: Final = ("autograder", "reference")

DENIED_CALLS: Final = (
    # other processes' memory
    "ptrace process_vm_readv process_vm_writev process_madvise kcmp pidfd_getfd "
    # namespaces and mounts
    "unshare setns mount umount2 pivot_root chroot move_mount open_tree open_tree_attr fsopen "
    "fsconfig fsmount fspick mount_setattr statmount listmount swapon swapoff "
    # kernel
    "bpf perf_event_open userfaultfd kexec_load kexec_file_load init_module finit_module "
    "delete_module reboot syslog acct quotactl quotactl_fd lookup_dcookie iopl ioperm "
    "settimeofday clock_settime clock_adjtime adjtimex sethostname setdomainname personality "
    "vhangup nfsservctl "
    # keys, files by handle, notification of others' files
    "add_key request_key keyctl open_by_handle_at name_to_handle_at fanotify_init fanotify_mark "
    # ways around the filter, and memory that nobody counts
    "io_uring_setup io_uring_enter io_uring_register memfd_create memfd_secret "
    "shmget shmat shmctl msgget msgsnd msgrcv msgctl mq_open mq_unlink "
    # placement of other processes' memory
    "migrate_pages move_pages "
    # what the whole machine has once: requests of asynchronous files, and writing to all disks
    "io_setup sync syncfs"
)
# Watching files tells what others do with those that all see; a session's programs need it.
DENIED_WHILE_GRADING: Final = ("inotify_init", "inotify_init1", "inotify_add_watch")


@dataclass(frozen=True)
class Bind:
    """A file or folder of the host that the view shows.

    Args:
        source: absolute path on the host.
        target: absolute path inside; by default the same.
        writable: whether it may be written to.
    """

    source: str
    target: str = ""
    writable: bool = False

    def __post_init__(self) -> None:
        if not self.target:
            object.__setattr__(self, "target", self.source)
        for path in (self.source, self.target):
            if not path.startswith("/") or ".." in Path(path).parts:
                raise PolicyError(f"bind path {path!r} must be absolute and without '..'")


@dataclass(frozen=True)
class View:
    """The file system as the confined process sees it.

    Args:
        binds: what of the host is shown.
        copies: files or folders copied into the view when it is built, host path = inside path.
        courses: (assignment, public folder); a child sees its own at `/course`.
        devices: device files besides null, zero, full, random and urandom.
        hidden: folders that are empty in the view, though they lie inside what is shown.
        proc: "own" shows only process folders of the own namespace, "full" the rest too.
    """

    binds: tuple[Bind, ...] = ()
    copies: tuple[str, ...] = ()
    courses: tuple[tuple[str, str], ...] = ()
    devices: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    proc: Literal["own", "full"] = "own"


@dataclass(frozen=True)
class Policy:
    """Everything that confines one process tree.

    Args:
        view: the file system.
        network: whether the host's network stays reachable.
        denied_calls: names of system calls that fail with EPERM.
        socket_families: numbers of the socket families that may be made (1 is AF_UNIX).
        outside_uid: the user that runs what is confined when it is started by root; of warm servers
            the first of `OUTSIDE_UIDS`.
        inside_uid: the user's number as seen inside.
        scratch_inodes: files and folders that fit into the scratch.
        environment: the whole environment of the server, and so of its children.
    """

    view: View = field(default_factory=View)
    network: bool = False
    denied_calls: tuple[str, ...] = tuple(DENIED_CALLS.split())
    socket_families: tuple[int, ...] = (1,)
    outside_uid: int = 61_184
    inside_uid: int = 1000
    scratch_inodes: int = 20_000
    environment: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        if self.outside_uid < 1 or self.inside_uid < 1:
            raise PolicyError("a confined process cannot run as user 0; choose another uid")

    def of_server(self, number: int) -> Policy:
        """Return the policy with a user of its own for each server, as far as there are some.

        The kernel counts some things for each user of the whole machine, whatever the namespaces:
        descriptors under way in sockets, pages of pipes, watches of files. What the submission of
        one server uses up must not be missing for that of another.
        """
        return replace(self, outside_uid=self.outside_uid + number % OUTSIDE_UIDS)

    def to_json(self) -> str:
        """Return the policy as JSON text."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Policy:
        """Read what `to_json` wrote."""
        raw = json.loads(text)
        view = raw["view"]
        return cls(
            view=View(
                binds=tuple(Bind(**bind) for bind in view["binds"]),
                copies=tuple(view["copies"]),
                courses=tuple((name, folder) for name, folder in view["courses"]),
                devices=tuple(view["devices"]),
                hidden=tuple(view["hidden"]),
                proc=view["proc"],
            ),
            network=raw["network"],
            denied_calls=tuple(raw["denied_calls"]),
            socket_families=tuple(raw["socket_families"]),
            outside_uid=raw["outside_uid"],
            inside_uid=raw["inside_uid"],
            scratch_inodes=raw["scratch_inodes"],
            environment=tuple((name, value) for name, value in raw["environment"]),
        )


def package_folder(name: str) -> Path:
    """Return the folder or file that `import name` would read, without importing it."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise PolicyError(f"package {name!r} is to be visible in the sandbox but cannot be found")
    origin = Path(spec.origin)
    return origin.parent if origin.name == "__init__.py" else origin


def interpreter_binds() -> tuple[Bind, ...]:
    """Return what this interpreter, its virtual environment and the C library need.

    A folder of theirs that is a link is shown under its name and under the one that it leads to:
    paths of both kinds are in use once Python has started.
    """
    named = {Path(folder) for folder in (sys.base_prefix, sys.base_exec_prefix, sys.prefix)}
    libraries = ("stdlib", "platstdlib", "purelib", "platlib")
    named |= {Path(sysconfig.get_paths()[name]) for name in libraries}
    folders = named | {folder.resolve() for folder in named}
    system = {Path(p) for p in ("/usr", "/lib", "/lib64", "/lib32", "/bin", "/sbin")}
    folders |= {folder for folder in system if not folder.is_symlink()}
    folders |= set(_program())
    kept: list[Path] = []
    for path in sorted(path for path in folders if path.exists()):
        if path != Path("/") and not any(path.is_relative_to(other) for other in kept):
            kept.append(path)
    return tuple(Bind(str(path)) for path in kept)


def _program() -> Iterator[Path]:
    """Return where links lead to from the interpreter's own name, each place by itself."""
    path = Path(sys.executable)
    for _ in range(_MOST_LINKS):
        path = path.parent.resolve() / path.name
        yield path
        if not path.is_symlink():
            return
        path = Path(os.path.normpath(path.parent / path.readlink()))


def base_environment() -> dict[str, str]:
    """Return the environment that makes runs repeat: fixed hashing, one thread, one language."""
    threads = ("OMP", "MKL", "OPENBLAS", "NUMEXPR", "VECLIB_MAXIMUM")
    return {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        **{f"{name}_NUM_THREADS": "1" for name in threads},
    }


def student_policy(
    public_folder_by_assignment: Mapping[str, Path] | None = None,
    *,
    packages: Iterable[str] = ("autograder.wire", "autograder.student"),
    binds: Iterable[Bind] = (),
    secret_folders: Iterable[Path] = (),
) -> Policy:
    """Return the policy for running a student's notebook.

    Args:
        public_folder_by_assignment: what each assignment's students received; a submission sees
            its own at `/course`.
        packages: our packages that the confined server imports.
        binds: further files or folders to show.
        secret_folders: folders that must not be seen, wherever they lie. The reference and our own
            package always are: an installation may have put both beside the libraries.
    """
    copies = [str(package_folder(name)) for name in packages]
    parents = {name.rpartition(".")[0] for name in packages} - {""}
    copies += [str(package_folder(name) / "__init__.py") for name in sorted(parents)]
    courses = tuple(
        (name, str(Path(folder).resolve()))
        for name, folder in sorted((public_folder_by_assignment or {}).items())
    )
    for name, folder in courses:
        if not name or "/" in name or name.startswith("."):
            raise PolicyError(f"assignment name {name!r} cannot be a folder name")
        if not Path(folder).is_dir():
            raise PolicyError(f"public folder of {name!r} is missing: {folder}")
    shown = (*interpreter_binds(), *binds)
    environment = base_environment() | {
        "HOME": SCRATCH,
        "TMPDIR": f"{SCRATCH}/.tmp",
        "MPLCONFIGDIR": FONT_CACHE,
        "USER": "student",
    }
    return Policy(
        view=View(
            binds=shown,
            copies=tuple(dict.fromkeys(copies)),
            courses=courses,
            hidden=_hidden(shown, [*map(_own_package, _OWN_PACKAGES), *secret_folders]),
        ),
        denied_calls=(*DENIED_CALLS.split(), *DENIED_WHILE_GRADING),
        environment=tuple(sorted(environment.items())),
    )


def _own_package(name: str) -> Path | None:
    return package_folder(name) if importlib.util.find_spec(name) is not None else None


def _hidden(shown: Iterable[Bind], folders: Iterable[Path | None]) -> tuple[str, ...]:
    """Return the folders, as seen inside, that lie in what is shown; the outermost of them."""
    found: dict[str, None] = {}
    places = {p for folder in folders if folder for p in (folder.absolute(), folder.resolve())}
    for place in sorted(places):
        for bind in shown:
            for source in {Path(bind.source), Path(bind.source).resolve()}:
                if place == source:
                    raise PolicyError(f"{place} is shown to students and must not be seen by them")
                if place.is_relative_to(source):
                    found[str(Path(bind.target) / place.relative_to(source))] = None
    outer = [f for f in found if not any(f != g and Path(f).is_relative_to(g) for g in found)]
    return tuple(sorted(outer))


@dataclass(frozen=True)
class Graphics:
    """The GPU that student code may use.

    Args:
        nodes: the device files that lead to it; those that do not exist are left out.
        variables: what tells CUDA which one it is.
    """

    nodes: tuple[str, ...]
    variables: Mapping[str, str]


def with_graphics(policy: Policy, graphics: Graphics) -> Policy:
    """Return the policy with a GPU's device files and variables, and a full /proc, added."""
    devices = tuple(node for node in graphics.nodes if Path(node).exists())
    environment = dict(policy.environment) | dict(graphics.variables)
    return replace(
        policy,
        view=replace(policy.view, devices=(*policy.view.devices, *devices), proc="full"),
        environment=tuple(sorted(environment.items())),
    )
