"""What is called is seen: disguises of a forbidden name, and honest answers that look like some.

Each runs in a real student process. What a determined student can still do is written down, too.
"""

from __future__ import annotations

# ruff: noqa: E501  # cells of notebooks are lines of text here
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import torch

from autograder.checking import StudentError, WrongAnswer, assert_not_used
from autograder.checking.ready_made import AUTOGRAD, CONVOLUTION
from autograder.checking.running.line import Clock, Line
from autograder.checking.student import Student
from autograder.sandbox import ForkServer
from autograder.wire.channel import Channel
from autograder.wire.limits import Limits
from autograder.wire.session import CellSource, StudentSession

LIMITS = Limits(call_seconds=30.0, check_seconds=60.0)  # no test here is about time
SETUP = "import torch\nimport torch.nn.functional as F\nimport numpy as np\n"
STUB = "def convolve(i, k):\n    ..."
Notebook = Callable[..., Student]
USED = r"uses|is called"


@pytest.fixture
def notebook_of(student_server: ForkServer) -> Iterator[Notebook]:
    """Return a function that runs cells, `answer` among them, and gives the `student` of a check."""
    with ExitStack() as stack:

        def run(stub: str = STUB, **cells: str) -> Student:
            ours, theirs = socket.socketpair()
            stack.callback(ours.close)
            with theirs:
                process = student_server.spawn(b"", [theirs.fileno()], LIMITS)
            stack.callback(lambda: (process.kill(), process.wait(time.monotonic() + 10)))
            session = StudentSession(Channel(ours))
            session.run([CellSource(k, v) for k, v in {"setup": SETUP, **cells}.items()], LIMITS, 1)
            namespace = stack.enter_context(session.fork(1))
            given = {"setup": SETUP, "answer": stub}
            return Student(Line(namespace, Clock(60.0, 30.0)), cells, given)

        yield run


IMAGE = torch.arange(16.0).reshape(1, 1, 4, 4)
KERNEL = torch.ones(1, 1, 2, 2)


def called(student: Student, names: Any = CONVOLUTION) -> Any:
    """Do what a check of a hand-written convolution does."""
    assert_not_used(student, "answer", names)
    return student.convolve(IMAGE, KERNEL)


