"""A graded cell is judged as it stood when it had run, whatever the cells below it do."""

# ruff: noqa: E501  # a program stands on a line or two

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from autograder.course import Layout, load_manifest, notebook_bytes, submission_notebook
from autograder.grading import Preparer, Report
from autograder.grading.grader import Grader, OnCell
from autograder.grading.processes import Processes
from autograder.grading.report import CellReport

NOTEBOOK = """
# %% nbgrader={"grade_id": "first_answer", "solution": true}
def first(x): return x

# %% nbgrader={"grade_id": "first", "grade": true, "points": 1}
print(1)

# %% nbgrader={"grade_id": "second_answer", "solution": true}
def second(x): return x

# %% nbgrader={"grade_id": "second", "grade": true, "points": 1}
print(2)

# %% nbgrader={"grade_id": "last_answer", "solution": true}
pass
"""
CHECKS = """from autograder.checking import assert_number, points


@points(1)
def test_at_zero(student):
    assert_number(student.{name}(0), 0)


@points(1)
def test_at_one(student):
    assert_number(student.{name}(1), 1)


@points(1)
def test_at_two(student):
    assert_number(student.{name}(2), 2)
"""
RIGHT = "def {}(x): return x"


class Pair:
    """A course with two graded cells of three checks each, and a cell below them."""

    def __init__(self, preparer: Preparer, grader: Grader) -> None:
        self.preparer = preparer
        self.grader = grader
        self.manifest = load_manifest(preparer.layout, "pair")

    def __call__(
        self,
        first: str = "",
        second: str = "",
        last: str = "",
        on_cell: OnCell = lambda _cell: None,
    ) -> Report:
        """Grade answers; those that are empty are right."""
        answers = {
            "first_answer": first or RIGHT.format("first"),
            "second_answer": second or RIGHT.format("second"),
            "last_answer": last or "print('end')",
        }
        data = notebook_bytes(submission_notebook(self.manifest, answers))
        return self.grader.run(self.preparer.prepare("pair", data), on_cell=on_cell)


def verdicts(report: Report) -> str:
    """Return the verdicts' initials, a word for each cell."""
    return " ".join("".join(str(c.verdict)[0] for c in cell.checks) for cell in report.cells)


def messages(report: Report) -> list[str]:
    """Return the messages of all checks."""
    return [check.message for cell in report.cells for check in cell.checks]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """The course and one grader."""
    root = tmp_path_factory.mktemp("course")
    solutions = root / "solutions" / "pair"
    (solutions / "checks").mkdir(parents=True)
    (solutions / "notebook.py").write_text(NOTEBOOK)
    limits = "[limits]\ncall_seconds = 0.5\ncell_seconds = 2\nmemory_bytes = 300_000_000\n"
    (solutions / "assignment.toml").write_text(f'title = "Pair"\n{limits}')
    for name in ("first", "second"):
        (solutions / "checks" / f"test_{name}.py").write_text(CHECKS.format(name=name))
    preparer = Preparer(Layout(root, root / "var"), "full")
    with Grader(preparer, ["pair"]) as grader:
        yield Pair(preparer, grader)


def told(pair: Pair, first: str = "", second: str = "", last: str = "") -> dict[str, list[float]]:
    """Grade as `pair` does; return what was said of each cell's points, and hold it against it."""
    said: dict[str, list[float]] = {}

    def on_cell(cell: CellReport) -> None:
        assert cell.max_points == 1.0
        assert cell.points is not None
        said.setdefault(cell.grade_id, []).append(cell.points)

    report = pair(first, second, last, on_cell=on_cell)
    assert {cell.grade_id: cell.points for cell in report.cells} == {
        name: points[-1] for name, points in said.items()
    }
    return said


