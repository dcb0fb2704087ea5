"""Where a translator looks

A network with Luong attention learns to write six letters backwards. Each row shows how much it
looks at each letter of the source while it writes. Nobody told it the order: the rising diagonal
is what it has found to be useful.
"""

from __future__ import annotations

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure
from torch import nn

from reference.sequence_to_sequence import AttentiveConfig, AttentiveEncoderDecoder, shifted
from reference.training import fit

LETTERS, START, LENGTH = "abcdefgh", 8, 6


def figure() -> Figure:
    """Learn and draw the weights for one source."""
    generator = torch.Generator().manual_seed(0)
    model = AttentiveEncoderDecoder(AttentiveConfig(8, 9, 16, 32, "general"), generator)

    def loss(_: int) -> torch.Tensor:
        source = torch.randint(8, (LENGTH, 32), generator=generator)
        target = source.flip(0)
        scores, _weights = model(source, shifted(target, START))
        return nn.functional.cross_entropy(scores.flatten(0, 1), target.flatten())

    fit(model.parameters(), loss, steps=250, learning_rate=0.015, threshold=1.0)
    source = torch.tensor([0, 5, 2, 7, 1, 4]).unsqueeze(1)
    written = model.write(source, START, LENGTH)
    with torch.no_grad():
        _, weights = model(source, shifted(written, START))
    picture, axes = plt.subplots(figsize=(4.8, 4))
    shown = axes.imshow(weights[:, 0].numpy(), cmap="magma", vmin=0, vmax=1)
    picture.colorbar(shown, ax=axes, label="weight")
    axes.set_xticks(range(LENGTH), [LETTERS[i] for i in source[:, 0]])
    axes.set_yticks(range(LENGTH), [LETTERS[i] for i in written[:, 0]])
    axes.set(xlabel="letters of the source", ylabel="letters written, from above")
    return picture
