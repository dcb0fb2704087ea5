"""Class activation maps: where in the image is the evidence for a class?

Source: S4; Zhou et al. 2016.

Deviation: S4 writes the global *average* pooling as a sum; we divide by the number of places, as
its name says, which only scales the map.
"""

from __future__ import annotations

from typing import Protocol

from torch import Generator, Tensor, nn
from torch.nn import functional

from reference.errors import require_positive
from reference.examples import normal
from reference.initial import global_seed
from reference.initialisation import initialise
from reference.registry import System
from reference.shapes import check_shape

__all__ = ["CAMNet", "Explainable", "cam_digits", "class_activation_map", "class_scores", "explain"]


def class_scores(features: Tensor, weight: Tensor) -> Tensor:
    """Scores of all classes from the average of each map.

    Equation: ``F_k = mean_xy f_k(x, y)``; ``S_c = sum_k w_ck F_k``

    Args:
        features: (..., K, H, W).
        weight: (C, K).

    Returns: (..., C).
    """
    check_shape("features", features, ..., weight.shape[1], "H", "W")
    # S_c = sum_k w_ck mean_xy f_k(x, y)
    return features.mean(dim=(-2, -1)) @ weight.T


def class_activation_map(features: Tensor, weight: Tensor) -> Tensor:
    """Contribution of each place to the score of each class.

    Equation: ``M_c(x, y) = sum_k w_ck f_k(x, y)``, so that ``S_c = mean_xy M_c(x, y)``

    Args:
        features: (..., K, H, W), what the last convolution gives.
        weight: (C, K), of the only full layer.

    Returns: (..., C, H, W).
    """
    check_shape("features", features, ..., weight.shape[1], "H", "W")
    # M_c(x, y) = sum_k w_ck f_k(x, y)
    maps = weight @ features.flatten(-2)  # (..., C, H W)
    return maps.reshape(*maps.shape[:-1], *features.shape[-2:])


class Explainable(Protocol):
    """A network that ends in feature maps, their average, and one full layer."""

    classifier: nn.Linear

    def features(self, images: Tensor) -> Tensor:
        """Map (B, C, H, W) to (B, K, H', W')."""


def explain(model: Explainable, images: Tensor) -> Tensor:
    """Maps of all classes, enlarged to the images' size, (B, classes, H, W).

    Works with `CAMNet`, `GoogLeNet`, `ResNet` and `DenseNet`.
    """
    maps = class_activation_map(model.features(images), model.classifier.weight)
    return functional.interpolate(
        maps, size=images.shape[-2:], mode="bilinear", align_corners=False
    )


class CAMNet(nn.Module):
    """A small network made for activation maps: no pooling but the last average.

    Args:
        channels: of the image.
        maps: K, feature maps of each of three convolutions.
        classes: C.
    """

    def __init__(
        self,
        channels: int = 1,
        maps: int = 16,
        classes: int = 10,
        generator: Generator | None = None,
    ) -> None:
        super().__init__()
        require_positive(channels=channels, maps=maps, classes=classes)
        self.channels = channels
        with global_seed(generator):
            self.layers = nn.Sequential(
                nn.Conv2d(channels, maps, 3, padding=1),
                nn.ReLU(),
                nn.Conv2d(maps, maps, 3, padding=1),
                nn.ReLU(),
                nn.Conv2d(maps, maps, 3, padding=1),
                nn.ReLU(),
            )
            self.classifier = nn.Linear(maps, classes)

    def features(self, images: Tensor) -> Tensor:
        """Map (B, channels, H, W) to (B, K, H, W)."""
        check_shape("images", images, "B", self.channels, "H", "W")
        maps: Tensor = self.layers(images)
        return maps

    def forward(self, images: Tensor) -> Tensor:
        """Map (B, channels, H, W) to logits (B, classes)."""
        return class_scores(self.features(images), self.classifier.weight) + self.classifier.bias


def cam_digits(generator: Generator | None = None) -> CAMNet:
    """For the 8 x 8 digits, started by He's rule."""
    model = CAMNet(1, 24, 10, generator)
    initialise(model, "he", generator=generator)
    return model


SYSTEMS = (
    System(
        "class_activation_map",
        "S4",
        lambda g: CAMNet(1, 2, 3, g),
        (normal("B", 1, 6, 6),),
        # 9·2 + 2, 18·2 + 2, 18·2 + 2, 2·3 + 3
        parameters=20 + 38 + 38 + 9,
        wrong=(normal("B", 7, 5),),
    ),
)
