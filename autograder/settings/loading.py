"""From a TOML file and environment variables to one frozen value, for any settings dataclass.

A topic is a frozen dataclass whose fields all have defaults and whose `__post_init__` raises a
`ValueError` that lists its problems (`refuse` does). A topic of `HubSettings` is a table of the
file; a field that is itself a dataclass is a table in it; a field `tuple[Dataclass, ...]` is an
array of tables. What a field holds is said by its annotation: `bool`, `int`, `float`, `str`,
`Path`, an enumeration of text, `X | None`, `tuple[X, ...]`, `Mapping[str, X]`. A topic's module,
and the `__init__` of its package, are imported by `autograder.hub.settings`, so that they cannot
import `HubSettings` themselves except for annotations.

What it guarantees:

- Every mistake of file and variables is reported, all at once: unknown names, wrong kinds, and what
  the dataclasses themselves refuse.
- A variable wins over the file, the file over the default, and where each value came from is told.
- A secret is never shown: not by `effective`, not by a problem, not by `repr`.

What it does not do: know any setting by name.
"""

from __future__ import annotations

import tomllib
import typing
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from autograder.settings.conversion import convert, text_of
from autograder.settings.errors import SettingsError

HIDDEN = "(hidden)"
DEFAULT = "default"
FILE_SUFFIX = "_file"
TITLE = "the hub's settings are wrong"
T = TypeVar("T")
Trail = tuple[str, ...]


def setting(default: Any, *, table: str = "", secret: bool = False) -> Any:
    """Return a dataclass field with what loading has to know beside its default.

    Args:
        default: the default.
        table: the name in TOML when it is not the field's: `profile` for a field `profiles`.
        secret: whether the value must never be shown; it may then also be given as a file's name,
            in `<field>_file`.
    """
    return field(default=default, repr=not secret, metadata={"table": table, "secret": secret})


def refuse(problems: Iterable[str], title: str = TITLE) -> None:
    """Raise what a settings dataclass raises, when there are problems.

    Raises:
        SettingsError: there are; one line for each.
    """
    lines = list(problems)
    if lines:
        raise SettingsError(f"{title}:\n- " + "\n- ".join(lines))


@dataclass(frozen=True)
class Effective:
    """One setting that is in force.

    Args:
        name: as in the file, with its table: `hub.port`, `course[1].id`.
        value: as text; never a secret's.
        origin: `default`, `file`, `command line`, or `variable` with its name.
    """

    name: str
    value: str
    origin: str


@dataclass(frozen=True)
class Reading(Generic[T]):
    """What reading gave.

    Args:
        settings: the value; `None` when anything is wrong.
        effective: every setting, as far as it could be understood.
        problems: every mistake.
    """

    settings: T | None
    effective: tuple[Effective, ...]
    problems: tuple[str, ...]

    def value(self) -> T:
        """Return the settings.

        Raises:
            SettingsError: something is wrong; the message lists all of it.
        """
        refuse(self.problems)
        assert self.settings is not None
        return self.settings


