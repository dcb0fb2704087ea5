# %% [markdown]
# # Optimisation: how weights move, and where they start
#
# Back-propagation gives the slope of the cost for every weight. This notebook is about what comes
# after: how far to step and in which direction, what to add to the cost, and why not to start from zeros.
# *Backpropagation* says where the gradients come from; here they are given. *Regularisation: good starts,
# steady layers, and no learning by heart* goes on from here.
#
# Unless an exercise forbids something, everything is allowed, library calls too. Weights and gradients
# are tensors of any shape, also of a single number or without any entry; tensors, arrays and lists are
# all right as results. Six digits are enough. What you are given belongs to the caller: return new
# values and leave the arguments as they are. Your functions are called by position and by name: keep the
# names of their arguments.

# %% nbgrader={"grade_id": "setup"}
import math

import matplotlib.pyplot as plt
import numpy as np
import torch


def compare(what, came, expected):
    """Say what came and what was expected; numbers, lists, arrays and tensors will do."""
    assert came is not None and came is not ..., f"{what} is not filled in yet"
    values = came.detach() if isinstance(came, torch.Tensor) else came
    values, wanted = np.asarray(values, dtype=float), np.asarray(expected, dtype=float)
    same_shape = values.shape == wanted.shape or values.size == wanted.size == 1
    assert same_shape, f"{what} has shape {values.shape}, expected {wanted.shape}"
    near = np.allclose(values.ravel(), wanted.ravel(), rtol=1e-4, atol=1e-5)
    assert near, f"{what} is {values}, expected {wanted}"


class Bowl:
    """The slope A w - b of the cost w·A·w / 2 - b·w: call it with a point to get the gradient there."""

    def __init__(self, A, b):
        self.A, self.b = torch.as_tensor(A), torch.as_tensor(b)

    def __call__(self, w):
        return self.A @ torch.as_tensor(w, dtype=self.A.dtype) - self.b


# %% [markdown]
# ## 1. Gradient descent
#
# The gradient $g$ points uphill, so the weights move against it, by a learning rate $\eta$:
#
# $$ w \leftarrow w - \eta\, g $$
#
# *Batch* gradient descent takes $g$ over all examples, *stochastic* gradient descent over one,
# *mini-batch* over some; the update is the same line.
#
# By hand: $f(w) = 10 w^2$ has the slope $20 w$. From $w = 1$ with $\eta = 0.02$ the step goes to
# $1 - 0.02 \cdot 20 = 0.6$, and $f$ falls from 10 to 3.6. With $\eta = \frac12$ it goes to $1 - 10 = -9$,
# and $f$ *rises* to 810. Some printed versions say that the cost always falls for $0 < \eta < 1$. It does
# not: how large a step may be depends on how curved the cost is.

# %%
figure, axes = plt.subplots(figsize=(6, 3))
for eta, style in ((0.01, "o-"), (0.09, "s--"), (0.102, "^:")):
    place, costs = 1.0, []
    for _ in range(16):
        costs.append(10 * place**2)
        place = place * (1 - 20 * eta)
    axes.semilogy(costs, style, color="black", markersize=4, label=f"learning rate {eta}")
axes.set(xlabel="step", ylabel="cost", title="Descent on 10 w²: the rate decides")
axes.legend()
plt.show()

# %% [markdown]
# **Write `sgd_update`.** `w` and `g` have the same shape, which may be any. Return the new weights.

# %% nbgrader={"grade_id": "sgd_answer", "solution": true}
def sgd_update(w, g, eta):
    """Return the weights after one step."""
    ### BEGIN SOLUTION
    return w - eta * g
    ### END SOLUTION


# %% nbgrader={"grade_id": "sgd_step", "grade": true, "points": 1}
compare("the weight 1 after a step", sgd_update(torch.tensor([1.0]), torch.tensor([20.0]), 0.5), [-9.0])
print("The example is right. The hidden checks use other shapes and values.")

