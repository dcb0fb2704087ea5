"""What the shell leaves as it is, and what it hands to IPython."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Iterator

import pytest
from IPython.core.inputtransformer2 import TransformerManager
from IPython.core.interactiveshell import InteractiveShell

from autograder.student.shell import GradingShell

PLAIN = [
    "x = 1\ny = 2",
    "def f(x):\n    return x % 2\n\n\nf(3)\n",
    'text = """\n%matplotlib inline\n!ls\nhelp?\n"""\nx = (1\n% 2)',
    "# help?\nx = 7 # !ls\n",
    "if True:\n\tx = 1\r\n\ty = 2\r\n",
    "x = 1;\ny = x\\\n  + 2",
    "async def f():\n    await g()\nf()",
    "import torch",
    "from os import path as p, sep\n",
    "answer = 17",
    "ls = time = 3  # !ls",
    "cd = 1; ls",
    "assert f(3) == 1",
    "for x in y: print(x)",
    "def f(x): return x % 2",
]
MAGIC = [
    "%matplotlib inline\nx = 1",
    "files = !ls\nx = 1",
    "%%time\nx = 1",
    "x?\ny = 1",
    ">>> x = 1\n>>> y = 2",
    "In [1]: x = 1\nIn [2]: y = 2",
    "\n\nx = 1\ny = 2",
    "    x = 1\n    y = 2",
    "await f()\nx = 1",
    "def answer(:\n    pass",
    "ls",
    "x",
    "time x",
    "exit",
    "x = !ls",
    "answer = %time 3",
    "answer = 3?",
    "import",
    "# nothing",
    "ls[0] = 3",
    "time: int = 3",
    "ls += 3",
    "  import torch",
]


@pytest.fixture(scope="module")
def shell() -> Iterator[GradingShell]:
    """Return a shell; what it takes over in this process is given back."""
    asking, main, path = builtins.input, sys.modules["__main__"], list(sys.path)
    yield GradingShell.make()
    GradingShell.clear_instance()
    builtins.input, sys.modules["__main__"], sys.path[:] = asking, main, path


@pytest.mark.parametrize("source", PLAIN + MAGIC)
def test_cells_are_read_as_ipython_reads_them(shell: GradingShell, source: str) -> None:
    """The short way gives what IPython's own gives."""
    assert shell.transform_cell(source) == InteractiveShell.transform_cell(shell, source)


@pytest.mark.parametrize("source", PLAIN)
def test_plain_python_takes_the_short_way(
    shell: GradingShell, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody looks for magics where there are none."""
    monkeypatch.setattr(TransformerManager, "transform_cell", None)
    assert shell.transform_cell(source).rstrip("\n") == source.rstrip("\n")


def test_a_transformer_of_the_notebooks_own_is_used(shell: GradingShell) -> None:
    """A cell that teaches IPython new tricks is obeyed."""
    shell.input_transformers_post.append(lambda lines: [line.replace("one", "1") for line in lines])
    try:
        assert shell.transform_cell("x = one\ny = one") == "x = 1\ny = 1\n"
    finally:
        shell.input_transformers_post.clear()


@pytest.mark.parametrize(
    ("source", "awaits"), [("x = 1", False), ("await f()", True), ("awaited = 1", False)]
)
def test_only_cells_that_await_run_in_a_loop(
    shell: GradingShell, source: str, awaits: bool
) -> None:
    """Top-level `await` works, everything else runs plainly."""
    assert shell.should_run_async(source, transformed_cell=source) is awaits
