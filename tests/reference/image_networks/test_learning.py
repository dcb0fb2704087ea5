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
    explain,
    lenet_digits,
    train_classifier,
)
from reference.initial import global_seed
from reference.initialisation import initialise

pytestmark = pytest.mark.slow


def nearest_mean(train: LabelledImages, test: LabelledImages) -> float:
    """The baseline: the class whose mean image is nearest, about 90 %."""
    means = torch.stack([train.of(c).vectors.mean(0) for c in range(10)])
    guess = torch.cdist(test.vectors, means).argmin(1)
    return (guess == test.labels).float().mean().item()


@pytest.mark.parametrize("seed", range(3))
def test_lenet_beats_the_nearest_mean_by_five_points(seed: int):
    """Twelve passes over 1,348 digits; the nearest mean image is right for 90 %."""
    generator = torch.Generator().manual_seed(seed)
    train, test = digits().split(0.25, generator)
    model = lenet_digits(generator)
    train_classifier(model, train.images, train.labels, 12, 1e-2, 64, generator)
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
            train_classifier(model, *enlarge(train), 6, 5e-3, 16, generator)
        assert accuracy(model, *enlarge(test)) > 0.85, f"seed {seed}"


@pytest.mark.parametrize("seed", range(3))
def test_activation_maps_find_the_digit(seed: int):
    """Trained on labels only, the map peaks in the digit's quarter for 90 %; chance is 25 %."""
    generator = torch.Generator().manual_seed(seed)
    data = digits().of(0, 1, 4)
    labels = torch.searchsorted(torch.tensor([0, 1, 4]), data.labels)
    corners = 8 * torch.randint(2, (len(data), 2), generator=generator)
    canvas = torch.zeros(len(data), 1, 16, 16)
    for i, (top, left) in enumerate(corners.tolist()):
        canvas[i, :, top : top + 8, left : left + 8] = data.images[i]
    model = CAMNet(1, 16, 3)
    initialise(model, "he", generator=generator)
    train_classifier(model, canvas[:400], labels[:400], 6, 1e-2, 16, generator)
    with torch.no_grad():
        maps = explain(model, canvas[400:])
    place = maps[torch.arange(len(maps)), labels[400:]].flatten(1).argmax(1)
    found = torch.stack([place // 16, place % 16], dim=1) // 8 * 8
    assert (found == corners[400:]).all(1).float().mean() > 0.9
