"""Everything that a cell puts out, collected as nbformat 4 outputs.

What it guarantees:

- Text written through Python, through descriptors 1 and 2, by C code and by child processes is
  kept, in order as far as it can be told.
- A cell's outputs stay within a number of bytes; that something is left out is said.
- Memory addresses are replaced, so that running again gives the same outputs.

What it does not do: protect itself from the student's code, which may do with it what it likes.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import io
import os
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

_ADDRESS = re.compile(r"(?<= at )0x[0-9a-fA-F]+")
_OVERWRITTEN = re.compile(r"[^\n]*\r(?!\n)")
_NAMES = ("stdout", "stderr")
_flush_c_streams = ctypes.CDLL(None).fflush  # looked up once: it costs as much as a small cell


class Capture:
    """The outputs of the cell that is running."""

    def __init__(self) -> None:
        self.outputs: list[dict[str, Any]] = []
        self._displays: dict[str, dict[str, Any]] = {}
        self._limit = self._left = 200_000
        self._dropped = 0
        self._clear_next = False
        self._files: list[int] = []
        self._positions = [0, 0]

    def install(self) -> None:
        """Take over `sys.stdout`, `sys.stderr` and descriptors 0, 1 and 2 of this process."""
        for number, name in enumerate(_NAMES, start=1):
            file = _anonymous_file(name)
            os.dup2(file, number)
            self._files.append(file)
        with contextlib.suppress(OSError):
            null = os.open(os.devnull, os.O_RDONLY)
            os.dup2(null, 0)
            os.close(null)
        sys.stdout = Stream(self, "stdout", 1)
        sys.stderr = Stream(self, "stderr", 2)

    def begin(self, output_bytes: int) -> None:
        """Start a cell."""
        self.outputs = []
        self._limit = self._left = output_bytes
        self._dropped = 0
        self._clear_next = False

    def finish(self) -> list[dict[str, Any]]:
        """End a cell and return its outputs."""
        for stream in (sys.__stdout__, sys.__stderr__):
            with contextlib.suppress(Exception):
                assert stream is not None
                stream.flush()
        with contextlib.suppress(Exception):
            _flush_c_streams(None)
        self.drain()
        self.discard_written()
        outputs = [_finished(output) for output in self.outputs]
        if self._dropped:
            note = f"… the rest was cut: a cell may put out {self._limit} bytes\n"
            outputs.append({"output_type": "stream", "name": "stderr", "text": note})
        self.outputs = []
        return outputs

    def write(self, name: str, text: str) -> None:
        """Add text to a stream."""
        self.drain()
        self._write(name, text)

    def add(self, output: dict[str, Any], size: int) -> bool:
        """Add an output that is no stream; return whether it was kept."""
        self.drain()
        self._clear_if_due()
        if size > self._left:
            self._dropped += size
            return False
        self._left -= size
        self.outputs.append(output)
        return True

    def display(
        self, data: dict[str, Any], metadata: dict[str, Any], display_id: str | None, update: bool
    ) -> None:
        """Add what `display` shows, or put it in the place of what was shown under the same id."""
        if update and display_id in self._displays:
            self._displays[display_id].update(data=data, metadata=metadata)
            return
        if update:
            return
        output = {"output_type": "display_data", "data": data, "metadata": metadata}
        if self.add(output, _bundle_size(data)) and display_id:
            self._displays[display_id] = output

    def clear(self, wait: bool) -> None:
        """Forget the outputs so far; with `wait`, only once the next one comes."""
        self.drain()
        if wait:
            self._clear_next = True
        else:
            self.outputs.clear()
            self._left = self._limit

    def drain(self) -> None:
        """Take over what was written to the descriptors since the last time."""
        for index, file in enumerate(self._files):
            try:
                size = os.fstat(file).st_size
                while self._positions[index] < size and self._left > 0:
                    data = os.pread(file, min(1 << 16, size), self._positions[index])
                    if not data:
                        break
                    self._positions[index] += len(data)
                    self._write(_NAMES[index], data.decode("utf-8", "replace"))
                if self._positions[index] < size:
                    self._dropped += size - self._positions[index]
                    self._positions[index] = size
            except OSError:
                continue

    def discard_written(self) -> None:
        """Give back the room that text written to the descriptors takes."""
        for index, file in enumerate(self._files):
            if self._positions[index]:
                with contextlib.suppress(OSError):
                    os.ftruncate(file, 0)
                self._positions[index] = 0

    def tick(self) -> None:
        """Called now and then while code runs: a flood must not fill the memory."""
        self.drain()
        self.discard_written()

    def _write(self, name: str, text: str) -> None:
        if not text:
            return
        self._clear_if_due()
        size = len(text) if text.isascii() else len(text.encode("utf-8", "replace"))
        if size > self._left:
            self._dropped += size
            text = text[: max(0, self._left)]
            size = self._left
            if not text:
                return
            self._dropped -= size
        self._left -= size
        last = self.outputs[-1] if self.outputs else None
        if last is not None and last.get("name") == name:
            last["chunks"].append(text)
        else:
            self.outputs.append({"output_type": "stream", "name": name, "chunks": [text]})

    def _clear_if_due(self) -> None:
        if self._clear_next:
            self._clear_next = False
            self.clear(wait=False)


class Stream(io.TextIOBase):
    """What `sys.stdout` and `sys.stderr` are while student code runs."""

    encoding = "utf-8"
    errors = "replace"

    def __init__(self, capture: Capture, name: str, descriptor: int) -> None:
        self._capture = capture
        self._descriptor = descriptor
        self.name = f"<{name}>"
        self._stream = name
        self.buffer = _Raw(self)

    def write(self, text: str) -> int:
        """Add text to the cell's outputs."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self._capture.write(self._stream, str(text))
        return len(text)

    def writable(self) -> bool:
        """Return that it is."""
        return True

    def flush(self) -> None:
        """Do nothing: nothing is held back."""
        return

    def close(self) -> None:
        """Stay open: the next cell writes, too."""
        return

    def isatty(self) -> bool:
        """Return that no terminal is there."""
        return False

    def fileno(self) -> int:
        """Return the descriptor, for child processes."""
        return self._descriptor


