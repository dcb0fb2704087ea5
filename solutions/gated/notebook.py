# %% [markdown]
# # Gated networks: what the gates of an LSTM do
#
# An LSTM keeps a memory $c$ that is changed by multiplication and addition only. Three gates,
# numbers between 0 (shut) and 1 (open), decide what happens to it at each step:
#
# | gate | open | shut |
# |---|---|---|
# | input gate $i$ | the new value is added to the memory | the new value is ignored |
# | forget gate $f$ | the memory is kept | the memory is erased |
# | output gate $o$ | the memory is shown | the output is 0 |
#
# (The forget gate is named after what it does when it is *shut*.) In this notebook one memory cell
# reads three inputs per step. To see the gates alone, the value and the output stay linear:
#
# $$ i_t = \operatorname{gate}(w\,x_2 - b), \qquad f_t = \operatorname{gate}(w\,x_2 + b), \qquad
#    o_t = \operatorname{gate}(w\,x_3 - b), $$
#
# $$ c_t = f_t\, c_{t-1} + i_t\, x_1, \qquad y_t = o_t\, c_t, \qquad c_0 = 0. $$
#
# So $x_1$ is the value, $x_2$ says what to do with the memory, and $x_3$ says whether to show it.
# Your functions are called by position and by name: keep the names of their arguments.

# %% nbgrader={"grade_id": "setup"}
import math

import matplotlib.pyplot as plt

inputs = [(3, 1, 0), (4, 1, 0), (2, 0, 0), (1, 0, 1), (3, -1, 0)]

# %% [markdown]
# ## 1. By hand, with ideal gates
#
# An *ideal* gate is fully open when its argument is above 0 and fully shut otherwise. With $w = 4$
# and $b = 2$:
#
# | $x_2$ | $4x_2 - 2$ | input gate | $4x_2 + 2$ | forget gate | so the memory |
# |---|---|---|---|---|---|
# | 1 | 2 | open | 6 | open | is kept, and $x_1$ is added |
# | 0 | −2 | shut | 2 | open | is kept |
# | −1 | −6 | shut | −2 | shut | is erased |
#
# **Follow the five inputs `(3, 1, 0), (4, 1, 0), (2, 0, 0), (1, 0, 1), (3, -1, 0)` and fill in the
# table**: one row `(memory, output)` after each step. The first row is done: $x_2 = 1$ adds 3 to the
# empty memory, and $x_3 = 0$ keeps the output shut.

# %% nbgrader={"grade_id": "trace_answer", "solution": true}
gate_table = [(3, 0)]  # add the other four rows: gate_table += [(memory, output), ...]
### BEGIN SOLUTION
gate_table += [(7, 0), (7, 0), (7, 7), (0, 0)]
### END SOLUTION

# %% nbgrader={"grade_id": "gate_trace_ideal", "grade": true, "points": 3}
# This cell only shows your table; whether it is right is found out after you submit.
print(f"your table has {len(gate_table)} rows; there are {len(inputs)} inputs")
for step, row in enumerate(gate_table, start=1):
    print(f"{step}: {row}")

# %% [markdown]
# ## 2. In code, with real gates
#
# A real gate is a sigmoid, $\operatorname{gate}(a) = 1 / (1 + e^{-a})$: never fully open and never
# fully shut. **Write `gate_trace`**, which follows any list of inputs, an empty one too, and returns
# one row `(memory, output)` for each. Each call begins with an empty memory and leaves the list of
# inputs as it is.


# %% nbgrader={"grade_id": "gate_trace_answer", "solution": true}
def sigmoid(a):
    return 1 / (1 + math.exp(-a))


def gate_trace(inputs, weight, bias):
    """Return a list of (memory, output), one for each (x1, x2, x3) of the inputs."""
    ### BEGIN SOLUTION
    memory, rows = 0.0, []
    for x1, x2, x3 in inputs:
        i = sigmoid(weight * x2 - bias)
        f = sigmoid(weight * x2 + bias)
        o = sigmoid(weight * x3 - bias)
        memory = f * memory + i * x1
        rows.append((memory, o * memory))
    return rows
    ### END SOLUTION


