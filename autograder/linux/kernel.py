"""The system calls that Python 3.11 does not offer, or not without much beside, as plain functions.

What it guarantees:

- Every failure is an `OSError` with the call's name.
- No threads, no subprocesses, no state besides the C library's handle.

What it does not do: decide anything. Which calls are made in which order is the business of
`namespaces`, `filesystem`, `landlock` and `seccomp`.
"""

from __future__ import annotations

import ctypes
import os
from typing import Final

CLONE_NEWTIME: Final = 0x00000080
CLONE_NEWNS: Final = 0x00020000
CLONE_NEWCGROUP: Final = 0x02000000
CLONE_NEWUTS: Final = 0x04000000
CLONE_NEWIPC: Final = 0x08000000
CLONE_NEWUSER: Final = 0x10000000
CLONE_NEWPID: Final = 0x20000000
CLONE_NEWNET: Final = 0x40000000

MS_RDONLY: Final = 1
MS_NOSUID: Final = 2
MS_NODEV: Final = 4
MS_NOEXEC: Final = 8
MS_REMOUNT: Final = 32
MS_BIND: Final = 4096
MS_REC: Final = 16384
MS_PRIVATE: Final = 1 << 18
MNT_DETACH: Final = 2

MOUNT_ATTR_RDONLY: Final = 1
MOUNT_ATTR_NOSUID: Final = 2
MOUNT_ATTR_NODEV: Final = 4
MOUNT_ATTR_NOEXEC: Final = 8

PR_SET_PDEATHSIG: Final = 1
PR_SET_DUMPABLE: Final = 4
PR_CAPBSET_DROP: Final = 24
PR_SET_NO_NEW_PRIVS: Final = 38
PR_SET_CHILD_SUBREAPER: Final = 36
PR_CAP_AMBIENT: Final = 47
PR_CAP_AMBIENT_CLEAR_ALL: Final = 4

ADDR_NO_RANDOMIZE: Final = 0x0040000
_READ_PERSONALITY: Final = 0xFFFFFFFF

_AT_FDCWD: Final = -100
_AT_RECURSIVE: Final = 0x8000
_MADV_COLLAPSE: Final = 25

_PIVOT_ROOT: Final = {"x86_64": 155, "aarch64": 41}
_MOUNT_SETATTR: Final = 442  # the same on every architecture, as all calls since 424
_CLOSE_RANGE: Final = 436
_CAPSET: Final = {"x86_64": 126, "aarch64": 91}
_CAPABILITY_VERSION_3: Final = 0x20080522

_libc = ctypes.CDLL(None, use_errno=True)
_libc.mount.argtypes = [
    ctypes.c_char_p,
    ctypes.c_char_p,
    ctypes.c_char_p,
    ctypes.c_ulong,
    ctypes.c_char_p,
]
_libc.prctl.argtypes = [ctypes.c_int] + [ctypes.c_ulong] * 4
_libc.personality.argtypes = [ctypes.c_ulong]
_libc.madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
_libc.syscall.restype = ctypes.c_long
_fork = ctypes.PyDLL(None, use_errno=True).fork  # keeps Python's lock: there is no other thread
_SIG_BLOCK: Final = 0
_SIG_SETMASK: Final = 2
_ALL_SIGNALS: Final = b"\xff" * 128  # a `sigset_t` of the C library


def _check(result: int, call: str, path: str | None = None) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{call}: {os.strerror(number)}", path)
    return result


def syscall(number: int, *arguments: object, name: str = "syscall") -> int:
    """Make a raw system call; integers are passed as unsigned long."""
    passed = [ctypes.c_ulong(a) if isinstance(a, int) else a for a in arguments]
    return _check(_libc.syscall(ctypes.c_long(number), *passed), name)


def unshare(flags: int) -> None:
    """Leave the namespaces named by `flags` for new ones."""
    _check(_libc.unshare(flags), f"unshare({flags:#x})")


def setns(descriptor: int, flags: int) -> None:
    """Enter the namespace behind `descriptor`."""
    _check(_libc.setns(descriptor, flags), "setns")


