"""The grader on a real sandbox: cells run confined, checks from outside, one report."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest

from autograder.course import (
    CourseError,
    Layout,
    load_manifest,
    notebook_bytes,
    submission_notebook,
)
from autograder.grading import GraderFault, Prepared, Preparer, Report, Verdict
from autograder.grading.grader import Grader
from autograder.wire.limits import Limits

NOTEBOOK = '''# %% nbgrader={"grade_id": "setup"}
import random
import time

import torch

# %% nbgrader={"grade_id": "size_answer", "solution": true}
size = 0
### BEGIN SOLUTION
size = 3
### END SOLUTION

# %% nbgrader={"grade_id": "size", "grade": true, "points": 2}
print("size is", size)

# %% nbgrader={"grade_id": "twice_answer", "solution": true}
def twice(x):
    """Return twice x."""
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION


# %% nbgrader={"grade_id": "twice", "grade": true, "points": 4}
twice(1)

# %% [markdown] nbgrader={"grade_id": "why", "grade": true, "solution": true, "points": 1}
# ### BEGIN SOLUTION
# Because.
# ### END SOLUTION
'''
SIZE = '''"""Size (grade cell `size`, 2 points)."""

from autograder.checking import assert_number, hint, points


@points(1)
@hint("Count.")
def test_size(student):
    assert_number(student["size"], 3)
'''
TWICE = '''"""Twice (grade cell `twice`, 4 points)."""

import torch

from autograder.checking import assert_close, points


@points(1)
def test_one(student, generator):
    x = torch.randn(3, generator=generator)
    assert_close(student.twice(x), 2 * x)


@points(3)
def test_many(student, generator):
    x = torch.randn(30, generator=generator)
    assert_close(student.twice(x), 2 * x)
'''
MEMORY_BYTES = 400_000_000  # little, so that it is full long before a cell's time is over
LIMITS = Limits(
    cell_seconds=3,
    notebook_seconds=8,
    call_seconds=2,
    check_seconds=4,
    memory_bytes=MEMORY_BYTES,
)


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    root = tmp_path_factory.mktemp("course")
    folder = root / "solutions" / "tiny"
    (folder / "checks").mkdir(parents=True)
    (folder / "notebook.py").write_text(NOTEBOOK)
    limits = LIMITS.to_mapping()
    changed = [name for name in limits if name.endswith("_seconds") or name == "memory_bytes"]
    lines = [f"{name} = {limits[name]}" for name in changed]
    (folder / "assignment.toml").write_text('title = "Tiny"\n[limits]\n' + "\n".join(lines) + "\n")
    (folder / "checks" / "test_size.py").write_text(SIZE)
    (folder / "checks" / "test_twice.py").write_text(TWICE)
    return Layout(root, root / "var")


@pytest.fixture(scope="module")
def preparer(layout: Layout) -> Preparer:
    return Preparer(layout, "full")


@pytest.fixture(scope="module")
def grader(preparer: Preparer) -> Iterator[Grader]:
    with Grader(preparer, ["tiny"]) as grader:
        yield grader


class Class:
    """Hands in answers and returns their reports."""

    def __init__(self, layout: Layout, preparer: Preparer, grader: Grader) -> None:
        self.manifest = load_manifest(layout, "tiny")
        self.preparer = preparer
        self.grader = grader

    def data(self, size: str = "size = 3", twice: str = "return 2 * x", setup: str = "") -> bytes:
        code = f"{setup}\ndef twice(x):\n{textwrap.indent(textwrap.dedent(twice), '    ')}"
        answers = {"size_answer": size, "twice_answer": code}
        return notebook_bytes(submission_notebook(self.manifest, answers))

    def __call__(self, *args: str, **answers: str) -> Report:
        return self.grader.run(self.preparer.prepare("tiny", self.data(*args, **answers)))


@pytest.fixture(scope="module")
def hand_in(layout: Layout, preparer: Preparer, grader: Grader) -> Class:
    return Class(layout, preparer, grader)


def verdicts(report: Report) -> dict[str, str]:
    return {c.name: str(c.verdict) for cell in report.cells for c in cell.checks}


def test_right_answers_earn_all_points_that_checks_give(hand_in: Class) -> None:
    """Both graded cells are full; the essay waits for a person."""
    report = hand_in()
    points = {cell.grade_id: cell.points for cell in report.cells}
    assert points == {"size": 2, "twice": 4, "why": None}
    assert (report.points, report.max_points, report.isolation) == (6, 7, "full")
    assert set(verdicts(report).values()) == {"passed"}
    assert all(not check.hint for cell in report.cells for check in cell.checks)


def test_a_wrong_answer_costs_its_own_cell_only(hand_in: Class) -> None:
    """The message and the hint are the student's, the hidden value is not in them."""
    report = hand_in("size = 4")
    assert report.points == 4
    (check,) = report.cells[0].checks
    assert (check.verdict, check.hint) == (Verdict.FAILED, "Count.")
    assert "4" in check.message
    assert "3" not in check.message