# %% [markdown]
# For the first input $(3, 1, 0)$ with $w = 4$ and $b = 2$ the gates are $i = \sigma(2) = 0.881$,
# $f = \sigma(6)$ (which does not matter yet) and $o = \sigma(-2) = 0.119$, so the memory is
# $0.881 \cdot 3 = 2.642$ and the output $0.119 \cdot 2.642 = 0.315$.

# %% nbgrader={"grade_id": "gate_trace_sigmoid", "grade": true, "points": 3}
rows = gate_trace(inputs, weight=4, bias=2)
assert len(rows) == 5, f"gate_trace returned {len(rows)} rows; expected 5, one for each input"
memory, output = (float(number) for number in rows[0])
assert abs(memory - 2.6424) < 1e-3, f"memory after step 1 is {memory:.4f}; expected 2.6424"
assert abs(output - 0.3150) < 1e-3, f"output after step 1 is {output:.4f}; expected 0.3150"
print("The first step is right. The hidden checks follow other inputs with other weights.")

# %% [markdown]
# The lecture that this trace comes from uses $w = 4, b = 2$ in most steps and $w = 100, b = 10$ in
# some, and reads the result as 3, 7, 7, 7, 0 in both cases. With real sigmoids neither pair gives
# exactly that; the figure shows how near they come.

# %%
figure, axes = plt.subplots(figsize=(6, 3))
steps = range(1, 6)
axes.plot(steps, [3, 7, 7, 7, 0], "k--", label="as the lecture reads it")
for weight, bias in ((4, 2), (8, 4), (100, 10)):
    rows = gate_trace(inputs, weight, bias)
    axes.plot(steps, [float(memory) for memory, _ in rows], "o-", label=f"w = {weight}, b = {bias}")
axes.set(xlabel="step", ylabel="memory", title="The memory of one cell", xticks=list(steps))
axes.legend()
plt.show()

# %% [markdown]
# ## 3. What a memory without gates cannot do
#
# The *constant error carousel* is the memory alone: $c_t = c_{t-1} + x_t$, no gates. Its gradient
# neither vanishes nor explodes. Say in three or four sentences what such a memory cannot do, and
# which gate mends which shortcoming. (2 points)

# %% [markdown] nbgrader={"grade_id": "carousel_alone", "grade": true, "solution": true, "points": 2}
# ### BEGIN SOLUTION
# **Rubric.**
#
# - *Writing* (0.5 points): every input is added, whether it matters or not; the input gate chooses.
# - *Showing* (0.5 points): what is stored is shown at every step; the output gate waits for the moment.
# - *Erasing* (0.5 points): nothing can be got rid of, and the sum grows; the forget gate erases.
# - *A reason* (0.5 points): for at least one of the three, what goes wrong in an example or in the
#   numbers.
#
# **A model answer.** It adds every input with the same weight: the "by the way" of a sentence changes
# the memory as much as its subject. The input gate lets it choose. It shows its content at every step,
# wanted or not, and so disturbs what follows: the output gate lets it wait for the moment. It can never get
# rid of what it has stored, so that over a long text the sum grows and old subjects stay in it: the
# forget gate erases it.
#
# **A typical wrong answer.** "Its gradient vanishes, and the forget gate prevents that." The gradient
# of the carousel is 1 at every step, and a forget gate below 1 is what makes it smaller (0 points).
# ### END SOLUTION

# %% [markdown]
# ## 4. Which gate acts?
#
# A network reads a text word by word and keeps in its memory what it will need later. Each gate can
# do one of two things, which gives six answers:
#
# | answer | gate | so that |
# |---|---|---|
# | `"a"` | input gate open | the new value gets into the memory |
# | `"b"` | input gate shut | the new value stays out of it |
# | `"c"` | forget gate open | what is in the memory stays there |
# | `"d"` | forget gate shut | what is in the memory is gone |
# | `"e"` | output gate open | the memory is shown |
# | `"f"` | output gate shut | the memory is not shown |
#
# For example: the memory holds that a quotation mark has been opened, and the mark that closes it has
# just been read. That one is open must now be gone: `"d"`.
#
# **Give the answer that does what the right column asks for.** An answer may be used more than once.
# (2 points)
#
# | key | the network reads | and what is wanted is that |
# |---|---|---|
# | `"movie"` | "The movie was interesting. *By the way*, I am so hungry that …" | the subject of movies disappears from the memory |
# | `"jane"` | "Jane met *John*. He …"; the memory holds Jane as the person spoken of | Jane disappears from it |
# | `"john"` | the same sentence, the same step | John gets into it |
# | `"very"` | "I am *very* hungry": "very" changes nothing in what comes later | "very" does not get into it |
# | `"bracket"` | "The dogs (that I saw *last week on my way to the station*) …" | the plural of "dogs" survives the bracket |
# | `"wait"` | the same bracket; the next word has nothing to do with "dogs" | the stored plural does not disturb the next word |
# | `"verb"` | the bracket is closed; the next word is "bark" or "barks" | the stored plural decides which |

