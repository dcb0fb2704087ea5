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

from reference.convolution.convolution import Conv2d, Conv2dConfig
from reference.errors import require, require_config, require_ids, require_positive, require_within
from reference.examples import off_the_kinks, unit
from reference.initial import uniform, zeros
from reference.multilayer_perceptron.network import Linear
from reference.neurons.activations import relu
from reference.registry import System
from reference.reinforcement.maze import Maze
from reference.reinforcement.q_learning import choose_action
from reference.reinforcement.replay import ReplayBuffer
from reference.shapes import check_shape


def deep_q_targets(r_t: Tensor, q_t: Tensor, done: Tensor, discount: float) -> Tensor:
    """What the value of the action done should be.

    Equation:
        y = r + γ max_a' Q_target(s', a'), and y = r at the end

    Args:
        r_t: (B,).
        q_t: the target network's values of the next states, (B, A).
        done: (B,), bool.
        discount: γ.

    Returns:
        (B,), without gradient.

    Source: S0 "deep reinforcement learning". Mnih et al., 2015.
    """
    check_shape("r_t", r_t, "B")
    check_shape("q_t", q_t, len(r_t), "A")
    check_shape("done", done, len(r_t))
    require_within(0, 1, discount=discount)
    # y = r + γ max_a' Q_target(s', a'), and y = r at the end
    return torch.where(done.bool(), r_t, r_t + discount * q_t.amax(-1)).detach()


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


class QNetwork(nn.Module):
    """Any network from pictures of a maze (B, rows, columns) to the actions' values (B, A)."""

    def __init__(self, rows: int, columns: int) -> None:
        super().__init__()
        self.rows, self.columns = rows, columns

    def picture(self, state: Tensor) -> Tensor:
        """Draw states (B,) as pictures (B, rows, columns) with a one where the robot is."""
        require_ids("states", state, self.rows * self.columns)
        pixels = nn.functional.one_hot(state, self.rows * self.columns)
        drawn = pixels.reshape(*state.shape, self.rows, self.columns)
        return drawn.to(next(self.parameters()))

    def table(self) -> Tensor:
        """The values of all states, (states, actions), to compare with a table."""
        with torch.no_grad():
            every = torch.arange(self.rows * self.columns, device=next(self.parameters()).device)
            values: Tensor = self(self.picture(every))
            return values


class DeepQNetwork(QNetwork):
    """A picture of the maze with the robot in it, into the values of the actions.

    Equation:
        Q(s, ·) = V ReLU(W picture(s) + b) + c

    Source: S0 (the image goes into a network in the place of the table).

    Deviation: S0 takes a CNN (`ConvolutionalQNetwork`); twelve pixels need only a hidden layer.
    """

    def __init__(self, config: DeepQConfig, generator: Generator | None = None) -> None:
        require_config(config, DeepQConfig)
        super().__init__(config.rows, config.columns)
        self.config = config
        pixels, H = config.rows * config.columns, config.hidden_size
        self.W = uniform(H, pixels, bound=1 / math.sqrt(H), generator=generator)
        self.b = zeros(H)
        self.V = uniform(config.actions, H, bound=1 / math.sqrt(H), generator=generator)
        self.c = zeros(config.actions)

    def forward(self, picture: Tensor) -> Tensor:
        """Map pictures (B, rows, columns) to values (B, actions)."""
        check_shape("picture", picture, "B", self.config.rows, self.config.columns)
        # Q(s, ·) = V ReLU(W picture(s) + b) + c
        hidden = relu(picture.flatten(1) @ self.W.T + self.b)  # (B, H)
        return hidden @ self.V.T + self.c


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
        require_within(0, math.inf, learning_rate=self.learning_rate)
        require_within(0, 1, discount=self.discount, epsilon=self.epsilon)
        require(self.batch <= self.capacity, f"a batch must fit the memory, got {self}")


@dataclass(frozen=True)
class ConvolutionalQConfig:
    """A Q-network for pictures: rows and columns, maps of both convolutions, H hidden neurons."""

    rows: int = 10
    columns: int = 10
    maps: tuple[int, int] = (8, 16)
    hidden_size: int = 64
    actions: int = 4

    def __post_init__(self) -> None:
        require_positive(
            rows=self.rows,
            columns=self.columns,
            hidden_size=self.hidden_size,
            actions=self.actions,
        )
        for size in self.maps:
            require_positive(maps=size)


class ConvolutionalQNetwork(QNetwork):
    """S0's deep Q-network: a CNN looks at the picture in place of a table of 2^100 rows.

    Equation:
        f = ReLU(conv(ReLU(conv(picture)))),  Q(s, ·) = V ReLU(W f + b) + c

    Source: S0 (a CNN as the Q function). Mnih et al., 2015.

    Deviation: no pooling and no stride, so that the robot's place is not lost; the paper's network
        halves 84 x 84 pixels by strides.
    """

    def __init__(self, config: ConvolutionalQConfig, generator: Generator | None = None) -> None:
        require_config(config, ConvolutionalQConfig)
        super().__init__(config.rows, config.columns)
        self.config = config
        a, b = config.maps
        self.first = Conv2d(Conv2dConfig(1, a, 3, padding=1), generator)
        self.second = Conv2d(Conv2dConfig(a, b, 3, padding=1), generator)
        self.hidden = Linear(b * config.rows * config.columns, config.hidden_size, generator)
        self.read_out = Linear(config.hidden_size, config.actions, generator)

    def forward(self, picture: Tensor) -> Tensor:
        """Map pictures (B, rows, columns) to values (B, actions)."""
        check_shape("picture", picture, "B", self.rows, self.columns)
        # f = ReLU(conv(ReLU(conv(picture))))
        f = relu(self.second(relu(self.first(picture.unsqueeze(1)))))  # (B, b, rows, columns)
        # Q(s, ·) = V ReLU(W f + b) + c
        values: Tensor = self.read_out(relu(self.hidden(f.flatten(1))))
        return values


def train_deep_q(
    network: QNetwork, maze: Maze, settings: DeepQTraining, generator: Generator
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
        # loss = mean (y - Q(s, a))²
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
    System(
        "convolutional_q_network",
        "S0",
        lambda g: off_the_kinks(ConvolutionalQNetwork(ConvolutionalQConfig(4, 5, (2, 3), 6), g), g),
        (unit("B", 4, 5),),
        parameters=(9 + 1) * 2 + (18 + 1) * 3 + (60 + 1) * 6 + (6 + 1) * 4,
        wrong=(unit("B", 5, 4),),
    ),
)