@pytest.fixture
def further(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note each time that cells run again: up to which cell."""
    noted: list[str] = []
    again = Processes.again

    def note(*arguments: object) -> object:
        noted.append(str(arguments[5]))
        return again(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Processes, "again", note)
    return noted


BELOW = {
    "rebinds": "first = second = None",
    "deletes": "del first, second",
    "patches what the answers use": "import builtins\nbuiltins.len = lambda _: 99",
    "raises": "1 / 0",
    "is no Python": "def (",
    "leaves a thread": "import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()",
    "leaves a process": "import os, signal\nif os.fork() == 0: signal.pause()",
    "leaves a session": "import os, signal\nif os.fork() == 0:\n    os.setsid()\n    signal.pause()",
}  # fmt: skip
LEN = "def {}(x): return len(range(x))"


@pytest.mark.parametrize("below", BELOW.values(), ids=BELOW)
def test_what_stands_below_costs_nothing(pair: Pair, further: list[str], below: str) -> None:
    """Both cells have the points that they had where they stand, at no further run."""
    assert verdicts(pair(LEN.format("first"), LEN.format("second"), below)) == "ppp ppp"
    assert not further


DEATHS = {
    "exit": "import os\nos._exit(0)",
    "segfault": "import ctypes\nctypes.string_at(0)",
    "signal": "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
    "memory": "blocks = []\nwhile True:\n    blocks.append(b'x' * 50_000_000)",
    "uninterruptible": "import time\nwhile True:\n    try:\n        time.sleep(9)\n    except BaseException:\n        pass",
}  # fmt: skip


@pytest.mark.parametrize("death", DEATHS)
def test_a_death_below_costs_nothing_that_was_earned(pair: Pair, death: str) -> None:
    """The cells above keep their points."""
    report = pair(last=DEATHS[death])
    assert verdicts(report) == "ppp ppp"


@pytest.mark.parametrize("death", DEATHS)
def test_a_death_between_costs_what_is_below_and_is_named(pair: Pair, death: str) -> None:
    """The cell above keeps its points, the one below has none and says which cell died."""
    report = pair(second=DEATHS[death])
    assert verdicts(report).startswith("ppp ")
    assert report.cells[1].points == 0
    said = messages(report)[3]
    assert f"code cell 3, which begins `{DEATHS[death].splitlines()[0]}`" in said
    assert ("more than 300 MB of memory" in said) == (death == "memory")


COUNTED = """
class Counted:
    made = 0
    def __init__(self):
        {count}
"""
COUNTING = """
def {name}(x):
    return x if Counted().made <= 3 else -1
"""


@pytest.mark.parametrize(
    "count",
    [
        "self.__class__.made += 1",
        "kind = type(self); kind.made += 1",
        "self.add()\n    @classmethod\n    def add(cls):\n        cls.made += 1",
        "count(Counted)\ndef count(kind):\n    kind.made += 1",
    ],
)
def test_what_one_cell_s_checks_count_another_cell_s_do_not_see(pair: Pair, count: str) -> None:
    """Three checks of a cell make three objects; the other cell's begin to count anew."""
    first = COUNTED.format(count=count) + COUNTING.format(name="first")
    assert verdicts(pair(first, COUNTING.format(name="second"))) == "ppp ppp"


STAYS = """
import os, signal
def {}(x):
    if os.fork() == 0:
        os.setsid()
        signal.pause()
    return x
"""
LOOKS = """
import os
def {}(x):
    others = {{name for name in os.listdir("/proc") if name.isdigit()}} - {{"1", str(os.getpid())}}
    states = [open(f"/proc/{{name}}/stat").read().rpartition(")")[2].split()[0] for name in others]
    return x if set(states) <= {{"Z"}} else states
"""


def test_what_one_cell_s_checks_started_has_ended_when_another_s_begin(pair: Pair) -> None:
    """A fork that left its session is gone, and not only on its way."""
    report = pair(LOOKS.format("first"), STAYS.format("second"))
    assert verdicts(report) == "ppp ppp", messages(report)


def test_only_the_branches_above_are_there_when_a_cell_is_checked(pair: Pair) -> None:
    """They sleep, and what the cells below started has ended."""
    last = "import os, signal\nif os.fork() == 0:\n    os.setsid()\n    signal.pause()"
    report = pair(second=LOOKS.format("second"), last=last)
    assert verdicts(report) == "ppp ppp", messages(report)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("    while x == 1:\n        pass\n    return x", "plp ppp"),
        ("    while x != 1:\n        pass\n    return x", "lpl ppp"),
        ("    return x if x != 1 else first(x)", "pep ppp"),
        ("    return x + torch.zeros(10**9 if x == 1 else 1)[0]", "plp ppp"),
        ("    if x == 1: os._exit(3)\n    return x", "pep ppp"),
        ("    while x == 1:\n        try: time.sleep(9)\n        except BaseException: pass\n    return x",
         "plp ppp"),
    ],
)  # fmt: skip
def test_a_spoilt_branch_costs_its_own_check_alone(
    pair: Pair, further: list[str], body: str, expected: str
) -> None:
    """The checks that are left go on where the same cells ran; the other cell notices nothing."""
    report = pair(f"import os, time, torch\ndef first(x):\n{body}")
    assert verdicts(report) == expected, messages(report)
    assert set(further) <= {"first"}


