"""Which functions and operators of torch are called, as torch itself tells it.

What it guarantees: within `watched` each call of torch's functions and each operator is told before
it runs, in this thread.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from autograder.wire.late_compiler import do_not_ask_compiler


class _Functions(TorchFunctionMode):
    def __init__(self, told: Callable[[object], None]) -> None:
        super().__init__()
        self._told = told

    def __torch_function__(
        self, func: Any, _types: Any, args: Any = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        self._told(func)
        return func(*args, **(kwargs or {}))


class _Operators(TorchDispatchMode):  # type: ignore[no-untyped-call]  # torch leaves it untyped
    def __init__(self, told: Callable[[str, bool], None]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        self._told = told

    def __torch_dispatch__(
        self, func: Any, _types: Any, args: Any = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        self._told(func._schema.name, torch._C._current_autograd_node() is not None)
        return func(*args, **(kwargs or {}))


# torch has wrapped it, so that each fork in which an answer is watched would import the compiler
do_not_ask_compiler(vars(_Operators)["__torch_dispatch__"])


@contextlib.contextmanager
def watched(
    function_called: Callable[[object], None], operator_called: Callable[[str, bool], None]
) -> Iterator[None]:
    """Tell the calls within the block.

    Args:
        function_called: gets the function or method.
        operator_called: gets the operator's name, for example `aten::convolution`, and whether it
            runs for a node of autograd's graph.
    """
    with _Functions(function_called), _Operators(operator_called):
        yield
