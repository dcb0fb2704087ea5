"""The maze, the table, the memory: by hand, by Bellman's equation, by counting."""

from __future__ import annotations

import pytest
import torch

from reference import ConfigError, ShapeError
from reference.errors import DataError
from reference.reinforcement import (
    ACTIONS,
    MAZE,
    DeepQConfig,
    DeepQNetwork,
    Maze,
    QLearning,
    QTable,
    ReplayBuffer,
    choose_action,
    deep_q_targets,
    discounted_return,
    episode,
    epsilon_greedy_probabilities,
    greedy_path,
    q_update,
    value_iteration,
)

UP, DOWN, LEFT, RIGHT = range(4)


def test_the_maze_is_the_lecture_s():
    """Twelve states; up, up, right, right, right finds the treasure."""
    assert MAZE.states == 12
    assert ACTIONS == ("up", "down", "left", "right")
    outcomes = episode(MAZE, [UP, UP, RIGHT, RIGHT, RIGHT])
    assert [outcome.reward for outcome in outcomes] == [0, 0, 0, 0, 1]
    assert outcomes[-1].done


def test_right_right_right_up_ends_on_the_bomb():
    """Erratum of S0: the story's fifth move never happens, the fourth ends on the bomb."""
    outcomes = episode(MAZE, [RIGHT, RIGHT, RIGHT, UP, RIGHT])
    assert len(outcomes) == 4
    assert outcomes[-1] == (MAZE.bomb, -1.0, True)


def test_borders_and_walls_stop_the_robot():
    """Walking against them changes nothing and costs nothing."""
    assert MAZE.step(8, LEFT) == (8, 0.0, False)
    assert MAZE.step(8, DOWN) == (8, 0.0, False)
    assert Maze(walls=(5,)).step(9, UP) == (9, 0.0, False)


def test_the_maze_is_deterministic_and_closed():
    """Each action from each open cell leads to a cell of the maze; ends pay, others do not."""
    for state in range(12):
        if MAZE.terminal(state):
            continue
        for action in range(4):
            new, reward, done = MAZE.step(state, action)
            assert 0 <= new < 12
            assert done == (new in (3, 7))
            assert reward == {3: 1.0, 7: -1.0}.get(new, 0.0)


def test_discounted_return_by_hand():
    """0 + 0.9 * 0 + 0.81 * 1 and the sum of a geometric series."""
    assert discounted_return([0, 0, 1], 0.9) == pytest.approx(0.81)
    assert discounted_return([1] * 50, 0.5) == pytest.approx(2 * (1 - 0.5**50))
    assert discounted_return([], 0.9) == 0


def test_bellman_s_solution_is_a_power_of_the_discount():
    """The best value of a cell is discount^(steps to the treasure - 1), avoiding the bomb."""
    Q = value_iteration(MAZE, 0.9)
    distance = {2: 1, 1: 2, 0: 3, 6: 2, 5: 3, 4: 4, 10: 3, 9: 4, 8: 5, 11: 4}
    for state, steps in distance.items():
        assert Q[state].max().item() == pytest.approx(0.9 ** (steps - 1))
    assert Q[6, RIGHT] == -1
    assert Q[11, UP] == -1


def test_the_best_path_has_five_moves():
    """Greedy on the exact values reaches the treasure by a shortest way."""
    path = greedy_path(MAZE, value_iteration(MAZE, 0.9))
    assert path[0] == 8
    assert path[-1] == 3
    assert len(path) == 6
    assert 7 not in path


def test_q_update_by_hand():
    """Q(s, a) = 0.5 moves a fifth of the way to 1 + 0.9 * 2; nothing else moves."""
    Q = torch.zeros(3, 2, dtype=torch.float64)
    Q[0, 1], Q[1, 0] = 0.5, 2.0
    new = q_update(Q, 0, 1, 1.0, 1, False, learning_rate=0.2, discount=0.9)
    assert new[0, 1].item() == pytest.approx(0.5 + 0.2 * (1 + 0.9 * 2 - 0.5))
    assert (new != Q).sum() == 1
    assert Q[0, 1] == 0.5


def test_nothing_comes_after_the_end():
    """At the end of an episode the next state's values do not count."""
    Q = torch.full((3, 2), 7.0)
    assert q_update(Q, 0, 1, -1.0, 2, True, 1.0, 0.9)[0, 1] == -1


def test_bellman_s_solution_is_a_fixed_point_of_the_update():
    """Updates with any rate leave the exact values as they are."""
    Q = value_iteration(MAZE, 0.9)
    for state in (8, 6, 2, 11):
        for action in range(4):
            outcome = MAZE.step(state, action)
            new = q_update(Q, state, action, outcome.reward, outcome.state, outcome.done, 0.5, 0.9)
            torch.testing.assert_close(new, Q, rtol=0, atol=1e-12)


