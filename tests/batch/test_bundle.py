"""The part of a course that travels."""

import hashlib
import stat
import zlib
from pathlib import Path

import msgpack
import pytest

from autograder.batch import bundle as bundles
from autograder.batch.bundle import Bundle, BundleError, pack, unpack
from autograder.course import Layout
from autograder.grading import Preparer

MAGIC = b"gradlab course 1\n"


def made(entries: object) -> Bundle:
    """A bundle that somebody else made, with a right digest."""
    data = MAGIC + zlib.compress(msgpack.packb(entries))
    return Bundle(hashlib.sha256(data).hexdigest(), data)


def test_the_unpacked_course_gives_the_same_keys(layout: Layout, tmp_path: Path) -> None:
    """Digests over manifest, checks and files beside them agree on both sides."""
    (layout.solutions / "tiny" / "checks" / "shared.py").write_text("one = 1\n")
    (layout.root / "course.toml").write_text('[course]\nlibraries = ["PyYAML"]\n')
    there = tmp_path / "there"
    there.mkdir()
    unpack(pack(layout, ["tiny"]), there)
    ours = Preparer(layout, "full").digest("tiny")
    assert Preparer(Layout(there, tmp_path / "none"), "full").digest("tiny") == ours


def test_the_same_course_is_the_same_bytes(layout: Layout) -> None:
    """The name of a bundle follows from the content alone; any change gives another."""
    first = pack(layout, ["tiny"])
    (layout.solutions / "tiny" / "checks" / "test_size.py").touch()
    assert pack(layout, ["tiny", "tiny"]) == first
    (layout.solutions / "tiny" / "checks" / "test_size.py").write_text("# other\n")
    assert pack(layout, ["tiny"]).digest != first.digest


def test_submissions_links_and_other_assignments_stay_at_home(
    layout: Layout, tmp_path: Path
) -> None:
    """Only what grading needs of the named assignment travels."""
    folder = layout.solutions / "tiny"
    for name in ("submissions/right/answers.py", "checks/__pycache__/x.pyc", ".git/config"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("private")
    (tmp_path / "secret").write_text("secret")
    (folder / "link").symlink_to(tmp_path / "secret")
    (layout.solutions / "other").mkdir()
    (layout.solutions / "other" / "notebook.py").write_text("other")
    there = tmp_path / "there"
    there.mkdir()
    unpack(pack(layout, ["tiny"]), there)
    files = {p.relative_to(there).as_posix() for p in there.rglob("*") if p.is_file()}
    assert files == {
        "solutions/tiny/assignment.toml",
        "solutions/tiny/notebook.py",
        "solutions/tiny/checks/test_size.py",
        "solutions/tiny/checks/test_twice.py",
    }


def test_only_the_owner_reads_the_private_side(layout: Layout, tmp_path: Path) -> None:
    """Checks are closed to other users of the worker's machine, public files are open."""
    (layout.assignments / "tiny").mkdir(parents=True)
    (layout.assignments / "tiny" / "data.csv").write_text("1,2\n")
    there = tmp_path / "there"
    there.mkdir()
    unpack(pack(layout, ["tiny"]), there)
    modes = {
        p.relative_to(there).as_posix(): stat.S_IMODE(p.stat().st_mode) for p in there.rglob("*")
    }
    private = {name: mode for name, mode in modes.items() if name.startswith("solutions")}
    assert private
    assert not any(mode & 0o077 for mode in private.values())
    assert modes["assignments/tiny/data.csv"] == 0o644


@pytest.mark.parametrize(
    "name",
    [
        "../x",
        "/etc/x",
        "solutions/../../x/y",
        "solutions/tiny/../../../x",
        "solutions/tiny//x",
        "solutions/tiny",
        "home/tiny/x",
        "solutions/Tiny/x",
        "solutions/tiny/.hidden",
        "solutions/tiny/a\0b",
        "",
    ],
)
def test_nothing_is_written_elsewhere(tmp_path: Path, name: str) -> None:
    """A name that is no file of an assignment is refused, and writes nothing anywhere."""
    there = tmp_path / "a" / "b"
    there.mkdir(parents=True)
    with pytest.raises(BundleError, match="entry at"):
        unpack(made([[name, b"x"]]), there)
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []


@pytest.mark.parametrize(
    "entries",
    [
        {"solutions/tiny/x": b"x"},
        [["solutions/tiny/x", "text"]],
        [[b"solutions/tiny/x", b"x"]],
        ["solutions/tiny/x"],
        [["solutions/tiny/x", b"1"], ["solutions/tiny/x", b"2"]],
        [["solutions/tiny/x", b"1"], ["solutions/tiny/x/y", b"2"]],
        [["solutions/tiny/x/y", b"1"], ["solutions/tiny/x", b"2"]],
    ],
)
def test_what_is_no_list_of_files_is_refused(tmp_path: Path, entries: object) -> None:
    """Types are checked, and a second entry of the same name does not replace the first."""
    with pytest.raises(BundleError):
        unpack(made(entries), tmp_path)


def test_a_changed_byte_is_found(layout: Layout, tmp_path: Path) -> None:
    """The digest covers every byte, and is looked at first."""
    bundle = pack(layout, ["tiny"])
    changed = bytearray(bundle.data)
    changed[-1] ^= 1
    with pytest.raises(BundleError, match="digest"):
        unpack(Bundle(bundle.digest, bytes(changed)), tmp_path)
    assert list(tmp_path.joinpath("solutions").glob("*")) == []


def test_a_small_bundle_cannot_become_large(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Decompression stops at the limit."""
    monkeypatch.setattr(bundles, "MAX_BYTES", 1000)
    monkeypatch.setattr(bundles, "MAX_FILES", 1)
    bomb = made([["solutions/tiny/x", b"\0" * 100_000]])
    with pytest.raises(BundleError, match="more than 5096 bytes"):
        unpack(bomb, tmp_path)


def test_a_course_that_is_too_large_is_said(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message names the assignment and the limit."""
    monkeypatch.setattr(bundles, "MAX_BYTES", 100)
    with pytest.raises(BundleError, match=r"'tiny' is too large to travel: more than .* MiB"):
        pack(layout, ["tiny"])
