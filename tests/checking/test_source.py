"""What must be hand-written: library names found in the text of an answer."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest

from autograder.checking import AuthorError, WrongAnswer, assert_not_used, source
from autograder.checking.cell_text import parse

NAMES = ("torch.nn.LSTM", "torch.nn.functional.conv2d", "torch.autograd", "backward", "sum")


class Texts:
    """The part of `student` that is needed here."""

    def __init__(self, answer: str, given: str = "", other: str = "") -> None:
        self.sources = {"answer": answer, "other": other}
        self.given = {"given": given}

    def source(self, cell_id: str) -> str:
        return self.sources[cell_id]


@pytest.mark.parametrize(
    "answer",
    [
        "import torch\nm = torch.nn.LSTM(1, 2)",
        "import torch.nn as n\nm = n.LSTM(1, 2)",
        "from torch import nn\nm = nn.LSTM(1, 2)",
        "from torch.nn import LSTM as L\nm = L(1, 2)",
        "from torch.nn import *\nm = LSTM(1, 2)",
        "import torch\nt = torch\nn = t.nn\nL = n.LSTM\nm = L(1, 2)",
        "import torch\nm = getattr(torch.nn, 'LSTM')(1, 2)",
        "import torch\nm = getattr(torch.nn, 'LS' + 'TM')(1, 2)",
        "import torch\nm = getattr(torch, 'nn').LSTM(1, 2)",
        "import torch\nm = torch.nn.__dict__['LSTM'](1, 2)",
        "import torch\nm = vars(torch.nn)['LSTM'](1, 2)",
        "m = __import__('torch').nn.LSTM(1, 2)",
        "m = __import__('torch.nn').nn.LSTM(1, 2)",
        "import importlib\nm = importlib.import_module('torch.nn').LSTM(1, 2)",
        "import sys\nm = sys.modules['torch.nn'].LSTM(1, 2)",
        "import torch\nname = 'LSTM'\nm = getattr(torch.nn, name)(1, 2)",
        "import torch\nm = eval('torch.nn.LSTM(1, 2)')",
        "import torch\nexec('m = torch.nn.LSTM(1, 2)')",
        "import torch.nn.functional as F\ny = F.conv2d(1, 2)",
        "from torch.nn.functional import conv2d",
        "import torch\ndef f(x, g=torch.nn.LSTM):\n    return g(x)",
        "import torch\nclass M(torch.nn.LSTM):\n    pass",
        "import torch\n(a, b) = (torch.nn, 1)\nm = a.LSTM(1, 2)",
        "import torch\nif (n := torch.nn):\n    m = n.LSTM(1, 2)",
        "from torch.autograd import grad\ng = grad(1, 2)",
        "import torch\ng = torch.autograd.functional.jacobian(1, 2)",
        "loss.backward()",
        "getattr(loss, 'backward')()",
        "import operator\noperator.methodcaller('backward')(loss)",
        "total = sum([1, 2])",
        "total = x.sum()",
        "import torch\nm = torch.ops.aten.conv2d(1, 2)",
        "import torch\nm = torch._C._nn.linear(1, 2)",
        "%matplotlib inline\nimport torch\n!ls\nm = torch.nn.LSTM(1, 2)",
        "def broken(:",
    ],
)
def test_every_way_to_a_forbidden_name_is_found(answer: str, wrong: Any) -> None:
    """Aliases, from-imports, getattr, dictionaries, eval: the answer is refused with the line."""
    message = wrong(assert_not_used, Texts(answer), "answer", NAMES).message
    assert message.startswith(("Line ", "The cell"))


@pytest.mark.parametrize(
    "answer",
    [
        "import torch\nm = torch.nn.Linear(1, 2)\ny = torch.zeros(3)",
        "import torch.nn as nn\nclass LSTM(nn.Module):\n    pass\nm = LSTM()",
        "def backward(x):\n    return x\ny = backward(3)",
        "class N:\n    def sum(self): return 1\n    def g(self): return self.sum()",
        "# torch.nn.LSTM is forbidden, so is x.backward()\ntext = 'torch.nn.LSTM'",
        "import numpy as np\ny = np.add.reduce([1, 2])",
        "%timeit 3\ny = 3",
        "d = {'LSTM': 1}\ny = d['LSTM']",
        "config, name = 1, 'real'\ny = getattr(config, name)",
    ],
)
def test_what_the_student_wrote_passes(answer: str) -> None:
    """Own definitions of the same name, comments, strings and other names are allowed."""
    assert_not_used(Texts(answer), "answer", NAMES)


def test_aliases_of_other_cells_count(wrong: Any) -> None:
    """`nn` may come from a given cell, or from another answer."""
    for texts in (
        Texts("m = nn.LSTM(1, 2)", given="from torch import nn"),
        Texts("m = nn.LSTM(1, 2)", other="import torch.nn as nn"),
        Texts("m = make(1, 2)", other="import torch\nmake = torch.nn.LSTM"),
    ):
        assert "torch.nn.LSTM" in wrong(assert_not_used, texts, "answer", NAMES).message
    unseen = wrong(assert_not_used, Texts("m = nn.LSTM(1, 2)"), "answer", NAMES)
    assert "no cell visibly defines it" in unseen.message


def test_only_the_named_cell_or_all(wrong: Any) -> None:
    """`None` looks at every cell of the student's; given cells never count."""
    texts = Texts("y = 1", given="import torch\ntorch.nn.LSTM", other="import torch\ntorch.nn.LSTM")
    assert_not_used(texts, "answer", NAMES)
    assert "Line 2 uses “torch.nn.LSTM”: by hand" in (
        wrong(assert_not_used, texts, None, NAMES, why="by hand").message
    )


