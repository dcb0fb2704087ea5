"""Experience replay: keep what happened, learn from a random part of it.

What it guarantees:

- At most `capacity` experiences; the oldest goes first.
- A sample is drawn without replacement, from the generator that is passed in.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

import torch
from torch import Generator, Tensor

from reference.errors import DataError, require_positive


class Batch(NamedTuple):
    """Experiences side by side, each (B,): state, action, reward, next state, over or not."""

    s_tm1: Tensor
    a_tm1: Tensor
    r_t: Tensor
    s_t: Tensor
    done: Tensor


class ReplayBuffer:
    """The memory of an agent.

    Source: S0 "Experience Replay" (sampling at random avoids bias in the learning data).
    """

    def __init__(self, capacity: int) -> None:
        require_positive(capacity=capacity)
        self._experiences: deque[tuple[int, int, float, int, bool]] = deque(maxlen=capacity)

    def __len__(self) -> int:
        return len(self._experiences)

    def push(self, s_tm1: int, a_tm1: int, r_t: float, s_t: int, done: bool) -> None:
        """Remember one experience; forget the oldest when full."""
        self._experiences.append((s_tm1, a_tm1, r_t, s_t, done))

    def sample(self, count: int, generator: Generator) -> Batch:
        """Draw `count` different experiences.

        Raises:
            DataError: fewer than that are remembered.
        """
        require_positive(count=count)
        if count > len(self):
            raise DataError(f"cannot draw {count} experiences from {len(self)}")
        places = torch.randperm(len(self), generator=generator)[:count].tolist()
        s_tm1, a_tm1, r_t, s_t, done = zip(
            *(self._experiences[place] for place in places), strict=True
        )
        return Batch(
            torch.tensor(s_tm1),
            torch.tensor(a_tm1),
            torch.tensor(r_t, dtype=torch.get_default_dtype()),
            torch.tensor(s_t),
            torch.tensor(done),
        )
