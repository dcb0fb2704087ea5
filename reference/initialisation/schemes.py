"""How large weights should be at the start.

Guarantees: each scheme draws from the generator; variance and bound are those of the formula, and
a uniform with bound b has the same variance b²/3 as the normal beside it.

Does not: touch biases; they start at zero.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

import torch
from torch import Generator, Tensor

from reference.errors import ConfigError, require, require_positive
from reference.examples import normal
from reference.multilayer_perceptron.network import MLP, MLPConfig
from reference.registry import System

__all__ = [
    "SCHEMES",
    "Distribution",
    "Scheme",
    "fans",
    "fixed_variance",
    "he",
    "he_bound",
    "he_variance",
    "initialise",
    "uniform_bound",
    "xavier",
    "xavier_bound",
    "xavier_variance",
    "zero",
]

Distribution = Literal["normal", "uniform"]
Scheme = Literal["zero", "fixed", "xavier_one_sided", "xavier", "he"]
SCHEMES: tuple[Scheme, ...] = ("zero", "fixed", "xavier_one_sided", "xavier", "he")


def fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """Count what flows into and out of one unit.

    Args:
        shape: weight (D_out, D_in) of a full layer or (C_out, C_in, F_h, F_w) of a convolution.

    Returns: fan in and fan out.

    >>> fans((100, 784)), fans((16, 3, 5, 5))
    ((784, 100), (75, 400))
    """
    require(len(shape) >= 2, f"weight has shape {shape}, expected (out, in, ...)")
    field = math.prod(shape[2:])
    return shape[1] * field, shape[0] * field


def xavier_variance(fan_in: int, fan_out: int | None = None) -> float:
    """Variance that keeps the signal's size through tanh layers.

    Equation: ``1 / n_in`` (forward path only); ``2 / (n_in + n_out)`` (both paths)

    Args:
        fan_in: units of the layer before.
        fan_out: units of this layer; None for the one-sided form.

    Source: S4.
    """
    require_positive(fan_in=fan_in)
    if fan_out is None:
        # 1 / n_in; 2 / (n_in + n_out)
        return 1 / fan_in
    require_positive(fan_out=fan_out)
    return 2 / (fan_in + fan_out)


def he_variance(fan_in: int) -> float:
    """Variance for ReLU layers, which lose half of the signal.

    Equation: ``2 / n_in``

    Source: S4.
    """
    require_positive(fan_in=fan_in)
    # 2 / n_in
    return 2 / fan_in


def uniform_bound(variance: float) -> float:
    """Bound b of the uniform distribution on [-b, b] of that variance.

    Equation: ``b = sqrt(3 Var)``, because ``Var = b²/3``
    """
    # b = sqrt(3 Var); Var = b²/3
    return math.sqrt(3 * variance)


def xavier_bound(fan_in: int, fan_out: int | None = None) -> float:
    """Bound of the uniform form.

    Equation: ``sqrt(3 / n_in)``; ``sqrt(6 / (n_in + n_out))``

    Source: S4.
    """
    # sqrt(3 / n_in); sqrt(6 / (n_in + n_out))
    return uniform_bound(xavier_variance(fan_in, fan_out))


def he_bound(fan_in: int) -> float:
    """Bound of the uniform form.

    Equation: ``sqrt(6 / n_in)``

    Source: S4.
    """
    # sqrt(6 / n_in)
    return uniform_bound(he_variance(fan_in))


def _draw(
    shape: tuple[int, ...],
    variance: float,
    distribution: Distribution,
    generator: Generator | None,
) -> Tensor:
    if distribution == "normal":
        return torch.randn(*shape, generator=generator) * math.sqrt(variance)
    if distribution == "uniform":
        bound = uniform_bound(variance)
        return torch.empty(*shape).uniform_(-bound, bound, generator=generator)
    raise ConfigError(f"distribution is {distribution!r}, expected 'normal' or 'uniform'")


def zero(shape: tuple[int, ...]) -> Tensor:
    """All zeros: all hidden units of a layer get the same gradient and stay the same (S4)."""
    return torch.zeros(*shape)


def fixed_variance(
    shape: tuple[int, ...], variance: float = 1.0, generator: Generator | None = None
) -> Tensor:
    """Normal numbers of a variance that does not know the layer's size (S4)."""
    require(variance > 0, f"variance is {variance}, expected above 0")
    return _draw(shape, variance, "normal", generator)


def xavier(
    shape: tuple[int, ...],
    distribution: Distribution = "uniform",
    two_sided: bool = True,
    generator: Generator | None = None,
) -> Tensor:
    """Xavier (Glorot) weights; see `xavier_variance`."""
    fan_in, fan_out = fans(shape)
    variance = xavier_variance(fan_in, fan_out if two_sided else None)
    return _draw(shape, variance, distribution, generator)


def he(
    shape: tuple[int, ...],
    distribution: Distribution = "normal",
    generator: Generator | None = None,
) -> Tensor:
    """He weights; see `he_variance`."""
    return _draw(shape, he_variance(fans(shape)[0]), distribution, generator)


@torch.no_grad()
def initialise(
    model: torch.nn.Module,
    scheme: Scheme,
    distribution: Distribution = "normal",
    generator: Generator | None = None,
) -> None:
    """Set all weight matrices and filters of a model by a scheme, and everything flat to zero.

    Args:
        model: changed in place; parameters of two or more axes are weights, others biases.
        scheme: "zero", "fixed" (variance 1), "xavier_one_sided", "xavier" or "he".
        distribution: of the drawn numbers; "fixed" is always normal.
        generator: where they come from.
    """
    for parameter in model.parameters():
        shape = tuple(parameter.shape)
        if len(shape) < 2 or scheme == "zero":
            parameter.zero_()
        elif scheme == "fixed":
            parameter.copy_(fixed_variance(shape, generator=generator))
        elif scheme in {"xavier", "xavier_one_sided"}:
            parameter.copy_(xavier(shape, distribution, scheme == "xavier", generator))
        elif scheme == "he":
            parameter.copy_(he(shape, distribution, generator))
        else:
            raise ConfigError(f"scheme is {scheme!r}, expected one of {', '.join(SCHEMES)}")


def _started(scheme: Scheme, distribution: Distribution) -> Callable[[Generator | None], MLP]:
    def build(generator: Generator | None) -> MLP:
        model = MLP(MLPConfig((3, 4, 2), "tanh"), generator)
        initialise(model, scheme, distribution, generator)
        return model

    return build


_ALL: tuple[tuple[str, Scheme, Distribution], ...] = (
    ("zero_initialisation", "zero", "normal"),
    ("fixed_variance_initialisation", "fixed", "normal"),
    ("xavier_one_sided_normal", "xavier_one_sided", "normal"),
    ("xavier_one_sided_uniform", "xavier_one_sided", "uniform"),
    ("xavier_normal", "xavier", "normal"),
    ("xavier_uniform", "xavier", "uniform"),
    ("he_normal", "he", "normal"),
    ("he_uniform", "he", "uniform"),
)

SYSTEMS = tuple(
    System(
        name,
        "S4",
        _started(scheme, distribution),
        (normal("B", 3),),
        parameters=4 * 4 + 5 * 2,
        wrong=(normal("B", 4),),
        random_start=scheme != "zero",
    )
    for name, scheme, distribution in _ALL
)
