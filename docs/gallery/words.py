"""Words in the same places come to lie together

Skip-gram with negative sampling on sentences "who does how what": twenty words, six numbers each,
drawn along their two main directions. No word was ever told its kind. Words that stand in the same
places have learned the same neighbours, and so lie together.
"""

from __future__ import annotations

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure

from reference.data.text import Vocabulary
from reference.training import fit
from reference.words import (
    NegativeSampling,
    NegativeSamplingConfig,
    draw_negatives,
    noise_distribution,
    skip_gram_pairs,
)

KINDS = (
    ("cat", "dog", "cow", "hen", "fox"),
    ("eats", "sees", "likes", "finds", "hides"),
    ("red", "small", "fresh", "sweet", "old"),
    ("apple", "bread", "corn", "cake", "egg"),
)


def figure() -> Figure:
    """Learn and draw the embedding."""
    generator = torch.Generator().manual_seed(3)
    text: list[str] = []
    for _ in range(400):
        choice = torch.randint(5, (4,), generator=generator).tolist()
        text += [words[i] for words, i in zip(KINDS, choice, strict=True)] + ["."]
    vocabulary = Vocabulary(text)
    ids = vocabulary.encode(text)
    centre, neighbour = skip_gram_pairs(ids, 1)
    noise = noise_distribution(torch.bincount(ids))
    model = NegativeSampling(NegativeSamplingConfig(len(vocabulary), 6), generator)

    def loss(_: int) -> torch.Tensor:
        some = torch.randint(len(centre), (256,), generator=generator)
        negatives = draw_negatives(noise, 256, 5, generator)
        return model(centre[some], neighbour[some], negatives).mean()

    fit(model.parameters(), loss, steps=200, learning_rate=0.05)
    E = model.embedding.E.detach()
    E = E - E.mean(1, keepdim=True)
    U, _, _ = torch.linalg.svd(E)
    E = U[:, :2].T @ E  # the two directions in which words differ most
    picture, axes = plt.subplots(figsize=(6, 4.5))
    for kind, words in enumerate(KINDS):
        places = sorted((E[:, vocabulary.number(word)].tolist(), word) for word in words)
        places.sort(key=lambda place: place[0][1])
        low = sum(y for (_, y), _ in places) / len(places) - 0.3
        side = max(x for (x, _), _ in places) + 0.2
        for row, ((x, y), word) in enumerate(places):
            axes.plot(x, y, "oXs^"[kind], color=f"C{kind}", ms=5)
            axes.annotate(
                word, (x, y), (side, low + 0.15 * row), color=f"C{kind}", fontsize=9, va="center",
                arrowprops={"arrowstyle": "-", "color": "0.7", "lw": 0.6},
            )  # fmt: skip
    axes.axhline(0, color="0.8", lw=0.8)
    axes.axvline(0, color="0.8", lw=0.8)
    axes.set(xlabel="first main direction", ylabel="second main direction")
    axes.margins(x=0.2, y=0.12)
    return picture
