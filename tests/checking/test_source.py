"""What must be hand-written: library names found in the text of an answer."""

from __future__ import annotations

import ast
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from autograder.checking import AuthorError, WrongAnswer, assert_not_used, source
from autograder.checking.cell_text import cell_tree

NAMES = ("torch.nn.LSTM", "torch.nn.functional.*conv[!e]*", "torch.autograd.grad", "sum")
SECONDS = 2.0  # of processor time, where other readers took minutes


class Texts:
    """The part of `student` that is needed here."""

    def __init__(self, answer: str, given: str = "", own: str = "", stub: str = "") -> None:
        self.sources = {"answer": answer, "own": own, "other": ""}
        self.given = {"given": given, "answer": stub, "other": ""}
        self.forbidden: list[str] = []

    def source(self, cell_id: str) -> str:
        return self.sources[cell_id]

    def forbid(self, names: Sequence[str], _why: str) -> None:
        self.forbidden = list(names)


@pytest.mark.parametrize(
    "answer",
    [
        "import torch\nm = torch.nn.LSTM(1, 2)",
        "import torch.nn as n\nm = n.LSTM(1, 2)",
        "from torch import nn\nm = nn.LSTM(1, 2)",
        "from torch.nn import LSTM as L\nm = L(1, 2)",
        "from torch.nn import *\nm = LSTM(1, 2)",
        "import torch\nt = torch\nn = t.nn\nL = n.LSTM\nm = L(1, 2)",
        "import torch.nn.functional as F\ny = F.conv2d(1, 2)",
        "import torch.nn.functional as F\ny = F.conv_transpose2d(1, 2)",
        "def f(x):\n    from torch.nn.functional import conv2d\n    return x",
        "def f(x):\n    import torch.nn.functional as F\n    return F.conv2d(x, x)",
        "import torch\ndef f(x, g=torch.nn.LSTM):\n    return g(x)",
        "import torch\nclass M(torch.nn.LSTM):\n    pass",
        "import torch\nclass M:\n    def f(self):\n        return [torch.nn.LSTM for _ in 'a']",
        "import torch\nif (n := torch.nn):\n    m = torch.nn.LSTM(1, 2)",
        "from torch.autograd import grad\ng = grad(1, 2)",
        "import importlib\nL = importlib.import_module('torch.nn.LSTM')",
        "def f(x):\n    return import_module('torch.autograd.grad')(x)",
        "f = __import__('torch.nn.LSTM')",
        "total = sum([1, 2])",
        "%matplotlib inline\nimport torch\n!ls\nm = torch.nn.LSTM(1, 2)",
        "%%time\nimport torch\nm = torch.nn.LSTM(1, 2)",
        "def broken(:",
    ],
)
def test_a_forbidden_name_is_found(answer: str, wrong: Any) -> None:
    """Aliases, from-imports, defaults, base classes: the answer is refused with the line."""
    message = wrong(assert_not_used, Texts(answer), "answer", NAMES).message
    assert message.startswith(("Line ", "The cell"))


@pytest.mark.parametrize(
    "answer",
    [
        "import torch\nm = torch.nn.Linear(1, 2)\ny = torch.zeros(3)",
        "import torch.nn as nn\nclass LSTM(nn.Module):\n    pass\nm = LSTM()",
        "def sum(x):\n    return x\ny = sum(3)",
        "def f(sum):\n    return sum",
        "class N:\n    def sum(self): return 1\n    def g(self): return self.sum()",
        "total = x.sum()",
        "loss.backward()\np.grad\nmodel.eval()\nlist(model.modules())\nlayer.conv2d(1)",
        "# torch.nn.LSTM is forbidden, so is sum(x)\ntext = 'torch.nn.LSTM'",
        "import numpy as np\ny = np.add.reduce([1, 2])",
        "%timeit 3\ny = 3",
        "d = {'LSTM': 1}\ny = d['LSTM']",
        "config, name = 1, 'real'\ny = getattr(config, name)",
        "import importlib\nm = importlib.import_module('torch.nn')\nn = __import__(name)",
        "__import__()\n__import__(3)",
        "import re\np = re.compile('a')\nf = eval('1')\ng = globals(), locals()",
        "import torch\n@torch.jit.script\ndef f(x):\n    return x",
        "import types\np = types.SimpleNamespace(grad=1)\np.grad",
        "import torch\ntorch.autograd.grad_mode\nwith torch.no_grad():\n    y = 1",
        "import torch\ndef f(torch):\n    return torch.nn.LSTM",
    ],
)
def test_what_the_student_wrote_passes(answer: str) -> None:
    """Own definitions and attributes of the same name, comments, text and what hides nothing."""
    texts = Texts(answer)
    assert_not_used(texts, "answer", NAMES)
    assert texts.forbidden == [name for name in NAMES if name != "sum"]


