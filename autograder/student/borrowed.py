"""Functions of the check, as the student's code calls them; and the files that it wrote.

What it guarantees: a call goes to the check's process and comes back with plain data, or with the
exception that the check's function answers with; it works only while the check waits for this code.
What it does not do: guard that. The check's process counts and bounds what is asked of it.
"""

from __future__ import annotations

import builtins
import os
import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from autograder.wire.channel import Channel
from autograder.wire.codec import decode, encode
from autograder.wire.errors import Untransferable


class Borrowing:
    """The way from calls of the check's functions to its process.

    Args:
        channel: to it.
    """

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._lock = threading.Lock()
        self.question = 0  # whose answer is being worked on; 0 between questions

    def function(self, number: int, name: str) -> Callable[..., Any]:
        """Return what stands for a function that the question at work lends."""
        question = self.question

        def borrowed(*args: Any) -> Any:
            return self._call(question, number, args)

        borrowed.__name__ = borrowed.__qualname__ = name
        return borrowed

    def _call(self, question: int, number: int, args: tuple[Any, ...]) -> Any:
        if question != self.question:
            raise RuntimeError("this function can be called only while the check calls your code")
        try:
            arguments = encode(list(args))
        except Untransferable as error:
            raise TypeError(f"this function takes plain data: {error}") from None
        with self._lock:
            asked = {"id": question, "status": "calls", "function": number, "arguments": arguments}
            self._channel.send(asked)
            answer = self._channel.receive(None)
        if answer["status"] == "ok":
            return decode(answer["value"])
        kind = getattr(builtins, answer["type"], TypeError)
        raise kind("the check's function does not take these arguments")


def written_files(folder: Path, count: int, total_bytes: int) -> dict[str, bytes]:
    """Return the plain files in a folder by relative name: no links, pipes or devices.

    Raises:
        Untransferable: there are more, or they are larger, than may be sent.
    """
    files: dict[str, bytes] = {}
    left = total_bytes
    for path in _plain_files(folder):
        size = path.stat().st_size
        if len(files) == count or size > left:
            raise Untransferable(
                f"the working folder has more than {count} files or {total_bytes} bytes in them"
            )
        name = str(path.relative_to(folder))
        if name.isprintable():
            data = path.read_bytes()[: size + 1]
            files[name] = data
            left -= len(data)
    return files


def _plain_files(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders.sort()
        folders[:] = [name for name in folders if name != "__pycache__"]
        for name in sorted(names):
            path = Path(place) / name
            if stat.S_ISREG(path.lstat().st_mode):
                yield path
