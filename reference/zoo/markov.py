"""The Markov chain: where one goes next depends on where one is, and on nothing before.

What it guarantees:

- Row i of the matrix holds the chances from state i; rows that are no distribution are refused.
- `stationary_distribution` is pi with pi P = pi, refused when there is more than one.
"""

from __future__ import annotations

import math

import torch
from torch import Generator, Tensor, nn

from reference.errors import DataError, require_id, require_ids, require_positive, require_within
from reference.examples import distribution
from reference.registry import System
from reference.shapes import check_shape

ROUNDING = 1e-6  # float32 rows of many numbers sum to one only about this well


def check_transitions(P: Tensor) -> None:
    """Raise `DataError` unless every row of P (S, S) is a distribution."""
    check_shape("P", P, "S", "S")
    if bool((P < 0).any()) or bool(((P.sum(1) - 1).abs() > ROUNDING).any()):
        raise DataError(f"each row of P must be a distribution, rows sum to {P.sum(1).tolist()}")


def stationary_distribution(P: Tensor) -> Tensor:
    """The distribution that one step leaves as it is.

    Equation:
        π P = π,  sum_i π_i = 1

    Args:
        P: (S, S), row i the chances from i.

    Returns:
        (S,).

    Raises:
        DataError: P is no transition matrix, or its chain falls into parts with one each.

    Source: S4 "Markov Chain (MC)".
    """
    check_transitions(P)
    S = len(P)
    # (Pᵀ - I) π = 0 and sum π = 1, as one system of S + 1 equations
    eye, ones = torch.eye(S).to(P), torch.ones(1, S).to(P)
    equations = torch.cat([P.T - eye, ones])
    if int(torch.linalg.matrix_rank(equations, atol=ROUNDING, rtol=0.0)) < S:
        raise DataError("the chain has more than one stationary distribution")
    right = P.new_zeros(S + 1, 1)
    right[-1] = 1
    pi: Tensor = torch.linalg.lstsq(equations, right).solution[:, 0]
    return pi.clamp(min=0) / pi.clamp(min=0).sum()


def estimate_transitions(states: Tensor, count: int, prior: float = 0.0) -> Tensor:
    """Count how often one state follows another.

    Args:
        states: a path, (T,).
        count: S.
        prior: added to every count, so that unseen steps keep a chance.

    Returns:
        (S, S), float64.

    Raises:
        DataError: a state is not 0 to S - 1, or is never left, and there is no prior.
    """
    check_shape("states", states, "T")
    require_positive(count=count)
    require_ids("states", states, count)
    require_within(0, math.inf, prior=prior)
    counts = torch.full((count, count), prior, dtype=torch.float64)
    ones = torch.ones(len(states) - 1, dtype=torch.float64)
    counts.index_put_((states[:-1], states[1:]), ones, accumulate=True)
    if bool((counts.sum(1) == 0).any()):
        raise DataError("a state is never left: give a prior above 0")
    return counts / counts.sum(1, keepdim=True)


def sample_chain(P: Tensor, start: int, length: int, generator: Generator) -> Tensor:
    """Walk `length` steps from a state, ids (length,) without the start."""
    check_transitions(P)
    require_id("start", start, len(P))
    require_positive(length=length)
    path, state = [], start
    for _ in range(length):
        state = int(torch.multinomial(P[state], 1, generator=generator))
        path.append(state)
    return torch.tensor(path)


class MarkovChain(nn.Module):
    """A chain as a layer: a distribution now into the distribution one step later.

    Equation:
        p_{t+1} = p_t P
    """

    P: Tensor

    def __init__(self, P: Tensor) -> None:
        super().__init__()
        check_transitions(P)
        self.register_buffer("P", P)

    def forward(self, p: Tensor) -> Tensor:
        """Map distributions (..., S) to distributions (..., S)."""
        check_shape("p", p, ..., len(self.P))
        # p_{t+1} = p_t P
        return p @ self.P


SYSTEMS = (
    System(
        "markov_chain",
        "S4",
        lambda g: MarkovChain(torch.randn(5, 5, generator=g).softmax(dim=1)),
        (distribution("B", 5),),
        parameters=0,
        wrong=(distribution("B", 9),),
    ),
)
