"""Truncated back-propagation through time: the state goes on, the gradient stops at each border.

What it guarantees:

- With a window as long as the sequence it is full back-propagation through time.
- The forward pass is the same whatever the window; only the gradient is cut.
"""

from __future__ import annotations

import torch
from torch import Tensor

from reference.errors import require_positive
from reference.recurrent.bptt import Gradients, bptt_every_step
from reference.recurrent.vanilla import Parameters, rnn_forward


def truncated_bptt(
    x: Tensor, target: Tensor, parameters: Parameters, window: int, h_0: Tensor | None = None
) -> Gradients:
    """Gradients for targets at every step, where no error goes back over a window's border.

    Equation:
        dE/dW = sum over windows of dE_window/dW with the state at the window's start held constant

    Args:
        x: (T, ..., D).
        target: (T, ..., K).
        parameters: W, U, V, b, c.
        window: how many steps an error may travel at most; the last window may be shorter.
        h_0: (..., H); zeros unless given.

    Returns:
        the gradients; that of `h_0` holds the first window's error alone.

    Source: S1 (training on text in pieces of seq_length). Williams and Peng, 1990.
    """
    require_positive(window=window)
    W, U, _, b, _ = parameters
    state = x.new_zeros(*x.shape[1:-1], len(W)) if h_0 is None else h_0
    pieces = []
    for start in range(0, len(x), window):
        part = slice(start, start + window)
        pieces.append(bptt_every_step(x[part], target[part], parameters, state))
        state = rnn_forward(x[part], state, W, U, b)[-1]  # goes on, but as a constant
    error, dW, dU, dV, db, dc = (
        torch.stack([piece[i] for piece in pieces]).sum(0) for i in range(6)
    )
    dx = torch.cat([piece.x for piece in pieces])  # (T, ..., D)
    # dE/dW = sum over windows of dE_window/dW with the state at the window's start held constant
    return Gradients(error, dW, dU, dV, db, dc, dx, pieces[0].h_0)
