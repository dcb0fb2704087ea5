# %% [markdown]
# # Recurrent networks: states, sequences and all gradients
#
# A recurrent network reads a sequence one step at a time. What it keeps from step to step is its hidden state
# $h_t$, made of the input of this step and the state of the step before; the output is read off the state:
#
# $$ h_t = f(W x_t + U h_{t-1}), \qquad y_t = V h_t $$
#
# | name | meaning | shape |
# |---|---|---|
# | `x` | inputs | `(T, B, D)`: steps, batch, features |
# | `W`, `U`, `V` | input, recurrent and output weights | `(H, D)`, `(H, H)`, `(K, H)` |
# | `h`, `y` | hidden states, outputs | `(T, B, H)`, `(T, B, K)` |
#
# In *Recurrent networks: gradients through time* the state is linear, $f(a) = a$, so that one thing shows alone:
# an error that travels back through $U$. This notebook begins before that, with what such a network is and which
# tasks it fits, and goes on where that one stops: a state that bends, with $f = \tanh$, all its gradients, and
# what becomes of them over many steps. You can work through it first or second.
#
# Your functions are called by position and by name: keep the names of their arguments.

# %% nbgrader={"grade_id": "setup"}
import matplotlib.pyplot as plt
import numpy as np
import torch


def tensor_of(came):
    """Return what a function gave, a tensor, an array or a list, as a tensor without a gradient."""
    return came.detach() if torch.is_tensor(came) else torch.from_numpy(np.array(came))


# %% [markdown]
# ## 1. Which weight makes it recurrent?
#
# A network without a memory has two sets of weights: from the input to the hidden layer, and from the
# hidden layer to the output. With them alone, two equal inputs give two equal outputs, whatever came
# before. A recurrent network has one set more. With a linear state, $W = V = 1$, inputs 1 and 0, no state before
# the first step, and one third weight of $\frac12$ at the right place the states are
#
# $$ h_1 = 1, \qquad h_2 = 0 + \tfrac12 \cdot 1 = \tfrac12: $$
#
# the second input is 0, and the state still knows of the first. **What does the third weight of the network
# at the top of this notebook connect?** (1 point)
#
# - `"a"`: the output of one step with the hidden layer of the next
# - `"b"`: the input of one step with the hidden layer of the next
# - `"c"`: the hidden layer of one step with that of the next, by another matrix at each step
# - `"d"`: the hidden layer of one step with that of the next, by the same matrix at each step
# - `"e"`: the hidden layer of one step with that of the step before

# %% nbgrader={"grade_id": "third_weight_answer", "solution": true}
third_weight = ""  # "a", "b", "c", "d" or "e"
### BEGIN SOLUTION
third_weight = "d"
### END SOLUTION

# %% nbgrader={"grade_id": "third_weight_choice", "grade": true, "points": 1}
# This cell looks only whether there is an answer; whether it is right is found out after you submit.
assert third_weight not in ("", None, ...), 'third_weight is not filled in; expected "a" to "e"'
print(f"You chose {third_weight}.")

# %% [markdown]
# ## 2. One step as a formula
#
# Here is the smallest network whose state is not linear: one input, one
# hidden unit, one output, and the sigmoid $\sigma(a) = 1 / (1 + e^{-a})$ on both the hidden unit and the
# output. It has weights $w_{in}$ (input), $w$ (recurrent) and $w_{out}$ (output), and the biases $b$
# (hidden) and $c$ (output). The state before the first step is $s_0$, the first input is $x_1$. First comes
# the hidden unit, then the output from it.
#
# With $x_1 = 1,\; s_0 = 2,\; w_{in} = \frac12,\; w = -1,\; b = \frac12,\; w_{out} = 2,\; c = -1$ the hidden
# unit gets $\frac12 \cdot 1 - 1 \cdot 2 + \frac12 = -1$ and becomes $\sigma(-1) = 0.2689$. The output gets
# $2 \cdot 0.2689 - 1 = -0.4621$ and becomes $\sigma(-0.4621) = 0.3865$.
#
# **Write $y_1$ as a formula** in `x1`, `s0`, `w_in`, `w`, `w_out`, `b` and `c`, as text. The sigmoid of `a` may
# be written `sigmoid(a)` or as $1 / (1 + e^{-a})$. Any form of the same function counts. (3 points)

