"""The systems of this family, in sizes for tests; the rest works on lists or on numbers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from torch import Generator, Tensor

from reference.as_module import AsModule
from reference.registry import System
from reference.regularisation.dropout import Dropout
from reference.regularisation.image_augmentation import (
    flip_horizontally,
    flip_vertically,
    rotate,
    scale,
    translate,
)
from reference.regularisation.penalties import l1_penalty, l2_penalty


def _images(batch: int, generator: Generator) -> tuple[Tensor, ...]:
    return (torch.randn(batch, 2, 6, 5, generator=generator),)


def _flat(generator: Generator) -> tuple[Tensor, ...]:
    return (torch.randn(6, 5, generator=generator),)


def _image_system(name: str, function: Callable[[Tensor], Tensor]) -> System:
    return System(
        name, "regularisation", "S4", lambda _: AsModule(function), _images, None, wrong=_flat
    )


SYSTEMS = (
    System(
        "l1_penalty",
        "regularisation",
        "S0, S4",
        lambda _: AsModule(lambda w: l1_penalty([w], 0.5, 10)),
        _images,
        None,
        batch_axis=None,
    ),
    System(
        "l2_penalty",
        "regularisation",
        "S0, S4",
        lambda _: AsModule(lambda w: l2_penalty([w], 0.5, 10)),
        _images,
        None,
        batch_axis=None,
    ),
    System(
        "dropout",
        "regularisation",
        "S0, S4",
        lambda generator: Dropout(0.5, generator),
        _images,
        None,
    ),
    _image_system("flip_horizontally", flip_horizontally),
    _image_system("flip_vertically", flip_vertically),
    _image_system("rotate", partial(rotate, degrees=30.0)),
    _image_system("scale", partial(scale, factor=1.5)),
    _image_system("translate", partial(translate, down=1, right=-2)),
)
