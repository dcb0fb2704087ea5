"""Computational graph: forward values, backward derivatives

The graph ``z = a·b + c·d`` at 3, 2, 4, 5. Black: values, computed from left to right. Red:
derivatives of z, computed from right to left, each edge once, in one sweep for all inputs.
"""

from __future__ import annotations

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from reference.computational_graph import gradients, product_sum

PLACES = {
    "a": (0, 3),
    "b": (0, 2),
    "c": (0, 1),
    "d": (0, 0),
    "p": (1, 2.5),
    "q": (1, 0.5),
    "z": (2, 1.5),
}
LABELS = {"p": "p = a·b", "q": "q = c·d", "z": "z = p + q"}


def figure() -> Figure:
    """Draw nodes, edges, values and derivatives."""
    drawing, axis = plt.subplots(figsize=(7, 3.6), layout="constrained")
    z, nodes = product_sum()
    slope = gradients(z)
    names = {node: name for name, node in nodes.items()}
    for name, node in nodes.items():
        x, y = PLACES[name]
        for parent in node.parents:
            axis.annotate(
                "", xy=(x - 0.17, y), xytext=PLACES[names[parent]], zorder=0,
                arrowprops={"arrowstyle": "->", "color": "grey"},
            )  # fmt: skip
        axis.text(
            x, y, f"{LABELS.get(name, name)}\n{node.value:g}", ha="center", va="center",
            bbox={"boxstyle": "round", "facecolor": "white"},
        )  # fmt: skip
        axis.text(x, y - 0.48, f"dz/d{name} = {slope[node]:g}", color="C3", ha="center")
    axis.set(xlim=(-0.4, 2.4), ylim=(-0.7, 3.5))
    axis.axis("off")
    return drawing
