"""How everybody grades: send an order to the grading service, and read its events.

Imported by commands that must begin at once: the standard library only, and little of it.

What it guarantees:

- `grade` finds this user's service; the first who asks starts it. A service that may not grade for
  this process (other settings of the environment, another sandbox) is left alone: a private one
  does it, which ends with this process.
- When the service is killed, the order goes on where it was: the next one has it on disk.
- When the caller stops reading, the order is cancelled: nothing of it runs on.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any, Self

from autograder.service import place
from autograder.service.protocol import (
    Event,
    Order,
    ProtocolError,
    Result,
    plain_items,
    receive,
    send,
)

PROGRAM = "autograder.cli._start"  # by name: a client imports nothing of it
IDLE_MINUTES = 15.0  # of a service that a command started
RECONNECTIONS = 3  # in a row without an event in between
WELCOME_SECONDS = 5.0
START_SECONDS = 150.0
CANCEL_SECONDS = 20.0
_LOG_BYTES = 4_000


class ServiceError(Exception):
    """The grading service cannot do it; the message says why."""


class OrderRefused(ServiceError):
    """The order makes no sense: there is no such assignment, student or profile."""


class OrderCancelled(ServiceError):
    """The service was stopped by somebody."""


class _Unfit(Exception):
    """The service that runs is not for this process; the message says why."""


class Place:
    """Where orders of this process go, of any thread: the user's service, or a private one.

    Args:
        folder: of the service; by default this user's.
        private: it is nobody else's and ends with this process.
    """

    def __init__(self, folder: Path | None = None, *, private: bool = False) -> None:
        self.folder = folder or place.folder_path()
        self.is_private = private
        self._process: subprocess.Popen[bytes] | None = None
        self._scratch: str | None = None
        # as they are now: what this process does later to its own does not change who it is
        self._environment = dict(os.environ)
        self._circumstances = place.circumstances()
        self._fingerprint = ""
        self._choosing = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def close(self) -> None:
        """End a private service, and wait until it is gone."""
        self._end()
        if self._scratch is not None:
            shutil.rmtree(self._scratch, ignore_errors=True)
            self._scratch = None

    def connect(self) -> socket.socket:
        """Return a connection to the service; start one where none runs.

        Raises:
            ServiceError: it cannot be started.
        """
        if not self.is_private:
            try:
                return self._connect()
            except (_Unfit, OSError):
                with self._choosing:
                    if not self.is_private:
                        self._scratch = tempfile.mkdtemp(prefix="gradlab-service-")
                        self.folder = Path(self._scratch)
                        self.is_private = True
        try:
            return self._connect()
        except _Unfit as error:  # of a private one, which was started as this process was
            raise ServiceError(f"{error}; run the command again") from error

    def ask(self, event: str) -> dict[str, Any] | None:
        """Return the answer of the service to a question; None when none runs."""
        try:
            connection, answer = self._greet()
            with connection:
                if answer.get("again"):  # it runs other code, and ends
                    return None
                send(connection, {"event": event})
                return receive(connection)[0]
        except (OSError, ProtocolError):
            return None

    def isolation(self) -> str:
        """Return the level under which the service runs student code.

        Raises:
            ServiceError: it cannot be started.
        """
        self.connect().close()
        answer = self.ask("status")
        if answer is None:
            raise ServiceError("the grading service ended")
        return str(answer["isolation"])

    def _connect(self) -> socket.socket:
        with contextlib.suppress(FileNotFoundError, ConnectionError):
            return self._knock()
        folder = place.make_folder(self.folder)
        try:
            # one starts it, and the others wait for that
            with os.fdopen(place.open_file(folder, place.STARTING, os.O_RDWR), "w") as starting:
                fcntl.flock(starting, fcntl.LOCK_EX)
                with contextlib.suppress(FileNotFoundError, ConnectionError):
                    return self._knock()
                self._end()
                self._start(folder)
                with contextlib.suppress(FileNotFoundError, ConnectionError):
                    return self._knock()
            raise ServiceError(f"the grading service did not start: {_last_words(folder)}")
        finally:
            os.close(folder)

    def _knock(self) -> socket.socket:
        """Return a connection over which the service has said that it grades for this process.

        Raises:
            FileNotFoundError, ConnectionError: there is none.
            PermissionError: the folder is not this user's alone.
            _Unfit: it does not grade for this process.
        """
        try:
            connection, answer = self._greet()
        except (TimeoutError, ProtocolError) as error:
            raise _Unfit("the grading service does not answer") from error
        if answer["event"] == "welcome":
            connection.settimeout(None)
            return connection
        connection.close()
        if answer.get("again"):
            raise ConnectionResetError("the grading service runs other code and ends")
        raise _Unfit("gradlab, or what this process may do, changed while the command ran")

    def _greet(self) -> tuple[socket.socket, dict[str, Any]]:
        """Return a connection to the service, and its answer to who this is."""
        self._fingerprint = self._fingerprint or place.fingerprint()
        folder = place.open_folder(self.folder)
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.settimeout(WELCOME_SECONDS)
            connection.connect(place.address_in(folder))
            pid, uid = place.peer(connection)
            if uid != os.geteuid():
                raise PermissionError("the grading service is another user's")
            if place.standing(pid) != place.standing("self"):
                raise PermissionError("the grading service is confined in another way")
            send(
                connection,
                {
                    "event": "hello",
                    "token": place.read_token(folder),
                    "fingerprint": self._fingerprint,
                    "circumstances": self._circumstances,
                },
            )
            return connection, receive(connection)[0]
        except BaseException:
            connection.close()
            raise
        finally:
            os.close(folder)

    def _end(self) -> None:
        if self._process is not None:
            assert self._process.stdin is not None
            self._process.stdin.close()  # that is its sign
            self._process.wait()
            self._process = None

    def _start(self, folder: int) -> None:
        """Start the service and wait until it answers, or has ended."""
        reader, writer = os.pipe()
        log = place.open_file(folder, place.LOG, os.O_WRONLY | os.O_TRUNC)
        minutes = 0.0 if self.is_private else IDLE_MINUTES
        command = [sys.executable, "-m", PROGRAM, str(writer), str(minutes)]
        options: dict[str, Any] = {
            "cwd": "/",
            "env": {**self._environment, place.FOLDER: str(self.folder)},
            "stdout": log,
            "stderr": log,
            "pass_fds": (writer,),
            "start_new_session": True,
        }
        try:
            if self.is_private:
                self._process = subprocess.Popen(command, stdin=subprocess.PIPE, **options)
            else:  # the shell ends at once: the service is no child of this process
                command = ["/bin/sh", "-c", '"$@" &', "sh", *command]
                subprocess.run(command, stdin=subprocess.DEVNULL, check=True, **options)
        finally:
            os.close(writer)
            os.close(log)
        with os.fdopen(reader, "rb") as ready:
            select.select([ready], [], [], START_SECONDS)  # it says so, or has ended


def grade(order: Order, where: Place | None = None) -> Generator[Event]:
    """Have an order done; yields its events, the last of which is `end`.

    Args:
        order: what is to be done.
        where: the service; by default this user's.

    Raises:
        OrderRefused: there is no such assignment, student or profile.
        OrderCancelled: the service was told to stop; what was accepted waits for the next one.
        ServiceError: the service cannot be started, or was lost time and again.
    """
    own = contextlib.ExitStack()
    if where is None:
        where = own.enter_context(Place())
    with own:
        done: set[int] = set()
        lost = 0
        while True:
            connection = where.connect()
            with connection:
                try:
                    for event in _events(connection, order, done):
                        lost = 0
                        yield event
                        if event.kind == "end":
                            return
                except (ConnectionError, ProtocolError, FileNotFoundError) as error:
                    lost += 1
                    if lost > RECONNECTIONS:
                        raise ServiceError(f"the grading service is lost: {error}") from error
                except (GeneratorExit, KeyboardInterrupt):
                    _cancel(connection)
                    raise


def result_of(order: Order, where: Place | None = None) -> tuple[Result, bytes]:
    """Have an order of one job done; return its result and the report's bytes.

    Raises:
        ServiceError: as `grade`.
    """
    found: Event | None = None
    for event in grade(order, where):
        if event.kind == "done":
            found = event
    if found is None or found.result is None:
        raise ServiceError("the grading service ended an order without a result")
    return found.result, found.body


def _events(connection: socket.socket, order: Order, done: set[int]) -> Iterator[Event]:
    """Submit an order, perhaps again, and yield its events."""
    body = b"".join(one.body for one in order.items)
    send(
        connection,
        {"event": "submit", "order": order.head(), "items": plain_items(order.items)},
        body,
    )
    while True:
        message, data = receive(connection)
        kind = message["event"]
        if kind == "refused":
            raise (OrderRefused if message.get("input") else ServiceError)(message["say"])
        if kind == "stopping":
            if message.get("again"):
                raise ConnectionResetError("the grading service starts anew")
            raise OrderCancelled(message["say"])
        if kind == "done":
            if message["job"] in done:
                continue
            done.add(message["job"])
        yield _event(message, data)
        if kind == "end":
            with contextlib.suppress(OSError):
                send(connection, {"event": "forget", "order": message["order"]})
            return


def _event(message: dict[str, Any], data: bytes) -> Event:
    raw = message.get("result")
    result = None if raw is None else Result.of(raw)
    return Event(message["event"], message.get("name", ""), message.get("content"), result, data)


def _cancel(connection: socket.socket) -> None:
    """Cancel what was ordered over a connection, and wait until nothing of it runs."""
    with contextlib.suppress(OSError, ProtocolError):
        connection.settimeout(CANCEL_SECONDS)
        send(connection, {"event": "cancel"})
        while receive(connection)[0]["event"] != "end":
            pass


def _last_words(folder: int) -> str:
    with os.fdopen(place.open_file(folder, place.LOG, os.O_RDONLY), "rb") as log:
        log.seek(max(0, os.fstat(log.fileno()).st_size - _LOG_BYTES))
        return log.read().decode(errors="replace").strip() or "it said nothing"
