# %% [markdown]
# # Regularisation: good starts, steady layers, and no learning by heart
#
# *Optimisation* is about how weights move. This notebook is about what else decides whether a network learns
# something that holds for new data: how large its weights are at the start, how its layers keep their signals at one
# size, and what keeps it from learning its examples by heart.
#
# Unless an exercise forbids something, everything is allowed, library calls too. Tensors, arrays and lists are all
# right as results. Six digits are enough. What you are given belongs to the caller: return new values and leave the
# arguments as they are. Your functions are called by position and by name: keep the names of their arguments.

# %% nbgrader={"grade_id": "setup"}
import math
import random

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn

torch.set_num_threads(1)  # networks as small as these are fastest on one processor


def compare(what, came, expected):
    """Say what came and what was expected; numbers, lists, arrays and tensors will do."""
    assert came is not None and came is not ..., f"{what} is not filled in yet"
    values = came.detach() if isinstance(came, torch.Tensor) else came
    values, wanted = np.asarray(values, dtype=float), np.asarray(expected, dtype=float)
    same_shape = values.shape == wanted.shape or values.size == wanted.size == 1
    assert same_shape, f"{what} has shape {values.shape}, expected {wanted.shape}"
    near = np.allclose(values.ravel(), wanted.ravel(), rtol=1e-4, atol=1e-5)
    assert near, f"{what} is {values}, expected {wanted}"


# %% [markdown]
# ## 1. How large at the start
#
# A unit adds up $n_{in}$ products $w_i x_i$. If the weights are independent and have mean 0, the variance of the sum is
# $n_{in} \operatorname{Var}(w) \operatorname{Var}(x)$: with weights too large every layer makes the signal larger, with
# weights too small every layer lets it fade, and the gradients on their way back fare alike. The size of the
# layer says what is right:
#
# | start | made for | variance of the weights |
# |---|---|---|
# | Xavier, one-sided | tanh; looks at the way forward | $1 / n_{in}$ |
# | Xavier | tanh; looks at both ways | $2 / (n_{in} + n_{out})$ |
# | He | ReLU, which loses half of the signal | $2 / n_{in}$ |
#
# Weights may be drawn from a normal distribution of that variance, or uniformly between $-b$ and $b$. A uniform
# distribution on $[-b, b]$ has the variance $b^2 / 3$, so that $b = \sqrt{3 \operatorname{Var}}$. By hand: with
# $n_{in} = 48$ the one-sided Xavier start has the variance $1/48$ and $b = \sqrt{3 / 48} = 0.25$.

# %%
figure, axes = plt.subplots(figsize=(6, 3))
draw = torch.Generator().manual_seed(1)
for factor, style in ((0.5, ":"), (1.0, "-"), (2.0, "--")):
    signal, spread = torch.randn(200, 100, generator=draw), []
    for _ in range(11):
        spread.append(float(signal.std()))
        weights = factor * torch.randn(100, 100, generator=draw) / 10
        signal = torch.tanh(signal @ weights)
    axes.semilogy(spread, style, color="black", label=f"{factor} times the size of Xavier")
axes.set(xlabel="layer", ylabel="spread of the signal", title="Ten layers of 100 tanh units")
axes.legend()
plt.show()

# %% [markdown]
# tanh lets no output beyond 1. So weights that are too large show in another way: nearly all units sit near
# −1 or 1, where the slope of tanh is small, and the gradient fades instead of the signal.
#
# A layer goes from 100 units to 50. Give
#
# - `xavier_uniform_bound`: the bound $b$ of the *uniform* Xavier start that looks at both ways,
# - `he_normal_deviation`: the *standard deviation* of the *normal* He start.
#
# Four digits that count, or a formula in Python; one point each.

# %% nbgrader={"grade_id": "start_bounds_answer", "solution": true}
xavier_uniform_bound = None
he_normal_deviation = None
### BEGIN SOLUTION
xavier_uniform_bound = 0.2
he_normal_deviation = math.sqrt(2 / 100)
### END SOLUTION

# %% nbgrader={"grade_id": "start_bounds", "grade": true, "points": 2}
# This cell looks only whether there is an answer; whether it is right is found out after you submit.
for name in ("xavier_uniform_bound", "he_normal_deviation"):
    number = globals()[name]
    assert number is not None and number is not ... and str(number) != "", f"{name} is not filled in"
print(f"You say {xavier_uniform_bound} for Xavier's bound and {he_normal_deviation} for He's deviation.")

