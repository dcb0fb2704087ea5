"""Which names the exchange takes for courses, assignments, people and files.

What it guarantees:

- A name that passes is one safe component of a path, and a file's path stays below its folder.
- Two files whose names look alike or fall together on another system cannot be in one folder.
- The files that nbgrader itself puts into a submission cannot be brought along.

What it does not do: rename anything. A refused name is the student's to change.
"""

from __future__ import annotations

import re
import unicodedata

from gradlab_exchange.errors import NameRefused

NAME_BYTES = 200
PART_BYTES = 255
TIMESTAMP_FORMAT = "%Y-%m-%d %H:%M:%S.%f %Z"
RESERVED = ("timestamp.txt", "submission_secret.txt")
_NAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_. @-]*[A-Za-z0-9_@-])?")
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})? [A-Z]{1,5}")
# control, format (zero-width, right-to-left), surrogate, private, unassigned; line separators
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def check_name(name: object, what: str) -> str:
    """Return the name of a course, an assignment or a person.

    Raises:
        NameRefused: it cannot be one component of nbgrader's paths.
    """
    if not isinstance(name, str) or len(name) > NAME_BYTES or not _NAME.fullmatch(name):
        raise NameRefused(
            f"{what} {shown(name)}: expected letters, digits, '_', '.', '@', '-' or spaces, "
            f"beginning with a letter, a digit or '_', at most {NAME_BYTES} characters"
        )
    return name


def check_timestamp(text: object) -> str:
    """Return a submission's timestamp as it stands in nbgrader's folder names.

    Raises:
        NameRefused: it is none.
    """
    if not isinstance(text, str) or not _TIMESTAMP.fullmatch(text):
        raise NameRefused(f"timestamp {shown(text)}: expected such as 2026-01-31 23:59:59.0 UTC")
    return text


def check_path(path: object, depth: int, *, own: bool = False) -> str:
    """Return a file's path below its folder, with '/' between its parts.

    Args:
        path: what a client announced.
        depth: the most parts.
        own: whether the exchange itself says it, which has files of its own.

    Raises:
        NameRefused: it leaves the folder, is too deep, or has a character that cannot be seen.
    """
    if not isinstance(path, str):
        raise NameRefused(f"file {shown(path)}: expected text")
    parts = path.split("/")
    if len(parts) > depth:
        raise NameRefused(f"file {shown(path)}: {len(parts)} folders deep; at most {depth}")
    for part in parts:
        _check_part(part, path)
    if path in RESERVED and not own:
        raise NameRefused(f"file {shown(path)}: this name is the exchange's own; rename the file")
    return path


def shown(value: object) -> str:
    """Return a name as it can be printed anywhere, not too long."""
    text = ascii(value)
    return text if len(text) <= 120 else text[:117] + "..."


def clash_key(path: str) -> str:
    """Return what two paths share when they look alike or fall together somewhere.

    >>> clash_key("Note.txt") == clash_key("note.TXT")
    True
    """
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", path).casefold())


def _check_part(part: str, path: str) -> None:
    if part in ("", ".", ".."):
        raise NameRefused(f"file {shown(path)}: '', '.' and '..' are no names of files or folders")
    if "\\" in part or "\x00" in part:
        raise NameRefused(f"file {shown(path)}: a name has no backslash; rename the file")
    try:
        size = len(part.encode("utf-8"))
    except UnicodeEncodeError:
        raise NameRefused(f"file {shown(path)}: the name is no valid text; rename it") from None
    if size > PART_BYTES:
        raise NameRefused(f"file {shown(path)}: a name has at most {PART_BYTES} bytes")
    if any(unicodedata.category(character) in _INVISIBLE for character in part):
        raise NameRefused(f"file {shown(path)}: an invisible character; rename the file")
    if part != unicodedata.normalize("NFC", part):
        raise NameRefused(f"file {shown(path)}: accents must be composed (NFC); rename the file")
    if part != part.strip():
        raise NameRefused(f"file {shown(path)}: a name neither begins nor ends with a space")
