# %% [markdown]
# # Backpropagation: the chain rule at work
#
# A network is one long formula made of short steps. Training asks, for every weight: if I turn this
# weight up a little, does the error rise or fall, and how fast? That is a derivative, and there are
# millions of weights. Backpropagation answers for all of them in one sweep from the error back to
# the input, and it needs one rule only.
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
            "", (x1, y1), (x0, y0),
            arrowprops={"arrowstyle": "->", "shrinkA": 16, "shrinkB": 16, "color": "gray"},
        )
        axis.text((x0 + x1) / 2, (y0 + y1) / 2 + 0.12, text, ha="center", color="tab:blue")
    for name, (x, y) in nodes.items():
        axis.text(
            x, y, name, ha="center", va="center",
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
# `"3*x - y**2"`. It may be written in any form; what counts is that it is the same function.

# %% nbgrader={"grade_id": "dz_dx", "solution": true}
### BEGIN SOLUTION
dz_dx = "2*(x + y)"
### END SOLUTION

# %% nbgrader={"grade_id": "chain_rule", "grade": true, "points": 2}
import sympy

x, y, step = 1.0, 2.0, 1e-6
measured = ((x + step + y) ** 2 - (x - step + y) ** 2) / (2 * step)  # how fast z really rises there
formula = sympy.sympify(dz_dx)
unknown = {str(name) for name in formula.free_symbols} - {"x", "y"}
assert not unknown, f"the formula uses {sorted(unknown)}; write it in x and y"
came = float(formula.subs({"x": x, "y": y}))
assert abs(came - measured) < 1e-4, (
    f"at x = 1, y = 2 your formula gives {came:g}, but z rises by {measured:g} per unit of x there"
)
print(f"At x = 1, y = 2 your formula gives {came:g}, and so does the measured slope.")
print("One point is no proof: after you submit, it is compared at many others.")

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
        "a=3": (0, 1.4), "b=2": (0, 0.9), "c=4": (0, 0.2), "d=5": (0, -0.3),
        "e": (1.2, 1.1), "f": (1.2, 0.0), "g": (2.4, 0.55),
    },
    [
        ("a=3", "e", ""), ("b=2", "e", "·"), ("c=4", "f", ""), ("d=5", "f", "·"),
        ("e", "g", "+"), ("f", "g", "+"),
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
# values = {"e": None, "f": None, "g": None}
# derivatives = {"g": 1, "e": None, "f": None, "a": None, "b": None, "c": None, "d": None}
# ```

# %% nbgrader={"grade_id": "graph_tables", "solution": true}
### BEGIN SOLUTION
values = {"e": 6, "f": 20, "g": 26}
derivatives = {"g": 1, "e": 1, "f": 1, "a": 2, "b": 3, "c": 5, "d": 4}
### END SOLUTION

# %% nbgrader={"grade_id": "graph_trace", "grade": true, "points": 4}
# The form only, and one thing that must hold whatever the numbers are.
assert set(values) == set("efg"), f"values has {sorted(values)}; expected e, f, g"
assert set(derivatives) == set("abcdefg"), f"derivatives has {sorted(derivatives)}; expected a to g"
missing = [name for table in (values, derivatives) for name, number in table.items() if number is None]
assert not missing, f"not filled in yet: {', '.join(missing)}"
nudge = 0.001 * derivatives["a"]
print(f"If your table is right, a = 3.001 gives g = {values['g'] + nudge:g}.")
print(f"It really gives {3.001 * 2 + 4 * 5:g}.")

# %% [markdown]
# ## Exercise 3 · a network with one hidden layer (4 points)
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
# Write `network_gradients` with matrix products. Automatic differentiation (`backward`, `torch.autograd`) is
# what you rebuild here, so it is not allowed.
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
# One input, one hidden unit, one output: x = 1, w1 = 0, so h = 1/2; w2 = 2, so y = 1; target 0.
one = torch.ones(1, 1, dtype=torch.float64)
dW1, dW2 = network_gradients(one, 0 * one, 0 * one, 2 * one)
print(f"dE/dw2 = (y - t) · h            = {dW2.item():g}, expected 1 · 1/2 = 0.5")
print(f"dE/dw1 = (y - t) · w2 · h(1-h) · x = {dW1.item():g}, expected 1 · 2 · 1/4 · 1 = 0.5")
assert abs(dW2.item() - 0.5) < 1e-9, f"dE/dw2 is {dW2.item():g}; expected 0.5"
assert abs(dW1.item() - 0.5) < 1e-9, f"dE/dw1 is {dW1.item():g}; expected 0.5"

# %% [markdown]
# With your gradients the network can learn what a single neuron cannot: XOR, the points of the plane
# where exactly one coordinate is positive. A constant third input serves as bias.

# %%
def train_on_xor(steps=400, rate=0.02):
    """Follow your gradients downhill; return the error after each step."""
    generator = torch.Generator().manual_seed(3)
    X = torch.randn(100, 2, generator=generator)
    T = (X[:, :1] * X[:, 1:] < 0).float()
    X = torch.cat([X, torch.ones(100, 1)], dim=1)
    W1 = 2 * torch.randn(8, 3, generator=generator)
    W2 = torch.randn(1, 8, generator=generator) / 2
    errors = []
    for _ in range(steps):
        dW1, dW2 = network_gradients(X, T, W1, W2)
        W1, W2 = W1 - rate * dW1, W2 - rate * dW2
        errors.append(0.5 * ((torch.sigmoid(X @ W1.T) @ W2.T - T) ** 2).sum().item())
    return errors


figure, axis = plt.subplots(figsize=(6, 3))
axis.semilogy(train_on_xor())
axis.set(xlabel="step", ylabel="error E", title="Learning XOR with your gradients")
plt.show()
