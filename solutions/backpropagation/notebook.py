# %% [markdown]
# # Backpropagation: the chain rule at work
#
# A network is one long formula made of short steps. Training asks, for every weight: if I turn this
# weight up a little, does the error rise or fall, and how fast? That is a derivative, and there are
# millions of weights. Backpropagation answers for all of them in one sweep from the error back to
# the input, and it needs one rule only.
#
# The functions that you write here are called by position and by name: keep the names of their arguments.
#
# ## The chain rule
#
# If $z$ depends on $t$ and $t$ depends on $x$, a small change of $x$ moves $t$, and the moved $t$
# moves $z$. The speeds multiply:
#
# $$ \frac{dz}{dx} = \frac{dz}{dt} \cdot \frac{dt}{dx} $$
#
# The name in the middle must be the same on both sides: the quantity *through* which the change
# passes. (The source of this exercise prints $\frac{dz}{dy}\frac{dy}{dx}$; that is a slip, for $y$ is
# an input here and does not depend on $x$.)

# %%
# %matplotlib inline
import matplotlib.pyplot as plt
import torch


def draw_graph(nodes, edges, title):
    """Draw a graph: nodes name -> (x, y), edges (from, to, what stands at the edge)."""
    figure, axis = plt.subplots(figsize=(6, 2.6))
    for start, end, text in edges:
        (x0, y0), (x1, y1) = nodes[start], nodes[end]
        axis.annotate(
            "",
            (x1, y1),
            (x0, y0),
            arrowprops={"arrowstyle": "->", "shrinkA": 16, "shrinkB": 16, "color": "gray"},
        )
        axis.text((x0 + x1) / 2, (y0 + y1) / 2 + 0.12, text, ha="center", color="tab:blue")
    for name, (x, y) in nodes.items():
        axis.text(
            x,
            y,
            name,
            ha="center",
            va="center",
            bbox={"boxstyle": "circle,pad=0.4", "facecolor": "white", "edgecolor": "black"},
        )
    axis.set(xlim=(-0.6, 2.8), ylim=(-0.5, 1.6), title=title)
    axis.axis("off")
    plt.show()


draw_graph(
    {"x": (0, 1), "y": (0, 0), "t": (1.2, 0.5), "z": (2.4, 0.5)},
    [("x", "t", "dt/dx"), ("y", "t", "dt/dy"), ("t", "z", "dz/dt")],
    "z = t², t = x + y: multiply along the way from x to z",
)

# %% [markdown]
# ## Exercise 1 ★ · the chain rule on paper (2 points)
#
# Let
#
# $$ z = t^2, \qquad t = x + y. $$
#
# Find $\frac{dz}{dx}$ by the chain rule, and write it as text **in $x$ and $y$**, for example
# `"3*x - y**2"`. It may be written in any form (`3x - y^2`, TeX, a sympy expression); what counts is
# that it is the same function.

# %% nbgrader={"grade_id": "dz_dx", "solution": true}
### BEGIN SOLUTION
dz_dx = "2*(x + y)"
### END SOLUTION

# %% nbgrader={"grade_id": "chain_rule", "grade": true, "points": 2}
import sympy


def check_chain_rule(x=1.0, y=2.0, step=1e-6):
    measured = ((x + step + y) ** 2 - (x - step + y) ** 2) / (2 * step)  # how fast z really rises
    try:
        formula = sympy.sympify(str(dz_dx))
        places = {name: {"x": x, "y": y}[str(name)] for name in formula.free_symbols}
        came = float(formula.subs(places))
    except Exception:  # a form that this cell cannot compute, such as 2x instead of 2*x
        print(f"Your formula: {dz_dx}")
        print("It is not written as Python would, so it is only compared after you submit.")
        return
    assert abs(came - measured) < 1e-4, (
        f"at x = 1, y = 2 your formula gives {came:g}, but z rises by {measured:g} per unit of x there"
    )
    print(f"At x = 1, y = 2 your formula gives {came:g}, and so does the measured slope.")
    print("One point is no proof: after you submit, it is compared at many others.")


check_chain_rule()

# %% [markdown]
# ## Many paths, one sweep
#
# Now a graph with four inputs, computed in small steps:
#
# $$ e = a \cdot b, \qquad f = c \cdot d, \qquad g = e + f. $$
#
# Go **forward** to compute all values. Then go **backward**: start with $\frac{\partial g}{\partial g}
# = 1$ and give each node, times the derivative at the edge, on to the nodes it was made from. A
# product passes on the *other* factor, because $\frac{\partial (ab)}{\partial a} = b$; a sum passes
# the derivative on unchanged.

