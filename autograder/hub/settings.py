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
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from autograder.hub.conversion import text_of
from autograder.hub.courses.settings import CourseSettings, account_problems
from autograder.hub.errors import SettingsError
from autograder.hub.exchange.settings import ExchangeSettings
from autograder.hub.loading import Reading, read, read_file, refuse, setting, variables
from autograder.hub.spawning.backend_settings import SpawnerSettings
from autograder.hub.spawning.settings import GpuSettings

SETTINGS_VARIABLE = "GRADLAB_SETTINGS"
PREFIX = "GRADLAB_"
OWN = "hub"
AUTHENTICATORS = ("demo",)
SESSIONS = ("auto", "isolated", "shared")


@dataclass(frozen=True)
class HubSettings:
    """How the hub is served. Field `x` is set by `GRADLAB_HUB_X` or in `[hub]` of the file.

    A field that is a dataclass is a topic: a table of its own beside `[hub]`, with variables
    `GRADLAB_<TOPIC>_X`.

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
        courses: the courses, one `[[course]]` each; none: the one course of this folder.
        gpu: profiles, GPUs and who may have them when.
        spawner: what starts people's notebook servers, and where.
        exchange: how assignments, submissions and feedback travel.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    authenticator: str = "demo"
    students: tuple[str, ...] = ("alice", "bob", "carol")
    assistants: tuple[str, ...] = ("tom",)
    instructors: tuple[str, ...] = ("ines",)
    sessions: str = "auto"
    start_seconds: int = 120
    courses: tuple[CourseSettings, ...] = setting((), table="course")
    gpu: GpuSettings = field(default_factory=GpuSettings, metadata={"table": "gpu"})
    spawner: SpawnerSettings = field(default_factory=SpawnerSettings, metadata={"table": "spawner"})
    exchange: ExchangeSettings = field(
        default_factory=ExchangeSettings, metadata={"table": "exchange"}
    )

    def __post_init__(self) -> None:
        """Check every field.

        Raises:
            SettingsError: one or more are wrong; the message lists all.
        """
        refuse(self._problems())

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
        problems += account_problems(self.people)
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
        """Return variables that say what `[hub]` says; topics stay where they were read from."""
        return {
            name: text_of(getattr(self, trail[0]))
            for name, trail in variables(type(self), PREFIX, OWN).items()
            if len(trail) == 1
        }

    @classmethod
    def read(
        cls, environment: Mapping[str, str] | None = None, **given: Any
    ) -> Reading[HubSettings]:
        """Read the settings and tell where each comes from; mistakes are in the answer.

        Args:
            environment: the variables; this process's when `None`.
            given: from the command line; wins over everything where it is not `None`.
        """
        env = os.environ if environment is None else environment
        tables: dict[str, Any] = {}
        problems: tuple[str, ...] = ()
        path = Path(env[SETTINGS_VARIABLE]).absolute() if env.get(SETTINGS_VARIABLE) else None
        if path is not None:
            try:
                tables = read_file(path)
            except SettingsError as error:
                problems = (f"{SETTINGS_VARIABLE} names {error}",)
        said = {name: value for name, value in given.items() if value is not None}
        folder = path.parent if path is not None else None
        reading = read(cls, tables, env, said, own=OWN, prefix=PREFIX, folder=folder)
        if not problems:
            return reading
        return replace(reading, settings=None, problems=problems + reading.problems)

    @classmethod
    def load(cls, environment: Mapping[str, str] | None = None, **given: Any) -> HubSettings:
        """Read the settings; `given` (from the command line) wins over everything.

        Raises:
            SettingsError: the file cannot be read, a name is unknown, or a value is wrong.
        """
        return cls.read(environment, **given).value()


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


def _either(names: tuple[str, ...]) -> str:
    return " or ".join(repr(name) for name in names)
