"""Backup and restore of a real course, on SQLite and on PostgreSQL."""

from __future__ import annotations

import errno
import gzip
import hashlib
import io
import multiprocessing
import os
import shutil
import sqlite3
import subprocess
import tarfile
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from autograder.course import Layout
from autograder.gradebook import GradebookWriter, tables
from autograder.grading import Preparer
from autograder.operations import archive, backup
from autograder.operations.archive import MANIFEST, Manifest, Member, verify
from autograder.operations.backup import Made, back_up
from autograder.operations.errors import ArchiveError, RestoreRefused
from autograder.operations.restore import restore
from autograder.operations.state import RESTORED_SETTINGS
from autograder.operations.supervision import only_one
from autograder.records import Log

from .conftest import contents, fill, picture, state

fork = multiprocessing.get_context("fork")
# Made anew at each start, of no use later, or copied by SQLite and compared by `contents`.
APART = (
    "gradebook.db", "source", "config", "events.jsonl", ".gradebook.lock", "hub/lock",
    RESTORED_SETTINGS,
)  # fmt: skip

GRADED = text(
    "SELECT s.student_id, g.needs_manual_grade FROM submitted_assignment s "
    "LEFT JOIN submitted_notebook n ON n.assignment_id = s.id "
    "LEFT JOIN grade g ON g.notebook_id = n.id"
)