CALLS = "def convolve(i, k):\n    return lay(i, k)\n"
IN_ANOTHER_CELL = {  # made in a cell of the student's own; the answer calls `lay`
    "plain": "lay = torch.conv2d",
    "from-import": "from torch import conv2d as lay",
    "chain": "a = torch\nb = a.nn.functional\nlay = b.conv2d",
    "getattr": "lay = getattr(torch, 'con' + 'v2d')",
    "vars": "lay = vars(F)['conv2d']",
    "exec": "exec('lay = torch.co' + 'nv2d')",
    "time-magic": "%time lay = torch.conv2d",
    "timeit-line": "%%timeit -n 1 -r 1 globals().update(lay=torch.conv2d)\npass",
    "shell": "get_ipython().run_cell('lay = torch.co' + 'nv2d')",
    "underscore": "torch.conv2d",
    "class": "class Lay:\n    run = staticmethod(F.conv2d)\nlay = Lay.run",
    "list": "tools = []\ntools.append(F.conv2d)\ndef lay(i, k):\n    return tools[0](i, k)",
    "decorator": "def dress(f):\n    return torch.conv2d\n@dress\ndef lay(i, k):\n    ...",
    "setattr": "class Layer:\n    pass\ndef dress(c, f):\n    setattr(c, 'run', staticmethod(f))\n"
    "dress(Layer, F.conv2d)\ndef lay(i, k):\n    return Layer.run(i, k)",
    "partial": "from functools import partial\nlay = partial(F.conv2d, padding=0)",
    "layer": "def lay(i, k):\n    m = torch.nn.Conv2d(1, 1, 2, bias=False)\n"
    "    m.weight.data = k\n    return m(i)",
    "layer-made-before": "m = torch.nn.Conv2d(1, 1, 2, bias=False)\ndef lay(i, k):\n"
    "    m.weight.data = k\n    return m(i)",
    "entered-mode": "from torch.overrides import TorchFunctionMode\nclass M(TorchFunctionMode):\n"
    "    def __torch_function__(self, f, t, a=(), k=None):\n"
    "        return torch.conv2d(*a) if f is torch.mul else f(*a, **(k or {}))\n"
    "m = M()\nm.__enter__()\ndef lay(i, k):\n    return torch.mul(i, k)",
    "tensor-subclass": "class T(torch.Tensor):\n    pass\ndef lay(i, k):\n"
    "    return F.conv2d(i.as_subclass(T), k)",
    "inference": "def lay(i, k):\n    with torch.inference_mode():\n        return F.conv2d(i, k)",
    "scripted": "@torch.jit.script\ndef lay(i, k):\n    return torch.conv2d(i, k)",
    "caught": "def lay(i, k):\n    try:\n        return F.conv2d(i, k)\n    except Exception:\n"
    "        return torch.ones(1)",
    "numpy": "def lay(i, k):\n    return np.convolve(i.numpy().ravel(), k.numpy().ravel())",
    "numpy-earlier": "c = np.convolve\ndef lay(i, k):\n    return c([1, 2], [3])",
    "numpy-in-c": "def lay(i, k):\n    return np._core.multiarray.correlate2(i.numpy().ravel(), k.numpy().ravel())",
    "numpy-in-c-of-old": "from numpy.core import multiarray as m\ndef lay(i, k):\n"
    "    return m.correlate(i.numpy().ravel(), k.numpy().ravel())",
    "scipy": "from scipy.signal import convolve2d\nimport scipy.ndimage\ntools = [convolve2d]\n"
    "def lay(i, k):\n    return tools[0](i[0, 0].numpy(), k[0, 0].numpy())",
    "scipy-of-images": "import scipy.ndimage as n\nlay = lambda i, k: n.correlate(i[0, 0], k[0, 0])",
    "compiled": "t = 'def f(i, k):\\n    return torch.co' + 'nv2d(i, k)\\n'\nlay = torch.jit.CompilationUnit(t).f",
    "compiled-in-the-call": "def hidden(i, k):\n    return F.conv2d(i, k)\n"
    "lay = lambda i, k: torch.jit.script(globals()['hid' + 'den'])(i, k)",
    "imported-in-the-call": "from importlib import import_module as load\ndef lay(i, k):\n"
    "    return load('scipy.nd' + 'image').correlate(i[0, 0].numpy(), k[0, 0].numpy())",
    "transposed": "def lay(i, k):\n    return F.conv_transpose2d(i, k)",
    "ops": "def lay(i, k):\n    return torch.ops.aten.convolution(i, k, None, [1, 1], [0, 0], [1, 1],"
    " False, [0, 0], 1)",
    "ops-of-a-processor": "def lay(i, k):\n    return torch.ops.mkldnn._convolution_pointwise("
    "i, k, None, [0, 0], [1, 1], [1, 1], 1, 'none', [], '')",
    "c-module": "def lay(i, k):\n    return torch._C._VariableFunctions.conv2d(i, k)",
}
IN_THE_ANSWER = {
    "torch-builtins": "return torch.builtins.eval('torch.co' + 'nv2d')(i, k)",
    "pickle": "return torch.serialization.pickle.loads(b'ctorch\\nconv2d\\n.')(i, k)",
    "inspect": "import inspect\n    return dict(inspect.getmembers(F))['d2vnoc'[::-1]](i, k)",
    "default": "return (lambda lay=torch.conv2d: lay(i, k))()",
    "reversed": "return getattr(F, 'd2vnoc'[::-1])(i, k)",
    "pattern": "match F:\n        case object(conv2d=lay):\n            return lay(i, k)",
    "attribute-getter": "import operator as o\n    return o.attrgetter('con' 'v2d')(torch)(i, k)",
    "map": "[lay] = map(getattr, [F], ['d2vnoc'[::-1]])\n    return lay(i, k)",
    "modules": "import sys\n    return sys.modules.get('torch').conv2d.__call__(i, k)",
    "other-line-ends": "# a\u2028    '''\n    return torch.conv2d(i, k)\n    # b\u2028    '''",
    "only-in-other-sizes": "if len(i) == 77:\n        return F.conv2d(i, k)\n    return i",
}
HONEST = "def convolve(i, k):\n    return i * 2\n"
READY = "def lay(i, k):\n    return torch.conv2d(i, k)\n"
REPLACED_IN_ANOTHER_CELL = {  # the answer's own text is as it should be
    "redefined": READY.replace("lay", "convolve"),
    "globals": f"{READY}globals()['convolve'] = lay",
    "main-module": f"{READY}import __main__ as m\nm.convolve = lay",
    "code-object": f"{READY}convolve.__code__ = lay.__code__",
    "under-a-condition": f"{READY}if True:\n    convolve = lay",
    "indented": "    lay = torch.conv2d\n    convolve = lay",
    "prompt": "In [1]: convolve = torch.conv2d",
    "cell-magic": f"%%capture\n{READY}convolve = lay",
    "shell-itself": f"{READY}from IPython.core.interactiveshell import InteractiveShell as S\n"
    "S.instance().run_cell('convolve = lay')",
    "file": "from pathlib import Path\nPath('wave.py').write_text('from torch import co' + 'nv2d as c')\n"
    "import sys\nsys.modules.pop('wave', None)\nsys.path.insert(0, '.')\nfrom wave import c as convolve",
}


