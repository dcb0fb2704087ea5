"""The `student` fixture over a real student process."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
import torch

from autograder.checking import (
    AuthorError,
    RemoteObject,
    Student,
    StudentError,
    WrongAnswer,
    assert_close,
    assert_number,
    assert_raises,
    assert_symbolic,
    unpack,
)

Notebook = Callable[..., Student]

MODEL = """
import torch
class Model(torch.nn.Module):
    def __init__(self, width=2):
        super().__init__()
        self.layer = torch.nn.Linear(width, 1)
    def forward(self, x):
        return self.layer(x)
model = Model()
class Config:
    width = 7
config = Config()
"""


def test_calls_and_values_cross_as_plain_data(notebook: Notebook) -> None:
    """Functions are called there, values are read, exact types come back."""
    student = notebook("def f(x, y=1): return x * 2, {'y': y}\nvalue = [1, 2.5, 'a', None]")
    x = torch.randn(2, 3)
    doubled, rest = unpack(student.f(x, y=5), 2)
    assert_close(doubled, x * 2)
    assert rest == {"y": 5}
    assert student["value"] == [1, 2.5, "a", None]
    assert student.call("f", 1) == (2, {"y": 1})
    student["value"] = 3
    assert student["value"] == 3
    assert student.has("value")
    assert not student.has("nothing")


def test_modules_stay_there_behind_handles(notebook: Notebook) -> None:
    """Build, load a state dict, run forward, read attributes, call methods."""
    student = notebook(MODEL)
    model = student.Model(3)
    assert isinstance(model, RemoteObject)
    assert model.type_name == "Model"
    state = {"layer.weight": torch.tensor([[1.0, 2.0, 3.0]]), "layer.bias": torch.tensor([0.5])}
    model.load_state_dict(state)
    x = torch.tensor([[1.0, 1.0, 1.0]])
    assert_close(model(x), torch.tensor([[6.5]]))
    assert_close(model.forward(x), torch.tensor([[6.5]]))
    assert_close(model.layer.weight, state["layer.weight"])
    assert_close(model.state_dict(), state)
    assert student.config.width == 7
    student.set_attribute(student.config, "width", 8)
    assert student.config.width == 8
    assert_close(student.model.state_dict().keys() >= {"layer.bias"}, True)


def test_gradients_come_back(notebook: Notebook) -> None:
    """Of the arguments, and of a module's parameters by name."""
    student = notebook(MODEL + "\ndef square(x): return (x ** 2).sum()")
    x = torch.tensor([1.0, -2.0])
    assert_close(student.gradients("square", x).arguments, [2 * x])
    assert_close(student.gradients(student.square, x).value, 5.0)
    model = student.Model()
    gradients = student.gradients(model, torch.ones(3, 2))
    assert_close(gradients.parameters["layer.weight"], torch.full((1, 2), 3.0))


def test_objects_of_the_students_can_be_passed_back(notebook: Notebook) -> None:
    """A handle or a name as an argument is the object itself there."""
    student = notebook(MODEL + "\ndef is_model(m): return m is model\ndef ident(m): return m")
    assert student.is_model(student.model)
    assert student.is_model(student["model"])
    assert not student.is_model(student.Model())
    assert isinstance(student.ident([student.model])[0], RemoteObject)


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("def f(): raise ValueError('bad shape')", "Calling `f` raised ValueError: bad shape"),
        ("def f(): raise NotImplementedError()", "Calling `f`: not answered yet"),
        (
            "def g(): raise NotImplementedError()\ndef f(): return g()",
            "Calling `f`: it calls `g`, which is not answered yet",
        ),
        (
            "class f:\n    def __init__(self): raise NotImplementedError()",
            "Calling `f`: not answered yet",
        ),
        ("def f(): return 1/0", "raised ZeroDivisionError"),
        ("def f(x): pass", "raised TypeError"),
        ("f = 3", "raised TypeError"),
        ("g = 3", "'f' is not defined"),
        ("def f(): raise KeyboardInterrupt", "raised KeyboardInterrupt"),
        ("def f(): raise SystemExit", "raised SystemExit"),
        ("def f(): f()", "raised RecursionError"),
        ("def f():\n    raise ValueError('\\x1b[31m<b>\\u202e')", "‹b›"),
    ],
)
def test_what_the_code_raises_is_an_error_of_the_students(
    source: str, says: str, notebook: Notebook
) -> None:
    """Whatever is raised comes as `StudentError` with clean text; the next question is answered."""
    student = notebook(source + "\nafter = 1")
    with pytest.raises(StudentError) as caught:
        student.f()
    assert says in caught.value.message
    assert not caught.value.limit
    assert not {"\x1b", "<", "\u202e"} & set(caught.value.message)
    assert student["after"] == 1


