"""New images from old: flips, rotation, scale, crop, translation, noise.

Guarantees: shape (..., C, H, W) stays, except for `random_crop`; what comes in from outside the
image is zero; every random choice comes from the generator.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import torch
from torch import Generator, Tensor
from torch.nn import functional

from reference.as_module import AsModule
from reference.errors import require
from reference.examples import normal
from reference.registry import System
from reference.shapes import check_shape

__all__ = [
    "flip_horizontally",
    "flip_vertically",
    "gaussian_noise",
    "random_augmentation",
    "random_crop",
    "rotate",
    "scale",
    "translate",
]


def flip_horizontally(images: Tensor) -> Tensor:
    """Mirror left and right.

    Equation: ``y_hw = x_h,(W-1-w)``
    """
    check_shape("images", images, ..., "C", "H", "W")
    # y_hw = x_h,(W-1-w)
    return images.flip(-1)


def flip_vertically(images: Tensor) -> Tensor:
    """Mirror top and bottom.

    Equation: ``y_hw = x_(H-1-h),w``
    """
    check_shape("images", images, ..., "C", "H", "W")
    # y_hw = x_(H-1-h),w
    return images.flip(-2)


def _warp(images: Tensor, matrix: Tensor) -> Tensor:
    """Read each output pixel p at A p of the input (pixels from the centre), bilinearly."""
    check_shape("images", images, ..., "C", "H", "W")
    H, W = images.shape[-2:]
    # torch wants the map in units of half the image: divide columns and multiply rows by (W, H)/2
    half = torch.tensor([W / 2, H / 2, 1.0], dtype=torch.float64)
    theta = (matrix * half / half[:2, None]).to(images.dtype).to(images.device)
    flat = images.reshape(-1, *images.shape[-3:])
    where = functional.affine_grid(
        theta.expand(len(flat), 2, 3), list(flat.shape), align_corners=False
    )
    return functional.grid_sample(flat, where, align_corners=False).reshape(images.shape)


def rotate(images: Tensor, degrees: float) -> Tensor:
    """Turn about the centre, counter-clockwise as one sees it; corners are lost.

    Equation: ``y(p) = x(R(-φ) p)``

    Source: S4.
    """
    phi = math.radians(degrees)
    c, s = math.cos(phi), math.sin(phi)
    # rows run downwards, so that this turns counter-clockwise
    # y(p) = x(R(-φ) p)
    return _warp(images, torch.tensor([[c, -s, 0.0], [s, c, 0.0]], dtype=torch.float64))


def scale(images: Tensor, factor: float) -> Tensor:
    """Zoom outward (factor above 1) or inward about the centre.

    Equation: ``y(p) = x(p / factor)``

    Source: S4.
    """
    require(factor > 0, f"factor is {factor}, expected above 0")
    # y(p) = x(p / factor)
    return _warp(
        images, torch.tensor([[1 / factor, 0.0, 0.0], [0.0, 1 / factor, 0.0]], dtype=torch.float64)
    )


def translate(images: Tensor, down: int, right: int) -> Tensor:
    """Move by whole pixels; zeros come in.

    Equation: ``y_hw = x_(h-down),(w-right)``

    Source: S4.
    """
    check_shape("images", images, ..., "C", "H", "W")
    H, W = images.shape[-2:]
    moved = torch.zeros_like(images)
    if abs(down) < H and abs(right) < W:
        moved[..., max(down, 0) : H + min(down, 0), max(right, 0) : W + min(right, 0)] = images[
            ..., max(-down, 0) : H + min(-down, 0), max(-right, 0) : W + min(-right, 0)
        ]
    # y_hw = x_(h-down),(w-right)
    return moved


def random_crop(
    images: Tensor, height: int, width: int, generator: Generator | None = None
) -> Tensor:
    """Cut the same random section out of all images.

    Returns: (..., C, height, width).

    Source: S4.
    """
    check_shape("images", images, ..., "C", "H", "W")
    H, W = images.shape[-2:]
    require(
        1 <= height <= H and 1 <= width <= W,
        f"crop is {height} x {width}, expected at most the image's {H} x {W}",
    )
    top = int(torch.randint(H - height + 1, (), generator=generator))
    left = int(torch.randint(W - width + 1, (), generator=generator))
    return images[..., top : top + height, left : left + width]


def gaussian_noise(images: Tensor, deviation: float, generator: Generator | None = None) -> Tensor:
    """Add independent noise to every pixel.

    Equation: ``y = x + n``, ``n ~ N(0, deviation²)``

    Source: S4.
    """
    require(deviation >= 0, f"deviation is {deviation}, expected at least 0")
    noise = torch.randn(images.shape, generator=generator, dtype=images.dtype)
    # y = x + n; n ~ N(0, deviation²)
    return images + deviation * noise.to(images.device)


def random_augmentation(images: Tensor, generator: Generator | None = None) -> Tensor:
    """A mild mix for digits: a turn within 10°, a zoom within 10 %, a shift within one pixel.

    Flips are left out: a mirrored 2 is no digit.
    """
    turn, zoom = (torch.rand(2, generator=generator) * 2 - 1).tolist()
    down, right = torch.randint(-1, 2, (2,), generator=generator).tolist()
    return translate(scale(rotate(images, 10 * turn), 1 + 0.1 * zoom), down, right)


def _system(name: str, function: Callable[[Tensor], Tensor]) -> System:
    return System(
        name,
        "S4",
        lambda _: AsModule(function),
        (normal("B", 2, 6, 5),),
        wrong=(normal(6, 5),),
    )


SYSTEMS = (
    _system("flip_horizontally", flip_horizontally),
    _system("flip_vertically", flip_vertically),
    _system("rotate", partial(rotate, degrees=30.0)),
    _system("scale", partial(scale, factor=1.5)),
    _system("translate", partial(translate, down=1, right=-2)),
)