# %% nbgrader={"grade_id": "which_gate_answer", "solution": true}
acting_gates = dict.fromkeys(["movie", "jane", "john", "very", "bracket", "wait", "verb"], "")
### BEGIN SOLUTION
acting_gates = {
    "movie": "d",
    "jane": "d",
    "john": "a",
    "very": "b",
    "bracket": "c",
    "wait": "f",
    "verb": "e",
}
### END SOLUTION


# %% nbgrader={"grade_id": "which_gate_acts", "grade": true, "points": 2}
def check_acting_gates():
    """Look at the form; whether the gates are right is found out after you submit."""
    assert isinstance(acting_gates, dict), f"acting_gates is {acting_gates!r}; expected a dict"
    keys = ("movie", "jane", "john", "very", "bracket", "wait", "verb")
    missing = [key for key in keys if acting_gates.get(key) in ("", None, ...)]
    assert not missing, f"no answer yet for: {', '.join(missing)}"
    for key in keys:
        print(f"{key}: {acting_gates[key]}")


check_acting_gates()

# %% [markdown]
# ## 5. One step of an LSTM
#
# The cell of sections 1 and 2 is now made whole. There are $H$ cells; each gate has weights of its own
# for the inputs $x_t$ and for the outputs $h_{t-1}$ of the step before; and the value to be stored, the
# *candidate* $g$, and the memory that is shown pass through $\tanh$:
#
# $$ i = \sigma(W_i x_t + U_i h_{t-1} + b_i), \quad f = \sigma(W_f x_t + U_f h_{t-1} + b_f), \quad
#    g = \tanh(W_g x_t + U_g h_{t-1} + b_g), \quad o = \sigma(W_o x_t + U_o h_{t-1} + b_o), $$
#
# $$ c_t = f \odot c_{t-1} + i \odot g, \qquad h_t = o \odot \tanh(c_t). $$
#
# The four blocks lie on top of each other in one matrix, in the order **i, f, g, o**:
#
# | name | shape |
# |---|---|
# | `x_t` | `(B, D)`: batch, inputs |
# | `h_prev`, `c_prev` | `(B, H)`: output and memory of the step before |
# | `W`, `U`, `b` | `(4H, D)`, `(4H, H)`, `(4H,)`; rows `0` to `H - 1` belong to the input gate, and so on |
#
# By hand, with one input, one cell, $x_t = 1$, $h_{t-1} = \frac12$, $c_{t-1} = 2$,
# $W = (1, 0, 2, -1)$, $U = (0, 1, 1, 0)$ and $b = (0, 1, 0, 0)$:
#
# | block | argument | value |
# |---|---|---|
# | i | $1 \cdot 1 + 0 \cdot \frac12 + 0 = 1$ | $\sigma(1) = 0.7311$ |
# | f | $0 \cdot 1 + 1 \cdot \frac12 + 1 = 1.5$ | $\sigma(1.5) = 0.8176$ |
# | g | $2 \cdot 1 + 1 \cdot \frac12 + 0 = 2.5$ | $\tanh(2.5) = 0.9866$ |
# | o | $-1 \cdot 1 + 0 \cdot \frac12 + 0 = -1$ | $\sigma(-1) = 0.2689$ |
#
# so $c_t = 0.8176 \cdot 2 + 0.7311 \cdot 0.9866 = 2.3564$ and $h_t = 0.2689 \tanh(2.3564) = 0.2642$.
#
# **Write `lstm_step`**, which returns two things, $h_t$ and then $c_t$, each `(B, H)`. Everything that
# torch and numpy have is allowed. What you are given stays as it is, and arguments of the sigmoid may be
# as large as ±1000 (`torch.sigmoid` is fit for that). (4 points)

