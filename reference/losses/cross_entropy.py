"""Cross-entropy for two and for many classes, from logits, and their gradients by hand.

Guarantees:

- agreement with torch's losses to 1e-9 in float64, forward and gradient;
- no overflow for large logits: the largest is subtracted before the exponential;
- probabilities of `softmax` are positive and sum to one.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from torch import Tensor

from reference.as_module import AsModule
from reference.errors import require, require_ids
from reference.examples import ids, normal, unit
from reference.losses.reduction import Reduction, reduce
from reference.registry import System
from reference.shapes import check_shape

__all__ = [
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "binary_cross_entropy_with_logits_gradient",
    "cross_entropy",
    "log_softmax",
    "softmax",
    "softmax_cross_entropy_gradient",
]


def log_softmax(logits: Tensor, dim: int = -1) -> Tensor:
    """Logarithm of the softmax.

    Equation: ``log p_k = z_k - m - log sum_j exp(z_j - m)`` with ``m = max_j z_j``
    """
    shifted = logits - logits.max(dim=dim, keepdim=True).values.detach()
    # log p_k = z_k - log sum_j exp z_j
    return shifted - shifted.exp().sum(dim=dim, keepdim=True).log()


def softmax(logits: Tensor, dim: int = -1) -> Tensor:
    """Turn scores into probabilities.

    Equation: ``p_k = exp z_k / sum_j exp z_j``

    Source: S4, output of the MLP; S0.
    """
    # p_k = exp z_k / sum_j exp z_j
    return log_softmax(logits, dim).exp()


def cross_entropy(logits: Tensor, target: Tensor, reduction: Reduction = "mean") -> Tensor:
    """Cost of the wrong probability for the right class.

    Equation: ``L = - sum_k t_k log p_k = - log p_target``

    Args:
        logits: (..., C).
        target: (...,) int64 class numbers, or (..., C) probabilities.
        reduction: "mean" over all examples, "sum", or "none".

    Raises: `DataError` for a class number below 0, or of no class.

    Source: S4; S0.
    """
    log_probability = log_softmax(logits)
    if target.is_floating_point():
        check_shape("target", target, *logits.shape)
        # L = - sum_k t_k log p_k
        return reduce(-(target * log_probability).sum(dim=-1), reduction)
    check_shape("target", target, *logits.shape[:-1])
    require_ids("classes", target, logits.shape[-1])
    # L = - log p_target
    return reduce(-log_probability.gather(-1, target[..., None]).squeeze(-1), reduction)


def softmax_cross_entropy_gradient(logits: Tensor, target: Tensor) -> Tensor:
    """Derivative of each example's cross-entropy with respect to its logits, by hand.

    Equation: ``dL/dz_k = p_k - t_k``

    Args:
        logits: (..., C).
        target: (...,) class numbers or (..., C) probabilities.

    Returns: (..., C); divide by the number of examples for the mean loss.
    """
    probability = softmax(logits)
    if not target.is_floating_point():
        require_ids("classes", target, logits.shape[-1])
        target = torch.nn.functional.one_hot(target, logits.shape[-1]).to(logits.dtype)
    # dL/dz_k = p_k - t_k
    return probability - target


def binary_cross_entropy(
    probability: Tensor, target: Tensor, reduction: Reduction = "mean"
) -> Tensor:
    """Cross-entropy of a probability for class 1.

    Equation: ``L = - t log p - (1 - t) log (1 - p)``

    Args:
        probability: p in [0, 1], any shape.
        target: t in [0, 1], the same shape.
        reduction: "mean", "sum" or "none".

    Raises: `ConfigError` when p leaves [0, 1] (logits given by mistake).

    Deviation: as in torch, logarithms are cut at -100 and the slope's denominator at 1e-12, so
    that p = 0 has a finite cost and a finite slope. The slope by t is that of the cut cost, too:
    100 at p = 0, where torch's is infinite.
    """
    check_shape("target", target, *probability.shape)
    if probability.numel():
        least, most = (end.item() for end in probability.detach().aminmax())
        require(
            least >= 0 and most <= 1,
            f"probabilities run from {least:g} to {most:g}, expected 0 to 1; "
            "for logits use binary_cross_entropy_with_logits",
        )
    # L = - t log p - (1 - t) log (1 - p)
    losses = _BinaryCrossEntropy.apply(probability, target)  # type: ignore[no-untyped-call]  # torch's
    return reduce(losses, reduction)


class _BinaryCrossEntropy(torch.autograd.Function):
    """The loss with its slopes by hand: autograd's are not-a-number at p = 0 and p = 1."""

    @staticmethod
    def forward(ctx: Any, p: Tensor, t: Tensor) -> Tensor:
        """The loss of each element, any shape."""
        ctx.save_for_backward(p, t)
        log_p, log_not_p = p.log().clamp(min=-100), torch.log1p(-p).clamp(min=-100)
        # L = - t log p - (1 - t) log (1 - p)
        return -t * log_p - (1 - t) * log_not_p

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, Tensor | None]:
        """Slopes by p and by t, which have slopes themselves."""
        p, t = ctx.saved_tensors
        by_p = by_t = None
        if ctx.needs_input_grad[0]:
            # dL/dp = (p - t) / (p (1 - p)), the denominator at least 1e-12 as in torch
            by_p = grad * ((p - t) / (p * (1 - p)).clamp(min=1e-12))
        if ctx.needs_input_grad[1]:
            # dL/dt = log (1 - p) - log p
            log_p, log_not_p = _cut_logs(p)
            by_t = grad * (log_not_p - log_p)
        return by_p, by_t


