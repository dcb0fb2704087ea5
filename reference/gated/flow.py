"""How the gradient travels: along the memory cell, and from the last output to each input."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from reference.shapes import check_shape


def cell_gradient(forget: Tensor) -> Tensor:
    """The derivative of the last memory by each earlier one along the cell's own path.

    Equation:
        dc_T/dc_t = f_T ⊙ f_{T-1} ⊙ ... ⊙ f_{t+1}

    Args:
        forget: forget gates f_1 ... f_T, (T, ..., H).

    Returns:
        (T, ..., H): entry t - 1 is dc_T/dc_t, the last one is 1.

    Deviation: the paths through h and the gates are left out; a carousel (f = 1) gives ones.
    """
    check_shape("forget", forget, "T", ..., "H")
    # dc_T/dc_t = f_T ⊙ f_{T-1} ⊙ ... ⊙ f_{t+1}
    later = torch.cat([forget[1:], torch.ones_like(forget[:1])])
    return later.flip(0).cumprod(0).flip(0)


def input_gradients(layer: nn.Module, x: Tensor) -> Tensor:
    """Measure how much the last outputs depend on each input: |d(sum h_T)/dx_t|, (T,).

    Args:
        layer: any recurrent layer whose (first) output is (T, B, H).
        x: (T, B, D).
    """
    check_shape("x", x, "T", "B", "D")
    x = x.detach().requires_grad_()
    output = layer(x)
    states = output[0] if isinstance(output, tuple) else output
    gradient: Tensor = torch.autograd.grad(states[-1].sum(), x)[0]
    norms: Tensor = gradient.flatten(1).norm(dim=1)
    return norms