@pytest.mark.parametrize("disguise", IN_ANOTHER_CELL)
def test_disguise_made_in_another_cell_is_refused(disguise: str, notebook_of: Notebook) -> None:
    """The answer itself names nothing forbidden."""
    answer = CALLS.replace("lay", "_") if disguise == "underscore" else CALLS
    student = notebook_of(own=IN_ANOTHER_CELL[disguise], answer=answer)
    with pytest.raises(WrongAnswer, match=USED):
        called(student)


@pytest.mark.parametrize("disguise", IN_THE_ANSWER)
def test_disguise_in_the_answer_is_refused(disguise: str, notebook_of: Notebook) -> None:
    """Whatever hides the name, the call is seen; what is named is read, called or not."""
    student = notebook_of(answer=f"def convolve(i, k):\n    {IN_THE_ANSWER[disguise]}\n")
    with pytest.raises(WrongAnswer, match=USED):
        called(student)


@pytest.mark.parametrize("disguise", REPLACED_IN_ANOTHER_CELL)
def test_answer_replaced_in_another_cell_is_refused(disguise: str, notebook_of: Notebook) -> None:
    """What is bound to the name when the check calls it is the answer."""
    with pytest.raises(WrongAnswer, match=USED):
        called(notebook_of(answer=HONEST, own=REPLACED_IN_ANOTHER_CELL[disguise]))


GRADIENTS = {
    "backward": "w = k.clone().requires_grad_()\n    (i.sum() * w).sum().backward()\n    return w.grad",
    "engine": "from torch.autograd.graph import _engine_run_backward as b\n"
    "    w = k.clone().requires_grad_()\n    return b(((i.sum() * w).sum(),), (None,), False, False,"
    " (w,), True, accumulate_grad=False)",
    "engine-itself": "w = k.clone().requires_grad_()\n"
    "    torch.autograd.Variable._execution_engine.run_backward(((i.sum() * w).sum(),),"
    " (torch.tensor(1.0),), False, False, (), True, True)\n    return w.grad",
    "node": "y = i.sum() * k.clone().requires_grad_()\n    return y.grad_fn(torch.ones_like(y))[0]",
    "node-by-its-edge": "y = i.sum() * k.clone().requires_grad_()\n"
    "    return torch.autograd.graph.get_gradient_edge(y).node(torch.ones_like(y))[0]",
    "node-by-its-getter": "y = i.sum() * k.clone().requires_grad_()\n"
    "    return getattr(type(k), '_grad' + '_fn').__get__(y)(torch.ones_like(y))[0]",
    "grad-by-eval": "w = k.clone().requires_grad_()\n"
    "    return eval('torch.auto' + 'grad.gr' + 'ad')((i.sum() * w).sum(), [w])",
    "func": "f = torch.func\n    return f.grad(lambda w: (i.sum() * w).sum())(k)",
    "forward-mode": "f = torch.func\n    return f.jvp(lambda w: w * w, (k,), (k,))",
    "functional": "a = torch.autograd\n    return a.functional.jacobian(lambda w: w * w, k)",
    "functorch": "import functorch\n    return functorch.vjp(lambda w: w * w, k)[1](k)",
}


