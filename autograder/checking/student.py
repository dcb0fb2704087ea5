"""The `student` fixture: the student's namespace as a check author sees it.

What it guarantees:

- Whatever the student's code does comes back as plain data, a `RemoteObject`, or `StudentError`
  (`autograder.checking.line`).
- `source` is the grader's trusted copy of a cell, not what the student's process claims.

What it does not do: judge values. Copies cross: changing a returned tensor changes nothing there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from autograder.checking.branches import SharedNamespace
from autograder.checking.errors import AuthorError, StudentError, WrongAnswer
from autograder.checking.line import Line
from autograder.checking.text import called_with
from autograder.wire.codec import Handle
from autograder.wire.namespace import Gradients, Namespace, RemoteMissing


class RemoteObject:
    """An object that stays in the student's process: call it, read attributes, call methods.

    `model(x)` and `model.load_state_dict(state)` run there; `model.weight` reads an attribute.
    Two are equal only when they are the same Python object here.
    """

    __slots__ = ("_handle", "_line")

    def __init__(self, line: Line, handle: Handle) -> None:
        self._line = line
        self._handle = handle

    @property
    def type_name(self) -> str:
        """Return the name of the object's class as the student's process says it: untrusted."""
        return str(self._handle.type_name)

    def __text__(self) -> str:
        """Return `str()` of the object, made in the student's process."""
        return _remote_text(self._line, self._handle, self.type_name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the object."""
        return _call(self._line, self._handle, self.type_name, args, kwargs)

    def __getattr__(self, name: str) -> Any:
        _refuse_special(name)
        return _attribute(self._line, self._handle, self.type_name, name)

    def __format__(self, how: str) -> str:
        return _data_wanted(self) if how else repr(self)

    def __repr__(self) -> str:
        return f"<student's {self.type_name}>"


def _data_wanted(value: RemoteObject, *_: object, **__: object) -> Any:
    raise WrongAnswer(
        f"What came is an object of type {value.type_name}; plain data was expected there: "
        "a number, text, a tensor, or a list, tuple or dict of these."
    )


# using an object as if it were data is the answer's fault: it must not become a TypeError of ours
for _operation in (
    "iter", "len", "bool", "float", "int", "index", "complex", "contains", "getitem", "neg", "abs",
    "add", "radd", "sub", "rsub", "mul", "rmul", "truediv", "rtruediv", "floordiv", "rfloordiv",
    "mod", "rmod", "divmod", "rdivmod", "pow", "rpow", "matmul", "rmatmul", "lt", "le", "gt", "ge",
    "pos", "invert", "and", "rand", "or", "ror", "xor", "rxor", "lshift", "rlshift", "rshift",
    "rrshift", "round", "trunc", "floor", "ceil", "setitem", "delitem", "next", "array",
):  # fmt: skip
    setattr(RemoteObject, f"__{_operation}__", _data_wanted)


class RemoteName:
    """A global name of the student's namespace, looked up when it is used."""

    __slots__ = ("_line", "_name")

    def __init__(self, line: Line, name: str) -> None:
        self._line = line
        self._name = name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call what the name stands for."""
        return _call(self._line, self._name, self._name, args, kwargs)

    def __getattr__(self, name: str) -> Any:
        _refuse_special(name)
        return _attribute(self._line, self._name, self._name, name)

    def __repr__(self) -> str:
        return f"<student.{self._name}>"

    def __iter__(self) -> Any:
        raise _value_wanted(self._name)

    def __len__(self) -> int:
        raise _value_wanted(self._name)

    def __bool__(self) -> bool:
        raise _value_wanted(self._name)

    def __float__(self) -> float:
        raise _value_wanted(self._name)

    def __eq__(self, other: object) -> bool:
        raise _value_wanted(self._name)

    __hash__ = None  # type: ignore[assignment]  # a name is no value


class Student:
    """What the student's notebook left behind, after its cells ran.

    `student.f(x)` calls, `student["x"]` reads a value, `student.source("cell_id")` is the text that
    was handed in. A name that is also one of this class's own is called by `student.call(name, …)`.

    Args:
        line: the way to the student's process.
        sources: cell id -> text as handed in, in the notebook's order.
        given: cell id -> text of the code cells that the course gives.
    """

    def __init__(
        self, line: Line, sources: Mapping[str, str], given: Mapping[str, str] | None = None
    ) -> None:
        self._line = line
        self._sources = sources
        self._given = given or {}

    def __getattr__(self, name: str) -> RemoteName:
        _refuse_special(name)
        return RemoteName(self._line, name)

    def __getitem__(self, name: str) -> Any:
        return _read(self._line, name)

    def __setitem__(self, name: str, value: Any) -> None:
        sent = _unwrap(self._line, value)
        _ask(
            self._line,
            f"Setting `{name}`",
            lambda space, seconds: space.set(name, sent, seconds=seconds),
        )

    def call(self, name: str, *args: Any, **kwargs: Any) -> Any:
        """Call a global name of the student's namespace."""
        return _call(self._line, name, name, args, kwargs)

    def has(self, name: str) -> bool:
        """Say whether the student's namespace has the name."""
        try:
            _ask(
                self._line, name, lambda space, seconds: space.get(name, keep=True, seconds=seconds)
            )
        except StudentError as error:
            if isinstance(error.__cause__, RemoteMissing):
                return False
            raise
        return True

    def set_attribute(self, target: str | RemoteName | RemoteObject, name: str, value: Any) -> None:
        """Set an attribute of an object of the student's."""
        remote, label = _target(target)
        sent = _unwrap(self._line, value)
        _ask(
            self._line,
            f"Setting `{label}.{name}`",
            lambda space, seconds: space.set_attribute(remote, name, sent, seconds=seconds),
        )

    def text(self, target: str | RemoteName | RemoteObject) -> str:
        """Return `str()` of an object of the student's, for example of a sympy expression."""
        return _remote_text(self._line, *_target(target))

    def gradients(
        self,
        target: str | RemoteName | RemoteObject,
        *args: Any,
        cotangent: Any = None,
        method: str = "",
        **kwargs: Any,
    ) -> Gradients:
        """Call the target there and differentiate the sum of its floating-point outputs.

        Args:
            target: a name, or an object of the student's; a module's parameters count too.
            args: as for the call; floating-point tensors get gradients.
            cotangent: weights of the output in the sum.
            method: call this method of the target instead.
            kwargs: as `args`.

        Returns:
            `value`, `arguments` (one per positional argument), `keywords`, `parameters` (by name);
            `None` stands where no gradient arrived.
        """
        remote, label = _target(target)
        sent = [_unwrap(self._line, value) for value in args]
        named = {key: _unwrap(self._line, value) for key, value in kwargs.items()}
        answer = _ask(
            self._line,
            f"Going backward through `{label}`",
            lambda space, seconds: space.gradients(
                remote, sent, named, seconds, method=method, cotangent=cotangent
            ),
        )
        assert isinstance(answer, Gradients)
        return answer

    def forbid(self, names: Sequence[str], why: str) -> None:
        """Forbid names of libraries in this check's calls from now on; see `assert_not_used`."""
        self._line.forbid(names, why)

    def source(self, cell_id: str) -> str:
        """Return the text of a cell as it was handed in (trusted copy).

        Raises:
            AuthorError: the assignment has no such cell.
        """
        try:
            return self._sources[cell_id]
        except KeyError:
            known = ", ".join(sorted(self._sources)) or "none"
            raise AuthorError(f"no source of cell {cell_id!r}; known cells: {known}") from None

    @property
    def sources(self) -> Mapping[str, str]:
        """Return the text of every code cell as handed in, by cell id, in order."""
        return self._sources

    @property
    def given(self) -> Mapping[str, str]:
        """Return the text of every code cell that the course gives, by cell id."""
        return self._given


def _ask(
    line: Line, what: str, question: Callable[[Namespace | SharedNamespace, float], Any]
) -> Any:
    """Ask the student's process one thing; every handle in the answer becomes a `RemoteObject`."""
    return _wrap(line, line.ask(what, question))


def _wrap(line: Line, value: Any) -> Any:
    if type(value) is Handle:
        return RemoteObject(line, value)
    if type(value) in (list, tuple, set):
        return type(value)(_wrap(line, entry) for entry in value)
    if type(value) is dict:
        return {_wrap(line, key): _wrap(line, entry) for key, entry in value.items()}
    if type(value) is Gradients:
        return Gradients(
            _wrap(line, value.value), value.arguments, value.keywords, value.parameters
        )
    return value


def _read(line: Line, name: str) -> Any:
    value = _ask(line, f"Reading `{name}`", lambda space, seconds: space.get(name, seconds=seconds))
    if isinstance(value, RemoteObject) and _is_formula(line, value._handle):
        return value.__text__()
    return value


def _is_formula(line: Line, handle: Handle) -> bool:
    """Say whether an object is a formula of sympy's, which is read as its text; no number."""
    try:
        module = _ask(
            line,
            "Reading a formula",
            lambda space, seconds: space.attribute(handle, "__class__.__module__", seconds=seconds),
        )
    except StudentError:
        return False  # an object that hides its class is an object
    return (
        isinstance(module, str)
        and module.split(".")[0] == "sympy"
        and not module.startswith("sympy.core.numbers")
    )


def _remote_text(line: Line, target: str | Handle, label: str) -> str:
    return str(
        _ask(
            line,
            f"Reading `{label}` as text",
            lambda space, seconds: space.text(target, seconds=seconds),
        )
    )


def _attribute(line: Line, target: str | Handle, label: str, name: str) -> Any:
    return _ask(
        line,
        f"Reading `{label}.{name}`",
        lambda space, seconds: space.attribute(target, name, seconds=seconds),
    )


def _call(
    line: Line,
    target: str | Handle,
    label: str,
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
    *,
    arguments_back: bool = False,
) -> Any:
    sent = [_unwrap(line, value) for value in args]
    named = {key: _unwrap(line, value) for key, value in kwargs.items()}
    try:
        return _ask(
            line,
            f"Calling `{label}`",
            lambda space, seconds: space.call(
                target, sent, named, seconds, arguments_back=arguments_back
            ),
        )
    except StudentError as error:
        if error.type_name not in ("", "NotImplementedError"):
            error.show_call(called_with(args, kwargs))
        raise


def with_arguments(
    function: RemoteName | RemoteObject, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> tuple[Any, list[Any], dict[str, Any]]:
    """Call an object of the student's; return its value and the arguments as the call left them."""
    target, label = _target(function)
    line = function._line
    answer = _call(line, target, label, tuple(args), kwargs, arguments_back=True)
    if type(answer) is not list or [type(part) for part in answer[1:]] != [list, dict]:
        raise WrongAnswer(f"Calling `{label}` gave nothing that can be read.")
    value, left, named = answer
    if len(left) != len(args) or named.keys() != kwargs.keys():
        raise WrongAnswer(f"Calling `{label}` gave nothing that can be read.")
    return value, left, named


def _target(target: object) -> tuple[str | Handle, str]:
    if isinstance(target, str):
        return target, target
    if isinstance(target, RemoteName):
        return target._name, target._name
    if isinstance(target, RemoteObject):
        return target._handle, target.type_name
    raise AuthorError(f"a target is a name or an object of the student's; got {target!r}")


def _unwrap(line: Line, value: Any) -> Any:
    """Return what the wire can carry: handles for objects of the student's, copies of the rest."""
    if isinstance(value, RemoteObject):
        return value._handle
    if isinstance(value, RemoteName):
        name = value._name
        kept = _ask(
            line,
            f"Reading `{name}`",
            lambda space, seconds: space.get(name, keep=True, seconds=seconds),
        )
        return _unwrap(line, kept)
    if type(value) in (list, tuple, set):
        return type(value)(_unwrap(line, entry) for entry in value)
    if isinstance(value, Mapping):
        return {_unwrap(line, key): _unwrap(line, entry) for key, entry in value.items()}
    return value


def _refuse_special(name: str) -> None:
    # pytest, copy and inspect probe such names; asking the student for them would be an answer
    if name.startswith("_"):
        raise AttributeError(name)


def _value_wanted(name: str) -> AuthorError:
    return AuthorError(f"`student.{name}` is a name, not a value; read it by student[{name!r}]")