# %% nbgrader={"grade_id": "first_output_answer", "solution": true}
first_output = ""  # y1, a formula in x1, s0, w_in, w, w_out, b and c
### BEGIN SOLUTION
first_output = "sigmoid(w_out*sigmoid(w_in*x1 + w*s0 + b) + c)"
### END SOLUTION


# %% nbgrader={"grade_id": "first_output_formula", "grade": true, "points": 3}
def check_first_output():
    """Put the numbers of the example above into the formula."""
    import sympy

    assert str(first_output).strip() not in ("", "None", "Ellipsis"), (
        "first_output is not filled in; expected a formula for y1, as text"
    )
    example = {"x1": 1, "s0": 2, "w_in": 0.5, "w": -1, "b": 0.5, "w_out": 2, "c": -1}
    names = {name: sympy.Symbol(name) for name in example}
    names["sigmoid"] = lambda a: 1 / (1 + sympy.exp(-a))
    try:
        came = float(sympy.sympify(str(first_output), locals=names).subs(example))
    except Exception:  # a form that this cell cannot compute, such as TeX
        print(f"Your formula: {first_output}")
        print("It is not written as Python would, so it is only compared after you submit.")
        return
    assert abs(came - 0.3865) < 1e-3, f"for the example y1 is {came:.4f}; expected 0.3865"
    print(f"For the example your formula gives {came:.4f}, expected 0.3865.")
    print("One point is no proof: after you submit, it is compared at many others.")


check_first_output()

# %% [markdown]
# ## 3. Five ways in and out
#
# What goes in and what comes out need not be sequences of the same length:
#
# | mode | goes in | comes out |
# |---|---|---|
# | `"a"` | one thing of fixed size | one thing of fixed size; no recurrence is needed |
# | `"b"` | one thing of fixed size | a sequence |
# | `"c"` | a sequence | one thing, after the last step |
# | `"d"` | a sequence | another sequence, which begins when the first has been read to its end |
# | `"e"` | a sequence | one output at each step, as soon as its input has been read |
#
# To say after each word which kind of word it was is `"e"`. **Give the mode of each task.** A mode may be used
# more than once. (2 points)
#
# | key | task |
# |---|---|
# | `"digit"` | say which digit is on one picture of 8×8 pixels |
# | `"caption"` | write a sentence about one photograph |
# | `"melody"` | given a number that stands for a style, write a melody |
# | `"review"` | say whether a film's review is for or against it |
# | `"rain"` | from the air pressure of the last 48 hours, say how likely rain is tomorrow |
# | `"translation"` | translate an English sentence to French; the verb may come early in one and late in the other |
# | `"frames"` | while a film is running, mark each picture of it with what happens there |

# %% nbgrader={"grade_id": "modes_answer", "solution": true}
task_modes = dict.fromkeys(
    ["digit", "caption", "melody", "review", "rain", "translation", "frames"], ""
)
### BEGIN SOLUTION
task_modes = {
    "digit": "a",
    "caption": "b",
    "melody": "b",
    "review": "c",
    "rain": "c",
    "translation": "d",
    "frames": "e",
}
### END SOLUTION


# %% nbgrader={"grade_id": "input_output_modes", "grade": true, "points": 2}
def check_task_modes():
    """Look at the form; whether the modes are right is found out after you submit."""
    assert isinstance(task_modes, dict), f"task_modes is {task_modes!r}; expected a dict"
    tasks = ("digit", "caption", "melody", "review", "rain", "translation", "frames")
    missing = [task for task in tasks if task_modes.get(task) in ("", None, ...)]
    assert not missing, f"no mode yet for: {', '.join(missing)}"
    for task in tasks:
        print(f"{task}: {task_modes[task]}")


check_task_modes()

# %% [markdown]
# ## 4. Is every sequence a time series?
#
# A **sequence** has an order that matters: exchange two of its elements, and it says something else. A **time
# series** is a sequence whose order is that of time: values measured one after another, often at equal
# distances. A recurrent network does not ask which kind it reads; its "time" $t$ is only the position in the
# sequence. You have to ask, though: what is a step, does the order mean anything, and may the network look at
# what comes later?
#
# For example, prices at the end of each trading day are a time series. The stations of a bus line, in the
# order in which they lie along the road, are a sequence, but nobody has measured them one after another.
#
# **Which of these are sequences but no time series?** Give all letters, for example `["a", "f"]`. (1 point)
#
# - `"a"`: the temperature at noon, day after day
# - `"b"`: the bases along a strand of DNA
# - `"c"`: the words of a printed contract
# - `"d"`: the voltage over the heart, 250 times a second
# - `"e"`: the ages of all patients of a hospital, listed in no particular order
# - `"f"`: the pieces in the tower of a toy, from bottom to top