# %% [markdown]
# ## 2. A bound for any layer
#
# The weight of a full layer has the shape `(out, in)`. That of a convolution has the shape `(out, in, height,
# width)`: there a unit reads a whole window of every input channel, so that $n_{in}$ is in · height · width, and in
# the same way $n_{out}$ is out · height · width. (*Convolution* says why.) For example `(16, 3, 5, 5)` has
# $n_{in} = 75$ and $n_{out} = 400$.
#
# **Write `uniform_start_bound`**, which returns the bound $b$ of the uniform start for a weight of that shape.
# `scheme` is `"xavier"` (both ways) or `"he"`; for anything else raise a `ValueError`. (3 points)


# %% nbgrader={"grade_id": "start_bound_answer", "solution": true}
def uniform_start_bound(shape, scheme="xavier"):
    """Return b, so that weights drawn from [-b, b] have the scheme's variance."""
    ### BEGIN SOLUTION
    window = math.prod(shape[2:])
    n_out, n_in = shape[0] * window, shape[1] * window
    if scheme == "xavier":
        return math.sqrt(6 / (n_in + n_out))
    if scheme == "he":
        return math.sqrt(6 / n_in)
    raise ValueError(f"scheme is {scheme!r}; expected 'xavier' or 'he'")
    ### END SOLUTION


# %% nbgrader={"grade_id": "start_bound_function", "grade": true, "points": 3}
compare("the He bound of a layer from 24 to 7 units", uniform_start_bound((7, 24), "he"), 0.5)
print("The example is right. The hidden checks use other shapes, filters, and both schemes.")

# %% [markdown]
# ## 3. Two rings
#
# Points lie on two rings around the origin, as many on the inner as on the outer one. A network with two hidden
# layers of tanh units has to tell them apart. In the source's experiment, after 15,000 steps, one that started with
# zeros had the loss 0.693 and was right for 50 % of the points, one with a fixed variance had 0.383 and 86 %, one with
# Xavier's had 0.074 and 96 %. *Optimisation* explains the first of these numbers.
#
# **Write `train_rings`.** It gets `make_classifier()`, whose weights are all zero, and 300 points, `x` with the
# shape `(300, 2)` and `y` with `(300, 1)`: 0 inside, 1 outside. Give the network a better start, and train it in
# place; its output is positive for outside. At least 95 % of *new* points must be right, with two of three draws.
# Everything is allowed that ends in the weights of `network`; 200 steps of Adam on the cross-entropy
# (`nn.functional.binary_cross_entropy_with_logits`) take a fraction of a second. (3 points)


# %% nbgrader={"grade_id": "rings_answer", "solution": true}
def train_rings(network, x, y):
    """Start the network anew and train it in place."""
    ### BEGIN SOLUTION
    for parameter in network.parameters():
        if parameter.dim() > 1:
            nn.init.xavier_uniform_(parameter)
    optimiser = torch.optim.Adam(network.parameters(), lr=0.02)
    for _ in range(200):
        optimiser.zero_grad()
        nn.functional.binary_cross_entropy_with_logits(network(x), y).backward()
        optimiser.step()
    ### END SOLUTION


# %% nbgrader={"grade_id": "rings_given"}
def make_classifier():
    """Return a network with two hidden layers of 16 tanh units, all weights and biases zero."""
    network = nn.Sequential(
        nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 16), nn.Tanh(), nn.Linear(16, 1)
    )
    for parameter in network.parameters():
        nn.init.zeros_(parameter)
    return network


def rings(count, seed):
    """Return points on two rings, (count, 2), and on which they lie, (count, 1)."""
    rng = torch.Generator().manual_seed(seed)
    y = (torch.arange(count) % 2).float()
    radius = 1 + y + 0.15 * torch.randn(count, generator=rng)
    angle = 2 * math.pi * torch.rand(count, generator=rng)
    return torch.stack([radius * angle.cos(), radius * angle.sin()], dim=1), y.unsqueeze(1)


