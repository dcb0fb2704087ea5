"""The student's namespace as a server: names and handles in, plain data and handles out.

What it guarantees: each question gives one answer, whatever the student's code raises; what cannot
travel stays here behind a handle, or is refused with the reason.
What it does not do: decide what may be asked. Everything here is within the student's reach.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from autograder.student.alarm import Alarm, TimeLimit
from autograder.student.borrowed import Borrowing, written_files
from autograder.student.capture import without_addresses
from autograder.student.forbidden import Forbidden
from autograder.student.notebook import seed_everything
from autograder.student.operators import OPERATORS
from autograder.student.shell import GradingShell
from autograder.student.tracebacks import message_of, name_of, traceback_lines
from autograder.wire.channel import Channel
from autograder.wire.codec import Handle, decode, encode
from autograder.wire.errors import Untransferable, WireError


class Missing(LookupError):
    """A name is not in the namespace."""


class Objects:
    """Answers questions about one namespace.

    Args:
        shell: whose namespace it is.
        alarm: that interrupts the student's code.
        channel: to the check's process, for calls of functions that it lends.
    """

    def __init__(self, shell: GradingShell, alarm: Alarm, channel: Channel) -> None:
        self._borrowing = Borrowing(channel)
        self._shell = shell
        self._alarm = alarm
        self._kept: list[object] = []
        self._forbidden = Forbidden((), {})
        self._operations: dict[str, Callable[[dict[str, Any]], Any]] = {
            "get": self._get,
            "set": self._set,
            "call": self._call,
            "attribute": self._attribute,
            "set_attribute": self._set_attribute,
            "text": self._text,
            "gradients": self._gradients,
            "operate": self._operate,
            "printed": self._printed,
            "files": self._files,
        }

    def renew(self, seed: int) -> None:
        """Forget all handles and seed the generators."""
        import torch

        if torch.get_num_threads() != 1:
            torch.set_num_threads(1)  # threads that the cells started do not survive a fork
        seed_everything(seed)
        self._kept.clear()

    def answer(self, question: dict[str, Any]) -> dict[str, Any]:
        """Return the fields of the answer to one question; what is printed meanwhile is dropped."""
        self._shell.capture.begin(0)
        self._borrowing.question = question["id"]
        if "renew" in question:
            self.renew(question["renew"])
        operation = self._operations.get(question["op"])
        if operation is None:
            return {"status": "unknown"}
        names = question.get("forbidden", ())
        self._forbidden = Forbidden(names, self._shell.cell_names if names else {})
        try:
            answer = self._answer(operation, question)
        finally:
            self._borrowing.question = 0
        if self._forbidden.used:
            return {"status": "forbidden", "message": without_addresses(self._forbidden.used)}
        return answer

    def _answer(
        self, operation: Callable[[dict[str, Any]], Any], question: dict[str, Any]
    ) -> dict[str, Any]:
        try:
            with self._alarm.limit(question["seconds"], "the call"):
                try:
                    value = operation(question)
                    if question.get("keep"):
                        value = self._keep(value)
                    return {"status": "ok", "value": encode(value, handle_for=self._keep)}
                except Missing as error:
                    return {"status": "missing", "message": str(error)}
                except Untransferable as error:
                    return {"status": "untransferable", "message": str(error)}
                except TimeLimit:
                    raise
                except BaseException as error:  # noqa: BLE001 - whatever student code can raise
                    return self._raised(error)
        except TimeLimit:
            return {"status": "limit"}
        except BaseException as error:  # noqa: BLE001 - raised by describing what was raised
            return {"status": "raised", "type": name_of(error), "message": "", "traceback": ""}

    def _raised(self, error: BaseException) -> dict[str, Any]:
        lines = traceback_lines(error, self._shell.cell_names)
        return {
            "status": "raised",
            "type": name_of(error),
            "types": [str(base.__name__)[:200] for base in type(error).__mro__[:20]],
            "message": without_addresses(message_of(error)),
            "traceback": without_addresses("\n".join(lines)),
        }

    def _keep(self, value: object) -> Handle:
        self._kept.append(value)
        return Handle(len(self._kept) - 1, str(type(value).__name__)[:200], callable(value))

    def _resolve(self, handle: Handle) -> object:
        try:
            return self._kept[handle.id]
        except IndexError:
            raise WireError(f"there is no handle {handle.id} in this branch") from None

    def _target(self, target: str | Handle) -> Any:
        if isinstance(target, Handle):
            return self._resolve(target)
        first, *rest = target.split(".")
        namespace = self._shell.user_ns
        if first not in namespace or first in self._shell.user_ns_hidden:
            raise Missing(target)
        value = namespace[first]
        for name in rest:
            try:
                value = getattr(value, name)
            except AttributeError:
                raise Missing(target) from None
        return value

    def _get(self, question: dict[str, Any]) -> Any:
        return self._target(question["target"])

    def _set(self, question: dict[str, Any]) -> None:
        owner, _, name = question["target"].rpartition(".")
        value = decode(question["value"], resolve=self._resolve)
        if owner:
            setattr(self._target(owner), name, value)
        else:
            self._shell.user_ns[name] = value

    def _attribute(self, question: dict[str, Any]) -> Any:
        return _attribute(self._target(question["target"]), question["name"])

    def _set_attribute(self, question: dict[str, Any]) -> None:
        value = decode(question["value"], resolve=self._resolve)
        setattr(self._target(question["target"]), question["name"], value)

    def _text(self, question: dict[str, Any]) -> str:
        return without_addresses(str(self._target(question["target"]))[:100_000])

    def _call(self, question: dict[str, Any]) -> Any:
        args, kwargs = self._arguments(question)
        function = self._callable(question)
        with self._forbidden.entered():
            value = function(*args, **kwargs)
        return [value, args, kwargs] if question.get("arguments_back") else value

    def _operate(self, question: dict[str, Any]) -> Any:
        args, _ = self._arguments(question)
        operator = OPERATORS[question["operator"]]
        with self._forbidden.entered():
            return operator(self._target(question["target"]), *args)

    def _printed(self, question: dict[str, Any]) -> str:
        capture = self._shell.capture
        capture.begin(4 * question["characters"])  # bytes
        self._call(question)
        written = [o["text"] for o in capture.finish() if o.get("name") == "stdout"]
        return "".join(written)[: question["characters"]]

    def _files(self, question: dict[str, Any]) -> dict[str, bytes]:
        return written_files(Path.cwd(), question["count"], question["total_bytes"])

    def _arguments(self, question: dict[str, Any]) -> Any:
        borrow = self._borrowing.function
        return decode(question["arguments"], resolve=self._resolve, borrow=borrow)

    def _callable(self, question: dict[str, Any]) -> Any:
        target = self._target(question["target"])
        return _attribute(target, question["method"]) if question["method"] else target

    def _gradients(self, question: dict[str, Any]) -> Any:
        import torch

        args, kwargs = self._arguments(question)
        cotangent = decode(question["cotangent"])
        owner = self._target(question["target"])
        function = self._callable(question)
        leaves = [value for value in (*args, *kwargs.values()) if _differentiable(value)]
        for leaf in leaves:
            leaf.requires_grad_(True)
        parameters = dict(owner.named_parameters()) if isinstance(owner, torch.nn.Module) else {}
        with torch.enable_grad():
            with self._forbidden.entered():
                value = function(*args, **kwargs)
            outputs = [output for output in _tensors(value) if output.requires_grad]
            weights = [cotangent if cotangent is not None else torch.ones_like(o) for o in outputs]
            wanted = [*leaves, *(p for p in parameters.values() if p.requires_grad)]
            found: dict[int, Any] = {}
            if outputs and wanted:
                gradients = torch.autograd.grad(outputs, wanted, weights, allow_unused=True)
                found = {id(tensor): grad for tensor, grad in zip(wanted, gradients, strict=True)}
        return [
            value,
            [found.get(id(argument)) for argument in args],
            {name: found[id(v)] for name, v in kwargs.items() if id(v) in found},
            {name: found.get(id(parameter)) for name, parameter in parameters.items()},
        ]


def _attribute(value: Any, path: str) -> Any:
    for name in path.split("."):
        value = getattr(value, name)
    return value


def _differentiable(value: object) -> bool:
    import torch

    return isinstance(value, torch.Tensor) and (value.is_floating_point() or value.is_complex())


def _tensors(value: Any) -> list[Any]:
    if _differentiable(value):
        return [value]
    if isinstance(value, (list, tuple)):
        return [tensor for item in value for tensor in _tensors(item)]
    if isinstance(value, dict):
        return [tensor for item in value.values() for tensor in _tensors(item)]
    return []