# %%
draw_graph(
    {
        "a=3": (0, 1.4),
        "b=2": (0, 0.9),
        "c=4": (0, 0.2),
        "d=5": (0, -0.3),
        "e": (1.2, 1.1),
        "f": (1.2, 0.0),
        "g": (2.4, 0.55),
    },
    [
        ("a=3", "e", "×"),
        ("b=2", "e", "×"),
        ("c=4", "f", "×"),
        ("d=5", "f", "×"),
        ("e", "g", "+"),
        ("f", "g", "+"),
    ],
    "g = a·b + c·d",
)

# %% [markdown]
# ## Exercise 2 · forward and backward by hand (4 points)
#
# Take $a = 3,\ b = 2,\ c = 4,\ d = 5$. Fill in the value of each node, and the derivative
# $\frac{\partial g}{\partial \cdot}$ of the result with respect to each node. Replace every `None`
# that the lines below would have, by a number:
#
# ```python
# node_values = {"e": None, "f": None, "g": None}
# node_derivatives = {"g": 1, "e": None, "f": None, "a": None, "b": None, "c": None, "d": None}
# ```

# %% nbgrader={"grade_id": "graph_tables", "solution": true}
### BEGIN SOLUTION
node_values = {"e": 6, "f": 20, "g": 26}
node_derivatives = {"g": 1, "e": 1, "f": 1, "a": 2, "b": 3, "c": 5, "d": 4}
### END SOLUTION


# %% nbgrader={"grade_id": "graph_trace", "grade": true, "points": 4}
def check_tables():
    """Look at the form, and at one thing that must hold whatever the numbers are."""
    for name, table, nodes in (
        ("node_values", node_values, "efg"),
        ("node_derivatives", node_derivatives, "abcdefg"),
    ):
        missing = [node for node in nodes if table.get(node) in (None, ..., "")]
        assert not missing, f"{name}: {', '.join(missing)} not filled in yet"
    try:
        g, slope = float(node_values["g"]), float(node_derivatives["a"])
    except (TypeError, ValueError):  # numbers as text such as "1/2" are read after you submit
        return
    print(f"If your table is right, a = 3.001 gives g = {g + 0.001 * slope:g}.")
    print(f"It really gives {3.001 * 2 + 4 * 5:g}.")


check_tables()

# %% [markdown]
# ## Slopes of the activation functions
#
# The chain rule needs the slope of every step, and the step that comes most often in a network is an
# activation function. Take the **sigmoid**, which presses any number $a$ between 0 and 1:
#
# $$ h = \sigma(a) = \frac{1}{1 + e^{-a}} $$
#
# By hand, where the answer can be seen: at $a = 0$ it is $h = \tfrac12$. A step further, at $a = 0.01$,
# it is $0.5025$. So the slope there is about $0.0025 / 0.01 = 0.25$.
#
# To find the slope everywhere, go through it in short steps, as before: $u = e^{-a}$ has the slope
# $-u$; $v = 1 + u$ passes it on; and $h = 1/v$ has the slope $-1/v^2$. Multiply. What comes out can be
# written with $h$ alone, and that is why the sigmoid was liked: whoever has computed $h$ on the way
# forward has the slope on the way back nearly for free.

# %% nbgrader={"grade_id": "slopes_setup"}
import math

import sympy


def value_of(formula, **places):
    """Return a formula's value at these places; None for a form that this cell cannot compute."""
    try:
        read = sympy.sympify(str(formula))
        return float(read.subs({name: places[str(name)] for name in read.free_symbols}))
    except Exception:
        return None


def compare_slope(name, formula, measured, **places):
    """Compare a formula with a slope that was measured at one place."""
    assert formula is not None and str(formula).strip() not in ("", "Ellipsis"), (
        f"{name} is not filled in; expected a formula as text"
    )
    came = value_of(formula, **places)
    where = ", ".join(f"{letter} = {place:g}" for letter, place in list(places.items())[:3])
    if came is None:  # such as 2h instead of 2*h
        print(f"{name} = {formula}, expected {measured:.4f} at {where}")
        print("It is not written as Python would, so it is only compared after you submit.")
        return
    print(f"{name} gives {came:.4f} at {where}; measured is {measured:.4f}")
    assert abs(came - measured) < 1e-4, f"{name} is {came:.4f} there; expected {measured:.4f}"


