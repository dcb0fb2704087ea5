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
# which gate mends which shortcoming.

# %% [markdown] nbgrader={"grade_id": "carousel_alone", "grade": true, "solution": true, "points": 2}
# ### BEGIN SOLUTION
# It adds every input with the same weight, whether it matters or not: the input gate lets it choose.
# It shows its content at every step, wanted or not: the output gate lets it wait for the moment. It
# can never get rid of what it has stored, so the sum grows over a long sequence: the forget gate
# erases it. A good answer names all three and matches each with its gate.
# ### END SOLUTION
