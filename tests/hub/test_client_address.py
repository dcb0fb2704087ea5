"""Where a request came from, as far as the machine's own proxies can tell."""

from __future__ import annotations

import pytest

from autograder.hub.client_address import client_address


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "203.0.113.7", "203.0.113.7"),
        ("::1", "2001:db8::7", "2001:db8::7"),
        ("127.0.0.1", "::ffff:203.0.113.7", "203.0.113.7"),
        ("127.0.0.1", "203.0.113.7, 127.0.0.1,::1", "203.0.113.7"),
        ("127.0.0.1", "198.51.100.1, 203.0.113.7", "203.0.113.7"),
        ("203.0.113.8", "198.51.100.1", "203.0.113.8"),
        ("127.0.0.1", "<script>, 127.0.0.1", "127.0.0.1"),
        ("127.0.0.1", "203.0.113.7, unknown", "127.0.0.1"),
        ("", "203.0.113.7", ""),
    ],
)
def test_only_what_the_machines_own_proxies_append_is_believed(
    peer: str, forwarded: str, expected: str
) -> None:
    """What a client claims stands further left than what a proxy saw, and does not count."""
    assert client_address(peer, forwarded) == expected