side = torch.linspace(-6, 6, 241)
figure, axes = plt.subplots(1, 2, figsize=(8, 2.6), sharex=True)
for axis, curve, title in (
    (axes[0], torch.sigmoid(side), "sigmoid"),
    (axes[1], torch.tanh(side), "tanh"),
):
    axis.plot(side, curve, "k", label="h")
    axis.plot(side, torch.gradient(curve, spacing=(side,))[0], "k--", label="its slope, measured")
    axis.set(title=title, xlabel="a")
    axis.legend()
plt.show()

# %% [markdown]
# ## Exercise 3 · the slope of the sigmoid (2 points)
#
# **Find $\frac{dh}{da}$ for $h = \sigma(a)$** and write it as text **in `h`**, in `a`, or in both, such as
# `"3*h + exp(-a)"`. Any form of the right function counts.

# %% nbgrader={"grade_id": "sigmoid_slope_answer", "solution": true}
sigmoid_slope_formula = ""  # a formula in h, or in a
### BEGIN SOLUTION
sigmoid_slope_formula = "h*(1 - h)"
### END SOLUTION


# %% nbgrader={"grade_id": "sigmoid_slope", "grade": true, "points": 2}
def check_sigmoid_slope(a=1.0, step=1e-5):
    h = [1 / (1 + math.exp(-place)) for place in (a - step, a, a + step)]
    measured = (h[2] - h[0]) / (2 * step)
    compare_slope("sigmoid_slope_formula", sigmoid_slope_formula, measured, a=a, h=h[1])


check_sigmoid_slope()

# %% [markdown]
# ## Exercise 4 · ten sigmoids in a row (1 point)
#
# On its way back through a network an error is multiplied by the slope of each unit that it passes.
# Suppose that it passes ten sigmoid units, one in each of ten layers, and that all weights between
# them are 1. **What is the most that can be left of it?** (Some printed versions say that the sigmoid
# is largest at 0. Its *slope* is.)
#
# * **a** – All of it: for a large $a$ the slope is 1, so the factors are 1.
# * **b** – About a thousandth: the slope is largest at $a = 0$, where it is $0.5$, and $0.5^{10} \approx
#   0.001$.
# * **c** – About a millionth: the slope is largest at $a = 0$, where it is $0.25$, and $0.25^{10}
#   \approx 0.000001$.
# * **d** – A fortieth: the slope is largest at $a = 0$, where it is $0.25$, and ten layers share it.
# * **e** – There is no bound: the slope grows with $a$, as $e^{a}$ does.

# %% nbgrader={"grade_id": "sigmoid_peak_answer", "solution": true}
ten_sigmoids = ""  # "a", "b", "c", "d" or "e"
### BEGIN SOLUTION
ten_sigmoids = "c"
### END SOLUTION

# %% nbgrader={"grade_id": "sigmoid_peak", "grade": true, "points": 1}
# This cell looks only whether there is an answer; whether it is right is found out after you submit.
assert ten_sigmoids not in ("", None, ...), 'ten_sigmoids is not filled in; expected "a" to "e"'
print(f"You chose {ten_sigmoids}.")

# %% [markdown]
# ## Exercise 5 · the slope of tanh (1 point)
#
# The **hyperbolic tangent** goes from −1 to 1. It is a sigmoid, stretched:
#
# $$ h = \tanh(a) = \frac{e^{a} - e^{-a}}{e^{a} + e^{-a}} = 2\,\sigma(2a) - 1 $$
#
# Either form leads to the slope: the quotient by the rule for quotients, or the right-hand side by the
# chain rule and exercise 3. (Some printed programs have a function `d_tanh` that returns $\tanh(a)$
# itself; look at the figure to see that the two differ, at 0 for example.)
#
# **Find $\frac{dh}{da}$ for $h = \tanh(a)$**, as text in `h`, in `a`, or in both.

# %% nbgrader={"grade_id": "tanh_slope_answer", "solution": true}
tanh_slope_formula = ""  # a formula in h, or in a
### BEGIN SOLUTION
tanh_slope_formula = "1 - h**2"
### END SOLUTION


# %% nbgrader={"grade_id": "tanh_slope", "grade": true, "points": 1}
def check_tanh_slope(a=0.5, step=1e-5):
    measured = (math.tanh(a + step) - math.tanh(a - step)) / (2 * step)
    compare_slope("tanh_slope_formula", tanh_slope_formula, measured, a=a, h=math.tanh(a))


check_tanh_slope()

