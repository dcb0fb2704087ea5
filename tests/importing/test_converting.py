"""Tests become checks that ask from outside, or are refused with line and reason."""

from __future__ import annotations

import ast

import pytest

from autograder.importing.converting import Unconvertible, convert
from autograder.importing.foreign import Test
from autograder.importing.surroundings import Surroundings

ABOVE = """
import numpy as np
import torch
import pandas as pd
import helper
from nose.tools import assert_equal, assert_raises, assert_almost_equal
rows = [1, 2]
def close(a, b):
    return np.allclose(a, b)
def plotted(a):
    return helper.plot(a)
"""
ANSWERS = """
def f(x):
    return x * 2
def call(x):
    return x
class Vector:
    pass
total = 3
"""


def check_of(source: str, hidden: frozenset[int] = frozenset(), hint: str = "") -> str:
    around = Surroundings()
    around.add(ABOVE, is_answer=False)
    around.add(ANSWERS, is_answer=True)
    made = convert(Test(source, hidden, hint=hint), "test_it", "About it.", around)
    guarded = made.function.body[1]
    assert isinstance(guarded, ast.Try)
    helpers = [ast.unparse(one) for one in made.helpers.values()]
    marks = [f"@{ast.unparse(one)}" for one in made.function.decorator_list]
    body = [ast.unparse(one) for one in guarded.body]
    return "\n".join([*sorted(made.imports), *helpers, *marks, *body])


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("assert f(2) == 4, 'Doubles.'", "assert student.f(2) == 4, 'Doubles.'"),
        ("assert f(2) == 4", "assert student.f(2) == 4, 'f(2) == 4 does not hold.'"),
        ("assert total == 3, ''", "assert student['total'] == 3, ''"),
        ("assert call(1), ''", "assert student.call('call', 1), ''"),
        ("v = Vector(1)\nassert v.x, ''", "v = student.make('Vector', 1)\nassert v.x, ''"),
        ("assert 'total' in globals(), ''", "assert student.has('total'), ''"),
        ("x = f(1)\nx += 1\nassert x, ''", "x = student.f(1)\nx += 1\nassert x, ''"),
        (
            "total += 1\nassert total == 4, ''",
            "total = student['total']\ntotal += 1\nassert total == 4, ''",
        ),
        (
            "for x in rows:\n    assert f(x) == x, ''",
            "for x in student['rows']:\n    assert student.f(x) == x, ''",
        ),
        ("assert all(f(x) for x in [1]), ''", "assert all((student.f(x) for x in [1])), ''"),
        (
            "np.testing.assert_allclose(f(np.ones(2)), 2, err_msg='Twice.')",
            """import numpy as np
@hint('Twice.')
np.testing.assert_allclose(student.f(np.ones(2)), 2, err_msg='Twice.')""",
        ),
        (
            "torch.testing.assert_close(f(torch.ones(2)), torch.ones(2))",
            "import torch\ntorch.testing.assert_close(student.f(torch.ones(2)), torch.ones(2))",
        ),
        (
            "import pytest\nwith pytest.raises(ValueError):\n    f(-1)",
            "assert_raises(ValueError, student.f, -1)",
        ),
        (
            "try:\n    f(-1)\nexcept ValueError:\n    pass\nelse:\n    raise AssertionError('no')",
            "assert_raises(ValueError, student.f, -1)",
        ),
        (
            "try:\n    f(-1)\n    assert False\nexcept (TypeError, ValueError):\n    print('ok')",
            "assert_raises((TypeError, ValueError), student.f, -1)",
        ),
        ("assert_equal(f(1), 2, 'No.')", "assert student.f(1) == 2, 'No.'"),
        ("assert_raises(ValueError, f, -1)", "assert_raises(ValueError, student.f, -1)"),
        (
            "rng = np.random.default_rng(3)\nx = rng.normal(size=3)\nassert f(x), ''",
            """import numpy as np
rng = np.random.default_rng(3)
x = rng.normal(size=3)
assert student.f(x), ''""",
        ),
        (
            "x = np.random.rand(3)\nassert f(x), ''",
            "import numpy as np\nx = np.random.rand(3)\nassert student.f(x), ''",
        ),
        (
            "assert_almost_equal(f(1), 2, places=3, msg='No.')",
            "assert round(student.f(1) - 2, 3) == 0, 'No.'",
        ),
        (
            "if f(2) != 4:\n    raise ValueError('No.')",
            "if student.f(2) != 4:\n    raise AssertionError('No.')",
        ),
        (
            "def same(g, x):\n    assert g(x) == x, ''\nsame(f, 0)",
            "def same(g, x):\n    assert g(x) == x, ''\nsame(student['f'], 0)",
        ),
        ("print('start')\nassert f(0) == 0, ''", "assert student.f(0) == 0, ''"),
        (
            "assert close(f(1), 2), ''",
            """import numpy as np
def close(a, b):
    return np.allclose(a, b)
assert close(student.f(1), 2), ''""",
        ),
        ("assert plotted(f(1)), ''", "assert student.plotted(student.f(1)), ''"),
        ("assert f(lambda x: x + 1), ''", "assert student.f(lambda x: x + 1), ''"),
    ],
)
def test_test_becomes_a_check(source: str, expected: str) -> None:
    """Names of the notebook's are asked for; the test's own and the libraries' are the check's."""
    assert check_of(source) == expected


