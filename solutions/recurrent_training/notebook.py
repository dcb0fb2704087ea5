# %% [markdown]
# # Recurrent networks: what they learn
#
# The gradients are known: *Recurrent networks: gradients through time* and *Recurrent networks: states, sequences
# and all gradients* derive them, and from here on torch computes them. In this notebook recurrent networks
# learn: to add, although nobody tells them what a carry is; from a start at which gradients explode; and to
# go on with a wave by themselves.
#
# All networks are of one kind, given in the next cell: `network.recurrent` makes the states of all steps,
# `network.read_out` reads an output off each.
#
# | name | meaning | shape |
# |---|---|---|
# | `x` | inputs | `(T, B, D)`: steps, batch, features |
# | `network(x)` | outputs, one for each step | `(T, B, K)` |
# | `network.recurrent(x)` | states of all steps, and the last one | `(T, B, H)`, `(1, B, H)` |
#
# Your functions are called by position and by name: keep the names of their arguments.

# %% nbgrader={"grade_id": "setup"}
import math

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn

torch.set_num_threads(1)  # networks as small as these are fastest on one processor


def tensor_of(came):
    """Return what a function gave, a tensor, an array or a list, as a tensor without a gradient."""
    return came.detach() if torch.is_tensor(came) else torch.from_numpy(np.array(came))


class Network(nn.Module):
    """A recurrent layer and a linear read-out at every step."""

    def __init__(self, inputs, hidden, outputs, activation="tanh"):
        super().__init__()
        self.recurrent = nn.RNN(inputs, hidden, nonlinearity=activation)
        self.read_out = nn.Linear(hidden, outputs)

    def forward(self, x):
        states, _ = self.recurrent(x)
        return self.read_out(states)


def make_network(inputs, seed, activation="tanh", size=None):
    """Return a fresh network with 16 hidden units and one output.

    size: draw all weights from a normal distribution of this standard deviation, biases zero;
    without it they start as torch starts them.
    """
    torch.manual_seed(seed)
    network = Network(inputs, 16, 1, activation)
    if size is not None:
        for parameter in network.parameters():
            if parameter.dim() > 1:
                nn.init.normal_(parameter, std=size)
            else:
                nn.init.zeros_(parameter)
    return network


def binary_sums(count, bits, seed):
    """Return the bits of pairs of numbers, (bits, count, 2), and of their sums, (bits, count, 1)."""
    rng = torch.Generator().manual_seed(seed)
    numbers = torch.randint(2 ** (bits - 1), (count, 2), generator=rng)
    places = torch.arange(bits).reshape(-1, 1)
    x = torch.stack([(numbers[:, 0] >> places) & 1, (numbers[:, 1] >> places) & 1], dim=-1)
    return x.float(), ((numbers.sum(1) >> places) & 1).unsqueeze(-1).float()


# %% [markdown]
# ## 1. What the state must hold
#
# Two numbers are to be added bit by bit: at each step the network reads one bit of each and must say one bit of
# the sum at once. Take 3 + 1, which is 011 + 001 in the binary system. From the right: $1 + 1$ gives 0, carry 1;
# $1 + 0 + 1$ gives 0, carry 1; $0 + 0 + 1$ gives 1: the sum is 100.
#
# At the second of these steps the bits read are 1 and 0; without a carry the answer would be 1. The carry is all
# that a step must know of the past: one bit, which the hidden state has to keep. **Why are the numbers read from
# the right, the lowest bit first?** (1 point)
#
# - `"a"`: because the last bits are the most important ones, and a recurrent network forgets the first inputs
# - `"b"`: it makes no difference, since all bits are read in the end in either order
# - `"c"`: because a carry depends on the lower bits only, and a state only on what has been read
# - `"d"`: because the sum could otherwise be longer than the two numbers

# %% nbgrader={"grade_id": "carry_answer", "solution": true}
lowest_first = ""  # "a", "b", "c" or "d"
### BEGIN SOLUTION
lowest_first = "c"
### END SOLUTION

# %% nbgrader={"grade_id": "carry_choice", "grade": true, "points": 1}
# This cell looks only whether there is an answer; whether it is right is found out after you submit.
assert lowest_first not in ("", None, ...), 'lowest_first is not filled in; expected "a" to "d"'
print(f"You chose {lowest_first}.")