@pytest.mark.parametrize("way", GRADIENTS)
def test_every_way_back_is_seen(way: str, notebook_of: Notebook) -> None:
    """Backward passes, forward mode and functorch go through few doors."""
    with pytest.raises(WrongAnswer, match=USED):
        called(notebook_of(answer=f"def convolve(i, k):\n    {GRADIENTS[way]}\n"), AUTOGRAD)


HONEST_IN_THE_ANSWER = {
    "mode": "model = torch.nn.Linear(1, 1)\n    model.eval()\n    list(model.modules())\n    return i",
    "own-backward": "class Layer:\n        def backward(self, d):\n            return d\n"
    "    return Layer().backward(i)",
    "grad-attribute": "from types import SimpleNamespace\n    p = SimpleNamespace(grad=i)\n"
    "    return p.grad",
    "own-correlate": "class Filter:\n        def correlate(self, i):\n            return i\n"
    "    return Filter().correlate(i)",
    "requires-grad": "return k.requires_grad_(False)",
    "no-grad": "with torch.no_grad():\n        return i + 1",
    "own-function": "def conv2d(i, k):\n        return i\n    return conv2d(i, k)",
    "own-module-name": "torch = 3\n    return torch",
    "formula": "return eval('i + 1')",
    "names": "return [locals(), globals()][0]['i']",
    "unfold": "return F.unfold(i, 2)",
    "windows": "return np.lib.stride_tricks.sliding_window_view(i.numpy(), (2, 2), (2, 3)).sum((-1, -2))",
    "tensor-unfold": "return i.unfold(2, 2, 1).unfold(3, 2, 1).sum((-1, -2))",
    "fft": "return torch.fft.ifft2(torch.fft.fft2(i) * torch.fft.fft2(k, (4, 4))).real",
    "einsum": "return torch.einsum('abij,abkl->ijkl', i, k)",
    "vmap": "return torch.func.vmap(lambda x: x * 2)(i)",
    "printed": "print(i, k)\n    display(i)\n    return i",
    "printed-with-gradient": "w = k.clone().requires_grad_() * 2\n    print(w, repr(w))\n"
    "    w.retain_grad()\n    return w.requires_grad and not w.is_leaf",
    "other-module": "import wave\n    from scipy import fft\n    return fft.fft([0.0])[0].real",
    "convert": "return i.to_sparse().to_dense()",
    "own-autograd-function": "class S(torch.autograd.Function):\n"
    "        @staticmethod\n        def forward(c, x):\n            return x * 2\n    return S.apply(i)",
    "linear": "return torch.nn.Linear(4, 2)(i)",
    "text": "'torch.conv2d is forbidden'  # so is F.conv2d\n    return i",
    "scripted": "@torch.jit.script\n    def double(x):\n        return x * 2\n    return double(i)",
}


@pytest.mark.parametrize("names", [CONVOLUTION, AUTOGRAD], ids=["convolution", "autograd"])
@pytest.mark.parametrize("answer", HONEST_IN_THE_ANSWER)
def test_honest_answers_are_accepted(answer: str, names: Any, notebook_of: Notebook) -> None:
    """Names that a library has too, builtins, other ways to slide a window."""
    source = f"def convolve(i, k):\n    {HONEST_IN_THE_ANSWER[answer]}\n"
    student = notebook_of(answer=source)
    if answer == "scripted":  # it needs a source file that is not the function's own
        student = notebook_of(
            own="@torch.jit.script\ndef double(x):\n    return x * 2",
            answer="def convolve(i, k):\n    return double(i)",
        )
    assert called(student, names) is not None


