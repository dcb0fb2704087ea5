"""Networks that read a sequence from both ends, or along a tree."""

from reference.bidirectional.bidirectional import (
    BidirectionalConfig,
    BidirectionalRNN,
    concatenate_directions,
)
from reference.bidirectional.deep import DeepBidirectionalConfig, DeepBidirectionalRNN
from reference.bidirectional.tree import (
    Tree,
    TreeConfig,
    TreeRNN,
    balanced_tree,
    compose,
    compose_tree,
)

__all__ = [
    "BidirectionalConfig",
    "BidirectionalRNN",
    "DeepBidirectionalConfig",
    "DeepBidirectionalRNN",
    "Tree",
    "TreeConfig",
    "TreeRNN",
    "balanced_tree",
    "compose",
    "compose_tree",
    "concatenate_directions",
]
