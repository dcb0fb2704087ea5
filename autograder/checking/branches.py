"""Which copy of the student's namespace the checks of a graded cell talk to.

Each graded cell's checks see the namespace as the notebook's cells left it. A fork of the student's
process gives that always. Cells whose checks only use names that leave nothing behind
(`CheckJob.stateless`) share the process itself, whose generators are seeded anew for each of them.

What it guarantees:

- A verdict is the same in a fork of its own and in the shared process, which is only cheaper.
- A check that turns out to need more, in the shared process, makes its cell start again in a fork
  of its own: `OwnBranchNeeded` is raised before anything is asked.
- A process in which a call was interrupted, or that is dead, is used for nothing any more. When
  that is the shared one, `ProcessSpent` says that there is nothing left to fork from, either.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from autograder.wire.codec import Handle
from autograder.wire.namespace import Gradients, Namespace

Branch = Callable[[int], Namespace]


class OwnBranchNeeded(BaseException):
    """A check uses a name that may leave something behind; not for authors to catch."""


class ProcessSpent(BaseException):
    """The student's process cannot be used any more, since it was used itself; not for authors."""


class Branches:
    """The namespaces that one job's checks use.

    Args:
        branch: makes a fork of the student's process, seeded with a number.
        process: gives the namespace of the process itself.
        stateless: names whose use leaves nothing behind.
    """

    def __init__(
        self, branch: Branch, process: Callable[[], Namespace], stateless: frozenset[str]
    ) -> None:
        self._branch = branch
        self._process = process
        self._stateless = stateless
        self._shared: Namespace | None = None
        self._spent = False

    def of_cell(self, seed: int, *, own: bool) -> CellBranch:
        """Return what one graded cell's checks use.

        Args:
            seed: of the generators that the student's code finds seeded.
            own: whether the cell is known to need a fork of its own.
        """
        return CellBranch(self, seed, own=own or not self._stateless)

    def spend(self) -> None:
        """Use the process for nothing any more."""
        self._spent = True

    def share(self, seed: int) -> SharedNamespace:
        """Return the process's own namespace, seeded as a new fork would be.

        Raises:
            ProcessSpent: it cannot be used any more.
        """
        self._refuse_spent()
        is_first = self._shared is None
        self._shared = self._shared or self._process()
        self._shared.renew(seed)
        return SharedNamespace(self._shared, self._stateless, is_first=is_first)

    def fork(self, seed: int) -> Namespace:
        """Return a new fork.

        Raises:
            ProcessSpent: the process cannot be used any more.
        """
        self._refuse_spent()
        return self._branch(seed)

    def _refuse_spent(self) -> None:
        if self._spent:
            raise ProcessSpent


class CellBranch:
    """The namespace that the checks of one graded cell talk to; opened when the first one asks."""

    def __init__(self, branches: Branches, seed: int, *, own: bool) -> None:
        self._branches = branches
        self._seed = seed
        self._own = own
        self._fork: Namespace | None = None
        self._shared: SharedNamespace | None = None

    def open(self) -> Namespace | SharedNamespace:
        """Return the namespace; a new one when there is none."""
        if self._own:
            self._fork = self._fork or self._branches.fork(self._seed)
            return self._fork
        self._shared = self._shared or self._branches.share(self._seed)
        return self._shared

    @property
    def was_spent(self) -> bool:
        """Return whether the process died between an earlier cell and this one."""
        return self._shared is not None and self._shared.died_before

    def drop(self) -> None:
        """Give the namespace up; the next check needs another process."""
        if self._fork is not None:
            self._fork.close()
        if self._shared is not None:
            self._branches.spend()
        self._fork = self._shared = None

    def finish(self) -> None:
        """Leave the namespace to the next cell, if it is shared."""
        self._shared = None
        self.drop()


