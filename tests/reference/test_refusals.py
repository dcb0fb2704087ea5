"""What no equation is made for is refused in words, and never broadcast or counted from the end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from reference.autoencoders.variational import negative_elbo, reparameterise
from reference.convolution.convolution import conv2d
from reference.errors import ConfigError, DataError, ShapeError
from reference.losses.cross_entropy import binary_cross_entropy_with_logits_gradient
from reference.losses.regression import squared_error_gradient
from reference.recurrent.vanilla import activate, rnn_step
from reference.reinforcement.deep_q import deep_q_targets
from reference.reinforcement.q_learning import q_update
from reference.words.negative_sampling import negative_sampling_loss
from reference.zoo.markov import sample_chain

COLUMN, ROW = torch.ones(4, 1), torch.ones(4)
TABLE, CHAIN = torch.zeros(12, 4), torch.full((2, 2), 0.5)


@pytest.mark.parametrize("name", ["gelu", "Tanh", "", None])
def test_an_unknown_activation_is_not_taken_for_another(name: Any) -> None:
    """There are three; a misspelt one would give numbers that look right."""
    with pytest.raises(ConfigError, match="tanh, sigmoid or relu"):
        activate(torch.tensor([-1.0, 2.0]), name)
    with pytest.raises(ConfigError, match="tanh, sigmoid or relu"):
        rnn_step(ROW[:2], ROW[:3], torch.ones(3, 2), torch.ones(3, 3), ROW[:3], name)


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        (squared_error_gradient, (COLUMN, ROW)),
        (binary_cross_entropy_with_logits_gradient, (COLUMN, ROW)),
        (conv2d, (torch.ones(2, 1, 5, 5), torch.ones(3, 1, 2, 2), torch.ones(1))),
        (reparameterise, (torch.ones(2, 3), torch.ones(2, 3), torch.ones(1, 3))),
        (negative_elbo, (torch.ones(2, 4), torch.ones(2, 4), torch.ones(1, 3), torch.ones(1, 3))),
        (negative_sampling_loss, (torch.ones(2, 3), torch.ones(2, 3), torch.ones(2, 3))),
        (deep_q_targets, (torch.zeros(4, 1), torch.ones(4, 2), torch.zeros(4).bool(), 0.9)),
    ],
)
def test_shapes_that_would_be_broadcast_are_refused(
    function: Callable[..., object], arguments: tuple[object, ...]
) -> None:
    """A column beside a row would make a table of what are pairs."""
    with pytest.raises(ShapeError):
        function(*arguments)


@pytest.mark.parametrize(
    ("s_tm1", "a_tm1", "s_t"),
    [(-1, 0, 0), (12, 0, 0), (0, -1, 0), (0, 4, 0), (0, 0, -1), (True, 0, 0)],
)
def test_no_state_or_action_is_counted_from_the_end(s_tm1: int, a_tm1: int, s_t: int) -> None:
    """-1 is no state, and one too many is said in words."""
    with pytest.raises(DataError, match="expected a whole number from 0 to"):
        q_update(TABLE, s_tm1, a_tm1, 1.0, s_t, False, 0.5, 0.9)
    assert not TABLE.any()


@pytest.mark.parametrize("start", [-1, 2])
def test_a_walk_starts_at_a_state(start: int) -> None:
    """The last state is not called -1."""
    with pytest.raises(DataError, match="start is"):
        sample_chain(CHAIN, start, 3, torch.Generator())
