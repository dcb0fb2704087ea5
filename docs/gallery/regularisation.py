"""Regularisation: one digit, many images

Augmentation makes new training images that still show the same digit; what does so depends on the
task: a flipped 3 is no 3 any more, while a flipped cat is a cat. Dropout, below, switches pixels
off at random and scales up the rest, so that the mean stays. Both keep a network from learning
single pixels by heart.
"""

from __future__ import annotations

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure

from reference.data import digits
from reference.regularisation import (
    dropout,
    flip_horizontally,
    gaussian_noise,
    random_crop,
    rotate,
    scale,
    translate,
)


def figure() -> Figure:
    """Draw one digit under each operator."""
    generator = torch.Generator().manual_seed(1)
    image = digits().images[13]
    shown = {
        "original": image,
        "flip": flip_horizontally(image),
        "rotate 20°": rotate(image, 20),
        "scale 1.3": scale(image, 1.3),
        "translate": translate(image, 1, -1),
        "crop 6 x 6": random_crop(image, 6, 6, generator),
        "noise 0.2": gaussian_noise(image, 0.2, generator),
        "dropout 0.3": dropout(image, 0.3, generator=generator),
    }
    drawing, axes = plt.subplots(2, 4, figsize=(8, 4.2), layout="constrained")
    for axis, (name, picture) in zip(axes.flat, shown.items(), strict=True):
        axis.imshow(picture[0].numpy(), cmap="gray_r", vmin=0, vmax=1.4)
        axis.set_title(name)
        axis.axis("off")
    return drawing
