"""Which names the exchange takes for courses, assignments, people and files.

What it guarantees:

- A name that passes is one safe component of a path, and a file's path stays below its folder.
- Two files whose names look alike or fall together on another system cannot be in one folder.
- The files that nbgrader itself puts into a submission cannot be brought along, nor can folders of
  their names.
- What a student sends has no hidden file or folder, and none that a program obeys because it is run
  beside it: `git status` in a folder with `.git` runs what that says, `nbgrader` runs
  `nbgrader_config.py`.

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
# what git, Jupyter, nbgrader, IPython, pytest, mypy and Python obey when they find it where they
# run; a folder with a file `HEAD` is a repository to git, whatever its name, and so is `GIT~1`
_OBEYED = re.compile(
    r"(?:nbgrader|jupyter|jupyterhub|ipython|ipykernel)(?:_\w+)?_config\.(?:py|json|d)"
    r"|profile_default|conftest\.py|(?:sitecustomize|usercustomize)(?:\..+)?"
    r"|pytest\.(?:ini|toml)|tox\.ini|mypy\.ini|setup\.cfg|pyproject\.toml|git~\d+"
)
_REPOSITORY = "head"
_NAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_. @-]*[A-Za-z0-9_@-])?")
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})? [A-Z]{1,5}", re.ASCII)
# control, format (zero-width, right-to-left), surrogate, private, unassigned; line separators
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# letters and marks that show nothing, as Unicode lists them: some stand in honest names (behind a
# heart, which they colour), so they only make no difference between two names
_SHOWS_NOTHING = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0"
    "\U000e0100-\U000e01ef]"
)


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


def check_path(path: object, depth: int, *, own: bool = False, guarded: bool = False) -> str:
    """Return a file's path below its folder, with '/' between its parts.

    Args:
        path: what a client announced.
        depth: the most parts.
        own: whether the exchange itself says it, which has files of its own.
        guarded: whether it is a student's, whose files no program of others is to obey.

    Raises:
        NameRefused: it leaves the folder, is too deep, has a character that cannot be seen, or is
            not a student's to send.
    """
    if not isinstance(path, str):
        raise NameRefused(f"file {shown(path)}: expected text")
    parts = path.split("/")
    if len(parts) > depth:
        raise NameRefused(f"file {shown(path)}: {len(parts)} folders deep; at most {depth}")
    for part in parts:
        _check_part(part, path)
    if not own and clash_key(path).split("/")[0] in RESERVED:
        raise NameRefused(f"file {shown(path)}: this name is the exchange's own; rename the file")
    why = obeyed(path) if guarded else ""
    if why:
        raise NameRefused(f"file {shown(path)}: {why}; leave it out")
    return path


def is_to_be_collected(path: str) -> bool:
    """Return whether a file of a submission goes to the course's folder; older ones may have any.

    >>> is_to_be_collected("timestamp.txt"), is_to_be_collected("timestamp.txt/x")
    (True, False)
    """
    if path in RESERVED:
        return True
    return not obeyed(path) and clash_key(path).split("/")[0] not in RESERVED


def obeyed(path: str) -> str:
    """Return why a path is not a student's to send; empty when it may be.

    >>> obeyed("data/.git/config"), obeyed("data/git.txt")
    ('hidden files and folders are not taken', '')
    """
    *folders, file = clash_key(path).split("/")
    if any(part.startswith(".") for part in (*folders, file)):
        return "hidden files and folders are not taken"
    if file == _REPOSITORY or any(_OBEYED.fullmatch(part) for part in (*folders, file)):
        return "programs obey a file of this name, so it is not taken"
    return ""


def shown(value: object) -> str:
    """Return a name as it can be printed anywhere, not too long, whatever it is."""
    try:
        text = ascii(value)
    except (ValueError, RecursionError):  # a number of thousands of digits, lists within lists
        text = f"a {type(value).__name__} that is too large"
    return text if len(text) <= 120 else text[:117] + "..."


def clash_key(path: str) -> str:
    """Return what two paths share when they look alike or fall together somewhere.

    >>> clash_key("Note.txt") == clash_key("note.TXT") == clash_key("note.txt. ")
    True
    """
    return "/".join(_folded(part).rstrip(". ") or _folded(part) for part in path.split("/"))


def _folded(part: str) -> str:
    part = _SHOWS_NOTHING.sub("", part)
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", part).casefold())


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