def mount(source: str, target: str, kind: str, flags: int = 0, options: str = "") -> None:
    """Mount a file system, or bind a folder with `MS_BIND`."""
    result = _libc.mount(
        os.fsencode(source), os.fsencode(target), kind.encode(), flags, options.encode()
    )
    _check(result, f"mount {kind or 'bind'} {source}", target)


def unmount(target: str) -> None:
    """Take the topmost mount off `target`, at once for new lookups."""
    _check(_libc.umount2(os.fsencode(target), MNT_DETACH), "umount", target)


def restrict_mount(target: str, attributes: int) -> None:
    """Add restrictions (`MOUNT_ATTR_…`) to a mount and everything mounted below it."""
    request = (ctypes.c_uint64 * 4)(attributes, 0, 0, 0)
    path = os.fsencode(target)
    syscall(
        _MOUNT_SETATTR,
        ctypes.c_int(_AT_FDCWD),
        ctypes.c_char_p(path),
        ctypes.c_uint(_AT_RECURSIVE),
        ctypes.byref(request),
        ctypes.c_size_t(ctypes.sizeof(request)),
        name=f"mount_setattr {target}",
    )


def pivot_root(new_root: str, put_old: str) -> None:
    """Make the mount at `new_root` the root; the old one appears at `put_old` in the new."""
    os.mkdir(new_root + put_old)  # noqa: PTH102 - strings are what the call takes
    new, old = os.fsencode(new_root), os.fsencode(new_root + put_old)
    number = _PIVOT_ROOT[os.uname().machine]
    syscall(number, ctypes.c_char_p(new), ctypes.c_char_p(old), name="pivot_root")
    os.chdir("/")


def prctl(option: int, a: int = 0, b: int = 0, c: int = 0, d: int = 0) -> int:
    """Operate on this process."""
    return _check(_libc.prctl(option, a, b, c, d), f"prctl({option})")


def die_with_parent() -> None:
    """Be killed when the thread that forked this process ends."""
    prctl(PR_SET_PDEATHSIG, 9)


def adopt_orphans() -> None:
    """Become the parent of descendants whose own parent ends."""
    prctl(PR_SET_CHILD_SUBREAPER, 1)


def drop_capabilities() -> None:
    """Give up every capability for good: bounding, ambient, permitted and inheritable set."""
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)
    for capability in range(64):
        if _libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0:
            break  # beyond the kernel's last capability, or without the right to drop
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    sets = (ctypes.c_uint32 * 6)(0, 0, 0, 0, 0, 0)
    number = _CAPSET[os.uname().machine]
    syscall(number, ctypes.byref(header), ctypes.byref(sets), name="capset")


def close_range(first: int, last: int = 0xFFFFFFFF) -> None:
    """Close all descriptors from `first` to `last`."""
    if first <= last:
        syscall(_CLOSE_RANGE, first, last, 0, name="close_range")


def address_randomization_is_off() -> bool:
    """Return whether this process maps its memory at fixed addresses."""
    return bool(_libc.personality(_READ_PERSONALITY) & ADDR_NO_RANDOMIZE)


def turn_address_randomization_off() -> None:
    """Have the next program that this process executes map its memory at fixed addresses."""
    _check(
        _libc.personality(_libc.personality(_READ_PERSONALITY) | ADDR_NO_RANDOMIZE), "personality"
    )


def fork() -> int:
    """Fork a process that has one thread; returns the child's number, 0 in the child.

    The child goes on as if nothing had happened. What `os.fork` has Python and its libraries do
    there (new locks, other seeds, callbacks) touches, and so copies, three hundred pages of a
    server with torch. Without other threads nobody can hold a lock.
    """
    return _check(int(_fork()), "fork")


def block_signals() -> bytes:
    """Let no signal be delivered from now on; returns what is to be told `restore_signals`."""
    before = ctypes.create_string_buffer(len(_ALL_SIGNALS))
    _libc.pthread_sigmask(_SIG_BLOCK, _ALL_SIGNALS, before)
    return before.raw


def restore_signals(before: bytes) -> None:
    """Let signals be delivered as before."""
    _libc.pthread_sigmask(_SIG_SETMASK, before, None)


def collapse_memory(start: int, length: int) -> bool:
    """Move a range of memory into huge pages, so that a fork copies fewer entries."""
    return bool(_libc.madvise(start, length, _MADV_COLLAPSE) == 0)
