"""The network exchange as a person's notebook server uses it: a client and nbgrader's plug-ins.

What it guarantees:

- It imports nothing of gradlab's other packages, so that it can be given to students alone.
- It never says who somebody is: the hub's token does.
"""

from gradlab_exchange.client import ExchangeClient
from gradlab_exchange.errors import (
    Corrupted,
    ExchangeProblem,
    ManifestRefused,
    NameRefused,
    Refused,
    Unreachable,
)
from gradlab_exchange.manifest import FileEntry, Limits, Manifest
from gradlab_exchange.receipt import Receipt

__all__ = [
    "Corrupted",
    "ExchangeClient",
    "ExchangeProblem",
    "FileEntry",
    "Limits",
    "Manifest",
    "ManifestRefused",
    "NameRefused",
    "Receipt",
    "Refused",
    "Unreachable",
]