def test_aliases_of_other_cells_count(wrong: Any) -> None:
    """`nn` may come from a given cell, or from a cell of the student's own."""
    for texts in (
        Texts("m = nn.LSTM(1, 2)", given="from torch import nn"),
        Texts("m = nn.LSTM(1, 2)", own="import torch.nn as nn"),
        Texts("m = make(1, 2)", own="import torch\nmake = torch.nn.LSTM"),
    ):
        assert "torch.nn.LSTM" in wrong(assert_not_used, texts, "answer", NAMES).message


def test_the_answer_is_what_the_stub_defines_and_what_that_uses(wrong: Any) -> None:
    """A helper counts, in the answer's cell and in one's own; what else stands there does not."""
    stub, helper = "def f(x):\n    ...", "import torch\ndef g(x):\n    return torch.nn.LSTM(x)"
    alone = "def f(x):\n    return x\n"
    assert_not_used(Texts(alone + helper + "\ng(1)", stub=stub), "answer", NAMES)
    assert_not_used(Texts(alone, own=helper + "\ng(f(1))", stub=stub), "answer", NAMES)
    uses = "def f(x):\n    return h(x)\n"
    chain = "def h(x):\n    return [y for y in map(g, x)]\n"
    message = wrong(
        assert_not_used, Texts(uses + chain + helper, stub=stub), "answer", NAMES
    ).message
    assert message.startswith("Line 7 uses “torch.nn.LSTM”")
    texts = Texts(uses, own=chain + helper, stub=stub)
    message = wrong(assert_not_used, texts, "answer", NAMES, why="by hand").message
    assert message == "“g”, which it uses, uses “torch.nn.LSTM” in line 5 of its cell: by hand."
    texts = Texts(alone, own=helper.replace("def g", "def f"), stub=stub)
    assert "in line 3 of its cell" in wrong(assert_not_used, texts, "answer", NAMES).message
    method = "import torch\nclass L: pass\nL.run = torch.nn.LSTM"
    texts = Texts("def f(x):\n    return L().run(x)", own=method, stub=stub)
    assert "“L”" in wrong(assert_not_used, texts, "answer", NAMES).message


def test_another_exercise_s_answer_costs_no_points() -> None:
    """Nor does a cell that nobody can read."""
    for text in ("import torch\ndef g(x):\n    return torch.nn.LSTM(x)", "def g(:", "#" * 100_001):
        texts = Texts("def f(x):\n    return g(x)", stub="def f(x):\n    ...")
        texts.sources["other"] = text
        assert_not_used(texts, "answer", NAMES)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 3000, "x=" * 5000 + "1", "a." * 20000 + "b", "\0", "\ud800", "-" * 50000 + "1",
        "".join(f"a = a.b{i % 2}\n" for i in range(3_000)),
        "import torch as a\n" + "".join(f"a = a.b{i % 2}\n" for i in range(3_000)),
        "lambda a: " * 180 + "[" + "a, " * 10_000 + "]",
        "def f(x):\n    return x, f'{x!r}\u200b'",
        "from torch import *\nfrom numpy import *\n" + "a\n" * 10_000,
        "".join(f"def f{i}(x):\n    return f{i + 1}(x)\n" for i in range(1_000)),
    ],
    ids=range(12),
)  # fmt: skip
def test_monstrous_texts_are_no_faults(text: str) -> None:
    """Text that breaks a reader is a wrong answer or nothing, never a fault, never long."""
    begin = time.process_time()
    try:
        assert_not_used(Texts(text, own=text), "answer", NAMES)
    except WrongAnswer as error:
        said = ("not valid Python", "nested too deeply")
        assert any(text in error.message for text in said)  # noqa: PT017 - either outcome is right
    assert time.process_time() - begin < SECONDS


def test_an_author_who_names_nothing_is_told() -> None:
    """A string instead of a list, or no name, is a mistake of the check."""
    for names in ("torch.nn", (), ("relu",)):  # not even a builtin: it would forbid nothing
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
    texts = Texts("import torch\n\ndef double(x):\n    return torch.add(x, x)", own=text)
    assert_not_used(texts, "answer", ("torch.nn.LSTM",))


def test_a_text_is_read_once_however_often_it_is_asked_about(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The checks of a cell each ask; reading takes longer than most of them."""
    read: list[str] = []

    def counted(text: str) -> ast.Module | None:
        read.append(text)
        return cell_tree(text)

    monkeypatch.setattr(source, "cell_tree", counted)
    texts = Texts("def by_hand(x):\n    return x + 1  # asked about twice")
    for _ in range(2):
        assert_not_used(texts, "answer", NAMES)
    assert len(read) <= len(texts.sources) + len(texts.given)
    with pytest.raises(WrongAnswer, match="one reason"):
        assert_not_used(Texts("import torch\ntorch.nn.LSTM"), "answer", NAMES, why="one reason")
    with pytest.raises(WrongAnswer, match="another reason"):
        assert_not_used(Texts("import torch\ntorch.nn.LSTM"), "answer", NAMES, why="another reason")
