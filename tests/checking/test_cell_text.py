"""What a cell's text means, told as the Python that a notebook makes of it; bounded."""

from __future__ import annotations

import ast
import contextlib
import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograder
from autograder.checking.cell_text import TooLargeError, cell_tree, dotted_name, python_tree

SECONDS = 2.0  # far above what any of these takes, far below what they took by other readers


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("x = 1\r\ny = 2\rz = 3", "x = 1\ny = 2\nz = 3"),
        ("\n\nx = 1", "x = 1"),
        ("    x = 1\n    y = 2", "x = 1\ny = 2"),
        (">>> x = 1\n>>> y = 2", "x = 1\ny = 2"),
        (">>> def f(x):\n...     return x", "def f(x):\n    return x"),
        ("In [1]: y = x", "y = x"),
        ("x = (a\n % b)", "x = a % b"),
        ("%who\nx = (a\n % b)", "pass\nx = a % b"),
        ("%who\nx = '''\n%who '''", "pass\nx = '\\n%who '"),
        ("# one line\u2028'''\nx = 1\n# one line\x0c'''", "x = 1"),
        ("%matplotlib inline\nx = 1", "pass\nx = 1"),
        ("%load_ext autoreload\n%autoreload 2", "pass\npass"),
        ("%config InlineBackend.figure_format = 'retina'", "pass"),
        ("!pip install x\nx = 1", "pass\nx = 1"),
        ("%who it's\nx = 1", "pass\nx = 1"),
        ("f?", "pass"),
        ("x = 1\n?f\nf.g??", "x = 1\npass\npass"),
        ("names = %who_ls\nhere = !ls", "names = None\nhere = None"),
        ("%time x = f()", "x = f()"),
        ("for i in x:\n    %timeit -n 3 -r 1 f(i)", "for i in x:\n    f(i)"),
        ("best = %timeit -o f(x)\ny = 1", "best = f(x)\ny = 1"),
        ("%time\nx = 1", "pass\nx = 1"),
        ("%%time\nx = 1\n", "x = 1"),
        ("%%timeit -n 3 f(x)\ny = 1", "f(x)\ny = 1"),
        ("%%prun f(x)\ny = 1", "f(x)\ny = 1"),
        ("%%capture out\n%time x = 1\n", "x = 1"),
        ("%%capture out\n%%time\nx = 1\n", "x = 1"),
        ("%%html\n<b>x</b>", ""),
        ("%run a.py", "pass"),
        ("%who\n/f 1 2", "pass\npass"),
    ],
)
def test_a_text_means_what_runs(text: str, meaning: str) -> None:
    """Code in magics is read, and any other magic is left out."""
    tree = cell_tree(text)
    assert tree is not None
    assert ast.unparse(tree) == meaning
    compile(tree, "cell", "exec")


def test_lines_keep_their_numbers() -> None:
    """A message that names a line means the one that the student sees."""
    tree = cell_tree("%%capture\n%matplotlib inline\nx = '''\n'''\n!ls \\\n  -l\ny = 1")
    assert tree is not None
    assert tree.body[-1].lineno == 7


@pytest.mark.parametrize("text", ["def f(:", "x = 1\n  y = 2", "\0", "%time def f(:\n(", "(" * 300])
def test_what_cannot_be_read_by_anybody_means_nothing(text: str) -> None:
    """IPython runs nothing of it, either."""
    assert cell_tree(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "#" * 100_001,
        "x = 1\n" + "-" * 50_000 + "1",
        "x = a" + ".b" * 60,
        "import a" + ".a" * 45_000,
        "x = " + "+".join("a" * 300),
    ],
    ids=lambda text: text[:10],
)
def test_what_is_too_large_is_not_taken_for_nothing(text: str) -> None:
    """It may run where the student's limits are others."""
    with pytest.raises(TooLargeError):
        cell_tree(text)
    assert python_tree(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "%a\n" * 30_000,
        "x = %a\n" * 14_000,
        "a?\n" * 30_000,
        "%a \\\n" * 20_000,
        "%time -n " + "1 " * 40_000,
        "%%time\n" * 14_000,
        "%timeit " + "-n" * 40_000,
        "%a\n'''" + "\\" * 90_000,
        "%a\n" + "'" * 90_000,
        "%a\n" + '"""' + '""' * 40_000,
        "%a\n" + "(" * 90_000,
        "a, " * 33_000 + "=",
        " " * 90_000 + "%a",
        "\n" * 90_000 + "%a",
        ">>> %a\n" * 12_000,
        "".join(f"a = a.b{i % 2}\n" for i in range(10_000)),
        "x." + "a" * 90_000,
        "{" * 99,
        "f'" + "{" * 50_000,
    ],
    ids=lambda text: repr(text[:12]),
)
def test_no_text_takes_long(text: str) -> None:
    """Many magics, quotes or brackets: the time follows the length."""
    begin = time.process_time()
    with contextlib.suppress(TooLargeError):
        cell_tree(text)
    assert time.process_time() - begin < SECONDS


@given(st.text(alphabet="%!?\n\\'\"()[]{}=#ab .,/;:f-1\u200b", max_size=60))
@settings(max_examples=300)
def test_any_text_has_a_tree_or_none(text: str) -> None:
    """Nothing but the one error leaves the reader."""
    tree = cell_tree(text)
    assert tree is None or isinstance(tree, ast.Module)


def test_a_dotted_name_is_told_without_making_text_of_a_tree() -> None:
    """A format with an invisible character in it cannot be made text again on every Python."""
    decorated = cell_tree("@f(f'{x!r}\u200b')\n@a.b.c\ndef g():\n    pass")
    assert decorated is not None
    assert isinstance(decorated.body[0], ast.FunctionDef)
    assert [dotted_name(node) for node in decorated.body[0].decorator_list] == ["", "a.b.c"]


# they read files of the course or of its author, not a student's
OF_COURSES = ("course/", "importing/", "checking/listing.py")
ON_THE_STUDENTS_SIDE = ("student/shell.py",)


def test_students_text_has_one_reader() -> None:
    """Whoever parses on our side does it here, and nobody makes text of a tree."""
    root = Path(autograder.__file__).parent
    allowed = (*OF_COURSES, *ON_THE_STUDENTS_SIDE, "checking/cell_text.py")
    found = [
        str(path.relative_to(root))
        for path in root.rglob("*.py")
        if re.search(r"ast\.(?:parse|unparse)\(|symtable|TransformerManager", path.read_text())
    ]
    assert [name for name in found if not name.startswith(allowed)] == []