# %% nbgrader={"grade_id": "rings_training", "grade": true, "points": 3}
def check_rings():
    network = make_classifier()
    train_rings(network, *rings(300, seed=1))
    points, outside = rings(1000, seed=2)
    with torch.no_grad():
        said = network(points) > 0
    share = float((said == (outside > 0.5)).float().mean())
    figure, axes = plt.subplots(figsize=(4, 4))
    for value, marker in ((False, "x"), (True, ".")):
        chosen = points[said.flatten() == value]
        axes.scatter(*chosen.T, marker=marker, color="black", s=12, label=f"outside: {value}")
    axes.set(xlabel="first coordinate", ylabel="second coordinate", title="What the network says")
    axes.legend()
    plt.show()
    print(f"{share:.1%} of new points are right, expected at least 95 %")


check_rings()

# %% [markdown]
# ## 4. Batch normalisation
#
# A good start keeps signals at one size only until the weights have moved. Batch normalisation does it in every
# step: each feature is normalised by its mean and variance *over the batch*, and two learned numbers for each
# feature, $\gamma$ and $\beta$, give back the freedom that this takes away:
#
# $$ \mu = \frac1B \sum_b x_b, \qquad \sigma^2 = \frac1B \sum_b (x_b - \mu)^2, \qquad
#    \hat x_b = \frac{x_b - \mu}{\sqrt{\sigma^2 + \varepsilon}}, \qquad y_b = \gamma \hat x_b + \beta $$
#
# $\mu$ and $\sigma^2$ have one entry for each feature. By hand, with one feature, the batch 1 and 3, $\gamma = 2$,
# $\beta = 5$ and $\varepsilon$ left out: $\mu = 2$, $\sigma^2 = 1$, $\hat x$ is −1 and 1, and $y$ is 3 and 7.
#
# **Write `batch_norm`.** `x` has the shape `(B, C)`, `gamma` and `beta` have `(C,)`; return $y$, `(B, C)`.
# $\varepsilon$ stands under the root. (3 points)


# %% nbgrader={"grade_id": "batch_norm_answer", "solution": true}
def batch_norm(x, gamma, beta, epsilon=1e-5):
    """Return the normalised, scaled and shifted batch, (B, C)."""
    ### BEGIN SOLUTION
    mean = x.mean(0)
    variance = ((x - mean) ** 2).mean(0)
    return gamma * (x - mean) / (variance + epsilon).sqrt() + beta
    ### END SOLUTION


# %% nbgrader={"grade_id": "batch_norm_forward", "grade": true, "points": 3}
example = torch.tensor([[1.0], [3.0]])
two, five = torch.tensor([2.0]), torch.tensor([5.0])
compare("y of the example", batch_norm(example, two, five, 1e-9), [[3.0], [7.0]])
print("The example is right. The hidden checks use other sizes and values.")

# %% [markdown]
# ## 5. In the test: running statistics
#
# A network in use may be asked about one example alone, and its answer must not depend on what else is in the
# batch. So the layer keeps running means of $\mu$ and $\sigma^2$ during training, and normalises by these in the test:
#
# $$ m \leftarrow (1 - \alpha)\, m + \alpha\, \mu, \qquad
#    v \leftarrow (1 - \alpha)\, v + \alpha\, \frac{B}{B - 1}\, \sigma^2, \qquad
#    y = \gamma\, \frac{x - m}{\sqrt{v + \varepsilon}} + \beta $$
#
# The factor $B / (B - 1)$ makes the batch's variance an unbiased estimate of that of all data, as torch does. (Some
# printed versions say that $\gamma$ and $\beta$ are averaged over the batches. These are learned; mean and variance are
# what runs.)
#
# By hand, one feature, $m = 0$, $v = 1$, $\alpha = \frac12$, the batch 1 and 3: $\mu = 2$ and $\sigma^2 = 1$, so that
# $m = 1$ and $v = 0.5 \cdot 1 + 0.5 \cdot 2 \cdot 1 = 1.5$.
#
# **Write both functions.** `update_statistics` returns the new $m$ and $v$, `(C,)` each, for a batch of at least two.
# `batch_norm_test` returns $y$, `(B, C)`, for a batch of any size, one and none included. (3 points)


# %% nbgrader={"grade_id": "running_answer", "solution": true}
def update_statistics(m, v, x, alpha=0.1):
    """Return the new running mean and the new running variance."""
    ### BEGIN SOLUTION
    mean = x.mean(0)
    unbiased = ((x - mean) ** 2).sum(0) / (len(x) - 1)
    return (1 - alpha) * m + alpha * mean, (1 - alpha) * v + alpha * unbiased
    ### END SOLUTION


