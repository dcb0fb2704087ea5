"""A thousand damaged notebooks: each is read, mended or refused, and no damage earns a point."""

from __future__ import annotations

import copy
import json
import os
import random
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from autograder.course import Case, Layout, assignment_names, load_cases, load_manifest
from autograder.course.manifest import Manifest, Role
from autograder.grading import Preparer
from autograder.grading.grader import Grader
from autograder.grading.prepare import Prepared, Refusal
from autograder.grading.report import Report

from . import damages
from .damages import DAMAGES, Damaged

FAST_CASES = 1_000
ENGINE_CASES = 40  # of the thousand; most are mended to what was graded already
ENGINE_ORIGINALS = 10
# every grading of them trains networks
SLOW_ASSIGNMENTS = {"gans", "image_networks", "recurrent_training", "regularisation"}
READABLE = re.compile(r"[A-Z'].{10,400}[.!]", re.DOTALL)
LOCKED = (Role.GIVEN, Role.GRADED)


@dataclass(frozen=True)
class Original:
    """An undamaged submission."""

    manifest: Manifest
    case: Case

    def notebook(self) -> dict[str, Any]:
        """Return its JSON values, to be damaged."""
        return copy.deepcopy(self.case.notebook(self.manifest))


@pytest.fixture(scope="module")
def originals(course: Layout) -> list[Original]:
    """Every submission of the course whose verdict is known."""
    manifests = [load_manifest(course, name) for name in assignment_names(course)]
    return [Original(m, case) for m in manifests for case in load_cases(m)]


@pytest.fixture(scope="module")
def right(originals: list[Original]) -> list[Original]:
    """The right ones."""
    return [original for original in originals if original.case.kind == "right"]


def damage(original: Original, seed: int) -> Damaged:
    """Damage a submission in the way that the seed names."""
    rng = random.Random(seed)
    return DAMAGES[seed % len(DAMAGES)](original.notebook(), rng)


