"""torch without its compiler until somebody compiles: seconds of imports that no grade needs.

The first optimizer tells `torch._dynamo` not to trace it, and thereby imports it, sympy and eight
hundred modules more. Both sides of the boundary call `put_off_compiler` before that happens.

What it guarantees:

- While the compiler is not loaded, what only talks to it (optimizers, mostly) does without it.
- Once anything imports it, everything goes through torch's own code again.

What it does not do: change a number. It replaces no code that computes.
"""

from __future__ import annotations

import functools
import gc
import sys
import types
from collections.abc import Callable
from typing import Any, Final

COMPILER: Final = "torch._dynamo"
_MARK: Final = "__dynamo_disable"  # where torch keeps what it made of a function, per function
_Function = Callable[..., Any]


def put_off_compiler() -> None:
    """Let torch import its compiler only when somebody uses it; again does no harm.

    To be called before `gc.freeze`, which hides objects from the search.
    """
    import torch

    refusing = torch.optim.Optimizer.add_param_group
    if COMPILER in sys.modules or hasattr(refusing.__wrapped__, _MARK):  # type: ignore[attr-defined]  # a wrapper
        return
    for function in gc.get_objects():
        if type(function) is types.FunctionType and function.__code__ is refusing.__code__:
            do_not_ask_compiler(function)
    stepping = torch.optim.SGD.step.__code__
    for optimizer in vars(torch.optim).values():
        step = vars(optimizer).get("step") if isinstance(optimizer, type) else None
        if isinstance(step, types.FunctionType) and step.__code__ is stepping:
            optimizer.step = _step(step)


def do_not_ask_compiler(refusing: Any) -> None:
    """Let a function that the compiler must not trace be called directly while there is none.

    Args:
        refusing: what `torch._disable_dynamo` made of the function.
    """
    function: _Function = refusing.__wrapped__

    def call(*args: Any, **kwargs: Any) -> Any:
        if COMPILER not in sys.modules:
            return function(*args, **kwargs)
        if getattr(function, _MARK, None) is call:
            delattr(function, _MARK)  # the next line asks the compiler and keeps its answer there
        return refusing(*args, **kwargs)

    setattr(function, _MARK, call)


def _step(original: Any) -> _Function:
    """Return an optimizer's `step` that does what torch's wrapper does besides the compiler."""
    function: _Function = original.__wrapped__

    def step(self: Any, *args: Any, **kwargs: Any) -> Any:
        import torch

        if COMPILER in sys.modules:
            return original(self, *args, **kwargs)
        before = torch.is_grad_enabled()
        try:
            torch.set_grad_enabled(self.defaults["differentiable"])
            return function(self, *args, **kwargs)
        finally:
            torch.set_grad_enabled(before)

    return functools.update_wrapper(step, function)