# %% [markdown]
# ## 2. A network that adds
#
# `x, y = binary_sums(count, bits, seed)` gives the bits of `count` pairs and of their sums, lowest bit first. Here
# are 3 + 1 with four bits, in the order of reading:
#
# | step | `x` | `y` | carry afterwards |
# |---|---|---|---|
# | 1 | 1, 1 | 0 | 1 |
# | 2 | 1, 0 | 0 | 1 |
# | 3 | 0, 0 | 1 | 0 |
# | 4 | 0, 0 | 0 | 0 |
#
# The network's output $o_t$ goes into a sigmoid: $p_t = \sigma(o_t)$ is its probability for a 1, so that
# $o_t > 0$ says 1. There is a target at every step, and the loss is the cross-entropy of all of them,
#
# $$ L = - \frac{1}{T B} \sum_{t, b} \bigl( y \ln p + (1 - y) \ln (1 - p) \bigr), $$
#
# in torch `nn.functional.binary_cross_entropy_with_logits(network(x), y)`. A network that knows nothing has
# $L = \ln 2 = 0.693$ (*Optimisation* says why).
#
# **Write `train_adder`**, which trains the network that it is given in place: `network` reads two bits a step,
# `x` and `y` hold 200 sums of eight bits. Optimiser, learning rate and number of steps are yours; 300 steps over all
# sums at once with Adam are plenty and take about a second. Its weights are then tried on other sums, with 8 and
# with 16 bits: a network that has learned what a carry is can do those, too. At least 95 % of the sums with 8 bits
# and 80 % of those with 16 must be right in *every* bit, with two of four starts. Everything is allowed that ends in the weights of `network`.
# (4 points)


# %% nbgrader={"grade_id": "adder_answer", "solution": true}
def train_adder(network, x, y):
    """Train the network in place on the bits x (T, B, 2) and the sums y (T, B, 1)."""
    ### BEGIN SOLUTION
    optimiser = torch.optim.Adam(network.parameters(), lr=0.02)
    for _ in range(300):
        optimiser.zero_grad()
        nn.functional.binary_cross_entropy_with_logits(network(x), y).backward()
        optimiser.step()
    ### END SOLUTION


# %% nbgrader={"grade_id": "addition_training", "grade": true, "points": 4}
def share_right(network, bits, seed):
    """Return the share of sums of which every bit is right."""
    x, y = binary_sums(500, bits, seed)
    with torch.no_grad():
        return float(((network(x) > 0) == (y > 0.5)).all(dim=0).float().mean())


def check_adder():
    network = make_network(2, seed=1)
    before = share_right(network, 8, seed=5)
    train_adder(network, *binary_sums(200, 8, seed=1))
    print(f"before: {before:.1%} of new sums are right")
    for bits, wanted in ((8, 0.95), (16, 0.8)):
        after = share_right(network, bits, seed=5)
        print(f"after: {after:.1%} of new sums with {bits} bits are right, expected {wanted:.0%} or more")


check_adder()

# %% [markdown]
# ## 3. A start that explodes
#
# Now the hidden units are rectified, $h_t = \max(0, W x_t + U h_{t-1})$, and all weights are drawn with the
# standard deviation 1. A matrix $U$ of 16 × 16 such numbers has eigenvalues up to about $\sqrt{16} = 4$. The slope
# of a ReLU is 0 or 1: nothing bounds the states, nothing damps a gradient, and over eight steps a factor as
# large as $4^8 = 65536$ is possible. The figure shows what the first step of gradient descent would have to work
# with.

# %%
figure, axes = plt.subplots(figsize=(6, 3))
for activation, size, style in (("relu", 1.0, "-"), ("relu", 0.25, "--"), ("tanh", 1.0, ":")):
    lengths = []
    for bits in range(2, 25, 2):
        network = make_network(2, 3, activation, size)
        x, y = binary_sums(100, bits, 3)
        nn.functional.binary_cross_entropy_with_logits(network(x), y).backward()
        lengths.append(float(network.recurrent.weight_hh_l0.grad.norm()))
    label = f"{activation}, standard deviation {size}"
    axes.semilogy(range(2, 25, 2), lengths, style, color="black", label=label)
axes.set(xlabel="steps", ylabel="length of ∂L/∂U", title="Gradients at the start")
axes.legend()
plt.show()

# %% [markdown]
# **Write `train_exploding`.** It gets `make_network(2, seed, "relu", 1.0)` and 200 sums of eight bits, as above,
# and must make that network add: at least 90 % of new sums with 8 bits, with two of four starts. The network
# stays as it is in kind, with its ReLU; what you do with its weights, before and during the training, is up to
# you. Clipping (*Recurrent networks: gradients through time*) keeps a step from being wild, but it does not make a
# bad place good: does it alone suffice? `torch.nn.init` has functions for other starts. (3 points)


# %% nbgrader={"grade_id": "exploding_answer", "solution": true}
def train_exploding(network, x, y):
    """Train a network with ReLU in place, from a start at which gradients explode."""
    ### BEGIN SOLUTION
    with torch.no_grad():
        for weights in (network.recurrent.weight_hh_l0, network.recurrent.weight_ih_l0):
            weights.uniform_(-0.25, 0.25)
        network.read_out.weight.uniform_(-0.25, 0.25)
    optimiser = torch.optim.Adam(network.parameters(), lr=0.01)
    for _ in range(400):
        optimiser.zero_grad()
        nn.functional.binary_cross_entropy_with_logits(network(x), y).backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
    ### END SOLUTION


