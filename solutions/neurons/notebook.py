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
        number = float(np.reshape(came, ()))  # an array of one number is a number, too
        print(f"{name}: {number:.4f}, expected {expected}")
        assert abs(number - expected) < 1e-3, (
            f"{name} gives {number:.4f} at a = 0.5; expected {expected}"
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

# %% [markdown]
# ## A hidden layer bends the space
#
# One line is not enough, but nobody says that the line must be drawn in the space of the inputs. Put two
# neurons in between, a **hidden layer**, and let the last neuron see only what they say. Each input
# point gets a new place $(h_1, h_2)$, and there a line may be enough. Two rectifiers do it for XOR, all
# weights 1, with the biases 0 and −1:
#
# $$ h_1 = \operatorname{relu}(x_1 + x_2), \qquad h_2 = \operatorname{relu}(x_1 + x_2 - 1) $$
#
# The activation function is needed: without it $h_1, h_2$ would be weighted sums of the inputs, the last
# neuron a weighted sum of those, and the whole network one line again.
#
# By hand, for a point that is not asked below: at $(2, 1)$ the sums are 3 and 2, so it moves to
# $(3, 2)$; at $(-1, 0)$ they are −1 and −2, so it moves to $(0, 0)$.
#
# ## Exercise 4 · the hidden space (2 points)
#
# **Where do the four points of XOR go?** Fill in one row `(h1, h2)` for each of
# $(0,0), (0,1), (1,0), (1,1)$, in this order.

# %% nbgrader={"grade_id": "hidden_space_answer", "solution": true}
xor_hidden_table = []  # four rows: [(h1, h2), (h1, h2), ...]
### BEGIN SOLUTION
xor_hidden_table = [(0, 0), (1, 0), (1, 0), (2, 1)]
### END SOLUTION


# %% nbgrader={"grade_id": "xor_hidden_space", "grade": true, "points": 2}
def check_hidden_space():
    """Draw the rows beside the inputs."""
    assert xor_hidden_table is not None and len(xor_hidden_table) > 0, (
        "xor_hidden_table is not filled in; expected one row (h1, h2) for each point"
    )
    print(f"Your table: {xor_hidden_table}; expected: four rows (h1, h2)")
    try:
        places = [(float(h1), float(h2)) for h1, h2 in xor_hidden_table]
    except (TypeError, ValueError):  # another form, such as text "1/2": it is read after you submit
        print("Your table is not drawn in this form; it is read after you submit.")
        return
    figure, axes = plt.subplots(1, 2, figsize=(7, 3))
    inputs = ((0, 0), (0, 1), (1, 0), (1, 1))
    for axis, points, names, title in (
        (axes[0], inputs, ("x1", "x2"), "the inputs"),
        (axes[1], places, ("h1", "h2"), "your hidden space"),
    ):
        for point, target in zip(points, (0, 1, 1, 0)):
            axis.plot(*point, "ko", markersize=9, fillstyle="full" if target else "none")
        axis.set(xlabel=names[0], ylabel=names[1], title=title)
    plt.show()
    print("Filled points are to give 1. Can one straight line part them from the others now?")


check_hidden_space()

# %% [markdown]
# ## Exercise 5 · read it out (2 points)
#
# The last neuron is linear: $y = v_1 h_1 + v_2 h_2 + c$. **Find the weights `(v1, v2, c)` with which $y$
# is exactly 0, 1, 1, 0** at the four points.
#
# Each row of your table is one equation. If a point lay at $(3, 2)$ and its target were 5, the equation
# would be $3 v_1 + 2 v_2 + c = 5$. Two of your rows are the same, so three equations are left for three
# unknowns: there is one answer only.

# %% nbgrader={"grade_id": "read_out_answer", "solution": true}
xor_read_out = None  # (v1, v2, c)
### BEGIN SOLUTION
xor_read_out = (1, -2, 0)
### END SOLUTION


# %% nbgrader={"grade_id": "xor_read_out_weights", "grade": true, "points": 2}
def check_read_out():
    assert xor_read_out is not None and len(xor_read_out) == 3, (
        f"xor_read_out is {xor_read_out!r}; expected three numbers (v1, v2, c)"
    )
    v1, v2, c = (float(weight) for weight in xor_read_out)
    print(f"at (2, 1) of the input, which moves to (3, 2), y is {3 * v1 + 2 * v2 + c:g}; expected -1")
    assert abs(3 * v1 + 2 * v2 + c + 1) < 1e-6, "that is not so with your weights"


check_read_out()

# %% [markdown]
# ## Exercise 6 · XOR by steep sigmoids (3 points)
#
# Another way to see it: XOR is "OR, and not both". "Not both" is called NAND. So the hidden layer
# computes OR and NAND, and the output neuron computes AND of the two. With weights of ±20 a sigmoid is
# almost a step, and has a slope all the same, so that such a network can be learned:
#
# $$ h_1 = \sigma(20 x_1 + 20 x_2 - 10), \quad h_2 = \sigma(-20 x_1 - 20 x_2 + 30), \quad
#    y = \sigma(20 h_1 + 20 h_2 - 30) $$
#
# By hand at $(1, 0)$: $h_1 = \sigma(10) = 0.99995$ and $h_2 = \sigma(10) = 0.99995$, so
# $y = \sigma(9.998) = 0.99995$. At $(0, 0)$: $h_1 = \sigma(-10) = 0.00005$, $h_2 = \sigma(30) \approx 1$,
# so $y = \sigma(-9.999) = 0.00005$.
#
# **Write `xor_sigmoids`.** `x` is a NumPy array `(B, 2)` of any numbers, also such as $-3.5$; `B` may be 1.
# It returns two things: the hidden outputs, shape `(B, 2)` with $h_1$ in column 0, and $y$, shape `(B,)`.
# Everything is allowed, your `neuron_output` too. The array that you are given stays as it is.


# %% nbgrader={"grade_id": "xor_sigmoids_answer", "solution": true}
def xor_sigmoids(x):
    """Return the hidden outputs (B, 2) and the output y (B,) of the network for inputs (B, 2)."""
    ### BEGIN SOLUTION
    total = 20 * x.sum(axis=1)
    a = np.stack([total - 10, 30 - total], axis=1)
    h = (1 + np.tanh(a / 2)) / 2
    return h, (1 + np.tanh((20 * h.sum(axis=1) - 30) / 2)) / 2
    ### END SOLUTION


# %% nbgrader={"grade_id": "xor_sigmoids_code", "grade": true, "points": 3}
def check_xor_sigmoids():
    """Compute two of the four points, and draw what the network says in between."""
    came = xor_sigmoids(np.array([[1.0, 0.0], [0.0, 0.0]]))
    assert came is not None and len(came) == 2, "xor_sigmoids must return two things: h and y"
    h, y = came
    for name, value, expected in (
        ("h1 at (1, 0)", h[0][0], 0.99995),
        ("h2 at (1, 0)", h[0][1], 0.99995),
        ("h1 at (0, 0)", h[1][0], 0.00005),
        ("y at (1, 0)", y[0], 0.99995),
        ("y at (0, 0)", y[1], 0.00005),
    ):
        print(f"{name} is {float(value):.5f}, expected {expected:.5f}")
        assert abs(float(value) - expected) < 2e-5, f"{name} is {float(value):.5f}"
    side = np.linspace(-0.5, 1.5, 61)
    places = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    plane = np.array([float(value) for value in xor_sigmoids(places)[1]]).reshape(61, 61)
    figure, axis = plt.subplots(figsize=(4, 3))
    shown = axis.imshow(plane, origin="lower", extent=(-0.5, 1.5, -0.5, 1.5), cmap="Greys")
    figure.colorbar(shown, label="y")
    axis.set(xlabel="x1", ylabel="x2", title="XOR: a band between two lines")
    plt.show()


check_xor_sigmoids()

# %% [markdown]
# ## Exercise 7 · sign units, and a sign error (4 points)
#
# A third network for XOR has `sign` units, which say −1 or 1 (and 1 at 0), and takes 1/2 and 3/2 for
# the two values of an input:
#
# $$ a_1 = x_1 + x_2 - \tfrac32, \qquad a_2 = x_1 + x_2 - \tfrac52, \qquad
#    h_j = \operatorname{sign}(a_j), \qquad y = \operatorname{sign}(o) $$
#
# Its output should be $y = -1, 1, 1, -1$ at the points
# $(\tfrac12, \tfrac12), (\tfrac32, \tfrac12), (\tfrac12, \tfrac32), (\tfrac32, \tfrac32)$.
#
# Some printed versions say $o = h_1 + h_2 - 1$. With that formula $y$ is not XOR: **one of its signs is
# wrong.** Find it, and
#
# 1. write the right formula as text in `h1` and `h2`, in the form of the printed one: `"h1 + h2 - 1"`
#    with one sign turned (it may be written in any form that is the same function);
# 2. fill in the table, one row `(a1, h1, a2, h2, o, y)` for each of the four points in the order above,
#    with $o$ by **your** formula. Fractions may be numbers (`0.5`) or text (`"1/2"`).
#
# For another point, $(2, \tfrac14)$: $a_1 = \tfrac34$, so $h_1 = 1$; $a_2 = -\tfrac14$, so $h_2 = -1$.

# %% nbgrader={"grade_id": "xor_signs_answer", "solution": true}
xor_sign_formula = ""  # such as "h1 + h2 - 1", with one sign turned
xor_sign_table = []  # four rows: [(a1, h1, a2, h2, o, y), ...]
### BEGIN SOLUTION
xor_sign_formula = "h1 - h2 - 1"
xor_sign_table = [
    (-1 / 2, -1, -3 / 2, -1, -1, -1),
    (1 / 2, 1, -1 / 2, -1, 1, 1),
    (1 / 2, 1, -1 / 2, -1, 1, 1),
    (3 / 2, 1, 1 / 2, 1, -1, -1),
]
### END SOLUTION

# %% nbgrader={"grade_id": "xor_signs", "grade": true, "points": 4}
# This cell only shows your answers; whether they are right is found out after you submit.
assert xor_sign_formula not in ("", None, ...), "xor_sign_formula is not filled in; expected a formula"
assert xor_sign_table is not None and len(xor_sign_table) > 0, (
    "xor_sign_table is not filled in; expected four rows (a1, h1, a2, h2, o, y)"
)
print(f"o = {xor_sign_formula}; expected: a formula in h1 and h2 that is -1, 1, 1, -1")
print("Your table, expected: four rows (a1, h1, a2, h2, o, y):")
print(xor_sign_table)

# %% [markdown]
# ## How a neuron learns
#
# So far you chose the weights. A neuron can also find them from examples: show it an input $x$ with its
# target $t$, and move each weight a little against the slope of the error $L = \tfrac12 (y - t)^2$. For
# a sigmoid neuron, $y = h = \sigma(a)$, the chain rule gives (*Backpropagation: the chain rule at work*
# shows how)
#
# $$ \frac{\partial L}{\partial w_i} = \underbrace{(y - t)\; h\,(1 - h)}_{\delta}\; x_i, \qquad
#    w_i \leftarrow w_i - \alpha\, \delta\, x_i, \qquad b \leftarrow b - \alpha\, \delta $$
#
# The **learning rate** $\alpha$ says how far to go. The bias behaves like the weight of an input that is
# always 1.
#
# By hand, from $w = (0, 0)$, $b = 0$ with the example $(1, 0) \to 1$ and $\alpha = 1$: $a = 0$, $h = 0.5$,
# $\delta = (0.5 - 1) \cdot 0.5 \cdot 0.5 = -0.125$. So $w = (0.125, 0)$ and $b = 0.125$. The output was too
# small, so what made it larger was raised; the second input was 0 and had no part in it.
#
# ## Exercise 8 · two steps of learning (4 points)
#
# Start from $w = (0.5, -0.5)$ and $b = 0$. **Train the sigmoid neuron on the example $(2, 2) \to 1$ and then,
# from where that led, on $(3, 3) \to 0$; once with $\alpha = 1$, and once from the start again with
# $\alpha = 0.5$.** Fill in one row for each example: `(a, h, w1, w2, b)`, where $a$ and $h$ are what the
# neuron computed for this example *before* the step, and $w_1, w_2, b$ are its weights *after* it. Four
# decimals are enough; keep them all on the way.

# %% nbgrader={"grade_id": "perceptron_answer", "solution": true}
trained_at_rate_one = []  # two rows: [(a, h, w1, w2, b), ...]
trained_at_rate_half = []  # two rows
### BEGIN SOLUTION
trained_at_rate_one = [(0, 0.5, 0.75, -0.25, 0.125), (1.625, 0.8355, 0.4055, -0.5945, 0.0102)]
trained_at_rate_half = [(0, 0.5, 0.625, -0.375, 0.0625), (0.8125, 0.6926, 0.4038, -0.5962, -0.0112)]
### END SOLUTION

# %% nbgrader={"grade_id": "perceptron_trace", "grade": true, "points": 4}
# This cell only shows your tables; whether they are right is found out after you submit.
for rate, table in ((1, trained_at_rate_one), (0.5, trained_at_rate_half)):
    assert table is not None and len(table) > 0, (
        f"the table for the rate {rate} is not filled in; expected two rows (a, h, w1, w2, b)"
    )
    print(f"learning rate {rate}, expected two rows (a, h, w1, w2, b):")
    print(table)
print("In the first row a is 0.5 · 2 - 0.5 · 2 + 0 = 0 at both rates.")

# %% [markdown]
# The second example pulls back what the first one pushed up: one example at a time, a step is good for
# that example only. That is why one takes small steps and many examples.
#
# ## Exercise 9 · how many numbers are learned? (2 points)
#
# In a **multilayer perceptron** every neuron of a layer hears all neurons of the layer before: it has one
# weight for each of them and one bias. A layer of $D_{out}$ neurons after one of $D_{in}$ therefore has
#
# $$ (D_{in} + 1) \cdot D_{out} $$
#
# parameters; the input layer has none. The XOR networks above, 2-2-1, have
# $(2 + 1) \cdot 2 + (2 + 1) \cdot 1 = 9$.
#
# **How many parameters, weights and biases together, have these two?**
#
# 1. `digits_network_parameters`: 784-100-10, for grey images of 28×28 pixels and ten digits;
# 2. `photo_network_parameters`: one hidden layer of 100 neurons and one output, for colour images of
#    256×256 pixels, three numbers for each pixel. (Some printed versions say 19,660,900 here. Whoever
#    counts all biases finds another number.)

# %% nbgrader={"grade_id": "parameters_answer", "solution": true}
digits_network_parameters = None
photo_network_parameters = None
### BEGIN SOLUTION
digits_network_parameters = (784 + 1) * 100 + (100 + 1) * 10
photo_network_parameters = (256 * 256 * 3 + 1) * 100 + (100 + 1)
### END SOLUTION

# %% nbgrader={"grade_id": "mlp_parameter_count", "grade": true, "points": 2}
# This cell looks only whether there is an answer; whether it is right is found out after you submit.
for name, count in (
    ("digits_network_parameters", digits_network_parameters),
    ("photo_network_parameters", photo_network_parameters),
):
    assert count not in (None, ..., ""), f"{name} is not filled in; expected a number"
    print(f"{name}: {count}")

# %% [markdown]
# ## A neuron that lives in time
#
# Real nerve cells do not say a number; they fire short pulses, **spikes**, and the information is in how
# many and when. The simplest model is *leaky integrate-and-fire*. The neuron has a potential $v$, at
# first 0. An input current $I$ charges it, and a leak draws it back; within one step of 1 ms, in which
# the current stays the same, $v$ comes nearer to $I$ by a fixed share:
#
# $$ v \leftarrow I + (v - I)\, e^{-1/\tau} $$
#
# The *time constant* $\tau$ (in ms) says how slowly. When $v$ has reached the threshold, $v \ge \theta$, the
# neuron fires in this step, and its potential is **reset** to 0.
#
# By hand: for $\tau = 1.4427$ the factor $e^{-1/\tau}$ is $0.5$, so the distance to $I$ is halved in every
# step. With $I = 1.5, 1.5, 1.5$ and $\theta = 1$ the potential rises to $0.75$, then to $1.125 \ge 1$: a spike,
# and the potential is 0 again; then $0.75$. So the potentials are $0.75, 0, 0.75$ and the spikes $0, 1, 0$.
#
# ## Exercise 10 · leaky integrate-and-fire (4 points)
#
# **Write `lif_neuron`.** `current` is a NumPy array `(T,)` with one current for each millisecond, of either
# sign; `T` may be 1, or 0. `tau` and `threshold` are numbers above 0; without them they are 20 and 1. All
# arguments may be given by position or by name. It returns two things, each of shape `(T,)`: the potential
# at the end of each step, after the reset if there was one, and the spikes, 1 where the neuron fired and 0
# elsewhere. Each call starts with $v = 0$, and the array that you are given stays as it is.


# %% nbgrader={"grade_id": "lif_answer", "solution": true}
def lif_neuron(current, tau=20.0, threshold=1.0):
    """Return the potentials (T,) and the spikes (T,) for the currents (T,)."""
    ### BEGIN SOLUTION
    v, potentials, spikes = 0.0, [], []
    for I in current:
        v = I + (v - I) * math.exp(-1 / tau)
        fires = v >= threshold
        v = 0.0 if fires else v
        potentials.append(v)
        spikes.append(float(fires))
    return np.array(potentials), np.array(spikes)
    ### END SOLUTION


# %% nbgrader={"grade_id": "lif_spikes", "grade": true, "points": 4}
def check_lif_neuron():
    """Follow the example by hand, and draw how a neuron answers a growing current."""
    came = lif_neuron(np.array([1.5, 1.5, 1.5]), tau=1.4427)
    assert came is not None and len(came) == 2, "lif_neuron must return potentials and spikes"
    for name, values, right in (("v", came[0], (0.75, 0, 0.75)), ("spikes", came[1], (0, 1, 0))):
        values = [float(value) for value in values]
        print(f"{name}: {values}, expected {right}")
        assert len(values) == 3, f"{name} has {len(values)} entries; expected 3"
        for value, expected in zip(values, right):
            assert abs(value - expected) < 1e-3, f"{name} has {value:g}; expected {expected}"
    current = np.linspace(0.5, 3, 200)
    v, spikes = ([float(value) for value in part] for part in lif_neuron(current))
    figure, axis = plt.subplots(figsize=(7, 2.6))
    axis.plot(current, "--", color="gray", label="current")
    axis.plot(v, "k", label="potential")
    axis.vlines([t for t in range(200) if spikes[t]], 1, 1.5, colors="black", label="spikes")
    axis.set(xlabel="time in ms", ylabel="potential", title="More current, more spikes")
    axis.legend()
    plt.show()


check_lif_neuron()