# %% [markdown]
# ## 2. Momentum
#
# Along a narrow valley plain descent swings from wall to wall. Momentum keeps a velocity $v$, in which
# the swings cancel and the common direction adds up:
#
# $$ v \leftarrow \gamma v + \eta\, g, \qquad w \leftarrow w - v, \qquad v = 0 \text{ at the start} $$
#
# Some printed versions write $w_t = w_{t+1} - v_t$; the indices are swapped there. The *new* velocity moves
# the weights.
#
# By hand, with $\gamma = 0.9$, $\eta = 0.1$, $w = 1$, $v = 0.2$ and $g = 2$:
# $v = 0.18 + 0.2 = 0.38$ and $w = 1 - 0.38 = 0.62$.
#
# **Write `momentum_update`.** Return the new weights and the new velocity, in this order.

# %% nbgrader={"grade_id": "momentum_answer", "solution": true}
def momentum_update(w, g, v, eta, gamma=0.9):
    """Return the new weights and the new velocity."""
    ### BEGIN SOLUTION
    velocity = gamma * v + eta * g
    return w - velocity, velocity
    ### END SOLUTION


# %% nbgrader={"grade_id": "momentum_step", "grade": true, "points": 1}
moved = momentum_update(torch.tensor([1.0]), torch.tensor([2.0]), torch.tensor([0.2]), 0.1)
compare("the weight", moved[0], [0.62])
compare("the velocity", moved[1], [0.38])
print("The example is right. The hidden checks use other values and several steps.")

# %% [markdown]
# ## 3. Nesterov's accelerated gradient
#
# Momentum will carry the weights to about $w - \gamma v$ whatever the slope is. Nesterov's idea: measure the
# slope *there*, and brake before the wall instead of on it.
#
# $$ v \leftarrow \gamma v + \eta\, \nabla J(w - \gamma v), \qquad w \leftarrow w - v $$
#
# The right-hand side has the old $v$ in both places. `gradient` is a function: `gradient(point)` is the slope
# at that point.
#
# By hand, for $J = \frac12 \cdot 4 w^2$ with slope $4 w$, $\gamma = 0.5$, $\eta = 0.1$, $w = 1$, $v = 0.4$: the point
# looked at is $1 - 0.2 = 0.8$ with slope 3.2, so $v = 0.2 + 0.32 = 0.52$ and $w = 0.48$.
#
# **Write `nesterov_update`.** Return the new weights (not the point looked at) and the new velocity.

# %% nbgrader={"grade_id": "nesterov_answer", "solution": true}
def nesterov_update(w, gradient, v, eta, gamma=0.9):
    """Return the new weights and the new velocity."""
    ### BEGIN SOLUTION
    ahead = w - gamma * v
    faster = gamma * v + eta * gradient(ahead)
    return w - faster, faster
    ### END SOLUTION


# %% nbgrader={"grade_id": "nesterov_step", "grade": true, "points": 2}
slope = Bowl([[4.0]], [0.0])
moved = nesterov_update(torch.tensor([1.0]), slope, torch.tensor([0.4]), 0.1, 0.5)
compare("the weight", moved[0], [0.48])
compare("the velocity", moved[1], [0.52])
print("The example is right. The hidden checks use bowls in more dimensions.")

# %% [markdown]
# ## 4. Adagrad: a rate for each weight
#
# A weight whose gradient is rarely large should move further when it is. Adagrad divides by the root of all
# squared gradients so far, each entry by its own:
#
# $$ G \leftarrow G + g^2, \qquad w \leftarrow w - \eta\, \frac{g}{\sqrt{G} + \varepsilon}, \qquad
#    G = 0 \text{ at the start} $$
#
# $\varepsilon$ only keeps the division from failing while $G = 0$; it may stand beside the root or under it.
# $g$ is the slope at $w$ itself: some printed versions take it at Nesterov's point instead.
#
# By hand, with $\eta = 0.1$, $w = 1$, $G = 9$, $g = 4$: $G = 25$ and $w = 1 - 0.1 \cdot \frac45 = 0.92$.
#
# **Write `adagrad_update`.** Return the new weights and the new $G$. A weight that has never had a gradient
# stays where it is.

# %% nbgrader={"grade_id": "adagrad_answer", "solution": true}
def adagrad_update(w, g, G, eta=0.01, epsilon=1e-10):
    """Return the new weights and the new sum of squared gradients."""
    ### BEGIN SOLUTION
    total = G + g**2
    return w - eta * g / (total.sqrt() + epsilon), total
    ### END SOLUTION


