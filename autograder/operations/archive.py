"""The file that a backup is: a compressed tar with a manifest of hashes as its last member.

What it guarantees:

- The file is complete or not there, is readable by its owner only, and never replaces another.
- Every member is in the manifest with its size and SHA-256; `verify` reads all of it back.
- Unpacking writes below the given folder only: names that lead out, links outside of homes,
  devices, and members that the manifest does not have are refused before anything is written.
- Links are made last and never followed, so that none of them leads another member astray.
- Neither making nor restoring needs more of a disk than the backup, or what is in it, takes: files
  go through in pieces, a file's holes come back as holes, and a disk is never filled to its end.

What it does not do: prove who made it (keep its own hash elsewhere), or encrypt.

Longer than other modules: what is written and what is read back are held against each other.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import io
import json
import os
import shutil
import stat
import struct
import tarfile
import tempfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import IO, Any, Final, Self

from autograder.operations.errors import ArchiveError

FORMAT: Final = 2
MANIFEST: Final = "MANIFEST.json"
LINKS_BELOW: Final = "data/homes"
MAX_MANIFEST_BYTES: Final = 1 << 28
_COMPRESSION: Final = 3
_IN_MEMORY_BYTES: Final = 16 << 20
_BLOCK_BYTES: Final = 1 << 20
_REST_BYTES: Final = 260  # of a member in the manifest, besides its names
_NOTHING: Final = bytes(_BLOCK_BYTES)
_LEAST_FREE_BYTES: Final = 64 << 20  # of the disk that is written


@dataclass(frozen=True)
class Member:
    """One file, folder or link of a backup.

    Args:
        path: where it lies in the archive, with slashes.
        kind: `file`, `folder` or `link`.
        mode: permissions.
        owner: the owner's number; restored by root only.
        size_bytes: of a file.
        sha256: of a file's content.
        target: of a link.
        data_bytes: how much of a file's content is in blocks that are not all zero, which take room
            on a disk; -1 in backups of earlier versions.
    """

    path: str
    kind: str
    mode: int
    owner: int
    size_bytes: int = 0
    sha256: str = ""
    target: str = ""
    data_bytes: int = field(default=-1, compare=False)

    @property
    def room_bytes(self) -> int:
        """Return how much of a disk a file takes."""
        return self.size_bytes if self.data_bytes < 0 else self.data_bytes


@dataclass(frozen=True)
class Manifest:
    """What a backup holds and where it comes from.

    Args:
        about: plain values: when, of which course, by which versions.
        members: everything in it.
    """

    about: dict[str, Any]
    members: tuple[Member, ...] = field(default=())

    def to_bytes(self) -> bytes:
        """Return the manifest as JSON."""
        return json.dumps(
            {"format": FORMAT, **self.about, "members": [asdict(one) for one in self.members]},
            indent=1,
        ).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Manifest:
        """Read a manifest.

        Raises:
            ArchiveError: it is none, or of a format that this program does not know.
        """
        try:
            values = json.loads(data)
            form = values.pop("format")
            members = tuple(Member(**one) for one in values.pop("members"))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ArchiveError(f"the backup's manifest cannot be read: {error}") from error
        if form != FORMAT:
            raise ArchiveError(
                f"the backup has format {form}, and this gradlab reads {FORMAT}; restore it with "
                "the gradlab that made it"
            )
        return cls(values, members)


class Writer:
    """Writes a backup; `finish` makes it appear under its name.

    Args:
        path: where; nothing may be there.

    Raises:
        ArchiveError: something is there, or the folder cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        if path.exists() or path.is_symlink():
            raise ArchiveError(f"{path} is there already; a backup never replaces a file")
        try:
            descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".backup-", suffix=".part")
        except OSError as error:
            raise ArchiveError(f"{path.parent} cannot be written: {error.strerror}") from error
        self._partial = Path(name)
        self._raw = os.fdopen(descriptor, "wb")
        self._gzip = gzip.GzipFile(fileobj=self._raw, mode="wb", compresslevel=_COMPRESSION)
        self._tar = tarfile.open(fileobj=self._gzip, mode="w", format=tarfile.PAX_FORMAT)  # noqa: SIM115
        self._members: list[Member] = []
        self._manifest_bytes = 0

    def __enter__(self) -> Self:
        """Return the writer."""
        return self

    def __exit__(self, *_failure: object) -> None:
        """Leave nothing behind of a backup that was not finished."""
        self._raw.close()
        self._partial.unlink(missing_ok=True)

    def folder(self, name: str, status: os.stat_result) -> None:
        """Add a folder."""
        self._add(Member(name, "folder", stat.S_IMODE(status.st_mode), status.st_uid), status)

    def link(self, name: str, target: str, status: os.stat_result) -> None:
        """Add a symbolic link."""
        self._add(Member(name, "link", 0o777, status.st_uid, target=target), status)

    def file(self, name: str, content: IO[bytes], status: os.stat_result) -> bool:
        """Add a file with what can be read of what it has at this moment.

        Args:
            name: in the archive.
            content: the file; it may grow or be cut meanwhile.
            status: permissions, owner and time.

        Returns:
            Whether all of it could be read; what could not is zeros.

        Raises:
            ArchiveError: the disk would be full.
        """
        size = os.fstat(content.fileno()).st_size
        if size <= _IN_MEMORY_BYTES:
            data, is_whole = _read(content, size)
            content, size = io.BytesIO(data), len(data)
        else:
            is_whole = True
        source = _Measured(content, size, self._keep_room)
        mode = stat.S_IMODE(status.st_mode)
        entry = _entry(Member(name, "file", mode, status.st_uid, size), status)
        self._tar.addfile(entry, source)
        self._note(
            Member(name, "file", mode, status.st_uid, size, source.sha256.hexdigest(),
                   data_bytes=source.data_bytes)
        )  # fmt: skip
        return is_whole and source.is_whole

    def text(self, name: str, data: bytes) -> None:
        """Add a file that is made here."""
        with tempfile.TemporaryFile() as file:
            file.write(data)
            file.flush()
            file.seek(0)
            self.file(name, file, os.fstat(file.fileno()))

    @property
    def manifest_bytes(self) -> int:
        """Return about how long the manifest is that tells what was added."""
        return self._manifest_bytes

    def _add(self, member: Member, status: os.stat_result) -> None:
        self._keep_room()
        self._tar.addfile(_entry(member, status))
        self._note(member)

    def _note(self, member: Member) -> None:
        self._members.append(member)
        names = json.dumps(member.path), json.dumps(member.target)
        self._manifest_bytes += sum(map(len, names)) + _REST_BYTES

    def _keep_room(self) -> None:
        if shutil.disk_usage(self.path.parent).free < _LEAST_FREE_BYTES:
            raise ArchiveError(
                f"the disk of {self.path.parent} is nearly full; the backup was given up"
            )

    def finish(self, about: dict[str, Any]) -> str:
        """Write the manifest, and give the file its name.

        Returns: the file's SHA-256.

        Raises:
            ArchiveError: something has come to be at the name meanwhile.
        """
        data = Manifest(about, tuple(self._members)).to_bytes()
        entry = tarfile.TarInfo(MANIFEST)
        entry.size, entry.mode = len(data), 0o600
        self._tar.addfile(entry, io.BytesIO(data))
        self._tar.close()
        self._gzip.close()
        self._raw.flush()
        os.fsync(self._raw.fileno())
        with self._partial.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        try:
            os.link(self._partial, self.path)  # fails where `rename` would replace
        except FileExistsError as error:
            raise ArchiveError(f"{self.path} is there already; it was not replaced") from error
        except OSError as error:
            raise ArchiveError(
                f"{self.path.parent} is on a file system without hard links, which keep a backup "
                f"from replacing a file ({error.strerror}); make it elsewhere, then copy it"
            ) from error
        return digest


