"""Loss functions from primitives: squared error, cross-entropies, divergences."""

from reference.losses.cross_entropy import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    binary_cross_entropy_with_logits_gradient,
    cross_entropy,
    log_softmax,
    softmax,
    softmax_cross_entropy_gradient,
)
from reference.losses.divergence import bernoulli_kl, gaussian_kl, jensen_shannon, kl_divergence
from reference.losses.reduction import Reduction
from reference.losses.regression import (
    squared_error,
    squared_error_gradient,
)

__all__ = [
    "Reduction",
    "bernoulli_kl",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "binary_cross_entropy_with_logits_gradient",
    "cross_entropy",
    "gaussian_kl",
    "jensen_shannon",
    "kl_divergence",
    "log_softmax",
    "softmax",
    "softmax_cross_entropy_gradient",
    "squared_error",
    "squared_error_gradient",
]