def test_hidden_assertion_without_words_says_nothing_of_itself() -> None:
    """What a student does not see in the notebook is not in the message either."""
    assert check_of("assert f(2) == 4\nassert f(3) == 6", hidden=frozenset({2})) == (
        "assert student.f(2) == 4, 'f(2) == 4 does not hold.'\nassert student.f(3) == 6"
    )


@pytest.mark.parametrize(
    ("source", "line", "reason"),
    [
        ("x = [1]\nf(x)\nassert x == [1]", 3, "does not depend on what the student did"),
        ("x = 1\nnp.testing.assert_equal(x, 1)", 2, "does not depend on what the student did"),
        ("if True:\n    assert False, 'no'", 1, "does not depend on what the student did"),
        ("assert pd.DataFrame(f(1)).empty", 1, "uses pandas"),
        ("import os\nassert os.path.exists(f(1))", 1, "uses os"),
        ("from math import *\nassert f(1)", 1, "imports everything of math"),
        ("assert isinstance(f(1), Vector)", 1, "uses the class Vector itself"),
        ("assert g(1) == 2", 1, "uses g, which no cell above it defines"),
        ("assert open('x').read() == f(1)", 1, "uses open(), which a check cannot ask"),
        ("assert eval('f(1)')", 1, "uses eval()"),
        ("assert f.__doc__", 1, "looks at f.__doc__"),
        ("assert np.load('a.npy').sum() == f(1)", 1, "has none of the notebook's files"),
        ("rows[0] = 5\nassert f(rows)", 1, "changes rows, which stays"),
        ("f = print\nglobal f", 2, "global"),
        ("class A: pass\nassert f(A())", 1, "a class"),
        ("try:\n    x = f(1)\nexcept ValueError:\n    x = 0\nassert x", 1, "catches exceptions"),
        ("import pytest\nwith pytest.raises(ValueError, match='no'):\n    f(1)", 2, "looks into"),
        ("import pytest\nwith pytest.raises(ValueError):\n    f(1)\n    f(2)", 2, "more than one"),
        ("with open('x') as file:\n    assert f(file)", 1, "uses `with open('x')`"),
        ("assert f(lambda x: f(x))", 1, "itself asks the student"),
        ("def g(x):\n    return f(x)\nassert f(g)", 3, "itself asks the student"),
        ("assert (y := f(1))", 1, "binds a name within an expression"),
        ("student = f(1)\nassert student", 1, "the name `student`"),
        ("f(1)", 0, "has no assertion"),
        ("score = f(1)\nassert score\nscore", 3, "partial credit"),
        ("%timeit f(1)\nassert f(1)", 1, "IPython's own syntax"),
        ("assert f(1) ==", 1, "is not Python"),
        ("assert f(1)" + " + 1" * 10_000, 0, "more than 20000 characters"),
        ("assert f(1)" + "\n" + "x = " + "-" * 9_000 + "1", 0, ""),
    ],
)
def test_what_cannot_be_asked_from_outside_is_refused(source: str, line: int, reason: str) -> None:
    """The person who has to look is told where and why."""
    with pytest.raises(Unconvertible) as refused:
        check_of(source)
    assert reason in refused.value.reason
    if reason:
        assert refused.value.line == line


@pytest.mark.parametrize(
    ("source", "came", "error"),
    [
        ("assert abs(f(1) - 2) < 0.1", None, "TypeError"),
        ("assert f(1)[3] == 2", [], "IndexError"),
        ("assert f(1).sum() == 2", 2, "AttributeError"),
        ("assert next(iter(f(1))) == 2", [], "StopIteration"),
        ("assert int(f(1)) == 2", "two", "ValueError"),
        ("assert 1 / f(1) == 2", 0, "ZeroDivisionError"),
    ],
)
def test_answer_of_another_type_is_a_wrong_answer(source: str, came: object, error: str) -> None:
    """What a test computes with an answer may raise: `None - 2` is no fault of the course's."""
    around = Surroundings()
    around.add(ANSWERS, is_answer=True)
    made = convert(Test(source), "test_it", "About.", around)
    space: dict[str, object] = {}
    exec(ast.unparse(made.function), space)

    class Student:
        def f(self, _: object) -> object:
            return came

    check = space["test_it"]
    assert callable(check)
    with pytest.raises(AssertionError, match=error):
        check(Student())
