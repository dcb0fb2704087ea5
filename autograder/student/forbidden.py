"""Calls in which functions of libraries are forbidden: who calls one is stopped, and it is noted.

What it guarantees, while a `Forbidden` is entered:

- A Python function that is forbidden raises under whatever name it is called, since its code is
  exchanged; so does a class when it is made or called. numpy's functions are wrappers of such.
- What of torch is not Python is seen as torch itself dispatches it (`TorchFunctionMode` by the
  function, `TorchDispatchMode` by the operator), under whatever name it is called.
- The first such call is noted with the student's line, whether or not what is raised is caught.
- Afterwards everything is as before.

What it does not do: stop who undoes this. It runs within the student's reach: torch's switches
that turn its modes off, and threads of one's own, hide operators from it.
"""

from __future__ import annotations

import contextlib
import fnmatch
import linecache
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from types import FrameType, FunctionType, ModuleType
from typing import Any

_OF_A_CLASS = ("__init__", "__call__", "forward")
_OPERATORS = "torch.ops."
_WRAPPERS = 5  # of one function


class ForbiddenCallError(RuntimeError):
    """A function was called that this exercise asks to write by hand."""


class Forbidden:
    """Forbids names of libraries for one call of the student's code.

    Args:
        names: dotted names of functions, classes and modules, `*` for any part of the last name;
            `torch.ops.aten.convolution` is an operator.
        cells: file names under which cells are compiled.

    Attributes:
        used: what was called, and where; empty as long as nothing was.
    """

    def __init__(self, names: Sequence[str], cells: Mapping[str, int]) -> None:
        self.used = ""
        self._cells = cells
        self._operators = [name for name in names if name.startswith(_OPERATORS)]
        self._objects: dict[int, str] = {}
        self._places: list[tuple[Any, str, str, Any]] = []  # owner, attribute, name, value
        for name in names:
            if not name.startswith(_OPERATORS):
                for owner, attribute, value in _found(name):
                    path = f"{name.rpartition('.')[0]}.{attribute}"
                    self._places.append((owner, attribute, path, value))

    @contextlib.contextmanager
    def entered(self) -> Iterator[None]:
        """Forbid the names within the block."""
        if not self._places and not self._operators:
            yield
            return
        from autograder.student.torch_calls import watched

        with ExitStack() as stack:
            for owner, attribute, name, value in self._places:
                self._replace(stack, owner, attribute, name, value)
            stack.enter_context(watched(self._see_function, self._see_operator))
            yield

    def _replace(
        self, stack: ExitStack, owner: Any, attribute: str, name: str, value: object
    ) -> None:
        if isinstance(value, ModuleType):
            for inner, part in [*vars(value).items()]:
                made_by = f"{getattr(part, '__module__', '')}."
                if not isinstance(part, ModuleType) and made_by.startswith(f"{value.__name__}."):
                    self._replace(stack, value, inner, f"{name}.{inner}", part)
            return
        refuse = self._refusal(name)
        methods = [vars(value).get(m) for m in _OF_A_CLASS] if isinstance(value, type) else [value]
        for method in methods:
            function = _innermost(method)
            if isinstance(function, FunctionType) and not function.__code__.co_freevars:
                stack.callback(setattr, function, "__code__", function.__code__)
                function.__code__ = _code(refuse)
            elif method is value and callable(value) and isinstance(owner, ModuleType):
                self._objects[id(value)] = name
                stack.callback(setattr, owner, attribute, value)
                setattr(owner, attribute, refuse)

    def _see_function(self, function: object) -> None:
        name = self._objects.get(id(function))
        if name is not None:
            self._refusal(name)()

    def _see_operator(self, operator: str) -> None:
        name = _OPERATORS + operator.replace("::", ".")
        if any(fnmatch.fnmatchcase(name, pattern) for pattern in self._operators):
            self._refusal(name)()

    def _refusal(self, name: str) -> Callable[..., Any]:
        def refuse(*_args: object, **_kwargs: object) -> Any:
            message = f"{name} is called{self._line()}"
            self.used = self.used or message
            raise ForbiddenCallError(message)

        return refuse

    def _line(self) -> str:
        """Return which line of the student's is running."""
        frame: FrameType | None = sys._getframe(1)
        while frame is not None:
            filename = frame.f_code.co_filename
            if filename in self._cells:
                text = linecache.getline(filename, frame.f_lineno).strip()[:200]
                return f" in line {frame.f_lineno}: {text}"
            frame = frame.f_back
        return ""


def _innermost(value: Any) -> Any:
    """Return the function that a wrapper calls in the end, as numpy's and scipy's are."""
    for _ in range(_WRAPPERS):
        value = getattr(value, "_implementation", None) or getattr(value, "__wrapped__", value)
    return value


def _template(*args: Any, **kwargs: Any) -> Any:
    refuse: Any = "?"
    return refuse(*args, **kwargs)


def _code(refuse: Callable[..., Any]) -> Any:
    """Return code that does nothing but call a function, in whatever module it is put."""
    constants = _template.__code__.co_consts
    return _template.__code__.replace(
        co_consts=tuple(refuse if constant == "?" else constant for constant in constants)
    )


def _found(name: str) -> list[tuple[Any, str, Any]]:
    """Return owner, attribute and value of what a dotted name stands for, if it is loaded."""
    *path, last = name.split(".")
    owner: Any = sys.modules.get(path[0]) if path else None
    for part in path[1:]:
        owner = getattr(owner, part, None)
    if owner is None:
        return []
    attributes = fnmatch.filter(dir(owner), last) if "*" in last else [last]
    found = [(owner, attribute, getattr(owner, attribute, None)) for attribute in attributes]
    return [entry for entry in found if entry[2] is not None]
