"""Who is in a course, as a CSV file: read what people and learning platforms write.

What it guarantees:

- Headings of Canvas, Moodle and ILIAS exports are understood, in English and German, with commas,
  semicolons or tabs, in UTF-8, UTF-16 or Windows' encoding.
- Every mistake is reported with its line, all in one message; a file with a mistake gives nothing.
- Names have no control, invisible or angle characters, whoever says them.
- A roster is written whole or not at all, readable by its owner alone.

What it does not do: guess. A role that is not known, or a file without a column for accounts, is a
mistake.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from autograder.people.roles import Role
from autograder.people.settings import ACCOUNT, ACCOUNT_RULE
from autograder.records import write_whole
from autograder.settings.errors import RosterError

HEADINGS = {
    "username": (
        "username", "user", "userid", "login", "loginid", "sisloginid", "account", "useraccount",
        "benutzername", "benutzer", "anmeldename", "kennung",
    ),
    "role": ("role", "roles", "rolle", "rollen", "rollestatus", "rolestatus", "status"),
    "first_name": ("firstname", "givenname", "vorname"),
    "last_name": ("lastname", "surname", "familyname", "nachname", "name"),
    "email": ("email", "emailaddress", "mail", "emailadresse"),
    "lms_id": ("lmsid", "lmsuserid", "id", "idnumber", "sisuserid", "matrikelnummer"),
    "full_name": ("student", "fullname", "sortablename"),
}  # fmt: skip
ROLES = {
    Role.STUDENT: (
        "student", "students", "learner", "participant", "member", "coursemember",
        "studentenrollment", "teilnehmer", "teilnehmerin", "mitglied", "kursmitglied",
    ),
    Role.ASSISTANT: (
        "assistant", "ta", "teachingassistant", "tutor", "coursetutor", "kurstutor", "grader",
        "noneditingteacher", "taenrollment", "hilfskraft",
    ),
    Role.INSTRUCTOR: (
        "instructor", "teacher", "editingteacher", "lecturer", "professor", "administrator",
        "courseadministrator", "kursadministrator", "teacherenrollment", "dozent", "dozentin",
    ),
}  # fmt: skip
# rows of a Canvas gradebook that are nobody: the maximum points, and the "test student"
NOBODY = ("points possible", "student, test")
NAME_CHARACTERS = 128
DELIMITERS = ",;\t"
MODE = 0o600


@dataclass(frozen=True)
class Member:
    """Somebody in a course.

    Args:
        username: the account.
        role: what they are.
        first_name: for people.
        last_name: for people.
        email: where they are written to.
        lms_id: who they are in the learning platform.
    """

    username: str
    role: Role
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_id: str = ""

    def __post_init__(self) -> None:
        """Clean what others say about somebody, wherever it comes from."""
        for name in ("first_name", "last_name", "email"):
            object.__setattr__(self, name, clean_name(getattr(self, name)))
        object.__setattr__(self, "lms_id", visible(self.lms_id))


COLUMNS = tuple(field.name for field in fields(Member))


def read_roster(path: Path, *, username: str = "", role: Role = Role.STUDENT) -> tuple[Member, ...]:
    """Return everybody in a file.

    Args:
        path: the file.
        username: the heading of the column with the accounts; found when empty.
        role: of those whose row has none.

    Raises:
        RosterError: it cannot be read, or has mistakes; the message lists all with their lines.
    """
    try:
        text = _text(path.read_bytes())
    except OSError as error:
        raise RosterError(f"{path} cannot be read: {error.strerror}") from error
    return parse_roster(text, str(path), username=username, role=role)


def parse_roster(
    text: str, name: str, *, username: str = "", role: Role = Role.STUDENT
) -> tuple[Member, ...]:
    """Return everybody in a file's text; `name` is for messages. As `read_roster`."""
    head = text.lstrip("\r\n").split("\n", 1)[0]
    delimiter = max(DELIMITERS, key=head.count)
    rows = csv.reader(io.StringIO(text.lstrip("\r\n")), delimiter=delimiter)
    try:
        headings = next(rows, [])
        columns = _columns(headings, username, name)
        problems: list[str] = []
        lines: dict[str, int] = {}
        members = []
        for row in rows:
            line = rows.line_num
            values = {key: visible(row[at]) for key, at in columns.items() if at < len(row)}
            if not any(cell.strip() for cell in row) or _is_nobody(values, row):
                continue
            try:
                member = _member(values, role)
            except ValueError as error:
                problems.append(f"line {line}: {error}")
                continue
            before = lines.setdefault(member.username, line)
            if before != line:
                problems.append(f"line {line}: account {member.username!r} is on line {before} too")
            members.append(member)
    except csv.Error as error:
        raise RosterError(f"{name} is no CSV file: line {rows.line_num}: {error}") from error
    if problems:
        raise RosterError(f"{name} has mistakes, nothing was taken:\n- " + "\n- ".join(problems))
    return tuple(members)