# %% nbgrader={"grade_id": "adagrad_step", "grade": true, "points": 1}
moved = adagrad_update(torch.tensor([1.0]), torch.tensor([4.0]), torch.tensor([9.0]), 0.1)
compare("the weight", moved[0], [0.92])
compare("G", moved[1], [25.0])
print("The example is right. The hidden checks use other values and several steps.")

# %% [markdown]
# ## 5. RMSProp: Adagrad that forgets
#
# Adagrad's $G$ only grows, so that its steps die out. RMSProp takes a running *mean* $E$ instead of the sum:
#
# $$ E \leftarrow \gamma E + (1 - \gamma)\, g^2, \qquad w \leftarrow w - \eta\, \frac{g}{\sqrt{E} + \varepsilon} $$
#
# Some printed versions have a second form in which the root is taken twice. At $E = 0.04$ that divides by 0.447
# instead of 0.2.
#
# By hand, with $\gamma = 0.9$, $\eta = 0.1$, $w = 1$, $E = 4$, $g = 8$: $E = 3.6 + 6.4 = 10$ and
# $w = 1 - 0.1 \cdot 8 / 3.162278 = 0.747018$.
#
# **Write `rmsprop_update`.** Return the new weights and the new $E$. $\varepsilon$ may again stand on either side of
# the root.

# %% nbgrader={"grade_id": "rmsprop_answer", "solution": true}
def rmsprop_update(w, g, E, eta=0.01, gamma=0.9, epsilon=1e-8):
    """Return the new weights and the new mean of squared gradients."""
    ### BEGIN SOLUTION
    mean = gamma * E + (1 - gamma) * g**2
    return w - eta * g / (mean.sqrt() + epsilon), mean
    ### END SOLUTION


# %% nbgrader={"grade_id": "rmsprop_step", "grade": true, "points": 1}
moved = rmsprop_update(torch.tensor([1.0]), torch.tensor([8.0]), torch.tensor([4.0]), 0.1)
compare("the weight", moved[0], [0.747018])
compare("E", moved[1], [10.0])
print("The example is right. The hidden checks use other values and several steps.")

# %% [markdown]
# The sum of Adagrad and the mean of RMSProp, seen over a gradient that is always 1: the one slows down for
# ever, the other settles.

# %%
steps = np.arange(1, 61)
figure, axes = plt.subplots(figsize=(6, 3))
axes.plot(steps, 1 / np.sqrt(steps), "-", color="black", label="Adagrad")
axes.plot(steps, 1 / np.sqrt(1 - 0.9**steps), "--", color="black", label="RMSProp, γ = 0.9")
axes.set(xlabel="step", ylabel="length of the step / learning rate", title="A gradient that stays 1")
axes.legend()
plt.show()

# %% [markdown]
# ## 6. Adadelta: no learning rate at all
#
# RMSProp's step has no unit: gradient over gradient. Adadelta puts the unit of the weights back by a second
# running mean, that of the squared *updates* $\Delta$, and so needs no $\eta$:
#
# $$ E_g \leftarrow \rho E_g + (1 - \rho) g^2, \qquad
#    \Delta = \frac{\sqrt{E_\Delta + \varepsilon}}{\sqrt{E_g + \varepsilon}}\; g, \qquad
#    E_\Delta \leftarrow \rho E_\Delta + (1 - \rho) \Delta^2, \qquad w \leftarrow w - \Delta $$
#
# Mind the order: $\Delta$ uses the new $E_g$ and the *old* $E_\Delta$. Here $\varepsilon$ stands under both roots and
# matters: at the start $E_\Delta = 0$, and without it nothing would ever move. Some printed versions call a rule
# without $E_\Delta$ Adadelta; that is RMSProp.
#
# By hand, with $\rho = 0.5$, $\varepsilon = 0.01$, $w = 1$, $E_g = 0.98$, $E_\Delta = 0.15$ and $g = 1$: $E_g = 0.99$,
# $\Delta = \sqrt{0.16} / \sqrt{1} \cdot 1 = 0.4$, $E_\Delta = 0.075 + 0.08 = 0.155$ and $w = 0.6$.
#
# **Write `adadelta_update`.** Return the new $w$, $E_g$ and $E_\Delta$.

