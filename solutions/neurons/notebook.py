# %% [markdown]
# # Neurons: what one can say, and what it takes a few to say
#
# An artificial **neuron** takes some numbers $x_1, \dots, x_D$, weighs each with a weight of its own,
# adds a bias, and sends the sum through an **activation function** $g$:
#
# $$ a = b + \sum_{i=1}^{D} w_i x_i, \qquad h = g(a) $$
#
# The sum $a$ is called the *pre-activation*, $h$ the neuron's *output*. The weights say which inputs
# matter and in which direction; the bias says how much it takes before the neuron speaks up. These six
# activation functions are used most:
#
# | name | $g(a)$ | answers |
# |---|---|---|
# | `step` | 1 if $a \ge 0$, else 0 | yes or no |
# | `sign` | 1 if $a \ge 0$, else −1 | for or against |
# | `linear` | $a$ | any number |
# | `sigmoid` | $1 / (1 + e^{-a})$ | between 0 and 1 |
# | `tanh` | $(e^{a} - e^{-a}) / (e^{a} + e^{-a})$ | between −1 and 1 |
# | `relu` | $a$ if $a > 0$, else 0 | nothing, or how much |
#
# At $a = 0$ exactly, `step` and `sign` say 1 in this course. (Libraries differ: `numpy.sign(0)` is 0.)

# %% nbgrader={"grade_id": "setup"}
# %matplotlib inline
import math

import matplotlib.pyplot as plt
import numpy as np

line = np.linspace(-3, 3, 601)
curves = {
    "step": np.where(line >= 0, 1, 0),
    "sign": np.where(line >= 0, 1, -1),
    "linear": line,
    "sigmoid": 1 / (1 + np.exp(-line)),
    "tanh": np.tanh(line),
    "relu": np.where(line > 0, line, 0),
}
figure, axes = plt.subplots(1, 6, figsize=(11, 2), sharex=True, sharey=True)
for axis, (name, curve) in zip(axes, curves.items()):
    axis.plot(line, curve, "k")
    axis.axhline(0, color="silver", linewidth=0.8)
    axis.set(title=name, xlabel="a", ylim=(-1.5, 1.5))
axes[0].set_ylabel("g(a)")
plt.show()

# %% [markdown]
# ## Exercise 1 · the output of a neuron (4 points)
#
# By hand: with $x = (2, -1)$, $w = (0.5, 1)$ and $b = 0.5$ the pre-activation is
# $a = 0.5 + 0.5 \cdot 2 + 1 \cdot (-1) = 0.5$. So `step`, `sign` say 1, `linear` and `relu` say 0.5,
# `sigmoid` says $1 / (1 + e^{-0.5}) = 0.6225$ and `tanh` says $0.4621$.
#
# **Write `neuron_output`.** Its arguments may be given by position or by name:
#
# | argument | shape |
# |---|---|
# | `x` | NumPy array: one input `(D,)`, or a batch of them `(B, D)`, one in each row; `B` may be 1 or 0 |
# | `w` | NumPy array `(D,)` |
# | `b` | a number |
# | `activation` | one of the six names above; `"step"` if it is left out |
#
# It returns one number for one input, and $B$ numbers, shape `(B,)`, for a batch. Another name than the
# six is refused with a `ValueError`. Pre-activations may be as large as ±1000: there `sigmoid` and `tanh`
# are 0, 1 or −1 to all digits. Everything is allowed, loops, NumPy or torch; what you are given belongs
# to the caller, so leave it as it is.


# %% nbgrader={"grade_id": "neuron_answer", "solution": true}
def neuron_output(x, w, b, activation="step"):
    """Return g(w·x + b) for one input (D,) or for each row of a batch (B, D)."""
    ### BEGIN SOLUTION
    a = x @ w + b
    if activation == "step":
        return np.where(a >= 0, 1.0, 0.0)
    if activation == "sign":
        return np.where(a >= 0, 1.0, -1.0)
    if activation == "linear":
        return a
    if activation == "sigmoid":
        return (1 + np.tanh(a / 2)) / 2
    if activation == "tanh":
        return np.tanh(a)
    if activation == "relu":
        return np.maximum(a, 0)
    raise ValueError(f"there is no activation {activation!r}")
    ### END SOLUTION


# %% [markdown]
# The self-check takes the neuron from above, once with one input and once with a batch of two.


# %% nbgrader={"grade_id": "neuron_output", "grade": true, "points": 4}
def check_neuron_output():
    x, w = np.array([2.0, -1.0]), np.array([0.5, 1.0])
    for name, expected in (("step", 1), ("linear", 0.5), ("sigmoid", 0.6225), ("tanh", 0.4621)):
        came = neuron_output(x, w, 0.5, name)
        assert came is not None, "neuron_output returned None; expected a number"
        print(f"{name}: {float(came):.4f}, expected {expected}")
        assert abs(float(came) - expected) < 1e-3, (
            f"{name} gives {float(came):.4f} at a = 0.5; expected {expected}"
        )
    came = neuron_output(np.stack([x, -x]), w, 0.5, "relu")
    assert len(came) == 2, f"a batch of 2 gave {len(came)} numbers; expected 2"
    assert abs(float(came[0]) - 0.5) < 1e-3, f"relu, row 0: {float(came[0])}; expected 0.5"
    assert abs(float(came[1]) - 0.5) < 1e-3, f"relu, row 1: {float(came[1])}; expected 0.5"
    print("a batch of two: 0.5 and 0.5, as expected")