def write_roster(path: Path, members: Iterable[Member]) -> None:
    """Write a roster in place of what is there."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(one) for one in sorted(members, key=lambda m: m.username))
    write_whole(path, text.getvalue().encode(), mode=MODE, synchronised=True)


def _columns(headings: Sequence[str], username: str, name: str) -> dict[str, int]:
    plain = [_plain(heading) for heading in headings]
    columns: dict[str, int] = {}
    for key, known in HEADINGS.items():
        found = next((plain.index(one) for one in known if one in plain), None)
        if found is not None:
            columns[key] = found
    if username:
        if _plain(username) not in plain:
            raise RosterError(f"{name} has no column {username!r}; it has {', '.join(headings)}")
        columns["username"] = plain.index(_plain(username))
    if "username" not in columns:
        raise RosterError(
            f"{name} has no column for accounts: it has {', '.join(headings) or 'nothing'}. "
            "Expected one called username or login, or say which one it is: --username COLUMN"
        )
    return columns


def _member(values: dict[str, str], role: Role) -> Member:
    account = values.get("username", "").casefold()
    if not ACCOUNT.fullmatch(account):
        raise ValueError(f"account {values.get('username', '')!r}: {ACCOUNT_RULE}")
    said = values.get("role", "")
    found = role
    if said:
        found = next((one for one, names in ROLES.items() if _plain(said) in names), Role.STUDENT)
        if found is Role.STUDENT and _plain(said) not in ROLES[Role.STUDENT]:
            known = ", ".join(str(one) for one in Role)
            raise ValueError(f"role {said!r} of {account!r} is not known; expected {known}")
    first, last = values.get("first_name", ""), values.get("last_name", "")
    if not first and "full_name" in values:
        last, _, first = (part.strip() for part in values["full_name"].partition(","))
    return Member(account, found, first, last, values.get("email", ""), values.get("lms_id", ""))


def _is_nobody(values: dict[str, str], row: Sequence[str]) -> bool:
    who = values.get("full_name", "").casefold() or (row[0].strip().casefold() if row else "")
    return who in NOBODY


def clean_name(text: str) -> str:
    """Return a text without what no name has, at most as long as the gradebook's columns.

    Control and invisible characters are gone, angle brackets, and what begins a formula where a
    spreadsheet opens a list of people.

    >>> clean_name(" =Ada<b>" + chr(0x202E) + chr(7)), clean_name("x;=1+1")
    ('Adab', 'x1+1')
    """
    kept = (c for c in visible(text[: 8 * NAME_CHARACTERS]) if not _is_no_letter(c))
    return "".join(kept).lstrip("+-@ ")[:NAME_CHARACTERS].strip()


def visible(text: str) -> str:
    """Return a text without control and invisible characters, and without spaces around it."""
    kept = (c for c in text if unicodedata.category(c)[0] != "C")
    return "".join(" " if unicodedata.category(c)[0] == "Z" else c for c in kept).strip()


def _is_no_letter(character: str) -> bool:
    return unicodedata.normalize("NFKC", character)[:1] in ("<", ">", "=", ";", "|")


def _plain(heading: str) -> str:
    return re.sub(r"[\W_]+", "", heading).casefold()


def _text(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")
