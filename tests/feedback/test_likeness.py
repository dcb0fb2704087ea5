"""Which answers are alike, and which are not."""

from __future__ import annotations

import ast
import contextlib

import pytest

from autograder.feedback.likeness import plain_code, shape_of

CLIP = "def clip(g, limit):\n    norm = g.norm()\n    return g * limit / norm\n"


@pytest.mark.parametrize(
    "text",
    [
        "def clip( x,most ) :\n  # so\n  n = x.norm( )\n  return x*most/n",
        'def clip(g: Tensor, limit: float = 1.0) -> Tensor:\n    """Clip."""\n'
        "    norm: Tensor = g.norm()\n    return g * limit / norm\n".replace(" = 1.0", ""),
        f"'''Mine.'''\n{CLIP}",
        ">>> " + CLIP.replace("\n    ", "\n...     "),
    ],
)
def test_names_and_layout_do_not_count(text: str) -> None:
    """Nor do comments, docstrings, annotations and prompts."""
    assert shape_of([text]) == shape_of([CLIP])


@pytest.mark.parametrize(
    "text",
    [
        CLIP.replace("*", "+"), CLIP.replace("norm()", "sum()"), CLIP.replace("limit /", "2 /"),
        CLIP.replace("g * limit / norm", "limit * g / norm"), CLIP.replace("g *", "limit *"),
        CLIP + "clip(1, 2)\n",
    ],
)  # fmt: skip
def test_what_is_computed_counts(text: str) -> None:
    """Operators, names of the library, constants, which name stands where, and the order."""
    assert shape_of([text]) != shape_of([CLIP])


def test_cells_may_be_cut_elsewhere_only_where_that_says_the_same() -> None:
    """Names are those of the whole answer; an empty cell is none."""
    assert shape_of(["a = 1", "b = a"]) == shape_of(["x = 1", "", "# nothing\ny = x"])
    assert shape_of(["a = 1", "b = a"]) != shape_of(["a = 1", "b = b"])
    assert shape_of(["", "# nothing", "'''text'''"]) == ""


@pytest.mark.parametrize(
    "text",
    ["import a" + ".a" * 40_000, "(" * 5_000, "x = " + "-" * 50_000 + "1", "x[0" * 5_000, "\0",
     "é(", "x" * 300_000, "f(**{'\ud800': 1})", "%%bash\nrm -rf /", "lambda:" * 9_000 + "0"],
)  # fmt: skip
def test_whatever_is_written_has_a_shape_and_nothing_runs(text: str) -> None:
    """In no time; the same text the same, and it is plain code or refused."""
    assert shape_of([text]) == shape_of([text])
    with contextlib.suppress(ValueError):
        plain_code(text)


def test_plain_code_has_no_words_of_the_student() -> None:
    """Comments, docstrings and annotations may name somebody."""
    text = 'def f(a: "Ada"):\n    """Ada\'s."""\n    # Ada\n    return a'
    assert plain_code(text) == "def f(a):\n    return a"
    assert plain_code('def f():\n    "Ada"') == "def f():\n    pass"


def test_what_cannot_be_written_again_is_said() -> None:
    """Python's own writer has no text for some f-strings, or another program's."""
    for text in ('f"{x:\u200b}\\n{chr(10)}"', "f'{chr(10)!r:\u200b}'"):
        with contextlib.suppress(ValueError):
            assert ast.dump(ast.parse(plain_code(text))) == ast.dump(ast.parse(text))
    assert plain_code("x: 'Ada'\ny: 'Ada' = 1") == "pass\ny = 1"
