"""Autoencoders: a code of two numbers, and eight

Left: the codes of unseen digits in a variational autoencoder with two latent numbers, where like
digits lie together although no label was used. Right: originals, reconstructions by PCA and by an
autoencoder with eight code units. Both have eight numbers; the network may bend its code, PCA may
not.
"""

from __future__ import annotations

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure

from reference.autoencoders import (
    Autoencoder,
    AutoencoderConfig,
    VAEConfig,
    build_vae,
    fit_pca,
    train,
)
from reference.data import digits


def figure() -> Figure:
    """Train for a moment and draw the latent space and reconstructions."""
    generator = torch.Generator().manual_seed(0)
    tr, te = digits().split(0.25, generator)
    vae = build_vae(VAEConfig(64, 96, 2), generator)
    train(vae, tr.vectors, 700, 5e-3, generator=generator, loss=lambda x: vae.loss(x, generator))
    model = Autoencoder(AutoencoderConfig((64, 96, 8)), generator)
    train(model, tr.vectors, 600, 5e-3, generator=generator)
    pca = fit_pca(tr.vectors, 8)
    with torch.no_grad():
        codes, _ = vae.encode(te.vectors)
        rows = {
            "original": te.vectors,
            "PCA, 8": pca.reconstruct(te.vectors),
            "autoencoder, 8": model(te.vectors),
        }
    drawing = plt.figure(figsize=(10, 3.8), layout="constrained")
    left, right = drawing.subfigures(1, 2)
    axis = left.subplots()
    axis.scatter(*codes.T, s=0)  # sets the limits
    for (x, y), label in zip(codes.tolist(), te.labels.tolist(), strict=True):
        axis.text(
            x,
            y,
            str(label),
            color=plt.get_cmap("tab10")(label),
            fontsize=7,
            ha="center",
            va="center",
        )
    axis.set(xlabel="first latent number", ylabel="second latent number")
    for line, (name, pictures) in zip(right.subplots(3, 8), rows.items(), strict=True):
        for cell, picture in zip(line, pictures, strict=False):
            cell.imshow(picture.reshape(8, 8).numpy(), cmap="gray_r", vmin=0, vmax=1)
            cell.set(xticks=[], yticks=[])
        line[0].set_ylabel(name, fontsize=7)
    return drawing
