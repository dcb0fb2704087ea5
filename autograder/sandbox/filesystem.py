"""The file-system view: a small read-only tree of binds, and a fresh scratch for every child.

What it guarantees:

- The view holds what the policy names and nothing else of the host; the host's root is
  unmounted, not hidden.
- A child writes to its own tmpfs only, limited in bytes and inodes, which vanishes with it:
  `/tmp` and `/dev/shm` lead into it. What the view shows below `/tmp` (an installation there) is
  put back, read-only.
- Paths inside equal paths outside, so that the interpreter and tracebacks need no translation.

What it does not do: limit calls or processes.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
from pathlib import Path
from typing import Final

from autograder.linux import kernel
from autograder.sandbox.policy import COURSE, COURSES, FONT_CACHE, SCRATCH, Bind, View

_DEVICES: Final = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
_NOTHING: Final = "/nothing"
_HOST: Final = "/.host"
_ROOT_LINKS: Final = ("bin", "sbin", "lib", "lib32", "lib64")
TEMPORARY: Final = "/tmp"  # noqa: S108 - a link into the private scratch
_LINKS: Final[dict[str, str | Path]] = {
    TEMPORARY: f"{SCRATCH}/.tmp",
    "/dev/shm": f"{SCRATCH}/.shm",  # noqa: S108
    "/dev/fd": "/proc/self/fd",
    "/dev/stdin": "/proc/self/fd/0",
    "/dev/stdout": "/proc/self/fd/1",
    "/dev/stderr": "/proc/self/fd/2",
}
_READ_ONLY: Final = kernel.MOUNT_ATTR_RDONLY | kernel.MOUNT_ATTR_NOSUID | kernel.MOUNT_ATTR_NODEV
_COPIED_ETC: Final = ("ld.so.cache", "localtime", "alternatives", "fonts")


def _etc_files(uid: int) -> dict[str, str]:
    return {
        "passwd": f"student:x:{uid}:{uid}:student:{SCRATCH}:/bin/sh\n",
        "group": f"student:x:{uid}:\n",
        "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
        "hosts": "127.0.0.1 localhost\n",
        "hostname": "sandbox\n",
    }


def _copy(source: str, target: str) -> None:
    host, inside = Path(_HOST + source), Path(target)
    inside.parent.mkdir(parents=True, exist_ok=True)
    if host.is_dir():
        shutil.copytree(host, inside, symlinks=True, ignore_dangling_symlinks=True)
    else:
        shutil.copyfile(host, inside)


def _bind(bind: Bind, restriction: int) -> None:
    host, inside = Path(_HOST + bind.source), Path(bind.target)
    if host.is_dir():
        inside.mkdir(parents=True, exist_ok=True)
    else:
        inside.parent.mkdir(parents=True, exist_ok=True)
        inside.touch()
    kernel.mount(str(host), str(inside), "", kernel.MS_BIND | kernel.MS_REC)
    if bind.writable:
        restriction &= ~kernel.MOUNT_ATTR_RDONLY
    kernel.restrict_mount(str(inside), restriction)


def _resolved(bind: Bind) -> Bind:
    return Bind(str(Path(bind.source).resolve()), bind.target, bind.writable)


def _readable_by_all(folder: Path) -> bool:
    entries = (folder, *folder.rglob("*"))
    return all(
        (mode & stat.S_IROTH) and (not stat.S_ISDIR(mode) or mode & stat.S_IXOTH)
        for mode in (entry.lstat().st_mode for entry in entries)
    )


def _make_readable(folder: Path) -> None:
    for entry in (folder, *folder.rglob("*")):
        if not entry.is_symlink():
            entry.chmod(0o755 if entry.is_dir() else 0o644)


def build_view(view: View, inside_uid: int, owner: int) -> None:
    """Build the view and make it the root; needs a mount namespace of one's own.

    Args:
        view: what to show.
        inside_uid: the user's number for the made-up /etc/passwd.
        owner: who may write to the font cache while the server warms up.
    """
    binds = [_resolved(bind) for bind in view.binds]  # links mean what they mean on the host
    courses = [_resolved(Bind(folder, f"{COURSES}/{name}")) for name, folder in view.courses]
    links = {f"/{name}": Path("/", name) for name in _ROOT_LINKS}
    targets = {link: path.readlink() for link, path in links.items() if path.is_symlink()}
    old_mask = os.umask(0o022)
    kernel.mount("none", "/", "", kernel.MS_REC | kernel.MS_PRIVATE)
    kernel.mount("tmpfs", "/tmp", "tmpfs", kernel.MS_NOSUID, "mode=755,size=1g")  # noqa: S108
    kernel.pivot_root("/tmp", _HOST)  # noqa: S108 - a mount point of our own namespace
    for folder in ("/dev", "/etc", "/proc", _NOTHING, SCRATCH, COURSE):
        Path(folder).mkdir()
    shown = [bind.target for bind in binds] + list(view.copies)
    for link, target in (_LINKS | targets).items():
        if any(path.startswith(f"{link}/") for path in shown):
            Path(link).mkdir()
        else:
            Path(link).symlink_to(target)
    for name, text in _etc_files(inside_uid).items():
        Path("/etc", name).write_text(text)
    for name in _COPIED_ETC:
        if Path(f"{_HOST}/etc", name).exists():
            _copy(f"/etc/{name}", f"/etc/{name}")
    for bind in binds:
        _bind(bind, _READ_ONLY)
    hidden = [folder for folder in view.hidden if Path(folder).is_dir()]
    for folder in hidden:
        kernel.mount("tmpfs", folder, "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, "mode=755")
    for path in view.copies:
        if not Path(path).exists():
            _copy(path, path)
    for folder in hidden:
        kernel.restrict_mount(folder, _READ_ONLY)
    for bind in courses:
        if _readable_by_all(Path(_HOST + bind.source)):
            _bind(bind, _READ_ONLY | kernel.MOUNT_ATTR_NOEXEC)
        else:
            _copy(bind.source, bind.target)
            _make_readable(Path(bind.target))
    for device in (*_DEVICES, *view.devices):
        attributes = kernel.MOUNT_ATTR_NOSUID | kernel.MOUNT_ATTR_NOEXEC
        _bind(Bind(device, writable=True), attributes)
    kernel.mount(f"{_HOST}/proc", "/proc", "", kernel.MS_BIND | kernel.MS_REC)
    Path(FONT_CACHE).mkdir(parents=True)
    os.chown(FONT_CACHE, owner, owner)
    kernel.unmount(_HOST)
    Path(_HOST).rmdir()
    os.umask(old_mask)


def mount_proc(view: View, *, first: bool) -> None:
    """Mount a /proc of the present pid namespace.

    Args:
        view: says whether children see more than process folders.
        first: the server's own, which stays complete so that the kernel lets children mount one.
    """
    flags = kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC
    options = "subset=pid" if view.proc == "own" and not first else ""
    kernel.mount("proc", "/proc", "proc", flags, options)


def seal_view() -> None:
    """Take the server's scratch away and make the view's own tmpfs read-only, after warming."""
    kernel.unmount(SCRATCH)
    flags = kernel.MS_REMOUNT | kernel.MS_BIND | kernel.MS_RDONLY | kernel.MS_NOSUID
    kernel.mount("none", "/", "", flags)


def mount_scratch(scratch_bytes: int, inodes: int) -> None:
    """Mount an empty scratch."""
    flags = kernel.MS_NOSUID | kernel.MS_NODEV
    options = f"size={scratch_bytes},nr_inodes={inodes},mode=700"
    kernel.mount("tmpfs", SCRATCH, "tmpfs", flags, options)
    os.mkdir(f"{SCRATCH}/.tmp", 0o700)  # noqa: PTH102 - pathlib is slow in the hot path
    os.mkdir(f"{SCRATCH}/.shm", 0o700)  # noqa: PTH102


def enter_scratch(scratch_bytes: int, inodes: int, course: str | None) -> None:
    """Give this process, in its own mount namespace, a scratch, and its assignment's files.

    Args:
        scratch_bytes: what the scratch may hold.
        inodes: files and folders that it may hold.
        course: the assignment whose public files are to be seen at `/course`.
    """
    mount_scratch(scratch_bytes, inodes)
    if not os.path.islink(TEMPORARY):  # noqa: PTH114 - pathlib is slow in the hot path
        _put_under_temporary()
    with contextlib.suppress(FileNotFoundError):
        if course is not None:
            kernel.mount(f"{COURSES}/{course}", COURSE, "", kernel.MS_BIND)
        os.stat(COURSES)  # noqa: PTH116
        kernel.mount(_NOTHING, COURSES, "", kernel.MS_BIND)
    os.chdir(SCRATCH)


def _put_under_temporary() -> None:
    """Make `/tmp` the scratch's, with what the view shows below it in its place."""
    flags = kernel.MS_BIND | kernel.MS_REC
    for name in os.listdir(TEMPORARY):  # noqa: PTH208
        shown, place = f"{TEMPORARY}/{name}", f"{SCRATCH}/.tmp/{name}"
        if os.path.isdir(shown):  # noqa: PTH112
            os.mkdir(place)  # noqa: PTH102
        else:
            Path(place).touch()
        kernel.mount(shown, place, "", flags)
    kernel.mount(f"{SCRATCH}/.tmp", TEMPORARY, "", flags)