# %% [markdown]
# ## Exercise 6 · the gradient of one neuron (2 points)
#
# Now put the pieces together. One neuron with one input $x$ and a target $t$:
#
# $$ a = w x + b, \qquad h = \sigma(a), \qquad L = \tfrac12\, (h - t)^2 $$
#
# What does the loss do when the weight $w$ is turned? The change passes through $a$ and $h$:
#
# $$ \frac{\partial L}{\partial w} = \frac{dL}{dh} \cdot \frac{dh}{da} \cdot \frac{\partial a}{\partial w} $$
#
# By hand, with $w = b = 0$, $x = 2$ and $t = 1$: $h = \tfrac12$, so $\frac{dL}{dh} = h - t = -\tfrac12$,
# $\frac{dh}{da} = \tfrac14$ and $\frac{\partial a}{\partial w} = x = 2$. Together $-\tfrac14$: a larger weight
# makes the loss smaller, as it should be for an output that is too small.
#
# **Write $\frac{\partial L}{\partial w}$ and $\frac{\partial L}{\partial b}$ as text** in `h`, `t`, `x`, and if you
# like `w`, `b` and `a`. With them the neuron learned in *Neurons: what one can say, and what it takes a
# few to say*.

# %% nbgrader={"grade_id": "neuron_slopes_answer", "solution": true}
neuron_weight_slope = ""  # dL/dw
neuron_bias_slope = ""  # dL/db
### BEGIN SOLUTION
neuron_weight_slope = "(h - t)*h*(1 - h)*x"
neuron_bias_slope = "(h - t)*h*(1 - h)"
### END SOLUTION


# %% nbgrader={"grade_id": "neuron_slopes", "grade": true, "points": 2}
def check_neuron_slopes(x=2.0, t=1.0, w=0.3, b=-0.1, step=1e-5):
    def loss(w, b):
        return 0.5 * (1 / (1 + math.exp(-(w * x + b))) - t) ** 2

    a = w * x + b
    places = {"x": x, "t": t, "h": 1 / (1 + math.exp(-a)), "a": a, "w": w, "b": b}
    by_w = (loss(w + step, b) - loss(w - step, b)) / (2 * step)
    by_b = (loss(w, b + step) - loss(w, b - step)) / (2 * step)
    compare_slope("neuron_weight_slope", neuron_weight_slope, by_w, **places)
    compare_slope("neuron_bias_slope", neuron_bias_slope, by_b, **places)


check_neuron_slopes()

# %% [markdown]
# ## Exercise 7 · one step of learning, with all its numbers (4 points)
#
# With a hidden layer the sweep has one stage more. Two inputs, two sigmoid hidden units, one linear
# output; each unit has a bias, $w_{j0}$ or $v_0$, whose input is always 1:
#
# $$ a_j = w_{j0} + w_{j1} x_1 + w_{j2} x_2, \qquad h_j = \sigma(a_j), \qquad
#    y = v_0 + v_1 h_1 + v_2 h_2, \qquad L = \tfrac12 (y - t)^2 $$
#
# Going back, the error $y - t$ meets the output weights first. What arrives at hidden unit $j$ is
#
# $$ \delta_j = (y - t)\; v_j\; h_j (1 - h_j) $$
#
# and every weight moves against its slope, all by the same step, with the weights that the forward
# pass used:
#
# $$ v_j \leftarrow v_j - \eta\,(y - t)\,h_j, \qquad w_{ji} \leftarrow w_{ji} - \eta\,\delta_j\,x_i $$
#
# A smaller example by hand: one input $x = 2$, one hidden unit with $w_{10} = 0$, $w_{11} = 0$, and
# $v_0 = 0$, $v_1 = 3$, target $t = 1$, $\eta = 0.1$. Forward: $a_1 = 0$, $h_1 = 0.5$, $y = 1.5$. Backward:
# $y - t = 0.5$ and $\delta_1 = 0.5 \cdot 3 \cdot 0.25 = 0.375$. Then $v_1 = 3 - 0.1 \cdot 0.5 \cdot 0.5 =
# 2.975$, $v_0 = -0.05$, $w_{11} = 0 - 0.1 \cdot 0.375 \cdot 2 = -0.075$ and $w_{10} = -0.0375$. With these,
# $y$ is about $1.35$: nearer to the target.
#
# Now take $x = (0.5, 0.5)$, $t = 1$, $\eta = 0.1$ and the weights
#
# | unit | bias | first weight | second weight |
# |---|---|---|---|
# | hidden 1 | $w_{10} = 0$ | $w_{11} = 1$ | $w_{12} = 1$ |
# | hidden 2 | $w_{20} = -2$ | $w_{21} = 0$ | $w_{22} = 1$ |
# | output | $v_0 = 1$ | $v_1 = 1$ | $v_2 = 1$ |
#
# **Fill in what the forward pass computes, and the nine weights after one step.** Four decimals are
# enough; keep all of them on the way. (Some printed versions have $h_1 = 0.269$ and $h_2 = 0.818$ here,
# which are $\sigma(-a)$, and move the weights by $-\eta\,(t - y)\,h_j$, which leads away from the target.)

