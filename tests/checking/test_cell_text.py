"""What a cell's text means, told as the Python that IPython makes of it."""

from __future__ import annotations

import ast

import pytest

from autograder.checking.cell_text import TooLargeError, parse


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("x = 1\r\ny = 2\rz = 3", "x = 1\ny = 2\nz = 3"),
        ("\n\nx = 1", "x = 1"),
        ("    x = 1\n    y = 2", "x = 1\ny = 2"),
        (">>> x = 1\n>>> y = 2", "x = 1\ny = 2"),
        ("In [1]: y = x", "y = x"),
        ("x = (a\n % b)", "x = a % b"),
        ("# one line\u2028'''\nx = 1\n# one line\x0c'''", "x = 1"),
        ("%matplotlib inline\nx = 1", "pass\nx = 1"),
        ("%load_ext autoreload\n%autoreload 2", "pass\npass"),
        ("%config InlineBackend.figure_format = 'retina'", "pass"),
        ("!pip install x\nx = 1", "pass\nx = 1"),
        ("f?", "pass"),
        ("names = %who_ls\nhere = !ls", "names = None\nhere = None"),
        ("%time x = f()", "x = f()"),
        ("for i in x:\n    %timeit -n 3 -r 1 f(i)", "for i in x:\n    f(i)"),
        ("best = %timeit -o f(x)\ny = 1", "best = f(x)\ny = 1"),
        ("%%time\nx = 1\n", "x = 1"),
        ("%%capture out\n%time x = 1\n", "x = 1"),
        ("get_ipython().run_line_magic('time', 'x = 1')", "x = 1"),
        ("get_ipython().magic('matplotlib inline')", "pass"),
        ("get_ipython().system('ls')\nx = 1", "pass\nx = 1"),
        ("%run a.py", "get_ipython().run_line_magic('run', 'a.py')"),
        ("run a.py", "get_ipython().run_line_magic('run', 'a.py')"),
        ("run(a)", "run(a)"),
        ("%config A.b = f()", "get_ipython().run_line_magic('config', 'A.b = f()')"),
        ("/f 1 2", "f(1, 2)"),
    ],
)
def test_a_text_means_what_runs(text: str, meaning: str) -> None:
    """Code in magics is read, harmless ones go, and the call of any other stays."""
    tree = parse(text)
    assert tree is not None
    assert ast.unparse(tree) == meaning
    compile(tree, "cell", "exec")


@pytest.mark.parametrize("text", ["def f(:", "x = 1\n  y = 2", "\0", "%time def f(:\n(", "(" * 300])
def test_what_cannot_be_read_by_anybody_means_nothing(text: str) -> None:
    """IPython runs nothing of it, either."""
    assert parse(text) is None


@pytest.mark.parametrize(
    "text", ["#" * 200_001, "%time 1\n" + "#" * 20_000, "x = 1\n" + "-" * 50_000 + "1"]
)
def test_what_is_too_large_is_not_taken_for_nothing(text: str) -> None:
    """It may run where the student's limits are others."""
    with pytest.raises(TooLargeError):
        parse(text)