STATES = {
    "threads": "import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()",
    "a pool of threads": "from concurrent.futures import ThreadPoolExecutor\npool = ThreadPoolExecutor(1)\npool.submit(int).result()",
    "a child": "import subprocess\nchild = subprocess.Popen(['/bin/cat'], stdin=subprocess.PIPE)",
    "an open file": "file = open('numbers', 'w+')\nfile.write('0123')\nfile.flush()",
    "a pipe": "import os\npipe = os.pipe()",
    "shared memory": "import mmap\nfile = mmap.mmap(-1, 100)\nfile[:3] = bytes(3)",
    "a pipe in a file": "import os\nos.mkfifo('pipe')",
    "many files": "open('big', 'w').write('x' * 9_000_000)",
}  # fmt: skip
IN_TWO_STATES = {
    "threads": "threading.active_count() > 1",
    "a pool of threads": "pool.submit(abs, -1).result(0.3) == 1",
    "a child": "child.poll() is None",
    "an open file": "file.seek(0) == 0 and file.read() == '0123'",
    "a pipe": "os.write(pipe[1], b'x') and os.read(pipe[0], 9) == b'x'",
    "shared memory": "file[0] == 0",
    "a pipe in a file": "os.path.exists('pipe')",
    "many files": "os.path.getsize('big') == 9_000_000",
}
CHANGES = {
    "a child": "child.kill(); child.wait()",
    "an open file": "file.truncate(0)",
    "a pipe": "os.write(pipe[1], b'yy')",
    "shared memory": "file[0] = 1",
    "a pipe in a file": "os.remove('pipe')",
    "many files": "os.remove('big')",
}


@pytest.mark.parametrize("state", STATES)
def test_what_cannot_be_in_two_states_is_run_again(
    pair: Pair, further: list[str], state: str
) -> None:
    """The check finds the state in which its cell stood, as if nothing had run below."""
    first = f"import os\n{STATES[state]}\ndef first(x): return x if {IN_TWO_STATES[state]} else -1"
    report = pair(first, last=CHANGES.get(state, ""))
    assert verdicts(report) == "ppp ppp", messages(report)
    assert "first" in further


FILES = """
import os
open('a', 'w').write('one')
os.mkdir('folder')
open('folder/b', 'w').write('two')
os.symlink('a', 'link')
os.chmod('folder/b', 0o640)
def first(x):
    found = [open('a').read(), open('folder/b').read(), os.readlink('link'), sorted(os.listdir('.'))]
    right = ['one', 'two', 'a', ['.shm', '.tmp', 'a', 'folder', 'link']]
    return x if found == right and os.stat('folder/b').st_mode & 0o777 == 0o640 else found
"""
WITHOUT_FILES = """
import os, shutil
shutil.rmtree('folder')
os.symlink('/tmp', 'folder')
open('a', 'a').write('more')
open('new', 'w').write('new')
os.remove('link')
os.mkdir('link')
def second(x):
    open('left', 'w').write('by a check')
    return x
"""


