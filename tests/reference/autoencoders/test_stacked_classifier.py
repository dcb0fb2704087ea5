"""Fine-tuning a stack as a classifier."""

from __future__ import annotations

import pytest
import torch

from reference.autoencoders import (
    Autoencoder,
    AutoencoderConfig,
    StackedClassifier,
    assemble,
    fine_tune,
    train_greedily,
)
from reference.data import digits
from reference.image_networks import accuracy

CONFIG = AutoencoderConfig((64, 32, 16), hidden="sigmoid", code="sigmoid")


def test_it_starts_as_the_encoder_and_leaves_the_autoencoder_alone(generator, randn):
    """The scores are a layer on the code; fine-tuning changes a copy."""
    auto = Autoencoder(AutoencoderConfig((6, 4, 2), "tanh"), generator).double()
    model = StackedClassifier(auto, 3, generator).double()
    x = randn(5, 6)
    torch.testing.assert_close(model(x), model.top(auto.encode(x)))
    before = auto.encoder_weights[0].clone()
    losses = fine_tune(model, x, torch.arange(5) % 3, 20, generator=generator)
    assert losses[-1] < losses[0]
    assert torch.equal(auto.encoder_weights[0], before)
    assert not torch.equal(model.weights[0], before)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1])
def test_pre_training_helps_where_labels_are_few(seed: int):
    """Five labels a digit, all pictures without one: 5 points better than from scratch."""
    generator = torch.Generator().manual_seed(seed)
    train, test = digits().split(0.3, generator)
    few = torch.cat([(train.labels == d).nonzero()[:5, 0] for d in range(10)])
    parts = train_greedily(CONFIG, train.vectors, 400, generator=generator)
    scores = []
    for start in (assemble(CONFIG, parts), Autoencoder(CONFIG, generator)):
        model = StackedClassifier(start, 10, generator)
        fine_tune(model, train.vectors[few], train.labels[few], 150, generator=generator)
        scores.append(accuracy(model, test.vectors, test.labels))
    assert scores[0] > scores[1] + 0.05
