"""A network that names every pixel, and a network that learns on frozen features."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from reference.data import digits
from reference.errors import ConfigError
from reference.image_networks import (
    SegmentationConfig,
    SegmentationNetwork,
    Transferred,
    accuracy,
    freeze,
    mean_intersection_over_union,
    train_classifier,
)
from reference.losses import cross_entropy
from reference.multilayer_perceptron import MLP, MLPConfig
from reference.training import fit


def test_it_is_torch_s_layers_in_a_row(generator, randn):
    """Convolution, pooling with positions, unpooling, convolution, twice."""
    model = SegmentationNetwork(SegmentationConfig(2, (3, 4), 5), generator).double()
    f, x = nn.functional, randn(2, 2, 8, 4)

    def conv(layer: nn.Module, x: torch.Tensor) -> torch.Tensor:
        return f.conv2d(x, layer.weight, layer.bias, padding=1)

    h, first = f.max_pool2d(conv(model.down1, x).relu(), 2, return_indices=True)
    h, second = f.max_pool2d(conv(model.down2, h).relu(), 2, return_indices=True)
    h = conv(model.up2, f.max_unpool2d(h, second, 2)).relu()
    torch.testing.assert_close(model(x), conv(model.up1, f.max_unpool2d(h, first, 2)))
    with pytest.raises(ConfigError, match="multiples of 4"):
        model(randn(1, 2, 6, 8))


def test_intersection_over_union_by_hand():
    """Two of four pixels agree: (1/3 + 1/3)/2; all agree: 1; background alone is not enough."""
    target = torch.tensor([0, 0, 1, 1])
    assert mean_intersection_over_union(torch.tensor([0, 1, 0, 1]), target, 2) == pytest.approx(
        1 / 3
    )
    assert mean_intersection_over_union(target, target, 3) == 1
    assert mean_intersection_over_union(torch.zeros(4, dtype=torch.long), target, 2) == 0.25


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1])
def test_strokes_are_told_from_smudges(seed: int):
    """Bars and blocks of one grey on noise: overlap over 0.8; a threshold tells no kind apart."""
    generator = torch.Generator().manual_seed(seed)
    model = SegmentationNetwork(SegmentationConfig(1, (8, 12), 3), generator)

    def batch(count: int) -> tuple[torch.Tensor, torch.Tensor]:
        label = torch.zeros(count, 12, 12, dtype=torch.long)
        for i in range(count):
            top, left = torch.randint(8, (2,), generator=generator).tolist()
            kind = int(torch.randint(2, (), generator=generator))
            label[i, top : top + 4, left : left + (1 if kind else 4)] = 1 + kind
        images = (label > 0).float() + 0.3 * torch.randn(count, 12, 12, generator=generator)
        return images[:, None], label

    def loss(_: int) -> torch.Tensor:
        images, label = batch(24)
        return cross_entropy(model(images).movedim(1, -1), label)

    fit(model.parameters(), loss, 200, 0.01)
    images, label = batch(100)
    assert mean_intersection_over_union(model(images).argmax(1), label, 3) > 0.8


def test_frozen_features_stay(generator):
    """Training the whole moves the new layer alone; batch statistics stay, too."""
    features = nn.Sequential(nn.utils.skip_init(nn.Linear, 5, 4), nn.BatchNorm1d(4))
    nn.init.normal_(features[0].weight, generator=generator)
    nn.init.zeros_(features[0].bias)
    model = Transferred(features, 4, 2, generator).train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    x, y = torch.randn(20, 5, generator=generator), torch.arange(20) % 2
    fit(model.parameters(), lambda _: cross_entropy(model(x), y), 3, 0.1)
    for name, value in model.state_dict().items():
        assert torch.equal(value, before[name]) == (not name.startswith("classifier"))
    assert not any(p.requires_grad for p in freeze(MLP(MLPConfig((2, 2)))).parameters())


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_features_of_some_digits_help_with_others(seed: int):
    """From 30 pictures of 5 to 9: features learned on 0 to 4 beat random features by 10 points."""
    generator = torch.Generator().manual_seed(seed)
    data = digits()
    base, new = data.of(0, 1, 2, 3, 4), data.of(5, 6, 7, 8, 9)
    scores = []
    for trained in (True, False):
        net = MLP(MLPConfig((64, 24, 12, 5)), generator)
        if trained:
            train_classifier(net, base.vectors, base.labels, 12, generator=generator)
        features = nn.Sequential(net.layers[0], nn.ReLU(), net.layers[1], nn.ReLU())
        model = Transferred(features, 12, 5, generator)
        few, rest = new.vectors[:30], new.vectors[30:]
        train_classifier(model, few, new.labels[:30] - 5, 60, 1e-2, generator=generator)
        scores.append(accuracy(model, rest, new.labels[30:] - 5))
    assert scores[0] > scores[1] + 0.1
