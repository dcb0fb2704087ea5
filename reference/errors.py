"""What can go wrong when a reference model is configured or called.

Guarantees:

- every error of ours is a `ModelError`, and also a `ValueError`;
- the message says what came, what was expected and, where it helps, what to do.
"""

from __future__ import annotations

import math
import operator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

__all__ = [
    "ConfigError",
    "DataError",
    "ModelError",
    "ShapeError",
    "require",
    "require_config",
    "require_id",
    "require_ids",
    "require_numbers",
    "require_only",
    "require_positive",
    "require_within",
]


class ModelError(ValueError):
    """Root of all errors raised by the reference."""


class ConfigError(ModelError):
    """A hyperparameter or an argument makes no sense."""


class ShapeError(ModelError):
    """A tensor does not have the shape that the equation needs."""


class DataError(ModelError):
    """Data is missing, or does not mean what the function needs."""


def require(condition: bool, message: str) -> None:
    """Raise `ConfigError` with `message` unless `condition` holds."""
    if not condition:
        raise ConfigError(message)


def require_config(config: object, kind: type) -> None:
    """Raise `ConfigError` unless a model is given its configuration, and no bare sizes."""
    if not isinstance(config, kind):
        raise ConfigError(f"config is {config!r}, expected {kind.__name__}(...)")


def require_positive(**sizes: int) -> None:
    """Raise `ConfigError` unless every named size is a whole number above zero.

    >>> require_positive(input_size=3)
    """
    for name, size in sizes.items():
        if isinstance(size, bool) or not isinstance(size, int) or size < 1:
            raise ConfigError(f"{name} must be a whole number above 0, got {size!r}")


def require_within(least: float, most: float, **numbers: float) -> None:
    """Raise `ConfigError` unless every named number is from `least` to `most`, ends included.

    >>> require_within(0, 1, discount=0.9)
    """
    for name, number in numbers.items():
        if not least <= number <= most:  # so that not-a-number is refused
            wanted = f"at least {least:g}" if math.isinf(most) else f"{least:g} to {most:g}"
            raise ConfigError(f"{name} is {number!r}, expected {wanted}")


def require_numbers(name: str, values: Tensor, least: float, most: float) -> None:
    """Raise `DataError` unless all numbers of a tensor are from `least` to `most`."""
    if not bool(((values >= least) & (values <= most)).all()):
        raise DataError(f"{name} must hold numbers from {least:g} to {most:g} only")


def require_only(name: str, values: Tensor, low: float, high: float) -> None:
    """Raise `DataError` unless each number of a tensor is one of two: 0 and 1, or -1 and +1."""
    if not bool(((values == low) | (values == high)).all()):
        sign = "+" if low < 0 else ""
        raise DataError(f"{name} must hold {low:g} and {sign}{high:g} only")


def require_id(name: str, number: int, count: int) -> None:
    """Raise `DataError` unless a state, action or word is a whole number from 0 to count - 1.

    >>> require_id("state", 2, 3)
    """
    try:
        is_one = not isinstance(number, bool) and 0 <= operator.index(number) < count
    except TypeError:
        is_one = False
    if not is_one:
        raise DataError(f"{name} is {number!r}, expected a whole number from 0 to {count - 1}")


def require_ids(name: str, ids: Tensor, count: int) -> None:
    """Raise `DataError` unless every id, of any shape, is a whole number from 0 to count - 1.

    Indexing takes -1 for the last row without a word; here it is no id.
    """
    if ids.numel():
        least, most = (int(end) for end in ids.aminmax())
        if least < 0 or most >= count:
            raise DataError(f"{name} run from {least} to {most}, expected 0 to {count - 1}")
