"""The hub's settings: one frozen value from environment variables or one TOML file.

What it guarantees:

- Every mistake is reported, all in one message, before anything is started.
- Demo accounts, whose password is printed on the console, are bound to loopback addresses only.
- An environment variable wins over the file, the file over the default.

What it does not do: know where the course lies (`autograder.course.layout`).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from autograder.gpu.settings import GpuSettings
from autograder.handin.settings import ExchangeSettings
from autograder.operations.settings import OperationsSettings
from autograder.people.authenticators.settings import (
    LtiSettings,
    NativeSettings,
    OAuthSettings,
    PasswordSettings,
    Way,
    is_loopback,
    problems_of,
    url_problem,
)
from autograder.people.settings import CourseSettings, account_problems
from autograder.sessions.backend_settings import SpawnerSettings
from autograder.settings.conversion import text_of
from autograder.settings.errors import SettingsError
from autograder.settings.loading import Reading, read, read_file, refuse, setting, variables

SETTINGS_VARIABLE = "GRADLAB_SETTINGS"
PREFIX = "GRADLAB_"
OWN = "hub"
AUTHENTICATORS = tuple(str(way) for way in Way)
DEMO = {"students": ("alice", "bob", "carol"), "assistants": ("tom",), "instructors": ("ines",)}
SESSIONS = ("auto", "isolated", "shared")
# a course is one, too
SERVICES = frozenset({"exchange", "grading-on-submit", "idle-culler", "operations", "pages"})


@dataclass(frozen=True)
class HubSettings:
    """How the hub is served. Field `x` is set by `GRADLAB_HUB_X` or in `[hub]` of the file.

    A field that is a dataclass is a topic: a table of its own beside `[hub]`, with variables
    `GRADLAB_<TOPIC>_X`.

    Args:
        host: address that browsers connect to.
        port: port that browsers connect to.
        authenticator: how people log in: `demo` (one printed password), `password`, `native`,
            `lti13` or `oauth`.
        public_url: the address that people use, when a proxy with TLS stands in front.
        tls_certificate: a certificate, when the hub itself speaks TLS.
        tls_key: its key.
        plain_http: whether passwords may cross a network in the clear.
        students: accounts that learn, in the one course; with `[[course]]` each course has its own.
        assistants: accounts that grade it.
        instructors: accounts that run it.
        sessions: `isolated` runs each person's notebook server where it sees only its own home;
            `shared` runs it as an ordinary process; `auto` isolates where the machine can.
        start_seconds: how long a person's notebook server may take to start.
        grading_service: whether `gradlab serve` runs the grading service; else another unit does,
            or the first who grades starts it.
        grading_on_submit: whether hand-ins are graded by themselves; else they wait for staff, as
            where student code cannot be isolated beside the hub.
        password: the password of `password`.
        native: the accounts of `native`.
        lti: the learning platform of `lti13`.
        oauth: the identity provider of `oauth`.
        courses: the courses, one `[[course]]` each; none: the one course of this folder.
        gpu: profiles, GPUs and who may have them when.
        spawner: what starts people's notebook servers, and where.
        exchange: how assignments, submissions and feedback travel.
        operations: the table `[operations]`: logs, idle servers, monitoring, log-ins.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    authenticator: str = "demo"
    public_url: str = ""
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    plain_http: bool = False
    students: tuple[str, ...] = DEMO["students"]
    assistants: tuple[str, ...] = DEMO["assistants"]
    instructors: tuple[str, ...] = DEMO["instructors"]
    sessions: str = "auto"
    start_seconds: int = 120
    grading_service: bool = True
    grading_on_submit: bool = True
    password: PasswordSettings = PasswordSettings()
    native: NativeSettings = NativeSettings()
    lti: LtiSettings = LtiSettings()
    oauth: OAuthSettings = OAuthSettings()
    courses: tuple[CourseSettings, ...] = setting((), table="course")
    operations: OperationsSettings = field(
        default_factory=OperationsSettings, metadata={"table": "operations"}
    )
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
        if self.authenticator in AUTHENTICATORS:
            problems += self._log_in_problems()
        else:
            problems.append(
                f"authenticator is {self.authenticator!r}; expected {_either(AUTHENTICATORS)}"
            )
        if self.sessions not in SESSIONS:
            problems.append(f"sessions is {self.sessions!r}; expected {_either(SESSIONS)}")
        if self.start_seconds < 1:
            problems.append(f"start_seconds is {self.start_seconds}; expected at least 1")
        if self.public_url and (problem := url_problem(self.public_url)):
            problems.append(f"public_url is {self.public_url!r}; {problem}")
        if (self.tls_certificate is None) != (self.tls_key is None):
            problems.append("tls_certificate and tls_key go together; only one is given")
        return problems + account_problems(self.people) + self._course_problems()

    def _log_in_problems(self) -> list[str]:
        way = Way(self.authenticator)
        problems = problems_of(way, self.password, self.native, self.lti, self.oauth)
        if way is Way.DEMO:
            if not is_loopback(self.host) or self.public_url:
                problems.append(
                    f"host is {self.host!r} with demo accounts, whose password is printed on the "
                    "console; demo accounts are served on a loopback address only (127.0.0.1, "
                    "::1, localhost), without public_url"
                )
            if not is_loopback(self.spawner.hub_address):
                problems.append(
                    f"spawner.hub_address is {self.spawner.hub_address!r} with demo accounts: the "
                    "hub shows its log-in page there, too, to whoever reaches it; choose another "
                    "authenticator"
                )
            return problems
        named = {name: getattr(self, name) for name in DEMO}
        if named == DEMO:
            problems.append(
                "students, assistants and instructors are the demo accounts; with authenticator "
                f"{self.authenticator!r} say who is in the course"
            )
        safe = is_loopback(self.host) or self.tls_key is not None or self.plain_http
        if not safe:
            problems.append(
                f"host is {self.host!r} without TLS: passwords and cookies would cross the network "
                "in the clear. Serve on a loopback address behind a proxy with TLS, or set "
                "tls_certificate and tls_key; plain_http = true accepts it"
            )
        return problems

    def _course_problems(self) -> list[str]:
        ids = [course.id for course in self.courses]
        problems = [
            f"course {one!r} is listed more than once"
            for one in sorted({one for one in ids if ids.count(one) > 1})
        ]
        problems += [
            f"course {one!r} is named as a service of the hub; choose another id"
            for one in sorted(set(ids) & SERVICES)
        ]
        folders = [str(course.data.resolve()) for course in self.courses if course.data]
        problems += [
            f"several courses have the data directory {folder}; each needs one of its own"
            for folder in sorted({one for one in folders if folders.count(one) > 1})
        ]
        if len(ids) > 1 and self.exchange.kind == "files":
            problems.append(
                "[exchange] kind is 'files', which serves one course, and there are "
                f'{len(ids)}: {", ".join(ids)}; several courses need kind = "network"'
            )
        if ids:
            spoken = [(f"[[lti.context]] {one.id!r}", one.course) for one in self.lti.contexts]
            spoken += [(f"[[oauth.claim]] {one.value!r}", one.course) for one in self.oauth.claims]
            problems += [
                f"{what} names course {course!r}; there are {', '.join(ids)}"
                for what, course in spoken
                if course not in ids
            ]
        return problems

    @property
    def people(self) -> tuple[str, ...]:
        """Return all accounts of `[hub]`, students first."""
        return self.students + self.assistants + self.instructors

    @property
    def staff(self) -> tuple[str, ...]:
        """Return the accounts that may open formgrader."""
        return self.assistants + self.instructors

    @property
    def address(self) -> str:
        """Return the address for a browser."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.tls_key else 'http'}://{host}:{self.port}/"

    @property
    def public_address(self) -> str:
        """Return the address that people use."""
        return f"{self.public_url.rstrip('/')}/" if self.public_url else self.address

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
        tables = _without_demo_accounts(tables, env)
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


def _without_demo_accounts(
    tables: dict[str, Any], environment: Mapping[str, str]
) -> dict[str, Any]:
    """Return the tables with nobody in the course when people log in otherwise than for a demo."""
    own = tables.get(OWN, {})
    named = environment.get(f"{PREFIX}{OWN}_authenticator".upper())
    way = named or (own.get("authenticator") if isinstance(own, dict) else None)
    if way in (None, str(Way.DEMO)) or not isinstance(own, dict):
        return tables
    return {**tables, OWN: {**{name: [] for name in DEMO}, **own}}


def _either(names: tuple[str, ...]) -> str:
    return " or ".join(repr(name) for name in names)
