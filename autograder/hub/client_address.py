"""The network address that a request to one of the hub's services came from.

What it guarantees:

- Behind the hub's own proxy, and one with TLS before it, both on this machine, it is the address
  that connected to the outermost of them. What a client writes into `X-Forwarded-For` stands left
  of what the proxies append, and is not believed.
- A request from another machine is from that machine, whatever it says.

What it does not do: find out more than the proxies know. A person's notebook server that submits is
where the request comes from, and a program on this machine may write what it likes about itself.
"""

from __future__ import annotations

import ipaddress


def client_address(peer: str, forwarded: str) -> str:
    """Return where a request came from.

    Args:
        peer: the address at the other end of the connection.
        forwarded: the header `X-Forwarded-For`; each proxy appended whom it saw.

    >>> client_address("127.0.0.1", "10.9.9.9, 203.0.113.7, 127.0.0.1")
    '203.0.113.7'
    >>> client_address("203.0.113.8", "10.9.9.9")
    '203.0.113.8'
    """
    seen = peer
    for text in (peer, *reversed(forwarded.split(","))):
        address = _address(text.strip())
        if address is None:
            return seen
        seen = str(address)
        if not address.is_loopback:
            return seen
    return seen


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
