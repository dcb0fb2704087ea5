"""Reverse-mode differentiation: one sweep from the result to all inputs.

Guarantees:

- `gradients` gives the derivative of one node with respect to every node below it, equal to
  torch's autograd and to central differences;
- each edge of the graph is walked once, however often a node is used: the cost of all
  derivatives is a small multiple of the cost of the value;
- deep graphs do not exhaust Python's stack.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from reference.as_module import AsModule
from reference.computational_graph.nodes import Node, variable
from reference.examples import normal
from reference.registry import System
from reference.shapes import check_shape

__all__ = ["TraceRow", "gradients", "product_sum", "topological_order", "trace"]


def topological_order(output: Node) -> list[Node]:
    """List all nodes below `output`, each after its parents."""
    order: list[Node] = []
    seen: set[Node] = set()
    stack: list[tuple[Node, bool]] = [(output, False)]
    while stack:
        node, expanded = stack.pop()
        if expanded:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            stack.append((node, True))
            stack.extend((parent, False) for parent in reversed(node.parents))
    return order


def gradients(output: Node) -> dict[Node, float]:
    """Differentiate `output` with respect to every node of its graph.

    Equation: ``dz/dz = 1``; ``dz/dp = sum over children c of p of (dz/dc)(dc/dp)``

    Returns: derivative by node; ask it with the nodes you made.

    Source: S0, computational graph; S3, chain rule ``dz/dx = (dz/dt)(dt/dx)``.

    Deviation: S3 prints (dz/dy)(dy/dx) for it.

    >>> x = variable(3.0)
    >>> gradients(x * x + x)[x]
    7.0
    """
    order = topological_order(output)
    slope = dict.fromkeys(order, 0.0)
    slope[output] = 1.0
    for child in reversed(order):
        for parent, partial in zip(child.parents, child.partials, strict=True):
            # dz/dp += (dz/dc)(dc/dp)
            slope[parent] += slope[child] * partial
    return slope


@dataclass(frozen=True)
class TraceRow:
    """One line of the table one fills by hand."""

    name: str
    operation: str
    value: float
    gradient: float


def trace(output: Node, names: dict[Node, str] | None = None) -> list[TraceRow]:
    """Table of all nodes in the order of the forward pass, with value and derivative."""
    slope = gradients(output)
    labels = names or {}
    return [
        TraceRow(labels.get(node, node.name), node.operation, node.value, slope[node])
        for node in topological_order(output)
    ]


def product_sum(
    a: float = 3.0, b: float = 2.0, c: float = 4.0, d: float = 5.0
) -> tuple[Node, dict[str, Node]]:
    """Build the lecture's graph z = a·b + c·d.

    Returns: z, and the nodes by name: a, b, c, d, p = a·b, q = c·d, z.

    Source: S0, computational graph at 3, 2, 4, 5: z = 26, derivatives 2, 3, 5, 4.
    """
    leaves = {name: variable(value, name) for name, value in zip("abcd", (a, b, c, d), strict=True)}
    p = leaves["a"] * leaves["b"]
    q = leaves["c"] * leaves["d"]
    z = p + q
    return z, {**leaves, "p": p, "q": q, "z": z}


def _value_and_gradients(leaves: Tensor) -> Tensor:
    """Value and four derivatives of the lecture's graph a·b + c·d, (4,) to (5,)."""
    check_shape("leaves", leaves, 4)
    z, nodes = product_sum(*leaves.tolist())
    slope = gradients(z)
    return leaves.new_tensor([z.value, *(slope[nodes[name]] for name in "abcd")])


SYSTEMS = (
    System(
        "computational_graph",
        "S0",
        lambda _: AsModule(_value_and_gradients),
        (normal(4),),
        wrong=(normal(5),),
        differentiable=False,
    ),
)
