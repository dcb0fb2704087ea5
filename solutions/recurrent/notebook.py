# %% [markdown]
# # Recurrent networks: gradients through time
#
# A recurrent network reads a sequence one step at a time and keeps a hidden state. In this
# notebook the state is linear, so that nothing hides the one thing that matters here:
#
# $$ h_t = W x_t + U h_{t-1}, \qquad y_t = V h_t, \qquad h_0 = 0 $$
#
# Unfolded over $T$ steps it is a deep feed-forward network whose layers all share $W$ and $U$. You
# will write the line that sends an error one step back in time, see what that line does over many
# steps, and then keep the gradient from exploding. Your functions are called by position and by name:
# keep the names of their arguments.
#
# | name | meaning | shape |
# |---|---|---|
# | `x` | inputs | `(T, B, D)`: steps, batch, features |
# | `W`, `U`, `V` | input, recurrent and output weights | `(H, D)`, `(H, H)`, `(K, H)` |
# | `h`, `y` | hidden states, outputs | `(T, B, H)`, `(T, B, K)` |

# %% nbgrader={"grade_id": "setup"}
import matplotlib.pyplot as plt
import torch


def forward(x, W, U, V):
    """Run the network; returns h (T, B, H) and y (T, B, K)."""
    h_t = torch.zeros(x.shape[1], W.shape[0], dtype=x.dtype)
    states = []
    for x_t in x:
        h_t = x_t @ W.T + h_t @ U.T
        states.append(h_t)
    h = torch.stack(states)
    return h, h @ V.T


# %% [markdown]
# ## 1. Back-propagation through time: the missing line
#
# The error is $E = \frac{1}{2} \sum_t \lVert y_t - \hat y_t \rVert^2$. Write
# $\delta = \partial E / \partial h$ for the part of the error that reaches a hidden state. At step
# $t$ it starts at the output,
#
# $$ \delta_t = (y_t - \hat y_t)\, V, $$
#
# and then travels back through *every* earlier step, because $h_t$ depends on $h_{t-1}$, which
# depends on $h_{t-2}$, and so on. Each of these steps contributes to the gradients of the shared
# weights:
#
# $$ \frac{\partial E}{\partial W} \mathrel{+}= \delta_s^\top x_s, \qquad
#    \frac{\partial E}{\partial U} \mathrel{+}= \delta_s^\top h_{s-1}, \qquad s = t, t-1, \dots, 1. $$
#
# How does $\delta$ change from step $s$ to step $s - 1$? Look at $\partial h_s / \partial h_{s-1}$
# in the equation of the network, and mind that `delta` has one *row* for each sequence of the
# batch: shape `(B, H)`.
#
# **Fill in the one missing line** in the inner loop. Another way to the same three gradients counts as
# well: it may be written with other products, and torch's automatic differentiation is allowed here
# (it is a good way to check yourself; in *Backpropagation* it is not). So are complex steps and small
# differences, if they are exact to four digits.

# %% nbgrader={"grade_id": "bptt_answer", "solution": true}
def bptt(x, target, W, U, V):
    """Return dE/dW (H, D), dE/dU (H, H) and dE/dV (K, H)."""
    h, y = forward(x, W, U, V)
    dW, dU, dV = torch.zeros_like(W), torch.zeros_like(U), torch.zeros_like(V)
    for t in reversed(range(len(x))):
        error = y[t] - target[t]  # (B, K)
        dV += error.T @ h[t]
        delta = error @ V  # (B, H)
        for s in reversed(range(t + 1)):
            dW += delta.T @ x[s]
            if s > 0:
                dU += delta.T @ h[s - 1]
            # delta of step s - 1 from delta of step s:
            ### BEGIN SOLUTION
            delta = delta @ U
            ### END SOLUTION
    return dW, dU, dV


# %% [markdown]
# The next cell compares your gradients with a network so small that you can follow it by hand:
# one unit, two steps, $W = 1$, $U = \frac12$, $V = 1$, inputs 1 and 1, targets 0 and 0. Then
# $h_1 = 1$, $h_2 = 1.5$, the errors are 1 and 1.5, and
#
# $$ \frac{\partial E}{\partial W} = \underbrace{1 \cdot 1}_{t=1} +
#    \underbrace{1.5 \cdot 1 + 1.5 \cdot \tfrac12 \cdot 1}_{t=2} = 3.25, \qquad
#    \frac{\partial E}{\partial U} = 1.5 \cdot h_1 = 1.5. $$