# %% nbgrader={"grade_id": "sequence_answer", "solution": true}
sequences_without_time = []  # all letters that apply
### BEGIN SOLUTION
sequences_without_time = ["b", "c", "f"]
### END SOLUTION

# %% nbgrader={"grade_id": "sequence_or_time_series", "grade": true, "points": 1}
# This cell looks only whether there is an answer; whether it is right is found out after you submit.
assert sequences_without_time is not None and len(sequences_without_time) > 0, (
    "sequences_without_time is empty; expected one letter or more"
)
print(f"You chose {', '.join(map(str, sorted(sequences_without_time)))}.")

# %% [markdown]
# ## 5. A state that bends
#
# A linear state can grow without end. The usual recurrent network sends it through $\tanh$, which keeps it
# between −1 and 1:
#
# $$ h_t = \tanh(W x_t + U h_{t-1}), \qquad y_t = V h_t $$
#
# **Write `tanh_forward`.** `x` has the shape `(T, B, D)` with at least one step; `h_0`, the state before the
# first input, has the shape `(B, H)` and is zeros if it is left out. Return two things: all states
# $h_1 \dots h_T$, `(T, B, H)`, and all outputs, `(T, B, K)`, in the dtype of `x`. Everything that torch and numpy
# have is allowed, and what you are given stays as it is. Inputs may be large: what is $\tanh(1000)$? (3 points)
#
# By hand, with one unit, $W = 1$, $U = \frac12$, $V = 2$ and inputs 1 and 0: $h_1 = \tanh(1) = 0.7616$,
# $h_2 = \tanh(\frac12 \cdot 0.7616) = 0.3634$, and the outputs are 1.5232 and 0.7268.


# %% nbgrader={"grade_id": "tanh_forward_answer", "solution": true}
def tanh_forward(x, W, U, V, h_0=None):
    """Return the states (T, B, H) and the outputs (T, B, K)."""
    ### BEGIN SOLUTION
    h_t = torch.zeros(x.shape[1], len(W), dtype=x.dtype) if h_0 is None else h_0
    states = []
    for x_t in x:
        h_t = torch.tanh(x_t @ W.T + h_t @ U.T)
        states.append(h_t)
    h = torch.stack(states)
    return h, h @ V.T
    ### END SOLUTION


# %% nbgrader={"grade_id": "tanh_forward_pass", "grade": true, "points": 3}
def check_tanh_forward():
    """The network of the example: one unit, two steps."""
    one = torch.ones(1, 1)
    states, outputs = tanh_forward(torch.tensor([[[1.0]], [[0.0]]]), one, one / 2, 2 * one)
    for name, came, expected in (
        ("the states", states, [0.7616, 0.3634]),
        ("the outputs", outputs, [1.5232, 0.7268]),
    ):
        came = tensor_of(came)
        assert came.shape == (2, 1, 1), f"{name} have shape {tuple(came.shape)}; expected (2, 1, 1)"
        numbers = [round(float(number), 4) for number in came.flatten()]
        print(f"{name} are {numbers}, expected {expected}")
        assert all(abs(a - b) < 1e-3 for a, b in zip(numbers, expected)), f"{name} differ"


check_tanh_forward()

