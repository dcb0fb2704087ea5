"""Adversarial: a generator learns eight modes, and codes can be calculated with

Above: samples of the generator (crosses) during training, over real data (pale dots): from a heap
over a cloud to all eight modes, with bridges between them. Below: latent arithmetic on a decoder
that was trained on zeros and ones. The mean code of bold ones, less that of thin ones, plus that of
thin zeros, is the code of a bolder zero: a direction of the code has come to mean "bold".
"""

from __future__ import annotations

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure
from torch import Generator, Tensor

from reference.adversarial import (
    GANConfig,
    GANTraining,
    analogy,
    build_gan,
    coverage,
    ring,
    train_gan,
    vectors_with,
)
from reference.autoencoders import VAEConfig, build_vae, train
from reference.data import digits

SHOWN = (0, 40, 100, 200, 319)


def moments(generator: Generator) -> tuple[dict[int, Tensor], Tensor]:
    """Train a GAN and keep what it makes at five moments, beside real points."""
    mixture = ring(8)
    players = build_gan(GANConfig(), generator)
    noise = torch.randn(400, 2, generator=generator)
    made: dict[int, Tensor] = {}

    def watch(step: int) -> None:
        if step in SHOWN:
            with torch.no_grad():
                made[step] = players[0](noise)

    train_gan(*players, mixture.sample, 2, GANTraining(steps=320), generator, watch)
    return made, mixture.sample(400, generator)


def arithmetic(generator: Generator) -> dict[str, Tensor]:
    """Train a decoder on zeros and ones, and calculate with its codes; images (64,)."""
    data = digits().of(0, 1)
    model = build_vae(VAEConfig(64, 48, 4), generator)
    train(model, data.vectors, 450, generator=generator, loss=lambda x: model.loss(x, generator))
    means = torch.stack([data.of(digit).vectors.mean(0) for digit in (0, 1)])

    def make(z: Tensor) -> Tensor:
        with torch.no_grad():
            return torch.sigmoid(model.decode(z))

    def some(digit: int, bold: bool) -> Tensor:
        def holds(images: Tensor) -> Tensor:
            mine, ink = torch.cdist(images, means).argmin(1) == digit, images.sum(1)
            border = ink[mine].quantile(0.9 if bold else 0.1)
            return mine & ((ink > border) if bold else (ink < border))

        return vectors_with(make, holds, 4, 100, generator)

    bold_one, thin_one, thin_zero = some(1, True), some(1, False), some(0, False)
    parts = {"bold one": bold_one, "− thin one": thin_one, "+ thin zero": thin_zero}
    images = {name: make(codes.mean(0)) for name, codes in parts.items()}
    return {**images, "= bold zero": make(analogy(bold_one, thin_one, thin_zero))}


def figure() -> Figure:
    """Draw five moments, and one sum of images."""
    generator = torch.Generator().manual_seed(0)
    made, real = moments(generator)
    drawing = plt.figure(figsize=(11, 5), layout="constrained")
    above, below = drawing.subfigures(2, 1)
    for axis, step in zip(above.subplots(1, 5, sharey=True), SHOWN, strict=True):
        axis.scatter(*real.T, s=6, color="0.75")
        axis.scatter(*made[step].T, s=8, marker="x", linewidths=0.6, color="C3")
        axis.set(
            title=f"step {step + 1}: {coverage(made[step], ring(8)).covered} of 8 modes",
            xlabel="x1", xlim=(-3, 3), ylim=(-3, 3), aspect="equal",
        )  # fmt: skip
    above.axes[0].set_ylabel("x2")
    for axis, (name, image) in zip(
        below.subplots(1, 4), arithmetic(generator).items(), strict=True
    ):
        axis.imshow(image.reshape(8, 8).numpy(), cmap="gray_r", vmin=0, vmax=1)
        axis.set(title=name, xticks=[], yticks=[])
    return drawing
