"""Disguises of a forbidden name in an exercise that must be written by hand.

`assert_not_used` reads the text; a rule of the exercise, not the trust boundary. What it is
known to miss is written down here, too.
"""

import contextlib
import textwrap

import pytest

from autograder.checking import WrongAnswer, assert_not_used

FORBIDDEN = ("conv2d", "torch.conv2d", "convolution")
SETUP = "import torch\nimport torch.nn.functional as F\n"
CALL = "def convolve(image, kernel):\n    return lay(image, kernel)\n"
IN_ANOTHER_CELL = {  # made in a cell of the student's own; the answer calls `lay`
    "plain": "lay = torch.conv2d",
    "from-import": "from torch import conv2d as lay",
    "chain": "a = torch\nb = a.nn.functional\nlay = b.conv2d",
    "getattr": "lay = getattr(torch, 'con' + 'v2d')",
    "dict": "lay = F.__dict__['conv2d']",
    "vars": "lay = vars(F)['conv2d']",
    "import-module": "import importlib\nlay = importlib.import_module('torch').conv2d",
    "exec": "exec('lay = torch.co' + 'nv2d')",
    "time-magic": "%time lay = torch.conv2d",
    "globals": "globals()['lay'] = F.__dict__['con' 'v2d']",
    "builtins-exec": "import builtins\nbuiltins.exec('lay = torch.co' + 'nv2d')",
    "shell": "get_ipython().run_cell('lay = torch.co' + 'nv2d')",
    "search": "lay = [f for n, f in vars(F).items() if n.endswith('v2d')][0]",
    "type-call": "lay = type(torch).__getattribute__(torch, 'con' + 'v2d')",
    "user-namespace": "get_ipython().user_ns['lay'] = vars(F).get('con' + 'v2d')",
}
IN_THE_ANSWER = {
    "own-exec": "exec = exec\ndef convolve(i, k):\n    exec('r = torch.co' + 'nv2d(i, k)')\n",
    "default-eval": "def convolve(i, k, eval=eval):\n    return eval('torch.co' + 'nv2d')(i, k)\n",
    "renamed-eval": "run = eval\ndef convolve(i, k):\n    return run('torch.co' + 'nv2d')(i, k)\n",
    "magic": "%time lay = torch.conv2d\ndef convolve(i, k):\n    return lay(i, k)\n",
    "computed": "def convolve(i, k):\n    return getattr(F, 'd2vnoc'[::-1])(i, k)\n",
    "other-line-ends": "def convolve(i, k):\n    # a\u2028    '''\n    return torch.conv2d(i, k)\n"
    "    # b\u2028    '''\n",
    "form-feed": "def convolve(i, k):\n    #\x0c    '''\n    return torch.conv2d(i, k)\n"
    "    #\x0c    '''\n",
    "shell": "def convolve(i, k):\n    return get_ipython().ev('torch.co' + 'nv2d')(i, k)\n",
    "ops": "def convolve(i, k):\n    return torch.ops.aten.convolution(i, k)\n",
    "pattern": "def convolve(i, k):\n    match F:\n        case object(conv2d=lay):\n"
    "            return lay(i, k)\n",
    "attribute-getter": "from operator import attrgetter as get\n"
    "def convolve(i, k):\n    return get('con' + chr(118) + '2d')(F)(i, k)\n",
    "attribute-getter-of-a-path": "import operator as o\n"
    "def convolve(i, k):\n    return o.attrgetter('nn.functional.conv2d')(torch)(i, k)\n",
    "method-caller": "import operator\n"
    "def convolve(i, k):\n    return operator.methodcaller('d2vnoc'[::-1], i, k)(F)\n",
    "getattr-handed-on": "def convolve(i, k):\n"
    "    [lay] = map(getattr, [F], ['d2vnoc'[::-1]])\n    return lay(i, k)\n",
    "getattribute": "def convolve(i, k):\n    return F.__getattribute__('d2vnoc'[::-1])(i, k)\n",
    "whole-namespace": "def convolve(i, k):\n"
    "    return dict(F.__dict__.items())['d2vnoc'[::-1]](i, k)\n",
    "all-modules": "import sys\ndef convolve(i, k):\n"
    "    return sys.modules.get('torch').conv2d.__call__(i, k)\n",
    "members": "import inspect\ndef convolve(i, k):\n"
    "    return dict(inspect.getmembers(F))['d2vnoc'[::-1]](i, k)\n",
    "located": "import pydoc\ndef convolve(i, k):\n"
    "    return pydoc.locate('torch.co' + 'nv2d')(i, k)\n",
    "pickled": "import pickle\ndef convolve(i, k):\n"
    "    return pickle.loads(b'ctorch\\nconv2d\\n.')(i, k)\n",
    "annotation": "from typing import get_type_hints\ndef convolve(i, k):\n"
    "    def lay(x: 'torch.conv2d'): ...\n    return get_type_hints(lay)['x'](i, k)\n",
    "compiled-by-torch": "def convolve(i, k):\n"
    "    text = 'def f(i, k): return torch.co' + 'nv2d(i, k)'\n"
    "    return torch.jit.CompilationUnit(text).f(i, k)\n",
    "compiled-by-sympy": "import sympy\ndef convolve(i, k):\n"
    "    return sympy.lambdify('i, k', 't.co' + 'nv2d(i, k)', modules=[{'t': torch}])(i, k)\n",
    "timed": "from timeit import timeit\ndef convolve(i, k):\n"
    "    r = []\n    timeit('r.append(torch.co' + 'nv2d(i, k))', globals=dict(r=r), number=1)\n",
    "collected": "import gc\ndef convolve(i, k):\n"
    "    return [o for o in gc.get_objects() if str(o)[18:24] == 'co' + 'nv2d'][0](i, k)\n",
    "sys-modules": "import sys as s\nt = s.modules['torch']\ndef convolve(i):\n    t.conv2d(i)\n",
}
HONEST_ANSWER = "def convolve(image, kernel):\n    return sum(image * kernel)\n"
READY = "def lay(image, kernel):\n    return torch.conv2d(image, kernel)\n"
REPLACED_IN_ANOTHER_CELL = {  # the answer's own text is as it should be
    "redefined": READY.replace("lay", "convolve"),
    "assigned": f"{READY}convolve = lay",
    "globals": f"{READY}globals()['convolve'] = lay",
    "computed-name": f"{READY}setattr(__import__('__main__'), 'con' + 'volve', lay)",
    "main-module": f"{READY}import __main__ as m\nm.convolve = lay",
    "user-namespace": f"{READY}get_ipython().user_ns['convolve'] = lay",
    "code-object": f"{READY}convolve.__code__ = lay.__code__",
    "under-a-condition": f"{READY}if True:\n    convolve = lay",
    "global-statement": f"{READY}def put():\n    global convolve\n    convolve = lay\nput()",
    "library-function": f"{READY}torch.Tensor.__mul__ = lay\nsum = max",
    "only-ipython": f"names = %who_ls\n{READY}convolve = lay",
    "after-a-shell-line": f"here = !ls\n{READY}convolve = lay",
    "help": f"{READY}convolve = lay\nlay?",
    "indented": textwrap.indent(f"{READY}convolve = lay", "    "),
    "prompt": "In [1]: convolve = torch.conv2d",
    "old-prompt": ">>> convolve = torch.conv2d",
    "cell-magic": f"%%capture\n{READY}convolve = lay",
    "cell-magic-of-time": f"%%time -n 3\n{READY}convolve = lay",
    "run-cell": f"{READY}get_ipython().run_cell('convolve = lay')",
    "shell-itself": f"{READY}from IPython.core.interactiveshell import InteractiveShell as S\n"
    "S.instance().run_cell('convolve = lay')",
    "shell-of-the-library": f"{READY}import IPython as i\ni.get_ipython().ex('convolve = lay')",
    "transformer": "def swap(lines):\n    return [s.replace('mul', 'co' + 'nv2d') for s in lines]\n"
    "get_ipython().input_transformers_post.append(swap)",
    "run-file": "%run lay.py",
    "run-without-sign": "run lay.py",
    "config": "%config InlineBackend.x = exec('convolve = torch.co' + 'nv2d')",
    "extension": "%load_ext lay",
    "behind-a-magic": "get_ipython().run_line_magic('pip', 'x'); convolve = torch.conv2d",
    "magic-in-a-text": "%who\nx = '''\n%who '''; convolve = torch.conv2d; '''\n'''",
    "module-of-ones-own": "from lay import convolve",
    "too-long": f"{READY}convolve = lay\n" + "#" * 200_000,
    "too-deep": f"{READY}convolve = lay\n" + "-" * 50_000 + "1",
    "of-a-class": f"{READY}class Helper: pass\nHelper.run = lay\nconvolve = Helper().run",
}
COMPARED_IN_ANOTHER_CELL = (  # honest: `out` is a name of the answer's function, too
    "image = torch.ones(3, 3)\nout = torch.conv2d(image, image)\n"
    "print(convolve(image, image), out)\n"
    "def compare(x):\n    rows = torch.conv2d(x, x)\n    return rows - convolve(x, x)\n"
    "get_ipython().run_line_magic('matplotlib', 'inline')\n"
    "get_ipython().system('pip install pandas')\n"
    "names = %who_ls\n"
    "%timeit -n 1 convolve(image, image)\n"
    "best = %timeit -o convolve(image, image)\n"
    "%config InlineBackend.figure_format = 'retina'\n"
    "%load_ext autoreload\n"
    "convolve?\n"
    "import IPython\nfrom IPython.display import Audio\nIPython.display.display(Audio([1]))\n"
    "!pip install pandas\n"
)
BROKEN = "def convolve(image, kernel:\n    return torch.conv2d(image, kernel)\n"
MISSED = {  # a person sees these at once; a text rule cannot name them all
    "module-in-the-place-of-a-library": "from pathlib import Path\n"
    "Path('wave.py').write_text('from torch import co' + 'nv2d as lay')\nfrom wave import lay",
}


