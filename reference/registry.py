"""The registry: every system of the course by name, with all that one test-suite needs to try it.

What it guarantees:

- A system is registered where it is built: a module's tuple `SYSTEMS` stands below its builders.
- `FAMILIES` is the explicit list of packages; a family is imported when it is asked for.
- Names are unique over all families.

What it deliberately does not do: hold hyperparameters of real size (those are the builders of each
family).

    >>> find("lstm").family
    'gated'
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from torch import Generator, Tensor, nn

from reference.errors import ConfigError
from reference.examples import Input

FAMILIES = (
    "neurons",
    "multilayer_perceptron",
    "computational_graph",
    "losses",
    "optimisers",
    "regularisation",
    "data",
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
        source: keys of the source documents, `S0, S3`.
        build: makes the model; its random start follows from the generator alone.
        inputs: what goes into `forward`.
        parameters: how many trainable numbers the model has, counted by hand or from the
            literature; None when the system has none to count.
        wrong: inputs of a wrong shape, which must raise `ShapeError`; none where any shape fits.
        output_axis: the batch axis of the first output, where it is not that of the first input.
        differentiable: whether `gradcheck` over the float inputs and the parameters applies.
        random_start: whether the generator decides the first parameters (false where they start at
            zero).
    """

    name: str
    source: str
    build: Callable[[Generator | None], nn.Module]
    inputs: tuple[Input, ...]
    parameters: int | None = None
    wrong: tuple[Input, ...] = ()
    output_axis: int | None = None
    differentiable: bool = True
    random_start: bool = True

    @property
    def module(self) -> str:
        """Where the system is built, `reference.gated.lstm`."""
        return self.build.__module__

    @property
    def family(self) -> str:
        """The package under `reference`."""
        return self.module.split(".")[1]

    @property
    def batch_axis(self) -> int | None:
        """The batch axis of the first output, None where there is none."""
        return self.inputs[0].batch_axis if self.output_axis is None else self.output_axis

    def example(self, batch: int, generator: Generator, steps: int = 4) -> tuple[Tensor, ...]:
        """Inputs for `forward`, with so many rows and steps."""
        return tuple(one.draw(batch, generator, steps) for one in self.inputs)


def systems(family: str | None = None) -> tuple[System, ...]:
    """All systems of one family, or of all families in the order of the course.

    Raises:
        ConfigError: there is no such family.
    """
    if family is not None and family not in FAMILIES:
        raise ConfigError(f"no family {family!r}; there are: {', '.join(FAMILIES)}")
    found: list[System] = []
    for name in FAMILIES if family is None else (family,):
        package = import_module(f"reference.{name}")
        for module in sorted(one.name for one in pkgutil.iter_modules(package.__path__)):
            found.extend(getattr(import_module(f"{package.__name__}.{module}"), "SYSTEMS", ()))
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
