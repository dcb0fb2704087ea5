"""An engine for reverse-mode differentiation (grade cell `reverse_mode`, 6 points).

Source: S0, computational graph. Every graph is made twice, of the student's scalars and of the
reference's nodes; values and slopes of all of them are compared.
"""

from dataclasses import dataclass

from autograder.checking import (
    AUTOGRAD,
    Made,
    Student,
    assert_close,
    assert_not_used,
    hint,
    points,
)
from reference.computational_graph import gradients, variable
from reference.computational_graph.nodes import Node

WHY = "automatic differentiation is what you rebuild here"


@dataclass(frozen=True)
class Both:
    """The student's scalar and the reference's node of the same graph."""

    student: Student
    scalar: Made
    node: Node

    def _with(self, scalar, node):
        return Both(self.student, self.student.object(scalar), node)

    def __add__(self, other):
        if isinstance(other, Both):
            return self._with(self.scalar + other.scalar, self.node + other.node)
        return self._with(self.scalar + other, self.node + other)

    def __radd__(self, other):
        return self._with(other + self.scalar, other + self.node)

    def __mul__(self, other):
        if isinstance(other, Both):
            return self._with(self.scalar * other.scalar, self.node * other.node)
        return self._with(self.scalar * other, self.node * other)

    def __rmul__(self, other):
        return self._with(other * self.scalar, other * self.node)

    def exp(self):
        return self._with(self.student.make(self.scalar.exp), self.node.exp())

    def log(self):
        return self._with(self.student.make(self.scalar.log), self.node.log())

    def tanh(self):
        return self._with(self.student.make(self.scalar.tanh), self.node.tanh())


def leaves(student, *values):
    """Make scalars of these values."""
    assert_not_used(student, "engine_answer", AUTOGRAD, why=WHY)
    return [Both(student, student.make("Scalar", float(v)), variable(v)) for v in values]


def compare(result, parts, what):
    """Go backward from the result, and compare the slopes of the named parts of the graph."""
    result.scalar.backward()
    right = gradients(result.node)
    for name, part in parts.items():
        assert_close(part.scalar.slope, right[part.node], what=f"the slope by {name} of {what}")


def operations(u, v):
    """Return every single operation, by how one writes it; v is above 0."""
    return {
        "u + v": u + v,
        "u * v": u * v,
        "u + 2.5": u + 2.5,
        "2.5 + u": 2.5 + u,
        "u * -3": u * -3,
        "-3 * u": -3 * u,
        "u.exp()": u.exp(),
        "v.log()": v.log(),
        "u.tanh()": u.tanh(),
    }


def places(rng):
    """Return pairs of numbers: zero and both signs, then drawn ones; the second is above 0."""
    return [(0.0, 1.0), (-1.5, 0.25), *rng.uniform((-2, 0.1), (2, 3), size=(2, 2)).tolist()]


@points(1)
@hint("Compute the line that the message names by hand. May one side be a plain number?")
def test_values(student, rng):
    """Each operation; what it is made from stays as it was, with the slope 0."""
    for pair in places(rng):
        u, v = leaves(student, *pair)
        for text, result in operations(u, v).items():
            assert_close(result.scalar.value, result.node.value, what=f"the value of {text}")
        for name, leaf in (("u", u), ("v", v)):
            assert_close(leaf.scalar.value, leaf.node.value, what=f"the value of {name} afterwards")
            assert_close(leaf.scalar.slope, 0.0, what=f"the slope of {name} before any backward")


@points(1)
@hint("Look up the operation in the table: what does each of its inputs get?")
def test_slopes_of_one_operation(student, rng):
    """Each operation alone, on fresh numbers; the result's own slope is 1."""
    for pair in places(rng):
        for text in operations(*leaves(student, *pair)):
            u, v = leaves(student, *pair)
            result = operations(u, v)[text]
            parts = {"u": u} if "v" not in text else {"v": v} if "u" not in text else {"u": u, "v": v}
            compare(result, {**parts, "the result itself": result}, text)


@points(1)
@hint("Along a chain slopes are multiplied: follow one of three operations by hand, from the end.")
def test_chains(student, rng):
    """Several operations one after another, a long chain among them; parts in between count, too."""
    u, v = leaves(student, *rng.uniform(0.3, 1.2, size=2).tolist())
    e = u.exp()
    t = (e * 0.5).tanh()
    y = (t * v + 2).log() * -1.5
    compare(y, {"u": u, "v": v, "a part in between": e, "another": t, "the result": y}, "a chain")
    (u,) = leaves(student, 0.4)
    y = u
    for step in range(100):
        y = (y + 0.01) * (1.02 if step % 2 else 0.99)
    compare(y, {"u": u}, "a chain of 200 operations")


@points(2)
@hint("Where is a number used twice? It gets slopes from both sides, and may pass on only their sum.")
def test_numbers_that_are_used_twice(student, rng):
    """Inputs and parts in between used several times, at unequal distances from the result."""
    pair = rng.uniform(0.4, 1.5, size=2).tolist()
    for text, make in (
        ("u + u", lambda u, v: u + u),
        ("u * u", lambda u, v: u * u),
        ("u * u + u", lambda u, v: u * u + u),
        ("u + u * v * u", lambda u, v: u + u * v * u),
    ):
        u, v = leaves(student, *pair)
        compare(make(u, v), {"u": u}, text)
    u, v = leaves(student, *pair)
    s = u * v
    y = s + s.exp() * s.tanh() + (s.exp() + u).log()
    compare(y, {"u": u, "v": v, "u * v": s}, "a graph in which u * v is used four times")
    for far_first in (True, False):  # a part is used next to the result and far from it
        u, v = leaves(student, *pair)
        s = u.exp()
        far = ((s * v).tanh() + 1).log()
        y = far * s if far_first else s * far
        compare(y, {"u": u, "v": v, "u.exp()": s}, "a graph in which u.exp() is used near and far")
    (u,) = leaves(student, 0.9)
    y = u
    for _ in range(8):
        y = y + y * 0.25
    compare(y, {"u": u}, "eight stages that each use the one before twice")


@points(1)
@hint("Which slopes stand there from the call before, and what must become of them?")
def test_each_call_starts_afresh(student, rng):
    """Called twice; then another result of the same inputs; from a part in between."""
    pair = rng.uniform(0.4, 1.5, size=2).tolist()
    u, v = leaves(student, *pair)
    product = u * v
    y = product.tanh() + 0.5
    for _ in range(2):
        compare(y, {"u": u, "v": v, "u * v": product, "the result": y}, "a graph, called twice")
    other = v.exp() * u
    compare(other, {"u": u, "v": v}, "another result of the same inputs")
    compare(product, {"u": u, "v": v, "the result": product}, "a part of a graph")