def test_the_students_traceback_is_for_staff(notebook: Notebook) -> None:
    """The detail shows the line that raised."""
    student = notebook("def f():\n    value = 3\n    return value.missing")
    with pytest.raises(StudentError) as caught:
        student.f()
    assert "return value.missing" in caught.value.detail


def test_an_endless_loop_is_a_limit(notebook: Notebook) -> None:
    """The call ends in its time with `limit`; the namespace is spoilt but can be asked."""
    student = notebook("def f():\n    while True: pass", call_seconds=0.3)
    with pytest.raises(StudentError) as caught:
        student.f()
    assert caught.value.limit
    assert "longer than 0.3 s" in caught.value.message


def test_the_check_s_own_time_bounds_all_calls(notebook: Notebook) -> None:
    """Many calls that are each short enough are too long together."""
    student = notebook("import time\ndef f(): time.sleep(0.1)", check_seconds=0.35)
    with pytest.raises(StudentError) as caught:
        [student.f() for _ in range(10)]
    assert caught.value.limit


def test_a_process_that_ends_is_an_error_and_stays_one(notebook: Notebook) -> None:
    """After `os._exit` every use says so at once."""
    student = notebook("import os\ndef f(): os._exit(0)\nvalue = 1")
    for ask in (lambda: student.f(), lambda: student["value"], lambda: student.f()):
        with pytest.raises(StudentError) as caught:
            ask()
        assert caught.value.lost
        assert "the process that runs your notebook ended" in caught.value.message


def test_an_object_used_as_data_is_a_wrong_answer(notebook: Notebook) -> None:
    """Where data was expected, an object gives a message instead of a fault of the check."""
    student = notebook(MODEL)
    model = student["model"]
    uses = [
        lambda: list(model), lambda: len(model), lambda: float(model), lambda: model + 1,
        lambda: 1 + model, lambda: model > 0, lambda: bool(model), lambda: model[0],
        lambda: 7 // model, lambda: 7 % model, lambda: model & 1, lambda: True ^ model,
        lambda: +model, lambda: ~model, lambda: 2 << model, lambda: divmod(7, model),
        lambda: round(model, 2), lambda: math.floor(model), lambda: np.asarray(model, float),
        lambda: f"{model:.3f}", lambda: model.__setitem__(0, 1),
        lambda: assert_close(model, 1.0), lambda: assert_close([model], (torch.ones(2), 1)),
    ]  # fmt: skip
    for use in uses:
        with pytest.raises(WrongAnswer, match=r"an object of type Model|a list of 1 entry"):
            use()


def test_a_name_used_as_a_value_is_the_authors_mistake(notebook: Notebook) -> None:
    """`student.x == 3` would be silently false; it is a fault that says what to write."""
    student = notebook("x = 3")
    for use in (lambda: student.x == 3, lambda: float(student.x), lambda: bool(student.x)):
        with pytest.raises(AuthorError, match=r"student\['x'\]"):
            use()


@pytest.mark.parametrize("assumption", ["", ", positive=True", ", real=True"])
def test_a_sympy_expression_is_read_as_text(notebook: Notebook, assumption: str) -> None:
    """A formula may be given as text or as an object of sympy's, with assumptions too."""
    student = notebook(
        f"import sympy\nx, y = sympy.symbols('x y'{assumption})\nd = sympy.diff((x + y)**2, x)\n"
        "third = sympy.Rational(1, 3)\nmany = [d]"
    )
    assert student["d"] == "2*x + 2*y"
    assert_symbolic(student["d"], "2*(x + y)", variables="x y")
    assert_symbolic(student["many"][0], "2*(x + y)", variables="x y")
    assert_number(student["third"], Fraction(1, 3))
    assert student.text(student.d) == "2*x + 2*y"


def test_errors_that_must_be_raised(notebook: Notebook) -> None:
    """`assert_raises` accepts the named class and refuses another, none, and a missing name."""
    student = notebook(
        "def f(x):\n    if x < 0: raise ValueError('negative')\n    if x > 9: raise KeyError(x)\n"
        "    return x\ndef todo(): raise NotImplementedError"
    )
    assert_raises(ValueError, student.f, -1)
    assert_raises((TypeError, KeyError), student.f, 10)
    with pytest.raises(WrongAnswer, match="raised KeyError; expected ValueError"):
        assert_raises(ValueError, student.f, 10)
    with pytest.raises(WrongAnswer, match=r"returned 3 \(int\); expected it to raise ValueError"):
        assert_raises(ValueError, student.f, 3)
    for missing in (student.todo, student.nothing):
        with pytest.raises(StudentError):
            assert_raises(ValueError, missing)


def test_sources_are_the_trusted_copy(notebook: Notebook) -> None:
    """The text is what was handed in, and an unknown cell is the author's mistake."""
    student = notebook("In = ['forged']\nx = 1")
    assert student.source("answer") == "In = ['forged']\nx = 1"
    with pytest.raises(AuthorError):
        student.source("nothing")