def check_prepared(original: Original, damaged: Damaged, prepared: Prepared | Refusal) -> None:
    """Assert what holds for every submission that was read, whatever it was."""
    manifest = original.manifest
    if isinstance(prepared, Refusal):
        assert READABLE.fullmatch(prepared.reason), prepared.reason
        assert damaged.lost is None, prepared.reason
        return
    ours = [cell for cell in prepared.notebook.cells if cell.role is not None]
    assert [cell.cell_id for cell in ours] == [cell.cell_id for cell in manifest.cells]
    given = {cell.cell_id: cell.source for cell in manifest.cells if cell.role in LOCKED}
    assert {cell.cell_id: cell.source for cell in ours if cell.role in LOCKED} == given
    assert len({cell.cell_id for cell in prepared.notebook.cells}) == len(prepared.notebook.cells)
    for repair in prepared.notebook.repairs:
        assert READABLE.fullmatch(repair.message), repair
    if damaged.lost is None:
        return
    found = {cell.cell_id: lines(cell.source) for cell in ours}
    for cell in original.notebook()["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("solution") and cell["id"] not in damaged.lost:
            assert found[cell["id"]] == lines(cell["source"]), cell["id"]


def lines(source: str) -> list[str]:
    """Return the text of a cell as its lines."""
    return source.strip().splitlines()


MENDED = {
    "latin": {"encoding", "locked-cell-restored"},
    "surrogates": {"odd-characters"},
    "nothing_to_know_by": {"metadata-lost"},
    "some_lost_metadata": {"metadata-lost"},
    "deleted": {"locked-cell-restored", "answer-missing"},
    "only_answers": {"locked-cell-restored"},
    "duplicated": {"cells-reordered", "duplicate-cell"},
    "reordered": {"cells-reordered"},
    "retyped": {"cell-retyped"},
    "invalid_types": {"cell-retyped"},
    "invalid_cells": {"cell-unreadable"},
    "split": {"locked-cell-restored", "duplicate-cell"},
    "empty_copies": {"duplicate-cell"},
    "merged": {"locked-cell-restored", "answer-missing", "cells-merged"},
    "old_format": {"old-format"},
}


@pytest.mark.slow
def test_a_thousand_damaged_notebooks_are_mended_or_refused(
    right: list[Original], preparer: Preparer
) -> None:
    """No exception, no lost answer, no changed locked cell; twice the same; sentences to read."""
    refused, problems = 0, []
    for seed in range(FAST_CASES):
        original = right[(seed // len(DAMAGES) + seed) % len(right)]
        damaged = damage(original, seed)
        name = original.manifest.assignment
        prepared = preparer.prepare(name, damaged.data)
        try:
            check_prepared(original, damaged, prepared)
        except AssertionError as error:
            way = DAMAGES[seed % len(DAMAGES)].__name__
            problems.append(f"seed {seed}, {way}, {name}/{original.case.name}: {error}")
        assert preparer.prepare(name, damaged.data) == prepared
        if isinstance(prepared, Refusal):
            report = preparer.refusal_report(prepared)
            assert report.points == 0
            assert Report.from_bytes(report.to_bytes()) == report
            refused += 1
    assert problems == []
    assert 0 < refused < FAST_CASES / 4


@pytest.mark.slow
def test_fifty_megabytes_of_outputs_are_dropped(right: list[Original], preparer: Preparer) -> None:
    """A heavy notebook is read in seconds, and its answers are all there."""
    original = right[0]
    damaged = damages.heavy_outputs(original.notebook(), random.Random(0), megabytes=50)
    assert len(damaged.data) > 50 * 2**20
    begin = time.process_time()
    check_prepared(original, damaged, preparer.prepare(original.manifest.assignment, damaged.data))
    assert time.process_time() - begin < 10


@pytest.mark.slow
def test_a_million_tiny_cells_are_refused(right: list[Original], preparer: Preparer) -> None:
    """Many cells cost time in proportion to the file, and nothing after that."""
    cells = b",".join([b'{"cell_type":"code","source":""}'] * 1_000_000)
    begin = time.process_time()
    prepared = preparer.prepare(right[0].manifest.assignment, b'{"cells":[' + cells + b"]}")
    assert isinstance(prepared, Refusal)
    assert "more than 2000000 values" in prepared.reason
    assert time.process_time() - begin < 20


def test_another_assignments_notebook_is_refused(right: list[Original], preparer: Preparer) -> None:
    """Whoever submits the wrong notebook reads which one was expected."""
    for original in right:
        for name in {other.manifest.assignment for other in right} - {original.manifest.assignment}:
            prepared = preparer.prepare(name, damages.to_bytes(original.notebook()))
            assert isinstance(prepared, Refusal)
            assert name in prepared.reason
            assert READABLE.fullmatch(prepared.reason)


@pytest.fixture(scope="module")
def grader(preparer: Preparer, originals: list[Original]) -> Iterator[Grader]:
    """One warm grader with the exercises that do not train for long."""
    names = {original.manifest.assignment for original in originals} - SLOW_ASSIGNMENTS
    with Grader(preparer, names) as grader:
        yield grader


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_no_damage_earns_a_point_and_what_survived_keeps_its_points(
    originals: list[Original], preparer: Preparer, grader: Grader
) -> None:
    """At most the undamaged points, and all of them where answers survived.

    What is mended to the same cells is graded once.
    """
    rng = random.Random(7)
    kept = [o for o in originals if o.manifest.assignment not in SLOW_ASSIGNMENTS]
    pool = [o for o in kept if o.case.kind in ("right", "wrong")]
    pool = rng.sample(pool, ENGINE_ORIGINALS)
    graded: dict[str, dict[str, float]] = {}
    ran = seed = 0

    def grade(name: str, prepared: Prepared) -> dict[str, float]:
        cells = [(cell.cell_id, cell.cell_type, cell.source) for cell in prepared.notebook.cells]
        key = f"{name} {cells}"
        if key not in graded:
            graded[key] = points(grader.run(prepared))
        return graded[key]

    while ran < ENGINE_CASES:
        seed += 1
        original = rng.choice(pool)
        name = original.manifest.assignment
        damaged = damage(original, seed)
        prepared = preparer.prepare(name, damaged.data)
        if isinstance(prepared, Refusal):
            continue
        ran += 1
        at_most = grade(name, preparer.prepare(name, damages.to_bytes(original.notebook())))
        came = grade(name, prepared)
        said = f"seed {seed}, {DAMAGES[seed % len(DAMAGES)].__name__}, {name}/{original.case.name}"
        for grade_id, expected in at_most.items():
            assert came[grade_id] <= expected, (said, grade_id)
        if damaged.lost is not None and not damaged.lost:
            assert came == at_most, said


def points(report: Report) -> dict[str, float]:
    """Return the points of every cell that checks grade."""
    return {cell.grade_id: cell.points or 0.0 for cell in report.cells if not cell.manual}


NOTEBOOK = """# %% nbgrader={"grade_id": "size_answer", "solution": true}
size = 0
### BEGIN SOLUTION
size = 3
### END SOLUTION

# %% nbgrader={"grade_id": "size", "grade": true, "points": 2}
print(size)
"""
CHECK = '''"""Size (grade cell `size`, 2 points)."""

from autograder.checking import assert_number, points


@points(1)
def test_size(student):
    assert_number(student["size"], 3)
'''


@pytest.mark.slow
def test_a_folder_full_of_bad_files_stops_no_batch(tmp_path: Path) -> None:
    """Each is refused for its student alone; the one honest neighbour gets full marks."""
    root = tmp_path / "course"
    folder = root / "solutions" / "tiny"
    (folder / "checks").mkdir(parents=True)
    (folder / "notebook.py").write_text(NOTEBOOK)
    (folder / "assignment.toml").write_text('title = "Tiny"\n')
    (folder / "checks" / "test_size.py").write_text(CHECK)
    layout = Layout(root, tmp_path / "home")
    honest = honest_notebook(load_manifest(layout, "tiny"))
    expected = submit_bad_files(layout, honest, tmp_path)
    command = [
        str(Path(sys.executable).parent / "gradlab"),
        "grade",
        "tiny",
        "--json",
        "--jobs",
        "1",
    ]
    kept = {k: v for k, v in os.environ.items() if not k.startswith("GRADLAB_")}
    kept |= {"GRADLAB_COURSE": str(root), "GRADLAB_HOME": str(layout.home)}
    kept["PATH"] = f"{Path(sys.executable).parent}:{kept['PATH']}"
    done = subprocess.run(command, env=kept, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
    students = {s["student"]: s for s in json.loads(done.stdout)["students"]}
    assert {name: entry["points"] for name, entry in students.items()} == expected
    assert all(entry["refusal"] or entry["points"] == 2 for entry in students.values())
    for entry in students.values():
        assert not entry["refusal"] or READABLE.fullmatch(entry["refusal"]), entry


def honest_notebook(manifest: Manifest) -> bytes:
    """Return a right submission."""
    from autograder.course import notebook_bytes, submission_notebook

    return notebook_bytes(submission_notebook(manifest, {"size_answer": "size = 3"}))


def submit_bad_files(layout: Layout, honest: bytes, elsewhere: Path) -> dict[str, float]:
    """Submit everything that is no notebook; return the points that each student must get."""
    target = elsewhere / "target.ipynb"
    target.write_bytes(honest)

    def place(student: str) -> Path:
        folder = layout.submitted / student / "tiny"
        folder.mkdir(parents=True)
        return folder / "tiny.ipynb"

    place("honest").write_bytes(honest)
    place("other-name").with_name("my answers.ipynb").write_bytes(honest)
    expected = {"honest": 2.0, "other-name": 2.0}
    place("empty").write_bytes(b"")
    place("blank").write_bytes(b" \n\t")
    place("binary").write_bytes(bytes(range(256)) * 100)
    place("folder").mkdir()
    place("link").symlink_to(target)
    place("dangling").symlink_to("nowhere")
    place("loop").symlink_to("tiny.ipynb")
    os.mkfifo(place("pipe"))
    place("device").symlink_to("/dev/zero")
    if os.geteuid() == 0:
        os.mknod(place("node"), 0o600 | 0o020000, os.makedev(1, 5))  # /dev/zero
    else:
        unreadable = place("unreadable")
        unreadable.write_bytes(honest)
        unreadable.chmod(0)
    place("nothing")
    two = place("two-names")
    two.with_name("a.ipynb").write_bytes(honest)
    two.with_name("b.ipynb").write_bytes(honest)
    place("text").write_text("Dear teacher, my notebook is attached.")
    place("archive").write_bytes(b"PK\x03\x04" + bytes(200))
    place("zeros").write_bytes(bytes(len(honest)))
    place("list").write_bytes(b"[]")
    place("strangers").write_bytes(b'{"cells": [{"cell_type": "code", "source": "1"}]}')
    with place("huge").open("wb") as file:
        file.truncate(300 * 2**20)
    (layout.submitted / "file").mkdir()
    (layout.submitted / "file" / "tiny").write_bytes(honest)
    (layout.submitted / "linked").mkdir()
    (layout.submitted / "linked" / "tiny").symlink_to(layout.submitted / "honest" / "tiny")
    for folder in layout.submitted.iterdir():
        expected.setdefault(folder.name, 0.0)
    return expected


def test_what_was_mended_is_listed(right: list[Original], preparer: Preparer) -> None:
    """Each damage that takes something away or changes what runs is named to the student."""
    for name, codes in MENDED.items():
        number = [damage.__name__ for damage in DAMAGES].index(name)
        for turn in range(8):
            original = right[(7 * turn + number) % len(right)]
            damaged = damage(original, number + turn * len(DAMAGES))
            prepared = preparer.prepare(original.manifest.assignment, damaged.data)
            assert isinstance(prepared, Prepared), (name, prepared)
            found = {repair.code for repair in prepared.notebook.repairs}
            assert found, (name, turn)
            assert found <= codes, (name, turn, found)