# %% nbgrader={"grade_id": "adadelta_answer", "solution": true}
def adadelta_update(w, g, E_g, E_delta, rho=0.9, epsilon=1e-6):
    """Return the new weights and both new means of squares."""
    ### BEGIN SOLUTION
    squares = rho * E_g + (1 - rho) * g**2
    delta = (E_delta + epsilon).sqrt() / (squares + epsilon).sqrt() * g
    return w - delta, squares, rho * E_delta + (1 - rho) * delta**2
    ### END SOLUTION


# %% nbgrader={"grade_id": "adadelta_step", "grade": true, "points": 2}
one = torch.tensor([1.0])
moved = adadelta_update(one, one, 0.98 * one, 0.15 * one, 0.5, 0.01)
compare("the weight", moved[0], [0.6])
compare("E_g", moved[1], [0.99])
compare("E_delta", moved[2], [0.155])
print("The example is right. The hidden checks use other values and several steps.")

# %% [markdown]
# ## 7. Adam
#
# Adam joins momentum and RMSProp: $m$ is a running mean of the gradients, $v$ one of their squares. Both start at
# zero and are therefore too small at first; after step $t$ (counted from 1) dividing by $1 - \beta^t$ mends that:
#
# $$ m \leftarrow \beta_1 m + (1 - \beta_1) g, \qquad v \leftarrow \beta_2 v + (1 - \beta_2) g^2, $$
# $$ \hat m = \frac{m}{1 - \beta_1^t}, \qquad \hat v = \frac{v}{1 - \beta_2^t}, \qquad
#    w \leftarrow w - \eta\, \frac{\hat m}{\sqrt{\hat v} + \varepsilon} $$
#
# The corrected values are for this step only: what is kept for the next step is $m$ and $v$.
#
# By hand, with $\beta_1 = 0.5$, $\beta_2 = 0.75$, $\eta = 0.1$, $t = 2$, $w = 1$, $m = 1$, $v = 1$, $g = 2$: $m = 1.5$, $v = 1.75$,
# $\hat m = 1.5 / 0.75 = 2$, $\hat v = 1.75 / 0.4375 = 4$, and $w = 1 - 0.1 \cdot 2 / 2 = 0.9$.
#
# **Write `adam_update`.** Return the new $w$, $m$ and $v$. $\varepsilon$ may stand on either side of the root.

# %% nbgrader={"grade_id": "adam_answer", "solution": true}
def adam_update(w, g, m, v, t, eta=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8):
    """Return the new weights and both new running means; t counts from 1."""
    ### BEGIN SOLUTION
    first = beta1 * m + (1 - beta1) * g
    second = beta2 * v + (1 - beta2) * g**2
    m_hat, v_hat = first / (1 - beta1**t), second / (1 - beta2**t)
    return w - eta * m_hat / (v_hat.sqrt() + epsilon), first, second
    ### END SOLUTION


# %% nbgrader={"grade_id": "adam_step", "grade": true, "points": 2}
moved = adam_update(one, 2 * one, one, one, 2, 0.1, 0.5, 0.75)
compare("the weight", moved[0], [0.9])
compare("m", moved[1], [1.5])
compare("v", moved[2], [1.75])
print("The example is right. The hidden checks use other values and several steps.")

# %% [markdown]
# ## 8. What the bias correction does at the first step
#
# Take Adam's usual values $\eta = 0.001$, $\beta_1 = 0.9$, $\beta_2 = 0.999$, and $m = v = 0$ before the first step. The first
# gradient of a weight is $g = 0.04$, and $\varepsilon$ may be left out. How far does the weight move in step $t = 1$,
#
# - with the correction: `first_step_corrected`,
# - without it, $\hat m = m$ and $\hat v = v$: `first_step_plain`?
#
# Both are lengths, without a sign. Give four digits that count (as in 0.01234), or a formula in Python.
# Before you calculate: does the length depend on $g$ at all?

# %% nbgrader={"grade_id": "adam_first_answer", "solution": true}
first_step_corrected = None
first_step_plain = None
### BEGIN SOLUTION
first_step_corrected = 0.001
first_step_plain = 0.001 * (0.1 * 0.04) / math.sqrt(0.001 * 0.04**2)
### END SOLUTION

# %% nbgrader={"grade_id": "adam_first_step", "grade": true, "points": 2}
# This cell looks only whether there is an answer; whether it is right is found out after you submit.
for name, number in (("corrected", first_step_corrected), ("plain", first_step_plain)):
    assert number is not None and str(number) != "", f"first_step_{name} is not filled in"
