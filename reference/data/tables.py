"""Small tables of real measurements from scikit-learn, and rings drawn at random.

Guarantees: float32 columns (N, D) with mean 0 and variance 1, int64 labels (N,); nothing is
downloaded; scikit-learn is imported only when its data is asked for.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from reference.errors import require, require_positive
from reference.shapes import check_shape

__all__ = ["LabelledTable", "breast_cancer", "iris", "two_rings", "wine"]


@dataclass(frozen=True)
class LabelledTable:
    """Rows (N, D), labels (N,) and the names of the classes."""

    rows: Tensor
    labels: Tensor
    classes: tuple[str, ...]

    def __post_init__(self) -> None:
        check_shape("rows", self.rows, "N", "D")
        check_shape("labels", self.labels, len(self.rows))

    def __len__(self) -> int:
        return len(self.labels)

    def split(
        self, test_share: float = 0.25, generator: Generator | None = None
    ) -> tuple[LabelledTable, LabelledTable]:
        """Shuffle and cut into a training and a test part."""
        require(0 < test_share < 1, f"test_share is {test_share}, expected between 0 and 1")
        order = torch.randperm(len(self), generator=generator)
        cut = round(len(self) * (1 - test_share))
        train, test = order[:cut], order[cut:]
        return (
            LabelledTable(self.rows[train], self.labels[train], self.classes),
            LabelledTable(self.rows[test], self.labels[test], self.classes),
        )


def _load(name: str) -> LabelledTable:
    from sklearn import datasets

    bunch = getattr(datasets, f"load_{name}")()
    rows = torch.from_numpy(bunch.data).float()
    rows = (rows - rows.mean(dim=0)) / rows.std(dim=0)
    labels = torch.from_numpy(bunch.target).long()
    return LabelledTable(rows, labels, tuple(str(c) for c in bunch.target_names))


def iris() -> LabelledTable:
    """150 flowers, 4 measures, 3 species."""
    return _load("iris")


def wine() -> LabelledTable:
    """178 wines, 13 measures, 3 growers."""
    return _load("wine")


def breast_cancer() -> LabelledTable:
    """569 tumours, 30 measures, malignant or benign."""
    return _load("breast_cancer")


def two_rings(
    count: int = 400, noise: float = 0.1, generator: Generator | None = None
) -> LabelledTable:
    """Points on an inner ring (label 0, radius ½) and an outer ring (label 1, radius 1).

    Args:
        count: points, half of them on each ring.
        noise: standard deviation of the noise on each coordinate.
        generator: where they come from.

    Source: S4, the data that each initialisation is tried on.
    """
    require_positive(count=count)
    require(noise >= 0, f"noise is {noise}, expected at least 0")
    labels = torch.arange(count) % 2
    radius = 0.5 + 0.5 * labels
    angle = 2 * math.pi * torch.rand(count, generator=generator)
    points = torch.stack([radius * angle.cos(), radius * angle.sin()], dim=1)
    noisy = points + noise * torch.randn(count, 2, generator=generator)
    return LabelledTable(noisy, labels, ("inner", "outer"))