def read_file(path: Path) -> dict[str, Any]:
    """Return the tables of a TOML file.

    Raises:
        SettingsError: it cannot be read.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
        str(tables)  # a number of thousands of digits cannot be shown, so no message could name it
    except (OSError, ValueError, RecursionError) as error:
        raise SettingsError(f"{path} cannot be read: {error}") from error
    return tables


def read(
    cls: type[T],
    tables: Mapping[str, Any],
    environment: Mapping[str, str],
    given: Mapping[str, Any],
    *,
    own: str,
    prefix: str,
    folder: Path | None = None,
) -> Reading[T]:
    """Read a settings dataclass from tables and variables.

    Args:
        cls: the dataclass; its simple fields are in table `own`, its topics in tables beside.
        tables: the file's content.
        environment: variables `<prefix><OWN>_X` and `<prefix><TOPIC>_X`.
        given: simple fields of `cls` that win over everything, from the command line.
        own: the name of the table of the dataclass's own fields.
        prefix: the prefix of all variables.
        folder: what relative paths in the file are relative to.
    """
    reader = _Reader(own, folder)
    raw = reader.flattened(cls, tables)
    reader.take_variables(cls, raw, environment, prefix)
    for name, value in given.items():
        raw[name] = value
        reader.origins[(name,)] = "command line"
    settings = reader.build(cls, raw, ())
    problems = tuple(dict.fromkeys(reader.problems))
    return Reading(None if problems else settings, tuple(reader.effective), problems)


def variables(cls: type[Any], prefix: str, own: str) -> dict[str, Trail]:
    """Return every variable that sets a field, with the way to the field."""
    found = {}
    for trail, _ in _simple_fields(cls, ()):
        words = trail if len(trail) > 1 else (own, *trail)
        found[prefix + "_".join(words).upper()] = trail
    return found


class _Reader:
    """One reading: what was said where, and what is wrong with it."""

    def __init__(self, own: str, folder: Path | None) -> None:
        self.own = own
        self.folder = folder
        self.origins: dict[Trail, str] = {}
        self.problems: list[str] = []
        self.effective: list[Effective] = []

    def flattened(self, cls: type[Any], tables: Mapping[str, Any]) -> dict[str, Any]:
        """Return the file's tables with those of the own table among the topics."""
        topics = {_key(one): one for one, hint in _fields(cls) if _nested(hint)}
        raw: dict[str, Any] = {}
        for name, value in tables.items():
            if name == self.own and isinstance(value, dict):
                misplaced = [key for key in value if key in topics]
                self.problems += [f"[{self.own}.{key}] belongs in [{key}]" for key in misplaced]
                raw |= {key: one for key, one in value.items() if key not in topics}
            elif name == self.own:
                kind = type(value).__name__
                self.problems.append(f"{name!r} is {kind}; expected a table [{name}]")
            elif name in topics:
                raw[name] = value
            else:
                known = ", ".join(f"[{one}]" for one in (self.own, *topics))
                self.problems.append(f"{name!r} is no table of the settings; there are {known}")
        return raw

    def take_variables(
        self, cls: type[Any], raw: dict[str, Any], environment: Mapping[str, str], prefix: str
    ) -> None:
        """Put what variables say over what the file says."""
        known = variables(cls, prefix, self.own)
        tables = {self.own} | {trail[0] for trail in known.values() if len(trail) > 1}
        ours = tuple(f"{prefix}{name.upper()}_" for name in tables)
        for name, text in environment.items():
            if not name.startswith(ours):
                continue
            if name not in known:
                start = next(one for one in sorted(ours, reverse=True) if name.startswith(one))
                setting_name = name.removeprefix(start).lower()
                there = sorted(one for one in known if one.startswith(start))
                self.problems.append(
                    f"{setting_name!r} is no setting (variable {name}); there are "
                    f"{', '.join(there)}"
                )
                continue
            trail = known[name]
            table = raw
            for step in trail[:-1]:
                if not isinstance(table.get(step), dict):
                    table[step] = {}
                table = table[step]
            base = trail[-1].removesuffix(FILE_SUFFIX)
            for other in (base, base + FILE_SUFFIX):
                if (*trail[:-1], other) in known.values():
                    table.pop(other, None)  # the nearer source wins, whichever way it is said
            table[trail[-1]] = text
            self.origins[trail] = f"variable {name}"

    def build(self, cls: type[Any], table: Any, trail: Trail) -> Any:
        """Return an instance from a table; its default where the table is wrong."""
        where = self._name(trail)
        if not isinstance(table, Mapping):
            kind = type(table).__name__
            self.problems.append(f"{where} is {kind}; expected a table [{where}]")
            return None
        table = dict(table)
        known = {_key(one): (one, hint) for one, hint in _fields(cls)}
        values: dict[str, Any] = {}
        for key, (one, hint) in known.items():
            here = (*trail, key)
            inner = _nested(hint)
            if inner is not None:
                value = self._build_nested(inner, hint, table, key, here)
            else:
                value = self._simple(one, hint, table, key, here)
            if value is not MISSING:
                values[one.name] = value
        secret_files = {key + FILE_SUFFIX for key, (one, _) in known.items() if _secret(one)}
        for key in table:
            if key not in known and key not in secret_files:
                of = f" of [{where}]" if trail else ""
                there = ", ".join(sorted(known.keys() | secret_files))
                self.problems.append(f"{key!r} is no setting{of}; there are {there}")
        try:
            return cls(**values)
        except ValueError as error:
            lines = str(error).split("\n- ")
            said = lines[1:] or lines
            self.problems += [f"[{where}] {line}" if trail else line for line in said]
        except TypeError as error:
            self.problems.append(f"[{where}]: {_missing(cls, values, error)}")
        return None

    def _build_nested(
        self, inner: type[Any], hint: Any, table: dict[str, Any], key: str, here: Trail
    ) -> Any:
        if not _many(hint):
            value = self.build(inner, table.get(key, {}), here)
            return MISSING if value is None else value
        if key not in table:
            return MISSING
        rows = table[key]
        if not isinstance(rows, (list, tuple)):
            self.problems.append(f"{self._name(here)} is one table; write [[{key}]]")
            return MISSING
        built = [
            self.build(inner, row, (*here[:-1], f"{key}[{number}]"))
            for number, row in enumerate(rows, 1)
        ]
        return tuple(one for one in built if one is not None)

    def _simple(
        self, one: Field[Any], hint: Any, table: dict[str, Any], key: str, here: Trail
    ) -> Any:
        secret = _secret(one)
        name = self._name(here)
        value, origin = table.get(key, MISSING), self.origins.get(here, "file")
        if secret and key + FILE_SUFFIX in table:
            if value is not MISSING:
                self.problems.append(f"give one of {name} and {name}{FILE_SUFFIX}, not both")
            file = self._path(table[key + FILE_SUFFIX], (*here[:-1], key + FILE_SUFFIX))
            origin = f"file {file}"
            try:
                value = file.read_text(encoding="utf-8").strip()
            except (OSError, ValueError) as error:
                said = getattr(error, "strerror", None) or "it is no text"
                self.problems.append(
                    f"{name}{FILE_SUFFIX} names {file}, which cannot be read: {said}"
                )
                return MISSING
        if value is MISSING:
            shown = one.default if one.default is not MISSING else "(needed)"
            self._tell(here, shown, DEFAULT, secret=secret and bool(shown))
            return MISSING
        try:
            converted = convert(value, hint, lambda path: self._path(path, here))
        except ValueError as error:
            shown = HIDDEN if secret else repr(value)
            self.problems.append(f"{name} is {shown}; {error}")
            return MISSING
        self._tell(here, converted, origin, secret=secret)
        return converted

    def _tell(self, here: Trail, value: Any, origin: str, *, secret: bool) -> None:
        name = ".".join(here) if len(here) > 1 else f"{self.own}.{here[0]}"
        self.effective.append(Effective(name, HIDDEN if secret else text_of(value), origin))

    def _path(self, value: Any, here: Trail) -> Path:
        path = Path(str(value)).expanduser()
        in_file = here not in self.origins
        return self.folder / path if in_file and self.folder is not None else path.absolute()

    def _name(self, trail: Trail) -> str:
        return ".".join(trail)