# %% nbgrader={"grade_id": "setup_torch"}
import numpy as np
import torch


def tensor_of(came):
    """Return what a function gave, a tensor, an array or a list, as a tensor without a gradient."""
    return came.detach() if torch.is_tensor(came) else torch.from_numpy(np.array(came))


# %% nbgrader={"grade_id": "lstm_step_answer", "solution": true}
def lstm_step(x_t, h_prev, c_prev, W, U, b):
    """Return the output h_t (B, H) and the memory c_t (B, H)."""
    ### BEGIN SOLUTION
    a_i, a_f, a_g, a_o = (x_t @ W.T + h_prev @ U.T + b).chunk(4, dim=1)
    c_t = torch.sigmoid(a_f) * c_prev + torch.sigmoid(a_i) * torch.tanh(a_g)
    return torch.sigmoid(a_o) * torch.tanh(c_t), c_t
    ### END SOLUTION


# %% nbgrader={"grade_id": "lstm_step_code", "grade": true, "points": 4}
def check_lstm_step():
    """The cell of the example."""
    W, U = torch.tensor([[1.0], [0], [2], [-1]]), torch.tensor([[0.0], [1], [1], [0]])
    b = torch.tensor([0.0, 1, 0, 0])
    came = lstm_step(torch.ones(1, 1), torch.full((1, 1), 0.5), torch.full((1, 1), 2.0), W, U, b)
    assert came is not None and len(came) == 2, f"lstm_step returned {came}; expected h_t and c_t"
    for name, value, expected in zip(("h_t", "c_t"), came, (0.2642, 2.3564)):
        value = tensor_of(value)
        assert value.shape == (1, 1), f"{name} has shape {tuple(value.shape)}; expected (1, 1)"
        print(f"{name} is {value.item():.4f}, expected {expected}")
        assert abs(value.item() - expected) < 1e-3, (
            f"{name} is {value.item():.4f}, expected {expected}"
        )


check_lstm_step()

# %% [markdown]
# ## 6. One step of a GRU
#
# The gated recurrent unit has no memory beside its output: the state $h$ is both. Two gates are enough.
# The *reset gate* $r$ says how much of the old state the candidate $n$ may look at, and the *update
# gate* $z$ mixes the old state with the candidate:
#
# $$ r = \sigma(W_r x_t + U_r h_{t-1} + b_r), \qquad z = \sigma(W_z x_t + U_z h_{t-1} + b_z), $$
#
# $$ n = \tanh\big(W_n x_t + U_n (r \odot h_{t-1}) + b_n\big), \qquad
#    h_t = (1 - z) \odot h_{t-1} + z \odot n. $$
#
# So one gate does the work of two: what $z$ lets in, $1 - z$ takes out. The reset acts on $h_{t-1}$
# *before* the matrix $U_n$, as in the first publication of 2014. Be careful when you compare with a
# library: `torch.nn.GRU` resets *after* the matrix, and calls $1 - z$ what is $z$ here. (Some printed
# versions say that a GRU solves exploding gradients. It does not; clip them, as in *Recurrent networks:
# gradients through time*.)
#
# `x_t` has the shape `(B, D)`, `h_prev` `(B, H)`, and `W`, `U`, `b` have `3H` rows in the order
# **r, z, n**. By hand, with one input and one unit, $x_t = 1$, $h_{t-1} = \frac12$, $W = (0, 1, 1)$,
# $U = (2, -2, 2)$ and $b = (0, -1, 0)$: $r = \sigma(1) = 0.7311$, $z = \sigma(1 - 1 - 1) = 0.2689$,
# $n = \tanh(1 + 2 \cdot 0.7311 \cdot \frac12) = 0.9392$ and
# $h_t = 0.7311 \cdot \frac12 + 0.2689 \cdot 0.9392 = 0.6181$.
#
# **Write `gru_step`**, which returns $h_t$, `(B, H)`. Everything that torch and numpy have is allowed,
# and what you are given stays as it is. Arguments of the sigmoid may be as large as ±1000 here, too. (3 points)


