"""The large image networks as plain compositions of torch layers, shaped as torchvision's.

For `reference_speed.py` only: what one would write without this reference, to compare speed with.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


def conv(i: int, o: int, k: int, s: int = 1, p: int = 0, g: int = 1) -> list[nn.Module]:
    """Convolution with bias and rectifier."""
    return [nn.Conv2d(i, o, k, s, p, groups=g), nn.ReLU(True)]


def alexnet() -> nn.Module:
    """The single tower of 2014."""
    return nn.Sequential(
        *conv(3, 64, 11, 4, 2), nn.MaxPool2d(3, 2), *conv(64, 192, 5, 1, 2), nn.MaxPool2d(3, 2),
        *conv(192, 384, 3, 1, 1), *conv(384, 256, 3, 1, 1), *conv(256, 256, 3, 1, 1),
        nn.MaxPool2d(3, 2), nn.Flatten(), nn.Dropout(), nn.Linear(9216, 4096), nn.ReLU(True),
        nn.Dropout(), nn.Linear(4096, 4096), nn.ReLU(True), nn.Linear(4096, 1000),
    )  # fmt: skip


def vgg16() -> nn.Module:
    """Configuration D."""
    layers: list[nn.Module] = []
    channels = 3
    for size in (64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512, 0):
        if size:
            layers += conv(channels, size, 3, 1, 1)
            channels = size
        else:
            layers.append(nn.MaxPool2d(2, 2))
    return nn.Sequential(
        *layers, nn.Flatten(), nn.Linear(25088, 4096), nn.ReLU(True), nn.Dropout(),
        nn.Linear(4096, 4096), nn.ReLU(True), nn.Dropout(), nn.Linear(4096, 1000),
    )  # fmt: skip


class Branches(nn.Module):
    """An inception module."""

    def __init__(self, i: int, a: int, b: int, c: int, d: int, e: int, f: int) -> None:
        super().__init__()
        self.b1 = nn.Sequential(*conv(i, a, 1))
        self.b2 = nn.Sequential(*conv(i, b, 1), *conv(b, c, 3, 1, 1))
        self.b3 = nn.Sequential(*conv(i, d, 1), *conv(d, e, 5, 1, 2))
        self.b4 = nn.Sequential(nn.MaxPool2d(3, 1, 1), *conv(i, f, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Join the branches."""
        return torch.cat([self.b1(x), self.b2(x), self.b3(x), self.b4(x)], 1)


def googlenet() -> nn.Module:
    """Without batch normalisation and auxiliary heads, as the table."""
    half = nn.MaxPool2d(3, 2, ceil_mode=True)
    return nn.Sequential(
        *conv(3, 64, 7, 2, 3), half, *conv(64, 64, 1), *conv(64, 192, 3, 1, 1), half,
        Branches(192, 64, 96, 128, 16, 32, 32), Branches(256, 128, 128, 192, 32, 96, 64), half,
        Branches(480, 192, 96, 208, 16, 48, 64), Branches(512, 160, 112, 224, 24, 64, 64),
        Branches(512, 128, 128, 256, 24, 64, 64), Branches(512, 112, 144, 288, 32, 64, 64),
        Branches(528, 256, 160, 320, 32, 128, 128), half,
        Branches(832, 256, 160, 320, 32, 128, 128), Branches(832, 384, 192, 384, 48, 128, 128),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.4), nn.Linear(1024, 1000),
    )  # fmt: skip


class Basic(nn.Module):
    """ResNet's basic block."""

    def __init__(self, i: int, o: int, s: int) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(i, o, 3, s, 1, bias=False), nn.BatchNorm2d(o)
        self.conv2, self.bn2 = nn.Conv2d(o, o, 3, 1, 1, bias=False), nn.BatchNorm2d(o)
        self.relu = nn.ReLU(True)
        self.down = None
        if s != 1 or i != o:
            self.down = nn.Sequential(nn.Conv2d(i, o, 1, s, bias=False), nn.BatchNorm2d(o))

    def forward(self, x: Tensor) -> Tensor:
        """Add the input back."""
        out = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        out += x if self.down is None else self.down(x)
        return self.relu(out)


def resnet34() -> nn.Module:
    """Four stages of basic blocks."""
    blocks: list[nn.Module] = []
    channels = 64
    for width, count in ((64, 3), (128, 4), (256, 6), (512, 3)):
        for block in range(count):
            blocks.append(Basic(channels, width, 2 if block == 0 and width > 64 else 1))
            channels = width
    return nn.Sequential(
        nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(True),
        nn.MaxPool2d(3, 2, 1), *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(),
        nn.Linear(512, 1000),
    )  # fmt: skip


class Dense(nn.Module):
    """DenseNet's layer."""

    def __init__(self, i: int) -> None:
        super().__init__()
        self.norm1, self.conv1 = nn.BatchNorm2d(i), nn.Conv2d(i, 128, 1, bias=False)
        self.norm2, self.conv2 = nn.BatchNorm2d(128), nn.Conv2d(128, 32, 3, 1, 1, bias=False)
        self.relu = nn.ReLU(True)

    def forward(self, x: Tensor) -> Tensor:
        """Append 32 maps."""
        new = self.conv2(self.relu(self.norm2(self.conv1(self.relu(self.norm1(x))))))
        return torch.cat([x, new], 1)


def densenet121() -> nn.Module:
    """Growth rate 32."""
    layers: list[nn.Module] = [
        nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(True),
        nn.MaxPool2d(3, 2, 1),
    ]  # fmt: skip
    channels = 64
    for depth in (6, 12, 24, 16):
        if depth > 6:
            layers += [
                nn.BatchNorm2d(channels), nn.ReLU(True),
                nn.Conv2d(channels, channels // 2, 1, bias=False), nn.AvgPool2d(2, 2),
            ]  # fmt: skip
            channels //= 2
        for _ in range(depth):
            layers.append(Dense(channels))
            channels += 32
    return nn.Sequential(
        *layers, nn.BatchNorm2d(channels), nn.ReLU(True), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
        nn.Linear(channels, 1000),
    )  # fmt: skip