print(f"You say {first_step_corrected} with the correction and {first_step_plain} without.")

# %% [markdown]
# ## 9. Penalties: what they add to the gradient
#
# A penalty on the size of the weights is added to the cost. Its slope is added to the gradient, so that every
# step also makes the weights smaller. For $m$ training examples and a strength $\lambda$:
#
# $$ P_1 = \frac{\lambda}{2m} \sum_i |w_i|, \qquad P_2 = \frac{\lambda}{2m} \sum_i w_i^2 $$
#
# $P_1$ pulls all weights equally and drives the small ones to exactly zero; $P_2$ pulls the large ones most.
# $|w|$ has a corner at 0: take the slope 0 there, so that a weight that is zero stays zero.
#
# By hand, the slopes of $P_1$ with $\lambda = 6$ and $m = 3$: every weight above zero has $6 / 6 = 1$. That of $P_2$ is
# for you to find; differentiate one term of its sum.
#
# **Write `penalty_gradients`.** Return the slope of $P_1$ and the slope of $P_2$, each shaped like `w`.

# %% nbgrader={"grade_id": "penalty_answer", "solution": true}
def penalty_gradients(w, strength, examples=1):
    """Return the slopes of both penalties at the weights w."""
    ### BEGIN SOLUTION
    factor = strength / (2 * examples)
    return factor * torch.sign(w), 2 * factor * w
    ### END SOLUTION


# %% nbgrader={"grade_id": "penalty_slopes", "grade": true, "points": 2}
slopes = penalty_gradients(torch.tensor([2.0, -0.5, 0.0]), 6.0, 3)
compare("the slope of P1", slopes[0], [1.0, -1.0, 0.0])
compare("the slope of P2", slopes[1], [4.0, -1.0, 0.0])
print("The example is right. The hidden checks use other values and shapes.")

# %% [markdown]
# ## 10. Starting from zero
#
# A network with one layer of sigmoid units starts with all weights and biases at 0. What do its hidden units
# share?
#
# - `"a"`: their output before the first step only; then each learns from other inputs and goes its own way
# - `"b"`: output and gradient, in every step: they stay equal to each other, as if there were one unit
# - `"c"`: a gradient of zero in every step: no weight of the network ever moves
# - `"d"`: the size of their weights, but not the signs: half of them turn out negative
#
# Give its letter, as text. Trying it in a cell of your own is allowed.

# %% nbgrader={"grade_id": "zero_start_answer", "solution": true}
zero_start = ""  # "a", "b", "c" or "d"
### BEGIN SOLUTION
zero_start = "b"
### END SOLUTION

# %% nbgrader={"grade_id": "zero_start_choice", "grade": true, "points": 1}
# This cell looks only whether there is an answer; whether it is right is found out after you submit.
assert zero_start not in ("", None, ...), 'zero_start is not filled in; expected "a" to "d"'
print(f"You chose {zero_start}.")

# %% [markdown]
# ## 11. The loss of knowing nothing
#
# Such a network was trained for 15,000 steps to tell two rings of points apart, as many points in each. It still
# had an accuracy of 50 %: it gives every class the same probability, whatever the point. The loss of a point whose
# true class has the probability $p$ is $-\ln p$ (natural logarithm). What is the mean loss of a network that gives
# every class the same probability,
#
# - with 2 classes: `stuck_loss_two`,
# - with 10 classes: `stuck_loss_ten`?
#
# Give four digits that count, or a formula in Python. These numbers are worth knowing: a training loss that stays
# there says that the network has not begun to learn.

# %% nbgrader={"grade_id": "stuck_loss_answer", "solution": true}
stuck_loss_two = None
stuck_loss_ten = None
### BEGIN SOLUTION
stuck_loss_two = math.log(2)
stuck_loss_ten = math.log(10)
### END SOLUTION

# %% nbgrader={"grade_id": "stuck_loss", "grade": true, "points": 2}
# This cell looks only whether there is an answer; whether it is right is found out after you submit.
for name, number in (("two", stuck_loss_two), ("ten", stuck_loss_ten)):
    assert number is not None and str(number) != "", f"stuck_loss_{name} is not filled in"
print(f"You say {stuck_loss_two} for two classes and {stuck_loss_ten} for ten.")
