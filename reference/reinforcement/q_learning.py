"""Tabular Q-learning: the value of each action in each state, learned from what happened.

What it guarantees:

- Chances, choices and updates are pure functions; all randomness comes from the generator.
- `q_update` returns a new table and changes one entry.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn

from reference.errors import (
    DataError,
    require,
    require_id,
    require_positive,
    require_within,
)
from reference.examples import ids
from reference.registry import System
from reference.reinforcement.maze import MAZE, Maze
from reference.shapes import check_shape


def discounted_return(rewards: Sequence[float], discount: float) -> float:
    """The worth now of rewards to come.

    Equation:
        G = r_1 + γ r_2 + γ² r_3 + ...

    >>> discounted_return([0, 0, 1], 0.5)
    0.25
    """
    require_within(0, 1, discount=discount)
    total = 0.0
    for reward in reversed(rewards):
        # G_t = r_t + γ G_{t+1}
        total = reward + discount * total
    return total


def q_update(
    Q: Tensor,
    s_tm1: int,
    a_tm1: int,
    r_t: float,
    s_t: int,
    done: bool,
    learning_rate: float,
    discount: float,
) -> Tensor:
    """Move one value towards what was found.

    Equation:
        Q(s, a) <- Q(s, a) + η (r + γ max_a' Q(s', a') - Q(s, a))

    Args:
        Q: (states, actions).
        s_tm1: state before.
        a_tm1: action done.
        r_t: reward found.
        s_t: state after.
        done: whether the episode is over, so that nothing comes after.
        learning_rate: η.
        discount: γ.

    Returns:
        a new table, (states, actions).

    Source: S0 "Q learning". Watkins, 1989.
    """
    check_shape("Q", Q, "S", "A")
    require_id("s_tm1", s_tm1, len(Q))
    require_id("a_tm1", a_tm1, Q.shape[1])
    require_id("s_t", s_t, len(Q))
    require_within(0, 1, learning_rate=learning_rate, discount=discount)
    after = 0.0 if done else discount * Q[s_t].max()
    updated = Q.clone()
    # Q(s, a) <- Q(s, a) + η (r + γ max_a' Q(s', a') - Q(s, a))
    updated[s_tm1, a_tm1] += learning_rate * (r_t + after - Q[s_tm1, a_tm1])
    return updated


def epsilon_greedy_probabilities(q: Tensor, epsilon: float) -> Tensor:
    """The chance of each action.

    Equation:
        P(a) = ε / A + (1 - ε) [a is best], shared equally among several best

    Args:
        q: values of the actions, (..., A).
        epsilon: ε, how often to act at random, 0 to 1.

    Returns:
        (..., A), summing to one.

    Raises:
        ConfigError: ε is not 0 to 1.
        DataError: a value is not a number.

    Source: S0 "epsilon-greedy method".

    Deviation: S0 does not say what to do with several best actions; they share.
    """
    require_within(0, 1, epsilon=epsilon)
    if bool(q.isnan().any()):
        raise DataError(f"values of actions are {q.tolist()}, expected numbers")
    best = (q == q.amax(-1, keepdim=True)).to(q.dtype)
    # P(a) = ε / A + (1 - ε) [a is best]
    return epsilon / q.shape[-1] + (1 - epsilon) * best / best.sum(-1, keepdim=True)


def choose_action(q: Tensor, epsilon: float, generator: Generator) -> int:
    """Draw an action, given the values (A,) of all."""
    chances = epsilon_greedy_probabilities(q, epsilon)
    return int(torch.multinomial(chances, 1, generator=generator))


@dataclass(frozen=True)
class QLearning:
    """How to learn: episodes, their longest length, η, γ and ε."""

    episodes: int = 500
    longest: int = 100
    learning_rate: float = 0.2
    discount: float = 0.9
    epsilon: float = 0.2

    def __post_init__(self) -> None:
        require_positive(episodes=self.episodes, longest=self.longest)
        require(0 < self.learning_rate <= 1, f"learning_rate must be in (0, 1], got {self}")
        require_within(0, 1, discount=self.discount, epsilon=self.epsilon)


def train_q(maze: Maze, settings: QLearning, generator: Generator) -> Tensor:
    """Learn a table by walking the maze, (states, 4), float64, starting from zeros."""
    Q = torch.zeros(maze.states, 4, dtype=torch.float64)
    for _ in range(settings.episodes):
        s_t = maze.start
        for _ in range(settings.longest):
            s_tm1, a_tm1 = s_t, choose_action(Q[s_t], settings.epsilon, generator)
            s_t, r_t, done = maze.step(s_tm1, a_tm1)
            Q = q_update(Q, s_tm1, a_tm1, r_t, s_t, done, settings.learning_rate, settings.discount)
            if done:
                break
    return Q


def greedy_path(maze: Maze, Q: Tensor, longest: int = 50) -> list[int]:
    """The cells that the best actions lead through, from the start to the end of the episode."""
    check_shape("Q", Q, maze.states, 4)
    path = [maze.start]
    while not maze.terminal(path[-1]) and len(path) <= longest:
        path.append(maze.step(path[-1], int(Q[path[-1]].argmax())).state)
    return path


class QTable(nn.Module):
    """A table of values as a module: states to rows, so that a network can take its place."""

    Q: Tensor

    def __init__(self, states: int = MAZE.states, actions: int = 4) -> None:
        super().__init__()
        require_positive(states=states, actions=actions)
        self.register_buffer("Q", torch.zeros(states, actions))

    def forward(self, state: Tensor) -> Tensor:
        """Map states (B,) to the values of all actions (B, A)."""
        check_shape("state", state, "B")
        if bool((state < 0).any()) or bool((state >= len(self.Q)).any()):
            raise DataError(f"states must be 0 to {len(self.Q) - 1}, got {state.tolist()}")
        return self.Q[state]


SYSTEMS = (
    System(
        "q_table",
        "S0",
        lambda _: QTable(),
        (ids(12, "B"),),
        parameters=0,
        wrong=(ids(12, "B", 2),),
        differentiable=False,
    ),
)
