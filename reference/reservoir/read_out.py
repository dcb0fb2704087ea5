"""The read-out: the only trained part, by ridge regression in closed form."""

from __future__ import annotations

import torch
from torch import Tensor

from reference.errors import DataError, require
from reference.shapes import check_shape


def ridge_read_out(states: Tensor, target: Tensor, ridge: float) -> Tensor:
    """The weights with the least squared error plus a penalty on their size.

    Equation:
        W_out = argmin |D - X W_outᵀ|² + λ |W_out|²
        W_out = Dᵀ X (Xᵀ X + λ I)⁻¹

    Args:
        states: X, one row a time step, (T, N).
        target: D, (T, K).
        ridge: λ; 0 gives linear regression.

    Returns:
        (K, N).

    Raises:
        ConfigError: λ is negative.
        DataError: λ is 0 and the states do not tell the weights.

    Source: S0 "ridge regression".

    Deviation: S0 has time in columns; solved as linear equations, no inverse is formed.
    """
    require(ridge >= 0, f"ridge must be 0 or more, got {ridge!r}")
    check_shape("states", states, "T", "N")
    check_shape("target", target, len(states), "K")
    eye = torch.eye(states.shape[1], dtype=states.dtype, device=states.device)
    # (Xᵀ X + λ I) W_outᵀ = Xᵀ D
    solution, failed = torch.linalg.solve_ex(states.T @ states + ridge * eye, states.T @ target)
    if failed:
        raise DataError(
            f"the states of {states.shape[1]} neurons depend on each other; take a ridge above 0"
        )
    weights: Tensor = solution.T
    return weights