class _Measured:
    """A file's first bytes, so many exactly, as `tarfile` reads them, and their measure."""

    def __init__(self, content: IO[bytes], size: int, before_each: Callable[[], None]) -> None:
        self.sha256 = hashlib.sha256()
        self.data_bytes = 0
        self.is_whole = True
        self._content, self._left, self._before_each = content, size, before_each
        self._block = memoryview(b"")

    def read(self, size: int = _BLOCK_BYTES, /) -> bytes:
        pieces: list[bytes] = []
        while size and (self._block or self._left):
            if not self._block:
                self._block = memoryview(self._next())
            piece, self._block = self._block[:size], self._block[size:]
            pieces.append(bytes(piece))
            size -= len(piece)
        return b"".join(pieces)

    def _next(self) -> bytes:
        self._before_each()
        wanted = min(_BLOCK_BYTES, self._left)
        data, is_read = _read(self._content, wanted) if self.is_whole else (b"", False)
        self.is_whole = is_read and len(data) == wanted
        data += bytes(wanted - len(data))
        self._left -= wanted
        self.sha256.update(data)
        self.data_bytes += _weight(data)
        return data


def _read(content: IO[bytes], size: int) -> tuple[bytes, bool]:
    """Return so many bytes, or as many as there are, and whether the disk gave them."""
    data = bytearray()
    try:
        while len(data) < size and (piece := content.read(size - len(data))):
            data += piece
    except OSError:
        return bytes(data), False
    return bytes(data), True