class Texts:
    """What `assert_not_used` needs of the `student` fixture."""

    def __init__(self, **cells):
        self.sources = cells
        self.given = {"setup": SETUP}

    def source(self, name):
        return self.sources[name]


@pytest.mark.parametrize("disguise", IN_ANOTHER_CELL)
def test_disguise_made_in_another_cell_is_refused(disguise):
    """The answer itself names nothing forbidden."""
    with pytest.raises(WrongAnswer):
        assert_not_used(Texts(own=IN_ANOTHER_CELL[disguise], answer=CALL), "answer", FORBIDDEN)


def test_helper_function_in_another_cell_is_part_of_the_answer():
    """What the answer calls is read like the answer itself."""
    with pytest.raises(WrongAnswer, match="rests"):
        assert_not_used(Texts(own=READY, answer=CALL), "answer", FORBIDDEN)


@pytest.mark.parametrize("disguise", REPLACED_IN_ANOTHER_CELL)
@pytest.mark.parametrize("answer", [HONEST_ANSWER, "# in another cell"])
def test_answer_replaced_in_another_cell_is_refused(disguise, answer):
    """Whatever binds the name that the course's stub defines is the answer."""
    texts = Texts(answer=answer, own=REPLACED_IN_ANOTHER_CELL[disguise])
    texts.given = {"setup": SETUP, "answer": "def convolve(image, kernel):\n    ..."}
    with pytest.raises(WrongAnswer):
        assert_not_used(texts, "answer", FORBIDDEN)


