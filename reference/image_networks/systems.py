"""The systems of this family, in sizes for tests; the builders have the published sizes."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Generator, Tensor, nn

from reference.image_networks.activation_map import CAMNet
from reference.image_networks.alexnet import AlexNet, AlexNetConfig
from reference.image_networks.densenet import DenseBlock, DenseNet, DenseNetConfig
from reference.image_networks.googlenet import (
    GoogLeNet,
    GoogLeNetConfig,
    Inception,
    InceptionConfig,
)
from reference.image_networks.lenet import LeNet, LeNetConfig
from reference.image_networks.resnet import ResidualBlock, ResNet, ResNetConfig
from reference.image_networks.squeeze_excitation import SqueezeExcitation
from reference.image_networks.vgg import VGG, VGGConfig
from reference.registry import System

Example = Callable[[int, Generator], tuple[Tensor, ...]]


def _images(channels: int, size: int) -> Example:
    def example(batch: int, generator: Generator) -> tuple[Tensor, ...]:
        return (torch.randn(batch, channels, size, size, generator=generator),)

    return example


def _flat(generator: Generator) -> tuple[Tensor, ...]:
    return (torch.randn(2, 7, 5, generator=generator),)


def _system(
    name: str,
    source: str,
    make: Callable[[Generator | None], nn.Module],
    example: Example,
    parameters: int,
    check_shape: bool = True,
) -> System:
    def shifted(generator: Generator | None) -> nn.Module:
        model = make(generator)
        for module in model.modules():
            if isinstance(module, nn.BatchNorm2d):  # keep rectifiers away from their kink at 0
                nn.init.normal_(module.bias, generator=generator)
        return model

    return System(
        name,
        "image_networks",
        source,
        shifted,
        example,
        parameters,
        wrong=_flat if check_shape else None,
    )


_ROW = InceptionConfig(2, 2, 3, 1, 2, 1)

SYSTEMS = (
    # (9 + 1) 2 + (9·2 + 1) 3 + (3·4 + 1) 5 + (5 + 1) 4 + (4 + 1) 3
    _system(
        "lenet",
        "S0",
        lambda g: LeNet(LeNetConfig(8, 1, 3, 3, 1, (2, 3), (5, 4)), generator=g),
        _images(1, 8),
        20 + 57 + 65 + 24 + 15,
    ),
    # 363·2 + 2, 25·2 + 2 (groups), 18·2 + 2, 9·2 + 2, 9·2 + 2, then 2·3 + 3, 3·3 + 3, 3·2 + 2
    _system(
        "alexnet",
        "S0, S4",
        lambda g: AlexNet(AlexNetConfig(67, 2, (2, 2, 2, 2, 2), 3), generator=g),
        _images(3, 67),
        728 + 52 + 38 + 20 + 20 + 9 + 12 + 8,
    ),
    # 27·2 + 2, 18·3 + 3, 27·3 + 3, then 3·4·4 + 4, 4·4 + 4, 4·2 + 2
    _system(
        "vgg",
        "S0, S4",
        lambda g: VGG(VGGConfig((1, 2), (2, 3), 4, 2, 8), generator=g),
        _images(3, 8),
        56 + 57 + 84 + 52 + 20 + 10,
    ),
    # branches of 4 maps: 2·4 + 2; 2·4 + 2, 18·3 + 3; 4 + 1, 25·2 + 2; 4 + 1
    _system(
        "inception",
        "S4",
        lambda g: Inception(4, _ROW, generator=g),
        _images(4, 5),
        10 + 10 + 57 + 5 + 52 + 5,
        check_shape=False,
    ),
    # stem 147·2 + 2, 2·2 + 2, 18·4 + 4; the module; 8·2 + 2
    _system(
        "googlenet",
        "S0, S4",
        lambda g: GoogLeNet(GoogLeNetConfig((2, 2, 4), (("3a", _ROW),), 2), generator=g),
        _images(3, 16),
        296 + 6 + 76 + 139 + 18,
    ),
    # 27·... 3x3 of 2 to 4 and 4 to 4, 1x1 of 2 to 4, three norms of 4
    _system(
        "residual_block",
        "S4",
        lambda g: ResidualBlock(2, 4, 2, generator=g),
        _images(2, 6),
        72 + 144 + 8 + 3 * 8,
        check_shape=False,
    ),
    # stem 147·2 + 4; basic blocks 2 -> 2 and 2 -> 4 with skip; 4·3 + 3
    _system(
        "resnet",
        "S0, S4",
        lambda g: ResNet(ResNetConfig((1, 1), "basic", 2, 3), generator=g),
        _images(3, 16),
        298 + (36 + 36 + 8) + (72 + 144 + 8 + 24) + 15,
    ),
    # as above with bottlenecks: 2 -> 2 -> 2 -> 8 with skip; 8·3 + 3
    _system(
        "bottleneck_resnet",
        "S0, S4",
        lambda g: ResNet(ResNetConfig((1,), "bottleneck", 2, 3), generator=g),
        _images(3, 16),
        298 + (4 + 4 + 36 + 4 + 16 + 16) + (16 + 16) + 27,
    ),
    # layer i: norm 2(3 + 2i), 1x1 to 8, norm 16, 3x3 to 2
    _system(
        "dense_block",
        "S4",
        lambda g: DenseBlock(3, 2, 2, generator=g),
        _images(3, 5),
        (6 + 24 + 16 + 144) + (10 + 40 + 16 + 144),
        check_shape=False,
    ),
    # stem 147·2 + 4; block 2 -> 4; transition 4 -> 2; block 2 -> 4; norm 8; 4·3 + 3
    _system(
        "densenet",
        "S4",
        lambda g: DenseNet(DenseNetConfig((1, 1), growth=2, stem=2, classes=3), generator=g),
        _images(3, 16),
        298 + (4 + 16 + 16 + 144) * 2 + (8 + 8) + 8 + 15,
    ),
    _system(
        "squeeze_excitation",
        "S0",
        lambda g: SqueezeExcitation(4, 2, generator=g),
        _images(4, 5),
        10 + 12,
    ),
    # 9·2 + 2, 18·2 + 2, 18·2 + 2, 2·3 + 3
    _system(
        "class_activation_map",
        "S4",
        lambda g: CAMNet(1, 2, 3, generator=g),
        _images(1, 6),
        20 + 38 + 38 + 9,
    ),
)
