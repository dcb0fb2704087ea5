"""The store of reports."""

import zlib
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from autograder.grading.keys import AssignmentDigest, Environment, Keys
from autograder.grading.prepare import Prepared, Preparer
from autograder.grading.repair import RepairedNotebook
from autograder.grading.report import CellReport, CheckReport, Report, Verdict
from autograder.grading.store import ReportStore

KEY, CELL_KEY = "ab" * 32, "cd" * 32
KEYS = Keys(KEY, {"size": CELL_KEY}, 1, "ef" * 32)
CELL = CellReport("size", 2, (CheckReport("test_size", Verdict.PASSED),))
REPORT = Report("tiny", KEY, 1, "full", (CELL,))


class FakePreparer:
    """A course of which only hashes are asked for."""

    isolation = "full"
    environment = Environment({"torch": "2"}, "e", "x")

    def digest(self, assignment: str) -> AssignmentDigest:
        """Return the assignment's."""
        return AssignmentDigest(assignment, "s", {"size": "c"})


def put(store: ReportStore, report: Report = REPORT) -> Prepared:
    """Store a report with what it was computed from."""
    prepared = Prepared("tiny", RepairedNotebook((), ()), KEYS)
    store.store(cast(Preparer, FakePreparer()), prepared, report)
    return prepared


@pytest.fixture
def store(tmp_path: Path) -> ReportStore:
    return ReportStore(tmp_path / "reports")


def test_a_stored_report_is_found(store: ReportStore) -> None:
    """What was stored comes back equal, and so do its cells and what it was computed from."""
    prepared = put(store)
    kept = store.find_kept(KEY)
    assert kept is not None
    assert kept.prepared == prepared
    assert store.report_bytes(KEY) == REPORT.to_bytes()
    assert store.find(KEY) == REPORT
    assert store.find_cells(replace(KEYS, report="other")) == {"size": CELL}
    assert store.find_cells(replace(KEYS, cells={"size": "another check"})) == {}
    assert store.find_cells(replace(KEYS, run="another notebook")) == {}
    assert list(store) == [KEY]


def test_an_unknown_key_is_absent(store: ReportStore) -> None:
    """Nothing is found in an empty store, and nothing is made."""
    assert store.find(KEY) is None
    assert not store.files.folder.exists()


@pytest.mark.parametrize(
    "damage",
    [b"", b"{}", zlib.compress(b"{}"), zlib.compress(b"{}") + b"{}\n", REPORT.to_bytes(), b"\xff"],
)
def test_a_damaged_report_is_absent(store: ReportStore, damage: bytes) -> None:
    """A file that cannot be read whole is graded again, not believed."""
    put(store)
    store.path(KEY).write_bytes(damage)
    assert store.find(KEY) is None
    assert store.find_kept(KEY) is None
    assert store.find_cells(KEYS) == {}


def test_a_report_under_another_key_is_absent(store: ReportStore) -> None:
    """A file that was moved to another key is not taken for that key's report."""
    put(store)
    other = "ef" * 32
    store.path(other).parent.mkdir(parents=True)
    store.path(KEY).rename(store.path(other))
    assert store.find(other) is None
    assert store.find_kept(other) is None


def test_a_refused_submission_stores_no_cells(store: ReportStore) -> None:
    """A refusal is not remembered as the result of a cell's checks."""
    put(store, replace(REPORT, refusal="no notebook"))
    assert store.find_cells(KEYS) == {}


def test_a_file_cut_off_is_absent(store: ReportStore) -> None:
    """However much of it is left."""
    put(store)
    whole = store.path(KEY).read_bytes()
    for end in range(len(whole)):
        store.path(KEY).write_bytes(whole[:end])
        assert store.find(KEY) is None


def test_what_a_version_before_kept_is_read(store: ReportStore) -> None:
    """It has no report: the submission is graded again, and an old grade can be replayed."""
    prepared = put(store)
    stored = store.files.get(KEY)
    assert stored is not None
    store.path(KEY).write_bytes(zlib.compress(stored[0], 1))
    assert store.find(KEY) is None
    kept = store.find_kept(KEY)
    assert kept is not None
    assert kept.prepared == prepared
