"""The maze and its values

Best action value of each cell and the best actions: T is the treasure (+1), B the bomb (−1), S the
start. Left: learned by walking about, with Q-learning; cells behind the bomb, where it seldom came,
are still below their value. Right: computed exactly, by repeating Bellman's equation; each step
away from the treasure costs a factor γ = 0.9.
"""

from __future__ import annotations

import matplotlib.pyplot as plt
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from reference.reinforcement import MAZE, QLearning, train_q, value_iteration

ARROWS = ((0, -0.3), (0, 0.3), (-0.3, 0), (0.3, 0))


def draw(axes: Axes, Q: Tensor, title: str) -> None:
    """Draw one table of values as a maze."""
    values = Q.amax(1)
    values[MAZE.treasure], values[MAZE.bomb] = 1, 0
    axes.imshow(values.reshape(MAZE.rows, -1).numpy(), cmap="Blues", vmin=0, vmax=2)
    for state in range(MAZE.states):
        row, column = divmod(state, MAZE.columns)
        if MAZE.terminal(state):
            name = "T\n+1" if state == MAZE.treasure else "B\n−1"
            axes.text(column, row, name, ha="center", va="center")
            continue
        axes.text(column, row + 0.42, f"{values[state]:.2f}", ha="center", fontsize=8)
        for action in torch.nonzero(Q[state] > Q[state].max() - 1e-9)[:, 0].tolist():
            axes.annotate(
                "",
                (column + ARROWS[action][0], row + ARROWS[action][1]),
                (column, row),
                arrowprops={"arrowstyle": "->"},
            )
    row, column = divmod(MAZE.start, MAZE.columns)
    axes.text(column - 0.4, row - 0.3, "S")
    axes.set(title=title, xticks=[], yticks=[])


def figure() -> Figure:
    """Draw learned and exact values."""
    picture, axes = plt.subplots(1, 2, figsize=(8.5, 3.3))
    learned = train_q(MAZE, QLearning(epsilon=0.5), torch.Generator().manual_seed(0))
    draw(axes[0], learned, "Q-learning, 500 episodes")
    draw(axes[1], value_iteration(MAZE, 0.9), "value iteration")
    picture.tight_layout()
    return picture