@pytest.mark.parametrize(
    "text",
    ["(" * 3000, "x=" * 5000 + "1", "a." * 20000 + "b", "\0", "\ud800", "-" * 50000 + "1"],
    ids=range(6),
)
def test_monstrous_texts_are_no_faults(text: str) -> None:
    """Text that breaks Python's own parser is a wrong answer or nothing, never a fault."""
    try:
        assert_not_used(Texts(text), "answer", NAMES)
    except WrongAnswer as error:
        said = ("not valid Python", "nested too deeply")
        assert any(text in error.message for text in said)  # noqa: PT017 - either outcome is right


def test_an_author_who_names_nothing_is_told() -> None:
    """A string instead of a list, or no name, is a mistake of the check."""
    for names in ("torch.nn", ()):
        with pytest.raises(AuthorError):
            assert_not_used(Texts(""), "answer", names)


GIVEN = [
    (path.stem, cell["id"], "".join(cell["source"]))
    for path in sorted((Path(__file__).parents[2] / "assignments").glob("*/*.ipynb"))
    for cell in json.loads(path.read_bytes())["cells"]
    if cell["cell_type"] == "code" and cell["metadata"].get("nbgrader", {}).get("locked")
]


@pytest.mark.parametrize("text", [cell[2] for cell in GIVEN], ids=[cell[1] for cell in GIVEN])
def test_what_the_course_gives_costs_no_answer_its_points(text):
    """Any locked cell of any assignment may be pasted: none can change what stands elsewhere."""
    texts = Texts("import torch\n\ndef double(x):\n    return torch.add(x, x)", other=text)
    assert_not_used(texts, "answer", ("torch.nn.LSTM",))


def test_a_text_is_read_once_however_often_it_is_asked_about(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The checks of a cell each ask; reading takes longer than most of them."""
    read: list[str] = []

    def counted(text: str) -> ast.Module | None:
        read.append(text)
        return parse(text)

    monkeypatch.setattr(source, "parse", counted)
    texts = Texts("def by_hand(x):\n    return x + 1  # asked about twice")
    for _ in range(2):
        assert_not_used(texts, "answer", NAMES)
    assert len(read) == len(texts.sources) + len(texts.given)
    with pytest.raises(WrongAnswer, match="one reason"):
        assert_not_used(Texts("import torch\ntorch.nn.LSTM"), "answer", NAMES, why="one reason")
    with pytest.raises(WrongAnswer, match="another reason"):
        assert_not_used(Texts("import torch\ntorch.nn.LSTM"), "answer", NAMES, why="another reason")