class SharedNamespace:
    """A namespace in which only what leaves nothing behind may be used; see `Namespace`."""

    def __init__(self, namespace: Namespace, stateless: frozenset[str], *, is_first: bool) -> None:
        self._namespace = namespace
        self._stateless = stateless
        self._is_first = is_first

    @property
    def dead(self) -> str:
        """Return why the namespace cannot be used any more; empty while it can."""
        return self._namespace.dead

    @property
    def ended(self) -> bool:
        """Return whether the process was found to have ended."""
        return self._namespace.ended

    def forbid(self, names: Sequence[str]) -> None:
        """Forbid names of libraries in the questions that follow, instead of those before."""
        self._namespace.forbid(names)

    @property
    def died_before(self) -> bool:
        """Return whether the process is dead, answered nothing here, but was used before."""
        return bool(self.dead) and not self._is_first and not self._namespace.answered

    def get(self, name: str, *, keep: bool = False, seconds: float | None = None) -> Any:
        """Read a value; an object that stays there must be of a stateless name."""
        if keep:
            self._allow(name)
        value = self._namespace.get(name, keep=keep, seconds=seconds)
        if _has_handle(value):
            self._allow(name)
        return value

    def set(self, *_: object, **__: object) -> None:
        """Refuse: it would be seen by the next cell."""
        raise OwnBranchNeeded

    def call(
        self,
        target: str | Handle,
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
        seconds: float | None = None,
        *,
        method: str = "",
        keep: bool = False,
        arguments_back: bool = False,
    ) -> Any:
        """Call a stateless name, or an object that one of them made."""
        self._allow(target)
        return self._namespace.call(
            target, args, kwargs, seconds, method=method, keep=keep, arguments_back=arguments_back
        )

    def operate(
        self,
        operator: str,
        target: str | Handle,
        args: Sequence[Any] = (),
        seconds: float | None = None,
        *,
        keep: bool = False,
    ) -> Any:
        """Apply an operator to an object that a stateless name made."""
        self._allow(target)
        return self._namespace.operate(operator, target, args, seconds, keep=keep)

    def printed(
        self,
        target: str | Handle,
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
        seconds: float | None = None,
        *,
        characters: int,
    ) -> str:
        """Return what a stateless name, or an object that one of them made, prints."""
        self._allow(target)
        return self._namespace.printed(target, args, kwargs, seconds, characters=characters)

    def files(self, *_: object, **__: object) -> dict[str, bytes]:
        """Refuse: what wrote them left something behind."""
        raise OwnBranchNeeded

    def attribute(
        self, target: str | Handle, name: str, *, keep: bool = False, seconds: float | None = None
    ) -> Any:
        """Read an attribute of an object that a stateless name made."""
        self._allow(target)
        return self._namespace.attribute(target, name, keep=keep, seconds=seconds)

    def set_attribute(
        self, target: str | Handle, name: str, value: Any, *, seconds: float | None = None
    ) -> None:
        """Set an attribute of an object that a stateless name made."""
        if isinstance(target, str):
            raise OwnBranchNeeded
        self._namespace.set_attribute(target, name, value, seconds=seconds)

    def text(self, target: str | Handle, *, seconds: float | None = None) -> str:
        """Return `str()` of an object that a stateless name made."""
        self._allow(target)
        return self._namespace.text(target, seconds=seconds)

    def gradients(
        self,
        target: str | Handle,
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
        seconds: float | None = None,
        *,
        method: str = "",
        cotangent: Any = None,
    ) -> Gradients:
        """Differentiate a stateless name, or an object that one of them made."""
        self._allow(target)
        return self._namespace.gradients(
            target, args, kwargs, seconds, method=method, cotangent=cotangent
        )

    def _allow(self, target: str | Handle) -> None:
        # objects behind handles were made in this cell, by what may be used here
        if isinstance(target, str) and target.split(".")[0] not in self._stateless:
            raise OwnBranchNeeded


def _has_handle(value: Any) -> bool:
    if type(value) is Handle:
        return True
    if type(value) is dict:
        return any(_has_handle(entry) for pair in value.items() for entry in pair)
    return type(value) in (list, tuple, set) and any(_has_handle(entry) for entry in value)
