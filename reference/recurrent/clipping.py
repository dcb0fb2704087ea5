"""Gradient clipping by norm: the direction stays, the length is bounded.

What it guarantees:

- A gradient that is short enough comes back unchanged, a zero gradient too.
- No square overflows: a gradient that has exploded to 1e30 keeps its direction.
- `clip_gradients` scales all parameters' gradients by one factor, as torch's `clip_grad_norm_`
  does.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from reference.errors import require


def clip_gradient(gradient: Tensor, threshold: float) -> Tensor:
    """Shorten a gradient to the threshold if it is longer.

    Equation:
        rate = threshold / |gradient|;  rate · gradient if rate < 1, else gradient

    Args:
        gradient: any shape.
        threshold: the longest Euclidean norm allowed, above 0.

    Returns:
        a tensor of the same shape and direction with norm at most `threshold`.

    Raises:
        ConfigError: the threshold is not above 0.

    Source: S3 P65 (gradient × threshold / norm). Pascanu et al., 2013.
    """
    # rate = threshold / |gradient|;  rate · gradient if rate < 1, else gradient
    return clip_gradients([gradient], threshold)[0]


def clip_gradients(gradients: Sequence[Tensor], threshold: float) -> list[Tensor]:
    """Shorten several gradients together, so that their joint norm is at most the threshold.

    Equation:
        norm = sqrt(sum_i |gradient_i|²);  rate = min(1, threshold / norm)

    Args:
        gradients: any shapes, empty ones too.
        threshold: the longest joint norm allowed, above 0.

    Deviation: torch.nn.utils.clip_grad_norm_ divides by norm + 1e-6; here the norm is exact.
    """
    require(threshold > 0, f"threshold must be above 0, got {threshold!r}")
    # norm = sqrt(sum_i |gradient_i|²);  rate = min(1, threshold / norm)
    numbers = [gradient for gradient in gradients if gradient.numel()]
    norm = _joint_norm(numbers) if numbers else torch.zeros(())
    if norm <= threshold:
        return list(gradients)
    # rate · gradient, rate = threshold / norm
    rate = threshold / norm
    return [gradient * rate for gradient in gradients]


def _joint_norm(gradients: Sequence[Tensor]) -> Tensor:
    """The norm of all numbers together, in units of a power of two near the largest of them."""
    largest = torch.stack([gradient.abs().amax() for gradient in gradients]).amax()
    unit = torch.ldexp(torch.ones_like(largest), torch.frexp(largest).exponent - 1)
    unit = unit.where(largest.isfinite() & (largest > 0), torch.ones_like(unit))
    # norm = sqrt(sum_i |gradient_i|²)
    return (
        unit * torch.stack([((gradient / unit) ** 2).sum() for gradient in gradients]).sum().sqrt()
    )
