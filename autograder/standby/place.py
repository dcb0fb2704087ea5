"""Where a standby is found, and who may talk to it. The standard library only: commands begin here.

What it guarantees:

- The socket lies in a folder of its own in the data directory, mode 0700, and is reached through
  that folder's descriptor: a long path is no matter, a replaced folder is noticed.
- Each side knows that the other runs as the same user. The standby asks for two things more: the
  token, which only who can read the folder knows (connecting takes no right to read), and the same
  namespaces and system call filters as its own, so that nobody leaves a confinement through it.
- `fingerprint` changes whenever the installed code or its libraries may have changed.
"""

from __future__ import annotations

import hashlib
import os
import socket
import stat
import struct
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

FOLDER = "standby"
SOCKET = "socket"
TOKEN = "token"  # noqa: S105  # a file's name
_PACKAGES = ("autograder", "gradlab_exchange", "reference")
_NAMESPACES = ("cgroup", "ipc", "mnt", "net", "pid", "user", "uts")
_CONFINED = ("NoNewPrivs", "Seccomp", "Seccomp_filters")
_READ_AT_START = ("PYTHON", "LD_", "MALLOC_", "OMP_", "OPENBLAS_", "MKL_")


def home_of(argv: list[str], environment: Mapping[str, str], start: Path) -> Path | None:
    """Return the data directory of a command, as `Layout.find` would; None when there is no course.

    Args:
        argv: the arguments; `--course NAME` names one of a hub's, below the hub's own.
        environment: of the command.
        start: its working directory.
    """
    named = environment.get("GRADLAB_COURSE")
    begin = (Path(named) if named else start).resolve()
    for root in [begin] if named else [begin, *begin.parents]:
        if (root / "solutions").is_dir():
            home = Path(environment.get("GRADLAB_HOME") or root / "var").resolve()
            return home / "courses" / argv[1] if argv[:1] == ["--course"] else home
    return None


def open_folder(home: Path) -> int:
    """Return a descriptor of the standby's folder.

    Raises:
        OSError: there is none that belongs to this user alone.
    """
    folder = os.open(home / FOLDER, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    status = os.fstat(folder)
    if status.st_uid != os.geteuid() or stat.S_IMODE(status.st_mode) & 0o077:
        os.close(folder)
        raise PermissionError(f"{home / FOLDER} does not belong to this user alone")
    return folder


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


def circumstances() -> str:
    """Return a digest of what a fork of another process cannot take over; equal or no standby."""
    environment = {k: v for k, v in os.environ.items() if k.startswith(_READ_AT_START)}
    environment.pop("PYTHONUNBUFFERED", None)  # it goes with the descriptors
    flags = [getattr(sys.flags, n) for n in sys.flags.__match_args__ if n != "unbuffered"]
    content = (
        (sys.version, sys.prefix, sys.path, flags, sys.getfilesystemencoding()),
        (os.getresuid(), os.getresgid(), sorted(os.getgroups())),
        (sorted(os.sched_getaffinity(0)), os.getpriority(os.PRIO_PROCESS, 0)),
        sorted(environment.items()),
    )
    return hashlib.sha256(repr(content).encode()).hexdigest()


def fingerprint() -> str:
    """Return a digest of names, sizes and times of our code, and of the libraries' folders."""
    root = Path(__file__).parents[2]
    content = [entry for package in _PACKAGES for entry in statuses(str(root / package))]
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