def test_comparing_with_the_library_in_another_cell_is_allowed():
    """Only what the answer rests on has to be written by hand."""
    answer = HONEST_ANSWER.replace("return", "out =") + "    rows = out\n    return rows\n"
    texts = Texts(answer=answer, own=COMPARED_IN_ANOTHER_CELL, broken=BROKEN)
    assert_not_used(texts, "answer", FORBIDDEN)


@pytest.mark.parametrize("text", ["x" + ".T" * 900, "x" + "[0]" * 900, "-" * 900 + "x"])
def test_text_that_is_nested_too_deeply_is_a_wrong_answer(text):
    """Reading it must not break the check: that would be a fault of ours."""
    answer = f"import torch as x\ndef convolve():\n    {text}\n"
    texts = Texts(answer=answer, own=f"import torch as x\nconvolve = {text}")
    with contextlib.suppress(WrongAnswer):
        assert_not_used(texts, "answer", FORBIDDEN)


@pytest.mark.parametrize("disguise", IN_THE_ANSWER)
def test_disguise_in_the_answer_is_refused(disguise):
    """Aliases of eval and exec, magics and computed names."""
    with pytest.raises(WrongAnswer):
        assert_not_used(Texts(answer=IN_THE_ANSWER[disguise]), "answer", FORBIDDEN)


@pytest.mark.parametrize("disguise", MISSED)
def test_known_misses(disguise):
    """Documented in `docs/reference/attacks.md`; when this fails, the rule has become better."""
    assert_not_used(Texts(own=MISSED[disguise], answer=CALL), "answer", FORBIDDEN)


HONEST = (
    "from math import sqrt\nsize = 3\n\n\n"
    "class Helper:\n    def run(self):\n        return __class__\n"
    "def convolve(image, kernel, *rest, **options):\n"
    "    %time pass\n"
    "    out = torch.zeros(3)\n"
    "    for i, row in enumerate(image):\n"
    "        with torch.no_grad() as context:\n"
    "            try:\n                out[i] = sum(x * y for x, y in zip(row, kernel[0]))\n"
    "            except ValueError as error:\n"
    "                print(error, sqrt(size), rest, options)\n"
    "    match out:\n        case [first, *others]:\n            print(first, others)\n"
    "        case {'a': value, **more}:\n            print(value, more)\n"
    "    vars = [getattr(row, 'shape', None) for row in out]\n"
    "    sizes = [vars[0], getattr(size, str(out), 0), Helper().__dict__, options.__class__]\n"
    "    display(out, (lambda q: q)(1), context, sizes)\n"
    "    return out\n"
)


def test_honest_text_is_accepted():
    """Every way in which Python binds a name counts as visible."""
    assert_not_used(Texts(answer=HONEST.replace("    %time pass\n", "")), "answer", FORBIDDEN)
    assert_not_used(Texts(answer="%matplotlib inline\n%time x = 1\ny = x"), "answer", FORBIDDEN)
