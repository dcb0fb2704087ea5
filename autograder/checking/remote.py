"""Names and objects that stay in the student's process, as a check holds them.

What it guarantees:

- Whatever comes back from using them is plain data, a `RemoteObject`, or `StudentError`.
- An object where data was expected is a wrong answer, whatever is done with it, and nothing of the
  check is told to it: not the value that it is compared with or subtracted from.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any

from autograder.checking.errors import AuthorError, StudentError, WrongAnswer
from autograder.checking.lending import lent
from autograder.checking.running.line import Line
from autograder.checking.text import called_with
from autograder.wire.codec import Handle
from autograder.wire.namespace import Gradients, Namespace


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
        return remote_text(self._line, self._handle, self.type_name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the object."""
        return call(self._line, self._handle, self.type_name, args, kwargs, type(self))

    def __getattr__(self, name: str) -> Any:
        refuse_special(name)
        return _attribute(self._line, self._handle, self.type_name, name, type(self))

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


Kind = type[RemoteObject]


class RemoteName:
    """A global name of the student's namespace, looked up when it is used."""

    __slots__ = ("_line", "_name")

    def __init__(self, line: Line, name: str) -> None:
        self._line = line
        self._name = name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call what the name stands for."""
        return call(self._line, self._name, self._name, args, kwargs)

    def __getattr__(self, name: str) -> Any:
        refuse_special(name)
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


Question = Callable[[Namespace, float], Any]


def ask(line: Line, what: str, question: Question, kind: Kind | None = None) -> Any:
    """Ask the student's process one thing; every handle in the answer becomes an object.

    Args:
        line: to it.
        what: how messages call the question.
        question: asks it.
        kind: of the objects; `RemoteObject` by default.
    """
    return _wrap(line, line.ask(what, question), kind or RemoteObject)


def _wrap(line: Line, value: Any, kind: Kind) -> Any:
    if type(value) is Handle:
        return kind(line, value)
    if type(value) in (list, tuple, set):
        return type(value)(_wrap(line, entry, kind) for entry in value)
    if type(value) is dict:
        return {_wrap(line, key, kind): _wrap(line, entry, kind) for key, entry in value.items()}
    if type(value) is Gradients:
        return Gradients(
            _wrap(line, value.value, kind), value.arguments, value.keywords, value.parameters
        )
    return value


def remote_text(line: Line, target: str | Handle, label: str) -> str:
    """Return `str()` of an object, made in the student's process."""
    return str(
        ask(
            line,
            f"Reading `{label}` as text",
            lambda space, seconds: space.text(target, seconds=seconds),
        )
    )


def _attribute(
    line: Line, target: str | Handle, label: str, name: str, kind: Kind | None = None
) -> Any:
    return ask(
        line,
        f"Reading `{label}.{name}`",
        lambda space, seconds: space.attribute(target, name, seconds=seconds),
        kind,
    )


def call(
    line: Line,
    target: str | Handle,
    label: str,
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
    kind: Kind | None = None,
    *,
    keep: bool = False,
    arguments_back: bool = False,
) -> Any:
    """Call what a name or a handle stands for.

    Args:
        line: to the student's process.
        target: what is called.
        label: how messages call it.
        args: for the call.
        kwargs: for the call.
        kind: of the objects that come back; `RemoteObject` by default.
        keep: what it returns stays there, whatever it is.
        arguments_back: as in `autograder.wire.namespace`.
    """
    sent = [unwrap(line, value) for value in args]
    named = {key: unwrap(line, value) for key, value in kwargs.items()}
    try:
        return ask(
            line,
            f"Calling `{label}`",
            lambda space, seconds: space.call(
                target, sent, named, seconds, keep=keep, arguments_back=arguments_back
            ),
            kind,
        )
    except StudentError as error:
        if error.type_name not in ("", "NotImplementedError"):
            error.show_call(called_with(args, kwargs))
        raise


def with_arguments(
    function: RemoteName | RemoteObject, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> tuple[Any, list[Any], dict[str, Any]]:
    """Call an object of the student's; return its value and the arguments as the call left them."""
    target, label = target_of(function)
    line = function._line
    answer = call(line, target, label, tuple(args), kwargs, arguments_back=True)
    if type(answer) is not list or [type(part) for part in answer[1:]] != [list, dict]:
        raise WrongAnswer(f"Calling `{label}` gave nothing that can be read.")
    value, left, named = answer
    if len(left) != len(args) or named.keys() != kwargs.keys():
        raise WrongAnswer(f"Calling `{label}` gave nothing that can be read.")
    return value, left, named


def target_of(target: object) -> tuple[str | Handle, str]:
    """Return what the wire calls a target, and how messages call it.

    Raises:
        AuthorError: it is none.
    """
    if isinstance(target, str):
        return target, target
    if isinstance(target, RemoteName):
        return target._name, target._name
    if isinstance(target, RemoteObject):
        return target._handle, target.type_name
    raise AuthorError(f"a target is a name or an object of the student's; got {target!r}")


def unwrap(line: Line, value: Any) -> Any:
    """Return what the wire can carry: handles for objects of the student's, copies of the rest."""
    if isinstance(value, RemoteObject):
        return value._handle
    if isinstance(value, RemoteName):
        name = value._name
        kept = ask(
            line,
            f"Reading `{name}`",
            lambda space, seconds: space.get(name, keep=True, seconds=seconds),
        )
        return unwrap(line, kept)
    if isinstance(value, FunctionType | BuiltinFunctionType | MethodType):
        return lent(line, value)
    if type(value) in (list, tuple, set):
        return type(value)(unwrap(line, entry) for entry in value)
    if isinstance(value, Mapping):
        return {unwrap(line, key): unwrap(line, entry) for key, entry in value.items()}
    return value


def refuse_special(name: str) -> None:
    """Raise `AttributeError` for names that Python and pytest look for in every object."""
    # pytest, copy and inspect probe such names; asking the student for them would be an answer
    if name.startswith("_"):
        raise AttributeError(name)


def _value_wanted(name: str) -> AuthorError:
    return AuthorError(f"`student.{name}` is a name, not a value; read it by student[{name!r}]")
