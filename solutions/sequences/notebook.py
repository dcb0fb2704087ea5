# %% [markdown]
# # Sequences: reading in both directions
#
# In "the bank of the river" the word *bank* is understood from what comes *after* it. A
# bidirectional network therefore reads the sequence twice, with two separate sets of weights: once
# from the first step to the last, once from the last to the first.
#
# $$ \overrightarrow{h}_t = \tanh(W_f x_t + U_f \overrightarrow{h}_{t-1}), \qquad
#    \overleftarrow{h}_t = \tanh(W_b x_t + U_b \overleftarrow{h}_{t+1}) $$
#
# The feature of step $t$ is both states side by side,
# $[\overrightarrow{h}_t ; \overleftarrow{h}_t]$: what is known from the past, and what is known from
# the future.

# %% nbgrader={"grade_id": "setup"}
import matplotlib.pyplot as plt
import numpy as np


def run(x, W, U):
    """Read x (T, D) row by row; returns the states (T, H) in the order in which they were computed."""
    h, states = np.zeros(len(W)), []
    for x_t in x:
        h = np.tanh(W @ x_t + U @ h)
        states.append(h)
    return np.stack(states)


# %% [markdown]
# ## 1. Which line joins the two directions?
#
# `h_f` holds the forward states, first step first. `h_b` holds the backward states **in the order in
# which they were computed**: the network read the last step first, so row 0 of `h_b` belongs to the
# *last* step. Both have the shape `(T, H)`. Which line gives one feature for each time step?
#
# - `"a"`: `h_f + h_b[::-1]`
# - `"b"`: `np.concatenate([h_f, h_b], axis=1)`
# - `"c"`: `np.concatenate([h_f, h_b[::-1]], axis=0)`
# - `"d"`: `np.concatenate([h_f, h_b[::-1]], axis=1)`
#
# Give its letter, as text.

# %% nbgrader={"grade_id": "choice_answer", "solution": true}
joining_line = ""  # "a", "b", "c" or "d"
### BEGIN SOLUTION
joining_line = "d"
### END SOLUTION

# %% nbgrader={"grade_id": "bidirectional_choice", "grade": true, "points": 1}
# This cell looks only whether there is an answer; whether it is right is found out after you submit.
assert joining_line not in ("", None, ...), 'joining_line is not filled in; expected "a" to "d"'
print(f"You chose {joining_line}.")

# %% [markdown]
# ## 2. Both directions in code
#
# **Write `bidirectional`**, which reads `x` of shape `(T, D)` in both directions with the function
# `run` above, and returns the features: row `t` holds the forward state of step `t`, then the
# backward state of step `t`. The two directions may have different numbers of units, and the sequence
# may have one step only. It is called by position and by name. What you are given belongs to the caller:
# leave it as it is.

# %% nbgrader={"grade_id": "bidirectional_answer", "solution": true}
def bidirectional(x, W_f, U_f, W_b, U_b):
    """Return the features (T, H_f + H_b) in time order."""
    ### BEGIN SOLUTION
    h_f = run(x, W_f, U_f)
    h_b = run(x[::-1], W_b, U_b)
    return np.concatenate([h_f, h_b[::-1]], axis=1)
    ### END SOLUTION


# %% [markdown]
# The next cell takes one unit in each direction and no recurrence ($U = 0$), so that each state is
# just $\tanh$ of its own input: with $x = 0, 1, 2$ both columns must be $\tanh 0, \tanh 1, \tanh 2$.

# %% nbgrader={"grade_id": "bidirectional_concatenation", "grade": true, "points": 3}
one, zero = np.ones((1, 1)), np.zeros((1, 1))
features = bidirectional(np.array([[0.0], [1.0], [2.0]]), one, zero, one, zero)
assert np.shape(features) == (3, 2), f"the shape is {np.shape(features)}; expected (3, 2)"
expected = np.tanh([[0, 0], [1, 1], [2, 2]])
assert np.allclose(features, expected), f"got\n{features}\nexpected\n{expected}"
print("The example is right. The hidden checks use recurrent weights and other sizes.")

# %% [markdown]
# ## 3. What each half can see
#
# A single 1 in the middle of zeros is echoed forward in time by one half and backward by the other.
# Together, every step knows of it.

# %%
pulse = np.zeros((21, 1))
pulse[10] = 1
echo = np.full((1, 1), 0.9)
features = bidirectional(pulse, one, echo, one, echo)
figure, axes = plt.subplots(figsize=(6, 3))
axes.plot(features[:, 0], "o-", label="forward half")
axes.plot(features[:, 1], "s-", label="backward half")
axes.axvline(10, color="grey", linestyle=":", label="the input is 1")
axes.set(xlabel="time step", ylabel="state", title="What the two directions remember")
axes.legend()
plt.show()