def test_files_are_what_they_were(pair: Pair, further: list[str]) -> None:
    """Whatever cells below, and another cell's checks, did to the scratch folder."""
    report = pair(FILES, WITHOUT_FILES, "import os\nfor name in os.listdir('.'): print(name)")
    assert verdicts(report) == "ppp ppp", messages(report)
    assert not further


def test_branches_have_no_share_in_the_memory_of_a_submission(pair: Pair) -> None:
    """Cells that fit by themselves fit, though the branches above hold what they held."""
    block = "data = torch.full((50_000_000,), {})"
    report = pair(
        f"import torch\n{block.format(1.0)}\ndef first(x): return x * data[0]",
        f"del data\n{block.format(2.0)}\ndef second(x): return x * data[0] / 2",
        "print(float(data[0]))",
    )
    assert verdicts(report) == "ppp ppp", messages(report)
    assert not report.limits_hit
    assert "2.0" in str(report.notebook[-1].outputs)


def test_a_name_that_only_a_cell_below_defines_is_found_there(
    pair: Pair, further: list[str]
) -> None:
    """It is asked for once where the last cell ends, and named."""
    report = pair("first_draft = 0", last="def first(x): return x if x < 2 else -1")
    assert verdicts(report) == "ppf ppp"
    assert further == [""]
    for said in messages(report)[:3]:
        assert "`first` is defined only by a cell below" in said
    assert messages(report)[3:] == [""] * 3


def test_a_name_that_is_nowhere_costs_no_further_run(pair: Pair, further: list[str]) -> None:
    """It is missing, and that is said."""
    report = pair("other = 0")
    assert verdicts(report) == "eee ppp"
    assert "first" in messages(report)[0]
    assert not further


def test_the_cells_below_run_as_if_there_were_no_branch(pair: Pair) -> None:
    """Generators, signals, time limits, processes and the names of things go on."""
    random.seed(5)
    drawn = [random.random() for _ in range(3)]
    first = (
        "import random, os, signal\nrandom.seed(5)\nprint(random.random())\n"
        "forks = []\nos.register_at_fork(after_in_child=lambda: forks.append(1))\n"
    ) + RIGHT.format("first")
    last = (
        "print(random.random())\nprint(signal.pthread_sigmask(signal.SIG_BLOCK, []))\n"
        "try: print(os.wait())\nexcept ChildProcessError: print('no child')\n"
        "open('/proc/self/mem').close()\nprint(os.getcwd(), forks)"
    )
    report = pair(first, "print(random.random())\n" + RIGHT.format("second"), last)
    said = [str(cell.outputs) for cell in report.notebook]
    for value, cell in zip(drawn, (0, 2, 4), strict=True):
        assert str(value) in said[cell]
    assert "no child" in said[4]
    assert "set()" in said[4]
    assert "/scratch []" in said[4]
    assert "error" not in said[4]


def test_the_same_bytes_again(pair: Pair) -> None:
    """A submission that needs every kind of further run has one report."""
    answers = (
        "import random\ndef first(x):\n    while x == 1: pass\n    return x + 0 * random.random()",
        "second_draft = 1",
        "def second(x): return x",
    )
    assert pair(*answers).to_bytes() == pair(*answers).to_bytes()


TOLD = {
    "all right": ({}, {"second": [1.0], "first": [1.0]}),
    "one wrong": ({"second": "def second(x): return 0"}, {"second": [0.333333], "first": [1.0]}),
    "lost": ({"second": "import os\nos._exit(0)"}, {"second": [0.0] * 3, "first": [1.0] * 3}),
    "run again": (
        {"first": "def first(x):\n    while x == 1: pass\n    return x"},
        {"second": [1.0], "first": [0.666667]},
    ),
    "defined below": (
        {"first": "pass", "last": "def first(x): return x"},
        {"second": [1.0], "first": [0.0, 1.0]},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("answers", "said"), TOLD.values(), ids=TOLD)
def test_each_cell_is_told_when_its_checks_are_done(
    pair: Pair, answers: dict[str, str], said: dict[str, list[float]]
) -> None:
    """Once, or again when some had to run again; what was said last is what the report says."""
    assert told(pair, **answers) == said
