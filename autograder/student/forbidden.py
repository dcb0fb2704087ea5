"""Calls in which functions of libraries are forbidden: who calls one is stopped, and it is noted.

What it guarantees, while a `Forbidden` is entered:

- A Python function that is forbidden raises under whatever name it is called, since its code is
  exchanged; so does a class when it is made or called. numpy's functions are wrappers of such.
- What of torch is not Python is seen as torch itself dispatches it (`TorchFunctionMode` by the
  function or attribute, `TorchDispatchMode` by the operator), under whatever name it is called. An
  operator that runs for a node of autograd's graph shows the way back, whoever started it.
- A module that is loaded during the call is forbidden from then on.
- A compiler of torch's that is given a forbidden function is as good as a call of it.
- The first such call is noted with the student's line, whether or not what is raised is caught.
- Afterwards everything is as before.

What it does not do: stop who undoes this. It runs within the student's reach: torch's switches
that turn its modes off, threads of one's own, and functions in a library's compiled parts that are
not torch's, are hidden from it.
"""

from __future__ import annotations

import contextlib
import fnmatch
import linecache
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from importlib.machinery import ModuleSpec
from types import FrameType, FunctionType, GetSetDescriptorType, ModuleType
from typing import Any

_OF_A_CLASS = ("__init__", "__call__", "forward")
_OPERATORS = "torch.ops."
_NODE = "torch.autograd.graph.Node"
_COMPILED = "__prepare_scriptable__"  # what torch's compiler asks a function for
_WRAPPERS = 5  # of one function


class ForbiddenCallError(RuntimeError):
    """A function was called that this exercise asks to write by hand."""


class Forbidden:
    """Forbids names of libraries for one call of the student's code.

    Args:
        names: dotted names of functions, classes and modules, `*` for any part of the last name;
            `torch.ops.aten.convolution` is an operator, `torch.autograd.graph.Node` any operator
            that runs for a node of the graph.
        cells: file names under which cells are compiled.

    Attributes:
        used: what was called, and where; empty as long as nothing was.
    """

    def __init__(self, names: Sequence[str], cells: Mapping[str, int]) -> None:
        self.used = ""
        self._cells = cells
        self._operators = [name for name in names if name.startswith(_OPERATORS)]
        self._nodes = _NODE in names
        self._objects: dict[int, str] = {}
        self._known: dict[str, str] = {}  # operator -> its name if it is forbidden, else nothing
        others = [name for name in names if name not in self._operators]
        self._places = {name: _places(name) for name in others}

    @contextlib.contextmanager
    def entered(self) -> Iterator[None]:
        """Forbid the names within the block."""
        if not self._places and not self._operators:
            yield
            return
        from autograder.student.torch_calls import watched

        with ExitStack() as stack:

            def replace(places: Sequence[_Place]) -> None:
                for place in places:
                    self._replace(stack, *place)

            for places in self._places.values():
                replace(places)
            late = [name for name, places in self._places.items() if not places]
            stack.enter_context(_told_when_loaded(late, lambda name: replace(_places(name))))
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
                if not hasattr(function, _COMPILED):
                    setattr(function, _COMPILED, refuse)
                    stack.callback(delattr, function, _COMPILED)
            elif isinstance(value, GetSetDescriptorType):
                self._objects[id(value)] = name
            elif method is value and callable(value) and isinstance(owner, ModuleType):
                self._objects[id(value)] = name
                stack.callback(setattr, owner, attribute, value)
                setattr(owner, attribute, refuse)

    def _see_function(self, function: object) -> None:
        attribute = getattr(function, "__self__", None)  # of `descriptor.__get__`
        name = self._objects.get(id(function))
        if name is None and not _asked_by_torch(sys._getframe(2)):
            name = self._objects.get(id(attribute))
        if name is not None:
            self._refusal(name)()

    def _see_operator(self, operator: str, for_a_node: bool) -> None:
        if self._nodes and for_a_node:
            self._refusal(_NODE)()
        if operator not in self._known:  # a loop over pixels calls a few of them a thousand times
            name = _OPERATORS + operator.replace("::", ".")
            is_forbidden = any(fnmatch.fnmatchcase(name, one) for one in self._operators)
            self._known[operator] = name if is_forbidden else ""
        if name := self._known[operator]:
            self._refusal(name)()

    def _refusal(self, name: str) -> Callable[..., Any]:
        def refuse(*_args: object, **_kwargs: object) -> Any:
            message = f"{name} is called{self._line()}"
            self.used = self.used or message
            raise ForbiddenCallError(message)

        setattr(refuse, _COMPILED, refuse)
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


def _asked_by_torch(frame: FrameType) -> bool:
    """Say whether torch's own Python asks, as `nn.Module` does for a parameter's `grad_fn`."""
    return frame.f_code.co_filename.startswith(sys.modules["torch"].__path__[0])


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


_Place = tuple[Any, str, str, Any]  # owner, attribute, name, value


def _places(name: str) -> list[_Place]:
    """Return where what a dotted name stands for is found, if it is loaded."""
    *path, last = name.split(".")
    owner: Any = sys.modules.get(path[0]) if path else None
    for part in path[1:]:
        owner = getattr(owner, part, None)
    if owner is None:
        return []
    attributes = fnmatch.filter(dir(owner), last) if "*" in last else [last]
    found = [(attribute, getattr(owner, attribute, None)) for attribute in attributes]
    return [
        (owner, attribute, ".".join([*path, attribute]), value)
        for attribute, value in found
        if value is not None
    ]


@contextlib.contextmanager
def _told_when_loaded(names: Sequence[str], told: Callable[[str], None]) -> Iterator[None]:
    """Tell each name as soon as its module is loaded; modules are found as they always are."""
    by_module = {name.rpartition(".")[0]: name for name in names} | {name: name for name in names}

    class Finder:
        @staticmethod
        def find_spec(module: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
            if module not in by_module or "." not in module:  # a package may load its parts later
                return None
            finders = [finder for finder in sys.meta_path if finder is not Finder]
            specs = (finder.find_spec(module, path, target) for finder in finders)
            spec = next((spec for spec in specs if spec is not None), None)
            if spec is not None and spec.loader is not None:
                execute = spec.loader.exec_module

                def exec_module(loaded: ModuleType) -> None:
                    execute(loaded)
                    told(by_module[module])

                spec.loader.exec_module = exec_module  # type: ignore[method-assign,assignment]  # of this one
            return spec

    sys.meta_path.insert(0, Finder)
    try:
        yield
    finally:
        if Finder in sys.meta_path:
            sys.meta_path.remove(Finder)
