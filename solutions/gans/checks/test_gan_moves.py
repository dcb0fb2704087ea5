"""One move of each player (grade cell `gan_moves`, 3 points).

The same moves are made here by the reference. The weights with which both begin are drawn here:
players of the student's own could be such that there is nothing to learn.
"""

import torch
from torch import nn

from autograder.checking import (
    GRADIENT,
    RemoteObject,
    WrongAnswer,
    assert_close,
    assert_tensor,
    hint,
    points,
    unpack,
)
from reference.adversarial import discriminator_step, generator_step

NOISE = 4
RATE = 0.05


def same_layers():
    """Return networks laid out as those of the notebook."""
    generator = nn.Sequential(
        nn.Linear(NOISE, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 2)
    )
    discriminator = nn.Sequential(
        nn.Linear(2, 64), nn.LeakyReLU(0.2), nn.Linear(64, 64), nn.LeakyReLU(0.2), nn.Linear(64, 1)
    )
    return generator, discriminator


def weights(remote, like, name):
    """Return the weights of a network of the student's, each of the shape that `like` has."""
    state = remote.state_dict() if isinstance(remote, RemoteObject) else None
    found = {}
    for key, tensor in like.state_dict().items():
        came = state.get(key) if isinstance(state, dict) else None
        found[key] = assert_tensor(came, tuple(tensor.shape), what=f"{key} of the {name}").float()
    return found


class Table:
    """The student's players and their like here, with a batch for each move."""

    def __init__(self, student, generator, seed):
        self.student, self.rng = student, generator
        self.remote = unpack(student.make_players(seed % 10_000), 2, "what make_players returns")
        self.local = same_layers()
        self.names = ("generator", "discriminator")
        for remote, local, name in zip(self.remote, self.local, self.names, strict=True):
            if not isinstance(remote, RemoteObject):
                raise WrongAnswer(f"The {name} that make_players returns is no network.")
            remote.load_state_dict(local.state_dict())
        self.theirs = [student.gradient_descent(player, RATE) for player in self.remote]
        self.before = [
            {key: tensor.clone() for key, tensor in local.state_dict().items()}
            for local in self.local
        ]
        self.ours = [torch.optim.SGD(player.parameters(), RATE) for player in self.local]

    def discriminator_moves(self, batch=32):
        real = 2 * torch.randn(batch, 2, generator=self.rng)
        noise = torch.randn(batch, NOISE, generator=self.rng)
        self.student.discriminator_step(*self.remote, self.theirs[1], real, noise)
        discriminator_step(*self.local, self.ours[1], real, noise)

    def generator_moves(self, batch=32):
        noise = torch.randn(batch, NOISE, generator=self.rng)
        self.student.generator_step(*self.remote, self.theirs[0], noise)
        generator_step(*self.local, self.ours[0], noise)

    def compare(self, after):
        """Both players must be as the reference's are after the same moves."""
        for remote, local, name, before in zip(
            self.remote, self.local, self.names, self.before, strict=True
        ):
            came = weights(remote, local, name)
            moved = any(not torch.equal(local.state_dict()[key], before[key]) for key in before)
            if moved and all(torch.equal(came[key], before[key]) for key in before):
                raise WrongAnswer(f"Nothing in the {name} has changed after {after}.")
            for key, expected in local.state_dict().items():
                what = f"{key} of the {name} after {after}"
                assert_close(came[key], expected, tolerance=GRADIENT, what=what)


@points(1)
@hint(
    "Whose parameters must the step change, which points does D see, and which loss is it taught by?"
)
def test_discriminator_move(student, generator, seed):
    """After one move D is as the reference's, and G is untouched."""
    table = Table(student, generator, seed)
    table.discriminator_moves()
    table.compare("the discriminator's move")


@points(1)
@hint(
    "On which way does the gradient of the loss reach the generator, and is it interrupted somewhere?"
)
def test_generator_move(student, generator, seed):
    """After one move G is as the reference's, and D is untouched."""
    table = Table(student, generator, seed)
    table.generator_moves()
    table.compare("the generator's move")


@points(1)
@hint(
    "Forget the gradients of earlier moves, those that the other player's move left behind too; and "
    "a batch may have any size."
)
def test_moves_in_turn(student, generator, seed):
    """Three rounds, of other sizes: no gradient is carried over from one move to the next."""
    table = Table(student, generator, seed)
    for batch in (40, 5, 1):
        table.discriminator_moves(batch)
        table.generator_moves(batch)
    table.compare("three rounds")
