"""Names, manifests and content: what is taken, what is refused, what arrives."""

from __future__ import annotations

import hashlib
import os
import unicodedata
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradlab_exchange import Corrupted, FileEntry, Limits, Manifest, ManifestRefused, NameRefused
from gradlab_exchange.content import Arrival, Content
from gradlab_exchange.names import check_name, check_path, clash_key

PARTS = st.text(min_size=1, max_size=20) | st.sampled_from(
    ["..", ".", "", "a\\b", "a\x00", "a\u202eb", "a\u200bb", "e\u0301", "\ud800", " a", "a "]
)
PATHS = st.lists(PARTS, min_size=1, max_size=10).map("/".join) | st.text(max_size=60)
EMPTY = hashlib.sha256(b"").hexdigest()


def entry(path: str, size: int = 0) -> dict[str, object]:
    return {"path": path, "size": size, "sha256": EMPTY}


@given(PATHS)
def test_a_path_that_passes_stays_below_its_folder(path: str) -> None:
    """Whatever is announced: what passes names a file below the folder, visible and composed."""
    try:
        checked = check_path(path, 8)
    except NameRefused:
        return
    parts = PurePosixPath("/folder", checked).parts
    assert parts[:2] == ("/", "folder")
    assert 3 <= len(parts) <= 10
    assert os.path.normpath(f"/folder/{checked}") == f"/folder/{checked}"
    assert checked.isprintable()
    assert unicodedata.is_normalized("NFC", checked)
    assert checked not in ("timestamp.txt", "submission_secret.txt")
    os.fsencode(checked)


@pytest.mark.parametrize(
    "path",
    ["../x", "a/../../x", "/etc/passwd", "a//b", "./a", "a/.", "..", "a\\..\\b", "a\x00.ipynb",
     "note\u202eknip.ipynb", "no\u200bte.ipynb", "e\u0301.ipynb", "\ud800.ipynb", " a", "a ",
     "timestamp.txt", "submission_secret.txt", "a/b/c/d/e/f/g/h/i", "x" * 256, "", 7, None],
)  # fmt: skip
def test_named_tricks_are_refused(path: object) -> None:
    """Traversal, absolute paths, invisible and decomposed characters, forged marks, depth."""
    with pytest.raises(NameRefused):
        check_path(path, 8)


@pytest.mark.parametrize(
    "path",
    ["timestamp.txt/x", "Timestamp.TXT", "TIMESTAMP.txt/a/b", "timestamp.txt.", "timestamp.txt./x",
     "\uff54imestamp.txt", "timestamp\uff0etxt/x", "timestamp.txt\uff0fx",
     "Submission_Secret.txt/y", "timestamp.txt\ufe0f/x", "time\u034fstamp.txt",
     "timestamp.txt\u3164", "\u2800timestamp.txt", "timestamp.txt\U000e0100",
     "timestamp.tx\U0001d42d"],
)  # fmt: skip
def test_the_exchanges_own_names_are_refused_as_folders_and_in_every_spelling(path: str) -> None:
    """Any case, full width, mathematical letters, ending dots; as a file and as a folder."""
    with pytest.raises(NameRefused, match="exchange's own"):
        check_path(path, 8)


@pytest.mark.parametrize(
    "path",
    [".git/config", "a/b/.git/hooks/post-checkout", ".GIT/config", "\uff0egit/config",
     "\u2024git/config", "\ufe52bashrc", "\u2025/x", ".git./config", ".DS_Store", "x/.env",
     "GIT~1/config", "data/HEAD", "head", "h\uff45ad", "nbgrader_config.py", "NBGrader_Config.PY",
     "jupyter_config.py", "x/jupyter_server_config.json", "jupyter_nbconvert_config.py.",
     "ipython_kernel_config.py", "jupyterhub_config.py", "nbgrader\uff3fconfig.py", "conftest.py",
     "sub/sitecustomize.py", "usercustomize.py", "pyproject.toml", "setup.cfg", "tox.ini",
     "\u3164.git/config", "\ufe0f.env", "git~1\u034f/config", "jupyter_server_config.d/x.json",
     "jupyter_notebook_config.d/x.json", "sitecustomize/__init__.py", "usercustomize.pyc",
     "sitecustomize.cpython-311-x86_64-linux-gnu.so", "pytest.toml",
     "pytest.ini", "mypy.ini", "profile_default/startup/x.py"],
)  # fmt: skip
def test_a_student_cannot_bring_what_programs_obey(path: str) -> None:
    """Hidden parts at any depth, git's, Jupyter's, pytest's and Python's own names, look-alikes."""
    assert check_path(path, 8) == path  # an instructor may release it
    with pytest.raises(NameRefused, match="not taken"):
        check_path(path, 8, guarded=True)


@pytest.mark.parametrize(
    "path",
    ["head/model.py", "heads", "config", "git.txt", "model_config.py", "train_config.json",
     "a.b/c..d", "profile.png", "test_mine.py", "timestamp.csv", "data/timestamp.txt", "x~1",
     "\u2764\ufe0f.png", "site.py", "server_config.d/x.json"],
)  # fmt: skip
def test_ordinary_names_are_taken(path: str) -> None:
    """What only resembles such a name is a student's to send."""
    assert check_path(path, 8, guarded=True) == path


