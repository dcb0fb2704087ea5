"""A network with ReLU from a bad start (grade cell `exploding_training`, 3 points).

How often a right answer fails: of 50 seeds of the solution 48 were right for every sum (median 1.00), the worst
had 0.40 and 0.80. If one run in 25 is not good, three of four are bad once in 3,900 times.

The student's process trains; only weights come back, and they are tried on other sums here, in a network with
ReLU.
"""

import torch
from torch import nn

from autograder.checking import assert_trained, copy_weights, hint, points
from reference.recurrent import binary_addition, bit_accuracy

SUMS, BITS = 200, 8
SHARE = 0.9


class Network(nn.Module):
    """Laid out as the notebook's."""

    def __init__(self, inputs, activation="tanh"):
        super().__init__()
        self.recurrent = nn.RNN(inputs, 16, nonlinearity=activation)
        self.read_out = nn.Linear(16, 1)

    def forward(self, x):
        return self.read_out(self.recurrent(x)[0])


def measure(student, seed):
    """Train once from the bad start, and try other sums."""
    rng = torch.Generator().manual_seed(seed)
    theirs = student.make_network(2, seed % 10_000, "relu", 1.0)
    student.train_exploding(theirs, *binary_addition(SUMS, BITS, rng))
    ours = Network(2, "relu")
    copy_weights(theirs, ours)
    x, y = binary_addition(500, BITS, rng)
    with torch.no_grad():
        return {"the share of right sums": bit_accuracy(torch.sigmoid(ours(x)), y)}


@points(3)
@hint("How large are the eigenvalues of the recurrent weights before the first step, and are they so after it?")
def test_it_adds_all_the_same(student, seed):
    """Two of at most four runs, with fresh networks and fresh sums."""
    assert_trained(
        lambda run: measure(student, run), seed=seed, at_least={"the share of right sums": SHARE}, runs=4, needed=2
    )
