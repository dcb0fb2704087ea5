"""Update rules of gradient descent, each as one pure step.

Guarantees:

- each step returns new values and changes none of its arguments;
- a gradient or a memory of another shape than the weights is a `ShapeError`, a rate below
  0 or a share of the past that is not 0 to 1 a `ConfigError`;
- over 100 steps in float64 each equals torch.optim's (named in the docstring) to 1e-9.

Does not: hold parameters or state; see `optimiser.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from torch import Tensor

from reference.errors import require, require_within
from reference.shapes import check_alike

__all__ = [
    "adadelta_step",
    "adagrad_step",
    "adam_step",
    "bias_correction",
    "momentum_step",
    "nesterov_step",
    "nesterov_step_shifted",
    "rmsprop_step",
    "sgd_step",
]


def _check(learning_rate: float, **fractions: float) -> None:
    require_within(0, math.inf, learning_rate=learning_rate)
    require_within(0, 1, **fractions)


def sgd_step(w: Tensor, g: Tensor, learning_rate: float) -> Tensor:
    """Gradient descent.

    Equation: ``w <- w - η g``

    Args:
        w: weights, any shape.
        g: gradient of the cost, averaged over all examples (batch), one (stochastic) or some
            (mini-batch).
        learning_rate: η.

    Source: S4. Torch: `SGD`.
    """
    check_alike("w", w, g=g)
    _check(learning_rate)
    # w <- w - η g
    return w - learning_rate * g


def momentum_step(
    w: Tensor, g: Tensor, v: Tensor, learning_rate: float, momentum: float = 0.9
) -> tuple[Tensor, Tensor]:
    """Gradient descent that keeps some of its last direction.

    Equation: ``v <- γ v + η g``; ``w <- w - v``

    Returns: w, v. Start with v = 0.

    Source: S4. Torch: `SGD(momentum=γ)`, whose velocity is v / η.

    Deviation: S4 prints w_t = w_{t+1} - v_t; the indices are swapped.
    """
    check_alike("w", w, g=g, v=v)
    _check(learning_rate, momentum=momentum)
    # v <- γ v + η g
    v = momentum * v + learning_rate * g
    # w <- w - v
    return w - v, v


def nesterov_step(
    w: Tensor,
    gradient: Callable[[Tensor], Tensor],
    v: Tensor,
    learning_rate: float,
    momentum: float = 0.9,
) -> tuple[Tensor, Tensor]:
    """Momentum that looks at the slope where it is about to be.

    Equation: ``v <- γ v + η grad J(w - γ v)``; ``w <- w - v``

    Args:
        w: weights.
        gradient: gives grad J at any point.
        v: velocity, 0 at the start.
        learning_rate: η.
        momentum: γ.

    Returns: w, v.

    Source: S4, Nesterov accelerated gradient.
    """
    check_alike("w", w, v=v)
    _check(learning_rate, momentum=momentum)
    g = gradient(w - momentum * v)
    check_alike("w", w, g=g)
    # v <- γ v + η grad J(w - γ v)
    v = momentum * v + learning_rate * g
    # w <- w - v
    return w - v, v


def nesterov_step_shifted(
    w: Tensor, g: Tensor, v: Tensor, learning_rate: float, momentum: float = 0.9
) -> tuple[Tensor, Tensor]:
    """The same walk written for the point looked at, u = w - γ v, where the gradient is known.

    Equation: ``v <- γ v + η g``; ``u <- u - γ v - η g``

    Returns: u, v.

    Torch: `SGD(momentum=γ, nesterov=True)`.
    """
    check_alike("w", w, g=g, v=v)
    _check(learning_rate, momentum=momentum)
    # v <- γ v + η g
    v = momentum * v + learning_rate * g
    # u <- u - γ v - η g
    return w - momentum * v - learning_rate * g, v


def adagrad_step(
    w: Tensor, g: Tensor, G: Tensor, learning_rate: float = 0.01, epsilon: float = 1e-10
) -> tuple[Tensor, Tensor]:
    """A rate for each weight, which falls with all that it has moved.

    Equation: ``G <- G + g²``; ``w <- w - η g / (sqrt(G) + ε)``

    Returns: w, G. Start with G = 0.

    Source: S4. Torch: `Adagrad`.

    Deviation: S4 has ε under the root, torch beside it.
    """
    check_alike("w", w, g=g, G=G)
    _check(learning_rate)
    # G <- G + g²
    G = G + g**2
    # w <- w - η g / (sqrt(G) + ε)
    return w - learning_rate * g / (G.sqrt() + epsilon), G


def adadelta_step(
    w: Tensor,
    g: Tensor,
    mean_square: Tensor,
    mean_square_update: Tensor,
    learning_rate: float = 1.0,
    decay: float = 0.9,
    epsilon: float = 1e-6,
) -> tuple[Tensor, Tensor, Tensor]:
    """Steps as long as recent steps, so that no rate has to be chosen.

    Equation: ``E[g²] <- ρ E[g²] + (1 - ρ) g²``;
    ``Δ = sqrt(E[Δ²] + ε) / sqrt(E[g²] + ε) · g``; ``E[Δ²] <- ρ E[Δ²] + (1 - ρ) Δ²``;
    ``w <- w - η Δ``

    Returns: w, E[g²], E[Δ²]. Start with zeros.

    Source: Zeiler 2012. Torch: `Adadelta`.

    Deviation: what S4 calls Adadelta lacks the root mean square of the updates; it is RMSProp.
    """
    check_alike("w", w, g=g, mean_square=mean_square, mean_square_update=mean_square_update)
    _check(learning_rate, decay=decay)
    # E[g²] <- ρ E[g²] + (1 - ρ) g²
    mean_square = decay * mean_square + (1 - decay) * g**2
    # Δ = RMS[Δ] / RMS[g] · g
    delta = (mean_square_update + epsilon).sqrt() / (mean_square + epsilon).sqrt() * g
    # E[Δ²] <- ρ E[Δ²] + (1 - ρ) Δ²
    mean_square_update = decay * mean_square_update + (1 - decay) * delta**2
    # w <- w - η Δ
    return w - learning_rate * delta, mean_square, mean_square_update


def rmsprop_step(
    w: Tensor,
    g: Tensor,
    mean_square: Tensor,
    learning_rate: float = 0.01,
    decay: float = 0.9,
    epsilon: float = 1e-8,
) -> tuple[Tensor, Tensor]:
    """Adagrad that forgets.

    Equation: ``E[g²] <- γ E[g²] + (1 - γ) g²``; ``w <- w - η g / (sqrt(E[g²]) + ε)``

    Returns: w, E[g²]. Start with zeros.

    Source: S4 (Hinton's lecture, γ = 0.9). Torch: `RMSprop(alpha=γ)`.

    Deviation: S4 has ε under the root, torch beside it.
    """
    check_alike("w", w, g=g, mean_square=mean_square)
    _check(learning_rate, decay=decay)
    # E[g²] <- γ E[g²] + (1 - γ) g²
    mean_square = decay * mean_square + (1 - decay) * g**2
    # w <- w - η g / (sqrt(E[g²]) + ε)
    return w - learning_rate * g / (mean_square.sqrt() + epsilon), mean_square


def bias_correction(moment: Tensor, beta: float, t: int) -> Tensor:
    """Undo the pull to the start at zero of a running mean after t steps.

    Equation: ``m̂_t = m_t / (1 - β^t)``; at t = 1 it gives back the gradient itself

    Source: S4, Adam.
    """
    require(t >= 1, f"t is {t}, expected at least 1: the first step is step 1")
    # m̂_t = m_t / (1 - β^t)
    return moment / (1 - beta**t)


def adam_step(
    w: Tensor,
    g: Tensor,
    m: Tensor,
    v: Tensor,
    t: int,
    learning_rate: float = 0.001,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-8,
) -> tuple[Tensor, Tensor, Tensor]:
    """Momentum and RMSProp together, both corrected for their start at zero.

    Equation: ``m <- β₁ m + (1 - β₁) g``; ``v <- β₂ v + (1 - β₂) g²``;
    ``w <- w - η m̂ / (sqrt(v̂) + ε)`` with ``m̂ = m/(1 - β₁^t)``, ``v̂ = v/(1 - β₂^t)``

    Args:
        w: weights.
        g: gradient.
        m: running mean of g, 0 at the start.
        v: running mean of g², 0 at the start.
        t: number of this step, from 1.
        learning_rate: η.
        beta1: memory of m.
        beta2: memory of v.
        epsilon: against division by zero.

    Returns: w, m, v.

    Source: S4. Torch: `Adam`.

    Deviation: S4 has ε under the root, the paper and torch beside it.
    """
    check_alike("w", w, g=g, m=m, v=v)
    _check(learning_rate, beta1=beta1, beta2=beta2)
    # m <- β₁ m + (1 - β₁) g
    m = beta1 * m + (1 - beta1) * g
    # v <- β₂ v + (1 - β₂) g²
    v = beta2 * v + (1 - beta2) * g**2
    # w <- w - η m̂ / (sqrt(v̂) + ε)
    m_hat, v_hat = bias_correction(m, beta1, t), bias_correction(v, beta2, t)
    return w - learning_rate * m_hat / (v_hat.sqrt() + epsilon), m, v
