"""Output of a neuron (grade cell `neuron_output`, 4 points).

Source: S0, S2, S4.
"""

import numpy as np
import torch

from autograder.checking import (
    assert_close,
    assert_raises,
    assert_unchanged,
    called_twice,
    hint,
    points,
    ways_to_call,
)
from reference.neurons import neuron

NAMES = ("step", "sign", "linear", "sigmoid", "tanh", "relu")


def expected(x, w, b, name):
    """Return what the reference's neuron says, float64."""
    return neuron(torch.as_tensor(x).double(), torch.as_tensor(w).double(), float(b), name).numpy()


def as_numbers(value):
    """Let True and False count as 1 and 0, as the self-check does."""
    if isinstance(value, np.ndarray | np.generic | torch.Tensor):
        return value * 1.0 if str(value.dtype).endswith("bool") else value
    if type(value) in (list, tuple) and value and all(type(entry) is bool for entry in value):
        return [float(entry) for entry in value]
    return float(value) if type(value) is bool else value


@points(1)
@hint("Compute a by hand for two inputs: what is multiplied with what, and what is added once?")
def test_pre_activation(student, rng):
    """The linear neuron shows a itself: one to six inputs, whole and single precision numbers."""
    for D in (1, 2, 3, 6):
        x, w, b = rng.normal(size=D), rng.normal(size=D), float(rng.normal())
        right = expected(x, w, b, "linear")
        assert_close(student.neuron_output(x, w, b, "linear"), right, what="the linear output")
        for args, kwargs in ways_to_call({"x": x, "w": w, "b": b, "activation": "linear"}):
            assert_close(student.neuron_output(*args, **kwargs), right, what="the linear output")
    x, w = np.array([3, -2, 4]), np.array([1, 2, -5])
    assert_close(student.neuron_output(x, w, 7, "linear"), -14, what="the output for whole numbers")
    x, w = x.astype(np.float32) / 8, w.astype(np.float32) / 8
    assert_close(student.neuron_output(x, w, 0.5, "linear"), 0.171875, what="the output")


@points(1.5)
@hint("Compare each activation with the table: at 0, on both sides of it, and far away from it.")
def test_activations(student, rng):
    """All six: at zero, just beside it, far away, and at drawn places; `step` by default."""
    w = np.array([1.0, -1.0])
    places = [0.0, 1e-3, -1e-3, 0.75, -0.75, 30.0, -30.0, 1000.0, -1000.0, *rng.normal(size=3)]
    for name in NAMES:
        for a in places:
            x, b = np.array([a, 0.5]), 0.5
            right = expected(x, w, b, name)
            what = f"{name} at a = {a:g}"
            assert_close(as_numbers(student.neuron_output(x, w, b, name)), right, what=what)
    for a in (0.0, -0.5, 0.5):
        came = student.neuron_output(np.array([a, 0.0]), w, 0.0)
        assert_close(as_numbers(came), float(a >= 0), what="the output when no activation is named")


@points(1)
@hint("For a batch there is one number for each row. What does each row meet, and what is left alone?")
def test_batches(student, rng):
    """Batches of none, one, as many as inputs and more; nothing is changed and nothing kept."""
    for name in ("linear", "step", "sign", "sigmoid", "relu"):
        for B, D in ((0, 3), (1, 3), (3, 3), (5, 2), (4, 1)):
            x, w, b = rng.normal(size=(B, D)), rng.normal(size=D), float(rng.normal())
            came = assert_unchanged(student.neuron_output, x, w, b, name)
            right = expected(x, w, b, name)
            assert_close(as_numbers(came), right, what=f"the output for a batch of {B}, {name}")
        assert_unchanged(student.neuron_output, rng.normal(size=2), rng.normal(size=2), 0.5, name)
    first, second = ((rng.normal(size=(4, 2)), rng.normal(size=2), 0.3, "tanh") for _ in range(2))
    for came, call in zip(
        called_twice(student.neuron_output, first, second), (first, second), strict=True
    ):
        assert_close(came, expected(*call), what="the output of one of two calls")


@points(0.5)
@hint("What does your function do with a name that is not in the table?")
def test_unknown_activations_are_refused(student):
    """A function that only refuses gets nothing here."""
    x, w = np.array([2.0, 1.0]), np.array([1.0, -1.0])
    for name in NAMES:
        right = expected(x, w, 1.0, name)
        came = as_numbers(student.neuron_output(x, w, 1.0, name))
        assert_close(came, right, what=f"the output with {name}")
    for name in ("softmax", "", "steps"):
        what = f"the call with the activation {name!r}"
        assert_raises(ValueError, student.neuron_output, x, w, 1.0, name, what=what)