def _cut_logs(p: Tensor) -> tuple[Tensor, Tensor]:
    """Both logarithms, of p and of 1 - p, at least -100; with a slope of 0 where cut at 0."""
    least = torch.full_like(p, -100)
    log_p = p.where(p > 0, torch.ones_like(p)).log().where(p > 0, least)
    log_not_p = torch.log1p(-p.where(p < 1, torch.zeros_like(p))).where(p < 1, least)
    return log_p.clamp(min=-100), log_not_p.clamp(min=-100)


def binary_cross_entropy_with_logits(
    logits: Tensor, target: Tensor, reduction: Reduction = "mean"
) -> Tensor:
    """Binary cross-entropy of p = σ(z), computed without ever forming p.

    Equation: ``L = max(z, 0) - t z + log(1 + exp(-|z|))``
    """
    check_shape("target", target, *logits.shape)
    # L = max(z, 0) - t z + log(1 + exp(-|z|))
    losses = _BinaryCrossEntropyWithLogits.apply(logits, target)  # type: ignore[no-untyped-call]  # torch's
    return reduce(losses, reduction)


class _BinaryCrossEntropyWithLogits(torch.autograd.Function):
    """The loss with its slopes by hand: autograd has none in the corners of max and |z| at 0."""

    @staticmethod
    def forward(ctx: Any, z: Tensor, t: Tensor) -> Tensor:
        """The loss of each element, any shape."""
        ctx.save_for_backward(z, t)
        # L = max(z, 0) - t z + log(1 + exp(-|z|)); first what cancels, then the small rest
        return (z.clamp(min=0) - t * z) + torch.log1p(torch.exp(-z.abs()))

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, Tensor | None]:
        """Slopes by z and by t, which have slopes themselves."""
        z, t = ctx.saved_tensors
        by_z = by_t = None
        if ctx.needs_input_grad[0]:
            # dL/dz = σ(z) - t
            by_z = grad * binary_cross_entropy_with_logits_gradient(z, t)
        if ctx.needs_input_grad[1]:
            # dL/dt = -z
            by_t = -grad * z
        return by_z, by_t


def binary_cross_entropy_with_logits_gradient(logits: Tensor, target: Tensor) -> Tensor:
    """Derivative of each element's loss with respect to its logit.

    Equation: ``dL/dz = σ(z) - t``
    """
    check_shape("target", target, *logits.shape)
    # dL/dz = σ(z) - t
    return torch.sigmoid(logits) - target


SYSTEMS = (
    System(
        "binary_cross_entropy",
        "S0, S4",
        lambda _: AsModule(partial(binary_cross_entropy, reduction="none")),
        (unit("B", 3), unit("B", 3)),
        wrong=(unit("B", 3), unit("B", 4)),
    ),
    System(
        "binary_cross_entropy_with_logits",
        "S0, S4",
        lambda _: AsModule(partial(binary_cross_entropy_with_logits, reduction="none")),
        (normal("B", 3), unit("B", 3)),
        wrong=(normal("B", 3), unit("B", 4)),
    ),
    System(
        "cross_entropy",
        "S0, S4",
        lambda _: AsModule(partial(cross_entropy, reduction="none")),
        (normal("B", 4), ids(4, "B")),
        wrong=(normal("B", 4), ids(4, 5)),
    ),
)