def test_outputs_are_what_the_student_would_see(hand_in: Class) -> None:
    """Prints and results are in the report, cell by cell, with their numbers."""
    cells = {cell.cell_id: cell for cell in hand_in().notebook}
    assert cells["size"].outputs == (
        {"output_type": "stream", "name": "stdout", "text": "size is 3\n"},
    )
    assert cells["twice"].outputs[0]["data"] == {"text/plain": "2"}
    assert [cells[name].execution_count for name in ("setup", "size_answer", "size")] == [1, 2, 3]


def test_a_failing_cell_does_not_stop_the_rest(hand_in: Class) -> None:
    """A cell that raises leaves its traceback; what comes after it still earns."""
    report = hand_in("size = 1 / 0")
    assert report.points == 4
    cells = {cell.cell_id: cell for cell in report.notebook}
    assert cells["size_answer"].outputs[0]["ename"] == "ZeroDivisionError"


def test_a_missing_name_is_an_error_with_the_name(hand_in: Class) -> None:
    """An answer that was never given is said to be missing."""
    report = hand_in("other = 3")
    (check,) = report.cells[0].checks
    assert check.verdict is Verdict.ERROR
    assert "size" in check.message


@pytest.mark.parametrize(
    ("size", "said"),
    [
        ("size = input()", "use a value instead"),
        ("size =\xa03", "U+00A0"),
        ("size = twice(1)", "further down"),
    ],
)
def test_a_cells_own_error_explains_the_missing_name(hand_in: Class, size: str, said: str) -> None:
    """What the student reads is what their cell ended with, not that a name is missing."""
    (check,) = hand_in(size).cells[0].checks
    assert check.verdict is Verdict.ERROR
    assert check.message.startswith("'size' is missing because cell 'size_answer'")
    assert said in check.message


def test_ending_the_process_earns_nothing(hand_in: Class) -> None:
    """A process that ends with success is no answer."""
    report = hand_in("import os; os._exit(0)")
    assert report.points == 0
    assert set(verdicts(report).values()) == {"error"}
    assert len(verdicts(report)) == 3


def test_ending_the_process_in_a_call_costs_the_call_only(hand_in: Class) -> None:
    """A crash within one check leaves the other cells' checks their own copy of the namespace."""
    report = hand_in(twice="import os\nif torch.is_tensor(x): os._exit(0)")
    assert verdicts(report) == {"test_size": "passed", "test_one": "error", "test_many": "error"}


def test_an_endless_cell_is_stopped_and_the_rest_runs(hand_in: Class) -> None:
    """The cell's limit is said; later cells still run."""
    report = hand_in("size = 3\nwhile True: pass")
    assert report.points == 6
    assert len(report.limits_hit) == 1
    assert "3 s" in report.limits_hit[0]


def test_a_cell_that_cannot_be_interrupted_costs_the_notebook(hand_in: Class) -> None:
    """Swallowing the interruption loses the process, and every check says limit."""
    swallow = (
        "while True:\n    try:\n        time.sleep(9)\n    except BaseException:\n        pass"
    )
    report = hand_in(f"size = 3\n{swallow}")
    assert report.points == 0
    assert set(verdicts(report).values()) == {"limit"}


def test_an_endless_call_is_stopped(hand_in: Class) -> None:
    """A call that does not return is a limit, and the other cell keeps its points."""
    report = hand_in(twice="while True: pass")
    assert report.points == 2
    assert verdicts(report)["test_one"] == "limit"


def test_memory_is_limited(hand_in: Class) -> None:
    """A submission that takes too much memory is stopped and told so."""
    report = hand_in("blocks = [b'x' * 50_000_000 for _ in range(20)]")
    assert report.points == 0
    assert "memory" in " ".join(report.limits_hit)


def test_state_of_one_cells_checks_is_not_seen_by_anothers(hand_in: Class) -> None:
    """Checks of `size` and `twice` each start from the namespace as the cells left it."""
    counting = "global size\nif torch.is_tensor(x): size = 99\nreturn 2 * x"
    again = hand_in(twice=counting)
    assert verdicts(again) == {"test_size": "passed", "test_one": "passed", "test_many": "passed"}