# %% [markdown]
# ## 6. All gradients of the bent network
#
# With $\tanh$ a step back in time is more than $U$. Write $a_t = W x_t + U h_{t-1}$, so that
# $h_t = \tanh(a_t)$. The slope of $\tanh$ at $a_t$ is $1 - h_t^2$, one number for each unit, and the chain rule
# gives
#
# $$ \frac{\partial h_t}{\partial h_{t-1}} = \operatorname{diag}(1 - h_t^2)\; U. $$
#
# (Some printed versions say $\partial h_t / \partial h_{t-1} = U$ here, too. That is the linear network of
# *Recurrent networks: gradients through time*. Some print a derivative of $\tanh$ that returns $\tanh$ itself.)
#
# The targets can come in two ways, and they decide where an error enters:
#
# $$ E = \tfrac12 \sum_{t=1}^{T} \lVert y_t - \hat y_t \rVert^2 \quad \text{(every step)}, \qquad
#    E = \tfrac12 \lVert y_T - \hat y_T \rVert^2 \quad \text{(last step only)}. $$
#
# **Write `tanh_bptt`**, which starts from $h_0 = 0$ and returns the three gradients. `target` has the shape
# `(T, B, K)` in both cases; with `last_only=True` its earlier rows do not count. The error is the sum over the
# batch. Automatic differentiation (`backward`, `torch.autograd`, `torch.func`) is what you rebuild here, so it is
# not allowed in it; to compare with it in another cell is a good idea. Any other way counts, also complex steps and
# small differences, if they are exact to four digits. Call your `tanh_forward` or not, as you
# like. What you are given stays as it is. (4 points)
#
# By hand, with one unit, $W = V = 1$, $U = \frac12$, inputs 1 and 0, targets 0 and 0: $h_1 = 0.7616$ and
# $h_2 = 0.3634$ as above. With a target at the last step only, the error 0.3634 reaches $a_2$ as
# $0.3634\,(1 - 0.3634^2) = 0.3154$, and $a_1$ as $0.3154 \cdot \frac12\,(1 - 0.7616^2) = 0.0662$. So
#
# $$ \frac{\partial E}{\partial W} = 0.0662 \cdot 1 + 0.3154 \cdot 0 = 0.0662, \qquad
#    \frac{\partial E}{\partial U} = 0.3154 \cdot 0.7616 = 0.2402, \qquad
#    \frac{\partial E}{\partial V} = 0.3634^2 = 0.1321. $$


# %% nbgrader={"grade_id": "tanh_bptt_answer", "solution": true}
def tanh_bptt(x, target, W, U, V, last_only=False):
    """Return dE/dW (H, D), dE/dU (H, H) and dE/dV (K, H)."""
    ### BEGIN SOLUTION
    states, h_t = [], torch.zeros(x.shape[1], len(W), dtype=x.dtype)
    for x_t in x:
        h_t = torch.tanh(x_t @ W.T + h_t @ U.T)
        states.append(h_t)
    dW, dU, dV = (torch.zeros_like(weight) for weight in (W, U, V))
    from_later = torch.zeros_like(h_t)
    for t in reversed(range(len(x))):
        dh = from_later
        if t == len(x) - 1 or not last_only:
            error = states[t] @ V.T - target[t]
            dV += error.T @ states[t]
            dh = dh + error @ V
        delta = dh * (1 - states[t] ** 2)
        dW += delta.T @ x[t]
        if t > 0:
            dU += delta.T @ states[t - 1]
        from_later = delta @ U
    return dW, dU, dV
    ### END SOLUTION


# %% nbgrader={"grade_id": "tanh_full_gradient", "grade": true, "points": 4}
def check_tanh_bptt():
    """The network of the example, with a target at the last step only."""
    one = torch.ones(1, 1, dtype=torch.float64)
    inputs = torch.tensor([[[1.0]], [[0.0]]], dtype=torch.float64)
    gradients = tanh_bptt(inputs, 0 * inputs, one, one / 2, one, last_only=True)
    for name, came, expected in zip(("dE/dW", "dE/dU", "dE/dV"), gradients, (0.0662, 0.2402, 0.1321)):
        number = tensor_of(came).item()
        print(f"{name} is {number:.4f}, expected {expected}")
        assert abs(number - expected) < 1e-3, f"{name} is {number:.4f}; expected {expected}"


check_tanh_bptt()

# %% [markdown]
# ## 7. Over many steps: a product of Jacobians
#
# How much does the last state still depend on the state before the first step? By the chain rule it is the
# product of all single steps, the last one leftmost:
#
# $$ \frac{\partial h_T}{\partial h_0} = J_T\, J_{T-1} \cdots J_1, \qquad
#    J_t = \frac{\partial h_t}{\partial h_{t-1}} = \operatorname{diag}(1 - h_t^2)\; U $$
#
# Row $i$ of $J_t$ belongs to unit $i$ *after* the step, so that the slope of unit $i$ multiplies row $i$ of $U$.
# Matrices do not commute: in the other order the product is another one.
#
# By hand, with two units, two steps and states that make it easy, $h_1 = (0, 0)$ and $h_2 = (\frac12, 0)$:
#
# $$ U = \begin{pmatrix} 0 & 1 \\ 2 & 0 \end{pmatrix}, \quad J_1 = U, \quad
#    J_2 = \begin{pmatrix} 0 & 0.75 \\ 2 & 0 \end{pmatrix}, \quad
#    J_2 J_1 = \begin{pmatrix} 1.5 & 0 \\ 0 & 2 \end{pmatrix}, \quad
#    J_1 J_2 = \begin{pmatrix} 2 & 0 \\ 0 & 1.5 \end{pmatrix} $$
#
# **Write `state_jacobian_product`.** `h` holds the states $h_1 \dots h_T$ of one sequence, `(T, H)`, with at least
# one step. Return $\partial h_T / \partial h_0$, `(H, H)`. Everything is allowed. (3 points)