# %% nbgrader={"grade_id": "exploding_training", "grade": true, "points": 3}
def check_exploding():
    network = make_network(2, 1, "relu", 1.0)
    train_exploding(network, *binary_sums(200, 8, seed=1))
    print(f"{share_right(network, 8, seed=5):.1%} of new sums are right, expected at least 90 %")


check_exploding()

# %% [markdown]
# ## 4. In your own words: starts and activations
#
# The figure shows how the loss of four adders falls in their first 80 steps; only the start and the activation
# differ. A network with $\tanh$ and weights ten times as large as usual does not explode, and still hardly learns.

# %%
figure, axes = plt.subplots(figsize=(6, 3))
x, y = binary_sums(30, 8, seed=2)
starts = (("tanh", 0.25, "-"), ("tanh", 2.5, "--"), ("relu", 0.25, "-."), ("relu", 1.0, ":"))
for activation, size, style in starts:
    network, course = make_network(2, 2, activation, size), []
    descent = torch.optim.Adam(network.parameters(), lr=0.02)
    for _ in range(80):
        descent.zero_grad()
        loss = nn.functional.binary_cross_entropy_with_logits(network(x), y)
        loss.backward()
        descent.step()
        course.append(float(loss.detach()))
    label = f"{activation}, standard deviation {size}"
    axes.semilogy(course, style, color="black", label=label)
axes.axhline(math.log(2), color="grey", linewidth=0.8)
axes.set(xlabel="step", ylabel="loss", title="The grey line is ln 2: knowing nothing")
axes.legend(fontsize=8)
plt.show()

# %% [markdown]
# Explain the four curves, in five to eight sentences: for each of them, what happens to a gradient on its way back
# through eight steps? Use the product of Jacobians $\operatorname{diag}(f'(a_t))\, U$, and say which of its two
# factors decides. Then say what you would choose for sequences of 100 steps instead of 8, and why. (4 points)

# %% [markdown] nbgrader={"grade_id": "starts_and_activations", "grade": true, "solution": true, "points": 4}
# ### BEGIN SOLUTION
# **Rubric** (4 points)
#
# - 1 point: ReLU with 1.0 explodes: the slope is 1 where a unit is on, and $U$ has eigenvalues near 4, so that the
#   product grows like $4^k$; the loss is far above ln 2.
# - 1 point: tanh with 2.5 does not explode but saturates: $|a_t|$ is large, $1 - h_t^2$ is near 0, the other factor
#   decides and gradients vanish (or flip wildly where it does not); learning is slow.
# - 1 point: with 0.25 the largest eigenvalue is near $0.25 \cdot \sqrt{16} = 1$ and slopes are near 1 (tanh near 0) or
#   0/1 (ReLU): the product keeps its size over eight steps, both learn.
# - 1 point: for 100 steps a reasoned choice: eigenvalues near 1 (orthogonal or identity start) with tanh or ReLU,
#   clipping against explosion, or gates, because any factor away from 1 is taken to the power 100.
#
# **Model answer.** Going back one step multiplies by $\operatorname{diag}(f'(a_t))\,U$. With 0.25 the eigenvalues of
# $U$ are about 1 and the slopes near 1, so that the gradient of a late error still reaches the first step: both
# activations learn. ReLU with 1.0 has slopes of 1 wherever a unit is on and eigenvalues near 4; nothing damps the
# product, states and gradients grow by orders of magnitude, and the loss begins far above ln 2. With tanh and 2.5
# the matrix is even larger, but the units sit at $\pm 1$, where the slope is nearly 0; here the slope decides, the
# product vanishes and little is learned. For 100 steps I would start with an orthogonal $U$, clip the gradient, and
# rather take a gated network: $0.9^{100}$ is already below $10^{-4}$.
#
# **A typical wrong answer.** "Large weights make gradients explode, so tanh with 2.5 explodes as well." It looks at
# $U$ alone and forgets the slope: no state of a tanh network leaves $(-1, 1)$.
# ### END SOLUTION

