"""Where a request came from, as far as the machine's own proxies can tell."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest
from tornado.httputil import HTTPHeaders

from autograder.linux import kernel
from autograder.operations.client_address import IN_FRONT, address_of, client_address, is_from_ours

Accept = Callable[[Callable[[], None]], socket.socket]


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "203.0.113.7", "203.0.113.7"),
        ("::1", "2001:db8::7", "2001:db8::7"),
        ("127.0.0.1", "::ffff:203.0.113.7", "203.0.113.7"),
        ("127.0.0.1", "203.0.113.7, 127.0.0.1,::1", "::1"),
        ("127.0.0.1", "6.6.6.6, 127.0.0.1", "127.0.0.1"),
        ("127.0.0.1", "6.6.6.6, 198.51.100.1, 203.0.113.7", "203.0.113.7"),
        ("203.0.113.8", "198.51.100.1", "203.0.113.8"),
        ("127.0.0.1", "6.6.6.6, <script>", "127.0.0.1"),
        ("127.0.0.1", "203.0.113.7, unknown", "127.0.0.1"),
        ("127.0.0.1", "6.6.6.6,", "127.0.0.1"),
        ("127.0.0.1", "," * 10_000, "127.0.0.1"),
        ("127.0.0.1", "9" * 5_000, "127.0.0.1"),
        ("", "203.0.113.7", ""),
    ],
)
def test_only_what_the_hubs_own_proxy_appends_is_believed(
    peer: str, forwarded: str, expected: str
) -> None:
    """What a client claims stands further left than what the proxy saw, and does not count."""
    assert client_address(peer, forwarded) == expected


@pytest.mark.parametrize(
    ("forwarded", "expected"),
    [
        ("6.6.6.6, 203.0.113.7, 127.0.0.1", "203.0.113.7 via 127.0.0.1"),
        ("203.0.113.7, 127.0.0.1", "203.0.113.7 via 127.0.0.1"),
        ("127.0.0.1", "127.0.0.1"),
        ("x, 127.0.0.1", "127.0.0.1"),
        ("6.6.6.6, 203.0.113.7", "203.0.113.7"),
    ],
)
def test_what_a_proxy_in_front_tells_is_marked(forwarded: str, expected: str) -> None:
    """The site's own proxy on this machine, or a program that says that it is one."""
    assert client_address("127.0.0.1", forwarded, in_front=True) == expected


@pytest.fixture(params=["127.0.0.1", "::1"])
def accepted(request: pytest.FixtureRequest) -> Iterator[Accept]:
    """Return what accepts the connection of a child that first does something."""
    family = socket.AF_INET6 if ":" in request.param else socket.AF_INET
    listening = socket.socket(family)
    try:
        listening.bind((request.param, 0))
    except OSError:
        pytest.skip("this machine has no IPv6")
    listening.listen(1)
    listening.settimeout(20)
    held: list[socket.socket] = []
    children: list[int] = []

    def accept(first: Callable[[], None]) -> socket.socket:
        go, stop = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                os.close(stop)
                listening.close()
                first()
                inner = os.fork()  # a new namespace of processes begins with the next one
                if inner == 0:
                    line = socket.socket(family)
                    line.connect(listening_at)
                    os.read(go, 1)  # until the test has ended
                    line.close()
                else:
                    os.waitpid(inner, 0)
            finally:
                os._exit(0)
        os.close(go)
        children.append(child)
        held.append(listening.accept()[0])
        stops.append(stop)
        return held[-1]

    listening_at = listening.getsockname()[:2]
    stops: list[int] = []
    yield accept
    for stop in stops:
        os.close(stop)
    for child in children:
        os.waitpid(child, 0)
    for line in [*held, listening]:
        line.close()


def request_of(line: socket.socket, forwarded: str) -> SimpleNamespace:
    headers = HTTPHeaders({"X-Forwarded-For": forwarded})
    stream = SimpleNamespace(socket=line)
    return SimpleNamespace(
        headers=headers, remote_ip=line.getpeername()[0], connection=SimpleNamespace(stream=stream)
    )


def test_the_hubs_own_programs_are_believed(
    accepted: Accept, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proxy, and formgrader for its visitor: processes of this user beside us."""
    line = accepted(lambda: None)
    assert is_from_ours(line)
    assert address_of(request_of(line, "6.6.6.6, 203.0.113.7")) == "203.0.113.7"
    assert address_of(request_of(line, "203.0.113.7, 127.0.0.1")) == "127.0.0.1"
    monkeypatch.setenv(IN_FRONT, "1")
    assert address_of(request_of(line, "203.0.113.7, 127.0.0.1")) == "203.0.113.7 via 127.0.0.1"


@pytest.mark.skipif(os.geteuid() != 0, reason="making namespaces here takes root")
@pytest.mark.parametrize("kind", ["namespace", "user"])
def test_a_session_that_connects_directly_forges_nothing(accepted: Accept, kind: str) -> None:
    """Whoever is in a namespace of processes, as sessions are, or another user: this machine."""
    first = (
        (lambda: kernel.unshare(kernel.CLONE_NEWPID))
        if kind == "namespace"
        else (lambda: os.setuid(61000))
    )
    line = accepted(first)
    assert not is_from_ours(line)
    assert address_of(request_of(line, "6.6.6.6")) == line.getpeername()[0]


def test_what_is_no_connection_any_more_is_not_believed() -> None:
    """A closed line, one of another kind, none at all."""
    one, other = socket.socketpair()
    assert not is_from_ours(one)
    one.close()
    other.close()
    assert not is_from_ours(one)
    gone = SimpleNamespace(
        headers=HTTPHeaders({"X-Forwarded-For": "6.6.6.6"}), remote_ip="127.0.0.1", connection=None
    )
    assert address_of(gone) == "127.0.0.1"
