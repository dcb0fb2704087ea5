"""What a notebook's text says about names whose use leaves nothing behind."""

# ruff: noqa: E501  # a program stands on a line or two

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.course import Layout, load_cases, load_manifest, notebook_bytes, submission_notebook
from autograder.grading import Preparer, attempt
from autograder.grading.grader import Grader
from autograder.grading.stateless import stateless_names

SETUP = "import math\nimport numpy as np\nimport torch\nfrom torch import nn\nSIZE = (3, 4)"

STATELESS = {
    "arithmetic": "def f(x):\n    return 2 * x + SIZE[0]",
    "other functions": "def g(x):\n    return x\ndef f(x):\n    return g(x)",
    "recursion": "def f(n):\n    return 1 if n < 2 else n * f(n - 1)",
    "in-place changes of what came or was made": (
        "def f(x):\n    y = [x]\n    y.append(1)\n    y[0] = 2\n    x += 1\n    x.fill_(0)\n    return y"
    ),
    "a module": (
        "class f(nn.Module):\n    width = 3\n    def __init__(self):\n        super().__init__()\n"
        "        self.layer = nn.Linear(2, 2)\n    def forward(self, x):\n        return self.layer(x)"
    ),
    "training": (
        "def f(x):\n    model = nn.Linear(1, 1)\n    opt = torch.optim.SGD(model.parameters(), lr=.1)\n"
        "    for _ in range(3):\n        opt.zero_grad()\n        model(x).sum().backward()\n"
        "        opt.step()\n    return model"
    ),
    "names of its own": "x = torch.ones(3)\ndef f(x):\n    x[0] = 1\n    return x",
    "a decorated function": "@torch.no_grad()\ndef f(x):\n    return x",
    "objects with attributes": (
        "class Node:\n    def __init__(self, value):\n        self.value, self.next = value, None\n"
        "def f(x):\n    node = Node(torch.tensor(x, dtype=torch.float64))\n"
        "    node.next = Node(2) if isinstance(x, Node) else None\n    return node"
    ),
    "steps by hand": (
        "def loss(x):\n    return x\ndef step(model, criterion, x):\n    criterion(model(x)).backward()\n"
        "    for p in model.parameters():\n        p.data -= p.grad\n        p.grad = None\n"
        "def f(model, x):\n    step(model, loss, x)"
    ),
    "figures shown": "%matplotlib inline\ndef f(x):\n    return x",
    "closures and comprehensions": (
        "def f(xs):\n    def inner(y):\n        return y * 2\n"
        "    return [inner(x) for x in xs if (z := x)], sorted(xs, key=lambda x: -x)"
    ),
}
KEEPS_SOMETHING = {
    "a list": "seen = []\ndef f(x):\n    seen.append(x)\n    return len(seen)",
    "a list reached through another": "seen = []\ndef g():\n    return seen\ndef f(x):\n    return g()",
    "a global": "n = 0\ndef f(x):\n    global n\n    n += 1\n    return n",
    "a closure": (
        "def make():\n    n = 0\n    def f(x):\n        nonlocal n\n        n += 1\n        return n\n"
        "    return f\nf = make()"
    ),
    "a closure over a list": (
        "def make():\n    seen = []\n    def inner(x):\n        seen.append(x)\n    return inner\n"
        "g = make()\ndef f(x):\n    return g(x)"
    ),
    "a default": "def f(x, seen=[]):\n    seen.append(x)\n    return seen",
    "a default that is called": "def f(x, seen=list()):\n    return seen",
    "a keyword's default": "def f(x, *, seen={}):\n    return seen",
    "an attribute of itself": "def f(x):\n    f.n = 1",
    "an attribute of a module": "def f(x):\n    torch.n = x",
    "a method of a class replaced": "def f(x):\n    return x\nnn.Linear.forward = f",
    "a class attribute": "class f:\n    seen = []\n    def __call__(self, x):\n        return self.seen",
    "a class attribute by name": "class f:\n    n = 0\n    def g(self):\n        f.n += 1",
    "a class method that counts": (
        "class f:\n    n = 0\n    @classmethod\n    def made(cls):\n        cls.n += 1\n        return cls.n"
    ),
    "subclasses counted": "class f:\n    n = 0\n    def __init_subclass__(cls):\n        cls.n += 1",
    "objects counted": "class f:\n    n = 0\n    def __init__(self):\n        self.__class__.n += 1",
    "a class asked for": (
        "class K:\n    n = 0\ndef f(x):\n    kind = type(K())\n    kind.n += 1\n    return kind.n"
    ),
    "a class that a property returns": (
        "class K:\n    n = 0\n    @property\n    def kind(self):\n        return self.__class__\n"
        "def f(x):\n    k = K().kind\n    k.n += 1\n    return k.n"
    ),
    "another name for a class": "class K:\n    n = 0\ndef f(x):\n    k = K\n    k.n += 1",
    "another name for a library's class": "def f(x):\n    L = nn.Linear\n    L.n = x",
    "another name for a module": "def f(x):\n    m = math\n    m.n = x",
    "a module by default": "def f(x, m=nn.functional):\n    m.n = x",
    "a module in a class": "class f:\n    m = nn.functional\n    def g(me):\n        me.m.n = 1",
    "a function that counts its calls": (
        "def count(g):\n    g.n = 1\n    return g(1)\ndef h(x):\n    return x\n"
        "def f(x):\n    return count(h)"
    ),
    "classes in a list": "class K:\n    n = 0\ndef f(x):\n    for k in [K]:\n        k.n += 1",
    "a metaclass": "class f(metaclass=type):\n    pass",
    "a cache": "import functools\n@functools.lru_cache\ndef f(x):\n    return x",
    "an unknown decorator": "def keep(g):\n    return g\n@keep\ndef f(x):\n    return x",
    "a setting": "def f(x):\n    torch.set_default_dtype(torch.float64)",
    "a hook": "def f(x):\n    nn.modules.module.register_module_forward_hook(print)",
    "a setting of numpy": "def f(x):\n    np.seterr(all='ignore')",
    "a file": "def f(x):\n    torch.save(x, 'x.pt')",
    "open": "def f(x):\n    return open('x')",
    "exec": "def f(x):\n    exec('n = 1')",
    "globals": "def f(x):\n    globals()['n'] = 1",
    "setattr": "def f(x):\n    setattr(torch, 'n', 1)",
    "a special attribute": "def f(x):\n    torch.__dict__['n'] = 1",
    "a module that can do anything": "import sys\ndef f(x):\n    return x",
    "everything of a module": "from torch import *\ndef f(x):\n    return x",
    "a magic": "%time 1\ndef f(x):\n    return x",
    "a shell command": "!ls\ndef f(x):\n    return x",
    "pyplot": "import matplotlib.pyplot as plt\ndef f(x):\n    plt.plot(x)",
    "pyplot imported inside": "def f(x):\n    import matplotlib.pyplot as plt\n    plt.plot(x)",
    "addresses": "def f(x):\n    return id(x)",
    "memory as it lies": "def f(x):\n    return torch.empty(3)",
    "an order by address": "def f(xs):\n    return list({x for x in xs})",
    "a name bound twice": "def f(x):\n    return x\nf = print",
    "a shadowed builtin": "seen = []\nlen = seen.append\ndef f(x):\n    return len(x)",
    "a name hidden by a comprehension": (
        "seen = []\ndef f(x):\n    [seen for seen in ()]\n    seen.append(x)"
    ),
    "a definition under a condition": "if SIZE:\n    def f(x):\n        return x",
    "a name from nowhere": "def f(x):\n    return get_ipython()",
    "a lambda": "f = lambda x: x",
}