def test_what_stands_elsewhere_costs_nothing(notebook_of: Notebook) -> None:
    """Another exercise's answer, and comparisons with the library, also in the answer's own cell."""
    student = notebook_of(
        other="import re\np = re.compile('a')\nd = globals()\ndef lay(i, k):\n    return F.conv2d(i, k)",
        own="x = F.conv2d(torch.ones(1, 1, 3, 3), torch.ones(1, 1, 2, 2))\n%who\neval('1')",
        answer=f"{HONEST}assert convolve(1, 1) == 2\nlay = F.conv2d(torch.ones(1, 1, 3, 3),"
        " torch.ones(1, 1, 2, 2))",
        broken="def f(:",
        long="#" * 100_001,
    )
    assert called(student) is not None


def test_afterwards_everything_is_as_before(notebook_of: Notebook) -> None:
    """The namespace is used by other checks, too."""
    student = notebook_of(
        answer="def convolve(i, k):\n    return globals()['lay'](i, k)\n",
        own="lay = F.conv2d\ndef plain(i, k):\n    w = k.requires_grad_()\n"
        "    np.convolve([1], [2])\n    torch.conv2d(i, w).sum().backward()\n"
        "    return torch.nn.Conv2d(1, 1, 2)(i) is not None",
    )
    with pytest.raises(WrongAnswer, match="conv2d is called in line 2: return globals"):
        called(student, (*CONVOLUTION, *AUTOGRAD))
    student.forbid((), "")
    assert student.plain(IMAGE, KERNEL) is True


def test_the_message_names_function_line_and_reason(notebook_of: Notebook) -> None:
    """What the student needs to find it."""
    student = notebook_of(
        answer="def convolve(i, k):\n    x = i\n    return eval('F.conv2d')(x, k)\n"
    )
    assert_not_used(student, "answer", CONVOLUTION, why="write the loops yourself")
    with pytest.raises(WrongAnswer) as caught:
        student.convolve(IMAGE, KERNEL)
    assert caught.value.message == (
        "Calling `convolve`: torch.nn.functional.conv2d is called in line 3: return "
        "eval('F.conv2d')(x, k). That is not allowed: write the loops yourself."
    )


def test_what_the_answer_raises_itself_is_said(notebook_of: Notebook) -> None:
    """The watch does not stand in the way of errors."""
    with pytest.raises(StudentError, match="ZeroDivisionError"):
        called(notebook_of(answer="def convolve(i, k):\n    return 1 / 0\n"))


def test_gradients_of_an_answer_are_ours_to_take(notebook_of: Notebook) -> None:
    """A check may differentiate what it forbids to differentiate."""
    student = notebook_of(answer="def convolve(i, k):\n    return (i * k.sum()).sum()\n")
    assert_not_used(student, "answer", AUTOGRAD)
    found = student.gradients("convolve", IMAGE, KERNEL)
    assert torch.equal(found.arguments[0], torch.full_like(IMAGE, 4.0))


MISSED = {  # documented in `docs/reference/attacks.md`; when this fails, the rule has become better
    "switched-off": "def convolve(i, k):\n    with torch._C._DisableTorchDispatch(), "
    "torch._C.DisableTorchFunction():\n        return getattr(torch._C._VariableFunctions, 'conv'"
    " + '2d')(i, k)\n",
    "thread": "from concurrent.futures import ThreadPoolExecutor as P\ndef convolve(i, k):\n    with P() as"
    " p:\n        return p.submit(getattr(torch._C._VariableFunctions, 'conv' + '2d'), i, k).result()\n",
    "compiled-part": "def convolve(i, k):\n"
    "    n = __import__('scipy.nd' + 'image', fromlist=['x'])._nd_image\n"
    "    out = np.zeros((4, 4), np.float32)\n"
    "    n.correlate(i[0, 0].numpy(), k[0, 0].double().numpy(), out, 4, 0.0, [0, 0])\n"
    "    return torch.from_numpy(out[1:, 1:])[None, None]\n",
}


@pytest.mark.parametrize("way", MISSED)
def test_known_misses(way: str, notebook_of: Notebook) -> None:
    """A determined student undoes the watch, and everybody who reads the text sees it."""
    assert torch.equal(called(notebook_of(answer=MISSED[way])), torch.conv2d(IMAGE, KERNEL))