def batch_norm_test(x, m, v, gamma, beta, epsilon=1e-5):
    """Return the batch normalised by the running statistics."""
    ### BEGIN SOLUTION
    return gamma * (x - m) / (v + epsilon).sqrt() + beta
    ### END SOLUTION


# %% nbgrader={"grade_id": "batch_norm_running", "grade": true, "points": 3}
kept = update_statistics(torch.tensor([0.0]), torch.tensor([1.0]), example, 0.5)
compare("m", kept[0], [1.0])
compare("v", kept[1], [1.5])
one, four = torch.tensor([1.0]), torch.tensor([4.0])
alone = batch_norm_test(torch.tensor([[3.0]]), one, four, two, five, 1e-9)
compare("y of 3 alone, with m = 1 and v = 4", alone, [[7.0]])
print("The examples are right. The hidden checks use other sizes and values.")

# %% [markdown]
# ## 6. Two variances
#
# The batch of one feature is 2, 4 and 9. Before it, $m = 0$ and $v = 1$; $\alpha = 0.1$, $\gamma = 1$, $\beta = 0$, and
# $\varepsilon$ may be left out. Give
#
# - `normalised_nine`: what becomes of the 9 in training,
# - `running_variance`: $v$ after this batch.
#
# Four digits that count, or a formula in Python; one point each.

# %% nbgrader={"grade_id": "variances_answer", "solution": true}
normalised_nine = None
running_variance = None
### BEGIN SOLUTION
normalised_nine = 4 / math.sqrt(26 / 3)
running_variance = 0.9 + 0.1 * 26 / 2
### END SOLUTION

# %% nbgrader={"grade_id": "batch_norm_numbers", "grade": true, "points": 2}
# This cell looks only whether there is an answer; whether it is right is found out after you submit.
for name in ("normalised_nine", "running_variance"):
    number = globals()[name]
    assert number is not None and number is not ... and str(number) != "", f"{name} is not filled in"
print(f"You say {normalised_nine} for the 9, and {running_variance} for the running variance.")

# %% [markdown]
# ## 7. Back through batch normalisation
#
# Every $x_b$ enters its own $\hat x_b$, and through $\mu$ and $\sigma^2$ those of the whole batch. With
# $g = \partial L / \partial y$ and sums over the batch,
#
# $$ \frac{\partial L}{\partial \beta} = \sum_b g_b, \qquad
#    \frac{\partial L}{\partial \gamma} = \sum_b g_b\, \hat x_b, \qquad
#    \frac{\partial L}{\partial x_b} = \frac{\gamma}{\sqrt{\sigma^2 + \varepsilon}}
#    \Bigl( g_b - \frac1B \sum_a g_a - \hat x_b\, \frac1B \sum_a g_a \hat x_a \Bigr). $$
#
# The two terms that are taken off come from $\mu$ and from $\sigma^2$. Why they are there: to add one number to the
# whole batch, or to multiply the whole batch by one, changes nothing in $\hat x$, so that the gradient must have no
# part in these two directions.
#
# By hand, the batch −3, 0, 3, $\gamma = 1$ and $\varepsilon = 3$: $\mu = 0$, $\sigma^2 = 6$, the root is 3, and $\hat x$ is
# −1, 0, 1. For $g = 3, 0, 0$: $\partial L / \partial \beta = 3$, $\partial L / \partial \gamma = -3$, the two means are 1 and
# −1, and $\partial L / \partial x$ is $\frac13 (3 - 1 - 1),\ \frac13 (0 - 1 + 0),\ \frac13 (0 - 1 + 1)$, which is
# $\frac13, -\frac13, 0$.
#
# **Write `batch_norm_slopes`**, which returns $\partial L / \partial x$, $\partial L / \partial \gamma$ and
# $\partial L / \partial \beta$. Automatic differentiation (`backward`, `torch.autograd`, `torch.func`) is what you rebuild
# here, so it is not allowed in it; to compare with it in another cell is a good idea. Any other way counts, also complex steps
# and small differences, if they are exact to four digits. (4 points)


# %% nbgrader={"grade_id": "slopes_answer", "solution": true}
def batch_norm_slopes(g, x, gamma, epsilon=1e-5):
    """Return the slopes by x (B, C), by gamma (C,) and by beta (C,)."""
    ### BEGIN SOLUTION
    mean = x.mean(0)
    root = (((x - mean) ** 2).mean(0) + epsilon).sqrt()
    x_hat = (x - mean) / root
    slope = gamma / root * (g - g.mean(0) - x_hat * (g * x_hat).mean(0))
    return slope, (g * x_hat).sum(0), g.sum(0)
    ### END SOLUTION


