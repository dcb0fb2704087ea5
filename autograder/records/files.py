"""Files that are whole, are what they seem, and are only added to: the one place that does this.

What it guarantees:

- `write_whole`: under its name a file is the old one or the new one, whenever the process is
  killed; on request also when the machine is. Until it is complete it has no name.
- `open_regular` and `read_regular`: nothing is read through a link, from a device or a pipe.
- `appended`: processes add to a file one after the other, each knowing its last line.

What it does not do: decide what a file holds.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import secrets
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, Final

PARTIAL_SUFFIX: Final = ".part"  # of what a killed writer may leave; `gradlab prune` removes it
_READING = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_UNNAMED_FILE = os.O_WRONLY | os.O_TMPFILE | os.O_CLOEXEC
_NAMED_ONLY = (errno.EOPNOTSUPP, errno.EISDIR)  # file systems of a network, old kernels
_NO_LINKS = (errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK)
_BLOCK_BYTES = 8192
_Name = str | os.PathLike[str]


class NotRegularError(OSError):
    """What is there is a folder, a device, a pipe or the like."""


class TooLargeError(OSError):
    """A file has more bytes than are read."""


def open_regular(path: _Name, *, folder: int | None = None) -> BinaryIO:
    """Open a file for reading.

    Args:
        path: the file.
        folder: the descriptor of a folder in which it lies; by default the working directory.

    Raises:
        NotRegularError: it is no regular file.
        OSError: it is missing, a link (`ELOOP`), or cannot be opened.
    """
    descriptor = os.open(path, _READING, dir_fd=folder)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise NotRegularError(errno.EINVAL, "it is not a regular file", os.fspath(path))
    return os.fdopen(descriptor, "rb")


def read_regular(path: _Name, most_bytes: int, *, folder: int | None = None) -> bytes:
    """Return the content of a file.

    Raises:
        TooLargeError: it has more than `most_bytes`; `strerror` says how many.
        NotRegularError, OSError: see `open_regular`.
    """
    with open_regular(path, folder=folder) as file:
        size = os.fstat(file.fileno()).st_size
        data = b"" if size > most_bytes else file.read(most_bytes + 1)
    if max(size, len(data)) > most_bytes:
        said = f"it has {max(size, len(data))} bytes; at most {most_bytes} are read"
        raise TooLargeError(errno.EFBIG, said, os.fspath(path))
    return data


def write_whole(path: _Name, data: bytes, *, mode: int = 0o600, synchronised: bool = False) -> None:
    """Write a file in place of what is there; its folder is made when it is missing.

    Args:
        path: the file.
        data: all of its content.
        mode: its permissions, whatever the umask is.
        synchronised: return only once it is on the disk.

    Raises:
        OSError: the disk is full or the folder cannot be written; what was there is there still.
    """
    # os, not pathlib, which takes as long as the file system in this hot path
    name = os.fspath(path)
    folder = os.path.dirname(name) or "."  # noqa: PTH120
    try:
        _write(name, folder, data, mode, synchronised)
    except FileNotFoundError:
        os.makedirs(folder, exist_ok=True)  # noqa: PTH103
        _write(name, folder, data, mode, synchronised)
    if synchronised:
        synchronise_folder(folder)


def link_whole(path: _Name, other: _Name) -> bool:
    """Give a file a second name in place of what is there; return whether the file system can."""
    try:
        _link(path, other)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        return False
    return True


def _link(path: _Name, other: _Name) -> None:
    folder = os.path.dirname(os.fspath(other)) or "."  # noqa: PTH120
    try:
        os.link(path, other)
    except FileNotFoundError:
        os.makedirs(folder, exist_ok=True)  # noqa: PTH103
        os.link(path, other)
    except FileExistsError:
        partial = _partial(folder)
        os.link(path, partial)
        os.replace(partial, other)  # noqa: PTH105
        with contextlib.suppress(FileNotFoundError):
            os.unlink(partial)  # noqa: PTH108  # two names of one file: replacing did nothing


def appended(
    path: Path, make: Callable[[Iterator[bytes], bool], bytes], *, mode: int = 0o600
) -> None:
    """Add to a file what is made from its last lines, and return once it is on the disk.

    What does not fit on the disk as a whole is taken back.

    Args:
        path: the file; it and its folder are made when they are missing.
        make: gets the lines without their ends, the last one first, and whether the last one has
            an end (an empty file counts so); returns what to write. No other process adds to the
            file meanwhile.
        mode: the permissions of a new file.

    Raises:
        OSError: it is not on the disk.
    """
    flags = os.O_RDWR | os.O_APPEND | os.O_CLOEXEC
    is_new = False
    try:
        descriptor = os.open(path, flags)
    except FileNotFoundError:
        is_new = True
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, flags | os.O_CREAT, mode)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        size = os.fstat(descriptor).st_size
        is_whole = size == 0 or os.pread(descriptor, 1, size - 1) == b"\n"
        data = make(_backwards(descriptor, size - (is_whole and size > 0)), is_whole)
        if os.write(descriptor, data) < len(data):
            os.ftruncate(descriptor, size)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), os.fspath(path))
        os.fdatasync(descriptor)
    finally:
        os.close(descriptor)
    if is_new:
        synchronise_folder(path.parent)


def synchronise_folder(folder: _Name) -> None:
    """Make sure that the names in a folder are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write(name: str, folder: str, data: bytes, mode: int, synchronised: bool) -> None:
    try:
        descriptor = os.open(folder, _UNNAMED_FILE, mode)
    except OSError as error:
        if error.errno not in _NAMED_ONLY:
            raise
        _write_beside(name, folder, data, mode, synchronised)
        return
    try:
        _fill(descriptor, data, mode, synchronised)
        try:
            _give_name(descriptor, name)
        except FileExistsError:
            partial = _partial(folder)
            _give_name(descriptor, partial)
            _put_in_place(partial, name)
    finally:
        os.close(descriptor)


def _write_beside(name: str, folder: str, data: bytes, mode: int, synchronised: bool) -> None:
    """Write where every file has a name."""
    partial = _partial(folder)
    descriptor = os.open(partial, _NEW_FILE, mode)
    try:
        _fill(descriptor, data, mode, synchronised)
    except BaseException:
        os.unlink(partial)  # noqa: PTH108
        raise
    finally:
        os.close(descriptor)
    _put_in_place(partial, name)


def _fill(descriptor: int, data: bytes, mode: int, synchronised: bool) -> None:
    while data:
        data = data[os.write(descriptor, data) :]
    os.fchmod(descriptor, mode)
    if synchronised:
        os.fsync(descriptor)


def _give_name(descriptor: int, name: str) -> None:
    # the descriptor of a folder is not used: it makes Python follow the link
    os.link(f"/proc/self/fd/{descriptor}", name, src_dir_fd=descriptor)


def _put_in_place(partial: str, name: str) -> None:
    try:
        os.replace(partial, name)  # noqa: PTH105
    except BaseException:
        os.unlink(partial)  # noqa: PTH108
        raise


def _partial(folder: str) -> str:
    return f"{folder}/.{secrets.token_hex(8)}{PARTIAL_SUFFIX}"


def _backwards(descriptor: int, end: int) -> Iterator[bytes]:
    """Yield the lines of a file up to a place, the last one first."""
    rest = b""
    begin = end
    while begin > 0:
        start = max(0, begin - _BLOCK_BYTES)
        rest = os.pread(descriptor, begin - start, start) + rest
        begin = start
        rest, *whole = rest.split(b"\n")
        yield from reversed(whole)
    if end > 0:
        yield rest
