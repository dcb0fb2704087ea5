"""Image networks learn real digits."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn
from torch.nn import functional

from reference.data import LabelledImages, digits
from reference.image_networks import (
    VGG,
    AlexNet,
    AlexNetConfig,
    CAMNet,
    DenseNet,
    DenseNetConfig,
    GoogLeNet,
    GoogLeNetConfig,
    InceptionConfig,
    ResNet,
    ResNetConfig,
    VGGConfig,
    accuracy,
    cam_digits,
    explain,
    lenet_digits,
    train_classifier,
)
from reference.initial import global_seed

pytestmark = pytest.mark.slow


def nearest_mean(train: LabelledImages, test: LabelledImages) -> float:
    """The baseline: the class whose mean image is nearest, about 90 %."""
    means = torch.stack([train.of(c).vectors.mean(0) for c in range(10)])
    guess = torch.cdist(test.vectors, means).argmin(1)
    return (guess == test.labels).float().mean().item()


@pytest.mark.parametrize("seed", range(3))
def test_lenet_beats_the_nearest_mean_by_five_points(seed: int):
    """Six passes over 1,348 digits."""
    generator = torch.Generator().manual_seed(seed)
    train, test = digits().split(0.25, generator)
    model = lenet_digits(generator)
    train_classifier(model, train.images, train.labels, 6, 4e-3, 32, generator)
    assert accuracy(model, test.images, test.labels) > nearest_mean(train, test) + 0.05


ROW = InceptionConfig(8, 8, 8, 4, 8, 8)
SMALL: dict[str, tuple[int, Callable[[], nn.Module]]] = {
    "alexnet": (67, lambda: AlexNet(AlexNetConfig(67, 2, (16, 16, 16, 16, 16), 32))),
    "vgg": (16, lambda: VGG(VGGConfig((1, 1, 2), (8, 16, 16), 32, 2, 16))),
    "googlenet": (32, lambda: GoogLeNet(GoogLeNetConfig((8, 8, 16), (("3a", ROW),), 2))),
    "resnet": (32, lambda: ResNet(ResNetConfig((1, 1), "basic", 8, 2))),
    "bottleneck": (32, lambda: ResNet(ResNetConfig((1, 1), "bottleneck", 8, 2))),
    "se_resnet": (32, lambda: ResNet(ResNetConfig((1, 1), "basic", 8, 2, squeeze=4))),
    "densenet": (32, lambda: DenseNet(DenseNetConfig((2, 2), growth=4, stem=8, classes=2))),
    "cam": (8, lambda: CAMNet(3, 12, 2)),
}


@pytest.mark.parametrize("name", SMALL)
def test_every_architecture_tells_one_from_four(name: str):
    """A small copy of each, three seeds: above 85 % on unseen digits; guessing gives 50 %."""
    size, make = SMALL[name]
    data = digits().of(1, 4)
    for seed in range(3):
        generator = torch.Generator().manual_seed(seed)
        train, test = data.split(0.3, generator)
        with global_seed(generator):
            model = make()

        def enlarge(part: LabelledImages, size: int = size) -> tuple[torch.Tensor, torch.Tensor]:
            big = functional.interpolate(part.images, size=(size, size), mode="bilinear")
            return big.expand(-1, 3, -1, -1) - 0.5, (part.labels == 4).long()

        with torch.random.fork_rng():
            torch.manual_seed(seed)  # dropout draws from the global state
            train_classifier(model, *enlarge(train), 4, 3e-3, 16, generator)
        assert accuracy(model, *enlarge(test)) > 0.85, f"seed {seed}"


def test_the_evidence_lies_on_the_strokes():
    """After training, maps of the right class are higher on ink than on paper, for three seeds."""
    for seed in range(3):
        generator = torch.Generator().manual_seed(seed)
        data = digits()
        model = cam_digits(generator)
        train_classifier(model, data.images, data.labels, 3, 5e-3, 32, generator)
        with torch.no_grad():
            maps = explain(model, data.images[:200])
        right = maps[torch.arange(200), data.labels[:200]]
        ink = data.images[:200, 0] > 0.5
        assert right[ink].mean() > right[~ink].mean()
