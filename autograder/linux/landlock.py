"""Landlock: a second wall around files, sockets and signals, independent of namespaces.

What it guarantees:

- Reading and executing is allowed below the given readable folders, writing below the writable
  ones, nothing elsewhere; TCP, abstract sockets and signals to outside are refused where the
  kernel's version knows how.
- Rights that the running kernel does not know are left out rather than fail.

What it does not do: hide names. That is the file-system view's work.
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterable, Mapping
from typing import Final

from autograder.linux import kernel

_CREATE, _ADD_RULE, _RESTRICT = 444, 445, 446
_VERSION_FLAG: Final = 1
_PATH_BENEATH: Final = 1

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1, 2, 4, 8
MAKE_CHAR, MAKE_BLOCK, REFER, TRUNCATE, IOCTL_DEV = 1 << 6, 1 << 11, 1 << 13, 1 << 14, 1 << 15
MAKE_FOLDERS_AND_FILES: Final = 1 << 7 | 1 << 8
_ALL_BY_VERSION: Final = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
_FILE_RIGHTS: Final = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV
_TCP_BIND_AND_CONNECT: Final = 3
_ABSTRACT_SOCKETS_AND_SIGNALS: Final = 3


def version() -> int:
    """Return the kernel's Landlock version, 0 where there is none."""
    try:
        return kernel.syscall(_CREATE, 0, 0, _VERSION_FLAG, name="landlock")
    except OSError:
        return 0


def known_rights(abi: int) -> int:
    """Return all file rights that version `abi` can restrict."""
    return max((rights for v, rights in _ALL_BY_VERSION.items() if v <= abi), default=0)


def _allow(ruleset: int, path: str, rights: int) -> None:
    folder = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = struct.pack("=Qi", rights, folder)
        buffer = ctypes.create_string_buffer(rule, len(rule))
        kernel.syscall(
            _ADD_RULE, ruleset, _PATH_BENEATH, ctypes.byref(buffer), 0, name=f"landlock {path}"
        )
    finally:
        os.close(folder)


def restrict(
    readable: Iterable[str],
    writable: Iterable[str],
    devices: Iterable[str] = (),
    *,
    network: bool = False,
    abi: int | None = None,
    further: Mapping[str, int] | None = None,
) -> None:
    """Confine this process and its descendants; needs no_new_privs.

    Args:
        readable: existing folders or files to read and execute from.
        writable: existing folders to do anything in but make device files.
        devices: existing device files to read, write and control.
        network: whether TCP stays allowed.
        abi: the version to use, by default the kernel's.
        further: folder -> exactly these rights below it, for example reading without listing.
    """
    abi = version() if abi is None else abi
    if abi < 1:
        return
    known = known_rights(abi)
    fields = struct.pack("=Q", known)
    if abi >= 4:
        fields += struct.pack("=Q", 0 if network else _TCP_BIND_AND_CONNECT)
    if abi >= 6:
        fields += struct.pack("=Q", _ABSTRACT_SOCKETS_AND_SIGNALS)
    buffer = ctypes.create_string_buffer(fields, len(fields))
    ruleset = kernel.syscall(_CREATE, ctypes.byref(buffer), len(fields), 0, name="landlock")
    try:
        for path in readable:
            rights = EXECUTE | READ_FILE | READ_DIR
            _allow(ruleset, path, rights if os.path.isdir(path) else rights & _FILE_RIGHTS)  # noqa: PTH112 - one call in the hot path
        for path in writable:
            _allow(ruleset, path, known & ~(MAKE_CHAR | MAKE_BLOCK))
        for path in devices:
            _allow(ruleset, path, known & _FILE_RIGHTS & ~EXECUTE)
        for path, rights in (further or {}).items():
            _allow(ruleset, path, known & rights)
        kernel.syscall(_RESTRICT, ruleset, 0, name="landlock_restrict_self")
    finally:
        os.close(ruleset)
