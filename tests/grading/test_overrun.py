"""Our own process has limits, too: exceeding them ends in a clear outcome, whoever did it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import autograder.grading.grader
from autograder.checking.running.overrun import MESSAGE, CheckLimits
from autograder.course import Layout, load_manifest, notebook_bytes, submission_notebook
from autograder.grading import GraderFault, Preparer, Report
from autograder.grading.grader import Grader
from autograder.sandbox import Nursery
from autograder.service.pool import Pool, Run

TIGHT = CheckLimits(memory_bytes=250_000_000, check_seconds=2.0, cpu_seconds=12.0, wall_seconds=60)
IMPORTS = '# %% nbgrader={"grade_id": "setup"}\nimport torch\n'
CELL = """
# %% nbgrader={{"grade_id": "{name}_answer", "solution": true}}
{name} = None
### BEGIN SOLUTION
{name} = {right}
### END SOLUTION

# %% nbgrader={{"grade_id": "{name}", "grade": true, "points": 1}}
print("{name}")
"""
CHECK = '''"""A careless check (grade cell `{name}`, 1 point)."""

import torch

from autograder.checking import WrongAnswer, points


@points(1)
def test_{name}(student):
    {code}
'''
PAIRS = """values = student["pairs"]
    if [a for a in values for b in values if a > b and a == -b] or len(values) != 3:
        raise WrongAnswer("no")"""
OUTER = """product = student["outer"][:, None] * torch.ones(50_000)
    if product.shape[0] != 2:
        raise WrongAnswer("no")"""
POWER = """if 3 ** student["power"] != 81:
        raise WrongAnswer("no")"""
RIGHT = {"pairs": "[1, 2, 3]", "outer": "torch.ones(2)", "power": "4", "plain": "1"}
CODE = {
    "pairs": PAIRS,
    "outer": OUTER,
    "power": POWER,
    "plain": 'assert student["plain"] == 1, "no"',
}
RUNAWAYS = {
    "endless": """values = student["pairs"]
    while values: pass""",
    "greedy": "x = [bytearray(10_000_000) for _ in range(10_000)]",
    "near-the-limit": """import time
    end = time.process_time() + 1.5
    while time.process_time() < end: pass
    if len(student["pairs"]) > 3: bytearray(10**18)""",
}
HOSTILE = {
    "python": {"pairs": "list(range(100_000))"},
    "library": {"power": "100_000_000"},
    "allocation": {"outer": "torch.ones(10_000_000)"},
    "memory": {"outer": "torch.ones(20_000)"},
}


def make_course(folder: Path, **code: str) -> Layout:
    """Write a course whose checks trust the answers' sizes."""
    layout = Layout(folder / "course", folder / "home")
    solutions = layout.solutions / "careless"
    (solutions / "checks").mkdir(parents=True)
    cells = [CELL.format(name=name, right=right) for name, right in RIGHT.items()]
    (solutions / "notebook.py").write_text(IMPORTS + "".join(cells))
    (solutions / "assignment.toml").write_text('title = "Careless"\n')
    for name, text in (CODE | code).items():
        check = CHECK.format(name=name, code=text)
        (solutions / "checks" / f"test_{name}.py").write_text(check)
    return layout


@pytest.fixture(autouse=True)
def tight(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make our limits small enough to be reached in a test."""
    monkeypatch.setattr(autograder.grading.grader, "CHECK_LIMITS", TIGHT)


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    """The course."""
    return make_course(tmp_path_factory.mktemp("careless"))


@pytest.fixture(scope="module")
def preparer(layout: Layout) -> Preparer:
    """Reads its submissions."""
    return Preparer(layout, "full")


@pytest.fixture(scope="module")
def hand_in(preparer: Preparer) -> Iterator[Callable[..., Report]]:
    """Grades answers."""
    with Grader(preparer, ["careless"]) as grader:
        yield lambda **answers: grader.run(
            preparer.prepare("careless", notebook(preparer, answers))
        )


def notebook(preparer: Preparer, answers: dict[str, str]) -> bytes:
    """Return a submission with right answers but for these."""
    manifest = load_manifest(preparer.layout, "careless")
    texts = {f"{name}_answer": f"{name} = {text}" for name, text in (RIGHT | answers).items()}
    return notebook_bytes(submission_notebook(manifest, texts))


@pytest.mark.slow
@pytest.mark.parametrize("kind", HOSTILE)
def test_an_answer_that_makes_a_check_exceed_our_limits_is_a_limit(
    hand_in: Callable[..., Report], kind: str
) -> None:
    """Zero points for its cell with the reason; the other cells keep theirs; twice the same."""
    report = hand_in(**HOSTILE[kind])
    (name,) = HOSTILE[kind]
    points = {cell.grade_id: cell.points for cell in report.cells}
    assert points == dict.fromkeys(RIGHT, 1.0) | {name: 0.0}
    (check,) = (c for cell in report.cells if cell.grade_id == name for c in cell.checks)
    assert (check.verdict, check.message) == ("limit", MESSAGE)
    assert [name in sentence for sentence in report.limits_hit] == [True]
    assert hand_in(**HOSTILE[kind]).to_bytes() == report.to_bytes()


@pytest.mark.slow
def test_several_cells_can_be_over_the_limit(hand_in: Callable[..., Report]) -> None:
    """Each is found out by itself."""
    report = hand_in(pairs="list(range(100_000))", outer="torch.ones(10_000_000)")
    assert {c.grade_id for c in report.cells if c.points} == {"power", "plain"}
    assert len(report.limits_hit) == 2


@pytest.mark.slow
@pytest.mark.parametrize("kind", RUNAWAYS)
def test_a_runaway_check_is_a_fault_of_ours_and_tried_once(tmp_path: Path, kind: str) -> None:
    """What the instructor's answers cannot pass in half the limits is no student's doing."""
    layout = make_course(tmp_path, pairs=RUNAWAYS[kind])
    preparer = Preparer(layout, "full")
    made: list[Grader] = []

    def make(_preparer: Preparer, assignment: str, nursery: Nursery, _gpu: object) -> Grader:
        made.append(Grader(preparer, [assignment], nursery))
        return made[-1]

    data = notebook(preparer, {"pairs": "[1, 2, 3, 4]"})
    pool = Pool(1, make=make)
    with contextlib.closing(pool), pytest.raises(GraderFault, match="test_pairs of pairs") as fault:
        pool.grade(preparer, preparer.prepare("careless", data), {}, Run())
    assert "instructor's answers" in str(fault.value)
    assert len(made) == 1


def test_a_lasting_fault_says_so() -> None:
    """Others are tried again."""
    assert GraderFault("x", lasting=True).lasting
    assert not GraderFault("x").lasting
