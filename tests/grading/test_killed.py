"""A process that somebody kills changes no grade; one that ends itself gains nothing by it."""

from __future__ import annotations

import contextlib
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from autograder.course import Layout, load_manifest, notebook_bytes, submission_notebook
from autograder.grading import Preparer, Report
from autograder.grading.grader import Grader

NOTEBOOK = """# %% nbgrader={"grade_id": "one_answer", "solution": true}
def one(): return 1

# %% nbgrader={"grade_id": "one", "grade": true, "points": 1}
print(1)

# %% nbgrader={"grade_id": "two_answer", "solution": true}
def two(): return 2

# %% nbgrader={"grade_id": "two", "grade": true, "points": 1}
print(2)
"""
CHECK = '''"""{name} (grade cell `{name}`, 1 point)."""

from autograder.checking import assert_number, points


@points(1)
def test_first(student):
    assert_number(student.{name}(), {value})


@points(1)
def test_second(student):
    assert_number(student.{name}(), {value})
'''


@pytest.fixture(scope="module")
def preparer(tmp_path_factory: pytest.TempPathFactory) -> Preparer:
    """A course with two cells of two checks each."""
    root = tmp_path_factory.mktemp("course")
    solutions = root / "solutions" / "pair"
    (solutions / "checks").mkdir(parents=True)
    (solutions / "notebook.py").write_text(NOTEBOOK)
    limits = "[limits]\ncall_seconds = 5\nmemory_bytes = 300_000_000\n"
    (solutions / "assignment.toml").write_text(f'title = "Pair"\n{limits}')
    for name, value in (("one", 1), ("two", 2)):
        check = CHECK.format(name=name, value=value)
        (solutions / "checks" / f"test_{name}.py").write_text(check)
    return Preparer(Layout(root, root / "var"), "full")


class CountingGrader(Grader):
    """A grader that counts how often student code runs."""

    runs = 0

    def _attempt(self, *arguments: object, **options: object) -> object:  # type: ignore[override]
        self.runs += 1
        return super()._attempt(*arguments, **options)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def grader(preparer: Preparer) -> Iterator[CountingGrader]:
    """One warm grader."""
    with CountingGrader(preparer, ["pair"]) as grader:
        yield grader


@pytest.fixture(autouse=True)
def count(grader: CountingGrader) -> None:
    """Count anew."""
    grader.runs = 0


def grade(
    grader: CountingGrader,
    preparer: Preparer,
    one: str = "return 1",
    two: str = "return 2",
    after: str = "",
) -> Report:
    """Grade a submission whose functions do this; `after` follows the first."""
    manifest = load_manifest(preparer.layout, "pair")
    body = f"import os, signal, time\ndef one():\n{textwrap.indent(one, '    ')}\n{after}"
    answers = {
        "one_answer": body,
        "two_answer": f"def two():\n{textwrap.indent(two, '    ')}",
    }
    data = notebook_bytes(submission_notebook(manifest, answers))
    return grader.run(preparer.prepare("pair", data))


def verdicts(report: Report) -> list[str]:
    """Return the verdicts in order."""
    return [str(check.verdict) for cell in report.cells for check in cell.checks]


def students() -> list[psutil.Process]:
    """Return the processes of submissions: those in a namespace below that of their server."""
    found = []
    for process in psutil.Process().children(recursive=True):
        try:
            status = Path(f"/proc/{process.pid}/status").read_text()
        except OSError:
            continue
        numbers = status.partition("NSpid:")[2].partition("\n")[0].split()
        if len(numbers) == 3:
            found.append(process)
    return found


def kill_students(times: int) -> threading.Thread:
    """Kill the next processes that are seen, each once."""

    def work() -> None:
        killed: set[int] = set()
        while len(killed) < times and threading.main_thread().is_alive():
            for process in students():
                if process.pid not in killed and len(killed) < times:
                    killed.add(process.pid)
                    with contextlib.suppress(psutil.NoSuchProcess):
                        process.kill()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


SLOW = "time.sleep(0.5)\nreturn {}"


@pytest.mark.parametrize("times", [1, 2])
def test_a_process_that_somebody_kills_changes_nothing(
    grader: CountingGrader, preparer: Preparer, times: int
) -> None:
    """Whichever it is, cells run again, and the report is the undisturbed one."""
    calm = grade(grader, preparer, SLOW.format(1), SLOW.format(2)).to_bytes()
    assert grader.runs == 1
    grader.runs = 0
    killer = kill_students(times)
    assert grade(grader, preparer, SLOW.format(1), SLOW.format(2)).to_bytes() == calm
    killer.join(30)
    assert grader.runs <= 3


@pytest.mark.parametrize("end", ["os._exit(0)", "os.kill(os.getpid(), signal.SIGKILL)",
                                 "os.kill(os.getpid(), signal.SIGTERM)", "os.abort()"])  # fmt: skip
def test_a_call_that_ends_its_process_is_an_error_after_three_runs(
    grader: CountingGrader, preparer: Preparer, end: str
) -> None:
    """Both checks of the cell fail, the other cell's pass."""
    report = grade(grader, preparer, two=end)
    assert verdicts(report) == ["passed", "passed", "error", "error"]
    assert grader.runs == 3


def test_a_submission_that_crashes_as_a_whole_is_an_error_after_three_runs(
    grader: CountingGrader, preparer: Preparer
) -> None:
    """A signal of its own ended it, and did so each time."""
    report = grade(grader, preparer, after="import ctypes\nctypes.string_at(0)")
    assert verdicts(report) == ["error"] * 4
    assert grader.runs == 3


def test_ending_at_random_gains_nothing_and_goes_on_for_three_runs_at_most(
    grader: CountingGrader, preparer: Preparer
) -> None:
    """Whoever ends differently each time gets the worst of it."""
    end = "n = os.urandom(1)[0]\nif n < 250: os._exit(n)\nreturn 1"
    for _ in range(4):
        grader.runs = 0
        report = grade(grader, preparer, end)
        assert verdicts(report)[2:] == ["passed", "passed"]
        assert grader.runs <= 3


def test_memory_used_up_in_a_call_is_a_limit_and_runs_once(
    grader: CountingGrader, preparer: Preparer
) -> None:
    """What the limit ended is no accident; it costs what used the memory, and nothing else."""
    report = grade(grader, preparer, "x = b'x' * 700_000_000\nreturn 1")
    assert verdicts(report) == ["limit", "limit", "passed", "passed"]
    assert "memory" in " ".join(report.limits_hit)
    assert grader.runs == 1