# %% nbgrader={"grade_id": "bptt_fill_in", "grade": true, "points": 3}
one = torch.ones(1, 1)
dW, dU, dV = bptt(torch.ones(2, 1, 1), torch.zeros(2, 1, 1), one, one / 2, one)
for name, came, expected in (("dE/dW", dW, 3.25), ("dE/dU", dU, 1.5), ("dE/dV", dV, 3.25)):
    number = torch.as_tensor(came).item()
    assert abs(number - expected) < 1e-5, f"{name} is {number:.5g}, expected {expected}"
print("The small example is right. The hidden checks use other sizes and random weights.")

# %% [markdown]
# ## 2. Why gradients explode or vanish
#
# After $k$ steps back, $\delta$ has been multiplied by $U$ $k$ times. Below, `U` is a rotation times
# a number, so that each step multiplies the length of $\delta$ by exactly that number.

# %%
angle = torch.tensor(0.5)
rotation = torch.stack(
    [torch.stack([angle.cos(), -angle.sin()]), torch.stack([angle.sin(), angle.cos()])]
)
figure, axes = plt.subplots(figsize=(6, 3))
for scale in (0.8, 1.0, 1.2):
    delta, norms = torch.tensor([[1.0, 0.0]]), []
    for _ in range(31):
        norms.append(delta.norm())
        delta = delta @ (scale * rotation)
    axes.semilogy(norms, label=f"largest modulus of the eigenvalues of U: {scale}")
axes.set(xlabel="steps back in time", ylabel="length of delta", title="A product of Jacobians")
axes.set_yticks([0.01, 1, 100], ["0.01", "1", "100"])
axes.minorticks_off()
axes.legend()
plt.show()

# %% [markdown]
# Vanishing gradients need another architecture (next assignment: gates). Exploding gradients have a
# simple remedy.
#
# ## 3. Gradient clipping by norm
#
# If the gradient $g$ is longer than a threshold $\theta$, shorten it to that length and keep its
# direction; otherwise leave it alone:
#
# $$ \operatorname{clip}(g, \theta) =
#    \begin{cases} \dfrac{\theta}{\lVert g \rVert}\, g & \lVert g \rVert > \theta \\[1ex]
#    g & \text{otherwise} \end{cases}
#    \qquad \lVert g \rVert = \sqrt{\textstyle\sum_i g_i^2} $$
#
# **Write `clip_gradient`.** The gradient may have any shape; its norm is that of all its entries
# together. Return the clipped gradient and leave the one that you are given as it is.

# %% nbgrader={"grade_id": "clip_answer", "solution": true}
def clip_gradient(gradient, threshold):
    """Return the gradient, shortened to the threshold if it is longer."""
    ### BEGIN SOLUTION
    norm = gradient.norm()
    if norm <= threshold:
        return gradient
    return gradient * (threshold / norm)
    ### END SOLUTION


# %% nbgrader={"grade_id": "gradient_clipping", "grade": true, "points": 3}
long = torch.tensor([3.0, 4.0])  # its length is 5
clipped = clip_gradient(long, 1.0)
expected = torch.tensor([0.6, 0.8])
assert torch.allclose(torch.as_tensor(clipped).float(), expected, rtol=1e-4, atol=1e-5), (
    f"[3, 4] clipped to 1 gives {clipped}, expected {expected}"
)
print("The example is right. The hidden checks use other shapes, lengths and thresholds.")

# %% [markdown]
# ## 4. In your own words
#
# A colleague proposes to clip every *entry* of the gradient to $[-\theta, \theta]$ instead of
# clipping the norm. What changes for the direction of the step? Name one situation in which that
# matters and one in which it does not. Three to five sentences.

# %% [markdown] nbgrader={"grade_id": "clip_by_entry", "grade": true, "solution": true, "points": 2}
# ### BEGIN SOLUTION
# Clipping entries shortens the long coordinates more than the short ones, so the step turns towards
# the diagonal; clipping by norm only shortens it. It matters when one weight dominates the gradient,
# for example along a steep cliff: the clipped step no longer points downhill most steeply. It does
# not matter when no entry exceeds the threshold, or when all entries have about the same size. A
# good answer names the change of direction and one situation of each kind.
# ### END SOLUTION