# %% nbgrader={"grade_id": "gru_step_answer", "solution": true}
def gru_step(x_t, h_prev, W, U, b):
    """Return the state h_t (B, H)."""
    ### BEGIN SOLUTION
    H = h_prev.shape[1]
    x_r, x_z, x_n = (x_t @ W.T + b).chunk(3, dim=1)
    r = torch.sigmoid(x_r + h_prev @ U[:H].T)
    z = torch.sigmoid(x_z + h_prev @ U[H : 2 * H].T)
    n = torch.tanh(x_n + (r * h_prev) @ U[2 * H :].T)
    return (1 - z) * h_prev + z * n
    ### END SOLUTION


# %% nbgrader={"grade_id": "gru_step_code", "grade": true, "points": 3}
def check_gru_step():
    """The unit of the example."""
    W, U = torch.tensor([[0.0], [1], [1]]), torch.tensor([[2.0], [-2], [2]])
    b = torch.tensor([0.0, -1, 0])
    came = gru_step(torch.ones(1, 1), torch.full((1, 1), 0.5), W, U, b)
    assert came is not None, "gru_step returned nothing; expected h_t"
    came = tensor_of(came)
    assert came.shape == (1, 1), f"h_t has shape {tuple(came.shape)}; expected (1, 1)"
    print(f"h_t is {came.item():.4f}, expected 0.6181")
    assert abs(came.item() - 0.6181) < 1e-3, f"h_t is {came.item():.4f}, expected 0.6181"


check_gru_step()

# %% [markdown]
# ## 7. How many parameters?
#
# Count the blocks of the two sections above. Each block is a layer of its own: $H$ rows, each with $D$
# weights for the inputs, $H$ for the state before, and one bias. A layer with 3 inputs and 4 units has
# $4 \cdot (3 + 4) + 4 = 32$ parameters as a plain recurrent network, which is one block.
#
# (Some printed versions speak of "3 biases" of the LSTM and then list four.)
#
# **Give four numbers for $D = 128$ inputs and $H = 256$ units**, biases included: (2 points)
#
# - `lstm_count`: an LSTM as in section 5
# - `gru_count`: a GRU as in section 6
# - `library_count`: the same LSTM in a library that keeps *two* biases for each row, one beside $W$
#   and one beside $U$, as `torch.nn.LSTM` does
# - `peephole_count`: how many parameters are *added* to the LSTM of section 5 by *peepholes*, through
#   which each of the three gates sees the memory: one weight for each gate and cell, since a gate sees
#   its own cell only

# %% nbgrader={"grade_id": "gated_counts_answer", "solution": true}
lstm_count = ...
gru_count = ...
library_count = ...
peephole_count = ...
### BEGIN SOLUTION
block = 256 * (128 + 256) + 256
lstm_count = 4 * block
gru_count = 3 * block
library_count = 4 * (block + 256)
peephole_count = 3 * 256
### END SOLUTION

# %% nbgrader={"grade_id": "gated_parameter_counts", "grade": true, "points": 2}
# This cell only shows your numbers; whether they are right is found out after you submit.
for name in ("lstm_count", "gru_count", "library_count", "peephole_count"):
    count = globals()[name]
    assert count not in ("", None, ...), f"{name} is not filled in; expected a number"
    print(f"{name}: {count}")

# %% [markdown]
# ## 8. The way back through the memory
#
# Why does an LSTM remember longer than a plain recurrent network? Look at the way of a gradient from the
# last memory back to an earlier one. In *Recurrent networks: states, sequences and all gradients* each
# step back multiplied by $\operatorname{diag}(1 - h_t^2)\,U$, whether the network wanted it or not.
# Here $c_t = f_t \odot c_{t-1} + i_t \odot g_t$. Along the memory itself, with the gates taken as given,
# each step multiplies by the forget gate and nothing else:
#
# $$ \frac{\partial c_T}{\partial c_t} = f_T \odot f_{T-1} \odot \cdots \odot f_{t+1}, \qquad
#    \frac{\partial c_T}{\partial c_T} = 1. $$
#
# Forget gates of 1 pass the gradient on as it is, over any number of steps; one gate of 0 ends it.
# By hand, with one cell and $f_1, f_2, f_3 = 0.9, 0.5, 0.8$: the derivatives of $c_3$ by $c_1, c_2, c_3$
# are $0.8 \cdot 0.5 = 0.4$, then $0.8$, then $1$. The gate $f_1$ is not in any of them: it stands
# between $c_0$ and $c_1$.
#
# **Write `memory_gradients`.** `forget`, a torch tensor, holds the gates $f_1 \dots f_T$, shape `(T, H)`
# with $T \ge 1$. Return an array or tensor of the same shape whose row `t - 1` is $\partial c_T / \partial c_t$. Gates may be exactly
# 0 or 1, and what you are given stays as it is. Any way to the derivatives counts, automatic differentiation
# too, and so do complex steps and small differences, if they are exact to four digits. (3 points)