def _fields(cls: type[Any]) -> Iterator[tuple[Field[Any], Any]]:
    hints = typing.get_type_hints(cls)
    for one in fields(cls):
        if one.init:
            yield one, hints[one.name]


def _key(one: Field[Any]) -> str:
    return str(one.metadata.get("table") or one.name)


def _secret(one: Field[Any]) -> bool:
    return bool(one.metadata.get("secret"))


def _many(hint: Any) -> bool:
    return typing.get_origin(hint) is tuple


def _nested(hint: Any) -> type[Any] | None:
    """Return the dataclass that a field holds, one or many of."""
    inner = typing.get_args(hint)[0] if _many(hint) else hint
    return inner if isinstance(inner, type) and is_dataclass(inner) else None


def _simple_fields(cls: type[Any], trail: Trail) -> Iterator[tuple[Trail, Field[Any]]]:
    for one, hint in _fields(cls):
        inner = _nested(hint)
        here = (*trail, _key(one))
        if inner is None:
            yield here, one
            if _secret(one):
                yield (*trail, _key(one) + FILE_SUFFIX), one
        elif not _many(hint):
            yield from _simple_fields(inner, here)


def _missing(cls: type[Any], values: Mapping[str, Any], error: TypeError) -> str:
    lacking = [
        _key(one)
        for one, _ in _fields(cls)
        if one.name not in values and one.default is MISSING and one.default_factory is MISSING
    ]
    return f"{', '.join(lacking)} must be given" if lacking else str(error)
