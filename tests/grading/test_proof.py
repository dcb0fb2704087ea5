"""The author's proof: which checks run for which submission, and what counts as a difference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from autograder.course import Layout
from autograder.grading import Preparer
from autograder.grading.prepare import Prepared, Refusal
from autograder.grading.proof import Specimen, differences, prepare_specimen, specimens
from autograder.grading.report import (
    CellReport,
    CheckReport,
    ExecutedCell,
    Report,
    Verdict,
)

ROOT = Path(__file__).parents[2]
GRADED = {path.stem[5:] for path in (ROOT / "solutions/recurrent/checks").glob("test_*.py")}


@pytest.fixture(scope="module")
def preparer(tmp_path_factory: pytest.TempPathFactory) -> Preparer:
    """The real course; only read."""
    return Preparer(Layout(ROOT, tmp_path_factory.mktemp("home")), "full")


def labelled(preparer: Preparer, **how: object) -> dict[str, Specimen]:
    manifest = preparer.manifest("recurrent")
    return {one.label.partition("/")[2]: one for one in specimens(manifest, **how)}  # type: ignore[arg-type]


def given(preparer: Preparer, specimen: Specimen) -> tuple[Prepared, Mapping[str, CellReport]]:
    """Return what the grader gets of it, by way of the service."""
    return prepare_specimen(preparer, specimen.assignment, specimen.to_bytes())


def report_of(preparer: Preparer, specimen: Specimen, points: dict[str, float]) -> Report:
    """Return a report with one check for each graded cell, which earns these points."""
    manifest = preparer.manifest(specimen.assignment)
    cells = []
    for cell in manifest.graded:
        earned = points.get(cell.cell_id, cell.points) / cell.points
        parts = ((Verdict.PASSED, earned), (Verdict.FAILED, 1 - earned))
        checks = tuple(CheckReport(f"test_{v}", v, w, "", "", "") for v, w in parts if w)
        cells.append(CellReport(cell.cell_id, cell.points, checks))
    return Report(specimen.assignment, "key", 1, "full", tuple(cells))


def test_a_case_runs_the_checks_of_what_it_concerns(preparer: Preparer) -> None:
    """The instructor's and the untouched notebook meet every check, a case those of its cells."""
    found = labelled(preparer)
    assert found["instructor"].cells == found["untouched"].cells == GRADED
    assert found["bptt-columns"].cells == {"bptt_fill_in"}
    assert found["clip-torch"].cells == {"gradient_clipping"}
    assert found["exits"].cells == GRADED, "a hostile case concerns all"
    every = labelled(preparer, every_cell=True)
    assert all(specimen.cells == GRADED for specimen in every.values())


def test_the_grader_is_told_which_cells_not_to_check(preparer: Preparer) -> None:
    """What a case does not concern is known beforehand, and essays never are."""
    found = labelled(preparer)
    assert set(given(preparer, found["clip-torch"])[1]) == GRADED - {"gradient_clipping"}
    assert not given(preparer, found["instructor"])[1]


def test_each_further_seed_draws_anew_and_repeats(preparer: Preparer) -> None:
    """The first seed is that of a student's submission; others differ and are always the same."""
    found = labelled(preparer, seeds=3)
    assert len(found) == 3 * sum("(seed" not in name for name in found)
    names = ("instructor", "instructor (seed 2)", "instructor (seed 3)")
    seeds = [given(preparer, found[name])[0].keys.seed for name in names]
    again = [given(preparer, found[name])[0].keys.seed for name in names]
    assert len(set(seeds)) == 3
    assert seeds == again
    own = preparer.prepare("recurrent", found["instructor"].notebook).keys.seed
    assert seeds[0] == own


def test_a_difference_counts_where_checks_ran(preparer: Preparer) -> None:
    """Other points in a concerned cell are a difference; one not checked says nothing."""
    case = labelled(preparer)["clip-torch"]
    manifest = preparer.manifest("recurrent")
    least = {cell.cell_id: cell.points / 2 for cell in manifest.graded}
    assert differences(preparer.manifest("recurrent"), case, report_of(preparer, case, {})) == []
    (said,) = differences(preparer.manifest("recurrent"), case, report_of(preparer, case, least))
    assert said.startswith("gradient_clipping: ")
    every = replace(case, cells=frozenset(GRADED))
    said_of_all = differences(
        preparer.manifest("recurrent"), every, report_of(preparer, every, least)
    )
    assert len(said_of_all) == len(GRADED) > 1


def test_a_self_check_that_refuses_a_right_answer_is_a_difference(preparer: Preparer) -> None:
    """What a student sees first must not be wrong; of a wrong answer it may say so."""
    raised = {"output_type": "error", "ename": "AssertionError", "evalue": "no", "traceback": []}
    cell = ExecutedCell("gradient_clipping", "code", "clip()", (raised,), 1)
    found = labelled(preparer)
    for name, said in (("instructor", 1), ("clip-torch", 1), ("untouched", 0), ("clip-always", 0)):
        report = replace(report_of(preparer, found[name], {}), notebook=(cell,))
        sentences = differences(preparer.manifest("recurrent"), found[name], report)
        assert sum("visible self-check refuses it" in one for one in sentences) == said, name


def test_a_wrong_case_meets_several_draws(preparer: Preparer) -> None:
    """What a check finds by chance it may miss in a student's answer; training is luck in part."""
    found = labelled(preparer)
    assert {"clip-always", "clip-always (seed 2)", "clip-always (seed 3)"} <= set(found)
    assert "clip-torch (seed 2)" not in found
    gans = [one for one in specimens(preparer.manifest("gans")) if one.draw]
    assert gans
    assert not any("gan_training" in one.cells for one in gans)


def test_only_the_instructors_notebook_is_drawn(preparer: Preparer) -> None:
    """Nobody looks at the figures of the others, and drawing takes longer than judging."""
    drawn = set()
    for name, specimen in labelled(preparer, seeds=1).items():
        one, _known = given(preparer, specimen)
        drawn |= {name} if isinstance(one, Refusal) or one.figures else set()
    assert drawn == {"instructor"}
