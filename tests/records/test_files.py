"""Files that are whole or absent, read only as what they seem, and added to in turns."""

import errno
import multiprocessing
import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

import autograder
from autograder.records import (
    NotRegularError,
    TooLargeError,
    open_regular,
    read_regular,
    write_whole,
)
from autograder.records.files import appended, link_whole


@pytest.fixture(params=["unnamed files", "named files"])
def files(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A file system that has files without a name, and one that has not, as over a network."""
    real = os.open

    def named_only(path: str, flags: int, mode: int = 0o777) -> int:
        if flags & os.O_TMPFILE == os.O_TMPFILE:
            raise OSError(errno.EOPNOTSUPP, "Operation not supported", str(path))
        return real(path, flags, mode)

    if request.param == "named files":
        monkeypatch.setattr(os, "open", named_only)
    return str(request.param)


@pytest.mark.usefixtures("files")
def test_what_is_written_is_there_and_replaces_what_was(tmp_path: Path) -> None:
    """In a folder that is made when it is needed, for its owner alone."""
    path = tmp_path / "folder" / "file"
    for data in (b"old", b"new" * 1_000_000):
        write_whole(path, data)
        assert path.read_bytes() == data
    assert [entry.name for entry in path.parent.iterdir()] == ["file"]
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.usefixtures("files")
def test_a_failed_write_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the disk is full, the old file stays and no part of the new one is left."""
    path = tmp_path / "file"
    write_whole(path, b"old")

    def full(descriptor: int, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="No space"):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


def test_a_killed_writer_leaves_nothing(tmp_path: Path) -> None:
    """Killed with all but the last byte written, it has left the old file and no part."""
    path = tmp_path / "file"
    write_whole(path, b"old")
    child = os.fork()
    if child == 0:
        real = os.write

        def write(descriptor: int, data: bytes) -> int:
            real(descriptor, data[:-1])
            os.kill(os.getpid(), signal.SIGKILL)
            return 0

        os.write = write
        write_whole(path, b"new")
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


@pytest.mark.usefixtures("files")
def test_modes_are_as_asked_and_the_disk_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the umask is; file and folder are synchronised when that is asked for."""
    synchronised: list[str] = []
    real = os.fsync

    def noted(descriptor: int) -> None:
        synchronised.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    before = os.umask(0o077)
    try:
        for data in (b"old", b"new"):
            write_whole(tmp_path / "file", data, mode=0o444, synchronised=True)
    finally:
        os.umask(before)
    assert (tmp_path / "file").read_bytes() == b"new"
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o444
    assert synchronised[1::2] == [str(tmp_path)] * 2


@pytest.mark.usefixtures("files")
def test_a_file_is_never_absent_while_it_is_replaced(tmp_path: Path) -> None:
    """Whoever reads meanwhile finds the old content or the new, and a folder is not replaced."""
    path = tmp_path / "file"
    write_whole(path, b"0")
    fork = multiprocessing.get_context("fork")
    writer = fork.Process(target=lambda: [write_whole(path, b"1") for _ in range(500)])
    writer.start()
    seen = set()
    while writer.is_alive():
        seen.add(path.read_bytes())
    writer.join()
    assert seen <= {b"0", b"1"}
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match="directory"):
        write_whole(tmp_path / "folder", b"")
    assert {entry.name for entry in tmp_path.iterdir()} == {"file", "folder"}


def test_a_second_name_replaces_what_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when it is of the same file already; and it is said where that cannot be."""
    for data in (b"old", b"new"):
        write_whole(tmp_path / "file", data)
        for _ in range(2):
            assert link_whole(tmp_path / "file", tmp_path / "folder" / "other")
        assert (tmp_path / "folder" / "other").read_bytes() == data
    assert [entry.name for entry in (tmp_path / "folder").iterdir()] == ["other"]

    def no_links(*_args: object, **_options: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    assert not link_whole(tmp_path / "file", tmp_path / "third")


@pytest.mark.parametrize("kind", ["link", "folder", "pipe", "device", "missing"])
def test_only_regular_files_are_read(tmp_path: Path, kind: str) -> None:
    """Neither what a link leads to, nor what would never end."""
    path = tmp_path / "file"
    (tmp_path / "secret").write_bytes(b"secret")
    if kind == "link":
        path.symlink_to(tmp_path / "secret")
    elif kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path = Path("/dev/zero")
    with pytest.raises(OSError) as error:
        read_regular(path, 100)
    assert isinstance(error.value, NotRegularError) == (kind in ("folder", "pipe", "device"))
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        with pytest.raises(OSError):
            open_regular(path.name, folder=folder)
        if kind != "device":
            assert read_regular("secret", 6, folder=folder) == b"secret"
    finally:
        os.close(folder)


def test_a_large_file_is_not_read(tmp_path: Path) -> None:
    """A sparse file of terabytes costs nothing."""
    path = tmp_path / "file"
    path.touch()
    os.truncate(path, 1 << 40)
    with pytest.raises(TooLargeError, match="1099511627776 bytes; at most 5 are read"):
        read_regular(path, 5)


def test_lines_are_seen_from_the_last_to_the_first(tmp_path: Path) -> None:
    """Whatever their length, and whether or not the last one has an end."""
    path = tmp_path / "file"
    seen: list[tuple[list[bytes], bool]] = []

    def add(data: bytes) -> None:
        def make(backwards: Iterator[bytes], is_whole: bool) -> bytes:
            seen.append((list(backwards), is_whole))
            return data

        appended(path, make)

    long = b"x" * 20_000
    for data in (b"a\n", long + b"\n", b"", b"cut", b"\nb\n", b""):
        add(data)
    assert seen == [
        ([], True),
        ([b"a"], True),
        ([long, b"a"], True),
        ([long, b"a"], True),
        ([b"cut", long, b"a"], False),
        ([b"b", b"cut", long, b"a"], True),
    ]


def test_what_does_not_fit_is_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk leaves no half of a line."""
    path = tmp_path / "file"
    appended(path, lambda _backwards, _is_whole: b"first\n")
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:3]))
    with pytest.raises(OSError, match="No space left"):
        appended(path, lambda _backwards, _is_whole: b"second\n")
    assert path.read_bytes() == b"first\n"


PLAIN_WRITES = (  # what is no file on a disk, or has no name yet when it is written
    *("autograder/linux", "autograder/sandbox", "autograder/student"),
    *("autograder/grading/semantics.py", "autograder/exporting/hidden.py"),
)


def test_nothing_writes_a_file_that_a_kill_leaves_half() -> None:
    """What others read is written by `write_whole`; the kernel's files and a scratch are not."""
    root = Path(autograder.__file__).parents[1]
    sources = {p.relative_to(root).as_posix(): p for p in (root / "autograder").rglob("*.py")}
    found = [
        name
        for name, path in sources.items()
        if not name.startswith(PLAIN_WRITES)
        and re.search(r"\.write_(text|bytes)\(", path.read_text(encoding="utf-8"))
    ]
    assert found == []