@given(st.text(max_size=30) | st.sampled_from(["..", "a+b", "a/b", "*", "a\n", "a "]))
def test_a_name_that_passes_is_one_part_without_nbgraders_marks(name: str) -> None:
    """Courses, assignments and people: one component, no '+', no wildcard, no ending dot."""
    try:
        checked = check_name(name, "assignment")
    except NameRefused:
        return
    assert len(PurePosixPath("/x", checked).parts) == 3
    assert not set(checked) & set("+*?[]/\\\n")
    assert not checked.startswith((".", "-", " "))
    assert not checked.endswith((".", " "))


@pytest.mark.parametrize(
    "paths",
    [["a.txt", "A.txt"], ["a", "a"], ["a", "a/b"], ["straße", "STRASSE"], ["\ufb01le", "file"],
     ["Data/x", "data/y"], ["x/b", "X"], ["a.txt", "a.txt."], ["x/a", "x./b"], ["a/b", "a\uff0fb"],
     ["a.txt", "a\u3164.txt"], ["\u2764.png", "\u2764\ufe0f.png"]],
)  # fmt: skip
def test_names_that_clash_are_refused(paths: list[str]) -> None:
    """Names that look alike, fall together elsewhere, or are file and folder at once."""
    with pytest.raises(ManifestRefused):
        Manifest.from_json([entry(path) for path in paths], Limits())


@given(st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=6), unique=True))
def test_what_passes_together_never_clashes(names: list[str]) -> None:
    """No two files of a manifest that passes fall together by case or compatible form."""
    try:
        manifest = Manifest.from_json([entry(name) for name in names], Limits())
    except (ManifestRefused, NameRefused):
        return
    keys = [clash_key(file.path) for file in manifest.files]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ([entry(f"f{number}") for number in range(201)], "at most 200"),
        ([entry("big", 60_000_000)], "at most 50,000,000"),
        ([entry("a", 30_000_000), entry("b", 30_000_000)], "60,000,000 bytes"),
        ([entry("a", -1)], "0 or more"),
        ([entry("a", 10**4299)], "too large|0 or more"),
        ([entry("a", 10**4299), entry("b", 9 * 10**4299)], "0 or more"),
        ([entry("a", -(10**4400))], "too large"),
        ([entry("a", 1 << 60)], "0 or more"),
        ([{"path": "a", "size": 1, "sha256": 10**4400}], "too large"),
        ([10**4400], "too large"),
        ([{"path": "a", "size": True, "sha256": EMPTY}], "0 or more"),
        ([{"path": "a", "size": 1.5, "sha256": EMPTY}], "0 or more"),
        ([{"path": "a", "size": 1, "sha256": "0" * 63}], "64 digits"),
        ([{"path": "a", "size": 1, "sha256": "Z" * 64}], "64 digits"),
        ([], "no file"),
        ("abc", "expected a list"),
        ({"a": 1}, "expected a list"),
        ([7], "path, size and sha256"),
        (None, "expected a list"),
    ],
)
def test_malformed_and_oversized_manifests_are_refused_with_words(value: object, said: str) -> None:
    """Counts, sizes, their kinds and sums are checked before a byte is taken."""
    with pytest.raises(ManifestRefused, match=said):
        Manifest.from_json(value, Limits())


@settings(max_examples=25)
@given(
    st.dictionaries(
        st.sampled_from(["a", "b.ipynb", "data/one.csv", "data/two.csv", "x/y/z"]),
        st.binary(max_size=2000),
        min_size=1,
    ),
    st.integers(1, 700),
)
def test_a_folder_arrives_as_it_was_in_pieces_of_any_size(
    tmp_path_factory: pytest.TempPathFactory, files: dict[str, bytes], piece: int
) -> None:
    """Folder to content to folder gives the same files, however the line cuts the bytes."""
    root = tmp_path_factory.mktemp("folder")
    for name, data in files.items():
        (root / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (root / "in" / name).write_bytes(data)
    with Content(root / "in", lambda _folder, _names: [], lambda _path: None) as content:
        arrival = Arrival(content.manifest, root / "out")
        while arrival.received < content.manifest.size:
            arrival.write(content.read(arrival.received, piece))
        arrival.close()
    got = {
        path.relative_to(root / "out").as_posix(): path.read_bytes()
        for path in (root / "out").rglob("*")
        if path.is_file()
    }
    assert got == files


@pytest.mark.parametrize("sent", [b"abd", b"ab", b"abcd"])
def test_what_is_not_what_was_announced_is_not_taken(tmp_path: Path, sent: bytes) -> None:
    """A changed, a missing and an additional byte are found."""
    manifest = Manifest((FileEntry("a", 3, hashlib.sha256(b"abc").hexdigest()),))
    arrival = Arrival(manifest, tmp_path / "out")

    def receive() -> None:
        arrival.write(sent)
        arrival.close()

    with pytest.raises(Corrupted):
        receive()


def test_links_and_pipes_stay_at_home(tmp_path: Path) -> None:
    """What a link points to is not sent, and each that is left out is named."""
    (tmp_path / "secret").write_text("secret")
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "own.txt").write_text("own")
    (folder / "link.txt").symlink_to(tmp_path / "secret")
    (folder / "folder").symlink_to(tmp_path)
    os.mkfifo(folder / "pipe")
    left_out: list[str] = []
    with Content(folder, lambda _folder, _names: [], left_out.append) as content:
        assert [file.path for file in content.manifest.files] == ["own.txt"]
    assert sorted(Path(path).name for path in left_out) == ["folder", "link.txt", "pipe"]
