"""Bahdanau's decoder: look, step, say."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from reference.gated import gru_step
from reference.sequence_to_sequence import (
    BahdanauDecoderConfig,
    BahdanauEncoderDecoder,
    shifted,
)
from reference.training import fit

CONFIG = BahdanauDecoderConfig(5, 5, 3, 4, 2)


def ids(*shape: int, generator: torch.Generator) -> torch.Tensor:
    return torch.randint(5, shape, generator=generator)


def test_the_state_is_a_function_of_the_context(generator):
    """By hand: the score sees s before the step, the GRU word and context, the read-out both."""
    model = BahdanauEncoderDecoder(CONFIG, generator).double()
    source, previous = ids(6, 2, generator=generator), ids(3, 2, generator=generator)
    states, s, _ = model.read(source, None)
    a, layer = model.attention, model.recurrent
    scores, looks = model(source, previous)
    for t, y in enumerate(previous):
        e = torch.tanh((s @ a.W.T)[:, None] + states @ a.U.T) @ a.v
        weights = e.softmax(-1)
        c = (weights[..., None] * states).sum(1)
        s = gru_step(torch.cat([model.target_embedding(y), c], -1), s, layer.W, layer.U, layer.b)
        torch.testing.assert_close(looks[t], weights)
        torch.testing.assert_close(scores[t], torch.cat([s, c], -1) @ model.V.T + model.c)


def test_the_first_state_has_read_everything(generator):
    """s_0 is the backward state at the first word: any word of the source changes it."""
    model = BahdanauEncoderDecoder(CONFIG, generator).double()
    source = ids(6, 1, generator=generator)
    s_0 = model.read(source, None)[1]
    for place in range(6):
        changed = source.clone()
        changed[place] = (changed[place] + 1) % 5
        assert not torch.equal(model.read(changed, None)[1], s_0)


def test_padding_changes_nothing_and_writing_reads_its_own_words(generator):
    """Scores, looks and written words are those of the sentence alone."""
    model = BahdanauEncoderDecoder(CONFIG, generator).double()
    source, previous = ids(6, 2, generator=generator), ids(3, 2, generator=generator)
    lengths = torch.tensor([3, 6])
    scores, looks = model(source, previous, lengths)
    alone, alone_looks = model(source[:3, :1], previous[:, :1])
    torch.testing.assert_close(scores[:, :1], alone)
    torch.testing.assert_close(looks[:, :1, :3], alone_looks)
    assert (looks[:, 0, 3:] == 0).all()
    written = model.write(source, 0, 5, lengths)
    assert torch.equal(model(source, shifted(written, 0), lengths)[0].argmax(-1), written)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1])
def test_it_reverses_six_letters(seed: int):
    """Over 90 % of the letters, where guessing gives 12.5 %."""
    generator = torch.Generator().manual_seed(seed)
    model = BahdanauEncoderDecoder(BahdanauDecoderConfig(8, 9, 12, 24, 16), generator)

    def loss(_: int) -> torch.Tensor:
        source = torch.randint(8, (6, 32), generator=generator)
        scores, _looks = model(source, shifted(source.flip(0), 8))
        return nn.functional.cross_entropy(scores.flatten(0, 1), source.flip(0).flatten())

    fit(model.parameters(), loss, 200, 0.015, threshold=1.0)
    source = torch.randint(8, (6, 200), generator=generator)
    assert (model.write(source, 8, 6) == source.flip(0)).float().mean() > 0.9
