"""The notebooks that are built: valid, and the same as nbgrader would have made."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest
from nbgrader.nbgraderformat import MetadataValidator
from nbgrader.preprocessors import (
    CheckCellMetadata,
    ClearHiddenTests,
    ClearMarkScheme,
    ClearOutput,
    ClearSolutions,
    ComputeChecksums,
    LockCells,
)

from autograder.course import (
    Layout,
    assignment_names,
    load_manifest,
    notebook_bytes,
    release_notebook,
    solution_notebook,
    submission_notebook,
)

COURSE = Layout(Path(__file__).parents[2], Path("/nonexistent"))


@pytest.fixture
def manifest(workshop):
    return load_manifest(workshop.layout, "doubling")


def read(notebook):
    return nbformat.reads(notebook_bytes(notebook).decode(), as_version=nbformat.NO_CONVERT)


def test_notebooks_are_valid_for_nbformat_and_nbgrader(manifest):
    """Release, submission and solution validate against nbformat 4.5 and nbgrader's schema 3."""
    for notebook in (
        release_notebook(manifest),
        submission_notebook(manifest, {"double": "def double(x): return x"}),
        solution_notebook(manifest),
    ):
        parsed = read(notebook)
        assert (parsed.nbformat, parsed.nbformat_minor) == (4, 5)
        nbformat.validate(parsed)
        MetadataValidator().validate_nb(parsed)


def released_by_nbgrader(notebook):
    """Return what nbgrader's release makes of a source notebook, by its own preprocessors."""
    resources: dict[str, object] = {}
    for preprocessor in (
        LockCells,
        ClearSolutions,
        ClearOutput,
        CheckCellMetadata,
        ComputeChecksums,
        ClearHiddenTests,
        ClearMarkScheme,
        ComputeChecksums,
        CheckCellMetadata,
    ):
        notebook, resources = preprocessor().preprocess(notebook, resources)
    return json.loads(json.dumps(notebook))


def test_the_release_is_what_nbgrader_makes_of_the_source(manifest):
    """Nbgrader's own preprocessors turn our source notebook into our release, to the byte."""
    assert released_by_nbgrader(read(solution_notebook(manifest))) == release_notebook(manifest)


@pytest.mark.parametrize("name", assignment_names(COURSE))
def test_every_assignment_of_the_course_releases_alike(name):
    """The same holds for the course's own assignments, with or without nbgrader's release."""
    manifest = load_manifest(COURSE, name)
    nbformat.validate(read(release_notebook(manifest)))
    assert released_by_nbgrader(read(solution_notebook(manifest))) == release_notebook(manifest)


def test_cell_ids_are_the_grade_ids(manifest):
    """The notebook's own cell id is the grade id, so that stripped metadata can be recovered."""
    for cell in release_notebook(manifest)["cells"]:
        assert cell["id"] == cell["metadata"]["nbgrader"]["grade_id"]


def test_the_release_holds_no_solution(manifest):
    """Neither a solution line nor a marker is anywhere in the released bytes."""
    data = notebook_bytes(release_notebook(manifest)).decode()
    assert "range(2)" not in data
    assert "SOLUTION" not in data
    assert "whoever counts" not in data


def test_bytes_survive_nbformat(manifest):
    """Reading and writing by nbformat gives the same bytes, so Jupyter makes no needless diff."""
    data = notebook_bytes(release_notebook(manifest)).decode()
    assert nbformat.writes(nbformat.reads(data, as_version=4)) + "\n" == data


def test_only_answer_cells_can_be_filled_in(manifest):
    """A submission is made by answering; given and graded cells are not for students."""
    with pytest.raises(KeyError, match="no answer cell"):
        submission_notebook(manifest, {"doubling": "pass"})
