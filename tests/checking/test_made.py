"""Objects, functions, printed text and files across the boundary, over a real student process."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import autograder.checking
from autograder.checking import (
    AuthorError,
    CheckingError,
    Student,
    StudentError,
    WrongAnswer,
    assert_close,
    made,
)

Notebook = Callable[..., Student]

VECTOR = """
class Vector:
    def __init__(self, *entries): self.entries = list(entries)
    def __len__(self): return len(self.entries)
    def __getitem__(self, i):
        return Vector(*self.entries[i]) if type(i) is slice else self.entries[i]
    def __setitem__(self, i, value): self.entries[i] = value
    def __delitem__(self, i): del self.entries[i]
    def __iter__(self): return iter(self.entries)
    def __contains__(self, entry): return entry in self.entries
    def __add__(self, other): return Vector(*[a + b for a, b in zip(self, other)])
    def __mul__(self, factor): return Vector(*[factor * a for a in self])
    __rmul__ = __mul__
    def __matmul__(self, other): return sum(a * b for a, b in zip(self, other))
    def __neg__(self): return -1 * self
    def __eq__(self, other): return self.entries == other.entries
    def __lt__(self, other): return self @ self < other @ other
    def __bool__(self): return any(self.entries)
    def __float__(self): return (self @ self) ** 0.5
def zero(): return Vector(0, 0)
origin = zero()
again = origin
"""


def test_operators_run_there_and_give_data_or_objects(notebook: Notebook) -> None:
    """Indices, arithmetic from both sides, comparisons, iteration and truth are the class's own."""
    student = notebook(VECTOR)
    v, w = student.make("Vector", 3, 4), student.make(student.Vector, 1, 2)
    assert (len(v), v[0], list(v), float(v), v @ w) == (2, 3, [3, 4], 5.0, 11)
    assert list(v + w) == [4, 6]
    assert list(2 * v) == list(v * 2) == [6, 8]
    assert list(-v) == [-3, -4]
    assert list(v[1:]) == [4]
    assert v == student.make("Vector", 3, 4)
    assert w < v
    assert 4 in v
    assert 5 not in v
    assert v
    assert not student.make("zero")
    w[0] = 7
    del w[1]
    assert list(w) == [7]
    assert v.entries == [3, 4]


def test_identity_is_asked_there(notebook: Notebook) -> None:
    """Two names of one object are the same; an equal object is another."""
    student = notebook(VECTOR)
    assert student.same("origin", student.again)
    assert not student.same("origin", student.make("zero"))
    assert student.object("origin") == student.make("zero")


def test_plain_data_is_no_object(notebook: Notebook) -> None:
    """Where an object is expected, data is a wrong answer; what `make` keeps may be anything."""
    student = notebook("def f(): return [1, 2]")
    with pytest.raises(WrongAnswer, match="an object was expected"):
        student.object(student.f())
    assert list(student.make("f")) == [1, 2]


def test_a_function_that_returns_nothing_makes_no_object(notebook: Notebook) -> None:
    """A `return` that was forgotten is the student's mistake, and never a fault of the check."""
    student = notebook("def build(): list()")
    with pytest.raises(WrongAnswer, match="`build` returned None; expected an object"):
        student.make("build")


def test_what_was_not_asked_for_as_an_object_is_a_wrong_answer(notebook: Notebook) -> None:
    """An object in the place of a number learns nothing of the check and decides nothing."""
    student = notebook(
        "heard = []\n"
        "class Liar:\n"
        "    def __sub__(self, other): heard.append(other); return 0.0\n"
        "    def __lt__(self, other): return True\n"
        "    __len__ = __eq__ = __bool__ = __float__ = __lt__\n"
        "def loss(): return Liar()"
    )
    for use in (
        lambda value: value - 0.25,
        lambda value: value < 0.1,
        float,
        len,
        bool,
        lambda value: value[0],
        list,
    ):
        with pytest.raises(WrongAnswer, match="plain data was expected"):
            use(student.loss())
    assert student["heard"] == []