# %% nbgrader={"grade_id": "batch_norm_slopes", "grade": true, "points": 4}
slopes = batch_norm_slopes(
    torch.tensor([[3.0], [0.0], [0.0]]), torch.tensor([[-3.0], [0.0], [3.0]]), torch.ones(1), 3.0
)
compare("the slope by x", slopes[0], [[1 / 3], [-1 / 3], [0.0]])
compare("the slope by gamma", slopes[1], [-3.0])
compare("the slope by beta", slopes[2], [3.0])
print("The example is right. The hidden checks use other sizes and values.")

# %% [markdown]
# ## 8. Inverted dropout
#
# In every training step each unit is switched off with the probability $p$, so that no unit can rely on another
# one: many thinned networks are trained, and the test uses their average. So that the test needs no change, the
# units that stay are made larger at once: then the mean of a unit over all draws is what it was,
# $(1 - p) \cdot \frac{x}{1 - p} + p \cdot 0 = x$.
#
# $$ y_i = \begin{cases} \dfrac{x_i}{1 - p} & u_i \geq p \\ 0 & u_i < p \end{cases} \quad \text{(training)}, \qquad
#    y_i = x_i \quad \text{(test)} $$
#
# $u_i$ is a random number between 0 and 1, one for each entry. They are given here, so that everybody gets the same
# result: `u` has the shape of `x`. By hand, with $p = \frac12$, $x = (1, 2, 3)$ and $u = (0.7, 0.1, 0.5)$: $y = (2, 0, 6)$.
#
# **Write `dropout`.** `x` may have any shape, also that of a single number, `()`, and $0 \leq p < 1$. (3 points)


# %% nbgrader={"grade_id": "dropout_answer", "solution": true}
def dropout(x, u, p=0.5, training=True):
    """Return x with units switched off where u is below p, or x itself in the test."""
    ### BEGIN SOLUTION
    if not training:
        return x
    return x * (u >= p) / (1 - p)
    ### END SOLUTION


# %% nbgrader={"grade_id": "inverted_dropout", "grade": true, "points": 3}
numbers, draws = torch.tensor([1.0, 2.0, 3.0]), torch.tensor([0.7, 0.1, 0.5])
compare("y in training", dropout(numbers, draws), [2.0, 0.0, 6.0])
compare("y in the test", dropout(numbers, draws, training=False), [1.0, 2.0, 3.0])
print("The example is right. The hidden checks use other shapes, values and rates.")

# %% [markdown]
# ## 9. Early stopping
#
# The loss on the training data falls and falls; that on data kept aside, the validation loss, falls and then rises
# again, when the network begins to learn its examples by heart. So one watches the validation loss and stops
# when it has not become better for some epochs, the *patience*. The weights that one keeps are those of the best
# epoch, not the last ones.

# %%
epochs = np.arange(40)
training = 0.9 * np.exp(-epochs / 9) + 0.05
validation = training + 0.0006 * epochs**2 / 2 + 0.02 * np.cos(2 * epochs)
figure, axes = plt.subplots(figsize=(6, 3))
axes.plot(epochs, training, "--", color="black", label="training")
axes.plot(epochs, validation, "-", color="black", label="validation")
axes.plot(validation.argmin(), validation.min(), "o", color="black", label="keep these weights")
axes.set(xlabel="epoch", ylabel="loss", title="When to stop")
axes.legend()
plt.show()

# %% [markdown]
# An epoch is the best so far if its loss is *lower* than every one before; an equal loss is no improvement, and
# neither is one that is not a number (`nan`). Training stops after the first epoch that lies `patience` epochs behind
# the best one. If that never happens, it goes on to the last epoch. Epochs count from 0. The first epoch is always a
# number.
#
# By hand, with a patience of 2:
#
# | epoch | 0 | 1 | 2 | 3 | 4 |
# |---|---|---|---|---|---|
# | validation loss | 3.0 | 2.0 | 2.5 | 2.4 | 1.0 |
# | best so far | 0 | 1 | 1 | 1 | |
# | epochs behind it | 0 | 0 | 1 | 2: stop | never seen |
#
# **Write `when_to_stop`**, which returns two whole numbers: the epoch after which training stops, and the best epoch
# until then; here 3 and 1. `losses` is a list with at least one loss, `patience` at least 1. (3 points)