@pytest.mark.parametrize("source", STATELESS.values(), ids=STATELESS)
def test_plain_functions_leave_nothing_behind(source: str) -> None:
    """Code of the usual kind is seen through."""
    assert "f" in stateless_names([SETUP, source])


@pytest.mark.parametrize("source", KEEPS_SOMETHING.values(), ids=KEEPS_SOMETHING)
def test_what_can_keep_something_is_left_out(source: str) -> None:
    """Whatever may be remembered, or may differ from process to process, is no certain name."""
    assert "f" not in stateless_names([SETUP, source])


def test_a_later_cell_can_spoil_an_earlier_name() -> None:
    """All cells are read before anything is said."""
    good = "def f(x):\n    return g(x)\ndef g(x):\n    return x"
    assert stateless_names([good]) == {"f", "g"}
    assert stateless_names([good, "g = []"]) == set()
    assert stateless_names([good, "import os"]) == set()


@given(st.text(max_size=60))
def test_any_text_gives_an_answer(text: str) -> None:
    """Hostile text is opaque, never an exception."""
    stateless_names([SETUP, text])


def test_deep_nesting_is_opaque() -> None:
    """A tree too deep to walk is not seen through."""
    assert stateless_names(["x = " + "-" * 5000 + "1\ndef f(x):\n    return x"]) == set()