# %% nbgrader={"grade_id": "worked_step_answer", "solution": true}
worked_forward = {"a1": None, "h1": None, "a2": None, "h2": None, "y": None}
worked_output_weights = {"v0": None, "v1": None, "v2": None}
worked_hidden_weights = {
    "w10": None,
    "w11": None,
    "w12": None,
    "w20": None,
    "w21": None,
    "w22": None,
}
### BEGIN SOLUTION
worked_forward = {"a1": 1, "h1": 0.7311, "a2": -1.5, "h2": 0.1824, "y": 1.9135}
worked_output_weights = {"v0": 0.9087, "v1": 0.9332, "v2": 0.9833}
worked_hidden_weights = {
    "w10": -0.0180,
    "w11": 0.9910,
    "w12": 0.9910,
    "w20": -2.0136,
    "w21": -0.0068,
    "w22": 0.9932,
}
### END SOLUTION


# %% nbgrader={"grade_id": "worked_step", "grade": true, "points": 4}
def check_worked_step():
    """See whether anything is missing, and whether your weights bring y nearer to the target."""
    numbers = {}
    for name, table, letters in (
        ("worked_forward", worked_forward, "a1 h1 a2 h2 y"),
        ("worked_output_weights", worked_output_weights, "v0 v1 v2"),
        ("worked_hidden_weights", worked_hidden_weights, "w10 w11 w12 w20 w21 w22"),
    ):
        if not isinstance(table, dict):  # another form of a table is read after you submit
            continue
        missing = [letter for letter in letters.split() if table.get(letter) in (None, ..., "")]
        assert not missing, f"{name}: {', '.join(missing)} not filled in yet"
        numbers.update(table)
    try:
        n = {name: float(number) for name, number in numbers.items()}
        h1, h2 = (
            1 / (1 + math.exp(-n[f"w{j}0"] - 0.5 * n[f"w{j}1"] - 0.5 * n[f"w{j}2"])) for j in (1, 2)
        )
        before, after = n["y"], n["v0"] + n["v1"] * h1 + n["v2"] * h2
    except (TypeError, ValueError, KeyError, OverflowError):
        print("Your tables are not computed with in this form; they are read after you submit.")
        return
    print(f"y was {before:.4f} and is {after:.4f} with your new weights; the target is 1.")
    assert abs(after - 1) < abs(before - 1), "after a step down the slope y must be nearer to 1"


check_worked_step()

# %% [markdown]
# ## Exercise 8 · a network with one hidden layer (4 points)
#
# The same sweep, with matrices. For a batch of inputs $X$ (one row each) the network computes
#
# $$ A = X W_1^\top, \qquad H = \sigma(A), \qquad Y = H W_2^\top, \qquad
#    E = \tfrac12 \sum (Y - T)^2, \qquad \sigma(a) = \frac{1}{1 + e^{-a}} $$
#
# Backward, from the error to the weights:
#
# 1. $\Delta_2 = \partial E / \partial Y = Y - T$. Mind the sign: with $T - Y$ every step makes the
#    error larger.
# 2. $\partial E / \partial W_2$: weight $w_{kj}$ connects $h_j$ with $y_k$, so its derivative is
#    $\Delta_{2,k}\, h_j$, added up over the batch.
# 3. The error goes back through $W_2$ to the hidden units, and then through $\sigma$, whose slope is
#    $\sigma'(a) = h\,(1 - h)$. (One of the sources writes $a\,(1 - a)$; it is the unit's *output* $h$
#    that belongs there.)
# 4. $\partial E / \partial W_1$ is made from that as $\partial E / \partial W_2$ was made from
#    $\Delta_2$.
#
# Write `network_gradients`. Automatic differentiation (`backward`, `torch.autograd`, `torch.func`) is what
# you rebuild here, so it is not allowed in it; to compare with it in another cell is fine. Any other
# way counts: matrix products, `einsum`, loops, also complex steps and small differences, if they are
# exact to four digits. The numbers that you are given stay as they are.
#
# | name | shape |
# |---|---|
# | `X` | `(B, D)` |
# | `T` | `(B, K)` |
# | `W1`, `W2` | `(H, D)`, `(K, H)` |


