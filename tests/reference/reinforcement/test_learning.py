"""Both agents solve the maze, over three seeds."""

from __future__ import annotations

import pytest
import torch

from reference.reinforcement import (
    MAZE,
    ConvolutionalQConfig,
    ConvolutionalQNetwork,
    DeepQConfig,
    DeepQNetwork,
    DeepQTraining,
    QLearning,
    QNetwork,
    greedy_path,
    train_deep_q,
    train_q,
    value_iteration,
)

pytestmark = pytest.mark.slow
SEEDS = (0, 1, 2)


@pytest.mark.parametrize("seed", SEEDS)
def test_q_learning_solves_the_maze(seed):
    """A shortest way to the treasure, worth within 5 % of the exact value along it.

    Baseline: a random walk finds the treasure first in under half of its episodes.
    """
    Q = train_q(MAZE, QLearning(), torch.Generator().manual_seed(seed))
    path = greedy_path(MAZE, Q)
    assert path[-1] == MAZE.treasure
    assert len(path) == 6
    exact = value_iteration(MAZE, 0.9)
    for state in path[:-1]:
        assert Q[state].max().item() == pytest.approx(exact[state].max().item(), rel=0.05)


FEWER_STEPS = DeepQTraining(steps=700, learning_rate=0.004, epsilon=0.5)


def small_network(generator: torch.Generator) -> QNetwork:
    return DeepQNetwork(DeepQConfig(), generator)


def convolutional_network(generator: torch.Generator) -> QNetwork:
    return ConvolutionalQNetwork(ConvolutionalQConfig(3, 4, (4, 4), 24), generator)


@pytest.mark.parametrize(
    ("make", "settings", "seed"),
    [
        *((small_network, DeepQTraining(), seed) for seed in SEEDS),
        *((convolutional_network, FEWER_STEPS, seed) for seed in SEEDS[:2]),
    ],
)
def test_deep_q_network_solves_the_maze(make, settings, seed):
    """A shortest way to the treasure, and values within 0.15 of the exact ones along it."""
    generator = torch.Generator().manual_seed(seed)
    network = make(generator)
    train_deep_q(network, MAZE, settings, generator)
    table = network.table()
    path = greedy_path(MAZE, table)
    assert path[-1] == MAZE.treasure
    assert len(path) == 6
    exact = value_iteration(MAZE, 0.9)
    for state in path[:-1]:
        assert table[state].max().item() == pytest.approx(exact[state].max().item(), abs=0.15)


def test_a_random_walk_meets_the_bomb_more_often_than_the_treasure():
    """The baseline of both: acting at random, over 300 episodes."""
    generator = torch.Generator().manual_seed(0)
    wins = 0
    for _ in range(300):
        state, done = MAZE.start, False
        while not done:
            action = int(torch.randint(4, (1,), generator=generator))
            state, _, done = MAZE.step(state, action)
        wins += state == MAZE.treasure
    assert wins < 150