def test_iteration_takes_what_is_needed_and_ends(
    notebook: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An endless generator gives as many items as are asked for, and is stopped beyond."""
    monkeypatch.setattr(made, "ITEMS", 50)
    student = notebook(
        "taken = []\ndef count():\n    n = 0\n    while True:\n        taken.append(n)\n"
        "        yield n\n        n += 1"
    )
    counted = student.make("count")
    assert [next(counted) for _ in range(3)] == [0, 1, 2]
    assert student["taken"] == [0, 1, 2]
    with pytest.raises(StudentError, match="more than 50 items") as caught:
        list(counted)
    assert caught.value.limit
    with pytest.raises(StudentError, match="has no len"):
        len(counted)


def test_a_context_manager_is_left_however_its_block_ends(notebook: Notebook) -> None:
    """It gives its value, hears whether the block failed, and can swallow nothing."""
    student = notebook(
        "log = []\n"
        "class Managed:\n"
        "    def __enter__(self): log.append('in'); return 5\n"
        "    def __exit__(self, kind, error, trace):\n"
        "        log.append(kind and kind.__name__)\n"
        "        return True\n"
        "def crash(): raise ValueError('no')"
    )
    with student.make("Managed") as value:
        assert value == 5
    with pytest.raises(StudentError, match="ValueError"), student.make("Managed"):
        student.crash()
    with pytest.raises(WrongAnswer), student.make("Managed"):
        raise WrongAnswer("no")
    assert student["log"] == ["in", None, "in", "RuntimeError", "in", "RuntimeError"]


def test_functions_of_the_check_run_here(notebook: Notebook) -> None:
    """The student's code calls them with data by position; closures and counts are the check's."""
    student = notebook(
        "def bisect(f, low, high):\n"
        "    for _ in range(60):\n"
        "        middle = (low + high) / 2\n"
        "        low, high = (middle, high) if f(middle) < 0 else (low, middle)\n"
        "    return low\n"
        "def applied(f, *values): return [f(value) for value in values]"
    )
    calls: list[float] = []

    def parabola(x: float) -> float:
        calls.append(x)
        return x * x - 2

    assert student.bisect(parabola, 0.0, 2.0) == pytest.approx(2**0.5)
    assert len(calls) == 60
    x = torch.randn(2, 3)
    assert_close(student.applied(torch.sin, x), [x.sin()])
    scale = 3
    assert student.applied(lambda value, scale=scale: scale * value, 1, 2) == [3, 6]


def test_what_a_function_does_not_take_is_an_exception_there(notebook: Notebook) -> None:
    """A default is the check's, an object is no data, and the message tells nothing of ours."""
    student = notebook(
        "def tried(f, *args):\n"
        "    try: return f(*args)\n"
        "    except Exception as error: return type(error).__name__, str(error)"
    )
    secret = [7]
    told = "the check's function does not take these arguments"
    assert student.tried(lambda x, s=secret: x, 1, [0]) == ("TypeError", told)
    assert student.tried(lambda i: secret[i], 5) == ("IndexError", told)
    assert student.tried(lambda x: 1 / x, 0) == ("ZeroDivisionError", told)
    assert student.tried(len, student.tried)[0] == "TypeError"


def test_an_assertion_in_a_function_is_the_verdict(notebook: Notebook) -> None:
    """The student's code cannot catch it away; a question within the function is our mistake."""
    student = notebook("def use(f):\n    try: f(-1)\n    except BaseException: pass\n    return 5")

    def within(x: float) -> float:
        if x < 0:
            raise WrongAnswer("The function is defined for positive numbers only.")
        return x

    with pytest.raises(WrongAnswer, match="positive numbers only"):
        student.use(within)
    with pytest.raises(AuthorError, match="cannot ask it"):
        student.use(lambda x: student.use(x))
    with pytest.raises(CheckingError, match="no plain data"):
        student.use(lambda x: object())
    assert student.use(abs) == 5


def test_types_devices_shapes_and_generators_are_arguments(notebook: Notebook) -> None:
    """They arrive as what they are; a generator goes on there from the state that it had here."""
    student = notebook(
        "import torch, numpy as np\n"
        "def zeros(shape, dtype, device): return torch.zeros(shape, dtype=dtype, device=device)\n"
        "def array(dtype): return np.zeros(2, dtype)\n"
        "def draw(generator): return torch.randn(3, generator=generator)\n"
        "def integers(rng): return rng.integers(0, 100, 3)\n"
        "def kind(x): return x.dtype, x.device"
    )
    zeros = student.zeros(torch.Size([2, 3]), torch.float64, torch.device("cpu"))
    assert_close(zeros, torch.zeros(2, 3, dtype=torch.float64))
    assert student.array(np.dtype("int16")).dtype == np.int16
    generator, rng = torch.Generator().manual_seed(3), np.random.default_rng(4)
    assert_close(student.draw(generator), torch.randn(3, generator=generator))
    assert_close(student.integers(rng), rng.integers(0, 100, 3))
    assert student.kind(zeros) == (torch.float64, torch.device("cpu"))


def test_printed_text_is_data(notebook: Notebook) -> None:
    """Of a call alone: through Python and through descriptors; not of standard error."""
    student = notebook(
        "import os, sys\nprint('before')\n"
        "def report(n, end='!'):\n"
        "    print('step', n, end=end)\n"
        "    print('not this', file=sys.stderr)\n"
        "    os.write(1, b'+')\n"
    )
    assert student.printed("report", 3, end=".") == "step 3.+"
    assert student.printed(student.report, 4) == "step 4!+"


def test_files_are_data(notebook: Notebook, tmp_path: Path) -> None:
    """Plain files by relative name; a check compares what is there before and after a call."""
    student = notebook(
        f"import os\nfrom pathlib import Path\nos.chdir({str(tmp_path)!r})\n"
        "def save(): Path('out').mkdir(); Path('out/log.csv').write_text('1,2')"
    )
    assert student.files() == {}
    student.save()
    assert student.files() == {"out/log.csv": b"1,2"}


WRITE_CHECKS = Path(__file__).parents[2] / "docs/how-to/write-checks.md"
ANSWER = (
    VECTOR
    + """
import os, tempfile, torch
os.chdir(tempfile.mkdtemp())
class Squares:
    def __init__(self, n): self.n = n
    def __len__(self): return self.n
    def __getitem__(self, i): return i * i
def endless_batches(items):
    while True:
        yield from items
class Log:
    closed = False
    def __enter__(self): return []
    def __exit__(self, *error): self.closed = True
def newton(f, slope, x):
    for _ in range(6):
        x -= f(x) / slope(x)
    return x
def noise(shape, dtype, device, generator):
    return torch.randn(shape, dtype=dtype, device=device, generator=generator)
def report(losses):
    for epoch, loss in enumerate(losses, 1): print(f"{epoch}  {loss}")
def save_history(losses):
    open("history.csv", "w").write("".join(f"{loss}\\n" for loss in losses))
"""
)


def _worked_checks() -> dict[str, Callable[..., None]]:
    text = WRITE_CHECKS.read_text(encoding="utf-8")
    text = text[text.index("## Objects of") : text.index("## Code")]
    names: dict[str, Any] = {"torch": torch, "itertools": itertools}
    names |= {name: getattr(autograder.checking, name) for name in autograder.checking.__all__}
    for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        exec(block, names)  # the documentation's own
    return {name: value for name, value in names.items() if name.startswith("test_")}


@pytest.mark.parametrize("name", _worked_checks())
def test_a_worked_check_of_the_documentation_passes_a_right_answer(
    notebook: Notebook, name: str
) -> None:
    """What "Write checks" shows can be copied."""
    check = _worked_checks()[name]
    fixtures = {"student": notebook(ANSWER), "generator": torch.Generator().manual_seed(1)}
    wanted = check.__code__.co_varnames[: check.__code__.co_argcount]
    check(**{fixture: fixtures[fixture] for fixture in wanted})
