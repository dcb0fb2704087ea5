"""Published parameter counts, built on the meta device without memory; and GoogLeNet's table."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn

from reference import image_networks as nets
from reference.image_networks import GOOGLENET_ROWS, Inception

K = 1024


def count(model: nn.Module, biases: bool = True) -> int:
    return sum(
        p.numel() for name, p in model.named_parameters() if biases or not name.endswith("bias")
    )


def meta(make: Callable[[], nn.Module]) -> nn.Module:
    with torch.device("meta"):
        return make()


@pytest.mark.parametrize(
    ("make", "published"),
    [
        (nets.lenet5, 61_706),
        (nets.alexnet, 60_965_224),  # Krizhevsky et al., two halves: "60 million"
        (nets.alexnet_one_tower, 61_100_840),
        (nets.vgg16, 138_357_544),
        (nets.vgg19, 143_667_240),
        (nets.googlenet, 6_998_552),
        (nets.resnet18, 11_689_512),
        (nets.resnet34, 21_797_672),
        (nets.resnet50, 25_557_032),
        (nets.resnet101, 44_549_160),
        (nets.resnet152, 60_192_808),
        (nets.se_resnet50, 28_088_024),
        (nets.densenet121, 7_978_856),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_published_parameter_counts(make: Callable[[], nn.Module], published: int):
    """Every number of every layer."""
    assert count(meta(make)) == published


def test_the_lectures_round_numbers():
    """AlexNet about 60 million, VGG-16 138 million."""
    assert round(count(meta(nets.alexnet)) / 1e6) == 61
    assert count(meta(nets.alexnet)) // 10**6 == 60
    assert round(count(meta(nets.vgg16)) / 1e6) == 138


# stage, output size and maps, exact weights, printed K of parameters, printed M of operations
TABLE = [
    ("convolution1", 112, 64, 9_408, 2.7, 34),
    ("convolution2", 56, 192, 114_688, 112, 360),
    ("inception3a", 28, 256, 163_328, 159, 128),
    ("inception3b", 28, 480, 388_096, 380, 304),
    ("inception4a", 14, 512, 375_552, 364, 73),
    ("inception4b", 14, 512, 448_512, 437, 88),
    ("inception4c", 14, 512, 509_440, 463, 100),
    ("inception4d", 14, 528, 604_672, 580, 119),
    ("inception4e", 14, 832, 867_328, 840, 170),
    ("inception5a", 7, 832, 1_042_432, 1072, 54),
    ("inception5b", 7, 1024, 1_442_816, 1388, 71),
]
PRINTED_WRONG = {"convolution1", "inception5a"}  # by the table's own column of operations


@pytest.fixture(scope="module")
def googlenet() -> nets.GoogLeNet:
    """The network and the shape after each of its stages, on the meta device."""
    model = meta(nets.googlenet)
    x = torch.empty(1, 3, 224, 224, device="meta")
    model.shapes = {}
    for name, stage in model.stages.named_children():
        x = stage(x)
        model.shapes[name] = tuple(x.shape[1:])
    return model


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row[0])
def test_every_row_of_googlenets_table(googlenet: nets.GoogLeNet, row: tuple):
    """Output size, exact weights; the printed params are near, the operations confirm ours."""
    name, size, maps, weights, printed, operations = row
    assert googlenet.shapes[name] == (maps, size, size)
    stage = googlenet.stages.get_submodule(name)
    assert count(stage, biases=False) == weights
    if name == "convolution1":
        return  # its erratum has a test of its own
    assert weights / K == pytest.approx(printed, rel=0.08)
    if name not in PRINTED_WRONG:
        assert weights * size**2 / 1e6 == pytest.approx(operations, abs=0.65)


def test_two_rows_of_the_table_are_exact():
    """112K and 1000K with K = 1024 and without biases; 159K is 163,328 cut off."""
    model = meta(nets.googlenet)
    assert count(model.stages.get_submodule("convolution2"), biases=False) == 112 * K
    assert count(model.classifier, biases=False) == 1000 * K
    assert count(model.stages.get_submodule("inception3a"), biases=False) // K == 159


def test_erratum_first_and_5a_rows_of_the_table():
    """2.7K should be 9,408 weights (118 M operations); 5a has the sizes of 4e on as many maps."""
    assert pytest.approx(118, abs=0.1) == 9_408 * 112**2 / 1e6
    assert pytest.approx(34, abs=1) == 2.7 * K * 112**2 / 1e6  # the two misprints agree
    rows = dict(GOOGLENET_ROWS)
    assert rows["4e"] == rows["5a"]
    stages = meta(nets.googlenet).stages
    for name, right, printed in (
        ("convolution1", 9_408, 2.7),
        ("inception4c", 509_440, 463),
        ("inception5a", 1_042_432, 1072),
    ):
        weights = count(stages.get_submodule(name), biases=False)
        assert weights == right
        assert abs(weights / (printed * K) - 1) > 0.04


def test_a_bottleneck_saves_parameters():
    """A 5x5 on 480 maps against 1x1 to 16 first: 576,000 weights against 26,880."""
    with torch.device("meta"):
        module = Inception(480, nets.InceptionConfig(192, 96, 208, 16, 48, 64))
    assert count(module.five, biases=False) == 480 * 16 + 16 * 48 * 25 == 26_880
    assert 480 * 48 * 25 == 576_000


@pytest.mark.parametrize(
    ("make", "size"),
    [
        (nets.alexnet, 224),
        (nets.vgg16, 224),
        (nets.googlenet, 224),
        (nets.resnet34, 224),
        (nets.resnet152, 224),
        (nets.densenet121, 224),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_full_size_networks_map_images_to_a_thousand_logits(make, size: int):
    """Shapes only, on the meta device."""
    images = torch.empty(2, 3, size, size, device="meta")
    assert meta(make)(images).shape == (2, 1000)
