"""The registry: every system of the course by name, with all that one test-suite needs to try it.

What it guarantees:

- `FAMILIES` is the explicit list of packages; each has a module `systems` with a tuple `SYSTEMS`.
- A family is imported when it is asked for, not before.
- Names are unique over all families.

What it deliberately does not do: hold hyperparameters of real size (those are the builders of each
family), or discover anything by itself.

    >>> find("lstm").family
    'gated'
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from torch import Generator, Tensor, nn

from reference.errors import ConfigError

FAMILIES = (
    "neurons",
    "multilayer_perceptron",
    "computational_graph",
    "losses",
    "optimisers",
    "regularisation",
    "initialisation",
    "normalisation",
    "convolution",
    "image_networks",
    "recurrent",
    "gated",
    "bidirectional",
    "words",
    "sequence_to_sequence",
    "attention",
    "autoencoders",
    "adversarial",
    "reservoir",
    "reinforcement",
    "zoo",
)


@dataclass(frozen=True)
class System:
    """One taught system, in a size small enough for `gradcheck`.

    Args:
        name: unique, lower case, words joined by underscores.
        family: the package under `reference`.
        source: keys of the source documents, `S0, S3`.
        build: makes the model; its random start follows from the generator alone.
        example: makes a tuple of inputs for `forward` from a batch size and a generator; float
            inputs are float32.
        parameters: how many trainable numbers the model has, counted by hand or from the
            literature; None when the system has none to count.
        batch_axis: the axis of every input (and of the first output) that is the batch; None when
            there is none.
        differentiable: whether `gradcheck` over the float inputs and the parameters applies.
        rows_apart: whether the rows of a batch are worked on apart (false for batch statistics,
            shared noise).
        random_start: whether the generator decides the first parameters (false where they start at
            zero).
        wrong: makes inputs of a wrong shape, which must raise `ShapeError`; None when any shape is
            right.
    """

    name: str
    family: str
    source: str
    build: Callable[[Generator | None], nn.Module]
    example: Callable[[int, Generator], tuple[Tensor, ...]]
    parameters: int | None
    batch_axis: int | None = 0
    differentiable: bool = True
    rows_apart: bool = True
    random_start: bool = True
    wrong: Callable[[Generator], tuple[Tensor, ...]] | None = None


def systems(family: str | None = None) -> tuple[System, ...]:
    """All systems of one family, or of all families in the order of the course.

    Raises:
        ConfigError: there is no such family.
    """
    if family is not None and family not in FAMILIES:
        raise ConfigError(f"no family {family!r}; there are: {', '.join(FAMILIES)}")
    found: list[System] = []
    for name in FAMILIES if family is None else (family,):
        found.extend(import_module(f"reference.{name}.systems").SYSTEMS)
    return tuple(found)


def find(name: str) -> System:
    """The system with that name.

    Raises:
        ConfigError: there is no such system.
    """
    known = {system.name: system for system in systems()}
    if name not in known:
        raise ConfigError(f"no system {name!r}; there are: {', '.join(sorted(known))}")
    return known[name]


def build(name: str, generator: Generator | None = None) -> nn.Module:
    """Make the small model of that name."""
    return find(name).build(generator)
