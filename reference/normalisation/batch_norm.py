"""Batch normalisation: forward, backward by hand, and running statistics for the test.

Guarantees:

- training, test and running statistics agree with torch's BatchNorm to 1e-9 in float64;
- `batch_norm_backward` equals autograd to 1e-9;
- in training each channel of the normalised values has mean 0 and variance 1 (up to ε).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from reference.errors import require, require_config, require_positive, require_within
from reference.examples import normal
from reference.registry import System
from reference.shapes import check_alike, check_shape

__all__ = [
    "BatchNorm",
    "BatchNormCache",
    "BatchNormConfig",
    "BatchNormGradients",
    "batch_norm",
    "batch_norm_backward",
    "batch_norm_inference",
    "update_running",
]


def _per_channel(values: Tensor, like: Tensor) -> Tensor:
    """Shape (C,) to (1, C, 1, …) for broadcasting."""
    return values.reshape(1, -1, *[1] * (like.dim() - 2))


@dataclass(frozen=True)
class BatchNormCache:
    """What the backward pass needs: normalised values, variance (C,), scale and ε."""

    normalised: Tensor
    variance: Tensor
    gamma: Tensor
    epsilon: float


@dataclass(frozen=True)
class BatchNormGradients:
    """Slopes by the input, the scale and the shift."""

    x: Tensor
    gamma: Tensor
    beta: Tensor


def batch_norm(
    x: Tensor, gamma: Tensor, beta: Tensor, epsilon: float = 1e-5
) -> tuple[Tensor, BatchNormCache]:
    """Normalise by the statistics of the batch, then scale and shift (training).

    Equation: ``μ = mean x``; ``σ² = mean (x - μ)²``; ``x̂ = (x - μ) / sqrt(σ² + ε)``;
    ``y = γ x̂ + β``; means over the batch and, for images, over all places, per channel

    Args:
        x: (B, C) or (B, C, H, W).
        gamma: scale γ, (C,).
        beta: shift β, (C,).
        epsilon: ε.

    Returns: y, shaped like x, and what the backward pass needs.

    Source: S4; Ioffe & Szegedy 2015.
    """
    C = len(gamma)
    check_shape("x", x, "B", C, ...)
    check_shape("beta", beta, C)
    axes = [axis for axis in range(x.dim()) if axis != 1]
    require(x.numel() > C, f"x has shape {tuple(x.shape)}: one value per channel has no variance")
    # μ = mean x
    mean = x.mean(dim=axes, keepdim=True)
    # σ² = mean (x - μ)²
    variance = ((x - mean) ** 2).mean(dim=axes, keepdim=True)
    # x̂ = (x - μ) / sqrt(σ² + ε)
    normalised = (x - mean) / (variance + epsilon).sqrt()
    # y = γ x̂ + β
    y = _per_channel(gamma, x) * normalised + _per_channel(beta, x)
    return y, BatchNormCache(normalised, variance.flatten(), gamma, epsilon)


def batch_norm_backward(grad: Tensor, cache: BatchNormCache) -> BatchNormGradients:
    """Differentiate `batch_norm` by hand; the mean and the variance depend on x too.

    Equation: ``dL/dβ = sum g``; ``dL/dγ = sum g x̂``;
    ``dL/dx = γ / sqrt(σ² + ε) · (g - mean g - x̂ mean(g x̂))``

    Args:
        grad: g = dL/dy, shaped like y.
        cache: from `batch_norm`.
    """
    x_hat = cache.normalised
    check_shape("grad", grad, *x_hat.shape)
    axes = [axis for axis in range(grad.dim()) if axis != 1]
    scale = _per_channel(cache.gamma / (cache.variance + cache.epsilon).sqrt(), grad)
    mean_g = grad.mean(dim=axes, keepdim=True)
    mean_gx = (grad * x_hat).mean(dim=axes, keepdim=True)
    # dL/dx = γ / sqrt(σ² + ε) · (g - mean g - x̂ mean(g x̂))
    slope = scale * (grad - mean_g - x_hat * mean_gx)
    # dL/dγ = sum g x̂, dL/dβ = sum g
    return BatchNormGradients(slope, (grad * x_hat).sum(dim=axes), grad.sum(dim=axes))


def update_running(running: Tensor, batch: Tensor, momentum: float = 0.1) -> Tensor:
    """Move a running statistic towards that of the batch.

    Equation: ``r <- (1 - α) r + α r_batch``

    Deviation: S4 averages γ and β here; those are learned, it is mean and variance that run.
    """
    check_alike("running", running, batch=batch)
    require_within(0, 1, momentum=momentum)
    # r <- (1 - α) r + α r_batch
    return (1 - momentum) * running + momentum * batch


def batch_norm_inference(
    x: Tensor,
    mean: Tensor,
    variance: Tensor,
    gamma: Tensor,
    beta: Tensor,
    epsilon: float = 1e-5,
) -> Tensor:
    """Normalise by fixed statistics (test): no example depends on another.

    Equation: ``y = γ (x - μ_run) / sqrt(σ²_run + ε) + β``
    """
    check_shape("x", x, "B", len(gamma), ...)
    require_within(0, math.inf, epsilon=epsilon)
    scale = gamma / (variance + epsilon).sqrt()
    # y = γ (x - μ_run) / sqrt(σ²_run + ε) + β
    return (x - _per_channel(mean, x)) * _per_channel(scale, x) + _per_channel(beta, x)


@dataclass(frozen=True)
class BatchNormConfig:
    """Channels C, weight α of a new batch in the running statistics, ε."""

    channels: int
    momentum: float = 0.1
    epsilon: float = 1e-5

    def __post_init__(self) -> None:
        require_positive(channels=self.channels)
        require(0 < self.momentum <= 1, f"momentum is {self.momentum}, expected in (0, 1]")
        require(self.epsilon > 0, f"epsilon is {self.epsilon}, expected above 0")


class BatchNorm(nn.Module):
    """Batch normalisation of vectors or images.

    Parameters: weight γ (C,), bias β (C,). Buffers: running_mean, running_var (C,), named as
    torch names them.
    """

    running_mean: Tensor
    running_var: Tensor

    def __init__(self, config: BatchNormConfig) -> None:
        require_config(config, BatchNormConfig)
        super().__init__()
        self.config = config
        self.weight = nn.Parameter(torch.ones(config.channels))
        self.bias = nn.Parameter(torch.zeros(config.channels))
        self.register_buffer("running_mean", torch.zeros(config.channels))
        self.register_buffer("running_var", torch.ones(config.channels))

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, C) or (B, C, H, W) to the same shape."""
        c = self.config
        if not self.training:
            return batch_norm_inference(
                x, self.running_mean, self.running_var, self.weight, self.bias, c.epsilon
            )
        y, cache = batch_norm(x, self.weight, self.bias, c.epsilon)
        with torch.no_grad():
            axes = [axis for axis in range(x.dim()) if axis != 1]
            n = x.numel() / c.channels
            # the running variance is the unbiased one, n/(n - 1) of the batch's
            unbiased = cache.variance * n / (n - 1)
            self.running_mean.copy_(update_running(self.running_mean, x.mean(axes), c.momentum))
            self.running_var.copy_(update_running(self.running_var, unbiased, c.momentum))
        return y


SYSTEMS = (
    System(
        "batch_norm",
        "S4",
        lambda _: BatchNorm(BatchNormConfig(3)),
        (normal("B", 3, 4, 2),),
        parameters=2 * 3,
        wrong=(normal("B", 4),),
        random_start=False,
    ),
)
