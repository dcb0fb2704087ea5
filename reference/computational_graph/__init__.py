"""Computational graphs and reverse-mode differentiation over single numbers."""

from reference.computational_graph.nodes import Node, constant, variable
from reference.computational_graph.reverse_mode import (
    TraceRow,
    gradients,
    product_sum,
    topological_order,
    trace,
)

__all__ = [
    "Node",
    "TraceRow",
    "constant",
    "gradients",
    "product_sum",
    "topological_order",
    "trace",
    "variable",
]
