"""The log of the hub and of everything that it starts: one file, rotated, as text or JSON lines.

All those processes write to one pipe, and this reads it.

What it guarantees:

- The log takes no more space than the settings say, whatever a process prints.
- As JSON every line is one object with `when`, `level`, `source` and `message`; a line that no
  program marked, such as one of a traceback, has the level and source of the one before.
- No line is lost by rotating, and none of a process that was cut off is joined with another's.

What it does not do: tell who wrote a line. A notebook server, which its owner controls, can write
lines that look like the hub's; the log of events is what counts.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import re
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Final

from autograder.operations.settings import OperationsSettings

LONGEST_LINE_BYTES: Final = 16_384
# [I 2026-05-04 12:00:00.123 JupyterHub app:3352] message
_MARKED: Final = re.compile(
    r"\[(?P<level>[DIWEC]) [-\d]+ [\d:.,]+ (?P<source>[\w.-]+)(?: [^\]]*)?\] ?(?P<message>.*)"
)
# 12:00:00.123 [ConfigProxy] info: message
_PROXY: Final = re.compile(
    r"[-\d:.TZ]+ \[(?P<source>[\w.-]+)\] "
    r"(?:\x1b\[\d+m)*(?P<level>\w+)(?:\x1b\[\d+m)*: (?P<message>.*)"
)
_LEVELS: Final = {
    "D": "debug", "I": "info", "W": "warning", "E": "error", "C": "critical", "warn": "warning",
}  # fmt: skip


@dataclass
class LineFormat:
    """Turns what programs print into lines of the log."""

    as_json: bool
    level: str = field(default="info", init=False)
    source: str = field(default="", init=False)

    def line(self, raw: bytes, now: datetime) -> str:
        """Return the line for the log, without its end."""
        text = raw.decode("utf-8", "replace").rstrip("\r\n")
        if not self.as_json:
            return text
        match = _MARKED.match(text) or _PROXY.match(text)
        message = text
        if match is not None:
            level = match["level"]
            self.level, self.source = _LEVELS.get(level, level), match["source"]
            message = match["message"]
        when = now.isoformat(timespec="milliseconds")
        return json.dumps(
            {"when": when, "level": self.level, "source": self.source, "message": message}
        )


class _Quiet(RotatingFileHandler):
    """Says nothing on the console when the disk is full."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 (logging's name)
        """Lose the line."""


class LogPump:
    """Reads one end of a pipe into the log until the other end is closed everywhere.

    Args:
        path: the log.
        settings: format and sizes.
    """

    def __init__(self, path: Path, settings: OperationsSettings) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = _Quiet(
            path,
            maxBytes=settings.log_bytes,
            backupCount=max(1, settings.log_files),
            encoding="utf-8",
            delay=True,
        )
        self._format = LineFormat(settings.log_format == "json")
        reading, self.write_end = os.pipe2(os.O_CLOEXEC)
        self._thread = threading.Thread(target=self._pump, args=(reading,), daemon=True)

    def start(self) -> None:
        """Begin to read; call after the process that writes has been started."""
        os.close(self.write_end)
        self._thread.start()

    def finish(self, seconds: float) -> None:
        """Wait for the last lines of processes that have ended."""
        if self._thread.is_alive():
            self._thread.join(seconds)

    def _pump(self, reading: int) -> None:
        with os.fdopen(reading, "rb", buffering=LONGEST_LINE_BYTES) as pipe:
            while raw := pipe.readline(LONGEST_LINE_BYTES):
                self._write(self._format.line(raw, datetime.now(UTC)))
        with contextlib.suppress(OSError):  # the disk is full
            self._file.close()

    def _write(self, line: str) -> None:
        """Write a line; on a full disk lines are lost rather than the hub stopped."""
        record = logging.LogRecord("", logging.INFO, "", 0, "%s", (line,), None)
        self._file.handle(record)
