"""Why gradients vanish or explode: the product of the Jacobians from one state to the next.

What it guarantees:

- `jacobian_product` is dh_T/dh_0, equal to what autograd finds.
- Its norm is at most the product of the norms: |U| multiplied T times, because tanh' is at most
  one.
"""

from __future__ import annotations

import torch
from torch import Tensor

from reference.shapes import check_shape


def state_jacobian(h_t: Tensor, U: Tensor) -> Tensor:
    """The Jacobian of one step of a tanh network.

    Equation:
        dh_t/dh_{t-1} = diag(1 - h_t²) U

    Args:
        h_t: the state after the step, (H,).
        U: (H, H).

    Returns:
        (H, H): row i is the gradient of h_t[i].

    Source: S4 "Gradient Vanishing/Exploding Problem".
    """
    check_shape("h_t", h_t, len(U))
    # dh_t/dh_{t-1} = diag(1 - h_t²) U
    return (1 - h_t**2).unsqueeze(1) * U


def jacobian_product(h: Tensor, U: Tensor) -> Tensor:
    """The Jacobian of the last state by the state before the first.

    Equation:
        dh_T/dh_0 = J_T J_{T-1} ... J_1,  J_t = dh_t/dh_{t-1}

    Args:
        h: states h_1 ... h_T of one sequence, (T, H).
        U: (H, H).

    Returns:
        (H, H).
    """
    check_shape("h", h, "T", len(U))
    product = torch.eye(len(U), dtype=U.dtype, device=U.device)
    for h_t in h:
        # dh_T/dh_0 = J_T J_{T-1} ... J_1,  J_t = dh_t/dh_{t-1}
        product = state_jacobian(h_t, U) @ product
    return product


def jacobian_norms(h: Tensor, U: Tensor) -> Tensor:
    """The spectral norm of dh_T/dh_t for t = T-1 down to 0, (T,): it fades or blows up."""
    check_shape("h", h, "T", len(U))
    product = torch.eye(len(U), dtype=U.dtype, device=U.device)
    norms = []
    for h_t in h.flip(0):
        # dh_T/dh_{t-1} = (dh_T/dh_t) J_t
        product = product @ state_jacobian(h_t, U)
        norms.append(torch.linalg.matrix_norm(product, 2))
    return torch.stack(norms)
