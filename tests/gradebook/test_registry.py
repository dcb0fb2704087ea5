"""Registering gives the rows that nbgrader's own preprocessors give."""

from __future__ import annotations

import nbformat
import pytest
from nbgrader.api import Gradebook
from nbgrader.preprocessors import CheckCellMetadata, ComputeChecksums, LockCells, SaveCells

from autograder.course import release_notebook

TABLES = ("grade_cells", "solution_cells", "task_cells", "source_cells")


def rows(gradebook: Gradebook) -> dict[str, list[dict]]:
    """All that nbgrader knows of the assignment, without keys."""
    gradebook.db.expire_all()
    notebook = gradebook.find_notebook("doubling", "doubling")
    found: dict[str, list[dict]] = {"kernelspec": [{"kernelspec": notebook.kernelspec}]}
    for table in TABLES:
        cells = [
            {key: value for key, value in cell.to_dict().items() if key != "id"}
            | ({"source": cell.source} if table == "source_cells" else {})
            for cell in getattr(notebook, table)
        ]
        found[table] = sorted(cells, key=lambda cell: cell["name"])
    return found


@pytest.fixture
def by_nbgrader(tmp_path, manifest, empty_gradebook):
    """A gradebook in which nbgrader registered the same release notebook."""
    path = tmp_path / "theirs.db"
    path.write_bytes(empty_gradebook.read_bytes())
    url = f"sqlite:///{path}"
    with Gradebook(url, "deep-learning") as gradebook:
        gradebook.add_assignment("doubling")
        notebook = nbformat.from_dict(release_notebook(manifest))
        names = {"notebook": "doubling", "assignment": "doubling", "db_url": url}
        resources = {"nbgrader": names}
        for preprocessor in (LockCells, CheckCellMetadata, ComputeChecksums, SaveCells):
            notebook, resources = preprocessor().preprocess(notebook, resources)
        assert dict(notebook) == release_notebook(manifest)
        yield gradebook


def test_same_rows_as_save_cells(writer, gradebook, manifest, by_nbgrader):
    """Assignment, notebook, grade, solution and source cells equal nbgrader's, value for value."""
    writer.register(manifest)
    assert rows(gradebook) == rows(by_nbgrader)
    assert gradebook.find_assignment("doubling").course_id == "deep-learning"


def test_registering_again_changes_nothing(writer, gradebook, manifest):
    """Keys, rows and the due date stay as they are."""
    writer.register(manifest)
    before = rows(gradebook)
    keys = {cell.id for cell in gradebook.find_notebook("doubling", "doubling").source_cells}
    gradebook.update_or_create_assignment("doubling", duedate="2026-05-04 12:00:00 UTC")
    writer.register(manifest)
    assert rows(gradebook) == before
    notebook = gradebook.find_notebook("doubling", "doubling")
    assert {cell.id for cell in notebook.source_cells} == keys
    assert gradebook.find_assignment("doubling").duedate.year == 2026


def test_assignment_registered_by_nbgrader_is_taken_over(writer, gradebook, manifest):
    """A notebook of another name without people's work is replaced by the course's."""
    gradebook.add_assignment("doubling")
    gradebook.add_notebook("old", "doubling")
    gradebook.add_grade_cell("q", "old", "doubling", max_score=9, cell_type="code")
    writer.register(manifest)
    gradebook.db.expire_all()
    assert [notebook.name for notebook in gradebook.find_assignment("doubling").notebooks] == [
        "doubling"
    ]
    assert gradebook.find_assignment("doubling").max_score == 6.5
