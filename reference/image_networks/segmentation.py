"""A convolutional encoder-decoder that names every pixel: segmentation.

Guarantees: the output has the image's height and width; values return to the pixels where their
maxima were (unpooling with remembered positions), so that borders stay sharp.

Source: S4, "it is not necessary to use CAE to reconstruct the original image"; Badrinarayanan et
al. 2017 (SegNet).

Deviation: two stages of one convolution each, without batch normalisation.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional

from reference.convolution import Conv2d, Conv2dConfig, max_pool2d, max_unpool2d
from reference.errors import require, require_config, require_ids, require_positive
from reference.examples import normal
from reference.neurons.activations import relu
from reference.registry import System
from reference.shapes import check_shape

__all__ = ["SegmentationConfig", "SegmentationNetwork", "mean_intersection_over_union"]


@dataclass(frozen=True)
class SegmentationConfig:
    """Channels of the image, maps of both stages, classes of a pixel."""

    channels: int = 1
    maps: tuple[int, int] = (8, 16)
    classes: int = 2

    def __post_init__(self) -> None:
        require_positive(channels=self.channels, classes=self.classes)
        for size in self.maps:
            require_positive(maps=size)


class SegmentationNetwork(nn.Module):
    """Two stages down, two stages up, a score for each class at each pixel.

    Equation: ``h = pool(ReLU(conv(x)))`` twice, ``z = conv(unpool(h))`` twice,
    ``P(class of pixel) = softmax(z)``
    """

    def __init__(self, config: SegmentationConfig, generator: Generator | None = None) -> None:
        require_config(config, SegmentationConfig)
        super().__init__()
        self.config = config
        a, b = config.maps

        def convolution(inputs: int, outputs: int) -> Conv2d:
            return Conv2d(Conv2dConfig(inputs, outputs, 3, padding=1), generator)

        self.down1, self.down2 = convolution(config.channels, a), convolution(a, b)
        self.up2, self.up1 = convolution(b, a), convolution(a, config.classes)

    def forward(self, images: Tensor) -> Tensor:
        """Map (B, C, H, W) to scores (B, classes, H, W); H and W are multiples of 4."""
        check_shape("images", images, "B", self.config.channels, "H", "W")
        H, W = images.shape[-2:]
        require(H % 4 == 0 and W % 4 == 0, f"images are {H} x {W}, expected multiples of 4")
        h, p1 = max_pool2d(relu(self.down1(images)), 2)  # (B, a, H/2, W/2)
        h, p2 = max_pool2d(relu(self.down2(h)), 2)  # (B, b, H/4, W/4)
        h = relu(self.up2(max_unpool2d(h, p2, H // 2, W // 2)))  # (B, a, H/2, W/2)
        scores: Tensor = self.up1(max_unpool2d(h, p1, H, W))  # (B, classes, H, W)
        return scores


def mean_intersection_over_union(predicted: Tensor, target: Tensor, classes: int) -> float:
    """How well the areas of all classes overlap; accuracy alone rewards naming the background.

    Equation: ``IoU_c = |P_c ∩ T_c| / |P_c ∪ T_c|``, averaged over the classes that occur

    Args:
        predicted: class of each pixel, any shape.
        target: the same shape.
        classes: how many there are.
    """
    check_shape("target", target, *predicted.shape)
    require_ids("predicted classes", predicted, classes)
    require_ids("target classes", target, classes)
    named, true = (functional.one_hot(x.flatten(), classes).bool() for x in (predicted, target))
    both, either = (named & true).sum(0), (named | true).sum(0)
    there = either > 0
    # IoU_c = |P_c ∩ T_c| / |P_c ∪ T_c|
    return float((both[there] / either[there]).mean()) if bool(torch.any(there)) else 1.0


SYSTEMS = (
    System(
        "segmentation_network",
        "S4",
        lambda g: SegmentationNetwork(SegmentationConfig(1, (3, 2), 2), g),
        (normal("B", 1, 8, 4),),
        # 9·3 + 3; 27·2 + 2; 18·3 + 3; 27·2 + 2
        parameters=30 + 56 + 57 + 56,
        wrong=(normal("B", 2, 8, 4),),
    ),
)
