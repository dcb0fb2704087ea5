"""Reinforcement learning: a maze, a table of values, and a network in the table's place."""

from reference.reinforcement.deep_q import (
    ConvolutionalQConfig,
    ConvolutionalQNetwork,
    DeepQConfig,
    DeepQNetwork,
    DeepQTraining,
    QNetwork,
    deep_q_targets,
    train_deep_q,
)
from reference.reinforcement.maze import ACTIONS, MAZE, Maze, Outcome, episode, value_iteration
from reference.reinforcement.q_learning import (
    QLearning,
    QTable,
    choose_action,
    discounted_return,
    epsilon_greedy_probabilities,
    greedy_path,
    q_update,
    train_q,
)
from reference.reinforcement.replay import Batch, ReplayBuffer

__all__ = [
    "ACTIONS",
    "MAZE",
    "Batch",
    "ConvolutionalQConfig",
    "ConvolutionalQNetwork",
    "DeepQConfig",
    "DeepQNetwork",
    "DeepQTraining",
    "Maze",
    "Outcome",
    "QLearning",
    "QNetwork",
    "QTable",
    "ReplayBuffer",
    "choose_action",
    "deep_q_targets",
    "discounted_return",
    "episode",
    "epsilon_greedy_probabilities",
    "greedy_path",
    "q_update",
    "train_deep_q",
    "train_q",
    "value_iteration",
]
