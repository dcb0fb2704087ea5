"""The network address that a request to one of the hub's services came from.

What it guarantees:

- `X-Forwarded-For` is believed of the hub's own programs only: the connection is held by a process
  of this machine that runs as this user or as root, and outside of any session. What a session
  connects to directly, it can say what it likes; the address is this machine's.
- Behind the hub's proxy it is the address that connected to that proxy: the last of the header.
  What a client writes into it stands further left and is not looked at.
- Where the settings say that another proxy with TLS stands in front (`public_url`), what that one
  told is added, marked as told by this machine: a session could tell the hub's proxy the same.
- A request from another machine is from that machine, whatever it says.

What it does not do: find out more than the proxies know. A person's notebook server that submits is
where the request comes from.
"""

from __future__ import annotations

import contextlib
import ipaddress
import os
import socket
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

IN_FRONT: Final = "GRADLAB_PROXY_IN_FRONT"  # set for services behind a proxy with TLS of the site's
HEADER: Final = "X-Forwarded-For"
_TABLES: Final = {4: "/proc/net/tcp", 6: "/proc/net/tcp6"}
_LOCAL, _REMOTE, _USER, _INODE = 1, 2, 7, 9  # columns of these tables
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def address_of(request: Any) -> str:
    """Return where one of tornado's requests came from."""
    forwarded = ",".join(request.headers.get_list(HEADER))
    connection = getattr(getattr(request.connection, "stream", None), "socket", None)
    is_ours = bool(forwarded) and connection is not None and is_from_ours(connection)
    in_front = bool(os.environ.get(IN_FRONT))
    return client_address(str(request.remote_ip), forwarded if is_ours else "", in_front=in_front)


def client_address(peer: str, forwarded: str, *, in_front: bool = False) -> str:
    """Return where a request came from.

    Args:
        peer: the address at the other end of the connection.
        forwarded: the header of one of the hub's own programs; each proxy appended whom it saw.
        in_front: whether a proxy of the site's stands before the hub's own, on this machine.

    >>> client_address("127.0.0.1", "10.9.9.9, 203.0.113.7")
    '203.0.113.7'
    >>> client_address("127.0.0.1", "203.0.113.7, 127.0.0.1", in_front=True)
    '203.0.113.7 via 127.0.0.1'
    >>> client_address("203.0.113.8", "10.9.9.9")
    '203.0.113.8'
    """
    told = [_address(text.strip()) for text in forwarded.split(",")]
    here = _address(peer)
    if here is None or not here.is_loopback or told[-1] is None:
        return peer if here is None else str(here)
    seen = told[-1]
    if not (seen.is_loopback and in_front and len(told) > 1):
        return str(seen)
    return str(seen) if told[-2] is None else f"{told[-2]} via {seen}"


def is_from_ours(connection: socket.socket) -> bool:
    """Return whether a connection of this machine is held by one of the hub's own programs."""
    try:
        found = _entry(connection)
        if found is None or found[0] not in (0, os.geteuid()):
            return False
        return any(_holds(pid, found[1]) for pid in _own_processes())
    except (OSError, ValueError, IndexError):  # it is closed already, or /proc tells nothing
        return False


def _entry(connection: socket.socket) -> tuple[int, int] | None:
    """Return user and inode of the other end, from the kernel's table."""
    names = connection.getsockname(), connection.getpeername()
    hosts = [_address(name[0].partition("%")[0]) for name in names]
    if None in hosts:  # no network connection
        return None
    ours, theirs = (
        _spelt(host.packed, name[1]) for host, name in zip(hosts, names, strict=True) if host
    )
    table = _TABLES[4 if len(theirs) < 16 else 6]
    for line in Path(table).read_text().splitlines()[1:]:
        fields = line.split()
        if (fields[_LOCAL], fields[_REMOTE]) == (theirs, ours):
            return int(fields[_USER]), int(fields[_INODE])
    return None


def _spelt(packed: bytes, port: int) -> str:
    """Return an address as the kernel writes it: words of 32 bits, each in the machine's order."""
    words = struct.unpack(f"={len(packed) // 4}I", packed)
    return "".join(f"{word:08X}" for word in words) + f":{port:04X}"


def _own_processes() -> Iterator[str]:
    """Return the processes that are in no other namespace of processes, where sessions run."""
    mine = _namespaces("self")
    for name in os.listdir("/proc"):  # noqa: PTH208 (a hot path)
        if name.isdecimal() and _namespaces(name) == mine:
            yield name


def _namespaces(pid: str) -> int:
    """Return in how many namespaces a process has a number."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:  # it has ended
        return 0
    return next((len(line.split()) - 1 for line in lines if line.startswith("NSpid:")), 0)


def _holds(pid: str, inode: int) -> bool:
    try:
        numbers = os.listdir(f"/proc/{pid}/fd")  # noqa: PTH208 (a hot path)
    except OSError:  # it has ended, or is another user's
        return False
    for number in numbers:
        with contextlib.suppress(OSError):  # closed meanwhile
            if os.readlink(f"/proc/{pid}/fd/{number}") == f"socket:[{inode}]":  # noqa: PTH115 (as above)
                return True
    return False


def _address(text: str) -> _Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
