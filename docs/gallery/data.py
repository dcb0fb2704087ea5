"""Data: why there are three parts

Polynomials of growing degree are fitted to the training part of sixty noisy points of a sine. The
error on that part only falls, so it cannot say which degree to take. The validation part can: its
lowest error chooses the degree (line). The test part, looked at once after that, says how good the
choice is; the validation error has been used for choosing and flatters.
"""

from __future__ import annotations

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure

from reference.data import split_three_ways
from reference.regularisation import fit_polynomial


def figure() -> Figure:
    """Draw the three errors over the degree."""
    generator = torch.Generator().manual_seed(1)
    x = torch.rand(60, generator=generator, dtype=torch.float64) * 2 - 1
    noise = torch.randn(60, generator=generator, dtype=torch.float64)
    y = torch.sin(4 * x) + 0.3 * noise
    split = split_three_ways(60, 0.3, 0.3, generator)
    (x_train, *_), (y_train, *_) = split.of(x), split.of(y)
    degrees = range(13)
    errors = {
        name: [
            ((fit_polynomial(x_train, y_train, degree, at) - target) ** 2).mean().sqrt()
            for degree in degrees
        ]
        for name, at, target in zip(
            ("training", "validation", "test"), split.of(x), split.of(y), strict=True
        )
    }
    drawing, axis = plt.subplots(figsize=(6, 3.4), layout="constrained")
    for name, values in errors.items():
        axis.semilogy(degrees, values, marker=".", label=name)
    axis.axvline(min(degrees, key=errors["validation"].__getitem__), color="0.6", lw=0.8)
    axis.set(xlabel="degree of the polynomial", ylabel="root mean square error")
    axis.legend()
    return drawing
