"""The store of reports."""

import errno
import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from autograder.batch.store import ReportStore, write_whole
from autograder.grading.keys import Keys
from autograder.grading.report import CellReport, CheckReport, Report, Verdict

KEY, CELL_KEY = "ab" * 32, "cd" * 32
KEYS = Keys(KEY, {"size": CELL_KEY}, 1, "ef" * 32)
CELL = CellReport("size", 2, (CheckReport("test_size", Verdict.PASSED),))
REPORT = Report("tiny", KEY, 1, "full", (CELL,))


@pytest.fixture
def store(tmp_path: Path) -> ReportStore:
    return ReportStore(tmp_path / "reports")


def test_a_stored_report_is_found(store: ReportStore) -> None:
    """What was stored comes back equal, and so do its cells."""
    store.store(REPORT, KEYS)
    assert store.find(KEY) == REPORT
    assert store.find_cells(replace(KEYS, report="other")) == {"size": CELL}
    assert store.find_cells(replace(KEYS, cells={"size": "another check"})) == {}
    assert store.find_cells(replace(KEYS, run="another notebook")) == {}
    assert list(store.keys()) == [KEY]


def test_an_unknown_key_is_absent(store: ReportStore) -> None:
    """Nothing is found in an empty store, and nothing is made."""
    assert store.find(KEY) is None
    assert not store.folder.exists()


@pytest.mark.parametrize("damage", [b"", b"{}", REPORT.to_bytes()[:-20], b"\xff"])
def test_a_damaged_report_is_absent(store: ReportStore, damage: bytes) -> None:
    """A file that cannot be read whole is graded again, not believed."""
    store.store(REPORT, KEYS)
    store.path(KEY).write_bytes(damage)
    assert store.find(KEY) is None


def test_a_report_under_another_key_is_absent(store: ReportStore) -> None:
    """A file that was moved to another key is not taken for that key's report."""
    store.store(REPORT, KEYS)
    other = "ef" * 32
    store.path(other).parent.mkdir(parents=True)
    store.path(KEY).rename(store.path(other))
    assert store.find(other) is None


def test_a_refused_submission_stores_no_cells(store: ReportStore) -> None:
    """A refusal is not remembered as the result of a cell's checks."""
    store.store(replace(REPORT, refusal="no notebook"), KEYS)
    assert store.find_cells(KEYS) == {}


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
