"""Handing in from one's own computer, with a token that hands in and does nothing else.

What it guarantees:

- The token and where it may be used are in one file that only its owner can read, and go nowhere
  else.
- What is handed in is the files that are named, the notebook under the name of its assignment.
- The receipt is the same as on the hub, and is kept beside the notebook.

What it does not do: make the token (the hub's own page does, and takes it back).
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from gradlab_exchange.client import ExchangeClient
from gradlab_exchange.content import Content
from gradlab_exchange.errors import ExchangeProblem
from gradlab_exchange.outlook import words
from gradlab_exchange.receipt import RECEIPTS, Receipt

SERVICE = "services/exchange"
NOTEBOOK = ".ipynb"
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


class NotConnected(ExchangeProblem):
    """There is no connection to the course, or it cannot be made or read."""


@dataclass(frozen=True)
class Connection:
    """Where somebody's own computer hands in.

    Args:
        url: the exchange's address.
        course: the one course.
        student: whose the token is.
        token: the token.
    """

    url: str
    course: str
    student: str
    token: str

    @property
    def is_open_to_others(self) -> bool:
        """Whether the token travels where others can read it."""
        parts = urlsplit(self.url)
        return parts.scheme != "https" and parts.hostname not in _LOOPBACK


@dataclass(frozen=True)
class HandedIn:
    """What came of it.

    Args:
        receipt: the receipt.
        said: when the verdict comes, in words; empty when the exchange does not say.
        kept: the receipt's file.
    """

    receipt: Receipt
    said: str
    kept: Path


def connect(address: str, token: str) -> Connection:
    """Return the connection of a token.

    Args:
        address: the hub's, as one types it into a browser.
        token: that its page made.

    Raises:
        NotConnected: the address is none, or the token is for no course or for several.
        Refused, Unreachable: the exchange says no, or nothing.
    """
    parts = urlsplit(address.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise NotConnected(f"{address[:100]!r} is no address; expected https://…")
    place = parts.path.split("/hub")[0].split(f"/{SERVICE}")[0].rstrip("/")
    url = f"{parts.scheme}://{parts.netloc}{place}/{SERVICE}/"
    token = token.strip()
    if not (token.isascii() and token.isalnum()):
        raise NotConnected("that is no token; expected the letters and digits that the page shows")
    me = ExchangeClient(url, token).get("me")
    courses = [one["course"] for one in me["courses"] if one["member"]]
    if len(courses) != 1:
        raise NotConnected(
            f"this token is for {len(courses)} courses; expected one. Make one with the one "
            "permission that the course's page shows"
        )
    return Connection(url, courses[0], str(me["name"]), token)


def keep(connection: Connection) -> Path:
    """Remember a connection, in the place of one to the same course; return the file."""
    path = _file()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    known = {one.course: one for one in kept()} | {connection.course: connection}
    text = json.dumps({"courses": [asdict(one) for one in known.values()]}, indent=2)
    descriptor, part = tempfile.mkstemp(dir=path.parent)  # readable by its owner alone
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(f"{text}\n")
    Path(part).replace(path)
    return path


def kept() -> list[Connection]:
    """Return all connections that are remembered.

    Raises:
        NotConnected: the file cannot be read.
    """
    path = _file()
    try:
        return [Connection(**one) for one in json.loads(path.read_text("utf-8"))["courses"]]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NotConnected(
            f"{path} cannot be read ({type(error).__name__}); remove it and connect again"
        ) from error


def choose(course: str | None) -> Connection:
    """Return the connection to a course, or the only one.

    Raises:
        NotConnected: there is none, or it is not clear which.
    """
    known = {one.course: one for one in kept()}
    if course is None and len(known) == 1:
        return next(iter(known.values()))
    if course in known:
        return known[course]
    there = ", ".join(sorted(known))
    if course is None and known:
        raise NotConnected(f"there are connections to {there}: say which with --course")
    to_it = f" to the course {course!r}" if course else ""
    others = f" (there is one to {there})" if there else ""
    raise NotConnected(f"there is no connection{to_it}{others}: make one with `gradlab connect`")


def assignment_of(files: Sequence[Path]) -> str:
    """Return the assignment that the one notebook among the files says it is; empty: none.

    Raises:
        NotConnected: there is no notebook, or several, or it cannot be read.
    """
    notebooks = [file for file in files if file.suffix == NOTEBOOK]
    if len(notebooks) != 1:
        raise NotConnected(
            f"there are {len(notebooks)} notebooks; expected one, and files that belong to it"
        )
    try:
        metadata = json.loads(notebooks[0].read_text("utf-8"))["metadata"]
        found = metadata.get("gradlab", {}).get("assignment", "")
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        said = error.strerror if isinstance(error, OSError) else "it is no notebook"
        raise NotConnected(f"{notebooks[0]} cannot be read: {said}") from error
    return str(found)


def hand_in(connection: Connection, assignment: str, files: Sequence[Path]) -> HandedIn:
    """Hand in files, and keep the receipt beside the notebook.

    Args:
        connection: where.
        assignment: for which assignment.
        files: one notebook, which gets the assignment's name, and what belongs to it.

    Raises:
        Refused, Unreachable: the exchange says no, or nothing.
        OSError: a file cannot be read, or the receipt not be written.
    """
    with tempfile.TemporaryDirectory(prefix="gradlab-submit-") as folder:
        for file in files:
            name = f"{assignment}{NOTEBOOK}" if file.suffix == NOTEBOOK else file.name
            shutil.copyfile(file, Path(folder, name))
        with Content(Path(folder), lambda _folder, _names: [], lambda _path: None) as content:
            client = ExchangeClient(connection.url, connection.token)
            receipt, outlook = client.submit_and_hear(connection.course, assignment, content)
    said = words(outlook, datetime.now().astimezone().tzinfo)
    beside = next(file for file in files if file.suffix == NOTEBOOK).absolute().parent
    return HandedIn(receipt, said, receipt.keep(beside / RECEIPTS, said))


def _file() -> Path:
    base = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(base, "gradlab", "hand-in.json")
