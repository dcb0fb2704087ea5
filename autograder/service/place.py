"""Where the grading service is found, and who may talk to it. The standard library only.

What it guarantees:

- Its folder belongs to the user alone, mode 0700, and everything in it is reached through that
  folder's descriptor: a long path is no matter, a replaced folder is noticed.
- Each side knows that the other runs as the same user. The service asks for two things more: the
  token, which only who can read the folder knows (connecting takes no right to read), and the same
  namespaces and system call filters as its own, so that nobody leaves a confinement through it.
- `fingerprint` changes whenever the installed code or its libraries may have changed.
- `circumstances` is what a service and its clients must have in common, so that a job gives the
  same wherever it is run.
"""

from __future__ import annotations

import hashlib
import os
import socket
import stat
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

FOLDER = "GRADLAB_SERVICE"  # the variable that names the folder
SOCKET = "socket"
TOKEN = "token"  # noqa: S105  # a file's name
LOCK = "lock"
STARTING = "starting"
LOG = "log"
_PACKAGES = ("autograder", "gradlab_exchange", "reference")
_NAMESPACES = ("cgroup", "ipc", "mnt", "net", "pid", "user", "uts")
_CONFINED = ("NoNewPrivs", "Seccomp", "Seccomp_filters")
_READ_AT_START = ("PYTHON", "LD_", "MALLOC_", "OMP_", "OPENBLAS_", "MKL_")
_SETTINGS = ("GRADLAB_ISOLATION", "GRADLAB_CGROUP")  # of the whole service


def folder_path() -> Path:
    """Return the folder of this user's service on this machine, for this installation."""
    named = os.environ.get(FOLDER)
    if named:
        return Path(named).absolute()
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    installation = hashlib.sha256(f"{_root()}\0{sys.prefix}".encode()).hexdigest()[:12]
    return Path(state, "gradlab", f"{os.uname().nodename}-{installation}").absolute()


def open_folder(path: Path) -> int:
    """Return a descriptor of the service's folder.

    Raises:
        OSError: there is none, or it does not belong to this user alone (`PermissionError`).
    """
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    status = os.fstat(folder)
    if status.st_uid != os.geteuid() or stat.S_IMODE(status.st_mode) & 0o077:
        os.close(folder)
        raise PermissionError(f"{path} does not belong to this user alone")
    return folder


def make_folder(path: Path) -> int:
    """Return a descriptor of the service's folder, made when there is none.

    Raises:
        OSError: it cannot be made, or does not belong to this user alone.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.mkdir(mode=0o700, exist_ok=True)
    return open_folder(path)


def open_file(folder: int, name: str, flags: int) -> int:
    """Return a descriptor of a file of the folder, which only this user can read."""
    return os.open(name, flags | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=folder)


def address_in(folder: int) -> str:
    """Return the socket's address, short whatever the length of the folder's path."""
    return f"/proc/self/fd/{folder}/{SOCKET}"


def read_token(folder: int) -> str:
    """Return what proves that the folder can be read."""
    descriptor = os.open(TOKEN, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=folder)
    with os.fdopen(descriptor) as file:
        return file.read()


def peer(connection: socket.socket) -> tuple[int, int]:
    """Return the process and the user at the other end, as the kernel knows them."""
    size = struct.calcsize("3i")
    pid, uid, _gid = struct.unpack(
        "3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
    )
    return pid, uid


def standing(pid: int | str) -> tuple[str, ...]:
    """Return the namespaces and the confinement of a process.

    Raises:
        OSError: it is gone, or nothing that this process may look at.
    """
    spaces = [os.readlink(f"/proc/{pid}/ns/{name}") for name in _NAMESPACES]  # noqa: PTH115
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return (*spaces, *(line for line in lines if line.partition(":")[0] in _CONFINED))


def variables() -> dict[str, str]:
    """Return what a process needs in its environment to have the same service as this one."""
    names = [k for k in os.environ if k.startswith(_READ_AT_START) and k != "PYTHONUNBUFFERED"]
    names += [name for name in _SETTINGS if os.environ.get(name)]
    return {FOLDER: str(folder_path()), **{name: os.environ[name] for name in names}}


def circumstances() -> str:
    """Return a digest of what decides about a job's result or rights, and cannot go with it."""
    environment = variables()
    del environment[FOLDER]
    umask = os.umask(0)
    os.umask(umask)
    content = (
        (sys.version, sys.prefix),
        (os.getresuid(), os.getresgid(), sorted(os.getgroups())),
        (umask, sorted(os.sched_getaffinity(0)), os.getpriority(os.PRIO_PROCESS, 0)),
        sorted(environment.items()),
    )
    return hashlib.sha256(repr(content).encode()).hexdigest()


def fingerprint() -> str:
    """Return a digest of names, sizes and times of our code, and of the libraries' folders."""
    content = [entry for package in _PACKAGES for entry in statuses(str(_root() / package))]
    libraries = [one for one in sys.path if one.endswith(("site-packages", "dist-packages"))]
    content += [(one, os.stat(one).st_mtime_ns) for one in libraries]  # noqa: PTH116
    return hashlib.sha256(repr((sys.version, content)).encode()).hexdigest()


def statuses(place: str) -> Iterator[tuple[object, ...]]:
    """Yield name, identity, size and times of a file, or of all files of a folder, in order."""
    status = os.stat(place)  # noqa: PTH116  # quicker than Path
    if not stat.S_ISDIR(status.st_mode):
        yield place, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns
        return
    with os.scandir(place) as entries:
        names = sorted(entry.path for entry in entries if entry.name != "__pycache__")
    for name in names:
        yield from statuses(name)


def _root() -> Path:
    return Path(__file__).parents[2]
