"""The deep Q-network: where states are too many for a table, a network guesses the values.

What it guarantees:

- The target is a constant: no gradient flows through the target network.
- Past the end of an episode nothing is worth anything.

Ten by ten black-and-white pixels make 2^100 states, about 10^30: no table holds them (S0).
"""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn

from reference.errors import require, require_positive
from reference.examples import unit
from reference.initial import uniform, zeros
from reference.registry import System
from reference.reinforcement.maze import Maze
from reference.reinforcement.q_learning import choose_action
from reference.reinforcement.replay import ReplayBuffer
from reference.shapes import check_shape


def deep_q_targets(r_t: Tensor, q_t: Tensor, done: Tensor, discount: float) -> Tensor:
    """What the value of the action done should be.

    Equation:
        y = r + discount max_a' Q_target(s', a'), and y = r at the end

    Args:
        r_t: (B,).
        q_t: the target network's values of the next states, (B, A).
        done: (B,), bool.
        discount: gamma.

    Returns:
        (B,), without gradient.

    Source: S0 "deep reinforcement learning". Mnih et al., 2015.
    """
    # y = r + discount max_a' Q(s', a') [not done]
    return (r_t + discount * q_t.amax(-1) * ~done).detach()


@dataclass(frozen=True)
class DeepQConfig:
    """Sizes of a Q-network: the maze's rows and columns as picture, H hidden neurons."""

    rows: int = 3
    columns: int = 4
    hidden_size: int = 32
    actions: int = 4

    def __post_init__(self) -> None:
        require_positive(
            rows=self.rows,
            columns=self.columns,
            hidden_size=self.hidden_size,
            actions=self.actions,
        )


class DeepQNetwork(nn.Module):
    """A picture of the maze with the robot in it, into the values of the actions.

    Equation:
        Q(s, ·) = V relu(W picture(s) + b) + c

    Source: S0 (the image goes into a network in the place of the table).

    Deviation: S0 would take a CNN; twelve pixels need only a hidden layer.
    """

    def __init__(self, config: DeepQConfig, generator: Generator | None = None) -> None:
        super().__init__()
        self.config = config
        pixels, H = config.rows * config.columns, config.hidden_size
        self.W = uniform(H, pixels, bound=1 / math.sqrt(H), generator=generator)
        self.b = zeros(H)
        self.V = uniform(config.actions, H, bound=1 / math.sqrt(H), generator=generator)
        self.c = zeros(config.actions)

    def picture(self, state: Tensor) -> Tensor:
        """Draw states (B,) as pictures (B, rows, columns) with a one where the robot is."""
        pixels = nn.functional.one_hot(state, self.config.rows * self.config.columns)
        drawn = pixels.reshape(*state.shape, self.config.rows, self.config.columns)
        return drawn.to(self.W.dtype)

    def forward(self, picture: Tensor) -> Tensor:
        """Map pictures (B, rows, columns) to values (B, actions)."""
        check_shape("picture", picture, "B", self.config.rows, self.config.columns)
        hidden = torch.relu(picture.flatten(1) @ self.W.T + self.b)  # (B, H)
        return hidden @ self.V.T + self.c

    def table(self) -> Tensor:
        """The values of all states, (states, actions), to compare with a table."""
        with torch.no_grad():
            every = torch.arange(self.config.rows * self.config.columns, device=self.W.device)
            values: Tensor = self(self.picture(every))
            return values


@dataclass(frozen=True)
class DeepQTraining:
    """How to learn: steps in the maze, batch, memory, and how often the target is renewed."""

    steps: int = 1200
    batch: int = 32
    capacity: int = 1000
    renew: int = 50
    longest: int = 50
    learning_rate: float = 0.01
    discount: float = 0.9
    epsilon: float = 0.3

    def __post_init__(self) -> None:
        require_positive(
            steps=self.steps,
            batch=self.batch,
            capacity=self.capacity,
            renew=self.renew,
            longest=self.longest,
        )
        require(self.batch <= self.capacity, f"a batch must fit the memory, got {self}")


def train_deep_q(
    network: DeepQNetwork, maze: Maze, settings: DeepQTraining, generator: Generator
) -> list[float]:
    """Walk, remember, learn from a random part of the memory; returns the loss of each update."""
    target = copy.deepcopy(network)
    memory = ReplayBuffer(settings.capacity)
    optimiser = torch.optim.Adam(network.parameters(), lr=settings.learning_rate)
    losses, s_t, age = [], maze.start, 0
    for step in range(settings.steps):
        with torch.no_grad():
            q = network(network.picture(torch.tensor([s_t])))[0]
        s_tm1, a_tm1 = s_t, choose_action(q, settings.epsilon, generator)
        s_t, r_t, done = maze.step(s_tm1, a_tm1)
        memory.push(s_tm1, a_tm1, r_t, s_t, done)
        age += 1
        if done or age == settings.longest:
            s_t, age = maze.start, 0
        if step % settings.renew == 0:
            target.load_state_dict(network.state_dict())
        if len(memory) < settings.batch:
            continue
        part = memory.sample(settings.batch, generator)
        q_tm1 = network(network.picture(part.s_tm1)).gather(1, part.a_tm1.unsqueeze(1))[:, 0]
        q_next = target(target.picture(part.s_t))
        y = deep_q_targets(part.r_t, q_next, part.done, settings.discount)
        # loss = mean (y - Q(s, a))^2
        loss = ((y - q_tm1) ** 2).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    return losses


SYSTEMS = (
    System(
        "deep_q_network",
        "S0",
        lambda generator: DeepQNetwork(DeepQConfig(hidden_size=5), generator),
        (unit("B", 3, 4),),
        parameters=(12 * 5 + 5) + (5 * 4 + 4),
        wrong=(unit("B", 4, 3),),
    ),
)
