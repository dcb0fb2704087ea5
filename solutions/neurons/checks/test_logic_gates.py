"""Weights for AND and OR (grade cell `logic_gates`, 2 points).

Source: S0. Many triples are right: judged is what the neuron says at the four points.
"""

from autograder.checking import WrongAnswer, assert_tensor, hint, points
from reference.multilayer_perceptron import XOR_POINTS
from reference.neurons import LOGIC_GATES

# a border through a point may miss it by the rounding of fractions such as 0.1
ROUNDING = 1e-6


def judge(student, name, gate):
    """Compare what the neuron says at each point with the reference's gate."""
    w1, w2, b = (float(part) for part in assert_tensor(student[name], (3,), what=name))
    for x1, x2 in XOR_POINTS:
        a = w1 * x1 + w2 * x2 + b
        said = float(a >= -ROUNDING * max(1.0, abs(b)))
        if said != float(LOGIC_GATES[gate](assert_tensor([x1, x2], (2,)))):
            raise WrongAnswer(
                f"{name}: at ({x1:g}, {x2:g}) your a is {a:g}, so the neuron says {said:g}; "
                f"{gate.upper()} is something else there."
            )


@points(1)
@hint("Which sums w·x do the four points have, and between which two of them must the border lie?")
def test_and(student):
    """One only at (1, 1)."""
    judge(student, "and_weights", "and")


@points(1)
@hint("Compared with AND, which points change sides, and what shifts the border?")
def test_or(student):
    """Zero only at (0, 0)."""
    judge(student, "or_weights", "or")