def _weight(block: bytes) -> int:
    """Return how much of a disk a block takes: none if it can be a hole."""
    return 0 if block == _NOTHING[: len(block)] else len(block)


def _entry(member: Member, status: os.stat_result) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(member.path)
    entry.type = _TYPES[member.kind]
    entry.mode, entry.uid, entry.mtime = member.mode, member.owner, int(status.st_mtime)
    entry.size, entry.linkname = member.size_bytes, member.target
    return entry


_TYPES: Final = {"file": tarfile.REGTYPE, "folder": tarfile.DIRTYPE, "link": tarfile.SYMTYPE}


# What the standard library raises at damaged compressed tar files.
_UNREADABLE: Final = (
    OSError, EOFError, ValueError, OverflowError, KeyError, IndexError, struct.error,
    tarfile.TarError, zlib.error,
)  # fmt: skip


def verify(path: Path) -> Manifest:
    """Read a whole backup and compare it with its manifest; write nothing.

    Raises:
        ArchiveError: it cannot be read, is damaged, or holds what no backup holds.
    """
    seen: dict[str, Member] = {}
    manifest: Manifest | None = None
    with _opened(path) as tar:
        for entry in tar:
            if manifest is not None:
                raise ArchiveError(f"{path} goes on behind its manifest with {entry.name!r}")
            if entry.name == MANIFEST:
                manifest = Manifest.from_bytes(_content(tar, entry, MAX_MANIFEST_BYTES))
                continue
            member = _member(tar, entry)
            above = (str(parent) for parent in PurePosixPath(member.path).parents)
            if member.path in seen or any(_is_no_folder(seen.get(name)) for name in above):
                raise ArchiveError(f"{path} has {member.path!r} twice, or below what is no folder")
            seen[member.path] = member
        assert tar.fileobj is not None
        while tar.fileobj.read(_BLOCK_BYTES):  # to the end, where the checksum of all of it is
            pass
    if manifest is None:
        raise ArchiveError(f"{path} has no manifest: it is no backup, or was cut off")
    if tuple(seen.values()) != manifest.members:
        wanted = {one.path: one for one in manifest.members}
        wrong = sorted(
            name for name in seen.keys() | wanted.keys() if seen.get(name) != wanted.get(name)
        )
        raise ArchiveError(f"{path} differs from its manifest: {', '.join(wrong[:5]) or 'order'}")
    return replace(manifest, members=tuple(seen.values()))  # with what was measured here


