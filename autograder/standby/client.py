"""How a command runs in the standby of its data directory, when there is one that fits.

Imported before anything else of a command: the standard library only, and little of it.

What it guarantees:

- The command sees the caller's arguments, environment, working directory, umask, resource limits
  and descriptors 0 to 2; the caller ends as the command ended.
- Signals of the terminal and of others reach the command. When this process dies, it is ended.
- Whatever is amiss before the command began: it runs here, as if there were no standby.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import select
import signal
import socket
import sys
from pathlib import Path
from typing import Any

from autograder.standby import place

VERBS = ("grade", "score", "verify")
ELSEWHERE = ("--scheduler", "--cluster")  # nothing that is warm here helps them
SWITCH = "GRADLAB_STANDBY"
OUR_FAULT = 3
MOST_BYTES = 65_536
_WELCOME_SECONDS = 3.0
_FORWARDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


def run_in_standby(argv: list[str]) -> int | None:
    """Run a command in the standby; returns its exit status, None when it has to run here."""
    verb = argv[2:3] if argv[:1] == ["--course"] else argv[:1]
    elsewhere = any(one.startswith(ELSEWHERE) for one in argv)
    if not {*verb} & {*VERBS} or elsewhere or os.environ.get(SWITCH) == "off":
        return None
    try:
        begun = _begin(argv)
    except (OSError, ValueError, AttributeError):  # no standby, or one that does not fit
        begun = None
    if begun is None:
        return None
    connection, command = begun
    with connection:
        return _accompany(connection, command)


def _begin(argv: list[str]) -> tuple[socket.socket, int] | None:
    """Let the command begin; returns the connection and its pidfd, None when it did not."""
    connection = connect(argv)
    if connection is None:
        return None
    belongings = _belongings()
    try:
        send(connection, {"event": "command"}, belongings)
    finally:
        for descriptor in (belongings[0], belongings[-1]):
            os.close(descriptor)
    started, fds = receive(connection)
    if started.get("event") == "started":
        return connection, fds[0]
    connection.close()
    return None


def ask(event: str) -> dict[str, Any] | None:
    """Return the answer of the standby to a question; None when none answers."""
    try:
        connection = connect([])
        if connection is None:
            return None
        with connection:
            send(connection, {"event": event})
            return receive(connection)[0] or None
    except (OSError, ValueError):
        return None


def connect(argv: list[str]) -> socket.socket | None:
    """Return a connection to a standby that fits; None when there is none.

    Raises:
        OSError, ValueError: there is none, or it does not answer.
    """
    home = place.home_of(argv, os.environ, Path.cwd())
    if home is None:
        return None
    folder = place.open_folder(home)
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        connection.connect(place.address_in(folder))
        if place.peer(connection)[1] != os.geteuid():
            raise PermissionError("the standby is another user's")
        send(
            connection,
            {
                "event": "hello",
                "token": place.read_token(folder),
                "fingerprint": place.fingerprint(),
                "circumstances": place.circumstances(),
            },
        )
        if select.select([connection], [], [], _WELCOME_SECONDS)[0]:
            answer, _fds = receive(connection)
            if answer.get("event") == "welcome":
                return connection
            if "say" in answer:
                print(answer["say"], file=sys.stderr)
    except BaseException:
        connection.close()
        raise
    finally:
        os.close(folder)
    connection.close()
    return None


def send(connection: socket.socket, message: dict[str, Any], fds: list[int] | None = None) -> None:
    """Send one message with copies of descriptors."""
    socket.send_fds(connection, [json.dumps(message).encode()], fds or [], socket.MSG_NOSIGNAL)


def receive(connection: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """Receive one message; an empty one when the other side is gone."""
    try:
        data, fds, _flags, _address = socket.recv_fds(
            connection, MOST_BYTES, 16, socket.MSG_CMSG_CLOEXEC
        )
    except ConnectionResetError:
        return {}, []
    return (json.loads(data) if data else {}), fds


def _belongings() -> list[int]:
    """Return descriptors of what makes the command this caller's; a description is the first."""
    umask = os.umask(0)
    os.umask(umask)
    ignored = [n for n in _FORWARDED if signal.getsignal(n) == signal.SIG_IGN]
    limits = [n for name, n in vars(resource).items() if name.startswith("RLIMIT_")]
    streams = (sys.stdin, sys.stdout, sys.stderr)
    content = {
        "argv": sys.argv,
        "environment": dict(os.environ),
        "umask": umask,
        "ignored": ignored,
        "limits": [(n, *resource.getrlimit(n)) for n in sorted(set(limits))],
        "streams": [
            (one.encoding, one.errors, one.line_buffering, getattr(one, "write_through", False))
            for one in streams
        ],
    }
    description = os.memfd_create("command", os.MFD_CLOEXEC)
    data = json.dumps(content).encode()
    while data:
        data = data[os.write(description, data) :]
    return [description, 0, 1, 2, os.open(".", os.O_PATH | os.O_DIRECTORY)]


def _accompany(connection: socket.socket, command: int) -> int:
    """Pass signals on to the command until it has ended; returns its exit status."""

    def forward(number: int, _frame: object) -> None:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(command, number)

    def stop(_number: int, frame: object) -> None:
        forward(signal.SIGSTOP, frame)
        os.kill(os.getpid(), signal.SIGSTOP)
        forward(signal.SIGCONT, frame)

    for number in _FORWARDED:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, forward)
    signal.signal(signal.SIGTSTP, stop)
    ended, _fds = receive(connection)
    if ended.get("event") != "ended":
        select.select([command], [], [])  # it ends with the standby
        print(
            "fault: the standby ended while the command ran. What was graded is kept; run the "
            "command again.",
            file=sys.stderr,
        )
        return OUR_FAULT
    code = os.waitstatus_to_exitcode(ended["status"])
    if code < 0:
        if -code not in (signal.SIGKILL, signal.SIGSTOP):
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
        return 128 - code
    return code
