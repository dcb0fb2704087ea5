"""The hub's settings: one frozen value from environment variables or one TOML file.

What it guarantees:

- Every mistake is reported, all in one message, before anything is started.
- Demo accounts, whose password is printed on the console, are bound to loopback addresses only.
- An environment variable wins over the file, the file over the default.

What it does not do: know where the course lies (`autograder.course.layout`).
"""

from __future__ import annotations

import ipaddress
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from autograder.hub.errors import SettingsError

SETTINGS_VARIABLE = "GRADLAB_SETTINGS"
PREFIX = "GRADLAB_HUB_"
AUTHENTICATORS = ("demo",)
SESSIONS = ("auto", "isolated", "shared")
_ACCOUNT = re.compile(r"[a-z][a-z0-9._-]{0,31}")


@dataclass(frozen=True)
class HubSettings:
    """How the hub is served. Field `x` is set by `GRADLAB_HUB_X` or in `[hub]` of the file.

    Args:
        host: address that browsers connect to.
        port: port that browsers connect to.
        authenticator: how people log in; `demo`: one printed password per data directory.
        students: demo accounts that learn.
        assistants: demo accounts that grade.
        instructors: demo accounts that run the course.
        sessions: `isolated` runs each person's notebook server where it sees only its own home;
            `shared` runs it as an ordinary process; `auto` isolates where the machine can.
        start_seconds: how long a person's notebook server may take to start.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    authenticator: str = "demo"
    students: tuple[str, ...] = ("alice", "bob", "carol")
    assistants: tuple[str, ...] = ("tom",)
    instructors: tuple[str, ...] = ("ines",)
    sessions: str = "auto"
    start_seconds: int = 120

    def __post_init__(self) -> None:
        """Check every field.

        Raises:
            SettingsError: one or more are wrong; the message lists all.
        """
        problems = list(self._problems())
        if problems:
            raise SettingsError("the hub's settings are wrong:\n- " + "\n- ".join(problems))

    def _problems(self) -> list[str]:
        problems = []
        if not 1 <= self.port <= 65535:
            problems.append(f"port is {self.port}; expected a number from 1 to 65535")
        if self.authenticator not in AUTHENTICATORS:
            problems.append(
                f"authenticator is {self.authenticator!r}; expected {_either(AUTHENTICATORS)}"
            )
        elif self.authenticator == "demo" and not is_loopback(self.host):
            problems.append(
                f"host is {self.host!r} with demo accounts, whose password is printed on the "
                "console; demo accounts are served on a loopback address only (127.0.0.1, ::1, "
                "localhost)"
            )
        if self.sessions not in SESSIONS:
            problems.append(f"sessions is {self.sessions!r}; expected {_either(SESSIONS)}")
        if self.start_seconds < 1:
            problems.append(f"start_seconds is {self.start_seconds}; expected at least 1")
        problems += [
            f"account {name!r}: expected a lower-case letter, then letters, digits, '.', '_' or "
            "'-', at most 32 characters"
            for name in self.people
            if not _ACCOUNT.fullmatch(name)
        ]
        doubled = sorted({name for name in self.people if self.people.count(name) > 1})
        problems += [f"account {name!r} is listed more than once" for name in doubled]
        return problems

    @property
    def people(self) -> tuple[str, ...]:
        """Return all accounts, students first."""
        return self.students + self.assistants + self.instructors

    @property
    def staff(self) -> tuple[str, ...]:
        """Return the accounts that may open formgrader."""
        return self.assistants + self.instructors

    @property
    def address(self) -> str:
        """Return the address for a browser."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}/"

    def to_environment(self) -> dict[str, str]:
        """Return the variables from which `load` makes an equal value."""
        variables = {}
        for field in fields(self):
            value = getattr(self, field.name)
            text = ",".join(value) if isinstance(value, tuple) else str(value)
            variables[PREFIX + field.name.upper()] = text
        return variables

    @classmethod
    def load(cls, environment: Mapping[str, str] | None = None, **given: Any) -> HubSettings:
        """Read the settings; `given` (from the command line) wins over everything.

        Raises:
            SettingsError: the file cannot be read, a name is unknown, or a value is wrong.
        """
        env = os.environ if environment is None else environment
        problems: list[str] = []
        values: dict[str, Any] = {}
        path = env.get(SETTINGS_VARIABLE)
        if path:
            values |= _file_values(Path(path), problems)
        known = {field.name: field.default for field in fields(cls)}
        for name, text in env.items():
            if name.startswith(PREFIX):
                values[name.removeprefix(PREFIX).lower()] = text
        values |= {name: value for name, value in given.items() if value is not None}
        checked = {}
        for name, value in values.items():
            if name not in known:
                problems.append(f"{name!r} is no setting; there are {', '.join(sorted(known))}")
                continue
            try:
                checked[name] = _convert(value, known[name])
            except ValueError as error:
                problems.append(f"{name} is {value!r}; {error}")
        try:
            settings = cls(**checked)
        except SettingsError as error:
            problems += str(error).split("\n- ")[1:]
        if problems:
            raise SettingsError("the hub's settings are wrong:\n- " + "\n- ".join(problems))
        return settings


def is_loopback(host: str) -> bool:
    """Return whether an address can be reached from this machine only.

    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _file_values(path: Path, problems: list[str]) -> dict[str, Any]:
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        problems.append(f"{SETTINGS_VARIABLE} names {path}, which cannot be read: {error}")
        return {}
    hub = tables.get("hub", {})
    if not isinstance(hub, dict):
        problems.append(f"{path}: 'hub' is {type(hub).__name__}; expected a table [hub]")
        return {}
    return hub


def _convert(value: Any, default: Any) -> Any:
    if isinstance(default, int):
        if isinstance(value, bool) or not isinstance(value, (int, str)):
            raise ValueError("expected a whole number")
        try:
            return int(value)
        except ValueError:
            raise ValueError("expected a whole number") from None
    if isinstance(default, tuple):
        names = value.split(",") if isinstance(value, str) else value
        if not isinstance(names, (list, tuple)) or not all(isinstance(n, str) for n in names):
            raise ValueError("expected names, separated by commas in a variable, a list in TOML")
        return tuple(name.strip() for name in names if name.strip())
    if not isinstance(value, str):
        raise ValueError("expected text")
    return value


def _either(names: tuple[str, ...]) -> str:
    return " or ".join(repr(name) for name in names)