def unpack(path: Path, manifest: Manifest, below: str, folder: Path) -> int:
    """Unpack one of the archive's folders and the members below it; return how many.

    Args:
        path: a backup that `verify` has read.
        manifest: its manifest.
        below: the folder in the archive.
        folder: an empty folder.

    Raises:
        ArchiveError: the file changed since it was verified, or the disk is too small.
    """
    wanted = {
        one.path: one for one in manifest.members if one.path == below or _is_below(one.path, below)
    }
    needed = sum(one.room_bytes for one in wanted.values()) + _LEAST_FREE_BYTES
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise ArchiveError(f"{needed} bytes have to be restored, and {folder} has room for {free}")
    later: list[tuple[Path, Member]] = []
    with _opened(path) as tar:
        for entry in tar:
            member = wanted.get(entry.name)
            if member is None:
                continue
            target = folder / PurePosixPath(member.path).relative_to(below)
            if member.kind == "file":
                _write(tar, entry, member, target)
            elif member.kind == "folder":
                target.mkdir(parents=True, exist_ok=True, mode=0o700)
            later.append((target, member))
            if member.kind != "link":
                os.utime(target, (entry.mtime, entry.mtime))
    for target, member in later:
        if member.kind == "link":
            target.symlink_to(member.target)
    for target, member in reversed(later):  # what is inside before what is around
        _own(target, member)
    return len(later)


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(path, "r:gz") as tar:
            yield tar
    except _UNREADABLE as error:
        raise ArchiveError(f"{path} cannot be read as a backup: {error}") from error


def _member(tar: tarfile.TarFile, entry: tarfile.TarInfo) -> Member:
    """Return an entry as a member; refuse what a backup never has."""
    name = PurePosixPath(entry.name)
    if name.is_absolute() or ".." in name.parts or str(name) != entry.name or "\0" in entry.name:
        raise ArchiveError(f"the backup has the name {entry.name!r}, which leads out of it")
    mode, owner = entry.mode & 0o7777, entry.uid
    if entry.isdir():
        return Member(entry.name, "folder", mode, owner)
    if entry.issym() and _is_below(entry.name, LINKS_BELOW):
        return Member(entry.name, "link", mode, owner, target=entry.linkname)
    if entry.type != tarfile.REGTYPE:
        raise ArchiveError(
            f"the backup's {entry.name!r} is a link or special file where none may be"
        )
    digest, data_bytes = hashlib.sha256(), 0
    content = tar.extractfile(entry)
    assert content is not None
    while block := content.read(_BLOCK_BYTES):
        digest.update(block)
        data_bytes += _weight(block)
    return Member(
        entry.name, "file", mode, owner, entry.size, digest.hexdigest(), data_bytes=data_bytes
    )


def _content(tar: tarfile.TarFile, entry: tarfile.TarInfo, most_bytes: int) -> bytes:
    content = tar.extractfile(entry) if entry.isreg() else None
    if content is None or entry.size > most_bytes:
        raise ArchiveError(f"the backup's {entry.name} is no file of a reasonable size")
    return content.read()


def _write(tar: tarfile.TarFile, entry: tarfile.TarInfo, member: Member, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    content = tar.extractfile(entry) if entry.isreg() else None
    digest = hashlib.sha256()
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(target, flags, 0o600), "wb") as file:
        while content is not None and (block := content.read(_BLOCK_BYTES)):
            digest.update(block)
            if _weight(block):
                file.write(block)
            else:
                file.seek(len(block), os.SEEK_CUR)
        file.truncate()
    if digest.hexdigest() != member.sha256:
        raise ArchiveError(f"{member.path} changed while the backup was being restored")


def _own(target: Path, member: Member) -> None:
    if os.geteuid() == 0:
        os.chown(target, member.owner, member.owner, follow_symlinks=False)
    if member.kind == "folder":
        target.chmod(member.mode & 0o3777)  # set-group-id and sticky folders are nbgrader's
    elif member.kind == "file":
        target.chmod(member.mode & 0o777)


def _is_no_folder(member: Member | None) -> bool:
    return member is not None and member.kind != "folder"


def _is_below(name: str, folder: str) -> bool:
    return name.startswith(f"{folder}/")
