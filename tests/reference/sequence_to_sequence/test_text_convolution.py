"""A text CNN that tells which words made its label."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from reference.errors import ConfigError
from reference.sequence_to_sequence import TextCNN, TextCNNConfig, convolve_words
from reference.training import fit


def test_filters_over_words_are_torch_s_convolution(randn):
    """conv1d with padding, channels last."""
    x, W, b = randn(6, 2, 4), randn(3, 4, 5), randn(3)
    theirs = nn.functional.conv1d(x.permute(1, 2, 0), W, b, padding=2).permute(2, 0, 1)
    torch.testing.assert_close(convolve_words(x, W, b), theirs)


def test_the_score_is_the_mean_of_what_the_words_add(generator):
    """With and without padding; what stands in the padding adds nothing."""
    model = TextCNN(TextCNNConfig(5, 4, 3, 2), generator).double()
    document, lengths = torch.randint(5, (6, 2), generator=generator), torch.tensor([2, 6])
    torch.testing.assert_close(model(document), model.localise(document).mean(0) + model.c)
    alone = model(document[:2, :1])
    torch.testing.assert_close(model(document, lengths)[:1], alone)
    other = document.clone()
    other[2:, 0] = (other[2:, 0] + 1) % 5
    assert torch.equal(model(document, lengths), model(other, lengths))
    assert (model.localise(document, lengths)[2:, 0] == 0).all()


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_negation_is_heard_and_located(seed: int):
    """Not good is bad: over 95 % right from labels alone, and the pair adds most to its label."""
    generator = torch.Generator().manual_seed(seed)
    model = TextCNN(TextCNNConfig(8, 6, 12, 2), generator)

    def batch(count: int) -> tuple[torch.Tensor, ...]:
        words = torch.randint(3, 8, (7, count), generator=generator)
        good, negated = torch.randint(2, (2, count), generator=generator)
        place, rows = torch.randint(6, (count,), generator=generator), torch.arange(count)
        words[place + 1, rows] = good
        words[place[negated == 1], rows[negated == 1]] = 2
        return words, good ^ negated, place

    def loss(_: int) -> torch.Tensor:
        words, label, _ = batch(64)
        return nn.functional.cross_entropy(model(words), label)

    fit(model.parameters(), loss, 200, 0.02)
    words, label, place = batch(400)
    assert (model(words).argmax(-1) == label).float().mean() > 0.95
    added = model.localise(words)[:, torch.arange(400), label]  # (T, B)
    added = added - model.localise(words)[:, torch.arange(400), 1 - label]
    best = added.argmax(0)
    assert (((best - place) - 0.5).abs() < 2).float().mean() > 0.8


def test_an_even_width_has_no_middle():
    """Refused."""
    with pytest.raises(ConfigError, match="odd"):
        TextCNNConfig(5, 4, 3, 2, width=2)
