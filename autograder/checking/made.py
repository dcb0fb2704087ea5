"""Objects of the student's classes that a check expects as such, used as Python uses objects.

What it guarantees:

- Every operation runs in the student's process and gives plain data or another such object; lengths
  are whole numbers and comparisons are true or false, or the answer is wrong.
- Iteration asks for one item after another, and for so many at most.
- A context manager is left when its block ends, however it ends; it cannot swallow what ended it.

What it does not do: trust. What an object says of itself, `==` included, is the student's word; and
what it is combined with goes to the student's process. So an object is used like this only where
the check asked for one (`student.make`, `student.object`); elsewhere it is a wrong answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any

from autograder.checking.clean import clean
from autograder.checking.errors import StudentError, WrongAnswer
from autograder.checking.remote import RemoteObject, ask, unwrap
from autograder.checking.text import describe

ITEMS = 2_000
LENGTH = 10_000_000  # `list` makes room for as many items as `len` says


class _NoLength(StudentError, TypeError):
    """The object has no length: `list` goes through it without, `len` is the student's error."""


class Made(RemoteObject):
    """An object of the student's, for operators, `len`, indices, iteration and `with`."""

    __slots__ = ()
    __hash__ = None  # type: ignore[assignment]  # equality is the student's word

    def __len__(self) -> int:
        try:
            length = _operate(self, "len")
        except StudentError as error:
            if error.type_name == "TypeError":
                raise _NoLength(error.message, error.detail, type_name="TypeError") from error
            raise
        if type(length) is not int or not 0 <= length <= LENGTH:
            raise WrongAnswer(f"The length of a {self.type_name} is {describe(length)}.")
        return length

    def __iter__(self) -> Iterator[Any]:
        iterator = _operate(self, "iter", keep=True)
        for _ in range(ITEMS):
            item = _next_of(iterator)
            if not item:
                return
            yield item[0]
        raise StudentError(
            f"Going through a {self.type_name} gave more than {ITEMS} items; it has to end.",
            limit=True,
        )

    def __next__(self) -> Any:
        item = _next_of(self)
        if not item:
            raise StopIteration
        return item[0]

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return _operate(self, "slice", index.start, index.stop, index.step)
        return _operate(self, "getitem", index)

    def __setitem__(self, index: Any, value: Any) -> None:
        _operate(self, "setitem", index, value)

    def __delitem__(self, index: Any) -> None:
        _operate(self, "delitem", index)

    def __float__(self) -> float:
        value = _operate(self, "float")
        if type(value) is not float:
            raise WrongAnswer(f"A {self.type_name} as a number is {describe(value)}.")
        return value

    def __enter__(self) -> Any:
        return _operate(self, "enter")

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        raised = "" if error is None else "the block did not end well"
        try:
            _operate(self, "leave", raised)
        except StudentError:
            if error is None:
                raise


def same(one: Made, other: Made) -> bool:
    """Say whether two objects are one object in the student's process."""
    return _truth(one, _operate(one, "is", other))


def _operate(made: RemoteObject, operator: str, *others: Any, keep: bool = False) -> Any:
    line, handle = made._line, made._handle
    sent = [unwrap(line, other) for other in others]
    return ask(
        line,
        f"Using a `{made.type_name}` ({operator})",
        lambda space, seconds: space.operate(operator, handle, sent, seconds, keep=keep),
        Made,
    )


def _next_of(iterator: Any) -> list[Any]:
    item = _operate(iterator, "next")
    if type(item) is not list or len(item) > 1:
        raise WrongAnswer(f"The next item is {describe(item)}.")
    return item


def _truth(made: RemoteObject, value: Any) -> bool:
    if type(value) is not bool:
        raise WrongAnswer(
            f"A comparison of a {clean(made.type_name, 60)} gave {describe(value)}; "
            "expected True or False."
        )
    return value


def _asking(operator: str) -> Callable[..., Any]:
    return lambda self, *others: _operate(self, operator, *others)


def _asking_truth(operator: str) -> Callable[..., bool]:
    return lambda self, *others: _truth(self, _operate(self, operator, *others))


def _asking_reversed(operator: str) -> Callable[..., Any]:
    return lambda self, other: _operate(self, "reversed", other, operator)


for _name in ("neg", "pos", "abs", "invert"):
    setattr(Made, f"__{_name}__", _asking(_name))
for _name in ("lt", "le", "gt", "ge", "eq", "ne", "contains"):
    setattr(Made, f"__{_name}__", _asking_truth(_name))
setattr(Made, "__bool__", _asking_truth("truth"))  # noqa: B010  # as its neighbours
for _name in (
    "add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "lshift", "rshift", "xor",
):  # fmt: skip
    setattr(Made, f"__{_name}__", _asking(_name))
    setattr(Made, f"__r{_name}__", _asking_reversed(_name))
for _name in ("and", "or"):
    setattr(Made, f"__{_name}__", _asking(f"{_name}_"))
    setattr(Made, f"__r{_name}__", _asking_reversed(f"{_name}_"))
