"""Each attention layer learns to fetch one value out of many, over three seeds.

The baseline is the mean of all values, the best that a layer can do which looks everywhere alike.
"""

from __future__ import annotations

import pytest
import torch

from reference.attention import (
    BahdanauAttention,
    BahdanauConfig,
    FeatureMapAttention,
    FeatureMapConfig,
    LuongAttention,
    LuongConfig,
    SelfAttention,
    SelfAttentionConfig,
    SourceTargetAttention,
    SourceTargetConfig,
)
from reference.training import fit

pytestmark = pytest.mark.slow
SEEDS = (0, 1, 2)
KEYS = 5


def memory(
    count: int, generator: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Five items (one-hot key, value) in random order, a question for one, and its value."""
    order = torch.rand(count, KEYS, generator=generator).argsort(1)
    values = torch.randn(count, KEYS, 1, generator=generator)
    items = torch.cat([torch.eye(KEYS)[order], values], dim=-1)  # (B, 5, 6)
    asked = torch.randint(KEYS, (count,), generator=generator)
    question = torch.cat([torch.eye(KEYS)[asked], torch.zeros(count, 1)], dim=-1)  # (B, 6)
    answer = (values[..., 0] * (order == asked.unsqueeze(1))).sum(1)
    return items, question, answer


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kind", ["dot", "general", "concat", "bahdanau", "source_target"])
def test_the_value_of_a_key_is_fetched(kind, seed):
    """Error under a tenth of the mean's; the dot score, which has no weights, under 0.9 of it."""
    generator = torch.Generator().manual_seed(seed)
    head = torch.nn.Parameter(torch.randn(6, generator=generator) * 0.3)
    if kind == "bahdanau":
        layer = BahdanauAttention(BahdanauConfig(6, 6, 24), generator)
    elif kind == "source_target":
        layer = SourceTargetAttention(SourceTargetConfig(6, 6, 6, 6), generator)
    else:
        layer = LuongAttention(LuongConfig(6, 6, kind), generator)

    def error(count: int) -> tuple[torch.Tensor, torch.Tensor]:
        items, question, answer = memory(count, generator)
        if kind == "source_target":
            fetched = layer(question.unsqueeze(1), items)[0][:, 0]
        else:
            fetched, weights = layer(question, items)
            if kind != "bahdanau":  # Luong squashes what it fetched; take the context itself
                fetched = (weights.unsqueeze(1) @ items)[:, 0]
        mean = items[..., 5].mean(1)
        return ((fetched @ head - answer) ** 2).mean(), ((mean - answer) ** 2).mean()

    fit([*layer.parameters(), head], lambda _: error(64)[0], steps=300, learning_rate=0.03)
    with torch.no_grad():
        ours, baseline = error(1000)
    assert ours < baseline * (0.9 if kind == "dot" else 0.1)


@pytest.mark.parametrize("seed", SEEDS)
def test_words_fetch_from_the_word_that_they_name(seed):
    """Self-attention: question and items stand in one sentence; a tenth of the variance is left."""
    generator = torch.Generator().manual_seed(seed)
    layer = SelfAttention(SelfAttentionConfig(13, 8), generator)
    head = torch.nn.Parameter(torch.randn(13, generator=generator) * 0.3)

    def error(count: int) -> tuple[torch.Tensor, torch.Tensor]:
        items, question, answer = memory(count, generator)
        sentence = torch.zeros(count, 6, 13)
        sentence[:, 1:, :6] = items
        sentence[:, 0, 6:11] = question[:, :5]
        sentence[:, 0, 12] = 1
        fetched = layer(sentence)[0][:, 0] @ head
        return ((fetched - answer) ** 2).mean(), answer.var()

    fit([*layer.parameters(), head], lambda _: error(64)[0], steps=300, learning_rate=0.03)
    with torch.no_grad():
        ours, baseline = error(1000)
    assert ours < baseline / 10


@pytest.mark.parametrize("seed", SEEDS)
def test_a_pixel_fetches_from_a_far_marked_one(seed):
    """Feature map: the corner must say what the marked pixel holds, wherever on 5 x 5 it is."""
    generator = torch.Generator().manual_seed(seed)
    layer = FeatureMapAttention(FeatureMapConfig(4, 4), generator)
    head = torch.nn.Parameter(torch.randn(4, generator=generator) * 0.3)

    def error(count: int) -> tuple[torch.Tensor, torch.Tensor]:
        x = torch.zeros(count, 4, 25)
        x[:, 0] = torch.randn(count, 25, generator=generator)
        place = torch.randint(1, 25, (count,), generator=generator)
        x[torch.arange(count), 1, place] = 1
        x[:, 2, 0] = 1
        x[:, 3] = 1
        answer = x[torch.arange(count), 0, place]
        y, _ = layer(x.reshape(count, 4, 5, 5))
        return ((y[:, :, 0, 0] @ head - answer) ** 2).mean(), answer.var()

    fit([*layer.parameters(), head], lambda _: error(64)[0], steps=300, learning_rate=0.03)
    with torch.no_grad():
        ours, baseline = error(1000)
    assert ours < baseline / 10
