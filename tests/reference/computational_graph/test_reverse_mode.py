"""Reverse-mode differentiation against torch, finite differences and the lecture."""

from __future__ import annotations

import math
import random

import pytest
import torch

from reference.computational_graph import (
    Node,
    constant,
    gradients,
    product_sum,
    topological_order,
    trace,
    variable,
)
from reference.errors import ConfigError


def test_the_lectures_graph_at_3_2_4_5():
    """Z = a·b + c·d: value 26, derivatives 2, 3, 5, 4, and 1 at both products."""
    z, nodes = product_sum()
    slope = gradients(z)
    assert z.value == 26
    assert {name: slope[node] for name, node in nodes.items()} == {
        "a": 2, "b": 3, "c": 5, "d": 4, "p": 1, "q": 1, "z": 1,
    }  # fmt: skip


def test_the_chain_rule_question_and_the_printed_error():
    """Z = t², t = x + y: dz/dx = (dz/dt)(dt/dx) = 2(x + y); S3's (dz/dy)(dy/dx) is another."""
    x, y = variable(1.5), variable(-0.25)
    t = x + y
    z = t**2
    slope = gradients(z)
    assert slope[x] == slope[t] * t.partials[0] == 2 * (1.5 - 0.25)
    # x and y are independent, so dy/dx = 0 and the printed product would be 0
    assert slope[y] * 0.0 != slope[x]


def expression(a, b, c, exp, log, tanh, sigmoid):
    """One formula that uses every operation, for nodes, tensors and floats alike."""
    d = a * b + c / (b * b + 1.0)
    e = tanh(d) - sigmoid(2.0 * a) * exp(-c)
    return (e * e + 0.5) ** 1.5 + log(b * b + a * a + 1.0) / (3.0 - d) + 1.0 / (d + 7.0) - d


def of_nodes(a, b, c):
    return expression(a, b, c, Node.exp, Node.log, Node.tanh, Node.sigmoid)


@pytest.mark.parametrize("seed", range(20))
def test_gradients_agree_with_torch(seed: int):
    """Value and all derivatives of a long formula equal autograd's."""
    numbers = [random.Random(seed + i).uniform(-1.2, 1.2) for i in range(3)]
    leaves = [variable(v) for v in numbers]
    z = of_nodes(*leaves)
    slope = gradients(z)
    tensors = [torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in numbers]
    expected = expression(*tensors, torch.exp, torch.log, torch.tanh, torch.sigmoid)
    expected.backward()
    assert z.value == pytest.approx(expected.item(), rel=1e-9, abs=1e-9)
    for leaf, tensor in zip(leaves, tensors, strict=True):
        assert slope[leaf] == pytest.approx(tensor.grad.item(), rel=1e-9, abs=1e-9)


def test_gradients_agree_with_central_differences():
    """An independent computation: (f(x + h) - f(x - h)) / 2h."""
    numbers = [0.3, -0.8, 0.5]
    leaves = [variable(v) for v in numbers]
    slope = gradients(of_nodes(*leaves))
    h = 1e-5
    for i, leaf in enumerate(leaves):
        ends = []
        for sign in (1, -1):
            moved = list(numbers)
            moved[i] += sign * h
            ends.append(of_nodes(*(variable(v) for v in moved)).value)
        assert slope[leaf] == pytest.approx((ends[0] - ends[1]) / (2 * h), rel=1e-7)


def test_a_node_used_twice_collects_both_paths():
    """x·x + x has slope 2x + 1."""
    x = variable(3.0)
    assert gradients(x * x + x)[x] == 7


def test_sigmoid_slope_is_at_most_a_quarter():
    """The maximum 0.25 is reached at 0, and the far ends do not overflow."""
    slopes = {a: gradients(n.sigmoid())[n] for a in (-800, -3, 0, 3, 800) if (n := variable(a))}
    assert slopes[0] == 0.25
    assert all(0 <= slope <= 0.25 for slope in slopes.values())


def test_relu_passes_or_blocks():
    """Slope 1 above zero, 0 below."""
    for value, expected in ((2.0, 1.0), (-2.0, 0.0)):
        x = variable(value)
        assert gradients(x.relu())[x] == expected


def test_a_second_pass_starts_afresh():
    """Derivatives are returned, not accumulated."""
    z, nodes = product_sum()
    assert gradients(z)[nodes["a"]] == gradients(z)[nodes["a"]] == 2


def test_parents_come_before_children():
    """In the order each node follows all it was made from, once."""
    z = of_nodes(variable(1.0), variable(0.5), variable(0.2))
    order = topological_order(z)
    position = {node: i for i, node in enumerate(order)}
    assert len(position) == len(order)
    assert all(position[p] < position[n] for n in order for p in n.parents)
    assert order[-1] is z


def test_a_deep_chain_does_not_exhaust_the_stack():
    """Ten thousand additions in a row."""
    x = variable(1.0)
    z = x
    for _ in range(10_000):
        z = z + 1.0
    assert gradients(z)[x] == 1


def test_trace_is_the_table_of_the_exercise():
    """Rows in forward order with the names one gives."""
    z, nodes = product_sum()
    rows = trace(z, {nodes["p"]: "p", nodes["q"]: "q", z: "z"})
    assert [row.name for row in rows] == ["a", "b", "p", "c", "d", "q", "z"]
    assert [row.value for row in rows] == [3, 2, 6, 4, 5, 20, 26]
    assert [row.gradient for row in rows] == [2, 3, 1, 5, 4, 1, 1]


def test_impossible_values_are_clear_errors():
    """Logarithm of a negative number, partials that do not match."""
    with pytest.raises(ConfigError, match="log of -1"):
        variable(-1).log()
    with pytest.raises(ConfigError, match="1 parents but 0"):
        Node(1.0, "odd", (constant(1.0),))
    assert math.isclose(variable(2.0).log().value, math.log(2))
