"""The `student` fixture: the student's namespace as a check author sees it.

What it guarantees:

- Whatever the student's code does comes back as plain data, a `RemoteObject`, or `StudentError`;
  nothing else that a student can cause leaves this module.
- No call outlives the check's own time; after the student's process is lost, every use says so.
- `source` is the grader's trusted copy of a cell, not what the student's process claims.

What it does not do: judge values. Copies cross: changing a returned tensor changes nothing there.

It is longer than other modules because names, objects and calls turn the same failures into the
same errors, and nothing else may.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from autograder.checking.branches import SharedNamespace
from autograder.checking.errors import AuthorError, StudentError, WrongAnswer
from autograder.checking.text import DETAIL_CHARACTERS, clean
from autograder.wire.codec import Handle
from autograder.wire.errors import WireError
from autograder.wire.namespace import (
    Gradients,
    Namespace,
    RemoteFailure,
    RemoteMissing,
    RemoteRaised,
    RemoteTimeout,
    RemoteUntransferable,
)


class Clock:
    """The time of one check: what is left of it, and how much of it the student's code took.

    Args:
        check_seconds: wall time of the check, all its calls together.
        call_seconds: wall time of one call.
        left_seconds: what the submission's earlier checks have left of the time for all.
    """

    def __init__(
        self, check_seconds: float, call_seconds: float, left_seconds: float = float("inf")
    ) -> None:
        self.all_used = left_seconds < check_seconds
        self.check_seconds = max(0.0, min(check_seconds, left_seconds))
        self.call_seconds = call_seconds
        self.waited_seconds = 0.0
        self._end = time.monotonic() + self.check_seconds

    def grant(self) -> float:
        """Return how long the next call may take.

        Raises:
            StudentError: the check's time is used up.
        """
        left = self._end - time.monotonic()
        if left <= 0:
            raise self.exceeded()
        return min(left, self.call_seconds)

    def exceeded(self) -> StudentError:
        """Return the error for a check whose time is used up."""
        if self.all_used:
            return StudentError(
                "The checks waited too long for your code, all of them together. Look for an "
                "endless loop, or for work that can be done once or with whole tensors.",
                limit=True,
                lost=True,
            )
        return StudentError(
            f"The calls of this check took longer than {self.check_seconds:g} s together. Look for "
            "an endless loop, or for work that can be done once or with whole tensors.",
            limit=True,
            lost=True,
        )


class Line:
    """The one way to the student's process: times each call and translates what goes wrong.

    Args:
        namespace: the branch of the student's process that this check may use.
        clock: the check's time.
    """

    def __init__(self, namespace: Namespace | SharedNamespace, clock: Clock) -> None:
        self.namespace = namespace
        self._clock = clock
        self.lost: StudentError | None = None
        self.interrupted = False  # a call was stopped half-way: what it left behind is anything

    def ask(self, what: str, question: Callable[[Namespace | SharedNamespace, float], Any]) -> Any:
        """Ask the student's process one thing.

        Raises:
            StudentError: for whatever the student's code did instead of answering.
        """
        if self.lost is not None:
            raise StudentError(
                self.lost.message, self.lost.detail, limit=self.lost.limit, lost=True
            )
        seconds = self._clock.grant()
        begin = time.monotonic()
        try:
            answer = question(self.namespace, seconds)
        except RemoteFailure as failure:
            error = _translate(what, failure, seconds, lost=bool(self.namespace.dead))
            self.interrupted |= error.limit
            if error.lost:
                self.lost = error
            raise error from failure
        except WireError as error:
            raise AuthorError(f"{what}: what the check sends cannot travel: {error}") from error
        finally:
            self._clock.waited_seconds += time.monotonic() - begin
        return self.wrap(answer)

    def wrap(self, value: Any) -> Any:
        """Return the value with every handle in it made a `RemoteObject`."""
        if type(value) is Handle:
            return RemoteObject(self, value)
        if type(value) in (list, tuple, set):
            return type(value)(self.wrap(entry) for entry in value)
        if type(value) is dict:
            return {self.wrap(key): self.wrap(entry) for key, entry in value.items()}
        if type(value) is Gradients:
            return Gradients(
                self.wrap(value.value), value.arguments, value.keywords, value.parameters
            )
        return value


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

    def __repr__(self) -> str:
        return f"<student's {self.type_name}>"


def _data_wanted(value: RemoteObject, *_: object) -> Any:
    raise WrongAnswer(
        f"What came is an object of type {value.type_name}; plain data was expected there: "
        "a number, text, a tensor, or a list, tuple or dict of these."
    )


# using an object as if it were data is the answer's fault: it must not become a TypeError of ours
for _operation in (
    "iter", "len", "bool", "float", "int", "index", "complex", "contains", "getitem", "neg", "abs",
    "add", "radd", "sub", "rsub", "mul", "rmul", "truediv", "rtruediv", "floordiv", "mod", "pow",
    "rpow", "matmul", "rmatmul", "lt", "le", "gt", "ge",
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
        self._line.ask(
            f"Setting `{name}`", lambda space, seconds: space.set(name, sent, seconds=seconds)
        )

    def call(self, name: str, *args: Any, **kwargs: Any) -> Any:
        """Call a global name of the student's namespace."""
        return _call(self._line, name, name, args, kwargs)

    def has(self, name: str) -> bool:
        """Say whether the student's namespace has the name."""
        try:
            self._line.ask(name, lambda space, seconds: space.get(name, keep=True, seconds=seconds))
        except StudentError as error:
            if isinstance(error.__cause__, RemoteMissing):
                return False
            raise
        return True

    def set_attribute(self, target: str | RemoteName | RemoteObject, name: str, value: Any) -> None:
        """Set an attribute of an object of the student's."""
        remote, label = _target(target)
        sent = _unwrap(self._line, value)
        self._line.ask(
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
        answer = self._line.ask(
            f"Going backward through `{label}`",
            lambda space, seconds: space.gradients(
                remote, sent, named, seconds, method=method, cotangent=cotangent
            ),
        )
        assert isinstance(answer, Gradients)
        return answer

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


def _read(line: Line, name: str) -> Any:
    value = line.ask(f"Reading `{name}`", lambda space, seconds: space.get(name, seconds=seconds))
    if isinstance(value, RemoteObject) and _is_formula(line, value._handle):
        return value.__text__()
    return value


def _is_formula(line: Line, handle: Handle) -> bool:
    """Say whether an object is sympy's: such an answer is read as its text."""
    try:
        module = line.ask(
            "Reading a formula",
            lambda space, seconds: space.attribute(handle, "__class__.__module__", seconds=seconds),
        )
    except StudentError:
        return False  # an object that hides its class is an object
    return isinstance(module, str) and module.split(".")[0] == "sympy"


def _remote_text(line: Line, target: str | Handle, label: str) -> str:
    return str(
        line.ask(
            f"Reading `{label}` as text", lambda space, seconds: space.text(target, seconds=seconds)
        )
    )


def _attribute(line: Line, target: str | Handle, label: str, name: str) -> Any:
    return line.ask(
        f"Reading `{label}.{name}`",
        lambda space, seconds: space.attribute(target, name, seconds=seconds),
    )


def _call(
    line: Line, target: str | Handle, label: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> Any:
    sent = [_unwrap(line, value) for value in args]
    named = {key: _unwrap(line, value) for key, value in kwargs.items()}
    return line.ask(
        f"Calling `{label}`", lambda space, seconds: space.call(target, sent, named, seconds)
    )


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
        kept = line.ask(
            f"Reading `{name}`",
            lambda space, seconds: space.get(name, keep=True, seconds=seconds),
        )
        return _unwrap(line, kept)
    if type(value) in (list, tuple):
        return type(value)(_unwrap(line, entry) for entry in value)
    if isinstance(value, Mapping):
        return {key: _unwrap(line, entry) for key, entry in value.items()}
    return value


def _translate(what: str, failure: RemoteFailure, seconds: float, *, lost: bool) -> StudentError:
    staff = clean(f"{type(failure).__name__}: {failure}")
    what = clean(what, 200)
    if isinstance(failure, RemoteRaised):
        type_name = clean(str(failure.type_name), 80)
        said = clean(str(failure.message), 400)
        message = f"{what} raised {type_name}" + (f": {said}" if said else ".")
        if type_name.endswith("NotImplementedError"):
            message = f"{what}: not answered yet (NotImplementedError)."
        trace = clean(str(failure.traceback_text), DETAIL_CHARACTERS, brackets=False)
        return StudentError(message, trace, type_name=type_name, lost=lost)
    if isinstance(failure, RemoteMissing):
        return StudentError(
            f"{what}: {clean(str(failure), 300)}. Did its cell run without an error?",
            staff,
            lost=lost,
        )
    if isinstance(failure, RemoteUntransferable):
        return StudentError(f"{what}: {clean(str(failure), 400)}", staff, lost=lost)
    if isinstance(failure, RemoteTimeout):
        return StudentError(
            f"{what} took longer than {seconds:.3g} s and was stopped. Look for an endless loop, "
            "or for work that can be done with whole tensors.",
            staff,
            limit=True,
            lost=lost,
        )
    return StudentError(
        f"{what}: the process that runs your notebook ended or answered nothing that can be read. "
        "Nothing in a notebook may end Python (`exit`, `os._exit`, signals) or use up its memory.",
        staff,
        lost=True,
    )


def gone(failure: RemoteFailure) -> StudentError:
    """Return the error for a student's process that could not be asked at all."""
    return _translate("Asking your notebook", failure, 0.0, lost=True)


def _refuse_special(name: str) -> None:
    # pytest, copy and inspect probe such names; asking the student for them would be an answer
    if name.startswith("_"):
        raise AttributeError(name)


def _value_wanted(name: str) -> AuthorError:
    return AuthorError(f"`student.{name}` is a name, not a value; read it by student[{name!r}]")
