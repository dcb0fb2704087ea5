"""Loaders: what is in them, and what they refuse."""

from __future__ import annotations

import gzip
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from reference.data import breast_cancer, digits, iris, mnist, read_idx, two_rings, wine
from reference.errors import ConfigError, DataError


def idx(array: np.ndarray) -> bytes:
    """The bytes of an IDX file of unsigned bytes."""
    header = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
    return header + array.astype("u1").tobytes()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A tiny data set in MNIST's layout, one file of each pair packed."""
    rng = np.random.default_rng(0)
    for prefix, count in (("train", 5), ("t10k", 3)):
        images = rng.integers(0, 256, (count, 28, 28))
        images[0, 0, 0] = 255
        (tmp_path / f"{prefix}-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx(images)))
        (tmp_path / f"{prefix}-labels-idx1-ubyte").write_bytes(idx(np.arange(count)))
    return tmp_path


def test_digits_are_1797_images_of_8_by_8():
    """Pixels in [0, 1], ten labels, split without loss."""
    data = digits()
    assert data.images.shape == (1797, 1, 8, 8)
    assert (data.images.min(), data.images.max()) == (0, 1)
    assert data.labels.unique().tolist() == list(range(10))
    train, test = data.split(0.25, torch.Generator().manual_seed(0))
    assert (len(train), len(test)) == (1348, 449)
    both = torch.cat([train.images, test.images]).sum()
    torch.testing.assert_close(both, data.images.sum())
    assert data.of(3, 7).labels.unique().tolist() == [3, 7]
    assert data.vectors.shape == (1797, 64)


@pytest.mark.parametrize(
    ("load", "shape", "classes"),
    [(iris, (150, 4), 3), (wine, (178, 13), 3), (breast_cancer, (569, 30), 2)],
)
def test_tables_are_standardised(load, shape: tuple[int, int], classes: int):
    """Published sizes; columns of mean 0 and variance 1."""
    table = load()
    assert table.rows.shape == shape
    assert len(table.classes) == classes == table.labels.unique().numel()
    torch.testing.assert_close(table.rows.mean(0), torch.zeros(shape[1]), rtol=0, atol=1e-5)
    torch.testing.assert_close(table.rows.var(0), torch.ones(shape[1]), rtol=0, atol=1e-5)
    train, test = table.split(0.5)
    assert len(train) + len(test) == shape[0]


def test_rings_have_their_radii():
    """Without noise the distance from the origin is ½ or 1."""
    rings = two_rings(40, 0.0, torch.Generator().manual_seed(0))
    torch.testing.assert_close(rings.rows.norm(dim=1), 0.5 + 0.5 * rings.labels)


def test_mnist_files_are_read_packed_and_unpacked(folder: Path):
    """Both halves, pixels in [0, 1], labels in order."""
    train, test = mnist(folder), mnist(folder, train=False)
    assert train.images.shape == (5, 1, 28, 28)
    assert train.images.max() == 1
    assert train.labels.tolist() == [0, 1, 2, 3, 4]
    assert len(test) == 3


@pytest.mark.parametrize(
    ("kind", "code"), [("u1", 8), ("i1", 9), (">i2", 11), (">i4", 12), (">f4", 13), (">f8", 14)]
)
def test_all_idx_types_are_read(tmp_path: Path, kind: str, code: int):
    """Every element type of the format, byte order put right."""
    array = np.array([[1, 2, 3], [4, 5, 100]]).astype(kind)
    path = tmp_path / "x"
    path.write_bytes(struct.pack(">HBB2I", 0, code, 2, 2, 3) + array.tobytes())
    assert read_idx(path).tolist() == [[1, 2, 3], [4, 5, 100]]


def test_bad_files_are_clear_errors(folder: Path):
    """Missing, cut off, no IDX at all, broken packing, numbers that do not match."""
    path = folder / "train-labels-idx1-ubyte"
    for content, message in (
        (idx(np.arange(5))[:-1], "has 4 bytes of data, expected 5"),
        (b"hello world", "is no IDX file"),
        (b"\0\0\x08\x03\0\0", "ends within its header"),
        (idx(np.arange(4)), "has images"),
    ):
        path.write_bytes(content)
        with pytest.raises(DataError, match=message):
            mnist(folder)
    (folder / "train-images-idx3-ubyte.gz").write_bytes(b"\x1f\x8bbroken")
    with pytest.raises(DataError, match="cannot be read"):
        mnist(folder)
    with pytest.raises(DataError, match="put the four files"):
        mnist(folder / "nowhere")
    with pytest.raises(ConfigError, match="test_share"):
        digits().split(1.0)


def test_scikit_learn_is_imported_lazily():
    """Importing the loaders alone does not load it."""
    code = "import sys, reference.data; print('sklearn' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "False"