# %% nbgrader={"grade_id": "stopping_answer", "solution": true}
def when_to_stop(losses, patience=3):
    """Return the epoch after which training stops, and the best epoch until then."""
    ### BEGIN SOLUTION
    best = 0
    for epoch, loss in enumerate(losses):
        if loss < losses[best]:
            best = epoch
        if epoch - best >= patience:
            return epoch, best
    return len(losses) - 1, best
    ### END SOLUTION


# %% nbgrader={"grade_id": "early_stopping", "grade": true, "points": 3}
stopped = when_to_stop([3.0, 2.0, 2.5, 2.4, 1.0], 2)
compare("the epoch after which training stops, and the best one", stopped, [3, 1])
print("The example is right. The hidden checks use other losses and patiences.")

# %% [markdown]
# ## 10. New sentences from old
#
# More data is the best regularisation, and some can be made: a picture that is turned a little still shows the same
# thing, and a review of a film says the same when a word of it is exchanged for a synonym. Three operators for
# sentences, which are lists of words here:
#
# - `swap_words(words, count, seed)`: `count` times, exchange the words at two random, *different* places.
# - `delete_words(words, rate, seed)`: each word goes with the probability `rate`, each by its own luck. If none would
#   be left, one random word of the sentence stays.
# - `replace_words(words, count, synonyms, stop_words, seed)`: `count` random words are replaced by one of their
#   synonyms each, a random one. `synonyms` is a dict from a word to the list of its synonyms. Words in `stop_words`
#   (like *the*) stay, and so do words without synonyms. If fewer than `count` can be replaced, all of these are. No
#   place is replaced twice.
#
# For example, of "a sad human comedy played out" the first may make "a played human comedy sad out", the second "a
# human comedy played", the third "a lamentable human comedy played out".
#
# **Write the three functions.** Each returns a new list and leaves what it is given as it is. The sentence has at
# least two words. Luck comes from `seed` alone: the same seed gives the same sentence, another seed mostly another.
# `random.Random(seed)` makes a generator with `random()`, `sample`, `choice` and `randrange`; numpy's will do as well.
# (4 points)


# %% nbgrader={"grade_id": "operators_answer", "solution": true}
def swap_words(words, count, seed):
    """Return the sentence with two words exchanged, count times."""
    ### BEGIN SOLUTION
    luck, new = random.Random(seed), list(words)
    for _ in range(count):
        i, j = luck.sample(range(len(new)), 2)
        new[i], new[j] = new[j], new[i]
    return new
    ### END SOLUTION


def delete_words(words, rate, seed):
    """Return the sentence without some of its words, but never empty."""
    ### BEGIN SOLUTION
    luck = random.Random(seed)
    left = [word for word in words if luck.random() >= rate]
    return left or [luck.choice(words)]
    ### END SOLUTION


def replace_words(words, count, synonyms, stop_words, seed):
    """Return the sentence with count words replaced by synonyms."""
    ### BEGIN SOLUTION
    luck, new = random.Random(seed), list(words)
    places = [i for i in range(len(new)) if new[i] not in stop_words and synonyms.get(new[i])]
    for i in luck.sample(places, min(count, len(places))):
        new[i] = luck.choice(synonyms[new[i]])
    return new
    ### END SOLUTION


# %% nbgrader={"grade_id": "text_operators", "grade": true, "points": 4}
def check_operators():
    """Show what the three make of one sentence."""
    sentence = "a sad human comedy played out on the back roads of life".split()
    known = {"sad": ["lamentable", "sorrowful"], "back": ["backward"], "roads": ["ways", "streets"]}
    made = {
        "swapped": swap_words(sentence, 1, seed=1),
        "deleted": delete_words(sentence, 0.3, seed=1),
        "replaced": replace_words(sentence, 2, known, {"a", "the", "on", "of"}, seed=1),
    }
    for name, words in made.items():
        assert words is not None and words is not ..., f"{name}: nothing is returned yet"
        words = list(words)
        print(f"{name}: {' '.join(map(str, words))}")
    moved = sum(a != b for a, b in zip(made["swapped"], sentence))
    print(f"words that stand elsewhere after one exchange: {moved}, expected 2")
    replaced = sum(a != b for a, b in zip(made["replaced"], sentence))
    print(f"words that were replaced: {replaced}, expected 2")
    assert (moved, replaced) == (2, 2), "the numbers above differ"


check_operators()