def test_epsilon_greedy_chances():
    """A distribution: epsilon spread evenly, the rest on the best, shared among equals."""
    q = torch.tensor([1.0, 3.0, 3.0, 0.0], dtype=torch.float64)
    chances = epsilon_greedy_probabilities(q, 0.2)
    expected = torch.tensor([0.05, 0.45, 0.45, 0.05], dtype=torch.float64)
    torch.testing.assert_close(chances, expected, rtol=0, atol=1e-12)
    assert epsilon_greedy_probabilities(q, 1.0).tolist() == [0.25] * 4
    assert epsilon_greedy_probabilities(q, 0.0).tolist() == [0, 0.5, 0.5, 0]


def test_actions_are_drawn_by_these_chances(generator):
    """Over many draws the shares are the chances."""
    q = torch.tensor([0.0, 1.0, 0.0, 0.0])
    drawn = torch.tensor([choose_action(q, 0.4, generator) for _ in range(4000)])
    share = torch.bincount(drawn, minlength=4) / 4000
    torch.testing.assert_close(share, torch.tensor([0.1, 0.7, 0.1, 0.1]), rtol=0, atol=0.03)


def test_replay_forgets_the_oldest_and_draws_without_repeats(generator):
    """Capacity holds; a full sample is a permutation of what is remembered."""
    memory = ReplayBuffer(5)
    for i in range(8):
        memory.push(i, i % 4, float(i), i + 1, i == 7)
    assert len(memory) == 5
    batch = memory.sample(5, generator)
    assert sorted(batch.s_tm1.tolist()) == [3, 4, 5, 6, 7]
    assert torch.equal(batch.s_t, batch.s_tm1 + 1)
    assert torch.equal(batch.r_t, batch.s_tm1.float())
    assert torch.equal(batch.done, batch.s_tm1 == 7)
    with pytest.raises(DataError, match="cannot draw 6 experiences from 5"):
        memory.sample(6, generator)


def test_replay_draws_every_experience_equally_often(generator):
    """No place in the memory is preferred."""
    memory = ReplayBuffer(10)
    for i in range(10):
        memory.push(i, 0, 0.0, i, False)
    drawn = torch.cat([memory.sample(3, generator).s_tm1 for _ in range(3000)])
    share = torch.bincount(drawn, minlength=10) / len(drawn)
    torch.testing.assert_close(share, torch.full((10,), 0.1), rtol=0, atol=0.02)


def test_deep_q_targets_by_hand_and_without_gradient():
    """The reward plus discount max, alone at the end; no gradient to the target network."""
    q = torch.tensor([[1.0, 2.0], [5.0, 0.0]], requires_grad=True)
    y = deep_q_targets(torch.tensor([0.5, -1.0]), q, torch.tensor([False, True]), 0.9)
    assert y.tolist() == pytest.approx([0.5 + 0.9 * 2, -1.0])
    assert not y.requires_grad


def test_a_network_on_one_hot_pictures_can_hold_any_table(generator, randn):
    """With a hidden neuron a state the network is the table: the same update rule underneath."""
    table = randn(12, 4)
    network = DeepQNetwork(DeepQConfig(hidden_size=12), generator).double()
    with torch.no_grad():
        network.W.copy_(torch.eye(12))
        network.V.copy_(table.T)
    torch.testing.assert_close(network.table(), table, rtol=0, atol=1e-12)


def test_pictures_need_a_network():
    """S0: 10 x 10 black-and-white pixels make 2^100, about 10^30 states."""
    assert 10**30 < 2**100 < 2 * 10**30


def test_nonsense_is_refused():
    """States, actions, mazes and settings that do not exist."""
    with pytest.raises(DataError, match="state 3"):
        MAZE.step(3, UP)
    with pytest.raises(DataError, match="action"):
        MAZE.step(8, 4)
    with pytest.raises(ConfigError, match="different cells"):
        Maze(start=3)
    with pytest.raises(ConfigError, match="epsilon"):
        QLearning(epsilon=1.5)
    with pytest.raises(DataError, match="states must be 0 to 11"):
        QTable()(torch.tensor([12]))
    with pytest.raises(ShapeError, match="Q has shape"):
        greedy_path(MAZE, torch.zeros(11, 4))


def test_nothing_comes_after_the_end_whatever_is_said_of_it():
    """A target at the end is the reward, also where the next state's value is infinite or none."""
    r_t = torch.tensor([1.0, -1.0, 0.5])
    q_t = torch.tensor([[1.0, 2.0], [torch.inf, 0.0], [torch.nan, 0.0]])
    for done in (torch.tensor([False, True, True]), torch.tensor([0, 1, 1])):
        assert deep_q_targets(r_t, q_t, done, 0.5).tolist() == [2.0, -1.0, 0.5]
    with pytest.raises(ShapeError, match="done has shape"):
        deep_q_targets(r_t, q_t, torch.tensor([True]), 0.5)


def test_actions_of_a_diverged_table_are_refused():
    """A value that is not a number is no value."""
    with pytest.raises(DataError, match="expected numbers"):
        epsilon_greedy_probabilities(torch.tensor([torch.nan, 1.0]), 0.1)
