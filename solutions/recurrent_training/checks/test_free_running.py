"""A network that reads its own predictions (grade cell `free_running`, 3 points)."""

import torch
from torch import nn

from autograder.checking import (
    EXACT,
    assert_close,
    assert_unchanged,
    called_twice,
    copy_weights,
    hint,
    points,
    ways_to_call,
)


class Network(nn.Module):
    """Laid out as the notebook's."""

    def __init__(self, inputs, activation="tanh"):
        super().__init__()
        self.recurrent = nn.RNN(inputs, 16, nonlinearity=activation)
        self.read_out = nn.Linear(16, 1)

    def forward(self, x):
        return self.read_out(self.recurrent(x)[0])


class Pair:
    """A network in the student's process, with recurrent weights that make its past count, and its like here."""

    def __init__(self, student, seed):
        self.theirs, self.ours = student.make_network(1, seed % 10_000, "tanh", 0.5), Network(1)
        copy_weights(self.theirs, self.ours)

    def continued(self, start, steps):
        """Read the whole series again for each value."""
        with torch.no_grad():
            for _ in range(steps):
                start = torch.cat([start, self.ours(start)[-1:]])
        return start[-steps:]


def _drawn(generator, steps, batch=2):
    return torch.randn(steps, batch, 1, generator=generator)


@points(1)
@hint("What does the network say after it has read all of start, and which step is that of?")
def test_the_first_value(student, generator, seed):
    """One step: the output after the last value of start, for starts of one value, too."""
    pair = Pair(student, seed)
    for length, batch in ((6, 3), (1, 1)):
        start = _drawn(generator, length, batch)
        came = student.continue_series(pair.theirs, start, 1)
        assert_close(came, pair.continued(start, 1), what="the first value")


@points(1.5)
@hint("From the second value on: what does the network read, and from which state does it go on?")
def test_several_values(student, generator, seed):
    """Seven steps, in every way to call; start and the network stay; no call knows of another."""
    pair = Pair(student, seed)
    start, other = _drawn(generator, 5), _drawn(generator, 5)
    expected = pair.continued(start, 7)
    for args, kwargs in ways_to_call({"network": pair.theirs, "start": start, "steps": 7}):
        came = assert_unchanged(student.continue_series, *args, **kwargs)
        assert_close(came, expected, what="the continued series")
    both = called_twice(student.continue_series, (pair.theirs, start, 7), (pair.theirs, other, 7))
    assert_close(both[1], pair.continued(other, 7), what="the series continued from another start")
    weights = pair.theirs.state_dict()
    assert_close(weights, dict(pair.ours.state_dict()), tolerance=EXACT, what="the weights afterwards")


@points(0.5)
@hint("Try a start of one value, and a batch of one.")
def test_short_starts(student, generator, seed):
    """One value, of one series and of several."""
    pair = Pair(student, seed)
    for batch in (1, 4):
        start = _drawn(generator, 1, batch)
        came = student.continue_series(pair.theirs, start, 3)
        assert_close(came, pair.continued(start, 3), what="the series continued from one value")
