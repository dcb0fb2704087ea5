"""The systems of this family, in sizes for tests."""

from __future__ import annotations

import torch
from torch import Generator, Tensor, nn

from reference.convolution.convolution import Conv2d, Conv2dConfig
from reference.convolution.pooling import AvgPool2d, MaxPool2d
from reference.convolution.transposed import ConvTranspose2d
from reference.registry import System


def _images(batch: int, generator: Generator) -> tuple[Tensor, ...]:
    return (torch.randn(batch, 3, 6, 5, generator=generator),)


def _wrong(generator: Generator) -> tuple[Tensor, ...]:
    return (torch.randn(2, 4, 6, 5, generator=generator),)


def _flat(generator: Generator) -> tuple[Tensor, ...]:
    return (torch.randn(6, 5, generator=generator),)


def _convolution(generator: Generator | None) -> nn.Module:
    return Conv2d(Conv2dConfig(3, 2, (3, 2), stride=(2, 1), padding=1), generator)


def _transposed(generator: Generator | None) -> nn.Module:
    return ConvTranspose2d(Conv2dConfig(3, 2, 3, stride=2, padding=1), 1, generator)


SYSTEMS = (
    System(
        "conv2d", "convolution", "S0, S4", _convolution, _images, 2 * (3 * 3 * 2 + 1), wrong=_wrong
    ),
    System(
        "max_pool2d", "convolution", "S0, S4", lambda _: MaxPool2d(2), _images, None, wrong=_flat
    ),
    System(
        "avg_pool2d", "convolution", "S0, S4", lambda _: AvgPool2d(2), _images, None, wrong=_flat
    ),
    System(
        "conv_transpose2d", "convolution", "S4", _transposed, _images, 2 * (3 * 9) + 2, wrong=_wrong
    ),
)
