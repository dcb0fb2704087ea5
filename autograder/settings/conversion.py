"""One setting's value from what TOML or a variable says, by the annotation of its field.

What it guarantees:

- What is not of the field's kind is refused with the kind that was expected, without the value.
- `text_of` gives the text that a variable needs to say the same again.
"""

from __future__ import annotations

import math
import types
import typing
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

TRUE = ("true", "yes", "on", "1")
FALSE = ("false", "no", "off", "0")
LARGEST = 10**18  # of whole numbers: larger ones no clock, disk or database takes


def convert(value: Any, hint: Any, path: Callable[[str], Path]) -> Any:
    """Return the value as the annotation wants it.

    Args:
        value: what TOML has, or a variable's text.
        hint: the annotation.
        path: makes a path of its text.

    Raises:
        ValueError: it is of another kind; the message says which is expected.
    """
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        if value is None or value == "":
            return None
        some = next(one for one in arguments if one is not type(None))
        return convert(value, some, path)
    if origin is tuple:
        return tuple(convert(one, arguments[0], path) for one in _items(value))
    if origin is not None and issubclass(origin, Mapping):
        return {name: convert(one, arguments[1], path) for name, one in _pairs(value).items()}
    if hint is Path:
        if not isinstance(value, (str, Path)) or not str(value):
            raise ValueError("expected a path")
        return path(str(value))
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        if value not in [str(one) for one in hint]:
            raise ValueError(f"expected {' or '.join(repr(str(one)) for one in hint)}")
        return hint(value)
    return _CONVERT[hint](value)


def text_of(value: Any) -> str:
    """Return a setting's value as a variable has it, and as a person reads it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return ",".join(f"{name}={text_of(one)}" for name, one in value.items())
    if isinstance(value, tuple):
        return ",".join(text_of(one) for one in value)
    return "" if value is None else str(value)


def _items(value: Any) -> list[Any]:
    if isinstance(value, str):
        return [word.strip() for word in value.split(",") if word.strip()]
    if not isinstance(value, (list, tuple)):
        raise ValueError("expected names, separated by commas in a variable, a list in TOML")
    return list(value)


def _pairs(value: Any) -> dict[str, Any]:
    if isinstance(value, str):
        parts = [word.partition("=") for word in value.split(",") if word.strip()]
        if not all(equals for _, equals, _ in parts):
            raise ValueError("expected name=value, name=value")
        return {name.strip(): text.strip() for name, _, text in parts}
    if not isinstance(value, Mapping):
        raise ValueError("expected name=value in a variable, a table in TOML")
    return {str(name): one for name, one in value.items()}


def _bool(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    word = value.strip().lower() if isinstance(value, str) else ""
    if word not in TRUE + FALSE:
        raise ValueError("expected true or false")
    return word in TRUE


def _int(value: Any) -> int:
    try:
        if isinstance(value, (int, str)) and not isinstance(value, bool):
            number = int(value)
            if abs(number) < LARGEST:
                return number
    except ValueError:  # of thousands of digits, too
        pass
    raise ValueError(f"expected a whole number of at most {len(str(LARGEST)) - 1} digits")


def _float(value: Any) -> float:
    try:
        if isinstance(value, (int, float, str)) and not isinstance(value, bool):
            number = float(value)
            if not math.isnan(number):
                return number
    except (ValueError, OverflowError):
        pass
    raise ValueError("expected a number")


def _str(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("expected text")
    return value


_CONVERT = types.MappingProxyType({bool: _bool, int: _int, float: _float, str: _str})
