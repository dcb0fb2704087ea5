"""S0's maze: twelve cells, a treasure worth +1, a bomb worth -1, a robot at the lower left.

    .  .  .  T        states  0  1  2  3
    .  .  .  B                4  5  6  7
    S  .  .  .                8  9 10 11

What it guarantees:

- Deterministic and without hidden state: `step(state, action)` is a pure function.
- Walking against the border (or a wall) leaves the robot where it is.
- `value_iteration` gives the exact optimal values, against which learning is judged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from reference.errors import DataError, require, require_positive, require_within

ACTIONS = ("up", "down", "left", "right")
MOVES = ((-1, 0), (1, 0), (0, -1), (0, 1))


class Outcome(NamedTuple):
    """What an action led to: the next state, the reward, and whether the episode is over."""

    state: int
    reward: float
    done: bool


@dataclass(frozen=True)
class Maze:
    """A grid world.

    Args:
        rows, columns: its size.
        start: where an episode starts.
        treasure: the cell worth +1; ends the episode.
        bomb: the cell worth -1; ends the episode.
        walls: cells that cannot be entered.

    Source: S0 "Let's consider this simple maze problem".

    Deviation: S0's story "right, right, right, up, and then right" steps on after the bomb; the
        fourth move already ends the episode.
    """

    rows: int = 3
    columns: int = 4
    start: int = 8
    treasure: int = 3
    bomb: int = 7
    walls: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        require_positive(rows=self.rows, columns=self.columns)
        places = (self.start, self.treasure, self.bomb, *self.walls)
        require(
            all(0 <= place < self.states for place in places) and len(set(places)) == len(places),
            f"start, treasure, bomb and walls must be different cells below {self.states}, "
            f"got {places}",
        )

    @property
    def states(self) -> int:
        """How many cells there are."""
        return self.rows * self.columns

    def terminal(self, state: int) -> bool:
        """Whether an episode ends in this cell."""
        return state in (self.treasure, self.bomb)

    def step(self, state: int, action: int) -> Outcome:
        """Do one action.

        Args:
            state: a cell that does not end the episode.
            action: 0 up, 1 down, 2 left, 3 right.

        Raises:
            DataError: the episode is over in this cell, or there is no such cell or action.
        """
        if not 0 <= state < self.states or self.terminal(state) or state in self.walls:
            raise DataError(f"state {state} is no cell from which the robot can move")
        if not 0 <= action < len(MOVES):
            raise DataError(f"action must be 0 to 3, got {action!r}")
        row, column = divmod(state, self.columns)
        row, column = row + MOVES[action][0], column + MOVES[action][1]
        inside = 0 <= row < self.rows and 0 <= column < self.columns
        there = row * self.columns + column
        new = there if inside and there not in self.walls else state
        reward = 1.0 if new == self.treasure else -1.0 if new == self.bomb else 0.0
        return Outcome(new, reward, self.terminal(new))


MAZE = Maze()


def episode(maze: Maze, actions: Sequence[int]) -> list[Outcome]:
    """Do actions from the start until the episode is over or no action is left."""
    state, outcomes = maze.start, []
    for action in actions:
        outcomes.append(maze.step(state, action))
        state = outcomes[-1].state
        if outcomes[-1].done:
            break
    return outcomes


def value_iteration(maze: Maze, discount: float, sweeps: int = 200) -> Tensor:
    """The optimal action values, by repeating Bellman's equation.

    Equation:
        Q(s, a) = r + γ max_a' Q(s', a'), with nothing after the end

    Returns:
        (states, 4), float64; rows of final cells and walls are zero.
    """
    require_within(0, 1, discount=discount)
    require_positive(sweeps=sweeps)
    Q = torch.zeros(maze.states, 4, dtype=torch.float64)
    open_cells = [s for s in range(maze.states) if not maze.terminal(s) and s not in maze.walls]
    for _ in range(sweeps):
        for s in open_cells:
            for a in range(4):
                outcome = maze.step(s, a)
                after = 0.0 if outcome.done else Q[outcome.state].max().item()
                # Q(s, a) = r + γ max_a' Q(s', a')
                Q[s, a] = outcome.reward + discount * after
    return Q