check_neuron_output()

# %% [markdown]
# ## What one neuron can decide
#
# Where is the border between a step neuron's yes and its no? Where $a = 0$, that is
# $w_1 x_1 + w_2 x_2 + b = 0$: with two inputs it is a **straight line**, with three a plane, with more a
# *hyperplane*. The weights turn the line, the bias shifts it.
#
# Take the logic function "$x_1$ and not $x_2$", which is 1 at $(1, 0)$ only. The input $x_1$ speaks for
# it, $x_2$ against: $w = (1, -1)$. Then $w \cdot x$ is $0, -1, 1, 0$ at the points
# $(0,0), (0,1), (1,0), (1,1)$, and a bias of $-0.5$ puts the border between 0 and 1. There are many
# right answers: twice the numbers draw the same line.
#
# ## Exercise 2 · AND and OR (2 points)
#
# **Find weights and bias of a step neuron that computes AND** (1 only if both inputs are 1) **and of one
# that computes OR** (1 if at least one input is 1), for inputs of 0 and 1. Give each as three numbers
# `(w1, w2, b)`.

# %% nbgrader={"grade_id": "gate_weights", "solution": true}
and_weights = None  # (w1, w2, b)
or_weights = None  # (w1, w2, b)
### BEGIN SOLUTION
and_weights = (1, 1, -1.5)
or_weights = (1, 1, -0.5)
### END SOLUTION


# %% nbgrader={"grade_id": "logic_gates", "grade": true, "points": 2}
def check_gates():
    """Look at the point (1, 1), where both say 1, and draw on which side your neurons say 1."""
    side = np.linspace(-0.5, 1.5, 101)
    x1, x2 = np.meshgrid(side, side)
    figure, axes = plt.subplots(1, 2, figsize=(7, 3))
    gates = (("AND", and_weights, (0, 0, 0, 1)), ("OR", or_weights, (0, 1, 1, 1)))
    for axis, (name, weights, targets) in zip(axes, gates):
        assert weights is not None and len(weights) == 3, (
            f"{name}: came {weights!r}; expected three numbers (w1, w2, b)"
        )
        w1, w2, b = (float(weight) for weight in weights)
        a = w1 + w2 + b
        assert a >= -1e-6, f"{name}: at (1, 1) your a is {a:g}, so the neuron says 0; expected 1"
        shown = (w1 * x1 + w2 * x2 + b >= 0) * 1.0
        axis.imshow(
            shown, origin="lower", extent=(-0.5, 1.5, -0.5, 1.5), cmap="Greys", vmin=0, vmax=3
        )
        for point, target in zip(((0, 0), (0, 1), (1, 0), (1, 1)), targets):
            axis.plot(*point, "ko", markersize=9, fillstyle="full" if target else "none")
        axis.set(title=f"{name}: grey is where yours says 1", xlabel="x1", ylabel="x2")
    plt.show()
    print("(1, 1) gives 1, as expected. In the pictures all filled points belong into the grey.")


check_gates()

# %% [markdown]
# ## Exercise 3 · why not XOR? (1 point)
#
# XOR ("either, or") is 1 at $(0, 1)$ and $(1, 0)$, and 0 at $(0, 0)$ and $(1, 1)$. Try to find weights
# for it, and you will not: **no step neuron computes XOR.** Which sentence says why?
#
# * **a** – Four points are too few to fix a line; with more examples one would be found.
# * **b** – The step has no slope, so gradient descent does not find the weights, although they exist.
# * **c** – The pre-activations at $(0, 1)$ and $(1, 0)$ add up to the same as those at $(0, 0)$ and
#   $(1, 1)$; yet both of the first pair must be at least 0, and both of the second below 0.
# * **d** – The line always goes through $(0, 0)$, and so $(0, 0)$ cannot be told from the others.
# * **e** – XOR needs a negative weight, and the weights of a neuron are positive.

# %% nbgrader={"grade_id": "why_not_answer", "solution": true}
why_not_xor = ""  # "a", "b", "c", "d" or "e"
### BEGIN SOLUTION
why_not_xor = "c"
### END SOLUTION

# %% nbgrader={"grade_id": "xor_one_line", "grade": true, "points": 1}
# This cell looks only whether there is an answer; whether it is right is found out after you submit.
assert why_not_xor not in ("", None, ...), 'why_not_xor is not filled in; expected "a" to "e"'
print(f"You chose {why_not_xor}.")
