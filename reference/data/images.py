"""Real images: scikit-learn's digits, MNIST and Fashion-MNIST from a local folder.

Guarantees: float32 pixels in [0, 1], (N, 1, H, W), int64 labels (N,); nothing is downloaded;
scikit-learn is imported only when its data is asked for.
"""

from __future__ import annotations

import gzip
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Generator, Tensor

from reference.errors import DataError, require
from reference.shapes import check_shape

__all__ = ["LabelledImages", "digits", "mnist", "read_idx"]

_TYPES = {8: "u1", 9: "i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}


@dataclass(frozen=True)
class LabelledImages:
    """Images (N, 1, H, W) in [0, 1] and labels (N,)."""

    images: Tensor
    labels: Tensor

    def __post_init__(self) -> None:
        check_shape("images", self.images, "N", 1, "H", "W")
        check_shape("labels", self.labels, len(self.images))

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def vectors(self) -> Tensor:
        """Pixels laid out as (N, H·W)."""
        return self.images.flatten(1)

    def of(self, *labels: int) -> LabelledImages:
        """Only the images with one of these labels."""
        keep = torch.isin(self.labels, torch.tensor(labels))
        return LabelledImages(self.images[keep], self.labels[keep])

    def split(
        self, test_share: float = 0.25, generator: Generator | None = None
    ) -> tuple[LabelledImages, LabelledImages]:
        """Shuffle and cut into a training and a test part."""
        require(0 < test_share < 1, f"test_share is {test_share}, expected between 0 and 1")
        order = torch.randperm(len(self), generator=generator)
        cut = round(len(self) * (1 - test_share))
        train, test = order[:cut], order[cut:]
        return (
            LabelledImages(self.images[train], self.labels[train]),
            LabelledImages(self.images[test], self.labels[test]),
        )


def digits() -> LabelledImages:
    """The 1,797 handwritten digits of 8 x 8 pixels that ship with scikit-learn."""
    from sklearn.datasets import load_digits

    bunch = load_digits()
    images = torch.from_numpy(bunch.images).float()[:, None] / 16
    return LabelledImages(images, torch.from_numpy(bunch.target).long())


def mnist(folder: Path | str, train: bool = True) -> LabelledImages:
    """MNIST or Fashion-MNIST from the four IDX files of its home page, packed or not.

    Args:
        folder: holds train-images-idx3-ubyte, train-labels-idx1-ubyte, and the t10k- pair, each
            as it is or with .gz.
        train: the 60,000 training images or the 10,000 test images.

    Raises: `DataError` when a file is missing or not what its name says.
    """
    prefix = "train" if train else "t10k"
    images = read_idx(_find(Path(folder), f"{prefix}-images-idx3-ubyte"))
    labels = read_idx(_find(Path(folder), f"{prefix}-labels-idx1-ubyte"))
    if images.dim() != 3 or labels.dim() != 1 or len(images) != len(labels):
        raise DataError(
            f"{folder} has images {tuple(images.shape)} and labels {tuple(labels.shape)}, "
            "expected (N, H, W) and (N,)"
        )
    return LabelledImages(images[:, None].float() / 255, labels.long())


def _find(folder: Path, name: str) -> Path:
    for candidate in (folder / name, folder / f"{name}.gz", folder / name.replace("-idx", ".idx")):
        if candidate.is_file():
            return candidate
    raise DataError(f"no {name} or {name}.gz in {folder}; put the four files of the data set there")


def read_idx(path: Path) -> Tensor:
    """Read one IDX file: two zero bytes, type, number of axes, big-endian sizes, then the data.

    Raises: `DataError` when the bytes do not follow that plan.
    """
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rb") as file:
            data: bytes = file.read()
    except (OSError, EOFError) as error:
        raise DataError(f"{path} cannot be read: {error}") from error
    if len(data) < 4 or data[:2] != b"\0\0" or data[2] not in _TYPES:
        raise DataError(f"{path} is no IDX file: it starts with {data[:4]!r}")
    axes = data[3]
    start = 4 + 4 * axes
    if len(data) < start:
        raise DataError(f"{path} ends within its header")
    shape = struct.unpack(f">{axes}I", data[4:start])
    kind = np.dtype(_TYPES[data[2]])
    wanted = int(np.prod(shape, dtype=np.int64)) * kind.itemsize
    if len(data) - start != wanted:
        raise DataError(
            f"{path} has {len(data) - start} bytes of data, expected {wanted} for shape {shape}"
        )
    array = np.frombuffer(data, kind, offset=start).reshape(shape)
    return torch.from_numpy(array.astype(kind.newbyteorder("=")))
