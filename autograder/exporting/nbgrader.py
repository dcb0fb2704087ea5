"""A course as plain nbgrader has one: source notebooks, with the checks as hidden tests.

What it guarantees:

- `nbgrader generate_assignment` and `nbgrader autograde` work in the folder with nbgrader's own
  settings: no part of gradlab need be installed. What the checks import is copied beside.
- Students receive none of it: hidden tests are cut by nbgrader, and the copies lie outside
  `source/`.
- A folder that has something in it is refused; of one that cannot be written nothing is left.

What it does not do: keep the boundary. Hidden tests run where the student's code ran, which is what
nbgrader does with all tests; the course's README says so.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import autograder
import reference
from autograder.course import Layout, Manifest, assignment_names, load_manifest, notebook_bytes
from autograder.course.notebooks import solution_notebook
from autograder.course.percent import read_text
from autograder.course.problems import CourseError
from autograder.records import write_whole

CHECKS_FOLDER = "grading"
_COPIED = ("checking", "student", "wire")
_BEGIN, _END = "### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS"
_MARKERS = ("BEGIN SOLUTION", "END SOLUTION", "BEGIN HIDDEN TESTS", "END HIDDEN TESTS")


class ExportRefused(CourseError):
    """A course cannot be exported as it was asked for."""


@dataclass(frozen=True)
class Exported:
    """One assignment of the exported course.

    Args:
        assignment: its name.
        checked: points that hidden tests decide.
        by_hand: points that a person gives.
    """

    assignment: str
    checked: float
    by_hand: float


def export_nbgrader(layout: Layout, folder: Path, names: Sequence[str] = ()) -> list[Exported]:
    """Write a course for nbgrader.

    Args:
        layout: the course.
        folder: new, or empty.
        names: of the assignments; all when none is named.

    Raises:
        ExportRefused: the folder has something in it, or a check cannot be a hidden test.
        SourceError: an assignment breaks the rules.
        UnknownAssignmentError: there is no such assignment.
        OSError: it cannot be written.
    """
    folder = folder.absolute()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ExportRefused(f"{folder} is no empty folder; name a new one")
    manifests = [load_manifest(layout, name) for name in names or assignment_names(layout)]
    if not manifests:
        raise ExportRefused(f"{layout.solutions} has no assignment")
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=".gradlab-", dir=folder.parent))
    try:
        made.chmod(0o755)
        for manifest in manifests:
            _write_assignment(made / "source" / manifest.assignment, manifest)
        _write_grading(made / CHECKS_FOLDER)
        for name in ("README.md", "nbgrader_config.py"):
            text = files("autograder.exporting").joinpath("templates", f"{name}.txt")
            whole = text.read_text("utf-8").replace("{{course}}", layout.course_id)
            write_whole(made / name, whole.encode(), mode=0o644)
        made.rename(folder)
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise
    return [
        Exported(
            manifest.assignment,
            sum(cell.points for cell in manifest.graded),
            sum(cell.points for cell in manifest.essays),
        )
        for manifest in manifests
    ]


def _write_assignment(folder: Path, manifest: Manifest) -> None:
    notebook = solution_notebook(manifest)
    del notebook["metadata"]["gradlab"]
    for cell in notebook["cells"]:
        if cell["id"] in manifest.checks:
            cell["source"] = f"{cell['source']}\n\n{_hidden_tests(manifest, cell)}"
    write_whole(folder / manifest.notebook_name, notebook_bytes(notebook), mode=0o644)
    for name, path in manifest.files.items():
        write_whole(folder / name, path.read_bytes(), mode=0o644)


def _hidden_tests(manifest: Manifest, cell: dict[str, Any]) -> str:
    """Return the lines that nbgrader cuts from what students receive."""
    path = manifest.checks[cell["id"]]
    text = read_text(path)
    if marker := next((marker for marker in _MARKERS if marker in text), ""):
        raise ExportRefused(f"{path}: {marker!r} in a check is a marker of nbgrader's; reword it")
    is_plain = "'''" not in text and text.endswith("\n")
    points = cell["metadata"]["nbgrader"]["points"]
    limits = manifest.limits.to_mapping()
    called = f"{manifest.notebook_name!r}, {cell['id']!r}, {points!r}, gradlab_checks, {limits!r}"
    return "\n".join(
        [
            _BEGIN,
            "# in the process of this notebook: whoever writes the answer can read and forge it",
            "from autograder.exporting.hidden import run_hidden",
            "",
            f"gradlab_checks = r'''{text}'''" if is_plain else f"gradlab_checks = {text!r}",
            f"run_hidden({called})",
            _END,
        ]
    )


def _write_grading(folder: Path) -> None:
    """Copy what the hidden tests import, and the reference."""
    (package,) = map(Path, autograder.__path__)
    (models,) = map(Path, reference.__path__)
    skipped = shutil.ignore_patterns("__pycache__", "*.pyc")
    for name in _COPIED:
        shutil.copytree(package / name, folder / "autograder" / name, ignore=skipped)
    shutil.copytree(models, folder / "reference", ignore=skipped)
    target = folder / "autograder" / "exporting"
    target.mkdir()
    shutil.copy(package / "exporting" / "hidden.py", target)
    for made in (target, target.parent):
        (made / "__init__.py").touch()