@pytest.fixture(params=["sqlite", "postgresql"])
def course(
    request: pytest.FixtureRequest, layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> Layout:
    """Return a course full of state, its gradebook in the data directory or on a server."""
    if request.param == "postgresql":
        monkeypatch.setenv("GRADLAB_DB_URL", request.getfixturevalue("empty_postgres"))
        (layout.home / "gradebook.db").unlink()
    fill(layout)
    return layout


def grades(layout: Layout) -> dict[str, str]:
    with tables.reading(layout.database_url) as connection:
        return tables.fingerprint(connection)


def files(layout: Layout) -> dict[str, tuple[object, ...]]:
    return {
        name: seen
        for name, seen in picture(layout.home).items()
        if not name.startswith(APART)
        and ".sqlite" not in name
        and not name.startswith("gradebook.db")
    }


def destroy(layout: Layout) -> None:
    shutil.rmtree(layout.home)
    if not layout.database_url.startswith("sqlite"):
        engine = create_engine(layout.database_url)
        with engine.begin() as connection:
            tables.drop(connection)
        engine.dispose()


def test_what_is_destroyed_comes_back_as_it_was(course: Layout, tmp_path: Path) -> None:
    """Grades, homes, submissions, feedback, reports, secrets, leases and the hub are restored."""
    databases = ("gpu/leases.sqlite", "hub/jupyterhub.sqlite")
    before = (files(course), grades(course), [contents(course.home / one) for one in databases])
    lines = list(Log(course.log).lines())
    made = back_up(state(course), tmp_path / "all.tar.gz")
    assert made.path.stat().st_mode & 0o777 == 0o600
    assert made.skipped == ()
    destroy(course)
    done = restore(state(course), made.path)
    after = (files(course), grades(course), [contents(course.home / one) for one in databases])
    assert after == before
    assert done.aside == ()
    trail = Log(course.log)
    assert trail.check().problems == ()
    actions = [line["event"] for line in trail.lines()]
    assert actions == [*(line["event"] for line in lines), "backup", "restore"]
    assert (done.settings / course.course_id / "nbgrader_config.py").is_file()


def test_a_backup_while_grades_are_written_is_one_moment(course: Layout, tmp_path: Path) -> None:
    """Each grade in the backup is whole and has its audit line, whatever was being written."""
    stop = fork.Event()
    started = fork.Event()
    writing = fork.Process(target=_grade_on, args=(course, started, stop))
    writing.start()
    try:
        assert started.wait(60)
        made = [back_up(state(course), tmp_path / f"{number}.tar.gz") for number in range(3)]
    finally:
        stop.set()
        writing.join(60)
    assert writing.exitcode == 0
    newest = -1
    for one in made:
        destroy(course)
        restore(state(course), one.path)
        with tables.reading(course.database_url) as connection:
            graded = {
                str(row.student_id): row.needs_manual_grade for row in connection.execute(GRADED)
            }
        assert None not in graded.values()
        lines = Log(course.log).lines()
        audited = {line["student"] for line in lines if line["event"] == "grade"}
        assert set(graded) <= audited
        assert len(graded) > newest
        newest = len(graded) - 1


def _grade_on(layout: Layout, started: object, stop: object) -> None:
    preparer = Preparer(layout, "full")
    manifest = preparer.manifest("tiny")
    report = preparer.refusal_report(preparer.refuse("tiny", "it is empty"))
    with GradebookWriter(layout) as writer:
        for number in range(100_000):
            writer.write(f"s{number}", manifest, report, datetime(2026, 5, 4, tzinfo=UTC))
            started.set()  # type: ignore[attr-defined]
            if stop.is_set():  # type: ignore[attr-defined]
                break


def test_homes_can_be_left_out(filled: Layout, tmp_path: Path) -> None:
    """Without homes the backup has everything else."""
    members = verify(back_up(state(filled), tmp_path / "small.tar.gz", homes=False).path).members
    names = {one.path for one in members}
    assert not any(name.startswith("data/homes") for name in names)
    assert {"data/gradebook.db", "data/events.jsonl", "data/hub/cookie-secret"} <= names


def test_nothing_is_replaced(filled: Layout, tmp_path: Path) -> None:
    """A backup refuses a name that is taken, and a restore data that is there."""
    target = tmp_path / "there.tar.gz"
    target.write_text("precious")
    with pytest.raises(ArchiveError, match="there already"):
        back_up(state(filled), target)
    assert target.read_text() == "precious"
    made = back_up(state(filled), tmp_path / "new.tar.gz")
    assert sorted(path.name for path in tmp_path.glob("*.tar.gz")) == [
        "new.tar.gz", "there.tar.gz",
    ]  # fmt: skip
    assert not list(tmp_path.glob(".backup-*"))
    before = files(filled)
    with pytest.raises(RestoreRefused, match="--force"):
        restore(state(filled), made.path)
    assert files(filled) == before


def test_force_puts_the_old_data_aside(filled: Layout, tmp_path: Path) -> None:
    """What was there is not deleted, even when a restore is forced."""
    made = back_up(state(filled), tmp_path / "new.tar.gz")
    (filled.home / "homes" / "alice" / "later.txt").write_text("after the backup")
    done = restore(state(filled), made.path, force=True)
    (aside,) = done.aside
    assert (aside / "homes" / "alice" / "later.txt").read_text() == "after the backup"
    assert not (filled.home / "homes" / "alice" / "later.txt").exists()


def test_nothing_is_restored_under_a_running_hub(filled: Layout, tmp_path: Path) -> None:
    """A hub that serves the data directory keeps it, forced or not."""
    made = back_up(state(filled), tmp_path / "new.tar.gz")
    with only_one(filled.home / "hub" / "lock"), pytest.raises(RestoreRefused, match="already"):
        restore(state(filled), made.path, force=True)


def test_a_grade_on_a_server_is_not_replaced_unasked(
    empty_postgres: str, layout: Layout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty data directory does not mean that the gradebook elsewhere may go."""
    monkeypatch.setenv("GRADLAB_DB_URL", empty_postgres)
    (layout.home / "gradebook.db").unlink()
    fill(layout)
    made = back_up(state(layout), tmp_path / "new.tar.gz")
    shutil.rmtree(layout.home)
    before = grades(layout)
    with pytest.raises(RestoreRefused, match="GRADLAB_DB_URL"):
        restore(state(layout), made.path)
    assert grades(layout) == before
    monkeypatch.delenv("GRADLAB_DB_URL")  # and from the server into the data directory
    restore(state(layout), made.path)
    assert grades(layout) == before


@pytest.fixture
def made(filled: Layout, tmp_path: Path) -> Made:
    return back_up(state(filled), tmp_path / "made.tar.gz")


def unpacked(compressed: bytes) -> bytes | None:
    """Return what is compressed; `None` when gzip itself refuses it."""
    try:
        return gzip.decompress(compressed)
    except (OSError, EOFError, zlib.error):
        return None


def test_damage_anywhere_is_found(made: Made, filled: Layout) -> None:
    """A backup with a flipped bit or a missing end is refused, and nothing is changed."""
    whole = made.path.read_bytes()
    before = files(filled)
    manifest, found = verify(made.path), 0
    for position in range(20, len(whole), max(1, len(whole) // 23)):
        damaged = bytearray(whole)
        damaged[position] ^= 0x10
        made.path.write_bytes(damaged)
        if unpacked(damaged) == unpacked(whole):
            # Zeros copied from another place, or bits that fill up a byte: nothing was damaged.
            assert verify(made.path) == manifest
            continue
        with pytest.raises(ArchiveError):
            verify(made.path)
        found += 1
    assert found
    for length in (0, 100, len(whole) // 2, len(whole) - 9):
        made.path.write_bytes(whole[:length])
        with pytest.raises(ArchiveError):
            restore(state(filled), made.path, force=True)
    assert files(filled) == before


Entry = tuple[tarfile.TarInfo, bytes]


def entry(name: str, kind: bytes = tarfile.REGTYPE, data: bytes = b"evil", link: str = "") -> Entry:
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.mode = kind, link, 0o644
    info.size = len(data) if kind == tarfile.REGTYPE else 0
    return info, data


HOSTILE: dict[str, Callable[[Path], list[Entry]]] = {
    "leads up": lambda _o: [entry("data/../../evil")],
    "absolute": lambda out: [entry(str(out / "evil"))],
    "odd name": lambda _o: [entry("data//evil")],
    "link to a secret": lambda _o: [entry("data/hub/log", tarfile.SYMTYPE, link="/etc/passwd")],
    "hard link": lambda _o: [entry("data/homes/x", tarfile.LNKTYPE, link="/etc/passwd")],
    "device": lambda _o: [entry("data/homes/zero", tarfile.CHRTYPE)],
    "pipe": lambda _o: [entry("data/homes/pipe", tarfile.FIFOTYPE)],
    "through a link": lambda out: [
        entry("data/homes/out", tarfile.SYMTYPE, link=str(out)),
        entry("data/homes/out/evil"),
    ],
    "twice": lambda _o: [entry("data/a"), entry("data/a")],
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_archive_writes_nowhere(case: str, layout: Layout, tmp_path: Path) -> None:
    """An archive that was made to harm is refused, whatever its manifest says."""
    outside = tmp_path / "outside"
    outside.mkdir()
    path = tmp_path / "hostile.tar.gz"
    members = []
    with tarfile.open(path, "w:gz") as tar:
        for info, data in HOSTILE[case](outside):
            tar.addfile(info, io.BytesIO(data) if info.size else None)
            kind = "link" if info.issym() else "file"
            digest = hashlib.sha256(data).hexdigest() if kind == "file" else ""
            size = info.size if kind == "file" else 0
            members.append(Member(info.name, kind, 0o644, 0, size, digest, info.linkname))
        manifest = Manifest({"courses": state(layout).described()}, tuple(members)).to_bytes()
        info, data = entry(MANIFEST, data=manifest)
        tar.addfile(info, io.BytesIO(data))
    shutil.rmtree(layout.home)
    with pytest.raises(ArchiveError):
        restore(state(layout), path)
    assert list(outside.iterdir()) == []
    assert not (tmp_path / "evil").exists()
    assert not layout.home.exists()


def test_what_is_no_file_is_left_out_and_said(filled: Layout, tmp_path: Path) -> None:
    """Links outside of homes are not kept, and the administrator learns of it."""
    (filled.submitted / "bob" / "tiny" / "stolen").symlink_to("/etc/shadow")
    made = back_up(state(filled), tmp_path / "new.tar.gz")
    assert made.skipped == ("data/submitted/bob/tiny/stolen",)


def test_a_students_database_is_a_file_like_any_other(filled: Layout, tmp_path: Path) -> None:
    """SQLite files that students made are not opened, and come back byte for byte."""
    own = filled.home / "homes" / "alice" / "own.sqlite"
    with sqlite3.connect(own) as connection:
        connection.execute("CREATE TABLE t (x)")
    connection.close()
    whole = own.read_bytes() + b"trailing"
    own.write_bytes(whole)
    made = back_up(state(filled), tmp_path / "new.tar.gz")
    shutil.rmtree(filled.home)
    restore(state(filled), made.path)
    assert own.read_bytes() == whole


def home_of(layout: Layout, name: str) -> Path:
    folder = layout.home / "homes" / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def test_holes_take_no_room_in_a_backup_nor_when_it_is_restored(
    filled: Layout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file of 120 MB that is one hole takes little, without a copy of it, and comes back as one.

    A file with data and holes comes back byte for byte.
    """
    monkeypatch.setattr(archive.tempfile, "SpooledTemporaryFile", None, raising=False)
    sparse, mixed = home_of(filled, "alice") / "sparse", home_of(filled, "alice") / "mixed"
    with sparse.open("wb") as file:
        file.truncate(120_000_000)
    with mixed.open("wb") as file:
        file.seek(20_000_000)
        file.write(b"data")
        file.truncate(30_000_001)
    whole = mixed.read_bytes()
    made = back_up(state(filled), tmp_path / "new.tar.gz")
    assert made.reasons == {}
    assert made.size_bytes < 5_000_000
    shutil.rmtree(filled.home)
    # as on a disk with room for what there is and not for the holes
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage._replace(free=100 << 20))
    restore(state(filled), made.path)
    assert sparse.stat().st_size == 120_000_000
    assert sparse.stat().st_blocks < 1_000
    assert mixed.read_bytes() == whole


def test_endless_holes_and_names_are_left_out_and_named(
    filled: Layout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Too many holes, names, or folders in folders: each is named, and all others are kept."""
    monkeypatch.setattr(backup, "HOME_MANIFEST_BYTES", 100_000)
    home = home_of(filled, "mallory")
    with (home / "endless").open("wb") as file:
        file.truncate(backup.MOST_HOLES_BYTES + 1)
    deep = home / "deep"
    descriptor = os.open(home, os.O_RDONLY)
    for _ in range(1_500):
        os.mkdir("deep", dir_fd=descriptor)
        inner = os.open("deep", os.O_RDONLY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = inner
    os.close(descriptor)
    many = home_of(filled, "many")
    for number in range(500):
        (many / f"{number}-{'n' * 200}").touch()
    (home_of(filled, "zoe") / "work").write_text("hers")
    made = back_up(state(filled), tmp_path / "new.tar.gz")
    subprocess.run(["rm", "-rf", deep], check=True)
    assert made.is_whole
    said = {name.split("/")[2]: why for name, why in made.reasons.items() if "deep" not in name}
    assert said == {
        "mallory": f"{backup.MOST_HOLES_BYTES + 1} bytes of it are holes",
        "many": "too many names in it; the rest of it is left out",
    }
    (nested,) = [why for name, why in made.reasons.items() if "/deep/" in name]
    assert nested == "more than 100 folders in folders"
    kept = {member.path for member in verify(made.path).members}
    assert "data/homes/zoe/work" in kept
    assert 100 < sum(name.startswith("data/homes/many/") for name in kept) < 400


def swap(kind: str, victim: Path) -> None:
    """Put something else in a file's place, as its owner can at any moment."""
    if kind == "vanishes":
        victim.unlink()
    elif kind in ("grows", "is cut"):
        with victim.open("r+b") as file:
            file.truncate(10_000_000 if kind == "is cut" else 30_000_000)
    else:
        victim.unlink()
        {"link": lambda: victim.symlink_to("/etc/shadow"), "pipe": lambda: os.mkfifo(victim),
         "folder": victim.mkdir}[kind]()  # fmt: skip


@pytest.mark.parametrize("moment", ["before it is opened", "while it is read"])
@pytest.mark.parametrize("kind", ["link", "pipe", "folder", "vanishes", "grows", "is cut"])
def test_a_file_that_is_swapped_meanwhile_costs_nothing_else(
    filled: Layout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, moment: str
) -> None:
    """One bad entry is named; the backup is whole otherwise and can be read back."""
    victim = home_of(filled, "mallory") / "victim"
    victim.write_bytes(b"x" * 20_000_000)
    (home_of(filled, "zoe") / "work").write_text("hers")
    done: list[str] = []
    if moment == "before it is opened":
        real = os.open

        def opening(path: object, *more: int, **options: object) -> int:
            if path == "victim" and not done:
                done.append(kind)
                swap(kind, victim)
            return real(path, *more, **options)  # type: ignore[arg-type]

        monkeypatch.setattr(backup.os, "open", opening)
    else:
        real_next = archive._Measured._next

        def reading(self: archive._Measured) -> bytes:
            block = real_next(self)
            if not done and self._left > 10_000_000:
                done.append(kind)
                swap(kind, victim)
            return block

        monkeypatch.setattr(archive._Measured, "_next", reading)
    made = back_up(state(filled), tmp_path / "new.tar.gz")
    assert done
    monkeypatch.undo()
    members = {member.path: member for member in verify(made.path).members}
    assert "data/homes/zoe/work" in members
    assert made.is_whole
    name = "data/homes/mallory/victim"
    if moment == "before it is opened":
        expected = {"link": "it became a link", "pipe": "a link or special file"}.get(kind)
        assert made.reasons.get(name) == (expected or made.reasons.get(name))
        assert (name in members) == (kind in ("grows", "is cut"))
    else:
        assert members[name].size_bytes == 20_000_000
        assert made.skipped == ((name,) if kind == "is cut" else ())


def test_what_of_the_courses_own_cannot_be_read_makes_the_backup_a_failure(
    filled: Layout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rest is in the file, and the administrator is told by name and by exit status."""
    real = os.open

    def failing(path: object, *more: int, **options: object) -> int:
        if path == filled.log.name:
            raise OSError(errno.EIO, "Input/output error")
        return real(path, *more, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(backup.os, "open", failing)
    made = back_up(state(filled), tmp_path / "new.tar.gz")
    assert dict(made.reasons) == {f"data/{filled.log.name}": "Input/output error"}
    assert not made.is_whole


def test_a_backup_never_fills_its_disk(
    filled: Layout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the disk of the backup is nearly full it is given up, and nothing of it stays."""
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage._replace(free=1 << 20))
    with pytest.raises(ArchiveError, match="nearly full"):
        back_up(state(filled), tmp_path / "new.tar.gz")
    assert [
        path.name for path in tmp_path.iterdir() if "backup" in path.name or "new" in path.name
    ] == []
