"""The `student` fixture: the student's namespace as a check author sees it.

What it guarantees:

- Whatever the student's code does comes back as plain data, a `RemoteObject`, or `StudentError`
  (`autograder.checking.running.line`).
- `source` is the grader's trusted copy of a cell, not what the student's process claims.

What it does not do: judge values. Copies cross: changing a returned tensor changes nothing there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from autograder.checking.errors import AuthorError, StudentError, WrongAnswer
from autograder.checking.made import Made, same
from autograder.checking.remote import (
    RemoteName,
    RemoteObject,
    ask,
    call,
    refuse_special,
    remote_text,
    target_of,
    unwrap,
)
from autograder.checking.running.line import Line
from autograder.checking.text import describe
from autograder.wire.codec import Handle
from autograder.wire.namespace import Gradients, RemoteMissing

PRINTED_CHARACTERS = 100_000
FILES = 200
FILES_BYTES = 8 << 20


class Student:
    """What the student's notebook left behind, after its cells ran.

    `student.f(x)` calls, `student["x"]` reads a value, `student.source("cell_id")` is the text that
    was handed in. A name that is also one of this class's own is called by `student.call(name, …)`.

    Args:
        line: the way to the student's process.
        sources: cell id -> text as handed in of the cells above the graded one, in their order.
        given: cell id -> text of the code cells that the course gives.
    """

    def __init__(
        self, line: Line, sources: Mapping[str, str], given: Mapping[str, str] | None = None
    ) -> None:
        self._line = line
        self._sources = sources
        self._given = given or {}

    def __getattr__(self, name: str) -> RemoteName:
        refuse_special(name)
        return RemoteName(self._line, name)

    def __getitem__(self, name: str) -> Any:
        return _read(self._line, name)

    def __setitem__(self, name: str, value: Any) -> None:
        sent = unwrap(self._line, value)
        ask(
            self._line,
            f"Setting `{name}`",
            lambda space, seconds: space.set(name, sent, seconds=seconds),
        )

    def call(self, name: str, *args: Any, **kwargs: Any) -> Any:
        """Call a global name of the student's namespace."""
        return call(self._line, name, name, args, kwargs)

    def has(self, name: str) -> bool:
        """Say whether the student's namespace has the name."""
        try:
            ask(
                self._line, name, lambda space, seconds: space.get(name, keep=True, seconds=seconds)
            )
        except StudentError as error:
            if isinstance(error.__cause__, RemoteMissing):
                return False
            raise
        return True

    def make(self, target: str | RemoteName | RemoteObject, *args: Any, **kwargs: Any) -> Made:
        """Call something and hold what it returns as an object of the student's.

        Args:
            target: for example a class of the student's: `student.make("Vector", 1, 2)`.
            args: for the call.
            kwargs: for the call.

        Raises:
            WrongAnswer: it returned None.
        """
        remote, label = target_of(target)
        made = call(self._line, remote, label, args, kwargs, Made, keep=True)
        assert isinstance(made, Made)
        if made.type_name == "NoneType":
            raise WrongAnswer(f"`{label}` returned None; expected an object.")
        return made

    def object(self, target: str | RemoteName | RemoteObject) -> Made:
        """Hold the value of a name, or what a call returned, as an object of the student's.

        Raises:
            WrongAnswer: plain data came where an object was expected.
        """
        if isinstance(target, RemoteObject):
            return Made(self._line, target._handle)
        if not isinstance(target, str | RemoteName):
            raise WrongAnswer(f"What came is {describe(target)}; an object was expected there.")
        name, label = target_of(target)
        made = ask(
            self._line,
            f"Reading `{label}`",
            lambda space, seconds: space.get(str(name), keep=True, seconds=seconds),
            Made,
        )
        assert isinstance(made, Made)
        return made

    def same(
        self, one: str | RemoteName | RemoteObject, other: str | RemoteName | RemoteObject
    ) -> bool:
        """Say whether two names or objects are one object in the student's process."""
        return same(self.object(one), self.object(other))

    def printed(self, target: str | RemoteName | RemoteObject, *args: Any, **kwargs: Any) -> str:
        """Call something and return what it printed, at most 100 000 characters.

        Raises:
            WrongAnswer: it printed more.
        """
        remote, label = target_of(target)
        sent = [unwrap(self._line, value) for value in args]
        named = {key: unwrap(self._line, value) for key, value in kwargs.items()}
        text = str(
            ask(
                self._line,
                f"Calling `{label}`",
                lambda space, seconds: space.printed(
                    remote, sent, named, seconds, characters=PRINTED_CHARACTERS
                ),
            )
        )
        if len(text) > PRINTED_CHARACTERS:
            raise WrongAnswer(
                f"Calling `{label}` printed more than {PRINTED_CHARACTERS} characters."
            )
        return text

    def files(self) -> dict[str, bytes]:
        """Return the plain files in the notebook's working folder, by relative name.

        Links, pipes and files whose name cannot be read are left out. What one check's calls wrote
        is there for the checks after it.

        Raises:
            StudentError: there are more than 200 files or more than 8 MB in them.
        """
        found = ask(
            self._line,
            "Reading your files",
            lambda space, seconds: space.files(
                count=FILES, total_bytes=FILES_BYTES, seconds=seconds
            ),
        )
        assert isinstance(found, dict)
        return found

    def set_attribute(self, target: str | RemoteName | RemoteObject, name: str, value: Any) -> None:
        """Set an attribute of an object of the student's."""
        remote, label = target_of(target)
        sent = unwrap(self._line, value)
        ask(
            self._line,
            f"Setting `{label}.{name}`",
            lambda space, seconds: space.set_attribute(remote, name, sent, seconds=seconds),
        )

    def text(self, target: str | RemoteName | RemoteObject) -> str:
        """Return `str()` of an object of the student's, for example of a sympy expression."""
        return remote_text(self._line, *target_of(target))

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
        remote, label = target_of(target)
        sent = [unwrap(self._line, value) for value in args]
        named = {key: unwrap(self._line, value) for key, value in kwargs.items()}
        answer = ask(
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
        """Return the text of the code cells above, as handed in, by cell id, in order."""
        return self._sources

    @property
    def given(self) -> Mapping[str, str]:
        """Return the text of every code cell that the course gives, by cell id."""
        return self._given


def _read(line: Line, name: str) -> Any:
    value = ask(line, f"Reading `{name}`", lambda space, seconds: space.get(name, seconds=seconds))
    if isinstance(value, RemoteObject) and _is_formula(line, value._handle):
        return value.__text__()
    return value


def _is_formula(line: Line, handle: Handle) -> bool:
    """Say whether an object is a formula of sympy's, which is read as its text; no number."""
    try:
        module = ask(
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
