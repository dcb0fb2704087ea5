"""Nodes of a small computational graph that remember how they were made.

Guarantees:

- building an expression from nodes computes its value and records each local derivative;
- nodes are immutable: derivatives are returned by `gradients`, never stored, so nothing has to
  be zeroed between two passes.

Does not: handle tensors (see torch); one node is one number, so that it can be drawn.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from reference.errors import require

__all__ = ["Node", "constant", "variable"]


@dataclass(frozen=True, eq=False)
class Node:
    """One number of the graph.

    Args:
        value: the number.
        operation: what made it: "variable", "constant", "+", "*", "exp", …
        parents: the nodes it was made from.
        partials: d value / d parent, one per parent.
        name: label of a variable, for tables.
    """

    value: float
    operation: str = "variable"
    parents: tuple[Node, ...] = ()
    partials: tuple[float, ...] = ()
    name: str = ""

    def __post_init__(self) -> None:
        require(
            len(self.parents) == len(self.partials),
            f"{len(self.parents)} parents but {len(self.partials)} partial derivatives",
        )

    def __add__(self, other: Node | float) -> Node:
        # d(a + b)/da = 1, d(a + b)/db = 1
        other = _node(other)
        return Node(self.value + other.value, "+", (self, other), (1.0, 1.0))

    def __mul__(self, other: Node | float) -> Node:
        # d(a b)/da = b, d(a b)/db = a
        other = _node(other)
        return Node(self.value * other.value, "*", (self, other), (other.value, self.value))

    def __truediv__(self, other: Node | float) -> Node:
        other = _node(other)
        require(other.value != 0, f"{self.value:g} divided by 0, expected another divisor")
        # d(a / b)/da = 1/b, d(a / b)/db = -a/b²
        quotient = self.value / other.value
        return Node(quotient, "/", (self, other), (1 / other.value, -quotient / other.value))

    def __pow__(self, exponent: float) -> Node:
        whole = float(exponent).is_integer()
        require(
            self.value > 0 or (whole and (self.value < 0 or exponent >= 0)),
            f"{self.value:g} to the power {exponent:g} is no real number",
        )
        # d(a^n)/da = n a^(n - 1)
        slope = exponent * self.value ** (exponent - 1) if exponent else 0.0
        return Node(self.value**exponent, f"**{exponent:g}", (self,), (slope,))

    def __neg__(self) -> Node:
        return self * -1.0

    def __sub__(self, other: Node | float) -> Node:
        return self + -_node(other)

    def __radd__(self, other: float) -> Node:
        return self + other

    def __rmul__(self, other: float) -> Node:
        return self * other

    def __rsub__(self, other: float) -> Node:
        return _node(other) - self

    def __rtruediv__(self, other: float) -> Node:
        return _node(other) / self

    def exp(self) -> Node:
        """Exponential; its slope is its own value."""
        return self._map("exp", _exponential, lambda _, y: y)

    def log(self) -> Node:
        """Natural logarithm; its slope at a is 1/a."""
        require(self.value > 0, f"log of {self.value}, expected a positive number")
        return self._map("log", math.log, lambda a, _: 1 / a)

    def tanh(self) -> Node:
        """Hyperbolic tangent y; its slope is 1 - y²."""
        return self._map("tanh", math.tanh, lambda _, y: 1 - y * y)

    def sigmoid(self) -> Node:
        """Logistic function y; its slope is y (1 - y), at most 0.25."""
        return self._map("sigmoid", _logistic, lambda _, y: y * (1 - y))

    def relu(self) -> Node:
        """Rectifier; slope 1 where a > 0, else 0."""
        return self._map("relu", lambda a: max(0.0, a), lambda a, _: float(a > 0))

    def _map(
        self,
        operation: str,
        function: Callable[[float], float],
        derivative: Callable[[float, float], float],
    ) -> Node:
        value = function(self.value)
        return Node(value, operation, (self,), (derivative(self.value, value),))


def variable(value: float, name: str = "") -> Node:
    """Make a leaf that one wants the derivative of."""
    return Node(float(value), "variable", name=name)


def constant(value: float) -> Node:
    """Make a leaf that is a fixed number."""
    return Node(float(value), "constant", name=f"{value:g}")


def _node(value: Node | float) -> Node:
    return value if isinstance(value, Node) else constant(value)


def _exponential(a: float) -> float:
    try:
        return math.exp(a)
    except OverflowError:  # above 709.78
        return math.inf


def _logistic(a: float) -> float:
    if a >= 0:
        return 1 / (1 + math.exp(-a))
    return math.exp(a) / (1 + math.exp(a))
