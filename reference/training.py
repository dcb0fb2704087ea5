"""The one training loop of the reference: any loss, Adam, clipping if wished.

What it guarantees:

- Nothing is printed or kept; the losses come back.
- All randomness is the caller's: `loss_of` draws its own batch.

What it does not do: evaluate, stop early, schedule (see `reference.regularisation`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import torch
from torch import Tensor

from reference.errors import require_positive, require_within
from reference.recurrent.clipping import clip_gradients


def fit(
    parameters: Iterable[Tensor],
    loss_of: Callable[[int], Tensor],
    steps: int,
    learning_rate: float,
    threshold: float | None = None,
) -> list[float]:
    """Take `steps` steps of Adam on `loss_of(step)`.

    Args:
        parameters: what to learn.
        loss_of: the loss of the batch of this step, a scalar tensor.
        steps: how many.
        learning_rate: of Adam.
        threshold: clip the joint norm of the gradients to this, if given.

    Returns:
        the loss before each step.
    """
    require_positive(steps=steps)
    require_within(0, math.inf, learning_rate=learning_rate)
    learned = [parameter for parameter in parameters if parameter.requires_grad]
    optimiser = torch.optim.Adam(learned, lr=learning_rate)
    losses = []
    for step in range(steps):
        optimiser.zero_grad()
        loss = loss_of(step)
        loss.backward()  # type: ignore[no-untyped-call]  # torch's own signature
        if threshold is not None:
            with_gradient = [p for p in learned if p.grad is not None]
            found = [p.grad for p in with_gradient if p.grad is not None]
            for parameter, clipped in zip(
                with_gradient, clip_gradients(found, threshold), strict=True
            ):
                parameter.grad = clipped
        optimiser.step()
        losses.append(loss.item())
    return losses
