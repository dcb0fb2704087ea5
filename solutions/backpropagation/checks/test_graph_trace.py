"""Forward and backward through a·b + c·d (grade cell `graph_trace`, 4 points).

Source: S0, calculation graph at 3, 2, 4, 5.
"""

from autograder.checking import assert_trace, hint, points
from reference.computational_graph import gradients, variable


def graph():
    """Return all nodes by name."""
    nodes = {name: variable(value, name) for name, value in zip("abcd", (3, 2, 4, 5), strict=True)}
    nodes["e"] = nodes["a"] * nodes["b"]
    nodes["f"] = nodes["c"] * nodes["d"]
    nodes["g"] = nodes["e"] + nodes["f"]
    return nodes


def compare(table, names, numbers):
    """Compare one table of the student's, node by node in the order of computation."""
    rows = [(numbers[name],) for name in names]
    assert_trace(table, rows, columns=("number",), steps=tuple(names), what="the table of nodes")


@points(1)
@hint("Compute e and f first, then g from them.")
def test_values(student):
    """The forward pass."""
    nodes = graph()
    compare(student["node_values"], "efg", {name: node.value for name, node in nodes.items()})


@points(1)
@hint("How fast does g rise when e does, and f stays as it is?")
def test_derivatives_of_the_sum(student):
    """The first step backward: g, e, f."""
    nodes = graph()
    slopes = gradients(nodes["g"])
    table = student["node_derivatives"]
    upper = {name: table.get(name) for name in "gef"} if isinstance(table, dict) else table
    compare(upper, "gef", {name: slopes[nodes[name]] for name in "gef"})


@points(2)
@hint(
    "How fast does e rise when a does, and b stays as it is? Multiply that by what e passes on."
)
def test_derivatives_of_the_inputs(student):
    """The second step backward: a, b, c, d."""
    nodes = graph()
    slopes = gradients(nodes["g"])
    table = student["node_derivatives"]
    lower = {name: table.get(name) for name in "abcd"} if isinstance(table, dict) else table
    compare(lower, "abcd", {name: slopes[nodes[name]] for name in "abcd"})
