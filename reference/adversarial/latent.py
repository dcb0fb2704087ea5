"""Walking and calculating in the space of noise vectors.

Guarantees: end points of a walk are exact; analogies use means over several examples, because
single noise vectors do not carry a meaning alone.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Generator, Tensor

from reference.as_module import AsModule
from reference.errors import DataError, require
from reference.examples import normal
from reference.registry import System
from reference.shapes import check_shape

__all__ = ["analogy", "interpolate", "interpolate_on_sphere", "vectors_with"]


def vectors_with(
    make: Callable[[Tensor], Tensor],
    holds: Callable[[Tensor], Tensor],
    latent_size: int,
    count: int,
    generator: Generator | None = None,
    draws: int = 4096,
) -> Tensor:
    """Find noise vectors whose images have a property: a generator has no encoder to ask.

    Args:
        make: a trained generator, (N, V) to images (N, ...).
        holds: says of images (N, ...) which have the property, bool (N,).
        latent_size: V.
        count: how many are wanted.
        generator: where the noise comes from.
        draws: how many are tried.

    Returns: (count, V).

    Raises: `DataError` when too few of the images have the property.

    Source: S0, latent arithmetic; Radford et al. 2016 take the mean of such vectors.
    """
    z = torch.randn(draws, latent_size, generator=generator)
    with torch.no_grad():
        found = z[holds(make(z))]
    if len(found) < count:
        raise DataError(f"{len(found)} of {draws} images have the property, {count} are wanted")
    return found[:count]


def analogy(start: Tensor, remove: Tensor, add: Tensor) -> Tensor:
    """Latent arithmetic: smiling woman - woman + man = smiling man.

    Equation: ``z = mean z_start - mean z_remove + mean z_add``

    Args:
        start: (N, V) noise vectors of images that have the first property.
        remove: (N', V) of those with what should go.
        add: (N'', V) of those with what should come.

    Returns: (V,).

    Source: S0, latent arithmetic; Radford et al. 2016, figure 7.
    """
    V = start.shape[-1]
    for name, vectors in (("start", start), ("remove", remove), ("add", add)):
        check_shape(name, vectors, "N", V)
    # z = mean z_start - mean z_remove + mean z_add
    return start.mean(dim=0) - remove.mean(dim=0) + add.mean(dim=0)


def interpolate(a: Tensor, b: Tensor, steps: int) -> Tensor:
    """Straight walk from a (V,) to b (V,), both included, (steps, V).

    Equation: ``z_s = (1 - s) a + s b``
    """
    require(steps >= 2, f"steps is {steps}, expected at least 2")
    check_shape("b", b, *a.shape)
    s = torch.linspace(0, 1, steps, dtype=a.dtype, device=a.device)[:, None]
    # z_s = (1 - s) a + s b
    return (1 - s) * a + s * b


def interpolate_on_sphere(a: Tensor, b: Tensor, steps: int) -> Tensor:
    """Walk along the arc from a to b, which keeps the usual length of a noise vector.

    Equation: ``z_s = (sin((1 - s) ω) a + sin(s ω) b) / sin ω``, ω the angle between a and b
    """
    require(steps >= 2, f"steps is {steps}, expected at least 2")
    check_shape("b", b, *a.shape)
    angle = torch.acos((a @ b / (a.norm() * b.norm())).clamp(-1, 1))
    if not angle.sin() >= 1e-6:  # (anti)parallel or zero: the arc is a line, or not unique
        return interpolate(a, b, steps)
    s = torch.linspace(0, 1, steps, dtype=a.dtype, device=a.device)[:, None]
    # z_s = (sin((1 - s) ω) a + sin(s ω) b) / sin ω
    return (((1 - s) * angle).sin() * a + (s * angle).sin() * b) / angle.sin()


SYSTEMS = (
    System(
        "latent_arithmetic",
        "S0",
        lambda _: AsModule(analogy),
        (normal(3, 2), normal(4, 2), normal(2, 2)),
        wrong=(normal(3, 2), normal(4, 3), normal(2, 2)),
    ),
)