# %% nbgrader={"grade_id": "network_gradients", "solution": true}
def network_gradients(X, T, W1, W2):
    """Return dE/dW1 (H, D) and dE/dW2 (K, H)."""
    H = torch.sigmoid(X @ W1.T)
    Y = H @ W2.T
    ### BEGIN SOLUTION
    delta_output = Y - T
    delta_hidden = (delta_output @ W2) * H * (1 - H)
    return delta_hidden.T @ X, delta_output.T @ H
    ### END SOLUTION


# %% nbgrader={"grade_id": "delta_rule", "grade": true, "points": 4}
def check_gradients():
    """One input x = 1, one hidden unit w1 = 0, so h = 1/2; one output w2 = 2, so y = 1; target 0."""
    one = torch.ones(1, 1, dtype=torch.float64)
    dW1, dW2 = network_gradients(one, 0 * one, 0 * one, 2 * one)
    dw1, dw2 = torch.as_tensor(dW1).item(), torch.as_tensor(dW2).item()
    print(f"dE/dw2 = (y - t) · h = {dw2:g}, expected 1 · 1/2 = 0.5")
    print(f"dE/dw1 = (y - t) · w2 · h(1 - h) · x = {dw1:g}, expected 1 · 2 · 1/4 · 1 = 0.5")
    assert abs(dw2 - 0.5) < 1e-4, f"dE/dw2 is {dw2:g}; expected 0.5"
    assert abs(dw1 - 0.5) < 1e-4, f"dE/dw1 is {dw1:g}; expected 0.5"


check_gradients()

# %% [markdown]
# With your gradients the network can learn what a single neuron cannot: XOR, the points of the plane
# where exactly one coordinate is positive. A constant third input serves as bias. On the right is
# what the trained network answers in the plane; the dots are the examples.


# %%
def train_on_xor(rounds=400, rate=0.02):
    """Follow your gradients downhill; return the error after each round and the network's map."""
    rng = torch.Generator().manual_seed(3)
    places = torch.randn(40, 2, generator=rng)
    targets = (places[:, :1] * places[:, 1:] < 0).float()
    inputs = torch.cat([places, torch.ones(40, 1)], dim=1)
    W1, W2 = 2 * torch.randn(8, 3, generator=rng), 0.1 * torch.randn(1, 8, generator=rng)
    errors = []
    for _ in range(rounds):
        dW1, dW2 = network_gradients(inputs, targets, W1, W2)
        W1, W2 = W1 - rate * dW1, W2 - rate * dW2
        errors.append(0.5 * ((torch.sigmoid(inputs @ W1.T) @ W2.T - targets) ** 2).sum().item())
    line = torch.linspace(-2.5, 2.5, 60)
    plane = torch.cartesian_prod(line, line)
    answers = torch.sigmoid(torch.cat([plane, torch.ones(3600, 1)], dim=1) @ W1.T) @ W2.T
    return errors, places, targets[:, 0], answers.reshape(60, 60).T


def show_training():
    errors, places, targets, answers = train_on_xor()
    figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3))
    left.semilogy(errors)
    left.set(xlabel="round", ylabel="error E", title="Learning XOR with your gradients")
    image = right.imshow(answers, origin="lower", extent=(-2.5, 2.5, -2.5, 2.5), vmin=0, vmax=1)
    right.scatter(*places.T, c=targets, s=12, edgecolors="white")
    figure.colorbar(image, ax=right)
    plt.show()


show_training()

