"""Starting values of parameters, drawn from a generator that the caller passes in.

What it guarantees:

- A model built twice from generators in the same state is the same model, whatever torch's global
  seed, and torch's global state is left as it was.
- Without a generator the numbers come from torch's global state, as in torch's own layers.
- `global_seed` gives the same promise to models made of torch's own layers, which draw from the
  global seed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Generator, nn


def uniform(*shape: int, bound: float, generator: Generator | None = None) -> nn.Parameter:
    """A parameter drawn from U(-bound, bound)."""
    return nn.Parameter(torch.empty(*shape).uniform_(-bound, bound, generator=generator))


def zeros(*shape: int) -> nn.Parameter:
    """A parameter of zeros."""
    return nn.Parameter(torch.zeros(*shape))


@contextmanager
def global_seed(generator: Generator | None) -> Iterator[None]:
    """Let torch's global random state follow from the generator inside, untouched outside."""
    if generator is None:
        yield
        return
    seed = int(torch.randint(2**62, (1,), generator=generator))
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)  # `torch.manual_seed` seeds GPUs, too
        yield
