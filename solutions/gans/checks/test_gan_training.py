"""The whole game (grade cell `gan_training`, 5 points).

How often a right answer fails: of 40 runs of the solution, with seeds of their own, 39 were good. If one
run in 40 is not, fewer than two of four are good once in 16,000 times; and once in 170 times if it is
one run in 8, as far as 40 runs can exclude (95 %).

Data and noise are made here. The student's process trains; only the generator's weights come back,
and what they make of new noise is measured here: a function that remembers points cannot help.
"""

import torch
from torch import nn

from autograder.checking import (
    RemoteObject,
    WrongAnswer,
    assert_tensor,
    assert_trained,
    hint,
    unpack,
)
from reference.adversarial import GaussianMixture, coverage, energy_distance, ring

NOISE, ROUNDS, BATCH, MODES = 4, 500, 128, 5
SPREAD = 0.25
LARGEST_DISTANCE = 0.12
RUNS, NEEDED = 4, 2
LARGEST_WEIGHT = 1_000.0  # larger ones would overflow where the points are measured


def turned_clouds(rng):
    """Return five clouds on a circle, turned and scaled at random."""
    turn, radius = 6.28 * torch.rand((), generator=rng), 1.8 + 0.4 * torch.rand((), generator=rng)
    matrix = torch.stack([turn.cos(), turn.sin(), -turn.sin(), turn.cos()]).reshape(2, 2)
    return GaussianMixture(ring(MODES, float(radius), SPREAD).centres @ matrix, SPREAD)


def trained_generator(student, seed, real, noise):
    """Let the student's function train fresh players; return a copy of the generator."""
    players = unpack(student.make_players(seed % 10_000), 2, "what make_players returns")
    student.train_players(*players, real, noise)
    state = players[0].state_dict() if isinstance(players[0], RemoteObject) else None
    copy = nn.Sequential(
        nn.Linear(NOISE, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 2)
    )
    for key, parameter in copy.state_dict().items():
        came = state.get(key) if isinstance(state, dict) else None
        what = f"{key} of the generator"
        parameter.copy_(assert_tensor(came, tuple(parameter.shape), what=what))
        if parameter.abs().max() > LARGEST_WEIGHT:
            raise WrongAnswer(f"{what} has weights beyond ±{LARGEST_WEIGHT:g}.")
    return copy


def measure(student, seed):
    """Train once and measure what the generator makes of new noise."""
    rng = torch.Generator().manual_seed(seed)
    clouds = turned_clouds(rng)
    real = clouds.sample(ROUNDS * BATCH, rng).reshape(ROUNDS, BATCH, 2)
    noise = torch.randn(ROUNDS, 2, BATCH, NOISE, generator=rng)
    generator = trained_generator(student, seed, real, noise)
    with torch.no_grad():
        made = generator(torch.randn(1000, NOISE, generator=rng))
    return {
        "clouds covered": coverage(made, clouds).covered,
        "distance": energy_distance(made, clouds.sample(1000, rng)),
    }


@hint(
    "Points in one or two clouds only: mode collapse, or one player never moves. Points everywhere: "
    "the learning rate does not fall, or the labels are swapped. Check exercise 2 first."
)
def test_generator_matches_the_clouds(student, seed):
    """Two of at most four runs, with fresh players and fresh data, find all clouds."""
    assert_trained(
        lambda run_seed: measure(student, run_seed),
        seed=seed,
        at_least={"clouds covered": MODES},
        at_most={"distance": LARGEST_DISTANCE},
        runs=RUNS,
        needed=NEEDED,
    )
