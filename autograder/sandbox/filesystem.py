"""The file-system view: a small read-only tree of binds, and a fresh scratch for every child.

What it guarantees:

- The view holds what the policy names and nothing else of the host; the host's root is
  unmounted, not hidden.
- A child writes to its own tmpfs only, limited in bytes and inodes, which vanishes with it:
  `/tmp` and `/dev/shm` are links into it.
- Paths inside equal paths outside, so that the interpreter and tracebacks need no translation.

What it does not do: limit calls or processes.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path
from typing import Final

from autograder.sandbox import kernel
from autograder.sandbox.policy import COURSE, COURSES, FONT_CACHE, SCRATCH, Bind, View

_DEVICES: Final = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
_NOTHING: Final = "/nothing"
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


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, symlinks=True, ignore_dangling_symlinks=True)
    else:
        shutil.copyfile(source, target)


def _bind(root: Path, bind: Bind, restriction: int) -> None:
    target = root / bind.target.lstrip("/")
    if Path(bind.source).is_dir():
        target.mkdir(parents=True, exist_ok=True)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch()
    kernel.mount(bind.source, str(target), "", kernel.MS_BIND | kernel.MS_REC)
    if bind.writable:
        restriction &= ~kernel.MOUNT_ATTR_RDONLY
    kernel.restrict_mount(str(target), restriction)


def build_view(view: View, inside_uid: int, owner: int) -> None:
    """Build the view and make it the root; needs a mount namespace of one's own.

    Args:
        view: what to show.
        inside_uid: the user's number for the made-up /etc/passwd.
        owner: who may write to the font cache while the server warms up.
    """
    kernel.mount("none", "/", "", kernel.MS_REC | kernel.MS_PRIVATE)
    root = Path("/tmp")  # noqa: S108 - a mount point of our own namespace, not a shared file
    old_mask = os.umask(0o022)
    kernel.mount("tmpfs", str(root), "tmpfs", kernel.MS_NOSUID, "mode=755,size=64m")
    for folder in ("dev", "etc", "proc", "tmp", _NOTHING[1:], SCRATCH[1:], COURSE[1:]):
        (root / folder).mkdir(exist_ok=True)
    (root / "tmp").rmdir()
    (root / "tmp").symlink_to(f"{SCRATCH}/.tmp")
    (root / "dev/shm").symlink_to(f"{SCRATCH}/.shm")
    for name, place in (("fd", "fd"), ("stdin", "fd/0"), ("stdout", "fd/1"), ("stderr", "fd/2")):
        (root / "dev" / name).symlink_to(f"/proc/self/{place}")
    for link in ("bin", "sbin", "lib", "lib32", "lib64"):
        if Path("/", link).is_symlink():
            (root / link).symlink_to(Path("/", link).readlink())
    for name, text in _etc_files(inside_uid).items():
        (root / "etc" / name).write_text(text)
    for name in _COPIED_ETC:
        if Path("/etc", name).exists():
            _copy(Path("/etc", name), root / "etc" / name)
    for path in view.copies:
        _copy(Path(path), root / path.lstrip("/"))
    for bind in view.binds:
        _bind(root, bind, _READ_ONLY)
    for name, folder in view.courses:
        _bind(root, Bind(folder, f"{COURSES}/{name}"), _READ_ONLY | kernel.MOUNT_ATTR_NOEXEC)
    for device in (*_DEVICES, *view.devices):
        bind = Bind(device, writable=True)
        _bind(root, bind, kernel.MOUNT_ATTR_NOSUID | kernel.MOUNT_ATTR_NOEXEC)
    kernel.mount("/proc", str(root / "proc"), "", kernel.MS_BIND | kernel.MS_REC)
    fonts = root / FONT_CACHE.lstrip("/")
    fonts.mkdir(parents=True)
    os.chown(fonts, owner, owner)
    os.umask(old_mask)
    kernel.pivot_root(str(root))


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
    with contextlib.suppress(FileNotFoundError):
        if course is not None:
            kernel.mount(f"{COURSES}/{course}", COURSE, "", kernel.MS_BIND)
        os.stat(COURSES)  # noqa: PTH116
        kernel.mount(_NOTHING, COURSES, "", kernel.MS_BIND)
    os.chdir(SCRATCH)