# %% [markdown]
# ## Exercise 9 · softmax and cross-entropy (4 points)
#
# A network that chooses among $K$ classes ends in $K$ scores $z_1, \dots, z_K$, any numbers. **Softmax**
# makes probabilities of them, and the **cross-entropy** says how surprised one is by the right class $c$:
#
# $$ p_k = \frac{e^{z_k}}{\sum_j e^{z_j}}, \qquad L = -\log p_c $$
#
# Both look costly to differentiate, yet together nearly everything cancels. Write $L = -z_c +
# \log \sum_j e^{z_j}$. The first part has the slope $-1$ at $k = c$ and 0 elsewhere; the second has
# $e^{z_k} / \sum_j e^{z_j} = p_k$. So
#
# $$ \frac{\partial L}{\partial z_k} = p_k - t_k, \qquad t_k = 1 \text{ if } k = c, \text{ else } 0 $$
#
# which is again "output minus target", as with the squared error.
#
# By hand: $z = (\ln 2, 0, 0)$ gives $e^{z} = (2, 1, 1)$ and $p = (\tfrac12, \tfrac14, \tfrac14)$. If the right
# class is number 1 (we count from 0), the gradient is $(\tfrac12, -\tfrac34, \tfrac14)$. It adds up to 0: what
# the right class gains, the others lose.
#
# A batch of $B$ examples has the **mean** of their losses as its loss, so each row is divided by $B$.
#
# **Write `softmax_slopes`.**
#
# | argument | |
# |---|---|
# | `scores` | tensor `(B, K)` of `float32` or `float64`; `B` and `K` may be 1 |
# | `classes` | tensor `(B,)` of whole numbers from 0 to $K - 1$, the right class of each row |
#
# It returns $\partial L / \partial z$, shape `(B, K)`, for the mean loss of the batch. Scores may be as large as
# ±1000, where $e^{z}$ is more than a computer can hold: a number that is added to all scores of a row
# changes no probability, so take away the largest first. Automatic differentiation (`backward`,
# `torch.autograd`, `torch.func`) is what you rebuild, so it is not allowed in it; everything else is,
# `torch.softmax` too, and so are complex steps and small differences, if they are exact to four digits.
# What you are given stays as it is.


# %% nbgrader={"grade_id": "softmax_slopes_answer", "solution": true}
def softmax_slopes(scores, classes):
    """Return the slopes (B, K) of the mean cross-entropy by the scores (B, K)."""
    ### BEGIN SOLUTION
    exponentials = torch.exp(scores - scores.max(dim=1, keepdim=True).values)
    slopes = exponentials / exponentials.sum(dim=1, keepdim=True)
    slopes[torch.arange(len(scores)), classes] -= 1
    return slopes / len(scores)
    ### END SOLUTION


# %% nbgrader={"grade_id": "softmax_gradient", "grade": true, "points": 4}
def check_softmax_slopes():
    """The example by hand, alone and twice in a batch; then a picture of another one."""
    row = [math.log(2), 0.0, 0.0]
    for scores, classes, expected in (
        ([row], [1], [0.5, -0.75, 0.25]),
        ([row, row], [1, 1], [0.25, -0.375, 0.125]),
    ):
        came = softmax_slopes(torch.tensor(scores), torch.tensor(classes))
        assert came is not None, "softmax_slopes returned None; expected slopes of shape (B, K)"
        first = [float(slope) for slope in came[0]]
        shown = ", ".join(f"{slope:.4f}" for slope in first)
        print(f"the first row of a batch of {len(scores)}: {shown}; expected {expected}")
        assert len(first) == 3 and all(
            abs(slope - right) < 1e-3 for slope, right in zip(first, expected)
        ), f"the first row of a batch of {len(scores)} is {shown}; expected {expected}"
    scores = torch.tensor([[2.0, 0.5, -1.0, 1.5]])
    slopes = [float(slope) for slope in softmax_slopes(scores, torch.tensor([3]))[0]]
    figure, (left, right) = plt.subplots(1, 2, figsize=(7, 2.4))
    left.bar(range(4), torch.softmax(scores, dim=1)[0], color="silver", edgecolor="black")
    left.set(xlabel="class", ylabel="probability", xticks=range(4), title="what it says")
    right.bar(range(4), slopes, color="silver", edgecolor="black")
    right.axhline(0, color="black", linewidth=0.8)
    right.set(xlabel="class", ylabel="slope", xticks=range(4), title="your slopes, right is 3")
    figure.tight_layout()
    plt.show()


check_softmax_slopes()