# %% nbgrader={"grade_id": "memory_gradients_answer", "solution": true}
def memory_gradients(forget):
    """Return dc_T/dc_t for t = 1 ... T, shape (T, H)."""
    ### BEGIN SOLUTION
    gradients = torch.ones_like(forget)
    for t in reversed(range(len(forget) - 1)):
        gradients[t] = gradients[t + 1] * forget[t + 1]
    return gradients
    ### END SOLUTION


# %% nbgrader={"grade_id": "memory_gradients_code", "grade": true, "points": 3}
def check_memory_gradients():
    """The three gates of the example."""
    came = memory_gradients(torch.tensor([[0.9], [0.5], [0.8]]))
    assert came is not None, "memory_gradients returned nothing; expected an array of shape (3, 1)"
    came = tensor_of(came)
    assert came.shape == (3, 1), f"the shape is {tuple(came.shape)}; expected (3, 1)"
    numbers = [round(float(number), 4) for number in came.flatten()]
    print(f"the derivatives are {numbers}, expected [0.4, 0.8, 1.0]")
    assert all(abs(a - b) < 1e-3 for a, b in zip(numbers, (0.4, 0.8, 1))), "they differ"


check_memory_gradients()

# %% [markdown]
# The figure compares one memory cell with one unit of a plain network, $h_t = \tanh(u\, h_{t-1})$ with
# $u = 1$ and $h_0 = 1$. Gates of 0.99 keep more than half of the gradient over 50 steps.

# %%
figure, axes = plt.subplots(figsize=(6, 3))
for gate, line in ((1.0, "k-"), (0.99, "k--"), (0.9, "k:")):
    derivatives = tensor_of(memory_gradients(torch.full((51, 1), gate))).flatten()
    axes.semilogy(range(50, -1, -1), derivatives.tolist(), line, label=f"LSTM, all f = {gate}")
state, slopes = 1.0, []
for _ in range(50):
    state = math.tanh(state)
    slopes.append(1 - state**2)
plain = [math.prod(slopes[50 - back :]) for back in range(51)]
axes.semilogy(range(51), plain, "o", markersize=3, color="grey", label="plain network, u = 1")
axes.set(xlabel="steps back in time", ylabel="derivative", title="What is left of a gradient")
axes.legend()
plt.show()

# %% [markdown]
# ## 9. LSTM or GRU?
#
# A colleague has 2,000 short sentences to classify and another 5 million lines of program text to
# continue. Both ask you whether to take an LSTM or a GRU. In four to six sentences: name two differences
# in how they are built, say what follows for the number of parameters, and what you would advise each
# of them, with a reason and with how you would make sure. (3 points)

# %% [markdown] nbgrader={"grade_id": "lstm_or_gru", "grade": true, "solution": true, "points": 3}
# ### BEGIN SOLUTION
# **Rubric.**
#
# - *How they are built* (1 point): two of: a GRU has two gates, an LSTM three; a GRU couples taking in
#   and forgetting ($z$ and $1 - z$), an LSTM has a gate for each; an LSTM keeps a memory apart from its
#   output and has an output gate, a GRU shows its whole state.
# - *Parameters* (1 point): three blocks against four, so a GRU of the same width has a quarter less.
# - *Advice* (1 point): a choice for each case with a reason, and that it is settled by a comparison on
#   held-out data, since neither is better in general.
#
# **A model answer.** A GRU has two gates where an LSTM has three, and it shows its whole state, while an
# LSTM keeps a memory that an output gate can hide. With three blocks instead of four it has a quarter
# fewer parameters at the same width. For 2,000 short sentences I would start with the GRU: less to learn
# from little data, and the sentences need no long memory. For 5 million lines there is enough data for
# the LSTM, whose memory can keep, for example, an open bracket for long without showing it. In both cases
# I would train both with equal numbers of parameters and compare them on data that neither has seen.
#
# **A typical wrong answer.** "The GRU is newer, so it is better, and its gradients cannot explode."
# Newer is no reason, and neither keeps gradients from exploding (0 points for advice).
# ### END SOLUTION