def both_ways(name: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """Grade an assignment's cases in the process itself and in forks; return how many shared."""
    layout = Layout.find()
    preparer = Preparer(layout, "full")
    manifest = load_manifest(layout, name)
    shared = 0
    with Grader(preparer, [name]) as warm:
        for case in load_cases(manifest):
            data = notebook_bytes(submission_notebook(manifest, case.answers))
            prepared = preparer.prepare(name, data)
            code = [c.source for c in prepared.notebook.cells if c.cell_type == "code"]
            if not stateless_names(code):
                continue
            shared += 1
            together = warm.run(prepared)
            with monkeypatch.context() as patch:
                patch.setattr(attempt, "stateless_names", lambda _cells: frozenset())
                assert warm.run(prepared).to_bytes() == together.to_bytes(), case.name
    return shared


def test_reports_are_equal_in_the_process_itself_and_in_forks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Real answers, right and wrong: sharing changes no byte."""
    assert both_ways("recurrent", monkeypatch) > 5


@pytest.mark.slow
@pytest.mark.parametrize("name", ["backpropagation", "convolution", "gated", "sequences"])
def test_reports_of_the_whole_course_are_equal(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same, for the rest of the course whose notebooks are seen through."""
    assert both_ways(name, monkeypatch) > 3


STAYS = """
import os, time
def first(x):
    if os.fork() == 0:
        os.setsid()
        time.sleep(1000)
    return x
"""
LOOKS = """
def second(x):
    others = {name for name in os.listdir("/proc") if name.isdigit()} - {"1", str(os.getpid())}
    states = [open(f"/proc/{name}/stat").read().rpartition(")")[2].split()[0] for name in others]
    return x if set(states) <= {"Z"} else states
"""


def test_what_one_cell_s_checks_started_has_ended_when_another_s_begin(
    pair: tuple[Preparer, Grader],
) -> None:
    """A fork that left its session is gone with the branch in which it was made."""
    preparer, warm = pair
    manifest = load_manifest(preparer.layout, "pair")
    answers = {"first_answer": STAYS, "second_answer": LOOKS}
    prepared = preparer.prepare("pair", notebook_bytes(submission_notebook(manifest, answers)))
    report = warm.run(prepared)
    assert [str(check.verdict) for cell in report.cells for check in cell.checks] == ["passed"] * 6


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
def test_what_one_cell_s_checks_count_another_cell_s_do_not_see(
    pair: tuple[Preparer, Grader], count: str
) -> None:
    """Three checks of a cell make three objects; the second cell's begin to count anew."""
    preparer, warm = pair
    manifest = load_manifest(preparer.layout, "pair")
    answers = {
        "first_answer": COUNTED.format(count=count) + COUNTING.format(name="first"),
        "second_answer": COUNTING.format(name="second"),
    }
    prepared = preparer.prepare("pair", notebook_bytes(submission_notebook(manifest, answers)))
    report = warm.run(prepared)
    assert [str(check.verdict) for cell in report.cells for check in cell.checks] == ["passed"] * 6


SPENT = """
# %% nbgrader={"grade_id": "first_answer", "solution": true}
def first(x): return x

# %% nbgrader={"grade_id": "first", "grade": true, "points": 1}
print(1)

# %% nbgrader={"grade_id": "second_answer", "solution": true}
def second(x): return x

# %% nbgrader={"grade_id": "second", "grade": true, "points": 1}
print(2)
"""
SPENT_CHECKS = """from autograder.checking import assert_number, points


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


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Preparer, Grader]]:
    """A course with two cells of three checks each, and one grader."""
    root = tmp_path_factory.mktemp("course")
    solutions = root / "solutions" / "pair"
    (solutions / "checks").mkdir(parents=True)
    (solutions / "notebook.py").write_text(SPENT)
    limits = "[limits]\ncall_seconds = 0.5\nmemory_bytes = 300_000_000\n"
    (solutions / "assignment.toml").write_text(f'title = "Pair"\n{limits}')
    for name in ("first", "second"):
        (solutions / "checks" / f"test_{name}.py").write_text(SPENT_CHECKS.format(name=name))
    preparer = Preparer(Layout(root, root / "var"), "full")
    with Grader(preparer, ["pair"]) as grader:
        yield preparer, grader


@pytest.mark.parametrize(
    ("body", "verdicts", "other"),
    [
        ("    while x == 1:\n        pass\n    return x", "passed limit passed", "passed"),
        ("    while x != 1:\n        pass\n    return x", "limit passed limit", "passed"),
        ("    return x if x != 1 else first(x)", "passed error passed", "passed"),
        ("    return x + torch.zeros(10**9 if x == 1 else 1)[0]", "passed limit limit", "limit"),
    ],
)
def test_after_the_process_is_spent_the_checks_go_on_in_another(
    pair: tuple[Preparer, Grader],
    monkeypatch: pytest.MonkeyPatch,
    body: str,
    verdicts: str,
    other: str,
) -> None:
    """An endless loop costs its own check alone, and too much memory all that follow: as in forks."""
    preparer, warm = pair
    manifest = load_manifest(preparer.layout, "pair")
    first = f"import torch\ndef first(x):\n{body}"
    answers = {"first_answer": first, "second_answer": "def second(x): return x"}
    prepared = preparer.prepare("pair", notebook_bytes(submission_notebook(manifest, answers)))
    code = [c.source for c in prepared.notebook.cells if c.cell_type == "code"]
    assert stateless_names(code) == {"first", "second"}
    report = warm.run(prepared)
    assert [str(check.verdict) for check in report.cells[0].checks] == verdicts.split()
    assert [str(check.verdict) for check in report.cells[1].checks] == [other] * 3
    monkeypatch.setattr(attempt, "stateless_names", lambda _cells: frozenset())
    apart = warm.run(prepared)
    assert [[(check.verdict, check.message) for check in cell.checks] for cell in apart.cells] == [
        [(check.verdict, check.message) for check in cell.checks] for cell in report.cells
    ]