# %% [markdown]
# ## Exercise 10 · an engine that differentiates anything (6 points)
#
# Everything so far was one rule, used over and over. So let a program use it. A number that remembers
# **what it was made from, and how fast it follows each of these**, is enough:
#
# | made as | value | slopes towards its inputs |
# |---|---|---|
# | `u + v` | $u + v$ | 1, 1 |
# | `u * v` | $u v$ | $v$, $u$ |
# | `u.exp()` | $e^u$ | $e^u$ |
# | `u.log()` | $\ln u$ | $1/u$ |
# | `u.tanh()` | $\tanh u$ | $1 - \tanh^2 u$ |
#
# While the numbers are computed, a graph grows by itself. Backward, the last number starts with the
# slope 1, and each number gives to each of its inputs its own slope times the one in the table. Two
# things decide whether it is right:
#
# * **A number that is used twice gets something from both sides, and they add up.** With $y = u \cdot u$
#   each side gives $u$, so $dy/du = 2u$.
# * **A number may pass its slope on only when it has got all of it**, so the order matters: each number
#   after everything that was made from it.
#
# By hand: $u = 3$, $v = u \cdot u = 9$, $y = v + u = 12$. Backward: $y$ has 1; $v$ gets 1, and $u$ gets 1 from
# the sum and $3 + 3$ times $v$'s 1 from the product. So $dy/du = 7$, and indeed $2u + 1 = 7$.
#
# **Write the class `Scalar`.** It is the heart of every deep-learning library, for numbers instead of
# tensors. Automatic differentiation of torch is not allowed in it, since you rebuild it; everything else
# is.
#
# * `Scalar(3.0)` has the attributes `value` and `slope`, at first 0.0.
# * `u + v` and `u * v`, where one of the two may be a plain number, on either side: `2 * u`, `u + 1`.
# * `u.exp()`, `u.log()`, `u.tanh()`.
# * `y.backward()` sets the `slope` of $y$ and of every `Scalar` that it was made from to the derivative of
#   $y$ by it. Each call starts afresh: it keeps nothing of slopes that stood there before.
# * No operation changes the `Scalar`s that it is made from. A chain may be 200 long.


# %% nbgrader={"grade_id": "engine_answer", "solution": true}
class Scalar:
    """A number that knows what it was made from."""

    ### BEGIN SOLUTION
    def __init__(self, value, inputs=()):
        self.value = float(value)
        self.slope = 0.0
        self.inputs = inputs  # pairs: a Scalar, and how fast this one follows it

    def __add__(self, other):
        other = other if isinstance(other, Scalar) else Scalar(other)
        return Scalar(self.value + other.value, ((self, 1.0), (other, 1.0)))

    def __mul__(self, other):
        other = other if isinstance(other, Scalar) else Scalar(other)
        return Scalar(self.value * other.value, ((self, other.value), (other, self.value)))

    __radd__ = __add__
    __rmul__ = __mul__

    def exp(self):
        value = math.exp(self.value)
        return Scalar(value, ((self, value),))

    def log(self):
        return Scalar(math.log(self.value), ((self, 1 / self.value),))

    def tanh(self):
        value = math.tanh(self.value)
        return Scalar(value, ((self, 1 - value * value),))

    def backward(self):
        order, seen = [], set()

        def visit(scalar):
            if id(scalar) not in seen:
                seen.add(id(scalar))
                for made_from, _ in scalar.inputs:
                    visit(made_from)
                order.append(scalar)

        visit(self)
        for scalar in order:
            scalar.slope = 0.0
        self.slope = 1.0
        for scalar in reversed(order):
            for made_from, how_fast in scalar.inputs:
                made_from.slope += scalar.slope * how_fast

    ### END SOLUTION


# %% nbgrader={"grade_id": "reverse_mode", "grade": true, "points": 6}
def check_scalar():
    """The graphs of exercise 2 and of the example, and the slope of a sigmoid in small steps."""
    a, b, c, d = Scalar(3.0), Scalar(2.0), Scalar(4.0), Scalar(5.0)
    g = a * b + c * d
    g.backward()
    for name, came, expected in (
        ("the value of a·b + c·d", g.value, 26),
        ("its slope by a", a.slope, 2),
        ("its slope by d", d.slope, 4),
    ):
        print(f"{name} is {came}, expected {expected}")
        assert abs(came - expected) < 1e-6, f"{name} is {came}; expected {expected}"
    u = Scalar(3.0)
    y = u * u + u
    y.backward()
    print(f"the slope of u·u + u at 3 is {u.slope}, expected 7")
    assert abs(u.slope - 7) < 1e-6, f"the slope of u·u + u at 3 is {u.slope}; expected 7"
    a = Scalar(1.0)
    h = (-1 * (1 + (-1 * a).exp()).log()).exp()  # 1 / (1 + exp(-a)) by the operations there are
    h.backward()
    print(f"the sigmoid at 1 is {h.value:.4f}, expected 0.7311; its slope {a.slope:.4f}, 0.1966")
    assert abs(a.slope - 0.19661) < 1e-4, f"its slope is {a.slope:.4f}; expected 0.1966"


check_scalar()

# %% [markdown]
# That is all there is to it. A library does the same with tensors instead of numbers, has some hundred
# operations instead of five, and so differentiates whatever you write. What one does with the slopes is
# the next question: *Optimisation*.