def test_the_same_submission_gives_the_same_bytes(
    hand_in: Class, layout: Layout, preparer: Preparer
) -> None:
    """Another grader, after other submissions, writes the same report bit for bit."""
    noisy = "size = 3\nprint(random.random(), torch.rand(2), object(), hash('x'))"
    first = hand_in(noisy)
    hand_in("size = 5")
    assert hand_in(noisy).to_bytes() == first.to_bytes()
    with Grader(preparer, ["tiny"]) as other:
        prepared = preparer.prepare("tiny", hand_in.data(noisy))
        assert other.run(prepared).to_bytes() == first.to_bytes()


def test_known_cells_are_taken_over(hand_in: Class, preparer: Preparer) -> None:
    """Checking only what is not known gives the same report as checking all."""
    prepared = preparer.prepare("tiny", hand_in.data("size = 4"))
    whole = hand_in.grader.run(prepared)
    known = {cell.grade_id: cell for cell in whole.cells if cell.grade_id == "twice"}
    assert hand_in.grader.run(prepared, known) == whole


def test_a_check_that_breaks_is_our_fault(layout: Layout, hand_in: Class, tmp_path: Path) -> None:
    """An exception of a check itself is a fault with its name, never a score."""
    import shutil

    broken = Layout(tmp_path / "course", tmp_path / "home")
    shutil.copytree(layout.root, broken.root)
    path = broken.solutions / "tiny" / "checks" / "test_size.py"
    path.write_text(SIZE.replace('assert_number(student["size"], 3)', "1 / 0"))
    preparer = Preparer(broken, "full")
    with Grader(preparer, ["tiny"]) as grader, pytest.raises(GraderFault, match="test_size"):
        grader.run(preparer.prepare("tiny", hand_in.data()))


def test_a_refused_submission_has_a_report_of_nothing(preparer: Preparer) -> None:
    """What cannot be run has every cell, no check, no points, and the reason."""
    report = preparer.refusal_report(preparer.prepare("tiny", b"{"))
    points = {cell.grade_id: cell.points for cell in report.cells}
    assert points == {"size": 0, "twice": 0, "why": None}
    assert "JSON is damaged" in report.refusal


def test_what_nobody_foresaw_is_a_fault(hand_in: Class, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mistake of ours in grading one submission is told as such, not as a traceback."""

    def mistaken(*_: object, **__: object) -> None:
        raise ValueError("the truth value of an array is ambiguous")

    monkeypatch.setattr("autograder.grading.grader.attempt", mistaken)
    with pytest.raises(GraderFault, match="ValueError: the truth value"):
        hand_in()
    monkeypatch.undo()
    assert hand_in().points


def test_a_stopped_grader_says_so(preparer: Preparer, hand_in: Class) -> None:
    """After `kill` nothing is started again by accident."""
    grader = Grader(preparer, ["tiny"])
    grader.kill()
    with pytest.raises(GraderFault, match="stopped"):
        grader.run(preparer.prepare("tiny", hand_in.data()))


def test_isolation_that_differs_from_the_key_is_a_fault(layout: Layout, hand_in: Class) -> None:
    """A report never claims another isolation than the one in force."""
    preparer = Preparer(layout, "none")
    with pytest.raises(GraderFault, match="isolation is full; expected none"):
        Grader(preparer, ["tiny"]).start()


def test_a_library_of_the_course_s_is_there_and_its_version_in_report_and_key(
    layout: Layout, tmp_path: Path
) -> None:
    """Student code imports it in the sandbox; what is lacking refuses the assignment."""
    folder = tmp_path / "solutions" / "tiny"
    shutil.copytree(layout.solutions / "tiny", folder)
    own = Layout(tmp_path, tmp_path / "var")
    answers = {"size_answer": "import yaml\nsize = yaml.safe_load('3')"}
    without = Preparer(own, "full")
    data = notebook_bytes(submission_notebook(without.manifest("tiny"), answers))
    before = without.prepare("tiny", data)
    settings = (folder / "assignment.toml").read_text()
    (folder / "assignment.toml").write_text(f'libraries = ["PyYAML"]\n{settings}')
    preparer = Preparer(own, "full")
    prepared = preparer.prepare("tiny", data)
    assert isinstance(prepared, Prepared)
    assert prepared.keys.report != before.keys.report
    with Grader(preparer, ["tiny"]) as grader:
        report = grader.run(prepared)
    assert report.versions["pyyaml"] == metadata.version("PyYAML")
    assert {cell.grade_id: cell.points for cell in report.cells}["size"] == 2
    (folder / "assignment.toml").write_text(f'libraries = ["PyYAML<1"]\n{settings}')
    with pytest.raises(CourseError, match=r"PyYAML<1 \(.* is installed\)\. Install them"):
        Preparer(own, "full").manifest("tiny")
