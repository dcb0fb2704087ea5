"""What the warm server does before its first fork, so that no submission has to.

What it guarantees: what a first optimiser step, plot or display would import is imported; no thread
is started and no backward pass is run, since neither survives a fork.
What it does not do: leave any trace in the namespace of the notebook.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import importlib
import io
import os
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path

from autograder.wire.late_compiler import COMPILER, put_off_compiler

_MODULES = (
    "asyncio", "collections", "copy", "dataclasses", "functools", "itertools", "json", "math",
    "pickle", "random", "statistics", "time", "timeit", "typing",
    "numpy", "numpy.linalg", "numpy.random", "torch",
    "torch.autograd", "torch.autograd.forward_ad", "torch.func", "torch.nn", "torch.nn.functional",
    "torch.nn.utils", "torch.nn.utils.rnn", "torch.optim", "torch.optim.lr_scheduler",
    "torch.distributions", "torch.utils.data", "torch.testing", "torch.fx",
    "IPython.display", "IPython.core.pylabtools", "IPython.core.magics", "IPython.lib.pretty",
    "autograder.student.branching", "autograder.student.objects", "autograder.student.torch_calls",
)  # fmt: skip
_PARTS = {
    "torch.compile": (COMPILER,),
    "matplotlib": (
        "matplotlib",
        "matplotlib.pyplot",
        "matplotlib.animation",
        "matplotlib_inline.backend_inline",
    ),
}
USUAL = ("matplotlib", "sympy")
_BACKEND = "module://matplotlib_inline.backend_inline"


def prepare(libraries: Sequence[str] = USUAL) -> None:
    """Import, make the shell, and use each slow thing once.

    Args:
        libraries: top-level modules that the notebooks import besides numpy and torch, and
            "torch.compile" when they compile; what is not here is imported, slower, by the
            submission that asks for it.
    """
    os.environ["MPLBACKEND"] = _BACKEND
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        for name in _MODULES:
            importlib.import_module(name)
        for library in libraries:
            with contextlib.suppress(ImportError):
                for name in _PARTS.get(library, (library,)):
                    importlib.import_module(name)
        import torch

        torch.set_num_threads(1)
        put_off_compiler()
        _use_matplotlib()
        _use_shell(with_figure="matplotlib" in libraries and "matplotlib" in sys.modules)
        _use_torch()
    warnings.filterwarnings("ignore", message="To exit: use")  # IPython's, for people at a terminal
    _empty_what_forks_empty()
    gc.collect()
    gc.freeze()


def _empty_what_forks_empty() -> None:
    """Empty what a library clears in every forked child: there it would touch page after page."""
    if "matplotlib.font_manager" in sys.modules:
        from matplotlib import font_manager

        font_manager._get_font.cache_clear()  # type: ignore[attr-defined]  # matplotlib's, for forks


def _use_matplotlib() -> None:
    """Have it draw into notebooks, with the folders and fonts that can be seen from here.

    It was perhaps imported by the process that this one was forked from, which saw others.
    """
    if "matplotlib.pyplot" not in sys.modules:
        return
    import matplotlib as mpl
    from matplotlib import font_manager, style

    mpl.rcParams["backend"] = _BACKEND
    for name in ("get_configdir", "get_cachedir"):
        setattr(mpl, name, functools.cache(getattr(mpl, name).__wrapped__))
        getattr(mpl, name)()  # now, while it can be written to
    style.USER_LIBRARY_PATHS[:] = [str(Path(mpl.get_configdir(), "stylelib"))]
    fonts = font_manager.fontManager
    for entries in (fonts.ttflist, fonts.afmlist):
        entries[:] = [one for one in entries if Path(one.fname).exists()]


def _use_torch() -> None:
    """Make the lazily built tables of an optimiser, a module and `repr`."""
    import torch

    parameter = torch.nn.Parameter(torch.zeros(1))
    for optimizer in (torch.optim.SGD, torch.optim.Adam):
        stepped = optimizer([parameter], lr=0.1)
        parameter.grad = torch.zeros(1)
        stepped.step()
        stepped.zero_grad()
    repr(torch.nn.Linear(2, 2)(torch.zeros(1, 2)))
    state = torch.get_rng_state()
    torch.manual_seed(0)
    torch.set_rng_state(state)


def _use_shell(*, with_figure: bool) -> None:
    """Make the shell, run a cell and draw a figure; fonts, formatters and magics load here."""
    from autograder.student.shell import GradingShell

    shell = GradingShell.make()
    shell.capture.begin(10_000_000)
    figure = ("%matplotlib inline", _FIGURE) if with_figure else ()
    for source in (*figure, "1", "undefined", "%%time\npass"):
        shell.run_cell(source, store_history=True)
    shell.capture.begin(0)
    shell.reset(new_session=True)
    shell.execution_count = 1
    shell.compile._filename_map.clear()


_FIGURE = """
import matplotlib.pyplot as plt
figure, axes = plt.subplots()
axes.plot([0, 1], [0, 1], label="$x$")
axes.set_title("title")
axes.legend()
plt.show()
"""