# %% [markdown]
# ## 10. Peepholes
#
# In section 5 a gate decides from the inputs and from what the cells *showed* at the step before. A cell
# whose output gate was shut has shown nothing: no gate knows what it holds. *Peepholes* let the gates
# look at the memory itself:
#
# $$ i = \sigma(W_i x_t + U_i h_{t-1} + p_i \odot c_{t-1} + b_i), \qquad
#    f = \sigma(W_f x_t + U_f h_{t-1} + p_f \odot c_{t-1} + b_f), $$
#
# $$ g = \tanh(W_g x_t + U_g h_{t-1} + b_g), \qquad c_t = f \odot c_{t-1} + i \odot g, $$
#
# $$ o = \sigma(W_o x_t + U_o h_{t-1} + p_o \odot c_t + b_o), \qquad h_t = o \odot \tanh(c_t). $$
#
# Two things are easily overlooked. The product is taken number by number: a gate sees the memory of *its
# own* cell. (Some printed versions speak of a matrix.) And the memory changes in the middle of the step:
# input and forget gate look at it *before*, the output gate *after* the change. The candidate has no
# peephole.
#
# | name | shape |
# |---|---|
# | `x_t`, `h_prev`, `c_prev`, `W`, `U`, `b` | as in section 5, blocks in the order i, f, g, o |
# | `P` | `(3, H)`: the rows $p_i$, $p_f$, $p_o$ |
#
# By hand, with the cell of section 5 and $P = (1, -1, 2)$: the memory before is 2, so the arguments are
# $1 + 1 \cdot 2 = 3$ for $i$ and $1.5 - 1 \cdot 2 = -0.5$ for $f$, and
# $c_t = \sigma(-0.5) \cdot 2 + \sigma(3) \cdot 0.9866 = 0.7551 + 0.9398 = 1.6949$. Now the output gate
# looks: $\sigma(-1 + 2 \cdot 1.6949) = \sigma(2.3898) = 0.9161$, and
# $h_t = 0.9161 \tanh(1.6949) = 0.8563$.
#
# **Write `peephole_step`**, which returns $h_t$ and then $c_t$, each `(B, H)`. Everything that torch and
# numpy have is allowed, your `lstm_step` too; what you are given stays as it is. (3 points)


# %% nbgrader={"grade_id": "peephole_step_answer", "solution": true}
def peephole_step(x_t, h_prev, c_prev, W, U, b, P):
    """Return the output h_t (B, H) and the memory c_t (B, H)."""
    ### BEGIN SOLUTION
    a_i, a_f, a_g, a_o = (x_t @ W.T + h_prev @ U.T + b).chunk(4, dim=1)
    i = torch.sigmoid(a_i + P[0] * c_prev)
    f = torch.sigmoid(a_f + P[1] * c_prev)
    c_t = f * c_prev + i * torch.tanh(a_g)
    return torch.sigmoid(a_o + P[2] * c_t) * torch.tanh(c_t), c_t
    ### END SOLUTION


# %% nbgrader={"grade_id": "peephole_step_code", "grade": true, "points": 3}
def check_peephole_step():
    """The cell of the example."""
    W, U = torch.tensor([[1.0], [0], [2], [-1]]), torch.tensor([[0.0], [1], [1], [0]])
    b, P = torch.tensor([0.0, 1, 0, 0]), torch.tensor([[1.0], [-1], [2]])
    h_prev, c_prev = torch.full((1, 1), 0.5), torch.full((1, 1), 2.0)
    came = peephole_step(torch.ones(1, 1), h_prev, c_prev, W, U, b, P)
    assert came is not None and len(came) == 2, (
        f"peephole_step returned {came}; expected h_t and c_t"
    )
    for name, value, expected in zip(("h_t", "c_t"), came, (0.8563, 1.6949)):
        value = torch.as_tensor(value)
        assert value.shape == (1, 1), f"{name} has shape {tuple(value.shape)}; expected (1, 1)"
        print(f"{name} is {value.item():.4f}, expected {expected}")
        assert abs(value.item() - expected) < 1e-3, (
            f"{name} is {value.item():.4f}, expected {expected}"
        )


check_peephole_step()