class _Raw(io.RawIOBase):
    """`sys.stdout.buffer`."""

    def __init__(self, stream: Stream) -> None:
        self._text = stream

    def writable(self) -> bool:
        """Return that it is."""
        return True

    def write(self, data: Any) -> int:
        """Add bytes as text to the cell's outputs."""
        plain = bytes(data)
        self._text.write(plain.decode("utf-8", "replace"))
        return len(plain)

    def close(self) -> None:
        """Stay open: the next cell writes, too."""
        return


def without_addresses(text: str) -> str:
    """Return the text with memory addresses replaced."""
    return _ADDRESS.sub("0x…", text) if " at 0x" in text else text


def _finished(output: dict[str, Any]) -> dict[str, Any]:
    if output["output_type"] == "stream":
        text = "".join(output["chunks"])
        if "\r" in text:
            text = _OVERWRITTEN.sub("", text)
        return {
            "output_type": "stream",
            "name": output["name"],
            "text": without_addresses(text),
        }
    data = output.get("data")
    if data:
        for mime, value in data.items():
            if mime.startswith("text/"):
                data[mime] = without_addresses(value)
    return output


def _bundle_size(data: dict[str, Any]) -> int:
    return sum(len(value) for value in data.values() if isinstance(value, str))


def _anonymous_file(name: str) -> int:
    try:
        descriptor = os.memfd_create(name)
    except OSError:  # a policy may forbid it
        descriptor, path = tempfile.mkstemp(dir=".")
        Path(path).unlink()
    flags = fcntl.fcntl(descriptor, fcntl.F_GETFL)
    fcntl.fcntl(descriptor, fcntl.F_SETFL, flags | os.O_APPEND)  # so that truncating restarts at 0
    return descriptor