# %% nbgrader={"grade_id": "jacobian_answer", "solution": true}
def state_jacobian_product(h, U):
    """Return the derivative of the last state by the one before the first, (H, H)."""
    ### BEGIN SOLUTION
    product = torch.eye(len(U), dtype=U.dtype)
    for h_t in h:
        product = (1 - h_t**2).unsqueeze(1) * U @ product
    return product
    ### END SOLUTION


# %% nbgrader={"grade_id": "jacobian_of_many_steps", "grade": true, "points": 3}
def check_jacobian_product():
    """The two steps of the example."""
    states, weights = torch.tensor([[0.0, 0.0], [0.5, 0.0]]), torch.tensor([[0.0, 1.0], [2.0, 0.0]])
    came = state_jacobian_product(states, weights)
    assert came is not None and came is not ..., "state_jacobian_product returns nothing yet"
    came = tensor_of(came)
    assert came.shape == (2, 2), f"the product has shape {tuple(came.shape)}; expected (2, 2)"
    print(f"your product is {came.tolist()}, expected [[1.5, 0.0], [0.0, 2.0]]")
    expected = torch.tensor([[1.5, 0.0], [0.0, 2.0]])
    assert torch.allclose(came.float(), expected, rtol=1e-4, atol=1e-5), "the two differ"


check_jacobian_product()

# %% [markdown]
# ## 8. What is left of it
#
# With one unit the product is one number: each step multiplies by $u\,(1 - h_t^2)$. Below, three such networks
# read the same random inputs. A recurrent weight above 1 alone makes no explosion: while the states are close to
# $\pm 1$, the slope of $\tanh$ is close to 0 and the product vanishes all the same.

# %%
figure, axes = plt.subplots(figsize=(6, 3))
inputs = torch.randn(30, generator=torch.Generator().manual_seed(3))
for u, size, style in ((0.9, 0.1, "-"), (1.2, 0.1, "--"), (1.2, 2.0, ":")):
    state, left, course = torch.tensor(0.0), 1.0, [1.0]
    for x_t in inputs:
        state = torch.tanh(size * x_t + u * state)
        left = left * float(u * (1 - state**2))
        course.append(abs(left))
    axes.semilogy(course, style, color="black", label=f"u = {u}, inputs of size {size}")
axes.set(xlabel="steps", ylabel="|∂h_T / ∂h_0|", title="What is left of the state before the first step")
axes.legend()
plt.show()

# %% [markdown]
# Two numbers:
#
# - `fading_steps`: one unit with $\tanh$ and $u = 0.9$; the inputs happen to hold every state at $h_t = \frac12$.
#   After how many steps is $\partial h_T / \partial h_0$ below 1 % for the first time? A whole number.
# - `sigmoid_threshold`: with the sigmoid for $\tanh$, $h_t = \sigma(w x_t + u h_{t-1})$. Below which number must
#   $|u|$ lie, so that $\partial h_T / \partial h_0$ tends to 0 *whatever* the inputs are? Give the largest such
#   number. For $\tanh$ it is 1, since no slope of $\tanh$ is larger than 1. (*Backpropagation* has the slope of the
#   sigmoid.)
#
# A number or a formula in Python, one point each.

# %% nbgrader={"grade_id": "fading_answer", "solution": true}
fading_steps = None
sigmoid_threshold = None
### BEGIN SOLUTION
fading_steps = 12
sigmoid_threshold = 4
### END SOLUTION

# %% nbgrader={"grade_id": "fading_numbers", "grade": true, "points": 2}
# This cell looks only whether there is an answer; whether it is right is found out after you submit.
for name, number in (("fading_steps", fading_steps), ("sigmoid_threshold", sigmoid_threshold)):
    assert number is not None and number is not ... and str(number) != "", f"{name} is not filled in"
print(f"You say {fading_steps} steps, and {sigmoid_threshold} for the sigmoid.")
