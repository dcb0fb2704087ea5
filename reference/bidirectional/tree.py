"""A tree-structured recursive network: a phrase is computed from its left and its right part.

What it guarantees:

- The same weights join any two parts; left and right have weights of their own, so order matters.
- A tree is nested pairs of leaf numbers: `((0, 1), 2)`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn

from reference.errors import DataError, require_config, require_positive
from reference.examples import TOO_WIDE, normal
from reference.initial import uniform, zeros
from reference.registry import System
from reference.shapes import check_shape

Tree = int | tuple["Tree", "Tree"]


def compose(left: Tensor, right: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """Compute a parent from its two children.

    Equation:
        parent = tanh(W [left ; right] + b)

    Args:
        left: (..., H).
        right: (..., H).
        W: (H, 2H); its left half weighs the left child.
        b: (H,).

    Returns:
        (..., H).

    Source: S3 DN60 (left and right representation vectors are weighted and calculated).
        Socher et al., 2011.
    """
    # parent = tanh(W [left ; right] + b)
    return torch.tanh(torch.cat([left, right], dim=-1) @ W.T + b)


def compose_tree(tree: Tree, leaves: Sequence[Tensor] | Tensor, W: Tensor, b: Tensor) -> Tensor:
    """Compute the root of a tree from its leaves, each (..., H).

    Raises:
        DataError: the tree names a leaf that is not there.
    """
    if isinstance(tree, int):
        if not 0 <= tree < len(leaves):
            raise DataError(
                f"the tree names leaf {tree}, but there are leaves 0 to {len(leaves) - 1}"
            )
        return leaves[tree]
    left, right = tree
    return compose(compose_tree(left, leaves, W, b), compose_tree(right, leaves, W, b), W, b)


def balanced_tree(first: int, last: int) -> Tree:
    """The tree over leaves `first` to `last - 1` whose halves are as equal as can be.

    >>> balanced_tree(0, 4)
    ((0, 1), (2, 3))
    """
    if last - first < 1:
        raise DataError(f"a tree needs at least one leaf, got {last - first}")
    if last - first == 1:
        return first
    middle = (first + last) // 2
    return (balanced_tree(first, middle), balanced_tree(middle, last))


@dataclass(frozen=True)
class TreeConfig:
    """Sizes of a tree network: D numbers a leaf, H a node."""

    input_size: int
    hidden_size: int

    def __post_init__(self) -> None:
        require_positive(input_size=self.input_size, hidden_size=self.hidden_size)


class TreeRNN(nn.Module):
    """A recursive network over a binary tree.

    Equation:
        leaf = tanh(E x + e),  parent = tanh(W [left ; right] + b)
    """

    def __init__(self, config: TreeConfig, generator: Generator | None = None) -> None:
        require_config(config, TreeConfig)
        super().__init__()
        self.config = config
        D, H = config.input_size, config.hidden_size
        self.E = uniform(H, D, bound=1 / math.sqrt(D), generator=generator)
        self.e = zeros(H)
        self.W = uniform(H, 2 * H, bound=1 / math.sqrt(2 * H), generator=generator)
        self.b = zeros(H)

    def forward(self, x: Tensor, tree: Tree | None = None) -> Tensor:
        """Map leaves (L, ..., D) to the root (..., H); the tree is balanced unless given."""
        check_shape("x", x, "L", ..., self.config.input_size)
        leaves = torch.tanh(x @ self.E.T + self.e)  # (L, ..., H)
        return compose_tree(
            balanced_tree(0, len(x)) if tree is None else tree, leaves, self.W, self.b
        )


SYSTEMS = (
    System(
        "tree_rnn",
        "S3",
        lambda generator: TreeRNN(TreeConfig(3, 4), generator),
        (normal("T", "B", 3),),
        parameters=3 * 4 + 4 + 4 * 8 + 4,
        wrong=TOO_WIDE,
        output_axis=0,
    ),
)
