"""What a graded cell's key covers of our own code: what its checks import, and no more."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.course import Layout
from autograder.grading import Preparer, semantics
from autograder.grading.imports import imported_by

ROOT = Path(__file__).parents[2]
CHECKS = sorted(ROOT.glob("solutions/*/checks/test_*.py"))


def imports_of(tmp_path: Path, text: str) -> set[str]:
    """Return the modules of ours that a file with this text needs."""
    path = tmp_path / "test_it.py"
    path.write_text(text)
    return {*imported_by(path)}


@pytest.mark.parametrize(
    "text",
    [
        "from autograder.checking import points",
        "from autograder.checking import (\n    points,  # by weight, not by number\n)",
        "from autograder.checking \\\n    import points",
        "def test_it():\n    from autograder.checking import points",
        "import autograder.checking.marks as marks",
    ],
)
def test_a_name_is_followed_to_the_module_that_has_it(tmp_path: Path, text: str) -> None:
    """Not to the package that hands it on, and not to all else that the package hands on."""
    found = imports_of(tmp_path, text)
    assert "autograder.checking.marks" in found
    assert "autograder.checking" not in found
    assert "autograder.checking.trace" not in found


def test_what_is_imported_imports_in_turn(tmp_path: Path) -> None:
    """A reference model with what it is made of; libraries and the grader's own parts are not."""
    found = imports_of(tmp_path, "import torch\nfrom reference.recurrent import clip_gradient")
    assert "reference.errors" in found
    assert all(name.split(".")[0] == "reference" for name in found)


@pytest.mark.parametrize("path", CHECKS, ids=lambda path: path.stem)
def test_every_import_of_the_course_s_checks_is_found(path: Path) -> None:
    """As Python's own parser reads them: each module has a file in the list, or hands on."""
    found = imported_by(path)
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("reference"):
            assert any(name.startswith(node.module or "") for name in found), node.module


def test_reading_imports_nothing() -> None:
    """Neither the reference nor torch: a command for an unchanged class must be quick."""
    program = (
        "import sys; from pathlib import Path; from autograder.grading.imports import imported_by\n"
        f"for path in {[str(path) for path in CHECKS[:3]]!r}: imported_by(Path(path))\n"
        "assert not {'torch', 'reference'} & {*sys.modules}"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_other_modules_leave_a_cell_s_key_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """A changed helper concerns the cells whose checks import it, and no other."""
    layout = Layout.find()
    before = Preparer(layout, "full").digest("sequences").checks
    real = imported_by

    def changed(path: Path) -> dict[str, str]:
        found = real(path)
        return {n: d + "changed" * (n == "autograder.checking.choice") for n, d in found.items()}

    monkeypatch.setattr("autograder.grading.keys.imported_by", changed)
    after = Preparer(layout, "full").digest("sequences").checks
    differing = {name for name in before if before[name] != after[name]}
    assert differing == {
        name
        for name, path in Preparer(layout, "full").manifest("sequences").checks.items()
        if "autograder.checking.choice" in real(path)
    }
    assert 0 < len(differing) < len(before)


def test_who_changes_what_decides_verdicts_says_whether_a_report_can_differ() -> None:
    """Raise `VERSION` if it can; record the code either way."""
    assert semantics.code() == semantics.CODE, (
        "code that decides verdicts has changed: if a report of any submission can differ, raise "
        "VERSION in autograder/grading/semantics.py; then run that file with python"
    )


def test_keys_follow_the_semantics_and_not_every_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another version gives other keys; other code of the same version gives the same."""
    layout = Layout.find()
    first = Preparer(layout, "full").environment
    monkeypatch.setattr(semantics, "VERSION", semantics.VERSION + 1)
    other = Preparer(layout, "full").environment
    assert first.digest != other.digest
    monkeypatch.undo()
    monkeypatch.setattr("autograder.grading.keys._tree_digest", lambda _folder: [("x", "y")])
    code = Preparer(layout, "full").environment
    assert (code.digest == first.digest, code.exact == first.exact) == (True, False)