# %% [markdown]
# ## 5. The next value of a wave
#
# A series $s_0, s_1, \dots, s_T$ needs no other targets than itself: at step $t$ the network reads $s_t$ and is asked
# for $s_{t+1}$. With `series` of the shape `(T + 1, B, 1)` the inputs are all values but the last, the targets all
# but the first. By hand: 0, 1, 0, −1 gives the pairs 0 → 1, 1 → 0, 0 → −1. Note that 0 stands there twice and is
# followed by different values: from one value alone nobody can say what comes next, but from the one before as
# well.
#
# The waves have a period of 16 steps and any phase, with a little noise. An untrained network errs by about 0.7,
# the root of the mean of $\sin^2$; to say "as it is now" errs by 0.28.
#
# **Write `train_forecaster`**, which trains `network` in place on `series`, 50 waves of 41 values. The error is the
# squared difference; the first few steps of a wave may be left out of it. It must predict the next value of
# *new waves without noise* with an error of at most 0.08 (root of the mean square, from the sixth value on), with two
# of three starts. (3 points)


# %% nbgrader={"grade_id": "forecaster_answer", "solution": true}
def train_forecaster(network, series):
    """Train the network in place to say the next value of series, (T + 1, B, 1)."""
    ### BEGIN SOLUTION
    optimiser = torch.optim.Adam(network.parameters(), lr=0.01)
    for _ in range(200):
        optimiser.zero_grad()
        ((network(series[:-1]) - series[1:]) ** 2).mean().backward()
        optimiser.step()
    ### END SOLUTION


# %% nbgrader={"grade_id": "sine_training", "grade": true, "points": 3}
def waves(count, steps, seed, noise=0.0):
    """Return sine waves of period 16 and any phase, (steps, count, 1)."""
    rng = torch.Generator().manual_seed(seed)
    phase = 2 * math.pi * torch.rand(count, generator=rng)
    clean = torch.sin(2 * math.pi * torch.arange(steps).reshape(-1, 1) / 16 + phase)
    return (clean + noise * torch.randn(steps, count, generator=rng)).unsqueeze(-1)


forecaster = make_network(1, seed=1)


def check_forecaster():
    train_forecaster(forecaster, waves(50, 41, seed=1, noise=0.05))
    fresh = waves(100, 41, seed=2)
    with torch.no_grad():
        error = float(((forecaster(fresh[:-1]) - fresh[1:])[5:] ** 2).mean().sqrt())
    print(f"the error on new waves is {error:.3f}, expected at most 0.08")


check_forecaster()

# %% [markdown]
# ## 6. A network that listens to itself
#
# To go on for more than one step, the network reads its own last output as if it were the next value. The state
# goes on, too: it holds where in the wave one is. For `start` = $s_0, s_1, \dots, s_n$:
#
# $$ \hat s_{n+1} = \text{output after reading } s_0 \dots s_n, \qquad
#    \hat s_{n+2} = \text{output after reading } \hat s_{n+1} \text{ as well}, \quad \dots $$
#
# A toy to follow by hand: a "network" whose output is half its input, and `start` = 4, 8. After reading both
# its output is 4, the first value of the continuation; reading 4 gives 2, then 1. Three steps: 4, 2, 1.
#
# **Write `continue_series`.** `start` has the shape `(n + 1, B, 1)`, with at least one value; return the `steps`
# values that follow, `(steps, B, 1)`, `steps` being at least 1. You may carry the state from
# `network.recurrent(x, h)`, which returns all states and the last one, or read the whole series again at each
# step. The network and `start` stay as they are. (3 points)


# %% nbgrader={"grade_id": "continue_answer", "solution": true}
def continue_series(network, start, steps):
    """Return the next values as the network says them, (steps, B, 1)."""
    ### BEGIN SOLUTION
    with torch.no_grad():
        states, h = network.recurrent(start)
        value, values = network.read_out(states[-1:]), []
        for _ in range(steps):
            values.append(value)
            states, h = network.recurrent(value, h)
            value = network.read_out(states)
        return torch.cat(values)
    ### END SOLUTION


# %% nbgrader={"grade_id": "free_running", "grade": true, "points": 3}
def check_continued():
    whole = waves(1, 72, seed=4)
    came = continue_series(forecaster, whole[:40], 32)
    assert came is not None and came is not ..., "continue_series returns nothing yet"
    came = tensor_of(came)
    assert came.shape == (32, 1, 1), f"the shape is {tuple(came.shape)}; expected (32, 1, 1)"
    with torch.no_grad():
        first = float(forecaster(whole[:40])[-1])
    print(f"the first value is {float(came[0]):.4f}, expected {first:.4f}")
    assert abs(float(came[0]) - first) < 1e-4, "the first value is the output after all of start"
    figure, axes = plt.subplots(figsize=(6, 2.5))
    axes.plot(range(40), whole[:40].flatten(), color="black", label="start")
    axes.plot(range(40, 72), whole[40:].flatten(), ":", color="black", label="how it goes on")
    axes.plot(range(40, 72), came.flatten(), "o", color="black", markersize=3, label="the network")
    axes.set(xlabel="step", ylabel="value", title="A network that reads its own predictions")
    axes.legend(loc="lower left")
    plt.show()


check_continued()
