"""Kullback-Leibler divergences in closed form.

Guarantees: never negative (up to rounding), zero exactly when both distributions are equal.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from torch import Tensor

from reference.as_module import AsModule
from reference.errors import require, require_numbers
from reference.examples import distribution, normal
from reference.losses.reduction import Reduction, reduce
from reference.registry import System
from reference.shapes import check_shape

__all__ = ["bernoulli_kl", "gaussian_kl", "jensen_shannon", "kl_divergence"]


def kl_divergence(p: Tensor, q: Tensor, reduction: Reduction = "mean") -> Tensor:
    """Divergence of q from p, both discrete distributions over the last axis.

    Equation: ``KL(p || q) = sum_k p_k log (p_k / q_k)``, where 0 log 0 = 0

    Args:
        p: (..., K), sums to one.
        q: (..., K), sums to one.
        reduction: over the distributions: "mean", "sum" or "none".

    Where p_k = 0 the slope by p_k, ``log (p_k / q_k) + 1``, is minus infinity, and the slope by
    q_k is 0; where both are 0, in whatever way they came there, both slopes are taken as 0.

    Source: S4, S0.
    """
    check_shape("q", q, *p.shape)
    losses = _Divergence.apply(p, q)  # type: ignore[no-untyped-call]  # torch's
    # KL(p || q) = sum_k p_k log (p_k / q_k)
    return reduce(losses.sum(dim=-1), reduction)


class _Divergence(torch.autograd.Function):
    """Each p_k log (p_k / q_k) with its slopes by hand: autograd's are not-a-number at 0 and 0."""

    @staticmethod
    def forward(ctx: Any, p: Tensor, q: Tensor) -> Tensor:
        """The summands, (..., K)."""
        ctx.save_for_backward(p, q)
        # p log p - p log q, where 0 log 0 = 0
        return torch.xlogy(p, p) - torch.xlogy(p, q)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, Tensor | None]:
        """Slopes by p and by q, which have slopes themselves."""
        p, q = ctx.saved_tensors
        nowhere = (p == 0) & (q == 0)
        q = q.masked_fill(nowhere, 1)
        by_p = by_q = None
        if ctx.needs_input_grad[0]:
            # log p - log q + 1
            by_p = (p.masked_fill(nowhere, 1).log() - q.log() + 1).masked_fill(nowhere, 0) * grad
        if ctx.needs_input_grad[1]:
            # -p / q
            by_q = -p / q * grad
        return by_p, by_q


def jensen_shannon(p: Tensor, q: Tensor, reduction: Reduction = "mean") -> Tensor:
    """Symmetric divergence that the best discriminator of a GAN measures, from 0 to log 2.

    Equation: ``JS = 1/2 KL(p || m) + 1/2 KL(q || m)`` with ``m = (p + q)/2``
    """
    m = (p + q) / 2
    # JS = 1/2 KL(p || m) + 1/2 KL(q || m); m = (p + q)/2
    return 0.5 * kl_divergence(p, m, reduction) + 0.5 * kl_divergence(q, m, reduction)


def bernoulli_kl(rho: float, rho_hat: Tensor) -> Tensor:
    """Divergence of mean activations from the wanted sparsity, unit by unit.

    Equation: ``KL(ρ || ρ̂_j) = ρ log (ρ / ρ̂_j) + (1 - ρ) log ((1 - ρ) / (1 - ρ̂_j))``

    Args:
        rho: wanted mean activation, strictly between 0 and 1.
        rho_hat: (H,) mean activations between 0 and 1.

    Returns: (H,).

    Source: S0, sparse autoencoder.
    """
    require(0 < rho < 1, f"rho is {rho}, expected strictly between 0 and 1")
    require_numbers("rho_hat", rho_hat, 0, 1)
    wanted = torch.full_like(rho_hat, rho)
    # KL = ρ log(ρ/ρ̂) + (1 - ρ) log((1 - ρ)/(1 - ρ̂))
    on = wanted * (wanted.log() - rho_hat.log())
    off = (1 - wanted) * ((1 - wanted).log() - (1 - rho_hat).log())
    return on + off


def gaussian_kl(
    mean: Tensor,
    log_variance: Tensor,
    reduction: Reduction = "mean",
    prior: tuple[Tensor, Tensor] | None = None,
) -> Tensor:
    """Divergence of N(μ, σ²) from a prior N(m, s²), summed over the last axis.

    Equation: ``KL = 1/2 sum_d (log s_d² - log σ_d² + (σ_d² + (μ_d - m_d)²) / s_d² - 1)``; for the
    standard normal ``1/2 sum_d (μ_d² + σ_d² - log σ_d² - 1)``

    Args:
        mean: μ, (..., D).
        log_variance: log σ², (..., D).
        reduction: over examples: "mean", "sum" or "none".
        prior: m and log s², (..., D) each; the standard normal unless given.

    Source: S0 and S3, variational autoencoder (Kingma & Welling 2014, appendix B); S3, VHRED.
    """
    check_shape("log_variance", log_variance, *mean.shape)
    m, log_s2 = prior or (torch.zeros_like(mean), torch.zeros_like(mean))
    check_shape("the prior's mean", m, *mean.shape)
    check_shape("the prior's log variance", log_s2, *mean.shape)
    log_ratio = log_variance - log_s2  # r = log σ² - log s²
    # KL = 1/2 sum_d (exp r - 1 - r + (μ - m)²/s²); expm1 keeps the digits of a small r
    spread, distance = torch.expm1(log_ratio) - log_ratio, (mean - m) ** 2 / log_s2.exp()
    return reduce(0.5 * (spread + distance).sum(dim=-1), reduction)


SYSTEMS = (
    System(
        "kl_divergence",
        "S0, S4",
        lambda _: AsModule(partial(kl_divergence, reduction="none")),
        (distribution("B", 3), distribution("B", 3)),
        wrong=(distribution("B", 3), distribution("B", 4)),
    ),
    System(
        "gaussian_kl",
        "S0, S3",
        lambda _: AsModule(partial(gaussian_kl, reduction="none")),
        (normal("B", 3), normal("B", 3)),
        wrong=(normal("B", 3), normal("B", 4)),
    ),
)
